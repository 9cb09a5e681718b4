"""Which channel is served first today, and why."""

from datetime import date

from noria.kit.db import Connection
from noria.policies import rules, views
from noria.policies.model import Priority


def ranks(tx: Connection, day: date) -> list[Priority]:
    """Channels as the live policy ranks them on a day, the one to serve first first."""
    found = tx.execute("select code from channel order by code")
    return rules.priorities(
        views.live(tx).content, [code for (code,) in found], views.last_measures(tx), day
    )
