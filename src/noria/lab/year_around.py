"""What else a retailer's year leaves behind, poured in by statements over whole tables.

Purchases, transfers and receipts; partners with their terms and feeds; counts; audits; files,
jobs, webhooks and the trail. A thousandth of the orders is the measure of most of it.
"""

from noria.lab.year_model import Pour

MANY = "generate_series(1, 20 * %(share)s) as number"
SOME = "generate_series(1, %(share)s) as number"
SKU = "'S' || lpad(((number * 37 + line * 11) %% %(skus)s)::text, 6, '0')"
NODE = "'N' || lpad((number %% %(nodes)s)::text, 3, '0')"
OTHER = "'N' || lpad(((number + 1) %% %(nodes)s)::text, 3, '0')"
AT = "noria_now() - number * interval '20 minutes'"
LINES = "cross join generate_series(1, 5) as line"
DONE = f"cross join lateral (select case when number > %(share)s then {AT} end) as over (done)"
PARTNERS = "generate_series(10, least(29, %(nodes)s - 1)) as number"
PARTNER = "'P' || number"

_SUPPLY = (
    Pour(
        "purchase_order",
        f"""
        (id, supplier, node, ordered_at, expected_on, closed_at)
        select 'PO-' || number, 'P' || 10 + number %% 10, {NODE}, {AT}, ({AT})::date + 20, done
        from {MANY} {DONE}
        """,
    ),
    Pour(
        "purchase_line",
        f"""
        (purchase_order, sku, quantity, received, cost_cents)
        select 'PO-' || number, {SKU}, 100, case when number > %(share)s then 100 else 0 end, 800
        from {MANY} {LINES}
        """,
    ),
    Pour(
        "transfer",
        f"""
        (id, source, target, planned_at, expected_on, dispatched_at, received_at)
        select 'TR-' || number, {NODE}, {OTHER}, {AT}, ({AT})::date + 4,
            case when number > %(share)s / 2 then {AT} + interval '1 hour' end, done
        from {MANY} {DONE}
        """,
    ),
    Pour(
        "transfer_line",
        f"""
        (transfer, sku, planned, dispatched, received)
        select 'TR-' || number, {SKU}, 10, case when number > %(share)s / 2 then 10 else 0 end,
            case when number > %(share)s then 10 else 0 end
        from {MANY} {LINES}
        """,
    ),
    Pour(
        "asn",
        f"""
        (id, supplier, node, expected_on, announced_at, closed_at)
        select 'ASN-' || number, 'P' || 10 + number %% 10, {NODE}, ({AT})::date + 9, {AT}, done
        from {MANY} {DONE}
        """,
    ),
    Pour(
        "asn_line",
        f"(asn, sku, quantity) select 'ASN-' || number, {SKU}, 20 from {MANY} {LINES}",
    ),
    Pour(
        "receipt",
        f"""
        (id, purchase_order, node, received_at, recorded_at, actor)
        select 'RC-' || number, 'PO-' || number, {NODE}, {AT}, {AT}, 'person:1' from {MANY}
        """,
    ),
    Pour(
        "receipt_line",
        f"(receipt, sku, quantity) select 'RC-' || number, {SKU}, 100 from {MANY} {LINES}",
    ),
    Pour(
        "discrepancy",
        f"""
        (receipt, sku, expected, received, reason)
        select 'RC-' || number, {SKU}, 100, 98, 'short'
        from {MANY}
        cross join generate_series(1, 1) as line
        where number %% 10 = 3
        """,
    ),
)

