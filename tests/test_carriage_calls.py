"""Calls to carriers, over sockets: one label a box, whatever the carrier does with a call."""
# ruff: noqa: F811 - fixtures of another module

import json

import pytest
from msgspec import structs
from standardwebhooks import Webhook

import carrier_fakes as fakes
import world
from carriage_case import (  # noqa: F401 - fixtures
    GENEVA,
    KEY,
    WALL,
    Case,
    carrier,
    case,
    connect,
    opened,
    relayed,
    webhook_server,
)
from noria.carriage import actions, call_actions, paper_actions, views
from noria.carriage.model import (
    AskManifest,
    BoxHasLabel,
    CallKind,
    ContentsMissing,
    CustomsGood,
    CustomsMissing,
    LabelState,
    NoRecipient,
    NoSuchService,
    NothingToList,
    NotStuck,
    NumberMissing,
    Packed,
    Resolution,
    Resolve,
    VanComesAlready,
)
from noria.connectors.carriers import jobs, ports
from noria.connectors.carriers.calls import drain
from noria.fulfilment import tracking_views
from noria.kit.egress import Rules
from noria.network import actions as network
from noria.orders.model import Recipient
from world import ACTOR, MONDAY


@pytest.fixture(scope="module")
def db(server, template):
    with opened(server, template) as shared:
        yield shared


def test_a_label_is_asked_for_and_bought(case, carrier):
    assert case.ask().state is LabelState.ASKED
    assert carrier.asked == [], "nothing waits for a carrier"
    assert case.work() == 1
    bought = case.label()
    assert (bought.state, bought.number, bought.cents) == (
        LabelState.BOUGHT,
        carrier.numbers()[0],
        510,
    )
    method, path, headers, body = carrier.asked[0]
    assert method == "PUT"
    reference = path.rpartition("/")[2]
    assert len(reference) <= 15, "Mondial Relay takes no more"
    signed = {name.lower(): value for name, value in headers.items()}
    Webhook(KEY).verify(body, signed)
    assert signed["webhook-id"] == f"PUT {path}", "it is good for nothing else"
    assert "Zoé Müller" in body.decode()
    assert case.work(minutes=99) == 0


@pytest.mark.parametrize(
    ("because", "moods", "calls"),
    [
        ("an answer after our patience", ["slow"], 2),
        ("nonsense for an answer", ["nonsense"], 2),
        ("answered twice", ["twice"], 1),
        ("the line went dead: looked for, not there, made", ["dead"], 3),
        ("trouble in front of it", ["trouble"], 3),
        ("too many requests", ["busy"], 2),
        ("trouble again and again", ["slow", "dead", "trouble", "nonsense"], 5),
        ("dead, and dead when it is looked for", ["dead", "dead"], 4),
    ],
)
def test_one_label_whatever_the_carrier_does(because, moods, calls, case, carrier):
    carrier.moods, carrier.patience_s = moods, 1.3
    case.ask()
    for hours in range(8):
        case.work(minutes=60 * hours)
    assert case.label().state is LabelState.BOUGHT, because
    assert carrier.numbers() == [case.label().number], because
    assert len(carrier.asked) == calls, because


def test_a_doubt_is_not_looked_into_before_it_has_settled(case, carrier):
    carrier.moods = ["dead"]
    case.ask()
    case.work()
    assert case.work(minutes=0.9) == 0, "what is under way may still arrive"
    assert case.work(minutes=2) == 2


def test_a_worker_that_dies_with_the_answer_in_its_hands(case, carrier):
    case.ask()
    (call,) = case.db.run(lambda tx: call_actions.claim(tx, case.plan, now=WALL))
    told = case.db.run(lambda tx: call_actions.told(tx, call, case.plan, now=MONDAY))
    connect(case.plan).buy(told.consignment)  # and nobody writes it down
    assert case.work(minutes=1) == 0, "somebody may be at it"
    assert case.work(minutes=30) == 1
    assert carrier.numbers() == [case.label().number]


