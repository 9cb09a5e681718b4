"""A first hour: what is there, what is doubtful in it, and whether the next stores may follow."""

from datetime import date, timedelta

import pytest
from msgspec import structs

import world
from caller import calling
from noria.catalog import actions as catalog
from noria.catalog.model import Barcode, Channel, Sku
from noria.kit import clock, looks
from noria.kit.looks import LastLook, Need
from noria.network import actions as network
from noria.network.model import NodeKind
from noria.promise import fence_actions
from noria.promise.fence_model import ChannelNetwork
from noria.tower import shelf_views
from noria.welcome import (
    jobs,
    launch_rules,
    launch_views,
    look_actions,
    look_store,
    rules,
    views,
)
from noria.welcome.launch_model import Criterion, Measures
from noria.welcome.launch_rules import Counts
from noria.welcome.look_model import FRESH, USABLE
from noria.welcome.model import Answer, Basis, Check, Subject, Tried, Weight
from noria.welcome.questions import QUESTIONS
from world import ACTOR, MONDAY

BY_NAME = {question.name: question for question in QUESTIONS}


def found(tx, name):
    """What a check found, by key; its figure says the same."""
    listed = [one.key for one in views.findings(tx, BY_NAME[name], after="", limit=100)]
    [told] = views.answers(tx, [BY_NAME[name]])
    assert told.found == len(listed)
    return listed


def save(tx, *skus):
    catalog.save(tx, skus, actor=ACTOR, now=MONDAY)


def plant(tx):
    """One fault for each question, and beside it something that is as it should be."""
    sized = {"weight_g": 300, "volume_cm3": 900, "price_cents": 990, "cost_cents": 400}
    named = (Barcode(gtin="04006381333931"),)
    save(
        tx,
        *(structs.replace(sku, volume_cm3=900) for sku in world.SKUS),
        Sku(code="MUG", name="Mug, large", barcodes=named, **sized),
        Sku(code="jug", name="Cup", **sized),
        Sku(code="gone", name="Gone", is_sold=False, **sized),
        Sku(code="bare", name="Bare", price_cents=1),
    )
    world.amend(tx, "SHOP", hours=(), departures=())
    far = world.node("FAR", NodeKind.STORE, at=(43.3, 5.37), orders_per_day=9)
    shut = world.node("SHUT", is_open=False)
    network.save_nodes(tx, [far, shut], actor=ACTOR, now=MONDAY)
    world.shelve(tx, "PAR", mug=40, bowl=3, cup=1, MUG=5, jug=5)
    world.shelve(tx, "LYS", mug=4_006_381, gone=2)
    world.shelve(tx, "SHUT", mug=1)
    tx.execute(
        "insert into shelf_record (sku, node, since, moves, refused, gaps)"
        " values ('mug', 'PAR', now(), 9, 0, 2), ('bowl', 'PAR', now(), 9, 0, 0)"
    )
    world.accept(tx, world.order("late", cup=7))
    for number, (kind, code) in enumerate(
        [("catalog", "given-twice"), ("orders", "unknown-sku"), ("orders", "missing")]
    ):
        tx.execute(
            "insert into file_import (id, kind, name, keep_good, actor, finished_at, lines_read)"
            " values (%s, %s, %s, false, 'x', now(), 4)",
            [f"f{number}", kind, f"{code}.csv"],
        )
        tx.execute(
            "insert into import_fault values (%s, 1, 3, 'sku', %s, 'no', 'non')",
            [f"f{number}", code],
        )


FOUND = {
    "node.no-departure": ["SHOP"],
    "node.no-place": ["FAR", "LYS", "PRINT", "SHOP"],
    "node.no-hours": ["SHOP"],
    "node.no-capacity": ["SHOP"],
    "sku.alike": ["MUG", "mug"],
    "sku.same-name": ["cup", "jug"],
    "sku.no-barcode": ["bare", "bowl", "cup", "jug", "mug", "poster"],
    "sku.no-size": ["bare"],
    "sku.no-cost": ["bare"],
    "sku.no-stock": ["bare"],
    "stock.too-much": ["mug LYS"],
    "stock.unknown": ["mug PAR"],
    "stock.not-sold": ["gone LYS"],
    "stock.closed": ["mug SHUT"],
    "file.duplicates": ["f0 0001"],
    "order.unknown-sku": ["f1 0001"],
    "order.waiting": ["late"],
}


