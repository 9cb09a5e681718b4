"""A partner's feed, from its bytes to the book: read, compared, guarded, booked, once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from msgspec import structs

import world
from caller import calling, database
from crowd import until_somebody_waits
from noria.connectors.feeds.actions import take
from noria.fulfilment.model import ShortLine, ShortReason
from noria.kit.auth import Permission
from noria.kit.errors import IdReused, Invalid
from noria.network import actions as network
from noria.network.model import NodeKind
from noria.partners import actions as partners
from noria.partners import feed_actions as feeds
from noria.partners import feed_views as views
from noria.partners.feed_model import FeedNotOpen, FeedPlan, FeedState, KeyKind, NoFeedPlan
from noria.partners.model import NodeTaken, Partner, PartnerKind, Term
from noria.promise import views as promises
from world import ACTOR, MONDAY

DROP = Partner(code="ATELIER", name="Atelier Bois", kind=PartnerKind.SUPPLIER, nodes=("DROP",))
CSV = b"sku,quantity\nmug,8\ncup,3\n"


@pytest.fixture
def tx(retail):
    network.save_nodes(
        retail, [world.node("DROP", NodeKind.SUPPLIER), world.node("DROP2", NodeKind.SUPPLIER)],
        actor=ACTOR, now=MONDAY,
    )  # fmt: skip
    partners.save(retail, DROP, actor=ACTOR, now=MONDAY)
    plan(retail)
    return retail


def plan(tx, **changes):
    feeds.save_plan(tx, FeedPlan(**changes), partner="ATELIER", actor=ACTOR, now=MONDAY)


class Same:
    """A database that is one open transaction: the test's own."""

    def __init__(self, tx):
        self.tx = tx

    def run(self, work):
        return work(self.tx)


def send(tx, content=CSV, feed="f1", *, at=MONDAY, is_preview=False, is_full=None, now=None):
    feeds.send(
        tx, feed, "ATELIER", content, name=f"{feed}.csv", is_full=is_full, is_preview=is_preview,
        counted_at=at, actor=ACTOR, now=now or at,
    )  # fmt: skip
    return run(tx, feed)


def run(tx, feed="f1"):
    saved = []
    return take(Same(tx), feed, cursor=None, save=lambda _, cursor: saved.append(cursor),
                step=lambda done, of: None)  # fmt: skip


def shelf(tx, node="DROP"):
    return {sku: units for (sku, where, state), units in world.levels(tx).items()
            if where == node and state == "available"}  # fmt: skip


def faults(tx, feed="f1"):
    return [(one.line, one.code) for _, one in views.faults(tx, feed)]


def test_a_feed_becomes_a_count_with_its_differences_found_and_lost(tx):
    done = send(tx)
    assert (done.state, done.added, done.booked_skus, done.booked_found) == (
        FeedState.BOOKED, 2, 2, 11,
    )  # fmt: skip
    assert shelf(tx) == {"mug": 8, "cup": 3}
    later = MONDAY + timedelta(hours=1)
    done = send(tx, b"sku,quantity\nmug,8\ncup,1\n", "f2", at=later)
    assert (done.changed, done.unchanged, done.booked_skus, done.booked_lost) == (1, 1, 1, 2)
    kinds = tx.execute(
        "select kind::text, cause from movement order by recorded_at, kind"
    ).fetchall()
    assert kinds == [("found", "feed:f1"), ("lost", "feed:f2")]
    told = tx.execute("select type, count(*) from event where type like 'feed.%' group by type")
    assert told.fetchall() == [("feed.booked", 2)]
    assert world.audit(tx) == []


def test_a_feed_is_taken_once_for_its_id(tx):
    send(tx)
    again = send(tx)
    assert (again.state, again.booked_skus) == (FeedState.BOOKED, 2)
    assert tx.execute("select count(*) from movement").fetchone() == (1,)
    with pytest.raises(IdReused):
        send(tx, b"sku,quantity\nmug,9\n")


def test_what_a_full_feed_does_not_name_is_gone_and_a_partial_one_says_nothing_of_it(tx):
    send(tx)
    later = MONDAY + timedelta(hours=1)
    send(tx, b"sku,quantity\nmug,8\n", "partial", at=later, is_full=False)
    assert shelf(tx) == {"mug": 8, "cup": 3}
    done = send(tx, b"sku,quantity\nmug,8\n", "full", at=later)
    assert (done.absent, done.booked_lost) == (1, 3)
    assert shelf(tx) == {"mug": 8}


