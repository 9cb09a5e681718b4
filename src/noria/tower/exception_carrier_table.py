"""Kinds of exceptions that come up where carriers are asked for something."""

from noria.kit.errors import Text
from noria.tower import exception_carrier_remedies as remedy
from noria.tower.exception_model import ExceptionKind
from noria.tower.exception_node_table import IN_NODE
from noria.tower.exception_worths import LABEL, LEG, UNKNOWN

SAID = Text(
    "box {box}, {carrier} {number}: {says}", "carton {box}, {carrier} {number}\u202f: {says}"
)
OLD_ADDRESS = Text(
    "box {box}, {carrier} {number} {says}", "carton {box}, {carrier} {number} {says}"
)
BOX_SAID = Text("box {box}, {carrier}: {says}", "carton {box}, {carrier}\u202f: {says}")
VAN_SAID = Text("{carrier} on {day}: {says}", "{carrier} le {day}\u202f: {says}")
LIST_SAID = Text("{carrier}: {says}", "{carrier}\u202f: {says}")

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
        detail=OLD_ADDRESS,
        owners=IN_NODE,
        money=LEG,
        closes=Text(
            "another label is bought, and is on the box; or it is delivered, or not sent",
            "une autre est achetée, et sur le carton\u202f; ou c'est livré, ou pas envoyé",
        ),
        remedies=(remedy.RENEW_LABEL, remedy.RELABELLED),
    ),
    ExceptionKind(
        kind="label.stuck",
        name=Text(
            "Nobody knows whether a label was made",
            "Étiquette dans le doute",
        ),
        means=Text(
            "A carrier did not answer, and nobody can look there: a person has to.",
            "Un transporteur n'a pas répondu, et seule une personne peut vérifier.",
        ),
        detail=BOX_SAID,
        owners=IN_NODE,
        money=LEG,
        closes=Text(
            "somebody said what the carrier shows",
            "quelqu'un a dit ce que montre le transporteur",
        ),
        remedies=remedy.FOR_STUCK_LABELS,
    ),
    ExceptionKind(
        kind="label.declined",
        name=Text(
            "Carrier makes no label",
            "Étiquette refusée",
        ),
        means=Text(
            "A carrier said no, and the box has no other label.",
            "Un transporteur a refusé, et le carton n'a pas d'autre étiquette.",
        ),
        detail=BOX_SAID,
        owners=IN_NODE,
        money=LEG,
        closes=Text(
            "another is asked for, or the leg is not sent",
            "une autre est demandée, ou l'envoi n'a plus lieu",
        ),
        remedies=(remedy.CHOOSE_CARRIER,),
    ),
    ExceptionKind(
        kind="label.unprinted",
        name=Text(
            "Label to be printed by hand",
            "Étiquette à imprimer à la main",
        ),
        means=Text(
            "It was bought, and could not be fetched.",
            "Elle est achetée, et n'a pas pu être récupérée.",
        ),
        detail=SAID,
        owners=IN_NODE,
        money=LEG,
        closes=Text(
            "it is printed, or its leg has left",
            "elle est imprimée, ou l'envoi est parti",
        ),
        remedies=(remedy.PRINTED,),
    ),
    ExceptionKind(
        kind="label.doubled",
        name=Text(
            "Second number for one label",
            "Deux numéros pour une étiquette",
        ),
        means=Text(
            "A carrier gave a second number, which costs as much: it has to be taken back.",
            "Un transporteur a donné un second numéro, payant lui aussi\u202f: à annuler.",
        ),
        detail=SAID,
        owners=IN_NODE,
        money=LABEL,
        closes=Text(
            "somebody settled it",
            "quelqu'un l'a réglé",
        ),
        remedies=(remedy.DOUBLE_GONE,),
    ),
    ExceptionKind(
        kind="label.unlinked",
        name=Text(
            "Parcel that nobody follows",
            "Colis que personne ne suit",
        ),
        means=Text(
            "The number of its label could not be given to it.",
            "Le numéro de son étiquette n'a pas pu lui être donné.",
        ),
        detail=SAID,
        owners=IN_NODE,
        money=LEG,
        closes=Text(
            "somebody settled it, or it is delivered",
            "quelqu'un l'a réglé, ou il est livré",
        ),
        remedies=(remedy.LINKED,),
    ),
    ExceptionKind(
        kind="pickup.stuck",
        name=Text(
            "Nobody knows whether a van comes",
            "Enlèvement dans le doute",
        ),
        means=Text(
            "A carrier did not answer when a van was asked for.",
            "Un transporteur n'a pas répondu à une demande d'enlèvement.",
        ),
        detail=VAN_SAID,
        owners=IN_NODE,
        money=UNKNOWN,
        closes=Text(
            "somebody said what the carrier shows, or the day is over",
            "quelqu'un a dit ce que montre le transporteur, ou le jour est passé",
        ),
        remedies=(remedy.NO_VAN_BOOKED,),
    ),
    ExceptionKind(
        kind="pickup.declined",
        name=Text(
            "Carrier sends no van",
            "Enlèvement refusé",
        ),
        means=Text(
            "A carrier said no to a van, and no other was asked for.",
            "Un transporteur a refusé un enlèvement, et aucun autre n'est demandé.",
        ),
        detail=VAN_SAID,
        owners=IN_NODE,
        money=UNKNOWN,
        closes=Text(
            "a van is asked for again, or the day is over",
            "un enlèvement est redemandé, ou le jour est passé",
        ),
        remedies=(remedy.ASK_VAN,),
    ),
    ExceptionKind(
        kind="manifest.stuck",
        name=Text(
            "List not made",
            "Bordereau dans le doute",
        ),
        means=Text(
            "A list of what a carrier takes could not be had.",
            "Le bordereau de remise à un transporteur n'a pas pu être obtenu.",
        ),
        detail=LIST_SAID,
        owners=IN_NODE,
        money=UNKNOWN,
        closes=Text(
            "somebody said what the carrier shows",
            "quelqu'un a dit ce que montre le transporteur",
        ),
        remedies=(remedy.NO_LIST_MADE,),
    ),
    ExceptionKind(
        kind="manifest.declined",
        name=Text(
            "Carrier makes no list",
            "Bordereau refusé",
        ),
        means=Text(
            "A carrier said no to a list of what it takes.",
            "Un transporteur a refusé le bordereau de ce qu'il emporte.",
        ),
        detail=LIST_SAID,
        owners=IN_NODE,
        money=UNKNOWN,
        closes=Text(
            "a list is asked for again, or after seven days",
            "un bordereau est redemandé, ou après sept jours",
        ),
        remedies=(remedy.ASK_LIST,),
    ),
)