def test_a_no_is_told_in_the_carriers_words_and_the_box_is_free(case, carrier):
    carrier.answers = lambda *_: fakes.json_answer(422, {"error": "no such town"})
    case.ask()
    case.work()
    assert case.label().state is LabelState.DECLINED
    assert "no such town" in case.label().detail
    assert case.ask("l2").state is LabelState.ASKED


def test_a_carrier_that_is_away_is_left_alone_and_comes_back(case, carrier):
    carrier.moods = ["trouble"] * 8
    for box in range(1, 7):
        case.ask(f"l{box}", box=box)
    case.work()
    assert case.health().closed_until > WALL
    before = len(carrier.asked)
    assert before < 9
    assert case.work(minutes=0.2) == 0
    assert len(carrier.asked) == before
    for hours in range(1, 6):
        case.work(minutes=60 * hours)
    assert len(carrier.numbers()) == 6
    assert case.health().failures == 0
    with case.db.transaction() as tx:
        told = tx.execute("select type from event where subject = %s order by seq", [case.code])
        assert [kind for (kind,) in told][-2:] == ["carrier.away", "carrier.back"]


def test_a_label_is_taken_back(case, carrier):
    case.ask()
    assert case.act(actions.cancel, case.key("l1")).state is LabelState.CANCELLED, "not heard of"
    assert case.work() == 0
    case.ask("l2")
    case.work()
    carrier.moods = ["trouble", ""]
    assert case.act(actions.cancel, case.key("l2")).state is LabelState.CANCELLING
    assert case.act(actions.cancel, case.key("l2")).state is LabelState.CANCELLING, "asked once"
    case.work()
    case.work(minutes=60)
    assert case.label("l2").state is LabelState.CANCELLED
    assert [method for method, *_ in carrier.asked] == ["PUT", "DELETE", "DELETE"]


def test_the_number_finds_its_parcel_and_where_it_is_is_asked(case, carrier, monkeypatch):
    case.ask()
    case.work()
    number = case.label().number
    case.db.run(lambda tx: (world.pick(tx, case.leg), world.ship(tx, case.leg, now=MONDAY)))
    case.db.run(lambda tx: call_actions.link(tx, now=MONDAY))
    monkeypatch.setattr(jobs, "connect", connect)
    jobs.poll(case.db)
    jobs.poll(case.db)
    assert [path for _, path, *_ in carrier.asked if "tracking" in path] == [f"/tracking/{number}"]
    with case.db.transaction() as tx:
        (parcel,) = tracking_views.parcels(tx, [case.leg])
    assert (parcel.carrier, parcel.number) == ("plain", number)
    assert [one.progress.value for one in parcel.events] == ["in_transit"]


def test_a_van_and_a_list(case, carrier):
    case.ask()
    case.work()
    case.act(actions.ask_pickup, case.van("v1"))
    with pytest.raises(VanComesAlready):
        case.act(actions.ask_pickup, case.van("v2"))
    wanted = AskManifest(id=case.key("m1"), account=case.code, node="PAR")
    case.act(actions.ask_manifest, wanted)
    case.work()
    with case.db.transaction() as tx:
        (booked,) = views.pickups(tx, ids=[case.key("v1")])
        (made,) = views.manifests(tx, ids=[case.key("m1")])
        assert (booked.state.value, booked.number) == ("booked", "VAN-2026-11-23")
        assert (made.state.value, made.labels) == ("made", 1)
        assert views.content(tx, made.document) == b"%PDF-"
    with pytest.raises(NothingToList):
        case.act(actions.ask_manifest, structs.replace(wanted, id=case.key("m2")))


def test_a_van_of_which_nobody_knows_is_for_a_person(case, carrier):
    carrier.moods = ["dead"]
    case.act(actions.ask_pickup, case.van("v1"))
    case.work()
    case.work(minutes=60)
    with case.db.transaction() as tx:
        assert views.pickups(tx, ids=[case.key("v1")])[0].state.value == "stuck"
    assert len(carrier.asked) == 1


