"""The live stream: everything once, in order, over slow listeners and lost connections."""

import asyncio
import threading
from contextlib import aclosing, asynccontextmanager

import msgspec
import psycopg
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.testing import TestClient

from noria.kit import events, events_api, stream
from noria.kit.auth import Actor, Permission
from noria.kit.clock import wall
from noria.kit.errors import Refusal
from noria.kit.events import Event, Wanted
from noria.kit.http import Door, problem
from noria.kit.stream import Hub, Listener

ALL = Wanted()


def write(db, *subjects, kind="order.accepted", node=None):
    given = [Event(type=kind, subject=subject, node=node) for subject in subjects]
    db.run(lambda tx: events.publish(tx, given))


@asynccontextmanager
async def hub_on(db, **more):
    hub = Hub(db, **more)
    task = asyncio.create_task(stream._kept(hub))
    try:
        yield hub
    finally:
        hub.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def parsed(chunk: bytes) -> list[dict]:
    return [
        msgspec.json.decode(line.removeprefix("data: "))
        for line in chunk.decode().splitlines()
        if line.startswith("data: {")
    ]


async def collected(hub, count, *, wanted=ALL, cursor=None, found=None):
    """The subjects of the first `count` events, as a client of the stream sees them."""
    found = [] if found is None else found
    async with aclosing(hub.frames(wanted, cursor)) as frames:
        async with asyncio.timeout(20):
            async for chunk in frames:
                found += parsed(chunk)
                if len(found) >= count:
                    break
    return [event["subject"] for event in found]


async def until(condition, patience_s=10.0):
    async with asyncio.timeout(patience_s):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


def test_live_events_arrive_because_they_ring_and_not_at_the_next_look(db):
    async def story():
        async with hub_on(db, ring_every_s=3600) as hub:
            listener = asyncio.create_task(collected(hub, 2))
            await until(lambda: hub._listeners)
            await asyncio.to_thread(write, db, "1", "2")
            assert await listener == ["1", "2"]

    asyncio.run(story())


def test_what_was_missed_comes_first_and_nothing_twice(db):
    async def story():
        await asyncio.to_thread(write, db, *"abcdef")
        async with hub_on(db) as hub:
            listener = asyncio.create_task(collected(hub, 7, cursor=2))
            await until(lambda: hub._listeners)
            await asyncio.to_thread(write, db, "g", "h", "i")
            assert await listener == list("cdefghi")

    asyncio.run(story())


def test_resuming_under_load_misses_nothing_and_repeats_nothing(db, monkeypatch):
    """A client that is cut off again and again sees every event once, in order."""
    monkeypatch.setattr(stream, "READ_AT_ONCE", 5)
    total, stop = 300, threading.Event()

    def keep_writing():
        for number in range(total):
            write(db, str(number))
        stop.set()

    async def story():
        seen, cursor = [], 0
        writer = threading.Thread(target=keep_writing)
        async with hub_on(db) as hub:
            writer.start()
            while len(seen) < total:
                count = 0
                async with aclosing(hub.frames(Wanted(), cursor)) as frames:
                    async for chunk in frames:
                        for event in parsed(chunk):
                            seen.append(event["subject"])
                            cursor = event["seq"]
                            count += 1
                        if count >= 7 or len(seen) >= total:
                            break
            writer.join()
        assert seen == [str(number) for number in range(total)]

    asyncio.run(asyncio.wait_for(story(), 60))


def test_a_slow_listener_is_let_go_and_holds_nobody_up(db, monkeypatch):
    monkeypatch.setattr(stream, "QUEUED_AT_MOST", 10)

    async def story():
        async with hub_on(db) as hub:
            slow = hub.frames(Wanted(), None)
            first = asyncio.create_task(next_event(slow))
            await until(lambda: hub._listeners)
            await asyncio.to_thread(write, db, "first")
            assert await first == "first"  # from here on it reads nothing
            found = []
            quick = asyncio.create_task(collected(hub, 40, found=found))
            await until(lambda: len(hub._listeners) == 2)
            for number in range(40):
                await asyncio.to_thread(write, db, str(number))
                await until(lambda reached=number: len(found) > reached)
            assert await quick == [str(number) for number in range(40)]
            rest = [chunk async for chunk in slow]
            got = [event["subject"] for chunk in rest for event in parsed(chunk)]
            assert got == [str(number) for number in range(10)], "what waited, then no more"
            assert rest[-1].startswith(b"event: resume")
            await until(lambda: not hub._listeners)

    async def next_event(frames):
        async for chunk in frames:
            if found := parsed(chunk):
                return found[0]["subject"]
        raise AssertionError("the stream ended first")

    asyncio.run(story())


def test_the_listening_connection_comes_back_and_nothing_is_missed(db, server):
    def cut_off():
        with psycopg.connect(server, autocommit=True) as admin:
            return admin.execute(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity"
                " where application_name = 'noria-listen' and datname = %s",
                [psycopg.conninfo.conninfo_to_dict(db.url)["dbname"]],
            ).fetchone()[0]

    async def story():
        async with hub_on(db) as hub:
            listener = asyncio.create_task(collected(hub, 30))
            await until(lambda: hub._listeners)
            cuts = 0
            for number in range(30):
                await asyncio.to_thread(write, db, str(number))
                if number % 10 == 5:
                    cuts += await asyncio.to_thread(cut_off)
            assert await listener == [str(number) for number in range(30)]
            assert cuts >= 1

    asyncio.run(story())


