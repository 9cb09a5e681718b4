"""Feeds over SFTP, from a server that speaks it over a socket, and fails in every way."""

import asyncio
import os
import threading
from contextlib import contextmanager

import asyncssh
import pytest

import world
from noria.connectors.feeds import jobs, pulls, sftp
from noria.kit import jobs as kit_jobs
from noria.kit.egress import Rules
from noria.network import actions as network
from noria.network.model import NodeKind
from noria.partners import actions as partners
from noria.partners import feed_actions as feeds
from noria.partners.feed_model import PULL_JOB, FeedPlan, Pull
from noria.partners.model import Partner, PartnerKind
from world import ACTOR, MONDAY

SECRET = "s3cret-of-cholet"
LINES = b"sku,quantity\n" + b"".join(b"sku-%d,%d\n" % (n, n % 50) for n in range(300_000))
KEY = asyncssh.generate_private_key("ssh-ed25519")
OTHER_KEY = asyncssh.generate_private_key("ssh-ed25519")
PLAIN, HUGE = "stock.csv", 3_000_000


class Door(asyncssh.SSHServer):
    def begin_auth(self, username):
        return True

    def password_auth_supported(self):
        return True

    def validate_password(self, username, password):
        return username == "cholet" and password == SECRET


class Shelf(asyncssh.SFTPServer):
    """Files of a folder; what a file is called says what happens while it is read."""

    def __init__(self, channel, folder, read_from):
        super().__init__(channel, chroot=os.fsencode(folder))
        self._channel, self._folder, self._read_from = channel, folder, read_from
        self._path = ""

    def open(self, path, pflags, attrs):
        self._path = os.fsdecode(path).lstrip("/")
        return super().open(path, pflags, attrs)

    async def read(self, file_obj, offset, size):
        self._read_from.append(offset)
        is_half_way = offset > len(LINES) // 2
        kept = self._folder / self._path
        if is_half_way and self._path == "stuck.csv":
            await asyncio.sleep(60)
        if is_half_way and self._path in {"lost.csv", "lost-changed.csv"} and self._is_first():
            if self._path == "lost-changed.csv":
                kept.write_bytes(LINES.upper())
                os.utime(kept, (1, 1))
            self._channel.get_connection().abort()
            await asyncio.sleep(1)
        if is_half_way and self._path == "always-lost.csv":
            self._channel.get_connection().abort()
            await asyncio.sleep(1)
        if is_half_way and self._path == "gone.csv":
            raise asyncssh.SFTPNoSuchFile("it was here a moment ago")
        if is_half_way and self._path == "cut.csv":
            return b""
        if is_half_way and self._path == "growing.csv":
            os.utime(kept, (2, 2))
        return super().read(file_obj, offset, size)

    def _is_first(self):
        mark = self._folder / f"{self._path}.was-lost"
        if mark.exists():
            return False
        mark.touch()
        return True


@contextmanager
def served(folder):
    """The address of a server in a thread of its own, and the offsets that it was asked for."""
    loop, read_from, number = asyncio.new_event_loop(), [], []
    is_open = threading.Event()

    async def listen():
        server = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Door,
            server_host_keys=[KEY],
            sftp_factory=lambda channel: Shelf(channel, folder, read_from),
        )
        number.append(server.get_port())
        is_open.set()

    def run():
        asyncio.set_event_loop(loop)
        loop.create_task(listen())
        loop.run_forever()
        left = asyncio.all_tasks(loop)
        for one in left:
            one.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert is_open.wait(10)
    yield f"sftp://127.0.0.1:{number[0]}", read_from
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("partner")
    for name in (
        PLAIN, "stuck.csv", "lost.csv", "lost-changed.csv", "always-lost.csv", "gone.csv",
        "cut.csv", "growing.csv", "à côté.csv",
    ):  # fmt: skip
        (found / name).write_bytes(LINES)
    return found


@pytest.fixture(scope="module")
def partner(folder):
    with served(folder) as found:
        yield found


def public(key):
    return key.export_public_key().decode()


def fetched(partner, name, *, key=KEY, secret=SECRET, user="cholet", timeout_s=20.0):
    address, read_from = partner
    read_from.clear()
    pull = Pull(url=f"{address}/{name}", user=user, host_key=key if key is None else public(key))
    return asyncio.run(pulls.fetch(pull, secret, Rules(is_open=True, timeout_s=timeout_s)))


@pytest.mark.parametrize(
    ("because", "name"),
    [
        ("all is well", PLAIN),
        ("its name has an accent and a space", "%C3%A0%20c%C3%B4t%C3%A9.csv"),
    ],
)
def test_a_file_is_read_whole(partner, because, name):
    assert fetched(partner, name) == LINES, because


