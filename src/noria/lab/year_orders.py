"""The orders of a retailer's year, poured in by statements over whole tables.

One order every 26 seconds, the youngest first; those of the last days are at every stage, the
others have arrived, or were cancelled. Whoever is open is sometimes late, held, short or lost.
"""

from noria.lab.year_model import Pour

NUMBER = "generate_series(1, %(orders)s) as number"
ORDER = "'O' || lpad(number::text, 8, '0')"
NODE = "'N' || lpad((number %% %(nodes)s)::text, 3, '0')"
SKU = "'S' || lpad(((number::bigint * 7919 + line * 31) %% %(skus)s)::text, 6, '0')"
AT = "noria_now() - number * interval '26 seconds'"
STAGE = """
    case when number > %(open)s and number %% 50 = 0 then 'cancelled'
        when number > %(open)s then 'delivered'
        when number %% 20 = 0 then 'waiting'
        when number <= %(open)s * 14 / 100 or number %% 100 = 7 then 'sourced'
        when number <= %(open)s * 19 / 100 or number %% 100 = 13 then 'picked'
        when number <= %(open)s * 25 / 100 then 'packed'
        else 'shipped' end
"""
STAGED = "customer_order.id as order_id, placed_at as at, stage, substr(id, 2)::bigint as number"
OPEN = "('waiting', 'sourced', 'picked', 'packed', 'shipped')"

_TAKEN = (
    Pour(
        "customer_order",
        f"""
        (id, channel, customer, placed_at, accepted_at, currency, country, postcode, town,
            latitude, longitude, stage, stage_since)
        select {ORDER}, case when number %% 4 = 0 then 'app' else 'web' end,
            'C-' || number %% 300000, {AT}, {AT}, 'EUR', 'FR', '69001', 'Lyon', 45.7, 4.8, {STAGE},
            {AT}
        from {NUMBER}
        """,
    ),
    Pour(
        "order_line",
        f"""
        (order_id, line, sku, quantity, price_cents, waiting)
        select {ORDER}, line, {SKU}, 2, 1990, case when number <= %(open)s and number %% 20 = 0
            then 1 else 0 end
        from {NUMBER}
        cross join generate_series(1, 2) as line
        """,
    ),
    Pour(
        "recipient",
        f"""
        (order_id, name, street, email, phone)
        select {ORDER}, 'First' || number %% 500 || ' Last' || number::bigint * 31 %% 20011, '',
            'someone' || number %% 300000 || '@example.org',
            '+336' || lpad((number::bigint * 7907 %% 100000000)::text, 8, '0')
        from {NUMBER}
        """,
    ),
    Pour(
        "expected_demand",
        """
        (demand, line, sku, units, channel, since)
        select 'order:' || order_id, line, sku, waiting, 'web', noria_now() - interval '2 days'
        from order_line
        where waiting > 0
        """,
    ),
    Pour(
        "timeline",
        f"""
        (order_id, at, kind, actor)
        select {ORDER}, {AT} + turn * interval '1 hour',
            (array['accepted', 'sourced', 'picked'])[turn], 'system:noria'
        from {NUMBER}
        cross join generate_series(1, 3) as turn
        """,
    ),
)