def test_a_heartbeat_when_nothing_happens(db, monkeypatch):
    monkeypatch.setattr(stream, "HEARTBEAT_S", 0.05)

    async def story():
        async with hub_on(db) as hub:
            chunks = [chunk async for chunk in hub.frames(Wanted(), None, stay_s=0.4)]
        assert chunks[0] == b"retry: 2000\n\n"
        assert chunks.count(b": still here\n\n") >= 3
        assert chunks[-1].startswith(b"event: resume"), "it ends with the hint to come back"

    asyncio.run(story())


def test_a_hub_that_is_closed_lets_its_listeners_go(db):
    async def story():
        async with hub_on(db) as hub:
            listener = asyncio.create_task(collected(hub, 1))
            await until(lambda: hub._listeners)
        assert await asyncio.wait_for(listener, 2) == []

    asyncio.run(story())


def test_who_waits_for_a_database_that_is_not_there_gets_signs_of_life(db, monkeypatch):
    async def story():
        hub = Hub(db)  # nobody runs it
        async with aclosing(hub.frames(Wanted(), None)) as frames:
            assert [await anext(frames) for _ in range(2)][1].startswith(b": waiting")

    asyncio.run(story())


def test_only_what_was_asked_for_waits():
    listener = Listener(Wanted(types=["order.*"], nodes=["PAR"]), 0)
    for node, kind in (("PAR", "order.a"), ("LYS", "order.a"), (None, "order.a"), ("PAR", "x.a")):
        listener.offer(events.Happened(seq=1, type=kind, subject="1", node=node, at=wall()))
    assert [event.node for event in asyncio.run(listener.taken(0))] == ["PAR"]


def app(db, nodes=None):
    actor = Actor(id="key:1", name="K", reach={Permission.EVENTS_READ: nodes})

    def door() -> Door:
        return Door(db=db, actor=actor, request_id="r", route="GET /v1/events")

    def answer(_, refusal):
        from litestar import Response

        said = problem(refusal)
        return Response(said, status_code=said.status)

    return Litestar(
        events_api.routes,
        state=State({"db": db}),
        lifespan=[stream.listening],
        dependencies={"door": Provide(door, sync_to_thread=False)},
        exception_handlers={Refusal: answer},
        openapi_config=None,
    )


def test_pages_over_http(db):
    write(db, *"abcde", node="PAR")
    write(db, "f", kind="order.shipped")
    with TestClient(app(db)) as client:
        first = client.get("/events", params={"limit": 4}).json()
        assert [event["subject"] for event in first["items"]] == list("abcd")
        assert (first["next"], first["is_end"]) == (4, False)
        rest = client.get("/events", params={"limit": 4, "after": 4}).json()
        assert [event["subject"] for event in rest["items"]] == ["e", "f"]
        assert (rest["next"], rest["is_end"]) == (6, True)
        shipped = client.get("/events", params={"type": "order.sh*"}).json()
        assert [event["subject"] for event in shipped["items"]] == ["f"]
        assert client.get("/events", params={"subject": "b"}).json()["items"][0]["seq"] == 2
        assert client.get("/events", params={"after": -1}).status_code == 400


def test_who_sees_one_node_sees_its_events_only(db):
    write(db, "here", node="PAR")
    write(db, "there", node="LYS")
    write(db, "everywhere")
    with TestClient(app(db, frozenset({"PAR"}))) as client:
        assert [e["subject"] for e in client.get("/events").json()["items"]] == ["here"]
        live = client.get("/events/stream", params={"seconds": 1, "after": 0}).content
        assert [event["subject"] for event in parsed(live)] == ["here"]


def test_the_stream_over_http_goes_on_after_the_last_id(db):
    write(db, *"abc")
    with TestClient(app(db)) as client:
        answer = client.get(
            "/events/stream", params={"seconds": 1, "after": 0}, headers={"Last-Event-ID": "2"}
        )
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert b"id: 3\nevent: order.accepted\ndata: {" in answer.content
        assert [event["subject"] for event in parsed(answer.content)] == ["c"]


def test_an_id_that_we_never_sent_is_refused(db):
    with TestClient(app(db)) as client:
        for last in ("x", "-1", "1.5", "9" * 30, "٣"):
            headers = {"Last-Event-ID": last.encode("utf-8")}
            assert client.get("/events/stream", headers=headers).status_code == 400, last


def test_who_was_away_too_long_is_told_before_the_stream_begins(db):
    write(db, *"abc")
    with db.transaction() as tx:
        tx.execute("update event set written_at = 'epoch' where seq < 3")
        events.forget_old(tx, now=wall())
    with TestClient(app(db)) as client:
        answer = client.get("/events/stream", headers={"Last-Event-ID": "1"})
        assert (answer.status_code, answer.json()["code"]) == (409, "events-forgotten")
