"""What can be done about exceptions: each is one call of the API, filled from an exception's facts.

`{id}` stays for whoever calls: an id of their own, so that sending twice is the same as once.
"""

from collections.abc import Mapping

from noria.kit.auth import Permission
from noria.kit.errors import Text
from noria.tower.exception_model import Call, Remedy

P = Permission

BECAUSE = Text(
    "proposed by the work list of exceptions", "proposé par la liste des exceptions à traiter"
)

SOURCE = Remedy(
    name="source",
    label=Text("Look for stock again", "Chercher du stock de nouveau"),
    does=Text(
        "Looks again for nodes that have the units of this order, and gives it to them.",
        "Cherche de nouveau des sites qui ont les unités de cette commande, et la leur confie.",
    ),
    call=Call("PUT", "/v1/sourcings/{id}", {"orders": ["{order}"]}),
    needs=P.ORDERS_REPLAN,
)
SOURCE_WAITING = Remedy(
    name="source",
    label=SOURCE.label,
    does=SOURCE.does,
    call=SOURCE.call,
    needs=SOURCE.needs,
    when={"waits": (True,)},
)
TELL_DAY = Remedy(
    name="tell_day",
    label=Text("Tell the new day", "Annoncer le nouveau jour"),
    does=Text(
        "Works out when it is likely to come now, and tells the customer.",
        "Calcule quand cela arrivera sans doute, et l'annonce au client.",
    ),
    call=Call("PUT", "/v1/new-days/{id}", {"order": "{order}"}),
    needs=P.ORDERS_REPLAN,
)
REROUTE = Remedy(
    name="reroute",
    label=Text("Send from elsewhere", "Envoyer d'ailleurs"),
    does=Text(
        "Takes the leg off its node and sources its units again, without that node.",
        "Retire l'envoi à son site et affecte ses unités de nouveau, sans lui.",
    ),
    call=Call("PUT", "/v1/reroutes/{id}", {"legs": ["{leg}"], "reason": BECAUSE}),
    needs=P.ORDERS_WRITE,
    when={"is_picked": (False,)},
)


ONE_PARCEL = {"parcels": ["{parcel}"]}


def _replace(because: str, does: Text, parcels: Mapping[str, list[str]] = ONE_PARCEL) -> Remedy:
    """A parcel is sent again, where it is known what was in it; or all of a leg that is left."""
    return Remedy(
        name="replace",
        label=Text("Send it again", "Renvoyer"),
        does=does,
        call=Call(
            "PUT",
            "/v1/replacements/{id}",
            {"leg": "{leg}", **parcels, "how": "send_again", "because": because},
        ),
        needs=P.ORDERS_WRITE,
        when={"is_known": (True,)} if parcels else {},
    )


