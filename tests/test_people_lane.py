"""The lane as the server hands requests to it, beside the framework: the same, word for word."""

import asyncio
import json
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient

import caller
import world
from noria.kit.auth import Permission
from noria.kit.bodies import LARGE_BODY_BYTES
from noria.kit.porch import Tally
from noria.people.gate import Gate, gate_of
from noria.people.lane import Lane

VOLATILE = {"network_as_of", "request_id"}


@pytest.fixture(scope="module")
def house(server, template):
    with caller.database(server, template) as db:
        with db.transaction() as tx:
            world.build(tx)
            world.shelve(tx, "PAR", mug=500, cup=5)
            world.shelve(tx, "LYS", mug=3, bowl=2)
        permissions = [Permission.PROMISE_READ, Permission.RESERVE]
        key = caller.add_key(db, permissions)
        with (
            caller.application(db, caller.CALM) as app,
            TestClient(app, raise_server_exceptions=False) as client,
        ):
            client.headers["Authorization"] = f"Bearer {key}"
            yield House(app, client, key)


class Reply:
    def __init__(self):
        self.told = asyncio.get_running_loop().create_future()
        self.tasks = []

    def answer(self, status, headers, body):
        named = {name.decode(): value.decode() for name, value in headers}
        self.told.set_result((status, named, body))

    def fail(self, error):
        self.told.set_result((500, {}, repr(error).encode()))

    def decline(self):
        self.told.set_result(None)

    def run(self, work):
        self.tasks.append(asyncio.ensure_future(work))


class House:
    def __init__(self, app, client, key):
        self.app, self.client, self.key = app, client, key

    def by_lane(self, path, body, **more):
        """As `kit.threshold` asks it; None where the lane declines."""
        names = {"Authorization": f"Bearer {self.key}", "Content-Length": str(len(body)), **more}
        headers = [(name.lower().encode(), value.encode()) for name, value in names.items()]

        async def asked():
            lane, reply = self.app.state.lane, Reply()
            head = lane.reads(b"POST", path.encode(), headers)
            if head is None:
                return None
            lane.take(head, body, reply)
            return await reply.told

        return self.client.blocking_portal.call(asked)

    def by_framework(self, path, body, **more):
        headers = {"Content-Type": "application/json", **more}
        with mock.patch.object(Lane, "_on", return_value=(None, "")):
            answer = self.client.post(path, content=body, headers=headers)
        return answer.status_code, dict(answer.headers), answer.content


def same(house, path, body, **more):
    """The status that both answer; None where the lane declines."""
    by_lane = house.by_lane(path, body, **more)
    if by_lane is None:
        return None
    assert plain(*by_lane) == plain(*house.by_framework(path, body, **more))
    return by_lane[0]


def plain(status, headers, body):
    """Without what differs by nature, and what the server itself adds to the headers."""
    told = json.loads(body)
    names = ("content-type", "retry-after", "ratelimit", "ratelimit-policy")
    kept = {name: headers[name] for name in names if name in headers}
    return status, kept, {name: one for name, one in told.items() if name not in VOLATILE}


lines = st.lists(
    st.fixed_dictionaries(
        {"sku": st.sampled_from(["mug", "cup", "bowl", "spoon", "poster", ""])},
        optional={"quantity": st.sampled_from([1, 2, 3, 0, 400, "1"])},
    ),
    max_size=3,
)
places = st.sampled_from([
    {"postcode": "75001", "latitude": 48.86, "longitude": 2.34},
    {"postcode": "75001"},
    {"postcode": "69001", "latitude": 45.76, "longitude": 4.83},
    {"postcode": "99999"},
    {"latitude": 95, "longitude": 2.34},
    {"stores": ["SHOP"]},
    {"stores": ["NOWHERE"], "postcode": "75001"},
    {"colour": "red"},
    {},
])  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(lines, places, st.sampled_from(["en", "fr", "fr;q=0.2, en"]))
def test_a_promise_is_the_same_by_the_lane_as_by_the_framework(house, lines, place, language):
    body = json.dumps({"lines": lines, **place}).encode()
    same(house, "/v1/promises", body, **{"Accept-Language": language})


