"""The work list: ranked, grouped, taken, put off, spoken about; and today above it."""

from collections import Counter
from datetime import timedelta

import pytest

import world
from caller import calling, database
from noria.kit import clock
from noria.kit.auth import SYSTEM, Permission, Role
from noria.orders import hold_actions
from noria.orders.hold_model import HoldBody, HoldKind
from noria.people import actions as people
from noria.people.model import Grant, Profile
from noria.tower import (
    escalation_actions,
    escalation_rules,
    exception_actions,
    exception_views,
    standing_actions,
)
from noria.tower.escalation_model import Untaken
from noria.tower.exception_model import NewNote
from world import MONDAY

TUESDAY = MONDAY + timedelta(days=2)


@pytest.fixture(scope="module")
def db(server, template):
    """Two orders that have waited for two days, one of them dear; one on its way; one held."""
    with database(server, template) as db:
        with db.transaction() as tx:
            clock.start_driving(tx, MONDAY)
            world.build(tx)
            world.shelve(tx, "PAR", mug=9)
            world.accept(tx, world.order("cheap", cup=1))
            world.accept(tx, world.order("dear", bowl=7))
            world.accept(tx, world.order("sent", mug=2))
            world.accept(tx, world.order("held", mug=1))
            hold_actions.place(
                tx,
                "h1",
                HoldBody(order="held", kind=HoldKind.MANUAL, reason="asked to wait"),
                actor=world.ACTOR,
                now=MONDAY,
            )
            world.send(tx, "sent.1")
            clock.drive(tx, TUESDAY)
        yield db


def rows(client, query=""):
    return client.get(f"/v1/exceptions?{query}").json()["items"]


def sums(found):
    return [(one["currency"], one["cents"]) for one in found["money"]]


def note(client, verb, subject="order:cheap", kind="order.waiting", key=None, **more):
    body = {"kind": kind, "subject": subject, "verb": verb, **more}
    return client.put(f"/v1/exception-notes/{key or verb}", json=body)


def test_the_dearest_come_first_and_pages_go_on_where_one_ended(db):
    with calling(db) as client:
        everything = rows(client, "sort=money")
        first = client.get("/v1/exceptions?sort=money&limit=1").json()
        rest = rows(client, f"sort=money&cursor={first['next']}")
        assert [*first["items"], *rest] == everything
        risks = [row["money_cents"] or 0 for row in everything]
        assert risks == sorted(risks, reverse=True)
        assert {row["kind"] for row in rows(client, "kind=order.held")} == {"order.held"}
        assert {row["kind"] for row in rows(client, "kind=order")} == {
            "order.held",
            "order.waiting",
        }


def test_causes_add_up_to_the_list(db):
    with calling(db) as client:
        causes = client.get("/v1/exceptions/causes").json()["items"]
        assert sum(cause["exceptions"] for cause in causes) == len(rows(client))
        assert {"order.waiting", "order.held"} <= {cause["kind"] for cause in causes}


def test_money_at_risk_counts_each_order_once_and_nothing_that_sleeps(db):
    second = HoldBody(order="held", kind=HoldKind.FRAUD, reason="a strange address")
    with db.transaction() as tx:
        hold_actions.place(tx, "h2", second, actor=world.ACTOR, now=MONDAY)
    with calling(db) as client:
        each = {row["subject"]: row["money_cents"] for row in rows(client, "sort=oldest")}
        assert len(each) < len(rows(client)), "something is wrong with one of them twice"
        found = client.get("/v1/exceptions/at-risk").json()
        assert found == {
            "exceptions": len(rows(client)),
            "money": [{"currency": "EUR", "cents": sum(each.values())}],
        }
        with db.transaction() as tx:
            tx.execute("update customer_order set currency = 'CHF' where id = 'dear'")
        found = client.get("/v1/exceptions/at-risk").json()
        dear = each.pop("order:dear")
        both = [("EUR", sum(each.values())), ("CHF", dear)]
        assert sums(found) == sorted(both, key=lambda one: -one[1]), "each currency by itself"
        causes = client.get("/v1/exceptions/causes").json()["items"]
        assert {"EUR", "CHF"} <= {one["currency"] for cause in causes for one in cause["money"]}
        until = (TUESDAY + timedelta(hours=4)).isoformat()
        listed = rows(client, "sort=money")
        purses = [one["currency"] for one in listed]
        assert purses == sorted(purses, reverse=True), "the house's own currency comes first"
        page = client.get("/v1/exceptions?sort=money&limit=1").json()
        assert rows(client, f"sort=money&cursor={page['next']}") == listed[1:]
        mine = [row for row in rows(client) if row["subject"] == "order:dear"]
        for row in mine:
            note(client, "snoozed", row["subject"], row["kind"], f"s-{row['kind']}", until=until)
        found = client.get("/v1/exceptions/at-risk").json()
        assert sums(found) == [("EUR", sum(each.values()))]
        for row in mine:
            note(client, "snoozed", row["subject"], row["kind"], f"w-{row['kind']}")


