"""Deliveries: each at least once, in order of its subject, over crashes, for 75 hours."""

import asyncio
import json
import socket
import threading
from collections import defaultdict
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest
from standardwebhooks import Webhook as Checker

from noria.kit import egress, events
from noria.kit.clock import wall
from noria.kit.errors import NotFound
from noria.kit.event import Event
from noria.webhooks import actions, jobs, store, views
from noria.webhooks.model import DeliveryStatus, NotDead, Outcome, WebhookWish

OPEN = egress.Rules(is_open=True, timeout_s=5)
OK, BAD, GONE = Outcome(status=200), Outcome(status=500, answer="oh"), Outcome(status=410)


def wish(**more):
    return WebhookWish(**{"url": "https://hooks.example.org/", "event_types": ("*",)} | more)


def endpoint(db, webhook_id="wms", **more):
    return db.run(
        lambda tx: actions.save(
            tx, webhook_id, wish(**more), reach=OPEN, actor="person:1", now=wall()
        )
    )


def happen(db, *subjects, kind="order.accepted"):
    db.run(lambda tx: events.publish(tx, [Event(type=kind, subject=s) for s in subjects]))


def fan_out(db):
    while db.run(actions.fan_out):
        pass


def claim(db, now=None, limit=100):
    return db.run(lambda tx: actions.claim(tx, now=now or wall(), limit=limit))


def settle(db, parcel, outcome, now=None):
    db.run(lambda tx: actions.settle(tx, parcel, outcome, now=now or wall()))


def deliveries(db, webhook_id="wms", **more):
    return db.run(lambda tx: views.deliveries(tx, webhook_id, **more))


def said(db, type_):
    found = db.run(lambda tx: events.after(tx, 0)).events
    return [event.subject for event in found if event.type == type_]


def subjects(parcels):
    return [(parcel.event.subject, parcel.event.seq) for parcel in parcels]


def test_events_become_deliveries_once_for_each_endpoint_that_wants_them(db):
    happen(db, "before")
    endpoint(db, "wms")
    endpoint(db, "erp", event_types=("stock.*",))
    endpoint(db, "off", is_active=False)
    happen(db, "1", "2")
    happen(db, "sku", kind="stock.level.changed")
    for _ in range(3):
        fan_out(db)
    assert [delivery.subject for delivery in deliveries(db, "wms")] == ["sku", "2", "1"]
    assert [delivery.subject for delivery in deliveries(db, "erp")] == ["sku"]
    assert deliveries(db, "off") == []
    assert db.run(views.backlog) == 0


def test_two_dispatchers_do_not_line_an_event_up_twice(db):
    endpoint(db)
    happen(db, *map(str, range(20)))
    with db.transaction() as first:
        assert actions.fan_out(first) is False
        with db.transaction() as second:
            assert actions.fan_out(second) is False, "the other one is at it"
    assert len(deliveries(db)) == 20


def test_a_later_event_of_a_subject_waits_for_the_earlier_one(db):
    endpoint(db)
    happen(db, "A", "B", "A", "A")
    fan_out(db)
    first = claim(db)
    assert subjects(first) == [("A", 1), ("B", 2)]
    assert claim(db) == [], "what is claimed is claimed"
    settle(db, first[0], BAD)
    settle(db, first[1], OK)
    assert claim(db) == [], "the failed one waits, and A's others behind it"
    soon = wall() + timedelta(seconds=10)
    again = claim(db, soon)
    assert subjects(again) == [("A", 1)]
    assert again[0].id == first[0].id, "the same webhook-id"
    settle(db, again[0], OK, soon)
    assert subjects(claim(db, soon)) == [("A", 3)]


def test_events_that_come_meanwhile_line_up_behind(db):
    endpoint(db)
    for number in range(3):
        happen(db, "A")
        fan_out(db)
        if number == 0:
            (first,) = claim(db)
    assert claim(db) == []
    settle(db, first, OK)
    assert subjects(claim(db)) == [("A", 2)]


