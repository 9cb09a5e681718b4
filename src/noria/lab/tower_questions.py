"""What the control tower asks, address by address, in other words at each turn.

A test compares this with what the pages ask, so that no list escapes being measured.
"""

from collections.abc import Mapping

from msgspec import Struct

from noria.lab.chance import SEED, pick
from noria.lab.year_model import Size

LIST_MS, SEARCH_MS = 300.0, 200.0


class Question(Struct, frozen=True):
    """An address with words to fill in; and how soon it has to be answered, 95 times of 100."""

    name: str
    address: str
    bar_ms: float = LIST_MS


def _search(name: str, words: str) -> Question:
    return Question(f"search_{name}", f"/v1/orders?limit=100&q={words}", SEARCH_MS)


TODAY = (
    Question("today", "/v1/tower/today"),
    Question("trends", "/v1/tower/trends?weeks=8"),
    Question("tower_nodes", "/v1/tower/nodes"),
    Question("one_tower_node", "/v1/tower/nodes?node={node}"),
    Question("exceptions_oldest", "/v1/exceptions"),
    Question("exceptions", "/v1/exceptions?sort=urgent&is_snoozed=false"),
    Question("exceptions_of_kind", "/v1/exceptions?sort=urgent&kind=promise.late"),
    Question("exceptions_of_node", "/v1/exceptions?sort=urgent&node={node}"),
    Question("exceptions_of_person", "/v1/exceptions?sort=urgent&assigned_to=person:1"),
    Question("causes", "/v1/exceptions/causes?is_snoozed=false"),
    Question("causes_of_node", "/v1/exceptions/causes?is_snoozed=false&node={node}"),
    Question("causes_of_person", "/v1/exceptions/causes?assigned_to=person:1"),
    Question("at_risk", "/v1/exceptions/at-risk"),
    Question("exception_kinds", "/v1/exception-kinds"),
    Question("exception_assignees", "/v1/exception-assignees?node={node}&limit=200"),
    Question("exception_notes", "/v1/exception-notes?kind=order.waiting&subject=order:{waiting}"),
    Question("clock", "/v1/clock"),
    Question("me", "/v1/me"),
    Question("event_types", "/v1/event-types"),
)
ORDERS = (
    Question("orders", "/v1/orders?limit=100"),
    Question("orders_waiting", "/v1/orders?stage=waiting&sort=oldest"),
    Question("orders_delivered", "/v1/orders?stage=delivered"),
    Question("orders_delivered_oldest", "/v1/orders?stage=delivered&sort=oldest"),
    Question("orders_of_channel", "/v1/orders?channel=app&stage=cancelled"),
    _search("number", "{order}"),
    _search("number_begun", "{order_begun}"),
    _search("customer", "{customer}"),
    _search("sku", "{sku}"),
    _search("parcel", "{parcel}"),
    _search("sscc", "{sscc}"),
    _search("phone", "{phone}"),
    _search("mail", "{mail}"),
    _search("name", "{name}"),
    _search("common_name", "{first_name}"),
    _search("nothing", "zebra{turn}"),
    Question("search_goods", "/v1/skus?q=number {sku_number}&limit=6", SEARCH_MS),
    Question("order", "/v1/orders/{order}"),
    Question("order_decided", "/v1/orders/{decided}"),
    Question("order_decisions", "/v1/orders/{decided}/decisions"),
    Question("order_milestones", "/v1/orders/{order}/milestones"),
    Question("order_holds", "/v1/orders/{held}/holds"),
    Question("order_messages", "/v1/messages?order={order}&limit=20"),
    Question("order_sendable", "/v1/orders/{decided}/sendable-messages"),
    Question("order_timeline", "/v1/orders/{order}/timeline"),
    Question("order_recipient", "/v1/orders/{order}/recipient"),
    Question("order_shipments", "/v1/orders/{order}/shipments"),
    Question("order_tracking", "/v1/shipments/{returned}.1/tracking"),
    Question("order_returns", "/v1/orders/{returned}/returns"),
    Question("order_replacements", "/v1/replacements?order={returned}&limit=1000"),
    Question("order_refunds", "/v1/refunds?order={returned}&limit=1000"),
    Question("order_reports", "/v1/reports?order={order}&limit=20"),
    Question("reports", "/v1/reports?open=true"),
    Question("order_link", "/v1/orders/{order}/link"),
)
STOCK = (
    Question("skus", "/v1/skus?limit=100"),
    Question("sku", "/v1/skus/{sku}"),
    Question("barcode", "/v1/barcodes/00000000000017"),
    Question("keep_backs", "/v1/keep-backs?limit=100"),
    Question("keep_backs_of_node", "/v1/keep-backs?node={node}"),
    Question("keep_back", "/v1/keep-backs/keep-3"),
    Question("availability", "/v1/availability?sku={sku}"),
    Question("atp", "/v1/atp?sku={sku}&explain=true"),
    Question("narrowed", "/v1/atp/narrowed?sku={sku}"),
    Question("lots_next", "/v1/skus/{sku}/nodes/{sku_node}/lots/next?quantity=1"),
    Question("balances", "/v1/balances"),
    Question("balances_of_sku", "/v1/balances?sku={sku}"),
    Question("balances_of_node", "/v1/balances?node={node}"),
    Question("node_units", "/v1/node-units?node={node}"),
    Question("entries", "/v1/skus/{sku}/nodes/{sku_node}/entries?state=available"),
    Question("cost", "/v1/skus/{sku}/cost"),
    Question("nodes", "/v1/nodes?limit=1000"),
    Question("node", "/v1/nodes/{node}"),
    Question("sku_shelves", "/v1/shelves"),
    Question("sku_shelves_stocked", "/v1/shelves?is_stocked=true"),
    Question("search_shelves", "/v1/shelves?q=number {sku_number}", SEARCH_MS),
    Question("shelves", "/v1/nodes/{node}/shelves"),
    Question("shelves_doubtful", "/v1/nodes/{node}/shelves?is_doubtful=true"),
    Question("value_by_node", "/v1/stock-value?by=node&limit=1000"),
    Question("value_by_sku", "/v1/stock-value?by=sku"),
    Question("value_by_state", "/v1/stock-value?by=state"),
    Question("value_by_grade", "/v1/stock-value?by=grade"),
    Question("value_at_a_date", "/v1/stock-value?by=node&at=2026-09-01T00:00:00Z"),
    Question("purchase_orders", "/v1/purchase-orders"),
    Question("purchase_order", "/v1/purchase-orders/PO-{some}"),
    Question("asns", "/v1/asns"),
    Question("asn", "/v1/asns/ASN-{some}"),
    Question("transfers", "/v1/transfers"),
    Question("transfer", "/v1/transfers/TR-{some}"),
    Question("receipts", "/v1/receipts"),
    Question("receipt", "/v1/receipts/RC-{some}"),
    Question("count_tasks", "/v1/count-tasks"),
    Question("count_tasks_of_node", "/v1/count-tasks?node={node}"),
    Question("count_task", "/v1/count-tasks/CT-{some}"),
    Question("count_lines", "/v1/count-tasks/CT-{some}/lines"),
    Question("counts_next", "/v1/counts/next?node={node}"),
    Question("root_causes", "/v1/root-causes"),
    Question("accuracy", "/v1/nodes/{node}/accuracy"),
    Question("audit", "/v1/audit"),
    Question("audit_runs", "/v1/audit/runs"),
    Question("audit_run", "/v1/audit/runs/AR-1"),
    Question("audit_findings", "/v1/audit/runs/AR-1/findings"),
)
PARTNERS = (
    Question("scorecards", "/v1/scorecards?limit=50"),
    Question("scorecards_of_kind", "/v1/scorecards?kind=supplier"),
    Question("scorecard", "/v1/scorecards?partner=P10"),
    Question("partners", "/v1/partners?limit=1000"),
    Question("partner", "/v1/partners/P10"),
    Question("partner_terms", "/v1/partners/P10/terms"),
    Question("feed_plan", "/v1/partners/P10/feed-plan"),
    Question("feeds", "/v1/feeds"),
    Question("feeds_of_partner", "/v1/feeds?partner=P10&limit=20"),
    Question("feed", "/v1/feeds/F-10-1"),
    Question("feed_changes", "/v1/feeds/F-10-1/changes"),
    Question("feed_faults", "/v1/feeds/F-10-1/faults"),
    Question("breach_rules", "/v1/breach-rules"),
    Question("breach_rule", "/v1/breach-rules/accept"),
    Question("breaches", "/v1/exceptions?kind=partner&sort=money"),
    Question("carrier_health", "/v1/carrier-health"),
    Question("turnouts_of_nodes", "/v1/turnouts?by=node&kind=store"),
    Question("turnouts_of_carriers", "/v1/turnouts?by=carrier"),
    Question("turnouts_of_lanes", "/v1/turnouts?by=lane&carrier=POST"),
    Question("calibration", "/v1/promises/calibration"),
    Question("promise_records", "/v1/promises/records?by=node"),
    Question("promise_records_by_carrier", "/v1/promises/records?by=carrier"),
    Question("promise_records_by_option", "/v1/promises/records?by=option"),
)
POLICIES = (
    Question("policy_live", "/v1/policies/live"),
    Question("policy_versions", "/v1/policies/versions"),
    Question("policy_version", "/v1/policies/versions/greedy-1"),
    Question("policy_differences", "/v1/policies/differences/greedy-1/expected-1"),
    Question("policy_drafts", "/v1/policies/drafts"),
    Question("policy_draft", "/v1/policies/drafts/D-1"),
    Question("policy_activations", "/v1/policies/activations"),
    Question("policy_settings", "/v1/policies/settings"),
    Question("channel_ranks", "/v1/policies/channel-ranks"),
)
NETWORK = (
    Question("boxes", "/v1/nodes/{node}/boxes"),
    Question("carrier_accounts", "/v1/carrier-accounts"),
    Question("carrier_account", "/v1/carrier-accounts/post"),
    Question("lanes", "/v1/lanes"),
    Question("lane", "/v1/lanes/N001/N035"),
    Question("services", "/v1/services"),
    Question("service", "/v1/services/HOME"),
    Question("tariffs", "/v1/tariffs"),
    Question("zonings", "/v1/zonings"),
    Question("channels", "/v1/channels"),
    Question("channel", "/v1/channels/web"),
    Question("exclusions", "/v1/channels/app/exclusions"),
    Question("channel_networks", "/v1/channel-networks?channel=web"),
    Question("channel_network", "/v1/channel-networks/wave-1"),
    Question("assortment_rules", "/v1/assortment-rules"),
    Question("customs_goods", "/v1/customs-goods"),
    Question("imports", "/v1/imports"),
    Question("import_faults", "/v1/imports/IM-1/faults"),
    Question("jobs", "/v1/jobs"),
    Question("jobs_of_kind", "/v1/jobs?kind=policies.trial"),
    Question("jobs_waiting", "/v1/jobs?state=waiting"),
    Question("job", "/v1/jobs/J-{some}"),
)
SETTINGS = (
    Question("people", "/v1/people"),
    Question("roles", "/v1/roles"),
    Question("keys", "/v1/keys"),
    Question("webhooks", "/v1/webhooks"),
    Question("webhook", "/v1/webhooks/WH-1"),
    Question("webhook_health", "/v1/webhooks/WH-1/health"),
    Question("deliveries", "/v1/webhooks/WH-1/deliveries"),
    Question("deliveries_dead", "/v1/webhooks/WH-1/deliveries?status=dead"),
    Question("trail", "/v1/trail"),
    Question("trail_of_actor", "/v1/trail?actor=person:1"),
    Question("trail_of_action", "/v1/trail?action=key.made"),
    Question("trail_of_subject", "/v1/trail?subject=sku:{sku}"),
    Question("about", "/v1/about"),
    Question("events", "/v1/events"),
    Question("first_hour", "/v1/first-hour"),
    Question("emptiness", "/v1/first-hour/emptiness"),
    Question("checks", "/v1/first-hour/checks"),
    Question("findings", "/v1/first-hour/checks/sku.no-barcode/findings"),
    Question("findings_stock", "/v1/first-hour/checks/stock.unknown/findings"),
    Question("launches", "/v1/launches?channel=web"),
    Question("launched_stores", "/v1/launches/wave-1/stores"),
)
QUESTIONS = (*TODAY, *ORDERS, *STOCK, *PARTNERS, *POLICIES, *NETWORK, *SETTINGS)
OF_A_STORE = (
    "today", "tower_nodes", "exceptions", "causes", "at_risk", "orders", "orders_waiting",
    "search_number", "search_sku", "balances", "shelves", "count_tasks", "receipts", "transfers",
)  # fmt: skip
"""Asked once more by somebody who sees one store alone: other plans answer these."""


