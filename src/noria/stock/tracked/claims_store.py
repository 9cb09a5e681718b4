"""Units that holds name: the SQL that writes. One row stands for a serial: it is claimed once."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import LiteralString

from noria.kit.db import Connection, columns, rows
from noria.stock.model import Place, State
from noria.stock.tracked.claims_model import Broken, Claim, ClaimKey
from noria.stock.tracked.model import UNTOLD, Unit


def lock_units(tx: Connection, claims: Iterable[Claim]) -> dict[Unit, Place]:
    """Lock the units that are claimed by serial, in key order, and read their places."""
    keys = sorted({(claim.sku, claim.code) for claim in claims if claim.is_serial})
    if not keys:
        return {}
    found = tx.execute(
        """
        select sku, code, node, state::text
        from serial
        where (sku, code) in (select * from unnest(%s::text[], %s::text[]))
        order by sku, code
        for update
        """,
        [[sku for sku, _ in keys], [code for _, code in keys]],
    )
    return {(sku, code): Place(node, State(state)) for sku, code, node, state in found}


def lock_lots(tx: Connection, claims: Iterable[Claim]) -> dict[ClaimKey, int]:
    """Lock the lots that are claimed, and what nobody told, on their shelves; units of each."""
    wanted = {(claim.sku, claim.code, claim.node) for claim in claims if not claim.is_serial}
    keys = sorted(wanted | {(claim.sku, UNTOLD, claim.node) for claim in claims})
    found = tx.execute(
        """
        select sku, lot, node, quantity
        from lot_balance
        where state = 'available'
            and (sku, lot, node) in (select * from unnest(%s::text[], %s::text[], %s::text[]))
        order by sku, lot, node
        for update
        """,
        [[key[part] for key in keys] for part in range(3)],
    )
    return {(sku, lot, node): quantity for sku, lot, node, quantity in found}


LIVE: LiteralString = """
    select holder, sku, code, node, is_serial, quantity, until, is_standing
    from unit_claim
    where is_standing and (until is null or until > greatest(%s, noria_now()))
"""
OLDEST_FIRST: LiteralString = "order by claimed_at, holder, sku, code"


def live(
    tx: Connection, units: Iterable[Unit], *, now: datetime, holders: Sequence[str] = ()
) -> list[Claim]:
    """Claims on these units whose time is not over, but for those of `holders`; oldest first."""
    keys = sorted(set(units))
    return rows(
        tx,
        Claim,
        f"""
        {LIVE}
            and (sku, code) in (select * from unnest(%s::text[], %s::text[]))
            and not (holder = any(%s))
        {OLDEST_FIRST}
        """,  # noqa: S608 - texts of ours
        [now, [sku for sku, _ in keys], [code for _, code in keys], list(holders)],
    )


def at_shelves(tx: Connection, shelves: Iterable[tuple[str, str]], *, now: datetime) -> list[Claim]:
    """Claims on units of these (SKU, node) whose time is not over; the oldest first."""
    keys = sorted(set(shelves))
    return rows(
        tx,
        Claim,
        f"""
        {LIVE}
            and (sku, node) in (select * from unnest(%s::text[], %s::text[]))
        {OLDEST_FIRST}
        """,  # noqa: S608 - texts of ours
        [now, [sku for sku, _ in keys], [node for _, node in keys]],
    )


def write(tx: Connection, claims: Sequence[Claim], *, now: datetime) -> None:
    """Write claims on units that are locked; those before them whose time is over stand no more."""
    tx.execute(
        """
        update unit_claim
        set is_standing = false
        from unnest(%s::text[], %s::text[], %s::text[]) as given (holder, sku, code)
        where (unit_claim.sku, unit_claim.code) = (given.sku, given.code)
            and unit_claim.holder <> given.holder
            and is_serial and is_standing and until <= greatest(%s, noria_now())
        """,
        [
            [claim.holder for claim in claims],
            [claim.sku for claim in claims],
            [claim.code for claim in claims],
            now,
        ],
    )
    tx.execute(
        """
        insert into unit_claim
            (holder, sku, code, node, is_serial, quantity, until, is_standing, claimed_at)
        select given.*, %s
        from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::boolean[], %s::bigint[],
            %s::timestamptz[], %s::boolean[])
            as given (holder, sku, code, node, is_serial, quantity, until, is_standing)
        order by sku, code, holder
        on conflict (holder, sku, code) do update
        set quantity = excluded.quantity, until = excluded.until,
            is_standing = excluded.is_standing
        """,
        [now, *(columns(claims) or [[]] * 8)],
    )


def replace(tx: Connection, holders: Sequence[str], left: Sequence[Claim]) -> None:
    """Have these holds, which are locked, claim what is left, and no more."""
    tx.execute(
        """
        delete from unit_claim
        where holder = any(%s)
            and (holder, sku, code) not in (
                select * from unnest(%s::text[], %s::text[], %s::text[])
            )
        """,
        [
            list(holders),
            [claim.holder for claim in left],
            [claim.sku for claim in left],
            [claim.code for claim in left],
        ],
    )
    tx.execute(
        """
        update unit_claim
        set quantity = given.quantity
        from unnest(%s::text[], %s::text[], %s::text[], %s::bigint[])
            as given (holder, sku, code, quantity)
        where (unit_claim.holder, unit_claim.sku, unit_claim.code)
                = (given.holder, given.sku, given.code)
            and unit_claim.quantity <> given.quantity
        """,
        [
            [claim.holder for claim in left],
            [claim.sku for claim in left],
            [claim.code for claim in left],
            [claim.quantity for claim in left],
        ],
    )


def lower(tx: Connection, lost: Sequence[Broken]) -> None:
    """Take what is lost out of the claims; one of which nothing is left is gone."""
    given = [
        [one.holder for one in lost],
        [one.sku for one in lost],
        [one.code for one in lost],
        [one.quantity for one in lost],
    ]
    tx.execute(
        """
        delete from unit_claim
        using unnest(%s::text[], %s::text[], %s::text[], %s::bigint[])
            as given (holder, sku, code, quantity)
        where (unit_claim.holder, unit_claim.sku, unit_claim.code)
                = (given.holder, given.sku, given.code)
            and unit_claim.quantity <= given.quantity
        """,
        given,
    )
    tx.execute(
        """
        update unit_claim
        set quantity = unit_claim.quantity - given.quantity
        from unnest(%s::text[], %s::text[], %s::text[], %s::bigint[])
            as given (holder, sku, code, quantity)
        where (unit_claim.holder, unit_claim.sku, unit_claim.code)
                = (given.holder, given.sku, given.code)
        """,
        given,
    )