@pytest.mark.parametrize(
    ("because", "content", "wrong"),
    [
        ("its quantity is no number", b"sku,quantity\nmug,lots\ncup,3\n", [(2, "malformed")]),
        ("it has none", b"sku,quantity\nmug,8\ncup,\n", [(3, "missing")]),
        ("it is told twice", b"sku,quantity\nmug,8\ncup,2\ncup,2\n", [(4, "given-twice")]),
        ("its line ends before", b"sku,quantity\nmug,8\ncup\n", [(3, "too-few-columns")]),
        ("twice, once cut off", b"sku,quantity\nmug,8\ncup,2\ncup\n",
         [(4, "too-few-columns"), (4, "given-twice")]),
    ],
)  # fmt: skip
def test_a_sku_on_a_faulty_line_is_not_gone(tx, because, content, wrong):
    send(tx)
    done = send(tx, content, "f2", at=MONDAY + timedelta(hours=1))
    assert faults(tx, "f2") == wrong, because
    assert (done.state, done.fault_count, shelf(tx)) == (
        FeedState.BOOKED, len(wrong), {"mug": 8, "cup": 3},
    ), because  # fmt: skip


def test_a_line_cut_off_before_its_sku_names_none(tx):
    send(tx)
    cut = b"quantity,sku\n8,mug\n3\n"
    done = send(tx, cut, "f2", at=MONDAY + timedelta(hours=1))
    assert (faults(tx, "f2"), done.absent) == ([(3, "too-few-columns")], 1)
    assert shelf(tx) == {"mug": 8}


def test_a_feed_that_loses_much_waits_for_a_person(tx):
    send(tx, b"sku,quantity\nmug,80\ncup,20\n")
    later = MONDAY + timedelta(hours=1)
    held = send(tx, b"sku,quantity\ncup,20\n", "f2", at=later)
    assert (held.state, held.units_before, held.units_lost) == (FeedState.HELD, 100, 80)
    assert shelf(tx)["mug"] == 80, "nothing was booked"
    assert run(tx, "f2").state is FeedState.HELD, "a job that comes again changes nothing"
    feeds.accept(tx, "f2", actor=ACTOR, now=later)
    assert run(tx, "f2").state is FeedState.BOOKED
    assert shelf(tx) == {"cup": 20}
    with pytest.raises(FeedNotOpen):
        feeds.reject(tx, "f2", actor=ACTOR, now=later)


def test_a_preview_shows_what_would_change_and_books_nothing(tx):
    send(tx)
    content = b"sku,quantity\nmug,5\nbowl,4\ncup,3\nsaucer,9\n"
    seen = send(tx, content, "p", at=MONDAY + timedelta(hours=1), is_preview=True)
    assert (seen.state, seen.added, seen.changed, seen.unchanged, seen.unknown) == (
        FeedState.PREVIEW, 1, 1, 1, 1,
    )  # fmt: skip
    assert [(one.sku, one.known, one.target, one.line) for one in views.changes(tx, "p")] == [
        ("bowl", 0, 4, 3), ("mug", 8, 5, 2),
    ]  # fmt: skip
    assert faults(tx, "p") == [(5, "unknown-sku")]
    assert shelf(tx) == {"mug": 8, "cup": 3}
    feeds.reject(tx, "p", actor=ACTOR, now=MONDAY)
    assert views.changes(tx, "p") == []
    assert shelf(tx) == {"mug": 8, "cup": 3}


@pytest.mark.parametrize(
    ("because", "includes_held", "left"),
    [("free units know nothing of what we took since", False, 5),
     ("all units include what is held from before, too", True, 3)],
)  # fmt: skip
def test_what_was_sold_while_a_feed_was_under_way_is_not_sold_twice(
    tx, because, includes_held, left
):
    plan(tx, includes_held=includes_held)
    send(tx, b"sku,quantity\nmug,10\n")
    world.accept(tx, world.order("o1", mug=2))
    counted = MONDAY + timedelta(hours=1)
    after = counted + timedelta(minutes=5)
    world.accept(tx, world.order("o2", mug=5), now=after)
    send(tx, b"sku,quantity\nmug,10\n", "f2", at=counted, now=after + timedelta(minutes=1))
    assert shelf(tx)["mug"] == left, because
    assert world.audit(tx) == []


def test_an_older_feed_never_overrules_a_newer_one(tx):
    send(tx, at=MONDAY)
    old = send(tx, b"sku,quantity\nmug,1\n", "old", at=MONDAY - timedelta(hours=1), now=MONDAY)
    assert (old.state, faults(tx, "old")) == (FeedState.UNREADABLE, [(0, "older-feed")])
    assert shelf(tx)["mug"] == 8


