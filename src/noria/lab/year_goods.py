"""The network, the goods and the stock of a retailer, poured in by statements over whole tables.

Each SKU lies at a few nodes, came there by an opening movement, and has been valued since.
"""

from noria.lab.year_model import Pour

SKUS = "generate_series(0, %(skus)s - 1) as sku"
SKU = "'S' || lpad(sku::text, 6, '0')"
NODES = "generate_series(0, %(nodes)s - 1) as number"
NODE = "'N' || lpad(number::text, 3, '0')"
KIND = """
    (case when number < 10 then 'warehouse' when number < 20 then 'supplier'
        when number < 25 then 'printer' when number < 30 then 'third_party' else 'store' end)
"""
PLACES = f"""
    {SKUS}
    cross join generate_series(0, %(width)s - 1) as turn
    cross join lateral (
        select 'N' || lpad(((sku + turn * (%(nodes)s / %(width)s)) %% %(nodes)s)::text, 3, '0')
    ) as place (node)
"""
OPENED = "noria_now() - interval '300 days'"

_NETWORK = (
    Pour(
        "node",
        f"""
        (code, name, kind, country, postcode, town, latitude, longitude, time_zone, units_per_day,
            does_hand_over)
        select {NODE}, 'Node ' || number, {KIND}::node_kind, 'FR', '75001', 'Paris',
            43 + number %% 80 / 10.0, number %% 70 / 10.0, 'Europe/Paris', 500, number >= 30
        from {NODES}
        """,
    ),
    Pour(
        "node_hours",
        f"""
        (node, weekday, opens, closes)
        select {NODE}, weekday, '08:00', '20:00'
        from {NODES}
        cross join generate_series(0, 5) as weekday
        where number %% 40 <> 39
        """,
    ),
    Pour(
        "service",
        """
        (code, carrier, name)
        values ('HOME', 'POST', 'Home'), ('EXPRESS', 'COURIER', 'Express')
        """,
    ),
    Pour(
        "service_rate",
        """
        (service, max_km, max_weight_g, cents, transit_days)
        select code, 2000, 30000, 690, 2 from service
        """,
    ),
    Pour(
        "departure",
        f"""
        (node, service, weekday, cut_off)
        select {NODE}, code, weekday, '16:00'
        from {NODES}
        cross join service
        cross join generate_series(0, 5) as weekday
        where number %% 50 <> 49
        """,
    ),
    Pour(
        "lane",
        """
        (source, target, transit_days)
        select source.code, target.code, 1
        from node as source
        join node as target on target.code <> source.code
        where source.kind = 'warehouse'
        """,
    ),
    Pour(
        "box",
        """
        (node, code, length_mm, width_mm, height_mm, tare_g, max_weight_g)
        select code, 'M', 400, 300, 200, 250, 20000 from node
        """,
    ),
    Pour("channel", "(code, name) values ('app', 'Application'), ('web', 'Web shop')"),
    Pour(
        "channel_network",
        """
        (id, channel, nodes, node_kinds, reason, valid_from, changed_at)
        select 'wave-' || wave, 'web', array_agg(code::text), '{}', 'wave ' || wave,
            (noria_now() - (300 - wave * 10) * interval '1 day')::date, noria_now()
        from (
            select code, (row_number() over (order by code) - 1) %% 20 as wave
            from node
            where kind = 'store'
        ) as store
        group by wave
        """,
    ),
    Pour(
        "tally",
        """
        (topic, node, service, area, day, outcome, units)
        select topic, code, case when topic = 'pick' then '' else 'HOME' end,
            case when topic = 'transit' then 'FR' || (70 + turn) else '' end,
            noria_now()::date - ago, outcome, 10 + outcome
        from node
        cross join generate_series(1, 90) as ago
        cross join (values ('pick', 0, 0), ('pick', 1, 0), ('departure', 0, 0), ('departure', 2, 0),
            ('transit', 2, 0), ('transit', 2, 1), ('transit', 2, 2), ('transit', 3, 2)
        ) as seen (topic, outcome, turn)
        """,
    ),
)

