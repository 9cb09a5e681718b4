"""Every kind of exception: what it is, whose, how its money is reckoned, what is proposed, its end.

A room that opens a kind adds it here, once; a test reads the rooms' views and fails for one that is
not here. What is told of an exception, and what is proposed, is filled from its facts.
"""

from noria.kit.auth import Role
from noria.kit.errors import Text
from noria.tower import exception_remedies as remedy
from noria.tower.exception_carrier_table import CARRIERS
from noria.tower.exception_model import ExceptionKind
from noria.tower.exception_node_table import COLLECTED, IN_NODE, IN_NODES
from noria.tower.exception_return_table import RETURNS
from noria.tower.exception_worths import (
    BOX,
    GOODS_COST,
    GOODS_PRICE,
    LEG,
    ORDER,
    REFUND_CENTS,
    SHELVES,
    UNITS_OF_ORDER,
    UNKNOWN,
)

OPERATIONS = (Role.OPERATIONS,)
GOES_WHEN_TOLD = Text(
    "all of it has come, or its customer was told another day",
    "tout est arrivé, ou son client connaît un autre jour",
)
GOES_WHEN_COUNTED = Text(
    "the SKU was counted there since, or after seven days",
    "l'article y a été compté depuis, ou après sept jours",
)
GOES_WITH_PARCEL = Text(
    "the parcel is delivered, or was replaced or paid back",
    "le colis est livré, remplacé ou remboursé",
)
GOES_WITH_STEP = Text(
    "the step is done, or the promise is likely again", "l'étape est faite, ou la promesse tient"
)
PARCEL = Text("{carrier} {number}: {progress}", "{carrier} {number}\u202f: {progress}")
MILESTONE = Text(
    "{step} {leg} by {by}; promised for {day}, chance {percent}%",
    "{step} {leg} avant le {by}\u202f; promis pour le {day}, chance de {percent}\u00a0%",
)

_PROMISES = (
    ExceptionKind(
        kind="order.waiting",
        name=Text("Order waits for stock", "Commande en attente de stock"),
        means=Text(
            "No node has had its units for a day.", "Aucun site n'a ses unités depuis un jour."
        ),
        detail=Text("waiting for stock: {units}", "en attente de stock\u202f: {units}"),
        owners=OPERATIONS,
        money=UNITS_OF_ORDER,
        closes=Text(
            "a node was found, or it is cancelled", "un site est trouvé, ou elle est annulée"
        ),
        remedies=(remedy.SOURCE,),
    ),
    ExceptionKind(
        kind="promise.late",
        name=Text("Promise past its day", "Promesse dépassée"),
        means=Text(
            "The day that its customer was told last is over, and not all has come.",
            "Le dernier jour annoncé est passé, et tout n'est pas arrivé.",
        ),
        detail=Text("promised for {day}", "promis pour le {day}"),
        owners=OPERATIONS,
        money=ORDER,
        closes=GOES_WHEN_TOLD,
        remedies=(remedy.TELL_DAY,),
    ),
    ExceptionKind(
        kind="milestone.missed",
        name=Text("Step missed", "Étape manquée"),
        means=Text(
            "A step was not done in time for the promise.",
            "Une étape n'a pas été faite à temps pour la promesse.",
        ),
        detail=MILESTONE,
        owners=(Role.PLANNER, Role.STORE_MANAGER, Role.OPERATIONS),
        money=ORDER,
        closes=GOES_WITH_STEP,
        remedies=remedy.FOR_STEPS,
    ),
    ExceptionKind(
        kind="milestone.endangered",
        name=Text("Promise in danger", "Promesse en danger"),
        means=Text(
            "What is left of the way is likely to take too long.",
            "Le reste du chemin prendra sans doute trop longtemps.",
        ),
        detail=MILESTONE,
        owners=(Role.PLANNER, Role.STORE_MANAGER, Role.OPERATIONS),
        money=ORDER,
        closes=GOES_WITH_STEP,
        remedies=remedy.FOR_STEPS,
    ),
    ExceptionKind(
        kind="order.held",
        name=Text("Order held over a day", "Commande bloquée depuis un jour"),
        means=Text(
            "A hold keeps it from its nodes, and its units from others.",
            "Un blocage la retient, et ses unités avec elle.",
        ),
        detail=Text("{held_for}: {reason}", "{held_for}\u202f: {reason}"),
        owners=OPERATIONS,
        money=ORDER,
        closes=Text(
            "the hold is lifted, it is paid, or it is cancelled",
            "le blocage est levé, elle est payée ou annulée",
        ),
        remedies=(*remedy.UNPAID, *remedy.LIFTS),
    ),
    ExceptionKind(
        kind="order.reported",
        name=Text("Customer reported", "Signalé par le client"),
        means=Text(
            "A customer told of a problem on their page.",
            "Un client a signalé un problème sur sa page.",
        ),
        detail=Text("{trouble}: {words}", "{trouble}\u202f: {words}"),
        owners=OPERATIONS,
        money=ORDER,
        closes=Text("somebody settled it", "quelqu'un l'a réglé"),
        remedies=(remedy.SETTLE_REPORT,),
    ),
    ExceptionKind(
        kind="refund.overdue",
        name=Text("Refund not paid", "Remboursement non versé"),
        means=Text(
            "What a customer is to be paid back is due for three days, or longer than the law"
            " gives, and nobody told it as paid.",
            "Ce qui est à rembourser l'est depuis trois jours, ou plus que la loi n'en donne, et"
            " personne ne l'a dit versé.",
        ),
        detail=Text(
            "{reason}; due since {at}, by law until {by}",
            "{reason}\u202f; dû depuis le {at}, au plus tard le {by}",
        ),
        owners=OPERATIONS,
        money=REFUND_CENTS,
        closes=Text(
            "the payment system says that it was paid, or it is due no more",
            "le système de paiement le dit versé, ou il n'est plus dû",
        ),
        remedies=remedy.REFUND,
    ),
)

