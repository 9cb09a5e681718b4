"""The events that tell of orders beyond their usual way: held, paid, changed, divided, erased."""

from noria.kit.errors import Text
from noria.webhooks.event_type import EventType

ORDERS = (
    EventType(
        "order.held",
        "order:536365",
        Text(
            "An order is kept from its nodes until something is settled.",
            "Une commande est retenue jusqu'à ce qu'un point soit réglé.",
        ),
    ),
    EventType(
        "order.released",
        "order:536365",
        Text(
            "Nothing holds an order any more: its nodes may work on it.",
            "Plus rien ne bloque une commande\N{NARROW NO-BREAK SPACE}: ses sites peuvent la"
            " traiter.",
        ),
    ),
    EventType(
        "order.paid",
        "order:536365",
        Text("An order was paid.", "Une commande a été payée."),
    ),
)
