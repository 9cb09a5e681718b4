"""The way out: whatever is asked for, nothing inside is ever connected to."""

import asyncio
import contextlib
import ipaddress
import socket
import ssl
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noria.kit import egress
from noria.kit.egress import Rules, TargetRefused, Unreachable, is_global, post, read

OPEN = Rules(is_open=True, timeout_s=5)


class Server:
    """A small HTTP server on loopback that counts who connects, and answers with given bytes."""

    def __init__(self, answer=b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", wait_s=0.0):
        self.answer, self.wait_s = answer, wait_s
        self.connections, self.requests = 0, []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._speak, args=[client], daemon=True).start()

    def _speak(self, client):
        with client, contextlib.suppress(OSError):
            received = b""
            while b"\r\n\r\n" not in received:
                received += client.recv(65536)
            head, _, body = received.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            while len(body) < length:
                body += client.recv(65536)
            self.requests.append((head.decode(), body))
            for byte in [self.answer] if not self.wait_s else [bytes([b]) for b in self.answer]:
                client.sendall(byte)
                time.sleep(self.wait_s)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


def standing_for(*numbers):
    answers = list(numbers)

    async def resolve(host, port):
        return answers.pop(0) if isinstance(answers[0], list) else answers

    return resolve


def send(url, rules=OPEN, body=b"{}", **more):
    return asyncio.run(post(url, body, {"Content-Type": "application/json"}, rules, **more))


HOSTILE = [
    # our own machine, in every notation that some parser or resolver accepts
    "https://127.0.0.1:{port}/", "https://127.1:{port}/", "https://127.0.1:{port}/",
    "https://2130706433:{port}/", "https://0x7f000001:{port}/", "https://0x7f.0.0.1:{port}/",
    "https://0x7f.1:{port}/", "https://0177.0.0.1:{port}/", "https://017700000001:{port}/",
    "https://127.0.0.1.:{port}/", "https://127.000.000.001:{port}/", "https://0:{port}/",
    "https://0.0.0.0:{port}/", "https://127.255.255.254:{port}/", "https://localhost:{port}/",
    "https://LOCALHOST:{port}/", "https://localhost.:{port}/",
    "https://127.0.0.0x1:{port}/", "https://00000177.1:{port}/", "https://0x:{port}/",
    # IPv6, plain and in disguise
    "https://[::1]:{port}/", "https://[::]:{port}/", "https://[0:0:0:0:0:0:0:1]:{port}/",
    "https://[::ffff:127.0.0.1]:{port}/", "https://[::ffff:7f00:1]:{port}/",
    "https://[::127.0.0.1]:{port}/", "https://[64:ff9b::127.0.0.1]:{port}/",
    "https://[64:ff9b:1::7f00:1]:{port}/", "https://[2002:7f00:1::]:{port}/",
    "https://[2002:a9fe:a9fe::1]:{port}/", "https://[2001::7f00:1]:{port}/",
    "https://[fe80::1]:{port}/", "https://[fe80::1%25lo]:{port}/", "https://[fec0::1]:{port}/",
    "https://[fc00::1]:{port}/", "https://[fd00:ec2::254]:{port}/", "https://[ff02::1]:{port}/",
    "https://[::ffff:0:127.0.0.1]:{port}/", "https://[100::1]:{port}/", "https://[5f00::1]:{port}/",
    "https://[2001:db8::1]:{port}/", "https://[2606:4700::1111%25lo]:{port}/",
    # our own network and our neighbours'
    "https://10.0.0.1:{port}/", "https://172.16.0.1:{port}/", "https://172.31.255.255:{port}/",
    "https://192.168.1.1:{port}/", "https://100.64.0.1:{port}/", "https://198.18.0.1:{port}/",
    "https://224.0.0.1:{port}/", "https://240.0.0.1:{port}/", "https://255.255.255.255:{port}/",
    "https://192.0.2.1:{port}/", "https://192.88.99.1:{port}/",
    # what clouds tell about the machine
    "https://169.254.169.254:{port}/latest/meta-data/", "https://2852039166:{port}/",
    "https://0xa9fea9fe:{port}/", "https://169.254.43518:{port}/", "https://0251.0376.0251.0376:{port}/",
    "https://100.100.100.200:{port}/", "https://168.63.129.16:{port}/", "https://192.0.0.192:{port}/",
    # two parsers, two hosts
    "https://user@127.0.0.1:{port}/", "https://example.org@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}@example.org/", "https://:@127.0.0.1:{port}/", "https://@127.0.0.1:{port}/",
    "https://example.org\\@127.0.0.1:{port}/", "https://127.0.0.1:{port}\\.example.org/",
    "https://example.org:443:{port}/", "https://exam\tple.org:{port}/", "https://127.0.0.1\n:{port}/",
    " https://127.0.0.1:{port}/", "https://127.0.0.1 .example.org:{port}/", "https:///127.0.0.1:{port}/",
    "https:127.0.0.1:{port}/", "https://[127.0.0.1]:{port}/", "https://[::1:{port}/", "https://::1:{port}/",
    "https://%31%32%37.0.0.1:{port}/", "https://127%2e0%2e0%2e1:{port}/", "https://example.org%00:{port}/",
    # letters that are numbers after all
    "https://①②⑦.⓪.⓪.①:{port}/", "https://１２７.０.０.１:{port}/", "https://127。0。0。1:{port}/",  # noqa: RUF001 - meant
    "https://ⓛocalhost:{port}/", "https://exämple.org:{port}/",
    # other doors of the machine
    "http://127.0.0.1:{port}/", "http://example.org/", "ftp://127.0.0.1:{port}/", "gopher://127.0.0.1:{port}/_x",
    "file:///etc/passwd", "dict://127.0.0.1:{port}/", "unix:///var/run/docker.sock", "//127.0.0.1:{port}/",
    "127.0.0.1:{port}", "", "https://", "https://:{port}/", "javascript:alert(1)", "data:,x",
    "https://example.org:22/", "https://example.org:25/", "https://example.org:5432/", "https://example.org:0/",
    "https://example.org:99999/", "https://example.org:-1/", "https://example.org:4４3/",  # noqa: RUF001 - meant
    # no full name: a search domain would complete it
    "https://intranet:{port}/", "https://db:{port}/", "https://-x.org:{port}/", "https://x..org:{port}/",
    "https://" + "a" * 64 + ".org:{port}/", "https://example.org/" + "a" * 3000,
]  # fmt: skip