def test_mondial_relay_makes_a_label_and_hands_out_its_pdf(relayed, carrier):
    relayed.ask()
    relayed.work()
    assert (relayed.label().state, relayed.label().number) == (LabelState.BOUGHT, "30000000")
    body = carrier.asked[0][3].decode()
    assert "<Dest_Ad1>ZOE MULLER</Dest_Ad1>" in body
    with relayed.db.transaction() as tx:
        (paper,) = views.papers(tx, leg=relayed.leg)
        assert views.content(tx, paper.id).startswith(b"%PDF")


def test_where_the_carrier_makes_no_list_we_print_one(relayed):
    relayed.ask()
    relayed.work()
    wanted = AskManifest(id=relayed.key("m1"), account=relayed.code, node="PAR")
    relayed.act(actions.ask_manifest, wanted)
    relayed.work()
    with relayed.db.transaction() as tx:
        (made,) = views.manifests(tx, ids=[relayed.key("m1")])
        paper, content = paper_actions.gather(tx, made.document)
    assert [one["number"] for one in content["lines"]] == ["30000000"]
    assert paper_actions.draw(paper, content).startswith(b"%PDF")


def test_a_label_that_cannot_be_fetched_is_bought_all_the_same(relayed, carrier):
    carrier.moods = ["", "trouble", "dead", "nonsense"]
    relayed.ask()
    relayed.work()
    assert relayed.label().state is LabelState.BOUGHT
    assert relayed.label().detail.endswith("/StickersV3/a.aspx?e=1")


@pytest.mark.parametrize(
    ("outcome", "number", "made"),
    [(Resolution.WAS_MADE, "30000000", 1), (Resolution.WAS_NOT_MADE, None, 2)],
)
def test_where_nobody_can_look_a_person_does(outcome, number, made, relayed, carrier):
    carrier.moods = ["nonsense"]
    relayed.ask()
    for hours in range(3):
        relayed.work(minutes=60 * hours)
    assert relayed.label().state is LabelState.STUCK
    assert len(carrier.numbers()) == 1, "it is never bought blindly"

    def resolve(found):
        relayed.act(actions.resolve, relayed.key("l1"), [CallKind.BUY], found)

    if number:
        with pytest.raises(NumberMissing):
            resolve(Resolve(outcome=outcome))
    resolve(Resolve(outcome=outcome, number=number))
    with pytest.raises(NotStuck):
        resolve(Resolve(outcome=outcome, number=number))
    relayed.work(minutes=600)
    assert relayed.label().state is LabelState.BOUGHT
    assert len(carrier.numbers()) == made


@pytest.mark.parametrize(
    ("because", "moods", "is_live", "cents"),
    [
        ("the carrier's own price", [], True, 480),
        ("our tariff's, as it is away", ["dead"], False, 600),
    ],
)
def test_a_service_is_chosen_with_the_promise_as_a_fence(
    because, moods, is_live, cents, db, carrier, webhook_server
):
    db.run(
        lambda tx: tx.execute("update carrier_account set plan = plan || '{\"is_active\":false}'")
    )
    case = Case(db, webhook_server[1], does_rate=True)
    carrier.moods = moods
    case.ask(chooses=True)
    case.work(chooses=True)
    chosen = case.label()
    assert (chosen.account, chosen.service) == (case.code, "HOME"), because
    (best,) = chosen.choice.considered
    assert (best.is_live, best.cents) == (is_live, cents), because
    assert best.fence is None
    case.work(minutes=60)
    assert case.label().state is LabelState.BOUGHT