def test_lining_up_and_settling_at_the_same_time_leaves_nobody_behind(db):
    """Without its lock, an event that lines up just as its subject's last one ends waits for ever."""
    endpoint(db)
    total, got, stop = 120, [], threading.Event()

    def keep_sending():
        while not stop.is_set() or claimable():
            for parcel in claim(db):
                settle(db, parcel, OK)
                got.append(parcel.event.seq)

    def claimable():
        return any(delivery.status is DeliveryStatus.WAITING for delivery in deliveries(db))

    sender = threading.Thread(target=keep_sending)
    sender.start()
    for number in range(total):
        happen(db, "AB"[number % 2])
        fan_out(db)
    stop.set()
    sender.join(30)
    assert not sender.is_alive(), "somebody was left behind"
    assert sorted(got) == list(range(1, total + 1))
    assert [seq for seq in got if seq % 2] == sorted(seq for seq in got if seq % 2)


def test_the_whole_schedule_in_fake_time(db):
    """Ten attempts over about 75 hours, then dead; a replay has them all again."""
    endpoint(db)
    happen(db, "A", "A")
    fan_out(db)
    now = begun = wall()
    ids, attempts = set(), 0
    while deliveries(db, status=DeliveryStatus.DEAD) == []:
        for parcel in claim(db, now):
            assert parcel.event.seq == 1
            ids.add(parcel.id)
            attempts += 1
            settle(db, parcel, BAD, now)
        now = deliveries(db)[-1].next_at
    assert (attempts, len(ids)) == (10, 1)
    assert timedelta(hours=66) < now - begun < timedelta(hours=84)
    (dead,) = deliveries(db, status=DeliveryStatus.DEAD)
    assert (dead.attempts, dead.last_status, dead.last_answer) == (10, 500, "oh")
    (second,) = claim(db, now)
    assert second.event.seq == 2, "the next of the subject goes on"
    settle(db, second, OK, now)
    again = db.run(lambda tx: actions.replay(tx, "wms", dead.id, now=now))
    assert (again.status, again.attempts, again.id) == (DeliveryStatus.WAITING, 0, dead.id)
    (replayed,) = claim(db, now)
    settle(db, replayed, OK, now)
    assert {delivery.status for delivery in deliveries(db)} == {DeliveryStatus.DELIVERED}


def test_an_endpoint_that_only_fails_is_reported_once_and_still_tried(db):
    endpoint(db)
    happen(db, "A")
    fan_out(db)
    now = wall()
    for hours in (0, 0.5, 1.1, 3, 6):
        (parcel,) = claim(db, now + timedelta(hours=hours, minutes=40))
        settle(db, parcel, BAD, now + timedelta(hours=hours))
    assert said(db, "webhook.failing") == ["wms"]
    assert [entry[0] for entry in db.run(views.failing)] == ["wms"]
    assert db.run(lambda tx: views.health(tx, "wms")).failures == 5
    fan_out(db)
    assert all(delivery.type != "webhook.failing" for delivery in deliveries(db))
    (parcel,) = claim(db, now + timedelta(hours=90))
    settle(db, parcel, OK)
    assert said(db, "webhook.recovered") == ["wms"]
    assert db.run(views.failing) == []
    health = db.run(lambda tx: views.health(tx, "wms"))
    assert (health.failures, health.failing_since) == (0, None)
    assert health.succeeded_at is not None


def test_410_switches_the_endpoint_off_and_keeps_what_waits(db):
    endpoint(db)
    happen(db, "A", "A")
    fan_out(db)
    (parcel,) = claim(db)
    settle(db, parcel, GONE)
    webhook = db.run(lambda tx: views.webhook(tx, "wms"))
    assert (webhook.is_active, webhook.stop_reason, webhook.version) == (False, "gone", 2)
    assert said(db, "webhook.stopped") == ["wms"]
    assert claim(db, wall() + timedelta(days=9)) == []
    endpoint(db, "wms")
    assert db.run(lambda tx: views.webhook(tx, "wms")).stop_reason == ""
    assert subjects(claim(db)) == [("A", 2)]


def test_what_a_killed_sender_had_claimed_is_free_again(db):
    endpoint(db)
    happen(db, "A")
    fan_out(db)
    (killed,) = claim(db)
    assert claim(db, wall() + timedelta(seconds=50)) == []
    later = wall() + timedelta(seconds=70)
    (second,) = claim(db, later)
    assert (second.id, second.attempts) == (killed.id, 0)
    settle(db, killed, BAD, later)  # it was not dead after all, only slow
    assert deliveries(db)[0].attempts == 0, "its claim had ended, so its word no longer counts"
    settle(db, second, OK, later)
    assert deliveries(db)[0].status is DeliveryStatus.DELIVERED