@pytest.fixture
def planted(retail):
    plant(retail)
    return retail


def test_each_check_finds_its_fault_alone(planted):
    """A fault is planted for every question; each finds that one, and nothing beside it."""
    assert {name: found(planted, name) for name in BY_NAME} == FOUND


def test_findings_come_page_after_page(planted):
    first = views.findings(planted, BY_NAME["sku.no-barcode"], after="", limit=2)
    rest = views.findings(planted, BY_NAME["sku.no-barcode"], after=first[-1].key, limit=9)
    assert [one.key for one in (*first, *rest)] == found(planted, "sku.no-barcode")


def test_customers_are_named_to_who_reads_orders_everywhere(planted):
    waiting = BY_NAME["order.waiting"]
    [named] = views.findings(planted, waiting, after="", limit=9)
    [other] = views.findings(planted, waiting, after="", limit=9, has_customers=False)
    assert (bool(named.words), other.words, other.key) == (True, "", named.key)
    odd = views.findings(planted, BY_NAME["node.no-hours"], after="", limit=9, has_customers=False)
    assert all(one.words for one in odd), "other words are for everybody"


def test_what_is_there(planted):
    whole = views.first_hour(planted, nodes=None)
    assert (whole.is_empty, whole.stores, whole.orders) == (False, 2, 1)
    assert not views.is_empty(planted)
    part = views.first_hour(planted, nodes=["PAR"])
    assert (part.nodes, part.stores, part.shelves, part.orders) == (1, 0, 4, None)


def test_shelves_of_a_node(planted):
    lying = shelf_views.shelves(planted, "PAR", is_doubtful=False, has_value=False)
    assert [(one.sku, one.available) for one in lying] == [
        ("MUG", 5),
        ("bowl", 3),
        ("cup", 0),
        ("jug", 5),
        ("mug", 40),
    ]
    assert lying[0].value_cents is None
    [mug] = shelf_views.shelves(planted, "PAR", is_doubtful=True, has_value=True)
    assert (mug.sku, mug.gaps, mug.value_cents) == ("mug", 2, 0)
    [last] = shelf_views.shelves(planted, "PAR", is_doubtful=False, has_value=True, after="jug")
    assert last.sku == "mug"


def check(name, weight, found, of):
    return Check(
        check=name, weight=weight, subject=Subject.SKU, asks="", why="", do="", found=found, of=of
    )


def test_what_stops_the_business_comes_first():
    given = [
        check("slow", Weight.SLOWS, 9, 10),
        check("fine", Weight.STOPS, 0, 10),
        check("few", Weight.BENDS, 1, 10),
        check("many", Weight.BENDS, 8, 10),
        check("stop", Weight.STOPS, 1, 10),
    ]
    assert [one.check for one in rules.first_things_first(given)] == [
        "stop",
        "many",
        "few",
        "slow",
        "fine",
    ]


@pytest.mark.parametrize(
    ("because", "tried", "basis"),
    [
        ("samples say most", {Basis.SAMPLES: (10, 9), Basis.COUNTS: (99, 1)}, Basis.SAMPLES),
        ("then counts", {Basis.SAMPLES: (0, 0), Basis.COUNTS: (99, 90)}, Basis.COUNTS),
        ("then signals", {Basis.SIGNALS: (5, 5)}, Basis.SIGNALS),
        ("nobody knows", {Basis.SIGNALS: (0, 0)}, None),
    ],
)
def test_accuracy_is_guessed_by_the_best_there_is(because, tried, basis):
    guess = rules.accuracy({key: Tried(tried=n, right=k) for key, (n, k) in tried.items()})
    assert (guess and guess.basis) is basis, because
    if guess is not None:
        assert guess.lower <= guess.estimate <= guess.upper, because