_GOODS = (
    Pour(
        "sku",
        f"""
        (code, name, weight_g, volume_cm3, price_cents, cost_cents, category)
        select {SKU}, 'Thing number ' || sku, case when sku %% 100 = 0 then 0 else 300 end, 900,
            1990, case when sku %% 150 = 0 then 0 else 800 end, 'category ' || sku %% 200
        from {SKUS}
        """,
    ),
    Pour(
        "barcode",
        f"""
        (gtin, sku)
        select lpad(sku::text, 14, '0'), {SKU} from {SKUS} where sku %% 80 <> 0
        """,
    ),
    Pour(
        "customs_good",
        f"""
        (sku, hs_code, origin, description)
        select {SKU}, '620520', 'FR', 'cotton' from {SKUS} where sku %% 2 = 0
        """,
    ),
    Pour(
        "keep_back",
        f"""
        (id, purpose, sku, units, reason, changed_at)
        select 'keep-' || sku, 'buffer', {SKU}, 1, 'for the window', {OPENED}
        from {SKUS} where sku %% 25 = 3
        """,
    ),
    Pour(
        "exclusion",
        f"""
        (channel, sku, reason)
        select 'app', {SKU}, 'web only' from {SKUS} where sku %% 20 = 0
        """,
    ),
    Pour(
        "assortment_rule",
        """
        (id, channel, category, is_sold, reason, changed_at)
        select 'rule-' || number, 'app', 'category ' || number, true, 'sold there', noria_now()
        from generate_series(1, 200) as number
        """,
    ),
)

_STOCK = (
    Pour(
        "movement",
        f"""
        (id, kind, cause, actor, happened_at, recorded_at)
        select 'open-' || sku, 'counted', 'count:opening', 'system:noria', {OPENED}, {OPENED}
        from {SKUS}
        """,
    ),
    Pour(
        "move",
        f"""
        (movement_id, line, sku, quantity, source_node, source_state, target_node, target_state)
        select 'open-' || sku, turn, {SKU}, 1000, node, 'outside', node, 'available'
        from {PLACES}
        """,
    ),
    Pour(
        "balance",
        f"""
        (sku, node, state, quantity)
        select {SKU}, node, side.state::stock_state, side.units
        from {PLACES}
        cross join (values ('available', 990, 1), ('outside', -1000, 1), ('reserved', 6, 10),
            ('hold', 3, 20), ('damaged', 1, 40)) as side (state, units, one_in)
        where sku %% one_in = 0
        """,
    ),
    Pour(
        "cost_balance",
        f"(sku, node, units, value_cents) select {SKU}, node, 1000, 800000 from {PLACES}",
    ),
    Pour(
        "cost_total",
        """
        (node, currency, units, value_cents)
        select node, currency, sum(units), sum(value_cents)
        from cost_balance
        join sku on sku.code = cost_balance.sku
        group by node, currency
        """,
    ),
    Pour(
        "value_entry",
        f"""
        (move_seq, movement_id, line, cause, sku, node, units, value_cents, cost_from, units_after,
            value_after_cents, at)
        select seq, movement_id, line, 'count:opening', sku, target_node, quantity, 800 * quantity,
            'catalog', quantity, 800 * quantity, {OPENED}
        from move
        where movement_id like 'open-%%'
        """,
    ),
    Pour(
        "shelf_record",
        f"""
        (sku, node, since, moves, refused, gaps)
        select {SKU}, node, {OPENED}, sku %% 9, case when sku %% 300 = 0 then 1 else 0 end,
            case when sku %% 500 = 0 then 1 else 0 end
        from {PLACES}
        where turn < 5
        """,
    ),
    Pour(
        "recent_sales",
        f"(sku, node, units, measured_at) select {SKU}, node, 4, noria_now() from {PLACES}"
        " where turn < 5",
    ),
    Pour(
        "movement",
        """
        (id, kind, cause, actor, reason, happened_at, recorded_at)
        select 'gap-' || number, 'found', 'order:O' || lpad(number::text, 8, '0'), 'person:1',
            'not in the book', at, at
        from generate_series(1, %(share)s) as number
        cross join lateral (select noria_now() - number * interval '9 minutes') as back (at)
        """,
    ),
    Pour(
        "move",
        """
        (movement_id, line, sku, quantity, source_node, source_state, target_node, target_state)
        select 'gap-' || number, 1, 'S' || lpad((number %% %(skus)s)::text, 6, '0'), 1, node,
            'outside', node, 'available'
        from generate_series(1, %(share)s) as number
        cross join lateral (
            select 'N' || lpad((number %% %(nodes)s)::text, 3, '0')
        ) as place (node)
        """,
    ),
)

POURS = (*_NETWORK, *_GOODS, *_STOCK)