def test_two_senders_never_claim_the_same(db):
    endpoint(db)
    happen(db, *map(str, range(40)))
    fan_out(db)
    taken = []

    def take():
        for _ in range(30):
            taken.extend(claim(db, limit=2))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [parcel.id for parcel in taken]
    assert len(ids) == len(set(ids))
    assert len(ids) >= actions.LANES


def test_an_endpoint_that_fails_gets_one_lane(db):
    endpoint(db, "sick")
    endpoint(db, "well")
    happen(db, *map(str, range(20)))
    fan_out(db)
    parcels = claim(db)
    assert sorted(parcel.webhook for parcel in parcels) == ["sick"] * 4 + ["well"] * 4
    for parcel in parcels:
        settle(db, parcel, OK if parcel.webhook == "well" else BAD)
    parcels = claim(db)
    for parcel in parcels:
        settle(db, parcel, OK if parcel.webhook == "well" else BAD)
    assert [parcel.webhook for parcel in parcels].count("well") == 4
    assert sorted(parcel.webhook for parcel in claim(db)) == ["sick"] + ["well"] * 4


def test_all_dead_ones_are_replayed_in_order(db):
    endpoint(db)
    happen(db, "A", "A", "B")
    fan_out(db)
    with db.transaction() as tx:
        tx.execute("update webhook_delivery set status = 'dead', is_first = false")
    happen(db, "A")
    fan_out(db)
    (newest,) = claim(db)
    assert newest.event.seq == 4
    assert db.run(lambda tx: actions.replay_dead(tx, "wms", now=wall())) == 3
    assert subjects(claim(db)) == [("B", 3)], "A's others wait for the one under way"
    settle(db, newest, OK)
    for seq in (1, 2):
        (parcel,) = claim(db)
        assert parcel.event.seq == seq
        settle(db, parcel, OK)


def test_what_waits_or_is_not_there_cannot_be_replayed(db):
    endpoint(db)
    happen(db, "A")
    fan_out(db)
    with pytest.raises(NotDead):
        db.run(lambda tx: actions.replay(tx, "wms", deliveries(db)[0].id, now=wall()))
    with pytest.raises(NotFound):
        db.run(lambda tx: actions.replay(tx, "wms", "msg_none", now=wall()))
    with pytest.raises(NotFound):
        db.run(lambda tx: actions.replay_dead(tx, "none", now=wall()))


def test_an_endpoint_removed_while_it_is_being_told(db):
    endpoint(db)
    happen(db, "A")
    fan_out(db)
    (parcel,) = claim(db)
    db.run(lambda tx: actions.remove(tx, "wms", actor="person:1"))
    settle(db, parcel, BAD)
    assert deliveries(db) == []


def test_old_deliveries_that_went_well_are_forgotten(db):
    endpoint(db)
    happen(db, "A", "B")
    fan_out(db)
    well, bad = claim(db)
    settle(db, well, OK)
    settle(db, bad, BAD)
    later = wall() + timedelta(days=31)
    assert db.run(lambda tx: actions.forget_old(tx, now=wall())) == 0
    assert db.run(lambda tx: actions.forget_old(tx, now=later)) == 1
    assert [delivery.subject for delivery in deliveries(db)] == ["B"]


def test_who_was_away_for_longer_than_events_are_kept_goes_on_with_what_is_left(db):
    endpoint(db)
    happen(db, "A", "B", "C")
    with db.transaction() as tx:
        tx.execute("update event set written_at = 'epoch' where subject <> 'C'")
        events.forget_old(tx, now=wall())
    fan_out(db)
    assert [delivery.subject for delivery in deliveries(db)] == ["C"]


def test_secrets_two_at_most_and_the_old_one_ends(db):
    first = endpoint(db).secret
    now = wall()

    def signing(at):
        return db.run(lambda tx: store.secrets(tx, ["wms"], now=at)).get("wms")

    def rotate(hours):
        return db.run(
            lambda tx: actions.rotate(tx, "wms", timedelta(hours=hours), actor="p", now=now)
        )

    second = rotate(24)
    assert signing(now) == [second.secret, first]
    assert signing(now + timedelta(hours=25)) == [second.secret]
    third = rotate(24)
    assert signing(now) == [third.secret, second.secret], "two at most"
    fourth = rotate(0)
    assert signing(now) == [fourth.secret]
    assert fourth.previous_ends_at is None
    assert len({first, second.secret, third.secret, fourth.secret}) == 4
    assert endpoint(db).secret is None, "shown once"