REPLACE_LOST = _replace(
    "lost",
    Text(
        "Takes this parcel for lost, sends again what was in it, and notes what the carrier owes.",
        "Tient ce colis pour perdu, renvoie son contenu, et note ce que doit le transporteur.",
    ),
)
REPLACE_LEG = _replace(
    "lost",
    Text(
        "Takes for lost all of the leg that has not come, sends its units again, and notes what the"
        " carrier owes.",
        "Tient pour perdu tout ce qui n'est pas arrivé de l'envoi, renvoie ses unités, et note ce"
        " que doit le transporteur.",
    ),
    {},
)
REPLACE_REFUSED = _replace(
    "refused",
    Text(
        "Sends again what was in this parcel; it is received as a return of this replacement.",
        "Renvoie le contenu de ce colis\u202f; il reviendra comme retour de ce remplacement.",
    ),
)
REPLACE_RETURNED = _replace(
    "returned",
    Text(
        "Puts what came back on hold at its node, and sends again what was in this parcel.",
        "Met en attente au site ce qui est revenu, et renvoie le contenu de ce colis.",
    ),
)
COUNT = Remedy(
    name="count",
    label=Text("Have it counted", "Faire compter"),
    does=Text(
        "Opens a count of this SKU at this node.", "Ouvre un comptage de cet article à ce site."
    ),
    call=Call("PUT", "/v1/count-tasks/{id}", {"node": "{node}", "skus": ["{sku}"]}),
    undo=Call("PUT", "/v1/count-tasks/{id}/cancellation"),
    undo_needs=P.COUNT_APPROVE,
    needs=P.COUNT_WORK,
)
SETTLE_RECEIPT = Remedy(
    name="settle_receipt",
    label=Text("Accept the difference", "Accepter l'écart"),
    does=Text(
        "Accepts all differences of this receipt: nothing is claimed.",
        "Accepte tous les écarts de cette réception\u202f: rien n'est réclamé.",
    ),
    call=Call("PUT", "/v1/receipts/{receipt}/settlement", {"outcome": "accepted"}),
    needs=P.SUPPLY_WRITE,
)
AUDIT = Remedy(
    name="audit",
    label=Text("Audit again", "Auditer de nouveau"),
    does=Text("Asks for a full audit.", "Demande un audit complet."),
    call=Call("POST", "/v1/audit/runs", {"is_full": True}),
    needs=P.AUDIT_READ,
)
KEEP_BACK = Remedy(
    name="keep_back",
    label=Text("Sell nothing of it today", "Ne rien en vendre aujourd'hui"),
    does=Text(
        "Keeps all units of this node back until the end of the day.",
        "Retient toutes les unités de ce site jusqu'à la fin du jour.",
    ),
    call=Call(
        "PUT",
        "/v1/keep-backs/{id}",
        {
            "id": "{id}",
            "purpose": "buffer",
            "node": "{node}",
            "units": 1_000_000_000,
            "valid_until": "{today}",
            "reason": Text("its feed is silent", "son flux s'est tu"),
        },
    ),
    undo=Call("DELETE", "/v1/keep-backs/{id}"),
    undo_needs=P.PROMISE_WRITE,
    needs=P.PROMISE_WRITE,
)
BOOK_FEED = Remedy(
    name="book_feed",
    label=Text("Book it after all", "Le prendre quand même"),
    does=Text(
        "The stock of this partner becomes what its feed says.",
        "Le stock de ce partenaire devient ce que dit son flux.",
    ),
    call=Call("POST", "/v1/feeds/{feed}/booking"),
    needs=P.PARTNERS_WRITE,
)
SETTLED = Text("Settled", "Réglé")
LOOKED_AFTER = Text(
    "Somebody has looked after it; it leaves this list.",
    "Quelqu'un s'en est occupé\u202f; elle quitte cette liste.",
)
SETTLE_REPLY = Remedy(
    name="settle",
    label=SETTLED,
    does=LOOKED_AFTER,
    call=Call("PUT", "/v1/carriers/replies/{reply}/settlement"),
    needs=P.FULFILMENT_WORK,
)
ASK_CARRIER = Remedy(
    name="ask_carrier",
    label=Text("Ask it again now", "L'interroger de nouveau"),
    does=Text(
        "Asks this carrier within a minute where its parcels are. If it answers, this goes.",
        "Demande dans la minute à ce transporteur où sont ses colis. S'il répond, ceci part.",
    ),
    call=Call("PUT", "/v1/carriers/polls/{id}", {"account": "{carrier}"}),
    needs=P.FULFILMENT_WORK,
)
SETTLE_WORK = Remedy(
    name="settle",
    label=SETTLED,
    does=LOOKED_AFTER,
    call=Call("PUT", "/v1/work-conflicts/{fact}/settlement"),
    needs=P.FULFILMENT_WORK,
)
SETTLE_REPORT = Remedy(
    name="settle",
    label=SETTLED,
    does=LOOKED_AFTER,
    call=Call("PUT", "/v1/reports/{report}/settlement", {"answer": BECAUSE}),
    needs=P.ORDERS_WRITE,
    when={"is_withdrawal": (False,)},
)
"""Who withdrew waits to read where the goods go: that is written on the page of the order."""
SETTLE_HAND_OVER = Remedy(
    name="settle",
    label=SETTLED,
    does=LOOKED_AFTER,
    call=Call("PUT", "/v1/hand-overs/{hand_over}/settlement", {"words": BECAUSE}),
    needs=P.FULFILMENT_MANAGE,
)
SETTLE_CODES = Remedy(
    name="settle",
    label=SETTLED,
    does=Text(
        "Somebody has looked after it: codes are taken again at this store.",
        "Quelqu'un s'en est occupé\u202f: ce magasin accepte de nouveau les codes.",
    ),
    call=Call("PUT", "/v1/nodes/{node}/wrong-codes/settlement"),
    needs=P.FULFILMENT_MANAGE,
)


