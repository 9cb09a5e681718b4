"""People who wait for a SKU: told once, in turn, over sockets; and what is near instead."""

import threading
from datetime import timedelta

import pytest

import postbox
import world
from caller import calling
from noria.customers import actions as customers
from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.config import load
from noria.messages.senders import senders
from noria.storefront import actions, jobs, views
from noria.storefront.model import WaitState
from world import ACTOR, MONDAY

PAGE = "https://shop.example/mug"
HOME = {"sku": "mug", "url": PAGE, "postcode": "75001"}


@pytest.fixture
def db(db):
    with db.transaction() as tx:
        clock.start_driving(tx, MONDAY)
        world.build(tx)
    return db


def asked(client, key, **more):
    body = HOME | {"email": f"{key}@example.com"} | more
    answer = client.put(f"/v1/waits/{key}", json={k: v for k, v in body.items() if v is not None})
    return answer.json()["code" if answer.status_code >= 400 else "state"]


def calls(db):
    return calling(db, Permission.ORDERS_READ, Permission.ORDERS_WRITE, Permission.PROMISE_READ)


def shelved(db, node, **units):
    with db.transaction() as tx:
        world.shelve(tx, node, **units)


def states(db):
    with db.transaction() as tx:
        return {one.id: one.state.value for one in views.waits(tx)}


def later(db, **time):
    with db.transaction() as tx:
        clock.drive(tx, clock.now(tx) + timedelta(**time))


def told(db, box=None):
    known = {"NORIA_MAIL_FROM": "Shop <shop@example.com>"}
    ways = senders(load(known | ({"NORIA_SMTP_URL": box.url} if box else {})))
    count = jobs.tell(db, ways)
    jobs.send(db, ways)
    return count


def test_people_are_told_once_in_the_order_of_asking_and_no_more_than_units(db):
    with calls(db) as client, postbox.mailbox() as box:
        for key in ("w1", "w2", "w3"):
            assert asked(client, key, language="en") == "waiting"
            later(db, minutes=1)
        assert asked(client, "again", email="W1@example.com") == "already-waiting"
        assert told(db, box) == 0, "there is none"
        shelved(db, "PAR", mug=2)
        assert told(db, box) == 2
        assert told(db, box) == 0, "the two units are news to two people, for a day"
        assert [mail["To"] for mail in box.mails] == ["w1@example.com", "w2@example.com"]
        assert box.mails[0]["Subject"] == "Mug is back"
        text = box.mails[0].get_body(("plain",)).get_content()
        assert PAGE in text
        assert "None is held for you" in text
        later(db, hours=25)
        assert told(db, box) == 1, "nobody has bought them: the next one's turn"
        assert states(db) == {"w1": "told", "w2": "told", "w3": "told"}
    with db.transaction() as tx:
        assert tx.execute("select count(*) from wait where address is not null").fetchone() == (0,)
        assert not world.audit(tx)


def test_one_is_held_for_who_asked_so_and_sold_to_nobody_else(db):
    with calls(db) as client, postbox.mailbox() as box:
        asked(client, "w1", hold_minutes=60, shopper="visitor:1", language="fr")
        asked(client, "w2")
        shelved(db, "PAR", mug=1)
        assert told(db, box) == 1
        assert (
            "réservé jusqu'au lun. 23 nov., 11 h 00"
            in box.mails[0].get_body(("plain",)).get_content()
        )
        with db.transaction() as tx:
            world.accept(tx, world.order(mug=1))
            assert world.levels(tx)[("mug", "PAR", "reserved")] == 1
            assert tx.execute("select demand from reservation where held > 0").fetchall() == [
                ("wait:w1",)
            ]
        later(db, minutes=61)
        assert told(db, box) == 0, "an order waits for it, and goes first"
        assert states(db)["w2"] == "waiting"


def test_a_store_is_the_place_itself(db):
    with calls(db) as client, postbox.mailbox() as box:
        assert asked(client, "w1", postcode=None, store="SHOP") == "waiting"
        assert asked(client, "wx", postcode=None, store="PAR") == "no-hand-over"
        shelved(db, "PAR", mug=5)
        assert told(db, box) == 0, "it is not at that store"
        shelved(db, "SHOP", mug=1)
        assert told(db, box) == 1
        assert box.mails[0].get_body(("plain",)).get_content().startswith("De retour à Shop")