_STOCK = (
    ExceptionKind(
        kind="stock.gap",
        name=Text("Units the book did not know", "Unités inconnues du livre"),
        means=Text(
            "A fact took units that the book did not know there.",
            "Un fait a pris des unités que le livre ne connaissait pas là.",
        ),
        detail=Text("{sku}: {units} not in the book", "{sku}\u202f: {units} hors du livre"),
        owners=IN_NODE,
        money=GOODS_PRICE,
        closes=GOES_WHEN_COUNTED,
        remedies=(remedy.COUNT,),
    ),
    ExceptionKind(
        kind="pick.short",
        name=Text("Pick came short", "Prélèvement incomplet"),
        means=Text(
            "Units that the book has were not to be had.",
            "Des unités présentes au livre n'ont pas pu être prises.",
        ),
        detail=Text("{sku}: {units}, {reason}", "{sku}\u202f: {units}, {reason}"),
        owners=IN_NODE,
        money=UNITS_OF_ORDER,
        closes=Text(
            "the units were found elsewhere, and the SKU was counted there since; or after"
            " seven days",
            "les unités viennent d'ailleurs, et l'article y a été compté depuis\u202f; ou après"
            " sept jours",
        ),
        remedies=(remedy.SOURCE_WAITING, remedy.COUNT),
    ),
    ExceptionKind(
        kind="receipt.discrepancy",
        name=Text("Receipt differs", "Réception différente"),
        means=Text("What came is not what was expected.", "Ce qui est venu n'est pas l'attendu."),
        detail=Text(
            "{sku}: {received} of {expected}, {reason}",
            "{sku}\u202f: {received} sur {expected}, {reason}",
        ),
        owners=IN_NODE,
        money=GOODS_COST,
        closes=Text("it was settled, or after seven days", "elle est réglée, ou après sept jours"),
        remedies=(remedy.SETTLE_RECEIPT,),
    ),
    ExceptionKind(
        kind="count.unusual",
        name=Text("Unusual count", "Comptage inhabituel"),
        means=Text(
            "A count differs from the book by more than chance explains.",
            "Un comptage diffère du livre plus que le hasard ne l'explique.",
        ),
        detail=Text("{sku}: {units} against the book", "{sku}\u202f: {units} par rapport au livre"),
        owners=IN_NODE,
        money=GOODS_PRICE,
        closes=GOES_WHEN_COUNTED,
        remedies=(remedy.COUNT,),
    ),
    ExceptionKind(
        kind="count.held_short",
        name=Text("Held units not found", "Unités réservées introuvables"),
        means=Text(
            "A count found less than is held for somebody.",
            "Un comptage a trouvé moins que ce qui est réservé.",
        ),
        detail=Text(
            "{sku}: {units} held for somebody, and not found",
            "{sku}\u202f: {units} sous réservation, mais pas en rayon",
        ),
        owners=IN_NODE,
        money=GOODS_PRICE,
        closes=GOES_WHEN_COUNTED,
        remedies=(remedy.COUNT,),
    ),
    ExceptionKind(
        kind="audit.difference",
        name=Text("Audit found a difference", "Écart trouvé par l'audit"),
        means=Text(
            "Something that is said twice is not said alike.",
            "Ce qui est dit deux fois ne l'est pas de même.",
        ),
        detail=Text(
            "{check}: {expected} expected, {found} found",
            "{check}\u202f: {expected} attendu, {found} trouvé",
        ),
        owners=(Role.AUDITOR,),
        money=GOODS_PRICE,
        closes=Text("an audit finds it no more", "un audit ne le trouve plus"),
        remedies=(remedy.AUDIT,),
    ),
)

