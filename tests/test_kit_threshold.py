"""The threshold over real sockets, before an application that tells what reached it."""

import asyncio
import json
import socket
import threading
import time
from contextlib import contextmanager, suppress

import pytest
import uvicorn

from noria.kit import metrics, threshold
from noria.kit.threshold import Front

APP, FIRST = "app", "first"
STAYED, BEGUN = [], []


class Taker:
    """Takes POST to /first and below: at once, later, or not after all."""

    def __init__(self):
        self.waiting = []

    def reads(self, method, url, headers):
        is_mine = (
            method == b"POST" and url.startswith(b"/first") and (b"content-length") in dict(headers)
        )
        return url if is_mine else None

    def take(self, head, body, reply):
        if head == b"/first/decline":
            reply.decline()
        elif head == b"/first/decline-later":
            reply.run(self.later(reply.decline))
        elif head == b"/first/broken":
            raise ZeroDivisionError
        elif head == b"/first/broken-later":
            reply.run(self.later(lambda: 1 / 0))
        elif head == b"/first/held":
            self.waiting.append(lambda: reply.answer(200, [], said(FIRST, body)))
        elif head == b"/first/later":
            reply.run(self.later(lambda: reply.answer(200, [], said(FIRST, body))))
        else:
            reply.answer(200, [(b"x-one", b"1")], said(FIRST, body))

    async def later(self, done):
        await asyncio.sleep(0.03)
        done()


def said(by, body, **more):
    return json.dumps({"by": by, "body": body.decode(), **more}).encode()


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        for what in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{what}.complete"})
        return
    BEGUN.append(scope["path"])
    if scope["path"] == "/stays":
        await stays(receive, send)
        return
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    told = said(APP, body, path=scope["path"], method=scope["method"],
                names=sorted(name.decode() for name, _ in scope["headers"]))  # fmt: skip
    head = [(b"content-length", b"%d" % len(told))]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": told})


async def stays(receive, send):
    """A stream that goes on until whoever hears it has left."""
    await receive()
    left = asyncio.ensure_future(receive())
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(400):
        if left.done():
            STAYED.append(left.result()["type"])
            return
        await send({"type": "http.response.body", "body": b".", "more_body": True})
        await asyncio.sleep(0.01)
    left.cancel()
    STAYED.append("never heard")


class House:
    def __init__(self):
        self.taker, self.left = Taker(), []
        config = uvicorn.Config(
            Front(app, self.taker, lambda: self.left.append(1)),
            port=0, loop="uvloop", http=threshold.Threshold, ws="none", lifespan="on",
            interface="asgi3", log_config=None, access_log=False, proxy_headers=False,
            timeout_graceful_shutdown=5,
        )  # fmt: skip
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        until(lambda: self.server.started)
        [listener] = self.server.servers[0].sockets
        self.port = listener.getsockname()[1]

    def end(self):
        self.server.should_exit = True
        self.thread.join(10)
        assert not self.thread.is_alive()

    @contextmanager
    def calling(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
            yield line


def until(is_so):
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.fixture(scope="module")
def house():
    made = House()
    yield made
    made.end()


def post(path, body=b"", *more):
    head = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *more]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def answers(line, count):
    """So many whole answers: status, headers, body."""
    heard, found = b"", []
    while len(found) < count:
        head, end, rest = heard.partition(b"\r\n\r\n")
        if end:
            first, *lines = head.decode().split("\r\n")
            headers = dict(one.lower().split(": ", 1) for one in lines)
            size = int(headers.get("content-length", "0"))
            if len(rest) >= size:
                found.append((int(first[9:12]), headers, rest[:size]))
                heard = rest[size:]
                continue
        data = line.recv(65536)
        assert data, (found, heard)
        heard += data
    assert not heard
    return found


def who(answer):
    told = json.loads(answer[2])
    return told["by"], told["body"]


def is_hung_up(line):
    try:
        return line.recv(65536) == b""
    except ConnectionResetError:
        return True


def test_what_is_taken_is_answered_on_a_connection_that_stays(house):
    with house.calling() as line:
        for body in (b"a", b"", b"b" * 300_000):
            line.sendall(post("/first", body))
            [answer] = answers(line, 1)
            assert who(answer) == (FIRST, body.decode())
        status, headers, _ = answer
        assert status == 200
        assert headers["x-one"] == "1"
        assert headers["x-content-type-options"] == "nosniff"
        assert "date" in headers
        assert "connection" not in headers


