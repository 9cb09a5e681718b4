"""Questions about decisions."""

from collections import defaultdict
from collections.abc import Sequence

from msgspec import structs

from noria.kit.db import Connection, rows
from noria.network import views as network
from noria.sourcing.model import Decision, Explanation, OpportunityPrice, PriceRun, Prices
from noria.sourcing.records import first_shape, unpacked
from noria.sourcing.telling import remarks, sentence, why


def worth(
    tx: Connection, skus: Sequence[str]
) -> tuple[Prices | None, dict[str, dict[str, int]] | None]:
    """The last run of opportunity prices, and its prices of these SKUs by node."""
    run = tx.execute(
        "select number, as_of from price_run where published_at is not null"
        " order by number desc limit 1"
    ).fetchone()
    if run is None:
        return None, None
    found = tx.execute(
        "select node, sku, cents from opportunity_price where sku = any(%s)", [list(skus)]
    )
    cents: dict[str, dict[str, int]] = defaultdict(dict)
    for node, sku, price in found:
        cents[node][sku] = price
    return Prices(run=str(run[0]), as_of=run[1]), cents


def last_run(tx: Connection) -> PriceRun | None:
    """The last working out of opportunity prices, whether or not it is done."""
    return next(iter(runs(tx, limit=1)), None)


def runs(tx: Connection, *, before: int | None = None, limit: int = 100) -> list[PriceRun]:
    """Runs, newest first, before a number."""
    return rows(
        tx,
        PriceRun,
        """
        select number, as_of, moves_until, orders, skus, futures, done, published_at
        from price_run
        where %(before)s::bigint is null or number < %(before)s
        order by number desc
        limit %(limit)s
        """,
        {"before": before, "limit": limit},
    )


def prices(
    tx: Connection,
    *,
    sku: str | None = None,
    node: str | None = None,
    after: tuple[str, str] | None = None,
    limit: int = 100,
) -> list[OpportunityPrice]:
    """What units are worth left where they lie, by SKU and node, beyond `after`."""
    return rows(
        tx,
        OpportunityPrice,
        """
        select sku, node, cents
        from opportunity_price
        where (%(sku)s::text is null or sku = %(sku)s)
            and (%(node)s::text is null or node = %(node)s)
            and (%(after_sku)s::text is null or (sku, node) > (%(after_sku)s, %(after_node)s))
        order by sku, node
        limit %(limit)s
        """,
        {
            "sku": sku,
            "node": node,
            "after_sku": after[0] if after else None,
            "after_node": after[1] if after else None,
            "limit": limit,
        },
    )


def last_move(tx: Connection) -> int:
    """The number of the last move that was booked; it grows with every one."""
    found = tx.execute("select coalesce(pg_sequence_last_value('move_seq_seq'), 0)").fetchone()
    assert found is not None
    return int(found[0])


def parts(tx: Connection, run: int) -> dict[int, bytes]:
    """The futures of a run that are done."""
    return dict(tx.execute("select future, record from price_part where run = %s", [run]))


def decisions(tx: Connection, order: str, currency: str) -> list[Decision]:
    """Every decision taken for an order, newest first, whatever shape it was stored in.

    Its amounts are told in the house's `currency`.
    """
    found = tx.execute(
        "select number, taken_at, policy, record, explanation from decision"
        " where order_id = %s order by number desc",
        [order],
    ).fetchall()
    told = [
        (number, taken_at, policy, unpacked(record) if record else first_shape(written))
        for number, taken_at, policy, record, written in found
    ]
    names = _names(tx, [explanation for *_, explanation in told])
    return [
        Decision(
            order_id=order,
            number=number,
            taken_at=taken_at,
            policy=policy,
            sentence=sentence(explanation, currency, names),
            remarks=remarks(explanation),
            explanation=_in_words(explanation),
        )
        for number, taken_at, policy, explanation in told
    ]


def _in_words(told: Explanation) -> Explanation:
    """The explanation with each fence in words."""
    fences = [structs.replace(one, why=why(one, told.due)) for one in told.fences]
    return structs.replace(told, fences=fences)


def _names(tx: Connection, told: list[Explanation]) -> dict[str, str]:
    """How the nodes of decisions are called today."""
    codes = {node for one in told for plan in one.compared for node in plan.nodes}
    codes |= {fence.node for one in told for fence in one.fences}
    return {code: node.name for code, node in network.nodes(tx, sorted(codes)).items()}
