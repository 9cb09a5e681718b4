"""The events that tell of partners: their feeds, their answers, what they may sell."""

from noria.kit.errors import Text
from noria.webhooks.event_type import EventType

PARTNERS = (
    EventType(
        "partner.changed",
        "EPINAL",
        Text("A partner was created or changed.", "Un partenaire a été créé ou modifié."),
    ),
    EventType(
        "partner.terms.changed",
        "EPINAL",
        Text(
            "A partner charges otherwise than before.",
            "Un partenaire facture autrement qu'avant.",
        ),
    ),
    EventType(
        "feed_plan.changed",
        "EPINAL",
        Text(
            "A partner's feed is read otherwise than before.",
            "Le flux d'un partenaire est lu autrement qu'avant.",
        ),
    ),
    EventType(
        "feed.booked",
        "feed-2026-11-27",
        Text(
            "What a partner has is in the book.",
            "Le stock annoncé par un partenaire est comptabilisé.",
        ),
    ),
    EventType(
        "feed.held",
        "feed-2026-11-27",
        Text(
            "A feed would lose so much that somebody has to look.",
            "Un flux ferait perdre tant d'unités qu'il faut le vérifier.",
        ),
    ),
    EventType(
        "feed.rejected",
        "feed-2026-11-27",
        Text("Somebody turned a feed down.", "Quelqu'un a rejeté un flux."),
    ),
    EventType(
        "feed.unreadable",
        "feed-2026-11-27",
        Text("A feed could not be read.", "Un flux n'a pas pu être lu."),
    ),
    EventType(
        "feed.silent",
        "EPINAL",
        Text("A partner's feed has stopped.", "Le flux d'un partenaire s'est arrêté."),
    ),
    EventType(
        "feed.back",
        "EPINAL",
        Text("A partner's feed is back.", "Le flux d'un partenaire est revenu."),
    ),
    EventType(
        "leg.accepted",
        "leg:536365.1",
        Text("A partner will send a leg.", "Un partenaire accepte un envoi."),
    ),
    EventType(
        "leg.declined",
        "leg:536365.1",
        Text(
            "A node declined a leg: it is sourced elsewhere.",
            "Un site a décliné un envoi\N{NARROW NO-BREAK SPACE}: il partira d'ailleurs.",
        ),
    ),
    EventType(
        "breach_rule.changed",
        "accept-in-2-h",
        Text(
            "Something not done is a breach after another time than before.",
            "Le délai au-delà duquel un retard est un manquement a changé.",
        ),
    ),
    EventType(
        "channel_network.changed",
        "web-nodes",
        Text(
            "Other nodes serve a channel than before.",
            "Un canal est desservi par d'autres sites qu'avant.",
        ),
    ),
    EventType(
        "assortment.changed",
        "web-bulky",
        Text(
            "A channel sells other goods from some places than before.",
            "L'assortiment d'un canal a changé pour certains sites.",
        ),
    ),
)
