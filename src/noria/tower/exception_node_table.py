"""Kinds of exceptions that come up in a node: what is picked there, and what customers collect."""

from noria.kit.auth import Role
from noria.kit.errors import Text
from noria.tower import exception_remedies as remedy
from noria.tower.exception_model import ExceptionKind
from noria.tower.exception_worths import LEG, ORDER, READY

IN_NODE = (Role.STORE_MANAGER, Role.OPERATIONS)
"""The manager of a store, and operations for any other node."""
STORE = (Role.STORE_MANAGER,)
TASK = Text("to be picked by {by}; {who} has it", "à prélever avant le {by}\u202f; pour {who}")

IN_NODES = (
    ExceptionKind(
        kind="task.late",
        name=Text("Pick is late", "Préparation en retard"),
        means=Text(
            "Its departure is over, and nobody has picked it.",
            "Son départ est passé, et personne ne l'a prélevé.",
        ),
        detail=TASK,
        owners=IN_NODE,
        money=LEG,
        closes=Text("it is picked, or sent from elsewhere", "c'est prélevé, ou envoyé d'ailleurs"),
        remedies=(remedy.ASSIGN,),
    ),
    ExceptionKind(
        kind="task.untaken",
        name=Text("Pick that nobody took", "Préparation que personne n'a prise"),
        means=Text("It leaves soon, and nobody has it.", "Cela part bientôt, et n'est à personne."),
        detail=TASK,
        owners=IN_NODE,
        money=LEG,
        closes=Text("somebody takes it", "quelqu'un la prend"),
        remedies=(remedy.ASSIGN,),
    ),
    ExceptionKind(
        kind="work.conflict",
        name=Text("Work clashes with the book", "Travail contredit par le livre"),
        means=Text(
            "What somebody told of their work does not fit the book.",
            "Ce que quelqu'un a dit de son travail contredit le livre.",
        ),
        detail=Text("{en}", "{fr}"),
        owners=IN_NODE,
        money=LEG,
        closes=Text(
            "somebody settled it, or it goes through", "quelqu'un l'a réglé, ou cela passe enfin"
        ),
        remedies=(remedy.SETTLE_WORK,),
    ),
)

COLLECTED = (
    ExceptionKind(
        kind="collect.late",
        name=Text("Pickup not ready in time", "Retrait pas prêt à l'heure"),
        means=Text("The hour that was told is over.", "L'heure annoncée est passée."),
        detail=Text("{leg} by {by}", "{leg} avant le {by}"),
        owners=STORE,
        money=LEG,
        closes=Text("it lies ready", "c'est prêt"),
        remedies=remedy.FOR_PICKUPS,
    ),
    ExceptionKind(
        kind="collect.endangered",
        name=Text("Pickup hardly ready in time", "Retrait sans doute pas prêt à l'heure"),
        means=Text("It is expected later than was told.", "On l'attend plus tard qu'annoncé."),
        detail=Text(
            "{leg} by {by}; expected {expected_at}", "{leg} avant le {by}, attendu le {expected_at}"
        ),
        owners=STORE,
        money=LEG,
        closes=Text("it lies ready", "c'est prêt"),
        remedies=remedy.FOR_PICKUPS,
    ),
    ExceptionKind(
        kind="collect.to_receive",
        name=Text("Store has to receive an order", "Commande à réceptionner en magasin"),
        means=Text(
            "What was sent to a store should be there, and nobody scanned it.",
            "Ce qui est envoyé au magasin devrait y être, et n'a pas été scanné.",
        ),
        detail=Text("{leg} of {source} by {service}", "{leg} de {source} par {service}"),
        owners=STORE,
        money=LEG,
        closes=Text("the store receives it", "le magasin la réceptionne"),
        remedies=(remedy.ARRIVE,),
    ),
    ExceptionKind(
        kind="collect.to_put_back",
        name=Text("Not collected, to be put back", "Non retirée, à remettre en rayon"),
        means=Text(
            "It is on sale again, and lies where customers collect.",
            "C'est de nouveau en vente, et resté au point de retrait.",
        ),
        detail=Text("{leg} {spot}", "{leg} {spot}"),
        owners=STORE,
        money=LEG,
        closes=Text("it is on its shelf", "c'est en rayon"),
        remedies=(remedy.PUT_BACK,),
    ),
    ExceptionKind(
        kind="collect.code_tried",
        name=Text("Wrong pickup codes tried", "Faux codes de retrait essayés"),
        means=Text("Somebody may be guessing codes.", "Quelqu'un devine peut-être des codes."),
        detail=Text("{count} wrong codes", "{count} faux codes"),
        owners=STORE,
        money=READY,
        closes=Text(
            "somebody looked after it, or after a quarter of an hour",
            "quelqu'un s'en est occupé, ou après un quart d'heure",
        ),
        remedies=(remedy.SETTLE_CODES,),
    ),
    ExceptionKind(
        kind="collect.unproven",
        name=Text("Handed over without proof", "Remise sans preuve"),
        means=Text(
            "It was handed over without a network, by a code that does not fit.",
            "Remise hors réseau, avec un code qui ne convient pas.",
        ),
        detail=Text("{hand_over} by {way}", "{hand_over}, par {way}"),
        owners=STORE,
        money=ORDER,
        closes=Text("somebody settled it, or after 14 days", "quelqu'un l'a réglé, ou après 14 j"),
        remedies=(remedy.SETTLE_HAND_OVER,),
    ),
    ExceptionKind(
        kind="collect.handed_over_late",
        name=Text("Handed over after it was given up", "Remise après l'abandon"),
        means=Text(
            "It was given up or sent elsewhere when the store told of the hand-over.",
            "Elle était abandonnée ou envoyée ailleurs quand le magasin l'a dit.",
        ),
        detail=Text("{hand_over} by {way}", "{hand_over}, par {way}"),
        owners=STORE,
        money=ORDER,
        closes=Text("somebody settled it, or after 14 days", "quelqu'un l'a réglé, ou après 14 j"),
        remedies=(remedy.SETTLE_HAND_OVER,),
    ),
    ExceptionKind(
        kind="collect.unpaid",
        name=Text("Handed over, and nobody paid", "Remise sans paiement"),
        means=Text(
            "What is paid in the store was handed over, and no payment was told.",
            "Remise d'une commande payable en magasin, sans paiement annoncé.",
        ),
        detail=Text("handed over by {hand_over}", "remise par {hand_over}"),
        owners=STORE,
        money=ORDER,
        closes=Text("it is paid", "elle est payée"),
        remedies=(remedy.PAY,),
    ),
)