_PARTNERS = (
    ExceptionKind(
        kind="partner.not_accepted",
        name=Text("Partner has not accepted", "Le partenaire n'a pas accepté"),
        means=Text(
            "A partner has not said in time that it sends a leg.",
            "Un partenaire n'a pas dit à temps qu'il envoie.",
        ),
        detail=Text("{partner}: {reason}", "{partner}\u202f: {reason}"),
        owners=OPERATIONS,
        money=LEG,
        closes=Text("it answered, or somebody else sends it", "il répond, ou un autre l'envoie"),
        remedies=(remedy.REROUTE, remedy.TELL_DAY),
    ),
    ExceptionKind(
        kind="partner.not_shipped",
        name=Text("Partner has not shipped", "Le partenaire n'a pas expédié"),
        means=Text("A partner should have sent a leg.", "Un partenaire aurait dû expédier."),
        detail=Text("{partner}: {reason}", "{partner}\u202f: {reason}"),
        owners=OPERATIONS,
        money=LEG,
        closes=Text("it left, or somebody else sends it", "c'est parti, ou un autre l'envoie"),
        remedies=(remedy.REROUTE, remedy.TELL_DAY),
    ),
    ExceptionKind(
        kind="partner.not_delivered",
        name=Text("Partner's parcel has not arrived", "Colis du partenaire non arrivé"),
        means=Text(
            "What a partner sent should have come.",
            "Ce qu'un partenaire a expédié devrait être là.",
        ),
        detail=Text("{partner}: {reason}", "{partner}\u202f: {reason}"),
        owners=OPERATIONS,
        money=LEG,
        closes=GOES_WITH_PARCEL,
        remedies=(remedy.REPLACE_LEG,),
    ),
    ExceptionKind(
        kind="feed.silent",
        name=Text("Partner's feed is silent", "Flux du partenaire muet"),
        means=Text(
            "A partner says less often what it has than it used to.",
            "Un partenaire dit moins souvent que d'habitude ce qu'il a.",
        ),
        detail=Text(
            "counted last at {at}; expected every {minutes}",
            "dernier compte le {at}\u202f; attendu tous les {minutes}",
        ),
        owners=OPERATIONS,
        money=SHELVES,
        closes=Text(
            "a feed comes, or nothing of it is sold for now",
            "un flux arrive, ou rien de ce partenaire n'est vendu pour l'instant",
        ),
        remedies=(remedy.KEEP_BACK,),
    ),
    ExceptionKind(
        kind="feed.held",
        name=Text("Feed waits for approval", "Flux à approuver"),
        means=Text(
            "A feed would take so much away that a person has to agree.",
            "Un flux retirerait tant qu'une personne doit l'accepter.",
        ),
        detail=Text(
            "{partner} would lose {lost} of {before}",
            "{partner} perdrait {lost} sur {before}",
        ),
        owners=OPERATIONS,
        money=SHELVES,
        closes=Text("it is booked or rejected", "il est pris en compte ou rejeté"),
        remedies=(remedy.BOOK_FEED,),
    ),
)