def test_a_broken_connection_is_opened_again_and_reading_goes_on_where_it_was(partner):
    assert fetched(partner, "lost.csv") == LINES
    assert partner[1].count(0) == 1, "nothing was read twice from its beginning"


def test_a_file_that_is_another_after_the_break_is_read_from_its_beginning(partner):
    assert fetched(partner, "lost-changed.csv") == LINES.upper()
    assert partner[1].count(0) == 2


@pytest.mark.parametrize(
    ("because", "name", "asked", "refusal", "says"),
    [
        ("the server has another key", PLAIN, {"key": OTHER_KEY}, sftp.HostKeyWrong, "127.0.0.1"),
        ("no key of it is known", PLAIN, {"key": None}, sftp.HostKeyMissing, "prove"),
        ("the password is wrong", PLAIN, {"secret": "guess"}, pulls.PullFailed, "Permission"),
        ("there is no password", PLAIN, {"secret": None}, pulls.PullFailed, "Permission"),
        ("nobody is named", PLAIN, {"user": ""}, pulls.PullFailed, "Permission"),
        ("there is no such file", "none.csv", {}, pulls.PullFailed, "NoSuchFile"),
        ("it is outside the folder", "../../etc/passwd", {}, pulls.PullFailed, "NoSuchFile"),
        (
            "nothing comes any more",
            "stuck.csv",
            {"timeout_s": 0.7},
            pulls.PullFailed,
            "within 0.7 s",
        ),
        ("it vanishes in mid-read", "gone.csv", {}, pulls.PullFailed, "NoSuchFile"),
        ("it ends before its end", "cut.csv", {}, pulls.PullFailed, "it ended after"),
        ("somebody still writes to it", "growing.csv", {}, pulls.PullFailed, "written to"),
        ("the line breaks every time", "always-lost.csv", {}, pulls.PullFailed, "Lost"),
    ],
)
def test_what_does_not_come_whole_is_no_feed(partner, because, name, asked, refusal, says):
    with pytest.raises(refusal) as told:
        fetched(partner, name, **asked)
    assert says in str(told.value), because
    assert SECRET not in str(told.value), because


def test_a_file_that_is_too_large_is_not_read_to_its_end(partner):
    pull = Pull(url=f"{partner[0]}/{PLAIN}", user="cholet", host_key=public(KEY))
    with pytest.raises(sftp.Unreachable, match="larger"):
        asyncio.run(sftp.read(pull, SECRET, Rules(is_open=True), limit_bytes=HUGE))


def test_who_is_not_there_is_told_at_once():
    pull = Pull(url="sftp://127.0.0.1:9/stock.csv", user="cholet", host_key=public(KEY))
    with pytest.raises(pulls.PullFailed, match="Refused"):
        asyncio.run(pulls.fetch(pull, SECRET, Rules(is_open=True, timeout_s=5)))


def test_a_key_that_is_none_is_as_good_as_none():
    pull = Pull(url="sftp://127.0.0.1:9/stock.csv", host_key="ssh-ed25519 AAAA")
    with pytest.raises(sftp.HostKeyMissing):
        asyncio.run(pulls.fetch(pull, SECRET, Rules(is_open=True)))


def test_what_was_fetched_is_a_feed_that_is_booked(db, partner, folder, monkeypatch):
    """The plan names the secret, the job fetches, and the partner's shelf is what came."""
    (folder / "short.csv").write_bytes(b"sku,quantity\nmug,4\n")
    monkeypatch.setenv("NORIA_WEBHOOK_ALLOW_PRIVATE", "true")
    monkeypatch.setenv("NORIA_SECRET_CHOLET", SECRET)
    url = f"{partner[0]}/short.csv"
    pull = Pull(url=url, user="cholet", host_key=public(KEY), secret="CHOLET")

    def build(tx):
        world.build(tx)
        network.save_nodes(tx, [world.node("DROP", NodeKind.SUPPLIER)], actor=ACTOR, now=MONDAY)
        cholet = Partner(code="CHOLET", name="Cholet", kind=PartnerKind.SUPPLIER, nodes=("DROP",))
        partners.save(tx, cholet, actor=ACTOR, now=MONDAY)
        feeds.save_plan(tx, FeedPlan(pull=pull), partner="CHOLET", actor=ACTOR, now=MONDAY)

        return kit_jobs.enqueue(tx, PULL_JOB, {"partner": "CHOLET"})

    job = db.run(build)
    with db.transaction() as tx:
        progress = kit_jobs.Progress(db, kit_jobs.job(tx, job), None, lambda: False)
    feed = jobs.pull_feed(progress, partner="CHOLET")["feed"]
    assert jobs.take_feed(progress, feed=feed)["state"] == "booked"
    with db.transaction() as tx:
        assert world.levels(tx)["mug", "DROP", "available"] == 4