_PARTNERS = (
    Pour(
        "partner",
        f"""
        (code, name, kind, nodes, changed_at)
        select {PARTNER}, 'Partner ' || number, case when number < 20 then 'supplier'
            when number < 25 then 'printer' else 'third_party' end, array[{NODE}], noria_now()
        from {PARTNERS}
        """,
    ),
    Pour("partner_node", f"(node, partner) select {NODE}, {PARTNER} from {PARTNERS}"),
    Pour(
        "partner_pulse",
        f"""
        (partner, every_minutes, trust, asked_units, refused_units, is_silent, measured_at)
        select {PARTNER}, 60, 0.9, 1000, 10, false, noria_now() from {PARTNERS}
        """,
    ),
    Pour(
        "partner_term",
        f"""
        (partner, sku, valid_from, price_cents, changed_at)
        select {PARTNER}, 'S' || lpad(sku::text, 6, '0'), '2025-01-01', 800, noria_now()
        from {PARTNERS}
        cross join generate_series(0, least(2500, %(skus)s - 1)) as sku
        """,
    ),
    Pour(
        "feed",
        f"""
        (id, partner, name, digest, is_full, is_preview, counted_at, sent_at, actor, state,
            state_since, lines_read, changed, fault_count, units_before, units_found, units_lost)
        select 'F-' || number || '-' || turn, {PARTNER}, 'stock.csv', '', true, false, at, at,
            'key:1', case when turn = 1 and number %% 7 = 0 then 'held' else 'booked' end, at, 2500,
            40, turn %% 5, 90000, 200, 300
        from {PARTNERS}
        cross join generate_series(1, 3 * %(share)s) as turn
        cross join lateral (select noria_now() - turn * interval '1 hour') as back (at)
        """,
    ),
    Pour(
        "feed_fault",
        f"""
        (feed, number, line, column_name, code, says_en, says_fr)
        select 'F-' || number || '-1', fault, fault, 'sku', 'unknown-sku', 'There is none.',
            'Aucun.'
        from {PARTNERS}
        cross join generate_series(1, 500) as fault
        """,
    ),
    Pour(
        "feed_change",
        f"""
        (feed, number, line, node, sku, fed, known, target)
        select 'F-' || number || '-1', line, line, {NODE}, 'S' || lpad(line::text, 6, '0'), 9, 8, 9
        from {PARTNERS}
        cross join generate_series(1, least(1000, %(skus)s - 1)) as line
        """,
    ),
    Pour(
        "feed_plan",
        f"""
        (partner, plan, changed_at) select {PARTNER}, '{{}}', noria_now() from {PARTNERS}
        """,
    ),
    Pour(
        "breach_rule",
        """
        (id, kind, minutes, owner_role, reason, changed_at)
        values ('accept', 'not_accepted', 240, 'operations', 'four hours to accept', noria_now()),
            ('ship', 'not_shipped', 60, 'operations', 'an hour after the cut-off', noria_now())
        """,
    ),
)

_COUNTS = (
    Pour(
        "count_task",
        f"""
        (id, node, kind, is_blind, policy, opened_at, opened_by, ended_at, ended_by)
        select 'CT-' || number, {NODE}, 'cycle', true, '{{}}', {AT}, 'person:1', done,
            case when done is not null then 'person:1' end
        from {MANY}
        cross join lateral (select case when number > 200 then {AT} end) as over (done)
        """,
    ),
    Pour(
        "count_line",
        f"""
        (task, sku, stage, expected, counted, difference, value_cents, counted_at, counted_by,
            booked_at, exposure, is_unusual)
        select 'CT-' || number, {SKU}, case when number > 200 then 'booked'
            when line %% 3 = 0 then 'open' else 'approval' end, 990,
            case when number > 200 or line %% 3 > 0 then 990 - off end, -off, -800 * off, {AT},
            'person:1', case when number > 200 then {AT} end, 5, number %% 20 = 1 and line = 7
        from {MANY}
        cross join generate_series(1, 20) as line
        cross join lateral (select case when line = 7 then 3 else 0 end) as was (off)
        """,
    ),
    Pour(
        "accuracy_sample",
        """
        (task, node, measured_at, population, sampled, accurate, estimate, lower, upper)
        select 'CT-' || code || month, code, noria_now() - month * interval '30 days', 6000, 300,
            280, 0.93, 0.9, 0.96
        from node
        cross join generate_series(0, 11) as month
        """,
    ),
    Pour(
        "audit_run",
        f"""
        (id, is_full, asked_by, at, began_at, ended_at, skus, skus_done, are_skus_done)
        select 'AR-' || number, false, 'system:noria', {AT}, {AT}, {AT}, 300, 300, true from {SOME}
        """,
    ),
    Pour(
        "audit_check",
        f"""
        (run, name, compared, differences, milliseconds)
        select 'AR-' || number, name, 300, 0, 9
        from {SOME}
        cross join unnest(array['balance.moves', 'sku.zero', 'demand.waiting']) as name
        """,
    ),
    Pour(
        "audit_finding",
        """
        (run, name, subject, sku, node, expected, found)
        select 'AR-1', 'balance.moves', 'S000001 N001 ' || number, 'S000001', 'N001', '9', '8'
        from generate_series(1, 500) as number
        """,
    ),
)

