"""Kinds of exceptions that come up where carriers are asked for something."""

from noria.kit.errors import Text
from noria.tower import exception_remedies as remedy
from noria.tower.exception_model import ExceptionKind
from noria.tower.exception_node_table import IN_NODE
from noria.tower.exception_worths import LABEL, LEG

SAID = Text(
    "box {box}, {carrier} {number}: {says}", "carton {box}, {carrier} {number}\u202f: {says}"
)

CARRIERS = (
    ExceptionKind(
        kind="label.kept",
        name=Text("Label paid and not used", "Étiquette payée pour rien"),
        means=Text(
            "Its leg is not sent after all, and its carrier does not take it back.",
            "L'envoi n'a plus lieu, et le transporteur ne reprend pas l'étiquette.",
        ),
        detail=SAID,
        owners=IN_NODE,
        money=LABEL,
        closes=Text("somebody settled it", "quelqu'un l'a réglé"),
        remedies=(remedy.SETTLE_LABEL,),
    ),
    ExceptionKind(
        kind="label.outdated",
        name=Text("Label with an old address", "Étiquette à une ancienne adresse"),
        means=Text(
            "The address changed after the label was bought, and the box may bear it.",
            "L'adresse a changé après l'achat de l'étiquette, et le carton la porte peut-être.",
        ),
        detail=SAID,
        owners=IN_NODE,
        money=LEG,
        closes=Text(
            "another label is bought, and is on the box", "une autre est achetée, et sur le carton"
        ),
        remedies=(remedy.RENEW_LABEL, remedy.RELABELLED),
    ),
)