_SENT = (
    Pour(
        "leg",
        f"""
        (id, order_id, node, service, planned_at, leaves_at, arrives_on, cost_cents, picked_at,
            packed_at, shipped_at, delivered_at)
        select order_id || '.1', order_id, {NODE}, 'HOME', at, at + interval '8 hours',
            at::date + 2, 500,
            case when stage <> 'sourced' then at + interval '6 hours' end,
            case when stage not in ('sourced', 'picked') then at + interval '7 hours' end,
            case when stage in ('shipped', 'delivered') then at + interval '8 hours' end,
            case when stage = 'delivered' then at + (30 + number %% 30) * interval '1 hour' end
        from (select {STAGED} from customer_order) as placed
        where stage not in ('waiting', 'cancelled')
        order by number desc
        """,
    ),
    Pour(
        "leg_line",
        """
        (leg_id, line, sku, quantity)
        select leg.id, line, sku, quantity
        from leg
        join order_line using (order_id)
        """,
    ),
    Pour(
        "promise",
        f"""
        (order_id, node, service, made_at, promised_from, promised_to, chance, settled_at, is_kept,
            arrived_on, withdrawn_at)
        select order_id, case when stage <> 'waiting' then {NODE} end, 'HOME', at, at::date + 1,
            at::date + case when number %% 10 = 0 then 2 else 4 end, 0.95,
            case when stage = 'delivered' then at + interval '2 days' end,
            case when stage = 'delivered' then number %% 20 <> 1 end,
            case when stage = 'delivered' then at::date + 2 end,
            case when stage = 'cancelled' then at end
        from (select {STAGED} from customer_order) as placed
        where stage <> 'waiting'
        """,
    ),
    Pour(
        "order_watch",
        f"""
        (order_id, looked_at, chance, promised_to, step, leg, node, due_at, is_missed, owner, since)
        select order_id, noria_now(), case when number %% 25 = 3 then 0.4 else 0.95 end,
            at::date + 3, step, case when step is not null then order_id || '.1' end,
            case when step is not null then {NODE} end,
            case when step is not null then at + interval '9 hours' end,
            step is not null and number %% 2 = 0,
            case when step is not null then 'operations' end,
            case when step is not null then at + interval '9 hours' end
        from (select {STAGED} from customer_order where stage in {OPEN}) as placed
        cross join lateral (
            select case when number %% 25 <> 3 then null when stage = 'sourced' then 'pick'
                when stage = 'shipped' then 'deliver' else 'hand_over' end
        ) as danger (step)
        where stage <> 'waiting'
        """,
    ),
    Pour(
        "reservation",
        """
        (id, demand, sku, node, quantity, held, made_at)
        select leg_id || '.' || line, 'order:' || order_id, sku, node, quantity, quantity,
            planned_at
        from leg
        join leg_line on leg_line.leg_id = leg.id
        where shipped_at is null
        """,
    ),
    Pour(
        "pick",
        """
        (leg_id, node, picked_at, actor)
        select id, node, picked_at, 'person:1' from leg where picked_at is not null
        """,
    ),
    Pour(
        "short_pick",
        """
        (leg_id, line, sku, quantity, reason)
        select leg.id, line, sku, 1, 'not_found'
        from leg
        join leg_line on leg_line.leg_id = leg.id and line = 1
        where picked_at > noria_now() - interval '30 days' and hashtext(leg.id) %% 200 = 0
        """,
    ),
)

_CARRIED = (
    Pour(
        "shipment",
        """
        (id, leg_id, order_id, node, service, shipped_at, actor)
        select id, id, order_id, node, service, shipped_at, 'person:1'
        from leg
        where shipped_at is not null
        """,
    ),
    Pour(
        "parcel",
        """
        (sscc, shipment_id, weight_g)
        select lpad(substr(order_id, 2), 18, '3'), id, 800 from shipment
        """,
    ),
    Pour(
        "parcel_number",
        """
        (carrier, number, sscc, told_at)
        select 'POST', 'CB' || substr(order_id, 2) || 'FR', lpad(substr(order_id, 2), 18, '3'),
            shipped_at
        from shipment
        """,
    ),
    Pour(
        "parcel_progress",
        """
        (carrier, number, progress, since, heard_at, code, label, place, attempts, delivered_at,
            silent_since)
        select 'POST', 'CB' || substr(order_id, 2) || 'FR', progress, since, since, progress, '',
            '', 1, delivered_at,
            case when progress = 'in_transit' and hashtext(id) %% 60 = 0
                then shipped_at + interval '1 day' end
        from leg
        cross join lateral (
            select coalesce(delivered_at, shipped_at + interval '2 hours'),
                case when delivered_at is not null then 'delivered'
                    when hashtext(id) %% 100 = 1 then 'lost'
                    when hashtext(id) %% 70 = 1 then 'failed'
                    else 'in_transit' end
        ) as told (since, progress)
        where shipped_at is not null
        """,
    ),
    Pour(
        "delivery",
        """
        (shipment_id, delivered_at, recorded_at, actor)
        select id, delivered_at, delivered_at, 'carrier:POST'
        from leg
        where delivered_at is not null
        order by planned_at
        """,
    ),
)

