"""Feeds that are fetched: from out in the world only, with secrets that stay where they are."""

import asyncio
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from noria.connectors.feeds import jobs, pulls
from noria.kit.config import SecretMissing, load, secret
from noria.kit.egress import Rules, TargetRefused
from noria.partners import actions as partners
from noria.partners import feed_store as store
from noria.partners.feed_model import FeedPlan, Pull
from noria.partners.model import Partner, PartnerKind
from world import ACTOR, MONDAY

SECRET = "s3cret-of-epinal"


class PartnersServer(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/slow.csv":
            time.sleep(1)
        if self.path == "/moved.csv":
            self.send_response(302)
            self.send_header("Location", "/stock.csv")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path in {"/cut.csv", "/cut-chunk.csv"}:
            self.cut_short()
            return
        is_known = self.headers.get("Authorization") == f"Bearer {SECRET}"
        body = b"sku,quantity\nmug,4\n" if is_known else b"who are you?"
        self.send_response(200 if is_known else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def cut_short(self):
        """Half of what was announced, and then nothing."""
        self.protocol_version = "HTTP/1.1"
        self.send_response(200)
        if self.path == "/cut.csv":
            self.send_header("Content-Length", "38")
            self.end_headers()
            self.wfile.write(b"sku,quantity\nmug,4\n")
        else:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"13\r\nsku,quantity\nmug,4\n\r\n")
        self.close_connection = True

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address():
    with HTTPServer(("127.0.0.1", 0), PartnersServer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/stock.csv"
        server.shutdown()


def fetch(address, token, *, is_open=True):
    return asyncio.run(pulls.fetch(Pull(url=address), token, Rules(is_open=is_open, timeout_s=5)))


def test_a_feed_is_fetched_with_its_secret(address):
    assert fetch(address, SECRET) == b"sku,quantity\nmug,4\n"


def test_what_fails_is_told_without_the_secret(address):
    with pytest.raises(pulls.PullFailed) as refused:
        fetch(address, SECRET + "x")
    assert "401" in str(refused.value)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("because", "name", "says"),
    [
        ("half of it came", "cut.csv", "protocol error"),
        ("its last part never came", "cut-chunk.csv", "protocol error"),
        ("it has moved, and where to is not ours to follow", "moved.csv", "status 302"),
        ("it takes too long", "slow.csv", "within 0.3 s"),
    ],
)
def test_what_does_not_come_whole_is_no_feed(address, because, name, says):
    pull = Pull(url=address.replace("stock.csv", name))
    timeout_s = 0.3 if name == "slow.csv" else 10
    with pytest.raises(pulls.PullFailed, match=says):
        asyncio.run(pulls.fetch(pull, SECRET, Rules(is_open=True, timeout_s=timeout_s)))
    assert because


def test_what_is_too_large_is_not_read_to_its_end(address, monkeypatch):
    monkeypatch.setattr(pulls, "LARGEST_BYTES", 10)
    with pytest.raises(pulls.PullFailed, match="larger than 10 bytes"):
        fetch(address, SECRET)


@pytest.mark.parametrize(
    "inner", ["https://127.0.0.1/x", "https://10.0.0.8/x", "sftp://10.0.0.8/x"]
)
def test_our_own_network_is_out_of_reach(inner):
    pull = Pull(url=inner, host_key="ssh-ed25519 AAAA")
    with pytest.raises(TargetRefused):
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


def test_each_feed_is_asked_for_when_it_is_due_and_no_oftener(db):
    def asked():
        with db.transaction() as tx:
            found = tx.execute("select params ->> 'partner' from job order by asked_at, id")
            return [partner for (partner,) in found]

    def build(tx):
        for code, pull in (("DAILY", 1440), ("SENT", None), ("WEEKLY", 10_080)):
            partner = Partner(code=code, name=code, kind=PartnerKind.SUPPLIER)
            partners.save(tx, partner, actor=ACTOR, now=MONDAY)
            url = "https://partner.example.org/stock.csv"
            plan = FeedPlan(pull=pull and Pull(url=url, every_minutes=pull))
            store.upsert_plan(tx, code, plan, 0, now=MONDAY)

    db.run(build)
    jobs.pull_when_due(db)
    jobs.pull_when_due(db)
    assert asked() == ["DAILY", "WEEKLY"]
    db.run(lambda tx: tx.execute("update feed_pull set asked_at = asked_at - interval '2 days'"))
    db.run(lambda tx: tx.execute("delete from procrastinate_jobs"))
    db.run(lambda tx: tx.execute("delete from job where params ->> 'partner' = 'WEEKLY'"))
    jobs.pull_when_due(db)
    assert asked() == ["DAILY", "DAILY"], "whatever became of the jobs, weekly is weekly"