def wish(key, sku="mug", units=1, **more):
    line = {"sku": sku, "node": "PAR", "quantity": units}
    return json.dumps({"id": key, "demand": "cart:1", "lines": [line], **more}).encode()


@pytest.mark.parametrize(
    ("because", "body", "headers", "status"),
    [
        ("it is held, and held again", wish("a"), {}, 200),
        ("more than there is", wish("b", units=9999), {}, 409),
        ("more than there is, in French", wish("b", units=9999), {"Accept-Language": "fr"}, 409),
        ("an unknown SKU", wish("c", sku="spoon"), {}, 422),
        ("it poses as an order", wish("d", demand="order:1"), {}, 400),
        ("a wrong shape", wish("e", colour="red"), {}, None),
        ("no JSON", b"{", {}, None),
        ("nothing", b"", {}, None),
        ("a key twice", b'{"id": "x", "id": "y"}', {}, None),
        ("a large body", wish("f", colour="r" * 70_000), {}, None),
        ("an unknown key", wish("g"), {"Authorization": "Bearer noria_no"}, None),
        ("another scheme", wish("g"), {"Authorization": "Basic eDp5"}, None),
        ("no number as length", wish("g"), {"Content-Length": "+7"}, None),
        ("too long", wish("g"), {"Content-Length": "99999999999"}, None),
        ("an id for all of it", wish("g"), {"Idempotency-Key": "k"}, None),
        ("another type", wish("g"), {"Content-Type": "text/plain"}, None),
        ("it is chunked", wish("g"), {"Transfer-Encoding": "chunked"}, None),
    ],
)  # fmt: skip
def test_a_wish_is_the_same_by_the_lane_as_by_the_framework(house, because, body, headers, status):
    path = "/v1/reservations"
    if status is None:
        assert house.by_lane(path, body, **headers) is None, because
    else:
        assert same(house, path, body, **headers) == status, because


@pytest.mark.parametrize("path", ["/v1/reservations?a=1", "/v1/reservation", "/v1/orders/a%20b",
                                  "/v1/orders/", "/v1/orders/\u00e9"])  # fmt: skip
def test_an_address_of_another_kind_is_not_the_lanes(house, path):
    assert house.by_lane(path, wish("z")) is None


def test_a_header_that_comes_twice_is_for_the_framework(house):
    lane = house.app.state.lane
    head = [(b"authorization", b"Bearer x"), (b"content-length", b"2")]
    assert lane.reads(b"POST", b"/v1/reservations", head) is not None
    assert lane.reads(b"POST", b"/v1/reservations", [*head, head[0]]) is None


def test_a_large_body_is_kept_for_a_key_that_opened_something_alone(house):
    lane, path = house.app.state.lane, b"/v1/reservations"

    def is_taken(key, size):
        head = [(b"authorization", b"Bearer " + key.encode()), (b"content-length", b"%d" % size)]
        return lane.reads(b"POST", path, head) is not None

    house.by_framework("/v1/reservations", b"{")  # so that the key was seen
    sizes = (LARGE_BODY_BYTES - 1, LARGE_BODY_BYTES)
    assert [is_taken(house.key, size) for size in sizes] == [True, True]
    assert [is_taken("noria_no", size) for size in sizes] == [True, False]


def test_who_waits_for_an_answer_that_cannot_be_told_is_told_that(house, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(Tally, "end", broken)
    assert house.by_lane("/v1/reservations", wish("late")) == (500, {}, b"ZeroDivisionError()")


def test_a_key_is_looked_up_once_for_all_who_come_meanwhile(house, monkeypatch):
    looked, look_up = [], Gate._look_up_key
    monkeypatch.setattr(
        Gate, "_look_up_key", lambda self, *given: looked.append(1) or look_up(self, *given)
    )

    async def at_once():
        gate = gate_of(house.app)
        gate._believed.clear()
        key = house.key
        return await asyncio.gather(*[gate.by_key({"state": {}}, key) for _ in range(20)])

    assert len({actor.id for actor in house.client.blocking_portal.call(at_once)}) == 1
    assert len(looked) == 1