def words(size: Size, turn: int) -> Mapping[str, str]:
    """What is filled in at a turn: an order, a SKU, a store and what is known of them."""
    order = 1 + pick(SEED, "order", turn, below=size.orders)
    sku = pick(SEED, "sku", turn, below=size.skus)
    store = min(size.nodes - 1, 30 + pick(SEED, "store", turn, below=max(1, size.nodes - 30)))
    return {
        "turn": str(turn),
        "order": f"O{order:08}",
        "order_begun": f"o{order // 1000:05}",
        "waiting": f"O{20 * (1 + turn):08}",
        "held": f"O{5 + 97 * turn:08}",
        "returned": f"O{_returned(size, turn):08}",
        "decided": f"D{1 + turn % 20:08}",
        "customer": f"c-{order % 300_000}",
        "sku": f"S{sku:06}",
        "sku_number": str(sku),
        "sku_node": f"N{sku % size.nodes:03}",
        "node": f"N{store:03}",
        "parcel": f"cb{order:08}fr",
        "sscc": f"{order:08}".rjust(18, "3"),
        "phone": f"06{order * 7907 % 100_000_000:08}",
        "mail": f"someone{order % 300_000}@example.org",
        "name": f"last{order * 31 % 20_011} first{order % 500}",
        "first_name": f"first{order % 500}",
        "some": str(1 + turn),
    }


def _returned(size: Size, turn: int) -> int:
    """The number of a delivered order of which something came back: each fiftieth, from 3 on."""
    first = size.open // 50 + 1
    every = max(1, (size.orders - 3) // 50 - first + 1)
    return 50 * (first + pick(SEED, "returned", turn, below=every)) + 3
