"""The events that tell of orders beyond their usual way: held, paid, changed, divided, erased."""

from noria.kit.errors import Text
from noria.webhooks.event_type import EventType

ORDERS = (
    EventType(
        "order.packed",
        "order:536365",
        Text("A leg of an order is in its boxes.", "Une partie de commande est emballée."),
    ),
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
        "order.payment_reminded",
        "order:536365",
        Text(
            "A customer is to be reminded of what is not paid, before it is cancelled.",
            "Un client doit être relancé pour une commande impayée, avant son annulation.",
        ),
    ),
    EventType(
        "order.paid",
        "order:536365",
        Text("An order was paid.", "Une commande a été payée."),
    ),
    EventType(
        "order.edited",
        "order:536365",
        Text(
            "An order was changed: who opens the door, where it goes, or what it wants.",
            "Une commande a changé\N{NARROW NO-BREAK SPACE}: qui ouvre, où elle va, ou ce qu'elle"
            " demande.",
        ),
    ),
    EventType(
        "return.called_off",
        "order:536365",
        Text(
            "A return that was announced does not come.",
            "Un retour annoncé ne viendra pas.",
        ),
    ),
    EventType(
        "customer.erased",
        "erasure:E-12",
        Text(
            "A customer is forgotten: their orders belong to an alias.",
            "Un client est oublié\N{NARROW NO-BREAK SPACE}: ses commandes portent un alias.",
        ),
    ),
    EventType(
        "order.promised",
        "order:536365",
        Text(
            "An order that was told no day when it was taken is promised one now.",
            "Une commande prise sans date en a une, désormais promise.",
        ),
    ),
    EventType(
        "order.delayed",
        "order:536365",
        Text(
            "A promise is likely to be broken: the customer's new window, before the old one ends.",
            "Une promesse risque d'être rompue\N{NARROW NO-BREAK SPACE}: la nouvelle fenêtre, avant"
            " la fin de l'ancienne.",
        ),
    ),
    EventType(
        "order.unsure",
        "order:536365",
        Text(
            "A promise is likely to be broken, and nobody can say when it comes instead.",
            "Une promesse risque d'être rompue, et personne ne peut dire quand la commande"
            " arrivera.",
        ),
    ),
    EventType(
        "order.delay_accepted",
        "order:536365",
        Text(
            "A customer who was told that it comes later would rather wait than cancel.",
            "Un client averti d'un retard préfère attendre plutôt qu'annuler.",
        ),
    ),
    EventType(
        "order.split",
        "order:536365",
        Text("An order was made two.", "Une commande a été séparée en deux."),
    ),
    EventType(
        "order.merged",
        "order:536365",
        Text("Orders were put into one.", "Des commandes ont été regroupées."),
    ),
    EventType(
        "wait.told",
        "wait:W-7",
        Text(
            "Somebody who waited for a SKU is told that it is back.",
            "Une personne qui attendait un SKU est prévenue de son retour.",
        ),
    ),
)
