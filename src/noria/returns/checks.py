"""What returns say of units on their way back, and what the ledger says."""

from noria.kit.checks import Check, Trace
from noria.kit.errors import Text

CHECKS = (
    Check(
        name="return.units",
        question=Text(
            "Is what is returning to each node what open returns have announced?",
            "Ce qui revient vers chaque site est-il ce que les retours ont annoncé\u202f?",
        ),
        of="returns",
        is_by_sku=True,
        trace=Trace.PLACE,
        statement="""
            select 'returning:' || sku || ':' || node as subject, sku, node,
                'returning' as state, coalesce(road.quantity, 0)::text as expected,
                coalesce(announced.units, 0)::text as found
            from (
                select rma_line.sku, rma.node, sum(rma_line.quantity) as units
                from rma
                join rma_line on rma_line.rma_id = rma.id
                where rma.received_at is null and within(rma_line.sku)
                group by rma_line.sku, rma.node
            ) as announced
            full join (
                select sku, node, quantity from balance where state = 'returning' and within(sku)
            ) as road using (sku, node)
            where coalesce(announced.units, 0) <> coalesce(road.quantity, 0)
        """,
        compared="""
            select count(*)
            from rma
            join rma_line on rma_line.rma_id = rma.id
            where rma.received_at is null and within(rma_line.sku)
        """,
    ),
)