def test_hostile_addresses_connect_to_nothing():
    refused = []
    with Server() as inside:
        rules = Rules(ports=frozenset({443, inside.port}))
        for template in HOSTILE:
            url = template.replace("{port}", str(inside.port))
            with pytest.raises(TargetRefused) as refusal:
                send(url, rules)
            refused.append(refusal.value)
        time.sleep(0.05)
        assert inside.connections == 0
    assert len(refused) >= 60
    assert all(refusal.sentence("fr") for refusal in refused)


NAMES = [
    ("loopback", ["127.0.0.1"]), ("loopback v6", ["::1"]), ("metadata", ["169.254.169.254"]),
    ("private", ["10.1.2.3"]), ("v4 in v6", ["::ffff:127.0.0.1"]), ("NAT64", ["64:ff9b::7f00:1"]),
    ("6to4", ["2002:7f00:1::1"]), ("link-local", ["fe80::1%lo"]), ("any", ["0.0.0.0"]),
    ("a good one first", ["93.184.215.14", "127.0.0.1"]), ("a bad one first", ["127.0.0.1", "93.184.215.14"]),
]  # fmt: skip


@pytest.mark.parametrize(("because", "numbers"), NAMES)
def test_a_name_that_stands_for_something_inside(because, numbers):
    with Server() as inside:
        rules = Rules(ports=frozenset({inside.port}))
        with pytest.raises(TargetRefused):
            send(f"https://hook.example.org:{inside.port}/", rules, resolve=standing_for(*numbers))
        time.sleep(0.02)
        assert inside.connections == 0, because


def test_a_name_that_changes_its_mind_is_connected_to_as_it_was_judged(monkeypatch):
    """DNS rebinding: the second answer is ours, but nobody asks a second time."""
    dialled = []

    async def dial(_, host, port, *rest):
        dialled.append(host)
        raise egress.httpcore2.ConnectError("nobody there")

    monkeypatch.setattr(egress.httpcore2.AnyIOBackend, "connect_tcp", dial)
    with pytest.raises(Unreachable):
        send(
            "https://hook.example.org/", Rules(),
            resolve=standing_for(["93.184.215.14"], ["127.0.0.1"]),
        )  # fmt: skip
    assert dialled == ["93.184.215.14"]


