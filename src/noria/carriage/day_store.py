"""Other days that are asked of carriers: the SQL that writes."""

from collections.abc import Sequence
from datetime import datetime

from noria.carriage.day_model import DayBody, DayState
from noria.kit.db import Connection


def insert(
    tx: Connection,
    key: str,
    wanted: DayBody,
    asks: Sequence[tuple[str, str]],
    *,
    actor: str,
    now: datetime,
) -> bool:
    """Write that another day is wanted, with its asks as (id, label); False: the id is taken."""
    made = tx.execute(
        """
        insert into day_change (id, order_id, day, state, asked_at, actor)
        values (%s, %s, %s, 'asked', %s, %s)
        on conflict (id) do nothing
        """,
        [key, wanted.order, wanted.day, now, actor],
    )
    if not made.rowcount:
        return False
    tx.execute(
        """
        insert into day_ask (id, day_change, label, state)
        select id, %s, label, 'asked' from unnest(%s::text[], %s::text[]) as given (id, label)
        """,
        [key, [ask for ask, _ in asks], [label for _, label in asks]],
    )
    return True


def settle_ask(tx: Connection, ask: str, state: DayState) -> None:
    """Write what a carrier said of one box."""
    tx.execute("update day_ask set state = %s where id = %s", [state.value, ask])


def settle(tx: Connection, key: str, state: DayState, *, detail: str) -> None:
    """Write what became of a day that was chosen."""
    tx.execute(
        "update day_change set state = %s, detail = %s where id = %s", [state.value, detail, key]
    )


def erase(tx: Connection, orders: Sequence[str]) -> None:
    """Empty what carriers said in words."""
    tx.execute("update day_change set detail = '' where order_id = any(%s)", [list(orders)])
    tx.execute(
        """
        update carrier_call
        set detail = ''
        where subject in (
            select day_ask.id
            from day_ask
            join day_change on day_change.id = day_change
            where order_id = any(%s)
        )
        """,
        [list(orders)],
    )