def test_answers_of_one_connection_come_in_the_order_of_its_requests(house):
    asked = ["/first/later", "/first", "/x", "/first/decline-later", "/first/later", "/y", "/first"]
    by = [FIRST, APP, APP, APP, APP, APP, APP]
    with house.calling() as line:
        line.sendall(b"".join(post(path, b"%d" % at) for at, path in enumerate(asked)))
        told = [who(answer) for answer in answers(line, len(asked))]
        assert told == [(one, str(at)) for at, one in enumerate(by)]
        line.sendall(post("/first", b"z"))
        assert who(*answers(line, 1)) == (FIRST, "z")


@pytest.mark.parametrize("path", ["/first/decline", "/first/decline-later"])
def test_what_is_declined_reaches_the_application_whole(house, path):
    with house.calling() as line:
        for body in (b"k" * 200_000, b"l"):
            line.sendall(post(path, body, "X-Own: 1"))
            [answer] = answers(line, 1)
            told = json.loads(answer[2])
            assert (told["by"], told["body"], told["path"]) == (APP, body.decode(), path)
            assert told["names"] == ["content-length", "host", "x-own"]


def test_a_request_may_come_byte_by_byte(house):
    with house.calling() as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in post("/first", b"abc"):
            line.sendall(bytes([byte]))
        assert who(*answers(line, 1)) == (FIRST, "abc")


CHUNKED = b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
CHUNKED = b"POST /first HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKED


@pytest.mark.parametrize(
    ("because", "asked", "body"),
    [
        ("it is chunked", CHUNKED, "abcde"),
        ("it is HTTP/1.0", post("/first", b"q").replace(b"/1.1", b"/1.0"), "q"),
    ],
)  # fmt: skip
def test_what_is_unusual_is_for_the_application(house, because, asked, body):
    with house.calling() as line:
        line.sendall(asked)
        assert who(*answers(line, 1)) == (APP, body), because


def test_who_expects_to_be_told_to_go_on_is_told(house):
    with house.calling() as line:
        whole = post("/y", b"abc", "Expect: 100-continue")
        line.sendall(whole[:-3])
        assert line.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(b"abc")
        assert who(*answers(line, 1)) == (APP, "abc")


@pytest.mark.parametrize("path", ["/first", "/first/later", "/y"])
def test_who_wants_to_close_is_answered_and_closed(house, path):
    with house.calling() as line:
        line.sendall(post(path, b"a", "Connection: close"))
        [(_, headers, _)] = answers(line, 1)
        assert headers["connection"] == "close"
        assert is_hung_up(line)


@pytest.mark.parametrize(
    ("because", "asked"),
    [
        ("no HTTP", b"hello\r\n\r\n"),
        ("another version", b"GET / HTTP/3.7\r\n\r\n"),
        ("a bare line feed", b"POST /first HTTP/1.1\nHost: x\n\n"),
        ("two lengths", post("/first", b"abc", "Content-Length: 2")),
        ("a length and chunks", post("/first", b"abc", "Transfer-Encoding: chunked")),
        ("a length that is none", b"POST /first HTTP/1.1\r\nContent-Length: -1\r\n\r\n"),
        ("a space in a name", b"POST /first HTTP/1.1\r\nContent Length: 1\r\n\r\na"),
        ("a space before the colon", b"POST /first HTTP/1.1\r\nContent-Length : 1\r\n\r\na"),
        ("a NUL in a value", b"POST /first HTTP/1.1\r\nHost: x\0y\r\n\r\n"),
        ("a chunk without a size", b"POST /y HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    ],
)
def test_what_is_no_request_is_told_so_and_hung_up(house, because, asked):
    with house.calling() as line:
        line.sendall(asked)
        [(status, headers, body)] = answers(line, 1)
        assert (status, json.loads(body)["code"]) == (400, "malformed-request"), because
        assert headers["content-type"] == "application/problem+json"
        assert is_hung_up(line)


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * threshold.HEAD_BYTES + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * 20_000 + b"\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"a" * 900_000,
    ],
    ids=["address", "headers", "endless"],
)
def test_a_head_may_not_be_too_long(house, head):
    with house.calling() as line:
        line.sendall(head)
        [(status, _, body)] = answers(line, 1)
        assert (status, json.loads(body)["code"]) == (431, "head-too-large")
        assert is_hung_up(line)