def test_who_no_longer_wants_to_know_is_not_told_nor_is_who_waited_too_long(db):
    with calls(db) as client:
        asked(client, "w1")
        asked(client, "w2", until="2026-11-24")
        asked(client, "w3", customer="C-1")
        assert client.put("/v1/waits/w1/end").json()["state"] == "ended"
        assert client.put("/v1/waits/none/end").status_code == 404
        with db.transaction() as tx:
            customers.erase(tx, "E1", "C-1", actor=ACTOR, now=MONDAY)
        later(db, days=2)
        shelved(db, "PAR", mug=9)
        assert told(db) == 0
        assert set(states(db).values()) == {"ended"}
        assert client.get("/v1/waits", params={"state": "ended"}).json()["next"] is None
        kept = client.get("/v1/waits/w3").text
    with db.transaction() as tx:
        rows = tx.execute("select address, customer from wait order by id").fetchall()
    assert [address for address, _ in rows] == [None] * 3
    assert "C-1" not in {customer for _, customer in rows}
    assert "w3@" not in kept


def test_a_text_of_the_night_speaks_of_a_hold_that_begins_in_the_morning(db, monkeypatch):
    monkeypatch.setenv("NORIA_SECRET_SMS", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    with calls(db) as client, postbox.texts() as (url, got):
        ways = senders(load({"NORIA_SMS_URL": url, "NORIA_WEBHOOK_ALLOW_PRIVATE": "true"}))
        for key in ("w1", "w2"):
            asked(
                client, key, email=None, phone=f"+3361234567{key[1]}", shopper=key, hold_minutes=60
            )
        shelved(db, "PAR", mug=2)
        later(db, hours=13)
        assert (jobs.tell(db, ways), jobs.send(db, ways)) == (2, 0), "it is late in Paris"
        assert client.put("/v1/waits/w2/end").json()["delivery"] == "dropped"
        with db.transaction() as tx:
            clock.drive(tx, MONDAY + timedelta(days=1, minutes=-90))
        assert jobs.send(db, ways) == 1
    [(_, body)] = got
    assert "09 h 00" in body.decode(), "an hour from eight in the morning"


def test_without_a_way_of_sending_the_event_tells(db):
    with calls(db) as client:
        asked(client, "w1")
        shelved(db, "PAR", mug=1)
        assert told(db) == 1
        one = client.get("/v1/waits/w1").json()
    assert (one["delivery"], one["node"]) == ("dropped", "PAR")
    with db.transaction() as tx:
        assert tx.execute("select data from event where type = 'wait.told'").fetchone()[0] == {
            "wait": "w1", "sku": "mug", "node": "PAR", "until": "2026-11-24T09:00:00Z",
        }  # fmt: skip


BAD = [
    ({"email": None}, "/email"),
    ({"phone": "+33612345678"}, "/email"),
    ({"store": "SHOP"}, "/store"),
    ({"hold_minutes": 5}, "/shopper"),
    ({"until": "2029-01-01"}, "/until"),
]


@pytest.mark.parametrize(("more", "pointer"), BAD)
def test_what_is_missing_is_pointed_at(db, more, pointer):
    body = {k: v for k, v in (HOME | {"email": "a@example.com"} | more).items() if v is not None}
    with calls(db) as client:
        answer = client.put("/v1/waits/w1", json=body)
    assert answer.status_code == 400
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


def test_two_workers_at_once_tell_one_person_of_one_unit(db):
    with calls(db) as client:
        for key in ("w1", "w2"):
            asked(client, key)
        shelved(db, "PAR", mug=1)
    counts = []
    both = [threading.Thread(target=lambda: counts.append(jobs.tell(db, {}))) for _ in range(4)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(counts) == [0, 0, 0, 1]
    with db.transaction() as tx:
        assert len(views.waits(tx, state=WaitState.TOLD)) == 1


def test_what_is_near_instead_and_what_is_bought_together(db):
    with db.transaction() as tx:
        tx.execute("update sku set category = 'drinking' where code in ('mug', 'cup')")
        world.shelve(tx, "PAR", mug=20, bowl=20)
        for number in range(4):
            world.accept(tx, world.order(f"o{number}", mug=1, bowl=1))
        world.shelve(tx, "SHOP", cup=2, bowl=1)
        assert actions.learn(tx, now=MONDAY) == 2
    with calls(db) as client:
        found = client.get("/v1/suggestions", params={"sku": "mug", "store": "SHOP"}).json()
        assert [(one["sku"], one["places"][0]["units"]) for one in found["instead"]] == [("cup", 2)]
        assert [(one["sku"], one["orders"]) for one in found["together"]] == [("bowl", 4)]
        far = client.get("/v1/suggestions", params={"sku": "mug", "postcode": "75001"}).json()
        assert (far["instead"], far["together"]) == ([], []), "nothing within 50 km of Paris"
        assert client.get("/v1/suggestions", params={"sku": "mug"}).status_code == 400
