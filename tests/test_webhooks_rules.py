"""Decisions about deliveries, as tables; signatures against the vectors of Standard Webhooks."""

import ast
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook as Checker
from standardwebhooks import WebhookVerificationError

import noria
from noria.kit.event import Happened
from noria.webhooks import rules
from noria.webhooks.event_types import EVENT_TYPES, page
from noria.webhooks.model import Outcome, UnknownEventType, Verdict, Vitals, Webhook

NOW = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
VECTORS = json.loads(
    (Path(__file__).parent / "data" / "standard-webhooks" / "vectors.json").read_text()
)


def endpoint(**more):
    return Webhook(
        **{
            "id": "wms",
            "url": "https://hooks.example.org/",
            "event_types": ("*",),
            "nodes": None,
            "description": "",
            "is_active": True,
            "stop_reason": "",
            "since": 0,
            "version": 1,
            "changed_at": NOW,
        }
        | more
    )


def event(type_="order.accepted", subject="order:1", node=None, seq=7, data=None):
    return Happened(seq=seq, type=type_, subject=subject, node=node, data=data, at=NOW)


@pytest.mark.parametrize(
    ("because", "webhook", "happened", "is_told"),
    [
        ("all is all", endpoint(), event(), True),
        ("its type", endpoint(event_types=("order.accepted",)), event(), True),
        ("one of its types", endpoint(event_types=("stock.*", "order.*")), event(), True),
        ("another type", endpoint(event_types=("stock.*",)), event(), False),
        ("its node", endpoint(nodes=("PAR",)), event(node="PAR"), True),
        ("another node", endpoint(nodes=("PAR",)), event(node="LYS"), False),
        ("no node may tell about others", endpoint(nodes=("PAR",)), event(), False),
        ("switched off", endpoint(is_active=False), event(), False),
        ("before it was there", endpoint(since=7), event(seq=7), False),
        ("the first after it was there", endpoint(since=6), event(seq=7), True),
        ("its own trouble would feed itself", endpoint(), event("webhook.failing", "wms"), False),
        ("another's trouble", endpoint(), event("webhook.failing", "erp"), True),
        ("a subject of the same name", endpoint(), event("sku.changed", "wms"), True),
    ],
)
def test_wants(because, webhook, happened, is_told):
    assert rules.wants(webhook, happened) is is_told, because


def test_ten_attempts_over_about_75_hours():
    waits = [rules.next_attempt(attempts, "msg_1") for attempts in range(1, 11)]
    assert waits[-1] is None
    total = sum(waits[:-1], timedelta())
    assert timedelta(hours=66) < total < timedelta(hours=84)
    assert sum(rules.WAITS, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)
    assert waits[:-1] == sorted(waits[:-1]), "each wait is longer than the one before"


@given(st.integers(1, 9), st.text(max_size=40))
def test_waits_vary_by_a_tenth_and_are_the_same_each_time(attempts, seed):
    wait = rules.next_attempt(attempts, seed)
    assert wait == rules.next_attempt(attempts, seed)
    assert 0.9 <= wait / rules.WAITS[attempts - 1] <= 1.1


def test_what_failed_together_is_not_tried_again_together():
    waits = {rules.next_attempt(2, f"msg_{number}") for number in range(100)}
    assert len(waits) > 90


@pytest.mark.parametrize(
    ("because", "outcome", "verdict"),
    [
        ("told", Outcome(status=200), Verdict.DELIVERED),
        ("told, nothing to say", Outcome(status=204), Verdict.DELIVERED),
        ("the last of the 2xx", Outcome(status=299), Verdict.DELIVERED),
        ("a redirect is not followed", Outcome(status=301), Verdict.FAILED),
        ("see other, no", Outcome(status=308), Verdict.FAILED),
        ("their fault or ours, it may pass", Outcome(status=404), Verdict.FAILED),
        ("asked to slow down", Outcome(status=429), Verdict.FAILED),
        ("broken", Outcome(status=500), Verdict.FAILED),
        ("never again", Outcome(status=410), Verdict.GONE),
        ("no answer", Outcome(error="no answer within 15 s"), Verdict.FAILED),
        ("half an answer", Outcome(status=199), Verdict.FAILED),
    ],
)
def test_judge(because, outcome, verdict):
    assert rules.judge(outcome) is verdict, because