def test_the_certificate_is_asked_for_by_name():
    """The connection goes to a number; the name is still what the other side must prove."""
    with Server(b"") as inside:
        with pytest.raises(Unreachable):
            send(
                f"https://hook.example.org:{inside.port}/",
                Rules(is_open=True, timeout_s=0.5),
                resolve=standing_for("127.0.0.1"),
            )
        assert inside.connections == 1
    assert egress._trust().check_hostname
    assert egress._trust().verify_mode is ssl.CERT_REQUIRED


def test_the_first_number_that_answers_is_used():
    with Server() as server:
        answer = send(
            f"http://hook.example.org:{server.port}/in?x=1",
            resolve=standing_for("127.0.0.2", "127.0.0.1"),
        )
        assert (answer.status, answer.body) == (200, "ok")
        head, body = server.requests[0]
        assert head.startswith("POST /in?x=1 HTTP/1.1\r\n")
        assert f"Host: hook.example.org:{server.port}" in head
        assert body == b"{}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_not_followed(status):
    with Server() as inside:
        moved = f"HTTP/1.1 {status} X\r\nLocation: http://127.0.0.1:{inside.port}/\r\nContent-Length: 0\r\n\r\n"
        with Server(moved.encode()) as outside:
            assert send(f"http://127.0.0.1:{outside.port}/").status == status
        time.sleep(0.02)
        assert inside.connections == 0


def test_no_proxy_of_the_environment_is_asked(monkeypatch):
    with Server() as proxy, Server() as server:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert send(f"http://127.0.0.1:{server.port}/").status == 200
        assert proxy.connections == 0


def test_whoever_drips_is_cut_off():
    """Each byte comes in time, and the whole would take a minute."""
    with Server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" * 9, wait_s=0.1) as slow:
        begun = time.monotonic()
        with pytest.raises(Unreachable, match=r"no answer within 0\.5 s"):
            send(f"http://127.0.0.1:{slow.port}/", Rules(is_open=True, timeout_s=0.5))
        assert time.monotonic() - begun < 10


def test_a_name_server_that_is_silent_is_cut_off():
    async def silent(host, port):
        await asyncio.sleep(60)

    with pytest.raises(Unreachable, match="no answer within"):
        send("https://hook.example.org/", Rules(timeout_s=0.1), resolve=silent)


@pytest.mark.parametrize(
    ("because", "answer", "kept"),
    [
        ("long", b"HTTP/1.1 500 X\r\n\r\n" + b"a" * 10_000_000, "a" * 2000),
        ("not text", b"HTTP/1.1 500 X\r\nContent-Length: 3\r\n\r\n\xffa\x00", "\ufffda\ufffd"),
    ],
)  # fmt: skip
def test_an_answer_is_kept_as_text_that_a_table_takes(because, answer, kept):
    with Server(answer) as server:
        assert send(f"http://127.0.0.1:{server.port}/").body == kept, because


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x00" * 100]
)
def test_no_http_is_no_answer(answer):
    with Server(answer) as server, pytest.raises(Unreachable):
        send(f"http://127.0.0.1:{server.port}/")


def test_nobody_listens():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable, match="connect"):
            send(f"http://127.0.0.1:{bound.getsockname()[1]}/")


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://hooks.example.org", "hooks.example.org", 443, "/"),
        ("https://Hooks.Example.ORG:8443/a/b?c=d&e=%20#f", "hooks.example.org", 8443, "/a/b?c=d&e=%20"),
        ("https://xn--exmple-cua.org/", "xn--exmple-cua.org", 443, "/"),
        ("https://8.8.8.8/", "8.8.8.8", 443, "/"),
        ("https://[2606:4700:4700::1111]:443/", "2606:4700:4700::1111", 443, "/"),
    ],
)  # fmt: skip
def test_good_addresses(url, host, port, path):
    target = read(url, Rules())
    assert (target.host, target.port, target.path) == (host, port, path)


@given(st.ip_addresses())
def test_what_we_call_global_is_global(address):
    if is_global(address):
        assert address.is_global
        assert not address.is_multicast
    if isinstance(address, ipaddress.IPv6Address) and (address.ipv4_mapped or address.sixtofour):
        assert not is_global(address)


@given(st.text(max_size=40))
def test_no_text_is_too_odd_to_be_refused(text):
    for url in (text, f"https://{text}", f"https://{text}/", f"https://example.org{text}"):
        with contextlib.suppress(TargetRefused):
            read(url, Rules())
