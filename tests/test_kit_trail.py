import psycopg
import pytest

from noria.kit import trail
from noria.kit.db import savepoint
from noria.kit.trail import Change


def test_a_change_is_kept_with_its_actor_and_both_sides(tx):
    trail.record(
        tx,
        actor="person:1",
        action="node.changed",
        subject="PAR",
        before={"is_open": True},
        after={"is_open": False},
        request_id="r1",
    )
    (entry,) = trail.entries(tx)
    assert (entry.actor, entry.action, entry.subject) == ("person:1", "node.changed", "PAR")
    assert (entry.before, entry.after, entry.request_id) == (
        {"is_open": True},
        {"is_open": False},
        "r1",
    )
    assert entry.at.tzinfo is not None


def test_many_changes_keep_their_order_and_are_read_newest_first(tx):
    changes = [Change(action="sku.added", subject=f"S{n}", after={"n": n}) for n in range(50)]
    trail.record_all(tx, changes, actor="key:a")
    assert [entry.subject for entry in trail.entries(tx)] == [f"S{n}" for n in range(49, -1, -1)]
    assert trail.entries(tx)[0].before is None


def test_nothing_to_record_is_nothing(tx):
    trail.record_all(tx, [], actor="key:a")
    assert trail.entries(tx) == []


def test_pages_go_on_where_they_stopped_and_filters_hold(tx):
    for subject in ("PAR", "LYS", "PAR"):
        trail.record(tx, actor=f"person:{subject}", action="node.changed", subject=subject)
    first, *_ = trail.entries(tx, limit=1)
    rest = trail.entries(tx, before_seq=first.seq)
    assert [entry.subject for entry in rest] == ["LYS", "PAR"]
    assert len(trail.entries(tx, subject="PAR")) == 2
    assert len(trail.entries(tx, actor="person:LYS")) == 1


@pytest.mark.parametrize(
    "statement",
    ["update trail set actor = 'nobody'", "delete from trail", "truncate trail"],
)
@pytest.mark.parametrize("replication_role", ["origin", "replica"])
def test_the_trail_is_only_ever_added_to(tx, statement, replication_role):
    trail.record(tx, actor="person:1", action="node.changed", subject="PAR")
    tx.execute(f"set local session_replication_role = {replication_role}")
    refused = pytest.raises(psycopg.errors.InsufficientPrivilege, match="only ever added")
    with refused, savepoint(tx):
        tx.execute(statement)
    assert len(trail.entries(tx)) == 1