_PARCELS = (
    ExceptionKind(
        kind="parcel.silent",
        name=Text("Parcel not heard of", "Colis sans nouvelles"),
        means=Text(
            "Its carrier has said nothing for longer than is usual on its lane.",
            "Son transporteur se tait plus longtemps que d'habitude sur ce trajet.",
        ),
        detail=PARCEL,
        owners=OPERATIONS,
        money=BOX,
        closes=Text("its carrier says something", "son transporteur dit quelque chose"),
        remedies=(remedy.TELL_DAY,),
    ),
    ExceptionKind(
        kind="parcel.failed",
        name=Text("Parcel not delivered", "Colis non livré"),
        means=Text("An attempt to deliver was in vain.", "Une livraison a été tentée en vain."),
        detail=PARCEL,
        owners=OPERATIONS,
        money=BOX,
        closes=GOES_WITH_PARCEL,
        remedies=(remedy.TELL_DAY,),
    ),
    ExceptionKind(
        kind="parcel.returning",
        name=Text("Parcel on its way back", "Colis en retour"),
        means=Text("Its carrier brings it back to us.", "Son transporteur nous le rapporte."),
        detail=PARCEL,
        owners=OPERATIONS,
        money=BOX,
        closes=GOES_WITH_PARCEL,
        remedies=(remedy.REPLACE_REFUSED,),
    ),
    ExceptionKind(
        kind="parcel.returned",
        name=Text("Parcel came back", "Colis revenu"),
        means=Text("It is at our door again.", "Il est de retour chez nous."),
        detail=PARCEL,
        owners=OPERATIONS,
        money=BOX,
        closes=GOES_WITH_PARCEL,
        remedies=(remedy.REPLACE_RETURNED,),
    ),
    ExceptionKind(
        kind="parcel.lost",
        name=Text("Parcel lost", "Colis perdu"),
        means=Text("Its carrier has given it up.", "Son transporteur l'a déclaré perdu."),
        detail=PARCEL,
        owners=OPERATIONS,
        money=BOX,
        closes=GOES_WITH_PARCEL,
        remedies=(remedy.REPLACE_LOST,),
    ),
    ExceptionKind(
        kind="carrier.unreadable",
        name=Text("Carrier's reply unreadable", "Réponse de transporteur illisible"),
        means=Text(
            "A carrier said something that nobody could read.",
            "Un transporteur a dit ce que personne n'a su lire.",
        ),
        detail=Text(
            "{carrier}: {says} ({replies}\N{MULTIPLICATION SIGN})",
            "{carrier}\u202f: {says} ({replies}\N{MULTIPLICATION SIGN})",
        ),
        owners=(Role.INTEGRATOR,),
        money=UNKNOWN,
        closes=Text("somebody settled it", "quelqu'un l'a réglé"),
        remedies=(remedy.SETTLE_REPLY,),
    ),
    ExceptionKind(
        kind="carrier.refuses",
        name=Text("Carrier says nothing of parcels", "Transporteur muet sur les colis"),
        means=Text(
            "A carrier no longer knows our key, or has refused for a day to say where parcels are.",
            "Un transporteur ne reconnaît plus notre clé, ou refuse depuis un jour de dire où sont"
            " les colis.",
        ),
        detail=Text(
            "{carrier}: {says} ({replies}\N{MULTIPLICATION SIGN})",
            "{carrier}\u202f: {says} ({replies}\N{MULTIPLICATION SIGN})",
        ),
        owners=(Role.INTEGRATOR,),
        money=UNKNOWN,
        closes=Text(
            "it answers again; settled while it still refuses, it comes back",
            "il répond de nouveau\u202f; réglé tant qu'il refuse encore, cela revient",
        ),
        remedies=(remedy.SETTLE_REPLY,),
    ),
    ExceptionKind(
        kind="carrier.silent",
        name=Text("Carrier does not answer", "Transporteur injoignable"),
        means=Text(
            "A carrier was asked where parcels are, three times over an hour or more, and did not"
            " answer.",
            "Un transporteur n'a pas répondu à qui lui demandait où sont les colis, trois fois en"
            " une heure ou plus.",
        ),
        detail=Text(
            "{carrier}: {says} ({replies}\N{MULTIPLICATION SIGN})",
            "{carrier}\u202f: {says} ({replies}\N{MULTIPLICATION SIGN})",
        ),
        owners=(Role.INTEGRATOR,),
        money=UNKNOWN,
        closes=Text(
            "it answers again, or nothing is under way with it any more",
            "il répond de nouveau, ou il n'a plus rien de nous en route",
        ),
        remedies=(remedy.ASK_CARRIER,),
    ),
)

_MESSAGES = (
    ExceptionKind(
        kind="message.failed",
        name=Text("Customer not reached", "Client non joint"),
        means=Text(
            "A message could not be sent, or came back, and its order is still on.",
            "Un message n'a pas pu partir, ou est revenu, et sa commande est en cours.",
        ),
        detail=Text("{told} by {medium}: {result}", "{told} par {medium}\u202f: {result}"),
        owners=OPERATIONS,
        money=ORDER,
        closes=Text(
            "they were told something since, the order has come, or after seven days",
            "il a appris quelque chose depuis, tout est arrivé, ou après sept jours",
        ),
        remedies=(remedy.TELL_AGAIN,),
    ),
)

EVERY_KIND = (
    *_PROMISES,
    *_STOCK,
    *_PARTNERS,
    *_PARCELS,
    *CARRIERS,
    *IN_NODES,
    *COLLECTED,
    *RETURNS,
    *_MESSAGES,
)
BY_KIND = {one.kind: one for one in EVERY_KIND}

assert len(BY_KIND) == len(EVERY_KIND), "two kinds share a name"