_OFFICE = (
    Pour(
        "trail",
        f"""
        (at, actor, action, subject, before, after)
        select {AT}, 'person:' || number %% 300, (array['sku.saved', 'node.saved', 'key.made',
            'person.changed'])[1 + number %% 4],
            'sku:S' || lpad((number %% %(skus)s)::text, 6, '0'),
            '{{"name": "Thing"}}', '{{"name": "Thing number"}}'
        from generate_series(1, 300 * %(share)s) as number
        order by number desc
        """,
    ),
    Pour(
        "job",
        f"""
        (id, kind, params, asked_by, state, done, total, asked_at, started_at, finished_at)
        select 'J-' || number, 'files.import', '{{}}', 'person:1', 'done', 10, 10, {AT}, {AT}, {AT}
        from {MANY}
        """,
    ),
    Pour(
        "file_import",
        f"""
        (id, kind, name, keep_good, actor, asked_at, finished_at, lines_read, lines_good,
            lines_written, fault_count)
        select 'IM-' || number, (array['catalog', 'orders', 'stock'])[1 + number %% 3],
            'file' || number || '.csv', true, 'person:1', {AT}, {AT}, 1000, 990, 990, 10
        from {SOME}
        """,
    ),
    Pour(
        "import_fault",
        f"""
        (import_id, number, line, column_name, code, says_en, says_fr)
        select 'IM-' || number, fault, fault, 'sku', 'unknown-sku', 'There is none.', 'Aucun.'
        from {SOME}
        cross join generate_series(1, 10) as fault
        """,
    ),
    Pour(
        "event",
        f"""
        (type, subject, node, data, at)
        select 'order.accepted', 'order:O' || lpad(number::text, 8, '0'), {NODE}, '{{}}', {AT}
        from generate_series(1, 500 * %(share)s) as number
        order by number desc
        """,
    ),
    Pour(
        "webhook",
        """
        (id, url, event_types, since)
        select 'WH-' || number, 'https://example.org/' || number, '{order.accepted}', 0
        from generate_series(1, 5) as number
        """,
    ),
    Pour(
        "webhook_health", "(webhook, succeeded_at) select id, noria_now() from webhook order by id"
    ),
    Pour(
        "webhook_delivery",
        """
        (webhook, event, subject, status, is_first, attempts, last_at, last_status)
        select 'WH-' || 1 + seq %% 5, seq, subject, (case when seq %% 1000 = 0 then 'dead'
            else 'delivered' end)::delivery_status, false, 1, at,
            case when seq %% 1000 = 0 then 500 else 204 end
        from event
        where seq %% 2 = 0
        """,
    ),
    Pour(
        "policy_draft",
        """
        (id, based_on, content, author, changed_at)
        select 'D-' || turn, id, content, 'person:1', noria_now()
        from policy_version
        cross join generate_series(1, 50) as turn
        where id = 'greedy-1'
        """,
    ),
    Pour(
        "carrier_account",
        """
        (code, plan, version, changed_at)
        select code, jsonb_build_object('code', code, 'connector', 'webhook', 'services',
            '{"HOME": "DOM"}'::jsonb, 'sender', '{"name": "Shop", "street": "1 quai"}'::jsonb), 1,
            noria_now()
        from unnest(array['courier', 'post']) as code
        """,
    ),
    Pour(
        "carrier_health",
        "(account, failures) values ('courier', 2), ('post', 0)",
    ),
    Pour(
        "api_key",
        """
        (id, name, secret_hash, permissions, created_by, created_at)
        select lpad(to_hex(number), 16, '0'), 'Key ' || number, sha256('none'), '{stock.read}',
            'person:1', noria_now()
        from generate_series(1, 200) as number
        """,
    ),
    Pour(
        "person",
        """
        (id, email, name, language, password_hash, created_at, changed_at)
        select number::text, 'person' || number || '@example.org', 'Person ' || number, 'en',
            '$argon2id$none', noria_now(), noria_now()
        from generate_series(1, 400) as number
        """,
    ),
    Pour(
        "role_grant",
        f"""
        (person, role, node)
        select number::text, 'store_associate', {NODE} from generate_series(1, 400) as number
        """,
    ),
)

POURS = (*_SUPPLY, *_PARTNERS, *_COUNTS, *_OFFICE)