RETURNED = "delivery on shipment_id = shipment.id and substr(order_id, 2)::bigint %% 50 = 3"

_CAME_BACK = (
    Pour(
        "rma",
        f"""
        (id, order_id, node, reason, asked_at, received_at, closed_at)
        select 'R-' || order_id, order_id, node, 'too small', delivered_at, delivered_at,
            delivered_at
        from shipment
        join {RETURNED}
        """,
    ),
    Pour(
        "rma_line",
        """
        (rma_id, sku, quantity, received)
        select rma.id, sku, 1, 1
        from rma
        join order_line on order_line.order_id = rma.order_id and line = 1
        """,
    ),
    Pour(
        "inspection",
        """
        (rma_id, sku, grade, disposition, quantity)
        select rma_id, sku, (array['A', 'A', 'B', 'C', 'D'])[1 + row_number() over (
            order by rma_id, sku
        ) %% 5], 'restock', received
        from rma_line
        """,
    ),
    Pour(
        "replacement",
        f"""
        (id, leg_id, order_id, node, service, how, because, cents, currency, claim, actor, at)
        select 'X-' || order_id, leg_id, order_id, node, service, 'refund', 'damaged', 1990, 'EUR',
            'settled', 'person:1', delivered_at
        from shipment
        join {RETURNED}
        """,
    ),
    Pour(
        "replaced_line",
        """
        (replacement, line, sku, units)
        select replacement.id, line, sku, 1
        from replacement
        join order_line on order_line.order_id = replacement.order_id and line = 2
        """,
    ),
    Pour(
        "refund",
        """
        (id, order_id, cause, reason, cents, currency, due_at, made_at, recorded_at, actor,
            reference)
        select 'F-' || order_id, order_id, 'rma:' || id, 'returned', 1990, 'EUR', closed_at,
            closed_at, closed_at, 'person:1', 'PSP-' || order_id
        from rma
        """,
    ),
    Pour(
        "refund_line",
        """
        (refund, line, units)
        select id, 1, 1 from refund
        """,
    ),
)

_CARED_FOR = (
    Pour(
        "message",
        f"""
        (id, order_id, kind, part, medium, language, state, planned_at, due_at, attempts, ended_at)
        select 'M-' || number, {ORDER}, 'confirmed', '', 'email', 'en', 'sent', {AT}, {AT}, 1, {AT}
        from {NUMBER}
        """,
    ),
    Pour(
        "order_hold",
        f"""
        (id, order_id, kind, reason, placed_at, placed_by, lifted_at, lifted_by, lifted_because)
        select 'hold-' || number, {ORDER}, 'manual', 'to be looked at', {AT}, 'person:1', done,
            case when done is not null then 'person:1' end,
            case when done is not null then 'looked at' end
        from {NUMBER}
        cross join lateral (select case when number > %(open)s then {AT} end) as over (done)
        where number %% 97 = 5 and number %% 20 <> 0
        """,
    ),
    Pour(
        "customer_report",
        f"""
        (id, order_id, trouble, words, reported_at, settled_at, settled_by, answer)
        select 'report-' || number, {ORDER}, 'damaged', 'it came broken', {AT}, done,
            case when done is not null then 'person:1' end, ''
        from {NUMBER}
        cross join lateral (select case when number > %(open)s then {AT} end) as over (done)
        where number %% 211 = 7
        """,
    ),
    Pour(
        "exception_note",
        f"""
        (id, kind, subject, verb, person, words, actor, at)
        select {ORDER} || '-' || verb, 'order.waiting', 'order:' || {ORDER}, verb,
            case when verb = 'assigned' then 'person:1' end,
            case when verb = 'commented' then 'called' else '' end, 'person:1', {AT}
        from {NUMBER}
        cross join unnest(array['assigned', 'commented']) as verb
        where number %% 20 = 0 and number <= 10 * %(open)s
        """,
    ),
)

POURS = (*_TAKEN, *_SENT, *_CARRIED, *_CAME_BACK, *_CARED_FOR)