READ = [
    ("a CSV of the French kind", {"key_column": "Réf", "quantity_column": "Stock dispo"},
     "Réf;Stock dispo\nmug;4\n".encode(), {"mug": 4}),
    ("words stand for units", {"words": {"In stock": 5}}, b"sku,quantity\nmug,in stock\n", {"mug": 5}),
    ("who owes units has none", {}, b"sku,quantity\nmug,-3\ncup,1\n", {"cup": 1}),
    ("JSON", {}, b'[{"sku": "mug", "quantity": 4}, {"sku": "cup", "quantity": "2"}]',
     {"mug": 4, "cup": 2}),
    ("JSON, deep", {"rows_at": "data.items", "key_column": "ref"},
     b'{"data": {"items": [{"ref": "mug", "quantity": 4}]}}', {"mug": 4}),
    ("several nodes", {"node_column": "depot", "node_codes": {"7": "DROP"}},
     b"sku,quantity,depot\nmug,4,7\nmug,5,DROP2\ncup,1,9\n", {"mug": 4}),
    ("the partner's own names", {"key": KeyKind.REFERENCE}, b"sku,quantity\nA-1,6\n", {"mug": 6}),
]  # fmt: skip


@pytest.mark.parametrize(("because", "changes", "content", "there"), READ, ids=[r[0] for r in READ])
def test_a_feed_is_read_as_its_plan_says(tx, because, changes, content, there):
    partners.save(tx, structs.replace(DROP, nodes=("DROP", "DROP2")), actor=ACTOR, now=MONDAY)
    term = Term(sku="mug", price_cents=300, reference="A-1", valid_from=MONDAY.date())
    partners.save_terms(tx, "ATELIER", [term], actor=ACTOR, now=MONDAY)
    plan(tx, **({"node": "DROP"} | changes))
    assert send(tx, content).state is FeedState.BOOKED, because
    assert shelf(tx) == there, because


@pytest.mark.parametrize(
    ("because", "content", "codes"),
    [
        ("a column is missing", b"ref,quantity\nmug,4\n", [(1, "column-missing")]),
        ("it is empty", b"", [(0, "file-empty")]),
        ("it is no table", b"[1, 2]", [(0, "file-unreadable")]),
    ],
)
def test_what_is_no_feed_changes_nothing(tx, because, content, codes):
    done = send(tx, content)
    assert (done.state, faults(tx)) == (FeedState.UNREADABLE, codes), because


def test_a_feed_that_is_taken_by_two_at_once_is_booked_once(server, template):
    with database(server, template) as db:
        db.run(world.build)
        db.run(
            lambda tx: network.save_nodes(
                tx, [world.node("DROP", NodeKind.SUPPLIER)], actor=ACTOR, now=MONDAY
            )
        )
        db.run(lambda tx: partners.save(tx, DROP, actor=ACTOR, now=MONDAY))
        db.run(plan)
        content = b"sku,quantity\n" + b"".join(
            b"%s,%d\n" % (sku, units)
            for units, sku in enumerate([b"mug", b"cup", b"bowl", b"poster"], 3)
        )
        for number in range(10):
            at = MONDAY + timedelta(minutes=number)
            db.run(
                lambda tx, number=number, at=at: feeds.send(
                    tx, f"f{number}", "ATELIER", content, name="f.csv", is_full=True,
                    is_preview=False, counted_at=at, actor=ACTOR, now=at,
                )
            )  # fmt: skip
            with ThreadPoolExecutor(3) as pool:
                done = list(pool.map(lambda _, n=number: take(db, f"f{n}", cursor=None), range(3)))
            assert {one.state for one in done} == {FeedState.BOOKED}
        with db.transaction() as tx:
            assert tx.execute("select sum(booked_found) from feed").fetchone() == (18,)
            assert shelf(tx) == {"mug": 3, "cup": 4, "bowl": 5, "poster": 6}


def test_a_shelf_that_somebody_opens_at_this_moment_is_counted_after_all(server, template):
    with database(server, template) as db:
        with db.transaction() as tx:
            world.build(tx)
            nodes = [world.node("DROP", NodeKind.SUPPLIER)]
            network.save_nodes(tx, nodes, actor=ACTOR, now=MONDAY)
            partners.save(tx, DROP, actor=ACTOR, now=MONDAY)
            plan(tx)
            feeds.send(
                tx, "f1", "ATELIER", CSV, name="f", is_full=True, is_preview=False,
                counted_at=MONDAY, actor=ACTOR, now=MONDAY,
            )  # fmt: skip
        with ThreadPoolExecutor(1) as pool:
            with db.transaction() as tx:
                world.shelve(tx, "DROP", mug=5)
                done = pool.submit(take, db, "f1", cursor=None)
                until_somebody_waits(db)
            assert done.result().state is FeedState.BOOKED
        with db.transaction() as tx:
            assert shelf(tx) == {"mug": 8, "cup": 3}
            assert world.audit(tx) == []


def test_a_shelf_of_what_nobody_knows_is_never_opened_and_codes_stay(tx):
    for statement in (
        "insert into balance values ('nothing', 'PAR', 'available', 1)",
        "insert into balance values ('mug', 'NOWHERE', 'available', 1)",
        "delete from sku where code = 'bowl'",
        "update node set code = 'PARIS' where code = 'PAR'",
    ):
        with pytest.raises(psycopg.errors.ForeignKeyViolation), tx.transaction():
            tx.execute(statement)