SETTLES = Text(
    "Nodes may pick this order at once. What held it is taken as settled.",
    "Les sites peuvent prélever cette commande aussitôt. Ce qui la bloquait est réglé.",
)


def _lift(held_for: tuple[str, ...], needs: P, does: Text = SETTLES) -> Remedy:
    return Remedy(
        name="lift",
        label=Text("Lift the hold", "Lever le blocage"),
        does=does,
        call=Call("PUT", "/v1/order-holds/{hold}/lift", {"reason": BECAUSE}),
        needs=needs,
        when={"held_for": held_for},
    )


PAY = Remedy(
    name="pay",
    label=Text("It is paid", "C'est payé"),
    does=Text("Says that it was paid just now.", "Dit que c'est payé à l'instant."),
    call=Call("PUT", "/v1/payments/{id}", {"order": "{order}", "paid_at": "{now}"}),
    needs=P.ORDERS_PAY,
)
REFUND = (
    Remedy(
        name="remind",
        label=Text("Tell the payment system again", "Relancer le système de paiement"),
        does=Text(
            "Sends what is due to the payment system once more; its customer gets it once.",
            "Renvoie la demande au système de paiement\u202f; le client n'est remboursé qu'une"
            " fois.",
        ),
        call=Call("PUT", "/v1/refund-reminders/{id}", {"refunds": ["{refund}"]}),
        needs=P.ORDERS_PAY,
        when={"is_reminded": (False,)},
    ),
    Remedy(
        name="paid_back",
        label=Text("It is paid back", "C'est remboursé"),
        does=Text(
            "Says that it was paid back just now: the customer is told.",
            "Dit que c'est remboursé à l'instant\u202f: le client est prévenu.",
        ),
        call=Call("PUT", "/v1/refunds/{refund}/payment", {"made_at": "{now}"}),
        needs=P.ORDERS_PAY,
        when={"is_reminded": (True,)},
    ),
)
UNPAID = (
    Remedy(
        name="cancel",
        label=Text("Cancel it", "L'annuler"),
        does=Text(
            "Cancels all of it that has not left: its units are for sale again, and the customer"
            " is told. What was paid of it is to be paid back. It cannot be taken back.",
            "Annule tout ce qui n'est pas parti\u202f: ses unités sont remises en vente et le"
            " client est prévenu. Ce qui en a été payé est à rembourser. On ne peut pas revenir en"
            " arrière.",
        ),
        call=Call("PUT", "/v1/cancellations/{id}", {"order": "{order}", "reason": BECAUSE}),
        needs=P.ORDERS_WRITE,
        when={"held_for": ("payment",)},
    ),
    Remedy(
        name=PAY.name,
        label=PAY.label,
        does=Text(
            "Says that it was paid just now: nodes may pick it, if nothing else holds it.",
            "Dit que c'est payé à l'instant\u202f: les sites peuvent la prélever, si rien d'autre"
            " ne la bloque.",
        ),
        call=PAY.call,
        needs=PAY.needs,
        when={"held_for": ("payment",)},
    ),
)
LIFTS = (
    _lift(
        ("payment",),
        P.ORDERS_PAY,
        Text(
            "Nodes may pick this order at once, and send it though nobody has paid it.",
            "Les sites peuvent la prélever aussitôt et l'envoyer, sans que personne l'ait payée.",
        ),
    ),
    _lift(("fraud",), P.ORDERS_CLEAR),
    _lift(("address", "manual"), P.ORDERS_WRITE),
)
ASSIGN = Remedy(
    name="assign",
    label=Text("I pick it", "Je le prélève"),
    does=Text(
        "Puts this task in a wave of its own and gives it to you, whoever had it.",
        "Met cette tâche seule dans une vague et vous la donne, à qui qu'elle ait été.",
    ),
    call=Call("PUT", "/v1/task-assignments/{id}", {"task": "{task}"}),
    undo=Call("PUT", "/v1/task-assignments/{id}/withdrawal"),
    undo_needs=P.FULFILMENT_MANAGE,
    needs=P.FULFILMENT_MANAGE,
)