def test_who_asks_for_another_protocol_is_answered_in_this_one(house):
    ask = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk")
    with house.calling() as line:
        for path, by in (("/first", FIRST), ("/y", APP)):
            line.sendall(post(path, b"a" * 70_000, *ask) + post(path, b"b"))
            told = [who(one)[1] for one in answers(line, 2)]
            assert told == ["a" * 70_000, "b"]
            line.sendall(post(path, b"c", *ask))
            assert who(*answers(line, 1)) == (by, "c")
        line.sendall(post("/first", b"d", "Connection: upgrade, close", "Upgrade: websocket"))
        [answer] = answers(line, 1)
        assert (who(answer), answer[1]["connection"]) == ((FIRST, "d"), "close")
        assert is_hung_up(line)
    with house.calling() as line:
        line.sendall(b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert answers(line, 1)[0][0] == 400


@pytest.mark.parametrize("path", ["/first/later", "/first/decline-later"])
def test_an_answer_under_way_is_given_before_the_rest_is_refused(house, path):
    with house.calling() as line:
        line.sendall(post(path, b"a") + b"hello\r\n\r\n")
        [(status, _, body)] = answers(line, 1)
        assert (status, json.loads(body)["body"]) == (200, "a")
        assert is_hung_up(line)


def chunked(path, *more):
    head = [f"POST {path} HTTP/1.1", "Host: x", "Transfer-Encoding: chunked", *more]
    return "\r\n".join(head).encode() + b"\r\n\r\n"


def test_what_trails_a_body_is_no_header(house):
    with house.calling() as line:
        line.sendall(chunked("/y") + b"1\r\na\r\n0\r\nAuthorization: Bearer x\r\nX-Own: 1\r\n\r\n")
        [answer] = answers(line, 1)
        assert json.loads(answer[2])["names"] == ["host", "transfer-encoding"]
        line.sendall(post("/first", b"b"))
        assert who(*answers(line, 1)) == (FIRST, "b")


@pytest.mark.parametrize(
    "beside",
    [b"0\r\n" + b"X-A: b\r\n" * 100_000, b"0\r\nX: " + b"a" * 900_000, b"1;" + b"a" * 900_000],
    ids=["trailers", "one trailer", "words of a chunk"],
)
def test_what_comes_beside_a_body_is_bounded(house, beside):
    with house.calling() as line:
        line.sendall(chunked("/y") + b"1\r\na\r\n")
        with suppress(ConnectionError):
            line.sendall(beside)
        [(status, _, body)] = answers(line, 1)
        assert (status, json.loads(body)["code"]) == (431, "head-too-large")


@pytest.mark.parametrize("path", ["/first/later", "/first/decline-later", "/y"])
def test_a_body_that_cannot_be_read_is_refused_in_its_turn(house, path):
    with house.calling() as line:
        line.sendall(post(path, b"a") + post("/x", b"b") + chunked("/y", "X-Request-Id: r7"))
        line.sendall(b"1\r\na\r\nzz\r\n")
        first, second, (status, headers, body) = answers(line, 3)
        assert [first[0], who(first)[1], who(second)] == [200, "a", (APP, "b")]
        told = json.loads(body)
        assert (status, told["code"], told["request_id"]) == (400, "malformed-request", "r7")
        assert headers["x-request-id"] == "r7"
        assert is_hung_up(line)


@pytest.mark.parametrize("path", ["/first/broken", "/first/broken-later"])
def test_what_breaks_is_answered(house, path):
    with house.calling() as line:
        line.sendall(post(path, b"a", "X-Request-Id: r8"))
        [(status, _, body)] = answers(line, 1)
        told = json.loads(body)
        assert (status, told["request_id"]) == (500, "r8")
        line.sendall(post("/first", b"b"))
        assert who(*answers(line, 1)) == (FIRST, "b")


@pytest.mark.parametrize("path", ["/first", "/first/later", "/y"])
def test_nothing_is_done_after_the_last_request(house, path):
    with house.calling() as line:
        line.sendall(post(path, b"a", "Connection: close") + post("/first/held") + post("/late"))
        [(status, headers, _)] = answers(line, 1)
        assert (status, headers["connection"]) == (200, "close")
        assert is_hung_up(line)
        assert not house.taker.waiting
        assert "/late" not in BEGUN


@pytest.mark.parametrize("more", [b"", post("/first"), post("/x") + post("/y")])
def test_a_stream_ends_when_its_caller_leaves_whatever_else_was_asked(house, more):
    STAYED.clear()
    with house.calling() as line:
        line.sendall(post("/stays") + more)
        assert line.recv(1000).startswith(b"HTTP/1.1 200 ")
    until(lambda: STAYED)
    assert STAYED == ["http.disconnect"]


def test_who_leaves_before_the_answer_harms_nobody(house):
    for path in ("/first/later", "/first/decline-later", "/first/held"):
        with house.calling() as line:
            line.sendall(post(path, b"a"))
            if path.endswith("held"):
                until(lambda: house.taker.waiting)
    until(lambda: not house.server.server_state.connections)
    for answer in house.taker.waiting:
        house.server.servers[0].get_loop().call_soon_threadsafe(answer)
    house.taker.waiting.clear()
    with house.calling() as line:
        line.sendall(post("/first", b"b"))
        assert who(*answers(line, 1)) == (FIRST, "b")


def test_who_does_not_read_is_not_answered_without_end(house):
    with house.calling() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.settimeout(0.3)
        sent, asked = 0, post("/first", b"c" * 200_000)
        with suppress(TimeoutError):
            while sent < 400:
                line.sendall(asked)
                sent += 1
        assert sent < 100, "as much as the system buffers, and no more"


def test_connections_that_wait_for_nothing_are_closed_and_others_are_not(monkeypatch):
    monkeypatch.setattr(threshold, "SLOW_S", 0.2)
    monkeypatch.setattr(threshold, "IDLE_S", 0.6)
    monkeypatch.setattr(threshold, "LOOK_S", 0.05)
    house = House()
    with house.calling() as head, house.calling() as body, house.calling() as silent, \
            house.calling() as used, house.calling() as waits:  # fmt: skip
        began = time.monotonic()
        waits.sendall(post("/first/held", b"w"))
        head.sendall(b"POST /first HTTP/1.1\r\nHo")
        body.sendall(post("/first", b"abc")[:-1])
        used.sendall(post("/first", b"u"))
        answers(used, 1)
        slow = threading.Thread(target=trickle, args=(head,), daemon=True)
        slow.start()
        assert is_hung_up(body)
        assert is_hung_up(head), "also if a byte comes now and then"
        assert time.monotonic() - began < 6
        assert is_hung_up(used)
        assert is_hung_up(silent)
        assert time.monotonic() - began > 0.6
        [answer] = house.taker.waiting
        house.taker.waiting.clear()
        house.server.servers[0].get_loop().call_soon_threadsafe(answer)
        assert who(*answers(waits, 1)) == (FIRST, "w"), "we are the ones it waits for"
    house.end()


def test_what_is_never_answered_or_comes_too_slowly_is_cut_and_counted(monkeypatch):
    for name, value in (("SLOW_S", 0.3), ("LOOK_S", 0.05), ("UNANSWERED_S", 0.4)):
        monkeypatch.setattr(threshold, name, value)
    house = House()
    cut = [
        metrics.hung_up.labels(why)._value for why in ("slow", "unanswered", "malformed-request")
    ]
    before = [one.get() for one in cut]
    with house.calling() as held, house.calling() as slow, house.calling() as steady:
        held.sendall(post("/first/held", b"w"))
        slow.sendall(post("/first", b"a" * 5000)[:-4000])
        threading.Thread(target=trickle, args=(slow,), daemon=True).start()
        steady.sendall(post("/first", b"a" * 30_000)[:-30_000])
        for _ in range(10):
            steady.sendall(b"a" * 3_000)
            time.sleep(0.06)
        assert who(*answers(steady, 1))[0] == FIRST
        assert is_hung_up(held)
        assert is_hung_up(slow)
        steady.sendall(b"hello\r\n\r\n")
        answers(steady, 1)
    house.taker.waiting.clear()
    assert [one.get() - old for one, old in zip(cut, before, strict=True)] == [1, 1, 1]
    house.end()


def trickle(line):
    try:
        for _ in range(100):
            line.sendall(b"s")
            time.sleep(0.05)
    except OSError:
        pass


def test_a_server_that_ends_answers_what_is_under_way():
    house = House()
    with house.calling() as waits, house.calling() as app_waits, house.calling() as idle:
        waits.sendall(post("/first/held", b"w"))
        app_waits.sendall(post("/y", b"wxyz")[:-2])
        until(lambda: house.taker.waiting)
        house.server.should_exit = True
        assert is_hung_up(idle)
        assert house.left
        [answer] = house.taker.waiting
        house.server.servers[0].get_loop().call_soon_threadsafe(answer)
        app_waits.sendall(b"yz")
        for line, told in ((waits, (FIRST, "w")), (app_waits, (APP, "wxyz"))):
            [one] = answers(line, 1)
            assert who(one) == told
            assert one[1]["connection"] == "close"
            assert is_hung_up(line)
        house.end()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", house.port), timeout=1)
