"""The events that tell of what needs a person."""

from noria.kit.errors import Text
from noria.webhooks.event_type import EventType

TOWER = (
    EventType(
        "exception.opened",
        "order:536365",
        Text(
            "Something needs a person: which kind, whose it is, and the money at risk.",
            "Quelque chose demande une personne\u202f: quel motif, pour qui, et quel risque.",
        ),
    ),
    EventType(
        "exception.closed",
        "order:536365",
        Text(
            "Something needs nobody any more, or no longer this role at this node.",
            "Quelque chose ne demande plus personne, ou plus ce rôle sur ce site.",
        ),
    ),
    EventType(
        "exception.escalated",
        "order:536365",
        Text(
            "Nobody took what needs a person: it went on to the next role.",
            "Personne ne s'en est saisi\u202f: c'est passé au rôle suivant.",
        ),
    ),
)