def test_a_barcode_with_more_digits_than_any_is_not_cut_to_one_of_ours(tx):
    tx.execute("insert into barcode (gtin, sku, units) values ('03760123456789', 'mug', 1)")
    plan(tx, key=KeyKind.GTIN, key_column="ean")
    done = send(tx, b"ean,quantity\n03760123456789,2\n037601234567891,9\n")
    assert (done.unknown, shelf(tx)) == (1, {"mug": 2})


def test_a_feed_begun_again_goes_on_where_it_was(tx, monkeypatch):
    monkeypatch.setattr(feeds, "PORTION", 1)
    feeds.send(tx, "f1", "ATELIER", CSV, name="f", is_full=True, is_preview=False, counted_at=MONDAY,
               actor=ACTOR, now=MONDAY)  # fmt: skip
    saved = []

    def dies(done, of):
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take(Same(tx), "f1", cursor=None, save=lambda _, cursor: saved.append(cursor), step=dies)
    assert shelf(tx) == {"cup": 3}
    tx.execute("delete from feed_change")  # as a crash of the database leaves it
    done = take(Same(tx), "f1", cursor=saved[-1], save=lambda _, c: None, step=lambda d, o: None)
    assert (done.state, done.booked_skus, shelf(tx)) == (FeedState.BOOKED, 2, {"cup": 3, "mug": 8})


def test_units_that_are_told_apart_are_fed_too(tx):
    tx.execute("update sku set tracking = 'lot' where code = 'cup'")
    send(tx)
    assert shelf(tx) == {"mug": 8, "cup": 3}
    assert world.audit(tx) == []


def test_an_order_is_sent_from_what_a_feed_said(tx):
    send(tx)
    [leg] = world.accept(tx, world.order(mug=2))["o1"].legs
    assert leg.node == "DROP"
    world.shelve(tx, "PAR", mug=2)
    short = ShortLine(sku="mug", quantity=2, reason=ShortReason.NOT_FOUND)
    world.pick(tx, leg.id, short)
    assert [one.node for one in promises.held_for(tx, ["order:o1"])] == ["PAR"]


def test_what_cannot_be_is_refused(tx):
    with pytest.raises(NodeTaken):
        partners.save(tx, structs.replace(DROP, code="OTHER"), actor=ACTOR, now=MONDAY)
    with pytest.raises(Invalid):
        plan(tx, node="PAR")
    partners.save(tx, structs.replace(DROP, code="OTHER", nodes=()), actor=ACTOR, now=MONDAY)
    with pytest.raises(NoFeedPlan):
        feeds.plan_of(tx, "OTHER")


def test_a_partner_feeds_its_own_node_through_the_door(server, template):
    with database(server, template) as db:
        db.run(world.build)
        with calling(db) as client:
            whole = {"code": "PAR", "name": "Paris", "kind": "third_party", "nodes": ["PAR"]}
            assert client.put("/v1/partners/PAR", json=whole).status_code == 200
            made = client.put("/v1/partners/PAR/feed-plan", json={})
            assert (made.status_code, made.headers["etag"]) == (200, '"1"'), made.text
            terms = {"items": [{"sku": "mug", "price_cents": 300, "valid_from": "2026-11-01"}]}
            said = client.post("/v1/partners/PAR/terms/batch", json=terms)
            assert said.json() == {"changed": 1}
        csv = {"Content-Type": "text/csv"}
        with calling(db, Permission.FEEDS_SEND, Permission.PARTNERS_READ, nodes=("PAR",)) as client:
            sent = client.post("/v1/partners/PAR/feeds/f1", content=CSV, headers=csv)
            assert (sent.status_code, sent.json()["state"]) == (202, "waiting"), sent.text
            take(db, "f1", cursor=None, save=lambda tx, c: None, step=lambda d, o: None)
            assert client.get("/v1/feeds/f1").json()["booked_skus"] == 2
            assert client.get("/v1/feeds").json()["items"][0]["id"] == "f1"
            assert client.get("/v1/feeds/f1/changes").json()["items"] == []
            assert client.get("/v1/feeds/f1/faults").json()["items"] == []
            assert client.post("/v1/feeds/f1/booking").status_code == 403
        with calling(db, Permission.FEEDS_SEND, Permission.PARTNERS_READ, nodes=("LYS",)) as client:
            refused = client.post("/v1/partners/PAR/feeds/f2", content=CSV, headers=csv)
            assert refused.status_code == 403, "another node's feed"
            assert client.get("/v1/feeds/f1").status_code == 403
            assert client.get("/v1/partners/PAR").status_code == 404