def test_one_is_taken_put_off_and_spoken_about(db):
    with calling(db) as client:
        assert note(client, "assigned").status_code == 200
        assert note(client, "commented", words="The supplier was called.").status_code == 200
        until = (TUESDAY + timedelta(hours=4)).isoformat()
        assert note(client, "snoozed", until=until).json() == {"id": "snoozed"}
        assert note(client, "snoozed", until=until).json() == {"id": "snoozed"}, "sent twice"
        (mine,) = rows(client, "is_snoozed=true")
        for asked in ("is_snoozed=true", "is_snoozed=false", f"assigned_to={mine['assigned_to']}"):
            causes = client.get(f"/v1/exceptions/causes?{asked}").json()["items"]
            counted = Counter(row["kind"] for row in rows(client, asked))
            assert {one["kind"]: one["exceptions"] for one in causes} == counted, asked
        assert (mine["subject"], mine["comments"]) == ("order:cheap", 1)
        assert mine["assigned_to"].startswith("key:")
        assert rows(client, f"assigned_to={mine['assigned_to']}") == [mine]
        assert "order:cheap" not in {row["subject"] for row in rows(client, "is_snoozed=false")}
        said = client.get("/v1/exception-notes?kind=order.waiting&subject=order:cheap").json()
        assert [one["verb"] for one in said["items"]] == ["assigned", "commented", "snoozed"]

        assert note(client, "snoozed", key="awake").status_code == 200
        assert note(client, "assigned", key="nobody", is_nobody=True).status_code == 200
        (row,) = [one for one in rows(client) if one["subject"] == "order:cheap"]
        assert (row["assigned_to"], row["snoozed_until"]) == (None, None)


def test_many_at_once_each_answered_for_itself(db):
    items = [
        {"id": "b1", "kind": "order.waiting", "subject": "order:dear", "verb": "assigned"},
        {"id": "b2", "kind": "order.waiting", "subject": "order:nobody", "verb": "assigned"},
    ]
    with calling(db) as client:
        answers = client.post("/v1/exception-notes/batch", json={"items": items}).json()["items"]
    assert [answer["status"] for answer in answers] == [200, 404]


def person(tx, name, role, *nodes, is_active=True):
    profile = Profile(email=f"{name}@example.org", name=name.title(), is_active=is_active)
    grants = [Grant(role=role, nodes=nodes or None)]
    password = "neuf-tramways-a-l-aube"
    added = people.add_person(tx, profile, password, grants, actor=SYSTEM, now=MONDAY)
    return f"person:{added.id}"


AT_BOTH = "node=LYS&node=PAR"


def assignees(client, query):
    found = client.get(f"/v1/exception-assignees?{query}").json()["items"]
    return [(one["id"], one["name"]) for one in found]


def test_one_is_given_to_whoever_looks_after_its_node(db):
    with db.transaction() as tx:
        olga = person(tx, "olga", Role.OPERATIONS)
        marc = person(tx, "marc", Role.STORE_MANAGER, "PAR", "LYS")
        lise = person(tx, "lise", Role.STORE_MANAGER, "LYS")
        zoe = person(tx, "zoe", Role.STORE_ASSOCIATE, "PAR")
        gone = person(tx, "gone", Role.OPERATIONS, is_active=False)
    with calling(db) as client:
        may = {query: assignees(client, query) for query in ("", "node=PAR", "node=LYS", AT_BOTH)}
        both = [(marc, "Marc"), (olga, "Olga")]
        assert may == {
            "": [(olga, "Olga")],
            "node=PAR": both,
            "node=LYS": [(lise, "Lise"), *both],
            AT_BOTH: both,
        }
        first = client.get("/v1/exception-assignees?node=LYS&limit=1").json()
        rest = client.get(f"/v1/exception-assignees?node=LYS&cursor={first['next']}").json()
        assert [one["name"] for one in first["items"] + rest["items"]] == ["Lise", "Marc", "Olga"]
        assert note(client, "assigned", key="to-olga", person=olga).status_code == 200
        assert [row["subject"] for row in rows(client, f"assigned_to={olga}")] == ["order:cheap"]
        for stranger in (marc, lise, zoe, gone, "person:nobody"):
            answer = note(client, "assigned", key=f"no-{stranger[7:]}", person=stranger)
            assert (answer.status_code, answer.json()["code"]) == (422, "cannot-look-after")
            assert answer.json()["errors"][0]["pointer"] == "/person"
        note(client, "assigned", key="to-nobody", is_nobody=True)
    with calling(db, Permission.TOWER_WRITE, nodes=("LYS",)) as client:
        assert client.get("/v1/exception-assignees").status_code == 403
        assert client.get("/v1/exception-assignees?node=PAR").status_code == 403
        assert client.get("/v1/exception-assignees?node=LYS").status_code == 200