class Endpoint:
    """A partner's server on loopback: notes what it got, answers as it is told to."""

    def __init__(self):
        self.got, self.answers = [], defaultdict(lambda: 200)

    async def handle(self, reader, writer):
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            lines = head.split("\r\n")
            headers = {
                name.lower(): value
                for name, _, value in (line.partition(": ") for line in lines[1:] if line)
            }
            body = await reader.readexactly(int(headers["content-length"]))
            status = self.answers[json.loads(body)["subject"]]
            if callable(status):
                status = status()
            self.got.append((headers, body, status))
            writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 4\r\n\r\nseen".encode())
            await writer.drain()
        writer.close()


@asynccontextmanager
async def partner():
    there = Endpoint()
    server = await asyncio.start_server(there.handle, "127.0.0.1", 0, family=socket.AF_INET)
    there.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    async with server:
        yield there


@asynccontextmanager
async def dispatching(db, reach=OPEN):
    dispatcher = jobs.Dispatcher(db, source="https://noria.example.org", reach=reach)
    task = asyncio.create_task(dispatcher.run())
    try:
        yield dispatcher
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition, patience_s=20.0):
    async with asyncio.timeout(patience_s):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.02)


def test_from_the_event_to_the_partner_and_back(db):
    async def story():
        async with partner() as there:
            secret = endpoint(db, url=there.url).secret
            async with dispatching(db):
                await asyncio.to_thread(happen, db, *[f"S{number % 7}" for number in range(60)])
                await until(lambda: len(there.got) == 60)
                await until(
                    lambda: {d.status for d in deliveries(db)} == {DeliveryStatus.DELIVERED}
                )
            for headers, body, _ in there.got:
                told = Checker(secret).verify(body, headers)
                assert told["source"] == "https://noria.example.org"
                assert headers["content-type"].startswith("application/cloudevents+json")
            by_subject = defaultdict(list)
            for _, body, _ in there.got:
                told = json.loads(body)
                by_subject[told["subject"]].append(int(told["id"]))
            assert all(seqs == sorted(seqs) for seqs in by_subject.values())
            assert deliveries(db)[0].last_answer == "seen"

    asyncio.run(story())


def test_one_endpoint_that_hangs_holds_no_other_up(db):
    async def hang(reader, writer):
        await asyncio.sleep(60)

    async def story():
        silent = await asyncio.start_server(hang, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}/"
        async with partner() as there:
            endpoint(db, "silent", url=url)
            endpoint(db, "well", url=there.url)
            reach = egress.Rules(is_open=True, timeout_s=1)
            async with dispatching(db, reach):
                await asyncio.to_thread(happen, db, *map(str, range(30)))
                await until(lambda: len(there.got) == 30)
                await until(lambda: any(d.last_error for d in deliveries(db, "silent")))
        assert "no answer within 1 s" in {d.last_error for d in deliveries(db, "silent")}
        silent.close()

    asyncio.run(story())


def test_a_target_inside_our_network_is_never_reached(db):
    async def story():
        async with partner() as there:
            endpoint(db, url=there.url)
            async with dispatching(db, egress.Rules()):
                await asyncio.to_thread(happen, db, "A")
                await until(lambda: deliveries(db) and deliveries(db)[0].attempts == 1)
            assert there.got == []
        assert "We do not call" in deliveries(db)[0].last_error

    asyncio.run(story())


def test_a_bug_of_ours_counts_as_an_attempt_too(db, monkeypatch):
    async def broken(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr(actions, "send", broken)

    async def story():
        endpoint(db)
        async with dispatching(db):
            await asyncio.to_thread(happen, db, "A")
            await until(lambda: deliveries(db) and deliveries(db)[0].attempts == 1)
        assert deliveries(db)[0].last_error == "internal error: ZeroDivisionError"

    asyncio.run(story())


def test_without_a_secret_nothing_is_sent(db):
    async def story():
        async with partner() as there:
            endpoint(db, url=there.url)
            with db.transaction() as tx:
                tx.execute("delete from webhook_secret")
            happen(db, "A")
            fan_out(db)
            (parcel,) = claim(db)
            outcome = await actions.send(parcel, source="x", reach=OPEN, now=wall())
            assert "no secret" in outcome.error
            assert there.got == []

    asyncio.run(story())