def test_the_guess_counts_what_was_tried(planted):
    assert views.tried(planted)[Basis.SIGNALS] == Tried(tried=2, right=1)


def test_answers_are_told_in_the_language_of_whoever_reads():
    questions = [BY_NAME["sku.no-cost"]]
    answers = [Answer(check="sku.no-cost", found=2, of=9)]
    [told] = rules.told(questions, answers, "fr")
    assert (told.asks, told.found, told.of) == ("SKU sans coût", 2, 9)


CHECKS = "/v1/first-hour/checks"
AS_IT_IS = {"Cache-Control": "max-age=60"}


def costless(answer):
    """How many SKUs an answer knows to have no cost, and of when that is."""
    told = answer.json()
    return next(one["found"] for one in told["checks"] if one["check"] == "sku.no-cost"), told["at"]


def bring_file(tx, name, *, is_preview=False, is_in=True):
    tx.execute(
        "insert into file_import (id, kind, name, keep_good, actor, finished_at, is_preview)"
        " values (%s, 'catalog', 'x.csv', false, 'x', case when %s then now() end, %s)",
        [name, is_in, is_preview],
    )


@pytest.fixture
def house(db):
    with db.transaction() as tx:
        clock.start_driving(tx, MONDAY)
        world.build(tx)
    return db


def test_what_was_found_is_told_with_its_instant_until_somebody_asks_anew(house):
    with house.transaction() as tx:
        save(tx, Sku(code="plain", name="Plain", price_cents=1))
    with calling(house) as client:
        first = costless(client.get(CHECKS, headers=AS_IT_IS))
        assert first[0] == 1, "the first look ever is waited for"
        with house.transaction() as tx:
            clock.drive(tx, MONDAY + timedelta(minutes=9))
            save(tx, Sku(code="bare", name="Bare", price_cents=1))
        assert costless(client.get(CHECKS, headers=AS_IT_IS)) == first, "as it was, and of when"
        again = costless(client.get(CHECKS, headers={"Cache-Control": "no-cache"}))
        assert again[0] == 2
        assert again[1] > first[1]


@pytest.mark.parametrize(
    ("because", "file", "is_old"),
    [
        ("a file is in: what it mended is seen", {}, True),
        ("it has not ended", {"is_in": False}, False),
        ("it changes nothing", {"is_preview": True}, False),
    ],
)
def test_a_file_that_came_in_makes_what_was_found_old(house, because, file, is_old):
    look_actions.keep(house, look_actions.CHECKS)
    with house.transaction() as tx:
        bring_file(tx, "f1", **file)
        assert (look_actions.checks(tx) is None) is is_old, because
    look_actions.keep(house, look_actions.CHECKS)
    assert house.run(look_actions.checks) is not None, "looked at anew by who asks"


def test_what_other_questions_found_is_not_read(house):
    look_actions.keep(house, look_actions.CHECKS)
    with house.transaction() as tx:
        assert look_store.kept(tx, structs.replace(look_actions.CHECKS, edition="others")) is None
        assert (
            look_store.last(tx, structs.replace(look_actions.CHECKS, edition="others")).at is None
        )


def test_one_looks_and_others_are_told_what_was(house):
    look_actions.keep(house, look_actions.CHECKS)
    with house.transaction() as tx, house.transaction() as other:
        asked = look_store.last(tx, look_actions.CHECKS)
        assert look_actions.look_since(tx, look_actions.CHECKS, asked, is_patient=False)
        assert not look_actions.look_since(other, look_actions.CHECKS, asked, is_patient=False)
        assert look_actions.checks(other) is not None
        assert not look_actions.look_since(tx, look_actions.CHECKS, asked, is_patient=True), (
            "it began since"
        )


