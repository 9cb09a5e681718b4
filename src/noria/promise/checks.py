"""What is held, and what the ledger says of it."""

from noria.kit.checks import Check, Trace
from noria.kit.errors import Text

OPEN = "select count(*) from reservation where held > 0 and within(sku)"
CLAIMS = "select count(*) from live_claim where within(sku)"

CHECKS = (
    Check(
        name="reservation.units",
        question=Text(
            "Is what is held at each place what the ledger calls reserved there?",
            "Ce qui est réservé en chaque lieu est-il ce que dit le livre\u202f?",
        ),
        of="reservations",
        is_by_sku=True,
        trace=Trace.PLACE,
        statement="""
            select 'reserved:' || sku || ':' || node as subject, sku, node, 'reserved' as state,
                coalesce(shelf.quantity, 0)::text as expected, coalesce(open.held, 0)::text as found
            from (
                select sku, node, sum(held) as held
                from reservation
                where held > 0 and within(sku)
                group by sku, node
            ) as open
            full join (
                select sku, node, quantity from balance where state = 'reserved' and within(sku)
            ) as shelf using (sku, node)
            where coalesce(open.held, 0) <> coalesce(shelf.quantity, 0)
        """,
        compared=OPEN,
    ),
    Check(
        name="reservation.moves",
        question=Text(
            "Does each demand hold what was moved for it, once?",
            "Chaque demande tient-elle ce qui a été déplacé pour elle, une seule fois\u202f?",
        ),
        of="reservations",
        is_by_sku=True,
        trace=Trace.CAUSE,
        statement="""
            select 'demand:' || demand || ':' || sku || ':' || node as subject, sku, node,
                demand as cause, coalesce(moved.units, 0)::text as expected,
                coalesce(open.held, 0)::text as found
            from (
                select demand, sku, node, sum(held) as held
                from reservation
                where held > 0 and within(sku)
                group by demand, sku, node
            ) as open
            full join (
                select coalesce(own_cause, movement.cause) as demand, sku, node,
                    sum(change) as units
                from (
                    select movement_id, own_cause, sku, target_node as node, quantity as change
                    from move_part
                    where target_state = 'reserved' and within(sku)
                    union all
                    select movement_id, own_cause, sku, source_node, -quantity
                    from move_part
                    where source_state = 'reserved' and within(sku)
                ) as change
                join movement on movement.id = movement_id
                group by coalesce(own_cause, movement.cause), sku, node
                having sum(change) <> 0
            ) as moved using (demand, sku, node)
            where coalesce(open.held, 0) <> coalesce(moved.units, 0)
        """,
        compared=OPEN,
    ),
    Check(
        name="reservation.answer",
        question=Text(
            "Does each reservation that was answered exist?",
            "Chaque réservation annoncée existe-t-elle\u202f?",
        ),
        of="answers",
        statement="""
            with answered as (
                select key
                from answer
                where scope = 'PUT /v1/reservations/{reservation_id}'
                    and status between 200 and 299 and lately(answered_at)
                union all
                select line ->> 'reservation'
                from answer
                cross join lateral jsonb_array_elements(
                    convert_from(body, 'UTF8')::jsonb -> 'lines'
                ) as line
                where scope = 'POST /v1/reservations'
                    and status between 200 and 299 and lately(answered_at)
            )
            select 'reservation:' || key as subject, null::text as sku, null::text as node,
                'a reservation' as expected, 'answered, not held' as found
            from answered
            where key is not null and not exists (select from reservation where id = key)
        """,
        compared="""
            select count(*)
            from answer
            where scope in ('PUT /v1/reservations/{reservation_id}', 'POST /v1/reservations')
                and lately(answered_at)
        """,
    ),
    Check(
        name="claim.hold",
        question=Text(
            "Is each unit that is named for a hold still held by it, until the same time?",
            "Chaque unité nommée pour une réservation est-elle encore tenue par elle, jusqu'au même"
            " instant\u202f?",
        ),
        of="claims",
        is_by_sku=True,
        trace=Trace.PLACE,
        statement="""
            select 'claim:' || holder as subject, live_claim.sku, live_claim.node,
                'reserved' as state, coalesce(max(held), 0)::text as expected,
                sum(live_claim.quantity)::text as found
            from live_claim
            left join reservation on reservation.id = holder
                and (reservation.sku, reservation.node) = (live_claim.sku, live_claim.node)
                and expires_at is not distinct from until
            where within(live_claim.sku)
            group by holder, live_claim.sku, live_claim.node
            having sum(live_claim.quantity) > coalesce(max(held), 0)
        """,
        compared=CLAIMS,
    ),
    Check(
        name="claim.unit",
        question=Text(
            "Is each unit that a hold names on its shelf, and named once?",
            "Chaque unité nommée par une réservation est-elle en rayon, et nommée une seule fois"
            "\u202f?",
        ),
        of="claims",
        is_by_sku=True,
        trace=Trace.PLACE,
        statement="""
            select 'unit:' || sku || ':' || code || ':' || node as subject, sku, node,
                'available' as state, there::text as expected, claimed::text as found
            from (
                select live.sku, live.code, live.node, is_serial, sum(live.quantity) as claimed,
                    case
                    when is_serial then (
                        select count(*)
                        from serial
                        where (serial.sku, serial.code, serial.node, state)
                            = (live.sku, live.code, live.node, 'available')
                    ) else coalesce((
                        select quantity
                        from lot_balance
                        where (lot_balance.sku, lot, lot_balance.node, state)
                            = (live.sku, live.code, live.node, 'available')
                    ), 0) end as there, coalesce((
                        select greatest(quantity, 0)
                        from lot_balance
                        where (lot_balance.sku, lot, lot_balance.node, state)
                            = (live.sku, '?', live.node, 'available')
                    ), 0) as untold
                from unit_claim as live
                where (until is null or until > noria_now()) and within(live.sku)
                group by live.sku, live.code, live.node, is_serial
            ) as named
            where claimed > there + untold or (is_serial and claimed > 1)
        """,
        compared=CLAIMS,
    ),
    Check(
        name="matrix.copy",
        question=Text(
            "Do the server processes keep in memory what the database says?",
            "Les serveurs gardent-ils en mémoire ce que dit la base\u202f?",
        ),
        of="numbers in memory",
        trace=Trace.PLACE,
        statement="""
            select 'matrix:' || process || ':' || concat_ws(':', what, sku, node) as subject,
                sku, node, case what when 'shelf' then 'available' when 'held' then 'reserved' end
                as state, expected, found
            from matrix_difference
            where lately(found_at)
        """,
        compared="""
            select coalesce(sum(compared), 0)::bigint from matrix_check where lately(checked_at)
        """,
    ),
)