def _assign_leg(when: dict[str, tuple[str | bool, ...]]) -> Remedy:
    return Remedy(
        name=ASSIGN.name,
        label=ASSIGN.label,
        does=ASSIGN.does,
        call=Call("PUT", "/v1/task-assignments/{id}", {"task": "leg:{leg}"}),
        undo=ASSIGN.undo,
        undo_needs=ASSIGN.undo_needs,
        needs=ASSIGN.needs,
        when=when,
    )


FOR_STEPS = (
    Remedy(
        name=SOURCE.name,
        label=SOURCE.label,
        does=SOURCE.does,
        call=SOURCE.call,
        needs=SOURCE.needs,
        when={"step": ("source",)},
    ),
    Remedy(
        name=REROUTE.name,
        label=REROUTE.label,
        does=REROUTE.does,
        call=REROUTE.call,
        needs=REROUTE.needs,
        when={"step": ("accept",)},
    ),
    _assign_leg({"step": ("pick",)}),
    TELL_DAY,
)
FOR_PICKUPS = (
    _assign_leg({"is_picked": (False,)}),
    Remedy(
        name="ready",
        label=Text("It lies at the counter", "C'est au comptoir"),
        does=Text(
            "Says that it lies ready at the counter; its customer is told.",
            "Dit que c'est prêt au comptoir\u202f; son client est prévenu.",
        ),
        call=Call(
            "POST",
            "/v1/collections/ready/batch",
            {"items": [{"id": "{leg}", "spot": {"kind": "counter", "name": "1"}}]},
        ),
        needs=P.FULFILMENT_WORK,
        when={"is_picked": (True,)},
    ),
)
ARRIVE = Remedy(
    name="arrive",
    label=Text("It is here", "C'est arrivé"),
    does=Text(
        "Receives all of it in the store: it is to be made ready now.",
        "Réceptionne tout au magasin\u202f: il reste à le préparer.",
    ),
    call=Call("POST", "/v1/collections/arrivals/batch", {"items": [{"id": "{leg}"}]}),
    needs=P.FULFILMENT_WORK,
)
PUT_BACK = Remedy(
    name="put_back",
    label=Text("It is on its shelf", "C'est en rayon"),
    does=Text("Says that its units are on their shelf.", "Dit que ses unités sont en rayon."),
    call=Call("POST", "/v1/collections/put-backs", {"node": "{node}", "legs": ["{leg}"]}),
    needs=P.FULFILMENT_WORK,
)
TELL_AGAIN = Remedy(
    name="tell_again",
    label=Text("Send it again", "Renvoyer"),
    does=Text(
        "Tells the customer once more, at the address that the order has now: where the message"
        " came back, correct it first.",
        "Le redit au client, à l'adresse que la commande porte maintenant\u202f: si le message est"
        " revenu, corrigez-la d'abord.",
    ),
    call=Call(
        "PUT",
        "/v1/message-sendings/{id}",
        {"order": "{order}", "kind": "{told}", "part": "{part}", "medium": "{medium}"},
    ),
    needs=P.MESSAGES_SEND,
)