@pytest.mark.parametrize(
    ("because", "minutes", "need"),
    [
        ("nobody ever looked: no finding would be false", None, Need.A_LOOK),
        ("within the hour", 60, Need.NOTHING),
        ("later one looks, the others are told what was", 61, Need.A_TRY),
        ("more than a day is too old for anybody", 24 * 60 + 1, Need.A_LOOK),
    ],
)
def test_how_old_a_finding_may_be(because, minutes, need):
    then = None if minutes is None else MONDAY - timedelta(minutes=minutes)
    last = LastLook(began_at=then, at=then, asked_at=MONDAY, now=MONDAY)
    told = looks.need(last, wants_no_copy=False, fresh=FRESH, usable=USABLE)
    assert told is need, because


def test_a_launch_that_nobody_counted_yet_has_no_false_zeros(house):
    look_actions.keep(house, look_actions.COUNTS)
    with house.transaction() as tx:
        launch(tx, "new", "SHOP")
        assert look_actions.counts(tx) is None
    look_actions.keep(house, look_actions.COUNTS)
    counted, _ = house.run(look_actions.counts)
    assert ("new", "SHOP") in {(one.network, one.node) for one in counted}


def test_the_worker_looks_before_anybody_asks(house, monkeypatch):
    monkeypatch.setattr(views, "LARGE", -2)
    jobs.look(house)
    assert house.run(look_actions.checks) is not None
    assert house.run(look_actions.figures) is not None


def test_how_much_is_there_is_counted_now_until_it_is_much(house, monkeypatch):
    with calling(house) as client:
        first = client.get("/v1/first-hour").json()["skus"]
        with house.transaction() as tx:
            save(tx, Sku(code="bare", name="Bare", price_cents=1))
        now = client.get("/v1/first-hour")
        assert (now.json()["skus"], now.headers.get("Noria-As-Of")) == (first + 1, None)
        monkeypatch.setattr(views, "LARGE", -2)
        kept = client.get("/v1/first-hour", headers=AS_IT_IS)
        assert (kept.json(), kept.headers["Noria-As-Of"][:10]) == (
            now.json(),
            MONDAY.date().isoformat(),
        )
        with house.transaction() as tx:
            save(tx, Sku(code="plain", name="Plain", price_cents=1))
        assert client.get("/v1/first-hour", headers=AS_IT_IS).json() == kept.json(), "as it was"
        anew = client.get("/v1/first-hour", headers={"Cache-Control": "no-cache"})
        assert anew.json()["skus"] == first + 2
        with house.transaction() as tx:
            bring_file(tx, "f1")
            save(tx, Sku(code="odd", name="Odd", price_cents=1))
        assert client.get("/v1/first-hour", headers=AS_IT_IS).json()["skus"] == first + 3


GOOD = Measures(legs=30, refused=0.05, not_found=0.03, on_time=0.95, accuracy=0.95)


@pytest.mark.parametrize(
    ("because", "changed", "failed"),
    [
        ("exactly at every limit", {}, None),
        ("too few legs to tell", {"legs": 29}, Criterion.LEGS),
        ("refuses too much", {"refused": 0.051}, Criterion.REFUSED),
        ("does not find", {"not_found": 0.031}, Criterion.NOT_FOUND),
        ("leaves late", {"on_time": 0.94}, Criterion.ON_TIME),
        ("a book that is wrong", {"accuracy": 0.9}, Criterion.ACCURACY),
        ("never sampled", {"accuracy": None}, Criterion.ACCURACY),
    ],
)
def test_the_next_stores_follow_when_these_do_well(because, changed, failed):
    judged = launch_rules.judged(structs.replace(GOOD, **changed))
    not_met = [one.criterion for one in judged if one.is_met is not True]
    assert not_met == ([failed] if failed else []), because
    assert launch_rules.may_go_on(judged) is (failed is None), because