@pytest.mark.parametrize(
    ("because", "said", "day"),
    [
        ("the days that it needs", {"transit_days": 3}, 26),
        ("the day that it names goes before them", {"transit_days": 3, "arrives_on": "25"}, 25),
        ("neither: our tariff's", {}, 24),
    ],
)
def test_a_carriers_own_prices_keep_to_the_same_fences(
    because, said, day, db, carrier, webhook_server
):
    def make(tx):
        tx.execute("update carrier_account set plan = plan || '{\"is_active\":false}'")
        relay = structs.replace(world.HOME, code="RELAY", goes_to_relays=True)
        network.save_services(tx, [relay], actor=ACTOR, now=MONDAY)
        leaves = structs.replace(world.NODES[0].departures[0], service="RELAY")
        world.amend(tx, "PAR", departures=(*world.NODES[0].departures, leaves))

    db.run(make)
    services = {"HOME": "std", "RELAY": "relay24"}
    case = Case(db, webhook_server[1], does_rate=True, services=services)
    if "arrives_on" in said:
        said = {**said, "arrives_on": f"2026-11-{said['arrives_on']}"}
    home = {"service": "std", "cents": 480, **said}
    cheaper = {"service": "relay24", "cents": 300, "arrives_on": "2026-11-24"}
    carrier.answers = lambda *_: fakes.json_answer(200, {"rates": [cheaper, home]})
    case.ask(chooses=True)
    case.work(chooses=True)
    (best,) = case.label().choice.considered
    assert (best.service, best.is_live, best.arrives_on.day) == ("HOME", True, day), because


REFUSED = [
    ("a street", {}, {"recipient": Recipient(name="Z")}, NoRecipient),
    ("a known service", {"service": "NOPE"}, {}, NoSuchService),
    ("customs data", {}, {"to": GENEVA}, CustomsMissing),
    ("what is in each box", {"box": 2}, {"to": GENEVA}, ContentsMissing),
]


@pytest.mark.parametrize(("because", "asked", "built", "refusal"), REFUSED)
def test_what_a_carrier_would_refuse_is_refused_at_once(because, asked, built, refusal, db):
    with pytest.raises(refusal):
        Case(db, "http://127.0.0.1:9", **built).ask(**asked)


def test_a_box_has_one_label(case):
    case.ask()
    with pytest.raises(BoxHasLabel, match="l1"):
        case.ask("l2")
    case.ask("l3", box=2)


def test_what_customs_want_is_told_with_the_box(db, carrier, webhook_server):
    case = Case(db, webhook_server[1], to=GENEVA)
    mug = CustomsGood(sku="mug", hs_code="691200", origin="PT", description="Ceramic mug")
    assert db.run(lambda tx: actions.save_goods(tx, [mug], actor=ACTOR)) == 1
    assert db.run(lambda tx: actions.save_goods(tx, [mug], actor=ACTOR)) == 0
    case.ask(packed=Packed(units={"mug": 2}))
    case.work()
    body = carrier.asked[0][3].decode()
    assert '"hs_code":"691200"' in body
    assert '"value_cents":1980' in body


def test_what_was_given_away_hides_nothing_of_what_was_sold(db, carrier, webhook_server):
    case = Case(db, webhook_server[1], to=GENEVA, given=1)
    mug = CustomsGood(sku="mug", hs_code="691200", origin="PT", description="Ceramic mug")
    db.run(lambda tx: actions.save_goods(tx, [mug], actor=ACTOR))
    case.ask(packed=Packed(units={"mug": 3}))
    case.work()
    told = json.loads(carrier.asked[0][3])
    assert (told["value_cents"], told["customs"][0]["value_cents"]) == (1980, 1980)


def test_secrets_are_named_and_never_kept_or_told(case, carrier, caplog):
    caplog.set_level("DEBUG")
    carrier.moods = ["nonsense"]
    case.ask()
    case.work()
    assert KEY not in caplog.text
    with case.db.transaction() as tx:
        for table in ("carrier_account", "carrier_call", "trail", "event", "label"):
            told = f"select count(*) from {table} as one where one::text like %s"
            assert tx.execute(told, [f"%{KEY}%"]).fetchone()[0] == 0, table


def test_without_its_secret_nothing_is_sent_and_it_waits(case, carrier):
    case.ask()

    def blind(plan):
        return ports.connected(plan, Rules(is_open=True), {})

    assert drain(case.db, case.code, blind, wall=lambda: WALL) == 1
    assert carrier.asked == []
    assert case.label().state is LabelState.ASKED
    case.work(minutes=60)
    assert case.label().state is LabelState.BOUGHT
