"""Carriers of a story: what becomes of boxes, how they are told of, and labels over a socket."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from noria.carriage.call_actions import tracked_as
from noria.connectors.carriers import rules
from noria.fulfilment.tracking_model import Outcome
from noria.lab import ending, hauliers
from noria.lab.hauliers import HAULIERS
from noria.lab.journeys import SHARES, Box, Fate, Scan, Troubles, fate, journey
from noria.orders.carried_model import Progress

LEFT = datetime(2011, 11, 7, 16, tzinfo=UTC)
DUE = date(2011, 11, 9)
TROUBLED = SHARES[Troubles.TROUBLED]


def box(number):
    return Box(key=f"{number}.1.box1", left_at=LEFT, due_on=DUE)


def test_so_many_are_lost_and_late():
    fates = Counter(fate(box(number).key, TROUBLED, 7) for number in range(10_000))
    assert 150 < fates[Fate.LOST] < 250
    assert 700 < fates[Fate.LATE] < 900


def test_what_becomes_of_boxes():
    told = Counter()
    for number in range(400):
        scans = journey(box(number), TROUBLED, 7)
        ends = fate(box(number).key, TROUBLED, 7)
        came = {one.happened_at.date() for one in scans if one.progress == "delivered"}
        assert scans == journey(box(number), TROUBLED, 7), "the same whenever it is asked"
        assert all(one.told_at > one.happened_at >= LEFT for one in scans)
        assert scans == sorted(scans)
        assert (came == {DUE}) == (ends is Fate.FINE)
        assert (not came) == (ends is Fate.LOST)
        by_time = [one.happened_at for one in scans if not one.again]
        told["again"] += any(one.again for one in scans)
        told["out of order"] += by_time != sorted(by_time)
        told["in vain"] += any(one.progress == "failed" for one in scans)
    assert all(told[what] > 5 for what in ("again", "out of order", "in vain")), told


@pytest.mark.parametrize("haulier", HAULIERS, ids=lambda one: one.account)
def test_each_carrier_is_understood_in_its_own_words(haulier):
    progresses = ["handed_over", "in_transit", "out_for_delivery", "failed", "delivered"]
    scans = [
        (f"{haulier.prefix}1", Scan(told_at=LEFT, happened_at=LEFT + timedelta(hours=place),
                                    progress=progress))
        for place, progress in enumerate(progresses)
    ]  # fmt: skip
    account = next(one for one in hauliers.accounts(1) if one.code == haulier.account)
    reply = rules.read(tracked_as(account), hauliers.said(haulier, scans))
    assert reply.outcome is Outcome.READ, reply.detail
    assert [(one.progress, one.happened_at) for one in reply.heard] == [
        (Progress(scan.progress), scan.happened_at) for _, scan in scans
    ]


def test_a_label_is_booked_once_and_found_after_a_restart(tmp_path):
    def asked(port, method, reference):
        body = json.dumps({"order": "o1"}).encode() if method == "PUT" else None
        url = f"http://127.0.0.1:{port}/VAL/labels/{reference}"
        with urlopen(Request(url, body, method=method), timeout=10) as answer:
            return json.loads(answer.read())["number"]

    with hauliers.answering(tmp_path / "journal", SHARES[Troubles.SOME], 7) as port:
        with pytest.raises(HTTPError, match="404"):
            asked(port, "GET", "N1")
        number = asked(port, "PUT", "N1")
        assert asked(port, "PUT", "N1") == number
    with hauliers.answering(tmp_path / "journal", SHARES[Troubles.SOME], 7) as port:
        assert asked(port, "GET", "N1") == number


@pytest.mark.parametrize(
    ("subject", "facts", "order"),
    [
        ("order:o1", {}, "o1"),
        ("leg:o1.2", {}, "o1"),
        ("leg:a.b.1", {}, "a.b"),
        ("refund:r1", {"order": "o1"}, "o1"),
        ("partner:p", {}, None),
    ],
)
def test_whom_an_exception_is_about(subject, facts, order):
    assert ending.order_of(subject, facts) == order