@pytest.mark.parametrize(
    ("because", "changed", "missed"),
    [
        ("few legs are no fault of one store: they are added up", {"legs": 2}, []),
        ("what was never measured is not missed", {"accuracy": None}, []),
        (
            "each that is beyond its limit",
            {"refused": 0.2, "on_time": 0.5},
            [Criterion.REFUSED, Criterion.ON_TIME],
        ),
    ],
)
def test_a_store_misses_by_itself(because, changed, missed):
    assert launch_rules.missed(structs.replace(GOOD, **changed)) == missed, because


def test_of_nothing_there_is_no_share():
    assert launch_rules.measures(Counts()) == Measures(
        legs=0, refused=None, not_found=None, on_time=None, accuracy=None
    )


def launch(tx, key, *nodes, day=None, kinds=(), channel="web"):
    made = ChannelNetwork(
        id=key, channel=channel, nodes=nodes, node_kinds=kinds, reason="pilot", valid_from=day
    )
    fence_actions.save_network(
        tx, made, actor=ACTOR, now=MONDAY, request_id="r", check=lambda version: None
    )


def test_a_launch_tells_what_its_stores_did(retail):
    clock.start_driving(retail, MONDAY)
    world.shelve(retail, "SHOP", mug=9)
    world.shelve(retail, "PAR", bowl=1)
    world.accept(retail, world.order("s1", mug=2))
    world.accept(retail, world.order("s2", mug=3))
    world.accept(retail, world.order("s3", mug=1))
    world.send(retail, "s1.1")
    orders_of = retail.execute("select id from leg where node = 'SHOP'").fetchall()
    assert len(orders_of) == 3
    retail.execute(
        "insert into leg_answer values ('s3.1', 'SHOP', false, 'closed', %s, %s)", [MONDAY, ACTOR]
    )
    retail.execute(
        "insert into short_pick (leg_id, line, sku, quantity, reason)"
        " values ('s2.1', 1, 'mug', 1, 'not_found')"
    )
    retail.execute(
        "insert into count_task (id, node, kind, is_blind, policy, seed, population, opened_at,"
        " opened_by) values ('t', 'SHOP', 'sample', true, '{}', 1, 10, %s, %s)",
        [MONDAY, ACTOR],
    )
    retail.execute(
        "insert into accuracy_sample values ('t', 'SHOP', %s, 10, 10, 9, 0.9, 0.9, 0.9)", [MONDAY]
    )
    launch(retail, "base", kinds=(NodeKind.WAREHOUSE,))
    launch(retail, "pilot", "SHOP", "PAR", day=date(2026, 11, 1))
    launch(retail, "later", "SHOP", day=date(2027, 1, 1))
    catalog.save_channel(retail, Channel(code="shops", name="Shops"), actor=ACTOR)
    launch(retail, "abroad", "SHOP", channel="shops")
    did = launch_views.counted(retail)
    known = [
        one for _, one in launch_views.launches(retail, did, channel="web", after=None, limit=9)
    ]
    assert [(one.network, one.is_live, one.stores) for one in known] == [
        ("pilot", True, 1),
        ("later", False, 1),
    ]
    values = {one.criterion: one.value for one in known[0].judged}
    assert values == {
        Criterion.LEGS: 3,
        Criterion.REFUSED: 1 / 3,
        Criterion.NOT_FOUND: 1 / 5,
        Criterion.ON_TIME: 1.0,
        Criterion.ACCURACY: 0.9,
    }
    assert not known[0].may_go_on
    assert known[1].judged[0].value == 0, "these legs were given before it began"
    [(_, abroad)] = launch_views.launches(retail, did, channel="shops", after=None, limit=9)
    assert abroad.judged[0].value == 0, "these legs are of another channel"
    [(began, _)] = launch_views.launches(retail, did, channel="web", after=None, limit=1)
    [(_, rest)] = launch_views.launches(retail, did, channel="web", after=[began, "pilot"], limit=9)
    assert rest.network == "later"
    [shop] = launch_views.stores(retail, did, "pilot", after="", limit=9)
    assert (shop.node, shop.measures.legs) == ("SHOP", 3)
