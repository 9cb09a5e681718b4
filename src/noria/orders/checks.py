"""What orders say of their units, and what their legs and the holds for them say."""

from noria.kit.checks import Check, Severity, Trace
from noria.kit.errors import Text

CHECKS = (
    Check(
        name="order.units",
        question=Text(
            "Is each unit of each line waiting, cancelled or some leg's to send?",
            "Chaque unité commandée attend-elle, est-elle annulée, ou confiée à un envoi\u202f?",
        ),
        of="order lines",
        statement="""
            select 'order:' || order_id || ':' || order_line.line as subject, order_line.sku,
                null::text as node, order_line.quantity::text as expected,
                (waiting + cancelled + coalesce(sent.units, 0))::text as found
            from order_line
            left join (
                select leg.order_id, leg_line.line, sum(leg_line.quantity - leg_line.gone) as units
                from leg_line
                join leg on leg.id = leg_line.leg_id
                where among(leg.order_id)
                group by leg.order_id, leg_line.line
            ) as sent using (order_id, line)
            where among(order_id)
                and waiting + cancelled + coalesce(sent.units, 0) <> order_line.quantity
        """,
        compared="select count(*) from order_line where among(order_id)",
    ),
    Check(
        name="demand.waiting",
        question=Text(
            "Does the promise expect what waits of each line, and nothing else of orders?",
            "La promesse attend-elle ce qui reste de chaque ligne, et rien d'autre\u202f?",
        ),
        of="order lines",
        statement="""
            select 'demand:' || demand || ':' || line as subject,
                coalesce(waits.sku, told.sku) as sku, null::text as node,
                coalesce(waits.units, 0)::text as expected, coalesce(told.units, 0)::text as found
            from (
                select 'order:' || order_id as demand, line, sku, waiting as units
                from order_line
                where waiting > 0 and among(order_id)
            ) as waits
            full join (
                select demand, line, sku, units
                from expected_demand
                where starts_with(demand, 'order:') and among(substring(demand from 7))
            ) as told using (demand, line)
            where coalesce(waits.units, 0) <> coalesce(told.units, 0)
                or waits.sku <> told.sku
        """,
        compared="select count(*) from order_line where waiting > 0 and among(order_id)",
    ),
    Check(
        name="order.stage",
        question=Text(
            "Is each order at the stage of its slowest unit?",
            "Chaque commande est-elle à l'étape de son unité la plus lente\u202f?",
        ),
        of="orders",
        statement="""
            select 'order:' || id as subject, null::text as sku, null::text as node,
                ought as expected, stage as found
            from (
                select customer_order.id, stage, case
                    when line.wanted = 0 then 'cancelled'
                    when line.waiting > 0 then 'waiting'
                    when leg.unpicked > 0 then 'sourced'
                    when leg.unpacked > 0 then 'picked'
                    when leg.unshipped > 0 then 'packed'
                    when leg.undelivered > 0 then 'shipped'
                    else 'delivered'
                end as ought
                from customer_order
                join (
                    select order_id, sum(quantity - cancelled) as wanted, sum(waiting) as waiting
                    from order_line
                    where among(order_id)
                    group by order_id
                ) as line on line.order_id = customer_order.id
                left join (
                    select order_id, count(*) filter (where picked_at is null) as unpicked,
                        count(*) filter (where num_nulls(packed_at, shipped_at) = 2) as unpacked,
                        count(*) filter (where shipped_at is null) as unshipped,
                        count(*) filter (where delivered_at is null) as undelivered
                    from leg
                    where withdrawn_at is null and among(order_id)
                    group by order_id
                ) as leg on leg.order_id = customer_order.id
                where among(customer_order.id)
            ) as staged
            where stage <> ought
        """,
        compared="select count(*) from customer_order where among(id)",
    ),
    Check(
        name="leg.held",
        question=Text(
            "Are the units that each leg has still to send held for it?",
            "Les unités que chaque envoi doit encore livrer sont-elles réservées pour lui\u202f?",
        ),
        of="legs",
        trace=Trace.CAUSE,
        statement="""
            select 'leg:' || leg.id || ':' || leg_line.line as subject, leg_line.sku, leg.node,
                'order:' || leg.order_id as cause,
                (leg_line.quantity - leg_line.gone)::text as expected,
                coalesce(reservation.held, 0)::text as found
            from leg
            join leg_line on leg_line.leg_id = leg.id
            left join reservation on reservation.id = leg.id || '.' || leg_line.line
            where leg.shipped_at is null and leg_line.quantity > leg_line.gone
                and among(leg.order_id)
                and coalesce(reservation.held, 0) <> leg_line.quantity - leg_line.gone
        """,
        compared="select count(*) from leg where shipped_at is null and among(order_id)",
    ),
    Check(
        name="leg.days",
        question=Text(
            "Is what a node has to begin by a day the sum of its open legs?",
            "Ce qu'un site doit commencer d'ici un jour est-il la somme de ses envois\u202f?",
        ),
        of="nodes and days",
        is_by_node=True,
        statement="""
            select 'day:' || node || ':' || day as subject, null::text as sku, node,
                coalesce(summed.units, 0) || ' units, ' || coalesce(summed.legs, 0) || ' legs'
                    as expected,
                coalesce(kept.units, 0) || ' units, ' || coalesce(kept.legs, 0) || ' legs' as found
            from (
                select node, day, sum(units) as units, sum(legs) as legs
                from (
                    select node, day, units, legs
                    from capacity_due
                    where at_node(node)
                    union all
                    select node, day, units, legs
                    from capacity_change
                    where not is_used and at_node(node)
                ) as part
                group by node, day
            ) as kept
            full join (
                select node, begun_by as day, sum(units) as units, count(*) as legs
                from leg
                cross join lateral (
                    select sum(quantity - gone) as units
                    from leg_line
                    where leg_id = leg.id
                ) as line
                where begun_by is not null and picked_at is null and withdrawn_at is null
                    and at_node(node)
                group by node, begun_by
            ) as summed using (node, day)
            where (coalesce(summed.units, 0), coalesce(summed.legs, 0))
                <> (coalesce(kept.units, 0), coalesce(kept.legs, 0))
        """,
        compared="select count(*) from capacity_due where at_node(node)",
    ),
    Check(
        name="hold.orphan",
        question=Text(
            "Does each hold for an order have a leg that still has to send its units?",
            "Chaque réservation d'une commande a-t-elle un envoi qui l'attend encore\u202f?",
        ),
        of="reservations",
        trace=Trace.CAUSE,
        statement="""
            select 'reservation:' || reservation.id as subject, reservation.sku,
                reservation.node, demand as cause, '0' as expected, held::text as found
            from reservation
            left join (
                select leg.id || '.' || leg_line.line as id
                from leg
                join leg_line on leg_line.leg_id = leg.id
                where leg.shipped_at is null and leg_line.quantity > leg_line.gone
                    and among(leg.order_id)
            ) as due on due.id = reservation.id
            where held > 0 and starts_with(demand, 'order:')
                and among(substring(demand from 7)) and due.id is null
        """,
        compared="""
            select count(*)
            from reservation
            where held > 0 and starts_with(demand, 'order:') and among(substring(demand from 7))
        """,
    ),
    Check(
        name="order.promise",
        question=Text(
            "Is the promise of each order that has arrived settled, and of no other?",
            "La promesse de chaque commande arrivée est-elle soldée, et d'aucune autre\u202f?",
        ),
        of="orders",
        severity=Severity.DOUBTFUL,
        statement="""
            select 'promise:' || customer_order.id as subject, null::text as sku, promise.node,
                case when stage = 'delivered' then 'settled' else 'open' end as expected,
                case when settled_at is null then 'open' else 'settled' end as found
            from customer_order
            join promise on promise.order_id = customer_order.id
            where among(customer_order.id)
                and (settled_at is not null) <> (stage = 'delivered')
        """,
        compared="select count(*) from promise where among(order_id)",
    ),
    Check(
        name="order.answer",
        question=Text(
            "Does each order that was answered exist?",
            "Chaque commande annoncée existe-t-elle\u202f?",
        ),
        of="answers",
        statement="""
            select 'order:' || key as subject, null::text as sku, null::text as node,
                'an order' as expected, 'answered, not kept' as found
            from answer
            where scope = 'PUT /v1/orders/{order_id}' and status between 200 and 299
                and lately(answered_at) and not exists (select from customer_order where id = key)
        """,
        compared="""
            select count(*)
            from answer
            where scope = 'PUT /v1/orders/{order_id}' and lately(answered_at)
        """,
    ),
)
