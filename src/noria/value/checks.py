"""What the ledger of value says twice: worths and entries, units here and in the book, shares."""

from noria.kit.checks import Check, Trace
from noria.kit.errors import Text
from noria.value import grading
from noria.value.division import NOW_BY_NODE

COSTS = "select count(*) from cost_balance where within(sku)"

CHECKS = (
    Check(
        name="value.entries",
        question=Text(
            "Is what stock is worth at each node what its entries add up to?",
            "La valeur du stock de chaque site est-elle la somme de ses écritures\u202f?",
        ),
        of="cost balances",
        is_by_sku=True,
        trace=Trace.MOVEMENT,
        statement="""
            select 'value:' || sku || ':' || node as subject, sku, node,
                coalesce(entered.units, 0) || ' units, ' || coalesce(entered.value_cents, 0)
                    || ' cents' as expected,
                coalesce(kept.units, 0) || ' units, ' || coalesce(kept.value_cents, 0) || ' cents'
                    as found, (
                    select movement_id
                    from value_entry
                    where movement_id is not null
                        and value_entry.sku = coalesce(kept.sku, entered.sku)
                        and value_entry.node = coalesce(kept.node, entered.node)
                    order by seq desc
                    limit 1
                ) as movement
            from (
                select sku, node, units, value_cents from cost_balance where within(sku)
            ) as kept
            full join (
                select sku, node, sum(units) as units, sum(value_cents) as value_cents
                from value_entry
                where within(sku)
                group by sku, node
            ) as entered using (sku, node)
            where (coalesce(kept.units, 0), coalesce(kept.value_cents, 0))
                <> (coalesce(entered.units, 0), coalesce(entered.value_cents, 0))
        """,
        compared=COSTS,
    ),
    Check(
        name="value.after",
        question=Text(
            "Does each entry of value end where the next one begins?",
            "Chaque écriture de valeur finit-elle où commence la suivante\u202f?",
        ),
        of="value entries",
        is_by_sku=True,
        trace=Trace.MOVEMENT,
        statement="""
            select 'value:' || sku || ':' || node || ':' || coalesce(movement_id, cause)
                    as subject, sku, node,
                total_units || ' units, ' || total_cents || ' cents' as expected,
                units_after || ' units, ' || value_after_cents || ' cents' as found,
                movement_id as movement
            from (
                select *, sum(units) over place as total_units,
                    sum(value_cents) over place as total_cents
                from value_entry
                where within(sku)
                window place as (partition by sku, node order by seq)
            ) as told
            where (units_after, value_after_cents) <> (total_units, total_cents)
        """,
        compared="select count(*) from value_entry where within(sku)",
    ),
    Check(
        name="value.units",
        question=Text(
            "Are as many units worth something at each node as the book has there?",
            "Autant d'unités ont-elles une valeur sur chaque site que le livre en compte\u202f?",
        ),
        of="cost balances",
        is_by_sku=True,
        trace=Trace.PLACE,
        statement="""
            select 'worth:' || sku || ':' || node as subject, sku, node, null::text as state,
                (coalesce(there.units, 0) - coalesce(to_come.units, 0))::text as expected,
                coalesce(kept.units, 0)::text as found
            from (select sku, node, units from cost_balance where within(sku)) as kept
            full join (
                select sku, node, sum(quantity) as units
                from balance
                where state <> 'outside' and within(sku)
                group by sku, node
            ) as there using (sku, node)
            full join (
                select sku, node, sum(change) as units
                from entry
                where state <> 'outside' and seq > (select seq from value_cursor) and within(sku)
                group by sku, node
            ) as to_come using (sku, node)
            where coalesce(kept.units, 0)
                <> coalesce(there.units, 0) - coalesce(to_come.units, 0)
        """,
        compared=COSTS,
    ),
    Check(
        name="value.totals",
        question=Text(
            "Is what a node's stock is worth the sum of what its SKUs are?",
            "La valeur du stock d'un site est-elle la somme de celles de ses SKU\u202f?",
        ),
        of="nodes and currencies",
        is_by_node=True,
        statement="""
            select 'value-total:' || node || ':' || currency as subject, null::text as sku, node,
                coalesce(summed.units, 0) || ' units, ' || coalesce(summed.value_cents, 0)
                    || ' cents' as expected,
                coalesce(kept.units, 0) || ' units, ' || coalesce(kept.value_cents, 0) || ' cents'
                    as found
            from (select * from cost_total where at_node(node)) as kept
            full join (
                select node, currency, sum(units) as units, sum(value_cents) as value_cents
                from cost_balance
                join sku on sku.code = cost_balance.sku
                where at_node(node)
                group by node, currency
            ) as summed using (node, currency)
            where (coalesce(kept.units, 0), coalesce(kept.value_cents, 0))
                <> (coalesce(summed.units, 0), coalesce(summed.value_cents, 0))
        """,
        compared="select count(*) from cost_total where at_node(node)",
    ),
    Check(
        name="value.states",
        question=Text(
            "Is what a node's stock is worth by state the sum of what its SKUs are?",
            "La valeur du stock d'un site par état est-elle la somme de celles de ses SKU\u202f?",
        ),
        of="nodes, states and currencies",
        is_by_node=True,
        statement=f"""
            select 'value-state:' || node || ':' || state || ':' || currency as subject,
                null::text as sku, node,
                coalesce(summed.units, 0) || ' units, ' || coalesce(summed.value_cents, 0)
                    || ' cents' as expected,
                coalesce(kept.units, 0) || ' units, ' || coalesce(kept.value_cents, 0) || ' cents'
                    as found
            from (select * from cost_state_total where at_node(node)) as kept
            full join (
                select node, state, currency, sum(units) as units, sum(value_cents) as value_cents
                from ({NOW_BY_NODE}) as part
                join sku on sku.code = part.sku
                group by node, state, currency
            ) as summed using (node, state, currency)
            where (coalesce(kept.units, 0), coalesce(kept.value_cents, 0))
                <> (coalesce(summed.units, 0), coalesce(summed.value_cents, 0))
                and exists (select from cost_state_cursor join value_cursor using (seq))
        """,  # noqa: S608 - ours
        compared="select count(*) from cost_state_total where at_node(node)",
    ),
    Check(
        name="value.grades",
        question=Text(
            "Is what was graded at a node worth its share of what the SKU is worth there?",
            "Ce qui fut évalué sur un site vaut-il sa part de la valeur de l'article\u202f?",
        ),
        of="graded parts",
        statement=f"""
            select 'value-grade:' || sku || ':' || node || ':' || state || ':' || grade as subject,
                sku, node,
                coalesce(found.units, 0) || ' units, ' || coalesce(found.value_cents, 0)
                    || ' cents' as expected,
                coalesce(kept.units, 0) || ' units, ' || coalesce(kept.value_cents, 0) || ' cents'
                    as found
            from graded_part as kept
            full join ({grading.NOW}) as found using (sku, node, state, grade)
            where (coalesce(kept.units, 0), coalesce(kept.value_cents, 0))
                <> (coalesce(found.units, 0), coalesce(found.value_cents, 0))
                and exists (select from graded_cursor join value_cursor using (seq))
                and not exists (
                    select from entry
                    where seq > (select seq from value_cursor)
                        and entry.sku = coalesce(kept.sku, found.sku)
                        and entry.node = coalesce(kept.node, found.node)
                )
        """,  # noqa: S608 - ours
        compared="select count(*) from graded_part",
    ),
    Check(
        name="landed.shares",
        question=Text(
            "Is each landed cost the sum of what was laid on its SKUs?",
            "Chaque frais d'approche est-il la somme de ses parts par SKU\u202f?",
        ),
        of="landed costs",
        statement="""
            select 'landed:' || landed_cost.id as subject, null::text as sku, null::text as node,
                amount_cents || ' cents' as expected,
                coalesce(shared.cents, 0) || ' cents' as found
            from landed_cost
            left join (
                select landed_cost as id, sum(amount_cents) as cents
                from landed_cost_line
                group by landed_cost
            ) as shared using (id)
            where coalesce(shared.cents, 0) <> amount_cents
        """,
        compared="select count(*) from landed_cost",
    ),
)
