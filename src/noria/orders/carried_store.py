"""What carriers say of legs: the SQL that writes."""

from collections.abc import Sequence
from datetime import date

from noria.kit.db import Connection
from noria.orders.carried_model import Carried


def save(tx: Connection, said: Sequence[Carried]) -> set[str]:
    """Write what carriers say of legs; those of which they say something else than before."""
    found = tx.execute(
        """
        update leg
        set carrier_says = given.progress, carrier_since = given.since
        from unnest(%s::text[], %s::text[], %s::timestamptz[]) as given (id, progress, since)
        where leg.id = given.id
            and (carrier_says, carrier_since) is distinct from (given.progress, given.since)
        returning leg.id
        """,
        [
            [one.leg for one in said],
            [one.progress.value for one in said],
            [one.since for one in said],
        ],
    )
    return {leg for (leg,) in found}


def unsay(tx: Connection, legs: Sequence[str]) -> None:
    """Write that carriers have said nothing of these legs."""
    tx.execute(
        "update leg set carrier_says = null, carrier_since = null where id = any(%s)", [list(legs)]
    )


def set_day(tx: Connection, legs: Sequence[str], day: date) -> None:
    """These legs are planned to come on that day."""
    tx.execute("update leg set arrives_on = %s where id = any(%s)", [day, list(legs)])
