"""The events that tell of what customers collect in stores, and of what they are paid back."""

from noria.kit.errors import Text
from noria.webhooks.event_type import EventType

COLLECTED = (
    EventType(
        "order.arrived_in_store",
        "order:536365",
        Text(
            "Part of an order came to the store where it is collected.",
            "Une partie d'une commande est arrivée au magasin de retrait.",
        ),
    ),
    EventType(
        "order.ready",
        "order:536365",
        Text(
            "Part of an order waits for its customer in the store.",
            "Une partie d'une commande attend son client en magasin.",
        ),
    ),
    EventType(
        "order.handed_over",
        "order:536365",
        Text(
            "A store handed part of an order over to its customer.",
            "Un magasin a remis une partie d'une commande à son client.",
        ),
    ),
    EventType(
        "order.pickup_extended",
        "order:536365",
        Text(
            "A store keeps an order for its customer for longer.",
            "Un magasin garde une commande plus longtemps pour son client.",
        ),
    ),
    EventType(
        "order.pickup_reminded",
        "order:536365",
        Text(
            "A customer is to be reminded of what waits in the store.",
            "Un client doit être prévenu que sa commande l'attend en magasin.",
        ),
    ),
    EventType(
        "order.customer_coming",
        "order:536365",
        Text(
            "A customer says that they are there, or on their way to the store.",
            "Un client dit qu'il est là, ou en route vers le magasin.",
        ),
    ),
    EventType(
        "refund.due",
        "order:536365",
        Text(
            "A customer is to be paid back for units of an order, or for its delivery.",
            "Un client doit être remboursé d'unités d'une commande, ou de sa livraison.",
        ),
    ),
    EventType(
        "refund.withdrawn",
        "order:536365",
        Text(
            "A refund that was due is due no more: the customer has the units after all.",
            "Un remboursement n'est plus dû\u202f: le client a finalement les unités.",
        ),
    ),
    EventType(
        "order.answered",
        "order:536365",
        Text(
            "A customer is told our answer to a problem that they reported.",
            "Notre réponse à un problème signalé est dite au client.",
        ),
    ),
    EventType(
        "order.refunded",
        "order:536365",
        Text(
            "The payment system says that a customer was paid back.",
            "Le système de paiement dit qu'un client a été remboursé.",
        ),
    ),
)
