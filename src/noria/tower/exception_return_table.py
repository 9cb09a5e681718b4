"""Kinds of exceptions of what comes back, and what can be done about them."""

from noria.kit.auth import Permission
from noria.kit.errors import Text
from noria.tower.exception_model import Call, ExceptionKind, Remedy
from noria.tower.exception_node_table import IN_NODE
from noria.tower.exception_remedies import BECAUSE
from noria.tower.exception_worths import RETURNED

INSPECT = Remedy(
    name="inspect",
    label=Text("All as new: back on sale", "Tout est neuf\u202f: remettre en vente"),
    does=Text(
        "Somebody has looked: every unit is as new, is for sale again, and is paid back.",
        "Quelqu'un a vérifié\u202f: chaque unité est comme neuve, remise en vente et remboursée.",
    ),
    call=Call("PUT", "/v1/returns/{return}/inspection", {"lines": "{as_new}"}),
    needs=Permission.RETURNS_WORK,
    when={"is_plain": (True,)},
)
CALL_OFF = Remedy(
    name="call_off",
    label=Text("It does not come any more", "Il ne viendra plus"),
    does=Text(
        "Closes the return: nothing is on its way any more, nothing is paid back. It cannot be"
        " taken back: what comes after all is announced anew.",
        "Clôt le retour\u202f: plus rien n'est en route, rien n'est remboursé. On ne peut pas"
        " revenir en arrière\u202f: ce qui vient malgré tout est annoncé de nouveau.",
    ),
    call=Call("PUT", "/v1/returns/{return}/calling-off", {"reason": BECAUSE}),
    needs=Permission.RETURNS_WORK,
)

RETURNS = (
    ExceptionKind(
        kind="return.uninspected",
        name=Text("Return not inspected", "Retour non contrôlé"),
        means=Text(
            "It came days ago (two, or what the policy says), and nobody looked at it: its customer"
            " waits for their money.",
            "Il est arrivé depuis des jours (deux, ou selon la politique) et personne ne l'a"
            " contrôlé\u202f: son client attend son argent.",
        ),
        detail=Text(
            "{order}: {goods}; received on {at}", "{order}\u202f: {goods}\u202f; reçu le {at}"
        ),
        owners=IN_NODE,
        money=RETURNED,
        closes=Text("it is inspected", "il est contrôlé"),
        remedies=(INSPECT,),
    ),
    ExceptionKind(
        kind="return.missing",
        name=Text("Return does not come", "Retour qui n'arrive pas"),
        means=Text(
            "It was announced weeks ago (three, or what the policy says), and nobody has received"
            " it.",
            "Il est annoncé depuis des semaines (trois, ou selon la politique) et personne ne l'a"
            " reçu.",
        ),
        detail=Text(
            "{order}: {goods}; announced on {at}", "{order}\u202f: {goods}\u202f; annoncé le {at}"
        ),
        owners=IN_NODE,
        money=RETURNED,
        closes=Text("it is received, or called off", "il est reçu, ou clos"),
        remedies=(CALL_OFF,),
    ),
)