HOUR_AGO = NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    ("because", "before", "verdict", "after", "told"),
    [
        ("well stays well", Vitals(), Verdict.DELIVERED, Vitals(), None),
        ("the first failure is noted", Vitals(), Verdict.FAILED, Vitals(failures=1, failing_since=NOW), None),
        (
            "an hour of failures is reported",
            Vitals(failures=3, failing_since=HOUR_AGO), Verdict.FAILED,
            Vitals(failures=4, failing_since=HOUR_AGO, reported_at=NOW), "webhook.failing",
        ),
        (
            "less than an hour is not",
            Vitals(failures=3, failing_since=HOUR_AGO + timedelta(seconds=1)), Verdict.FAILED,
            Vitals(failures=4, failing_since=HOUR_AGO + timedelta(seconds=1)), None,
        ),
        (
            "once is enough",
            Vitals(failures=9, failing_since=HOUR_AGO, reported_at=HOUR_AGO), Verdict.FAILED,
            Vitals(failures=10, failing_since=HOUR_AGO, reported_at=HOUR_AGO), None,
        ),
        (
            "what was reported is called off",
            Vitals(failures=9, failing_since=HOUR_AGO, reported_at=HOUR_AGO), Verdict.DELIVERED,
            Vitals(), "webhook.recovered",
        ),
        ("what was not, is not", Vitals(failures=2, failing_since=NOW), Verdict.DELIVERED, Vitals(), None),
    ],
)  # fmt: skip
def test_vitals(because, before, verdict, after, told):
    assert rules.vitals_after(before, verdict, NOW) == (after, told), because


def test_envelope_is_cloudevents():
    body = rules.envelope(event(node="PAR", data={"a": 1}), source="https://noria.example.org")
    assert json.loads(body) == {
        "specversion": "1.0",
        "id": "7",
        "source": "https://noria.example.org",
        "type": "order.accepted",
        "subject": "order:1",
        "time": "2026-11-27T09:30:00Z",
        "datacontenttype": "application/json",
        "node": "PAR",
        "data": {"a": 1},
    }
    assert "node" not in json.loads(rules.envelope(event(), source="x"))


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_our_signature_is_the_one_of_the_vectors(case):
    """Where a vector is valid we write what it holds; where it is not, we write something else."""
    sent = {name.lower(): value for name, value in case["headers"].items()}
    secret = case["secret"]
    if not secret.removeprefix("whsec_"):
        with pytest.raises(Exception, match="secret"):
            rules.headers("msg_1", b"", secrets=[secret], now=NOW)
        return
    at, webhook_id = sent.get("webhook-timestamp", ""), sent.get("webhook-id", "")
    if not (at.isdecimal() and webhook_id):
        assert not case["valid"]
        return
    ours = rules.headers(
        webhook_id,
        case["payload"].encode(),
        secrets=[secret],
        now=datetime.fromtimestamp(int(at), UTC),
    )
    is_in_time = abs(int(at) - case["now"]) <= VECTORS["tolerance_seconds"]
    is_ours = ours["webhook-signature"] in sent.get("webhook-signature", "").split(" ")
    assert (is_ours and is_in_time) == case["valid"]


def test_while_secrets_change_either_one_checks():
    secrets = ["whsec_" + "A" * 44, "whsec_" + "B" * 44]
    body, now = b'{"a": 1}', datetime.now(UTC)
    ours = rules.headers("msg_1", body, secrets=secrets, now=now)
    for secret in secrets:
        assert Checker(secret).verify(body, ours) == {"a": 1}
    with pytest.raises(WebhookVerificationError):
        Checker("whsec_" + "C" * 44).verify(body, ours)
    with pytest.raises(WebhookVerificationError):
        Checker(secrets[0]).verify(body + b" ", ours)


@pytest.mark.parametrize("patterns", [["*"], ["order.*"], ["order.accepted", "stock.*"]])
def test_patterns_that_some_event_matches(patterns):
    rules.check_types(patterns)


@pytest.mark.parametrize("pattern", ["ordre.*", "order", "order.acepted", "orders.*"])
def test_patterns_that_no_event_will_ever_match(pattern):
    with pytest.raises(UnknownEventType, match=pattern.replace("*", r"\*")):
        rules.check_types(["order.*", pattern])


def published():
    """Every type that the source hands to the outbox: `Event(type=…)`, and each room's `tell`."""
    for file in sorted(Path(noria.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            named = [word.value for word in node.keywords if word.arg == "type"]
            placed = node.args[1:2] if node.func.id in {"_tell", "tell"} else []
            if node.func.id in {"Event", "_tell", "tell"}:
                for value in named + placed:
                    for part in ast.walk(value):
                        if isinstance(part, ast.Constant) and "." in str(part.value):
                            yield part.value, f"{file.name}:{node.lineno}"


def test_every_type_that_is_published_is_in_the_table():
    found = list(published())
    assert len(found) > 10
    for name, where in found:
        begun = name.endswith(".") and any(known.startswith(name) for known in EVENT_TYPES)
        assert name in EVENT_TYPES or begun, f"{where}: add {name} to webhooks/event_types.py"


def test_docs_events_is_made_from_the_table():
    docs = Path(__file__).parent.parent / "docs" / "events.md"
    assert docs.read_text() == page()
    assert all(each.says.fr and each.says.en for each in EVENT_TYPES.values())