@pytest.mark.parametrize(
    ("because", "verb", "more", "field"),
    [
        ("a comment says something", "commented", {"words": " "}, "/words"),
        ("only a snooze ends", "assigned", {"until": "2030-01-01T00:00:00Z"}, "/until"),
        ("only an assignment names somebody", "snoozed", {"is_nobody": True}, "/person"),
    ],
)
def test_words_that_do_not_fit(db, because, verb, more, field):
    with calling(db) as client:
        answer = note(client, verb, key="wrong", **more)
    assert answer.status_code == 400, because
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [field]


def test_a_node_is_told_of_its_own_alone(db):
    with calling(db, Permission.TOWER_READ, Permission.TOWER_WRITE, nodes=("LYS",)) as client:
        assert rows(client) == []
        assert note(client, "assigned", key="stranger").status_code == 404
        asked = "/v1/exception-notes?kind=order.waiting&subject=order:cheap"
        assert client.get(asked).json()["items"] == []
        today = client.get("/v1/tower/today").json()
        assert (today["orders"], today["exceptions"]) == (0, 0)
        assert [one["node"] for one in today["nodes"]] == ["LYS"]


def test_today_counts_what_stands_open_and_names_the_oldest(db):
    with calling(db) as client:
        today = client.get("/v1/tower/today").json()
        steps = {step["stage"]: step for step in today["steps"]}
        assert steps["waiting"]["standing"] == 2
        assert steps["waiting"]["oldest"]["order"] == "cheap"
        assert steps["delivered"]["standing"] is None, "what is over waits for nothing"
        assert today["orders"] == 0, "placed two days ago"
        assert today["units"]["available"] > 0
        load = {one["node"]: one for one in today["nodes"]}["PAR"]
        assert (load["legs"], load["units"]) == (1, 1), "the one that is held has not been picked"
        summary = client.get("/v1/tower/summary").json()
        assert summary["orders"]["waiting"] == 2
        assert sum(summary["exceptions"].values()) == today["exceptions"]


def test_what_is_pressing_comes_first_and_of_the_same_money_what_is_due_sooner(db):
    """The dear order has five hours left, the cheap one none: the cheap one comes first."""
    with db.transaction() as tx:
        for order, hours in (("dear", 5), ("held", 6), ("cheap", -1)):
            tx.execute(
                """
                insert into order_watch (order_id, looked_at, chance, promised_to, step, due_at,
                    is_missed, owner, since)
                values (%s, %s, 0.1, %s, 'source', %s, false, 'planner', noria_now())
                """,
                [order, TUESDAY, TUESDAY, TUESDAY + timedelta(hours=hours)],
            )
    with calling(db) as client:
        urgent = rows(client, "sort=urgent")
        soon = (TUESDAY + timedelta(hours=4)).isoformat()
        pressing = [row for row in urgent if row["due_at"] and row["due_at"] <= soon]
        assert "order:cheap" in {row["subject"] for row in pressing}
        assert urgent[: len(pressing)] == pressing
        assert "order:dear" in {row["subject"] for row in urgent[len(pressing) :]}
        by_money = rows(client, "sort=money")
        held = [row["kind"] for row in by_money if row["subject"] == "order:held"]
        assert held[0] == "milestone.endangered", "the holds have no time by which they must end"
        first = client.get("/v1/exceptions?sort=urgent&limit=1").json()
        with db.transaction() as tx:
            clock.drive(tx, TUESDAY + timedelta(hours=2))
        rest = rows(client, f"sort=urgent&cursor={first['next']}")
        paged = [row["key"] for row in first["items"] + rest]
        assert paged == [row["key"] for row in urgent], "nothing has changed places meanwhile"


