"""Feeds that are fetched: from out in the world only, with secrets that stay where they are."""

import asyncio
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from noria.connectors.feeds import pulls
from noria.kit.config import SecretMissing, load, secret
from noria.kit.egress import Rules, TargetRefused
from noria.partners.feed_model import Pull
from world import MONDAY

SECRET = "s3cret-of-epinal"


class Partner(BaseHTTPRequestHandler):
    def do_GET(self):
        is_known = self.headers.get("Authorization") == f"Bearer {SECRET}"
        body = b"sku,quantity\nmug,4\n" if is_known else b"who are you?"
        self.send_response(200 if is_known else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def url():
    with HTTPServer(("127.0.0.1", 0), Partner) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/stock.csv"
        server.shutdown()


def fetch(url, token, *, is_open=True):
    return asyncio.run(pulls.fetch(Pull(url=url), token, Rules(is_open=is_open, timeout_s=5)))


def test_a_feed_is_fetched_with_its_secret(url):
    assert fetch(url, SECRET) == b"sku,quantity\nmug,4\n"


def test_what_fails_is_told_without_the_secret(url):
    with pytest.raises(pulls.PullFailed) as refused:
        fetch(url, SECRET + "x")
    assert "401" in str(refused.value)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    "inner", ["https://127.0.0.1/x", "https://10.0.0.8/x", "sftp://10.0.0.8/x"]
)
def test_our_own_network_is_out_of_reach(inner):
    pull = Pull(url=inner, host_key="ssh-ed25519 AAAA")
    with pytest.raises((TargetRefused, pulls.SftpNotInstalled)):
        asyncio.run(pulls.fetch(pull, None, Rules()))


def test_a_secret_is_named_and_read_from_the_environment():
    environ = {"NORIA_SECRET_EPINAL": SECRET}
    load(environ)
    assert secret(environ, "EPINAL") == SECRET
    assert secret(environ, None) is None
    with pytest.raises(SecretMissing):
        secret(environ, "CHOLET")


@pytest.mark.parametrize(
    ("because", "minutes_ago", "is_due"),
    [("never fetched", None, True), ("its hour has passed", 60, True), ("not yet", 40, False)],
)
def test_when_a_feed_is_due(because, minutes_ago, is_due):
    last = None if minutes_ago is None else MONDAY - timedelta(minutes=minutes_ago)
    pull = Pull(url="https://partner.example.org/x", every_minutes=60)
    assert pulls.is_due(pull, last, MONDAY) is is_due, because