@pytest.mark.parametrize(
    ("because", "is_with", "goes_to"),
    [
        ("a store's own", "store_manager", ["operations"]),
        ("the house's", "operations", ["director"]),
        ("a planner's", "planner", ["operations"]),
        ("an auditor answers to the director alone", "auditor", ["director"]),
        ("nobody is above", "director", []),
    ],
)
def test_to_whom_what_nobody_takes_goes_on(because, is_with, goes_to):
    one = Untaken(kind="order.held", subject="order:o1", node=None, with_role=is_with)
    assert [one.to_role for one in escalation_rules.escalations([one])] == goes_to, because


def follow(tx, minutes, *, every=120):
    """Look at the exceptions so many minutes after Tuesday began; how many came, went, went on."""
    now = TUESDAY + timedelta(minutes=minutes)
    clock.drive(tx, now)
    standing_actions.look(tx)
    done = escalation_actions.follow(tx, every=every and timedelta(minutes=every), now=now)
    return done.opened, done.closed, done.escalated


def told(tx):
    found = tx.execute(
        "select type, subject, data ->> 'to', data ->> 'owner' from event"
        " where type like 'exception.%' order by seq"
    )
    return [tuple(part for part in one if part is not None) for one in found]


def test_an_exception_is_told_as_it_comes_and_goes_and_goes_on_if_nobody_takes_it(retail):
    clock.start_driving(retail, MONDAY)
    for key in ("taken", "left", "spoken"):
        world.accept(retail, world.order(key, cup=1))
    assert follow(retail, 0) == (3, 0, 0)
    assert follow(retail, 5) == (0, 0, 0), "each is told once"
    assert set(told(retail)) == {
        ("exception.opened", f"order:{key}", "operations") for key in ("taken", "left", "spoken")
    }
    for verb, key in (("assigned", "taken"), ("commented", "spoken")):
        words = "I ask the supplier" if verb == "commented" else ""
        note = NewNote(
            id=verb, kind="order.waiting", subject=f"order:{key}", verb=verb, words=words
        )
        now = TUESDAY + timedelta(minutes=30)
        exception_actions.note(retail, [note], actor=SYSTEM, now=now)
    assert follow(retail, 119) == (0, 0, 0), "the role has it to itself for two hours"
    assert follow(retail, 120, every=None) == (0, 0, 0), "as is set, none goes on"
    assert follow(retail, 120) == (0, 0, 1), "nobody has it"
    assert told(retail)[-1] == ("exception.escalated", "order:left", "director")
    assert follow(retail, 125) == (0, 0, 0)
    assert follow(retail, 150) == (0, 0, 1), "two hours after somebody spoke of it"
    assert told(retail)[-1] == ("exception.escalated", "order:spoken", "director")
    assert follow(retail, 600) == (0, 0, 0), "nobody is above the director"
    shown = {one.subject: one.escalated_to for one in exception_views.exceptions(retail)}
    assert shown == {"order:left": "director", "order:spoken": "director", "order:taken": None}
    world.cancel(retail, "left")
    assert follow(retail, 605) == (0, 1, 0)
    assert told(retail)[-1] == ("exception.closed", "order:left", "operations")
    retail.execute(
        "update open_exception set node = 'LYS', owner = 'planner' where subject = 'order:taken'"
    )
    assert follow(retail, 610) == (1, 1, 0), "it was another node's"
    assert told(retail)[-2:] == [
        ("exception.closed", "order:taken", "planner"),
        ("exception.opened", "order:taken", "operations"),
    ]
    found = retail.execute("select node from event where type like 'exception.%' order by seq")
    assert found.fetchall()[-2:] == [("LYS",), (None,)], "each node hears its own"


def test_who_looks_after_an_exception_is_found_by_its_kind_and_subject_together(retail):
    retail.execute("set local enable_seqscan = off")
    retail.execute("set local enable_bitmapscan = off")
    found = retail.execute("explain select * from said_exception").fetchall()
    plan = [line for (line,) in found]
    [place] = [at for at, line in enumerate(plan) if " exception_note_by_subject " in line]
    assert "kind = " in plan[place + 1], plan[place + 1]
    assert "subject = " in plan[place + 1], "else all of a kind are read for each of them"
