"""The table of exceptions is complete: each kind has an owner, money, an action of theirs, an end."""

import re
from pathlib import Path

import pytest

from caller import application, calling
from noria.kit.auth import ROLES, Actor, Permission, Role
from noria.tower import exception_page, exception_rules
from noria.tower.exception_model import FoundException, Zones
from noria.tower.exception_table import BY_KIND, EVERY_KIND
from world import MONDAY

KIND = re.compile(r"'([a-z]+\.[a-z_]+)'")
NAMES = re.compile(r"{([a-z_]+)}")
OF_ALL = {"node", "id", "now", "today"}
SAMPLE = {
    "by": "2011-11-28T10:30:00+00:00",
    "expected_at": None,
    "at": "2011-11-28T10:30:00+00:00",
    "day": "2011-11-28",
    "reason": "not_found",
    "step": "source",
    "who": None,
    "progress": "handed_over",
    "minutes": 5760,
}


def views(tx):
    """Each view of exceptions, with its text."""
    found = tx.execute(
        """
        select table_name, pg_get_viewdef(table_name::regclass)
        from information_schema.columns
        where column_name = 'facts'
            and table_name not in ('every_exception', 'said_exception', 'standing_exception')
        """
    )
    return dict(found.fetchall())


def test_every_kind_that_a_room_opens_is_in_the_table(retail):
    every = retail.execute("select pg_get_viewdef('every_exception'::regclass)").fetchone()[0]
    opened = set()
    for name, text in views(retail).items():
        assert f"FROM {name}" in every, f"{name} is on the work list"
        opened |= set(KIND.findall(text))
    assert opened == set(BY_KIND)


def test_what_is_told_and_proposed_is_filled_from_facts_that_there_are(retail):
    facts = {
        kind: set(re.findall(r"'([a-z_]+)'", text))
        for text in views(retail).values()
        for kind in KIND.findall(text)
    }
    for kind in EVERY_KIND:
        known = facts[kind.kind] | OF_ALL
        for text in (kind.detail.en, kind.detail.fr):
            assert set(NAMES.findall(text)) <= known, kind.kind
        for remedy in kind.remedies:
            said = f"{remedy.call.path} {remedy.call.body}"
            assert set(NAMES.findall(said)) | set(remedy.when) <= known, kind.kind


@pytest.mark.parametrize("kind", EVERY_KIND, ids=lambda kind: kind.kind)
def test_whoever_it_is_for_may_do_something_about_it(kind):
    assert kind.remedies, "something is proposed"
    for role in kind.owners:
        assert Permission.TOWER_READ in ROLES[role], f"{role} does not see it"
        assert any(one.needs in ROLES[role] for one in kind.remedies), f"{role} may do nothing"


def test_proposals_are_calls_of_the_api_that_need_what_is_said(db):
    with application(db) as app:
        routes = {
            (method, re.sub(r"{[^}]*}", "{}", route.path)): handler.opt.get("permission")
            for route in app.routes
            for handler in getattr(route, "route_handlers", ())
            for method in handler.http_methods
        }
    lifted = ("PUT", "/v1/order-holds/{}/lift")
    for kind in EVERY_KIND:
        for remedy in kind.remedies:
            calls = [(remedy.call, remedy.needs)]
            calls += [(remedy.undo, remedy.undo_needs)] if remedy.undo else []
            for call, needs in calls:
                key = call.method, NAMES.sub("{}", call.path.partition("?")[0])
                assert key in routes, f"{kind.kind}: {key}"
                if key != lifted:
                    assert routes[key] is needs, f"{kind.kind}: {key}"


def test_the_api_reads_what_is_proposed(db):
    """Nothing is there that it could be about: a body that cannot be read would be told first."""
    with calling(db) as client:
        for kind in EVERY_KIND:
            for remedy in kind.remedies:
                facts = dict.fromkeys(NAMES.findall(f"{remedy.call.path}{remedy.call.body}"), "x")
                facts |= {"now": MONDAY.isoformat(), "today": "2030-01-01", "task": "leg:x",
                          "parcel": "0" * 18, "box": 1, "boxes": 1, "weight_g": 1, "packed": {},
                          "day": "2030-01-01", "ready_from": "09:00:00",
                          "ready_until": "10:00:00", "told": "confirmed", "as_new": [], "medium": "email"}  # fmt: skip
                call = exception_rules.filled(remedy.call, facts, "fr")
                answer = client.request(call.method, call.path, json=call.body)
                assert answer.status_code != 400, f"{kind.kind}: {answer.text}"


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", EVERY_KIND, ids=lambda kind: kind.kind)
def test_details_are_said_in_the_readers_language(kind, language):
    names = set(NAMES.findall(kind.detail.en)) | set(NAMES.findall(kind.detail.fr))
    facts = {name: SAMPLE.get(name, "x1") for name in names}
    said = kind.detail.filled(language, exception_rules.words(facts, language))
    assert "{" not in said
    assert "None" not in said
    if "by" in facts:
        assert ("lun. 28 nov. 2011" in said) is (language == "fr")
    if "minutes" in facts:
        assert ("4 jours" in said) is (language == "fr")
    if "progress" in facts:
        assert ("remis au transporteur" in said) is (language == "fr")


@pytest.mark.parametrize(
    ("because", "node", "english", "french"),
    [
        (
            "a store's own clock, as on the wall",
            "PAR",
            "Wed 1 Jul 2026, 17:00",
            "mer. 1 juil. 2026 à 17\u202fh\u202f00",
        ),
        (
            "another clock than the house's is named",
            "TYO",
            "Thu 2 Jul 2026, 00:00 (Tokyo)",
            "jeu. 2 juil. 2026 à 0\u202fh\u202f00 (Tokyo)",
        ),
        (
            "of no node: the house's",
            None,
            "Wed 1 Jul 2026, 17:00",
            "mer. 1 juil. 2026 à 17\u202fh\u202f00",
        ),
    ],
)
def test_moments_are_told_by_the_clock_of_the_node(because, node, english, french):
    zones = Zones(usual="Europe/Paris", of_nodes={"PAR": "Europe/Paris", "TYO": "Asia/Tokyo"})
    facts = {"by": "2026-07-01T15:00:00+00:00"}
    for language, said in (("en", english), ("fr", french)):
        assert exception_rules.words(facts, language, zones, node)["by"] == said, because
    assert exception_rules.words(facts, "en")["by"] == "Wed 1 Jul 2026, 15:00 (UTC)"


@pytest.mark.parametrize(
    ("count", "english", "french"),
    [(1, "1 unit", "1 unité"), (2, "2 units", "2 unités"), (-1, "-1 unit", "-1 unité"),
     (0, "0 units", "0 unité")],
)  # fmt: skip
def test_units_are_counted_as_people_do(count, english, french):
    kind = BY_KIND["order.waiting"]
    for language, said in (("en", english), ("fr", french)):
        facts = exception_rules.words({"units": count}, language)
        assert kind.detail.filled(language, facts).endswith(said)


def test_one_is_offered_only_what_one_may_do_there():
    found = FoundException(
        kind="order.waiting", subject="order:o", node="LYS", since=MONDAY, detail="", owner="",
        money_cents=None, currency=None, facts={"order": "o", "units": 1},
    )  # fmt: skip
    shown = [
        exception_rules.shown(found, somebody, now=MONDAY).proposal
        for somebody in (actor(), actor(nodes={"LYS"}), actor(nodes={"PAR"}), actor(may=False))
    ]
    assert [one and one.action for one in shown] == ["source", "source", None, None]
    assert (shown[0].path, shown[0].body) == ("/v1/sourcings/{id}", {"orders": ["o"]})


def actor(*, nodes=None, may=True):
    reach = {Permission.ORDERS_REPLAN: nodes if nodes is None else frozenset(nodes)}
    return Actor(id="person:1", name="A", reach=reach if may else {})


def test_the_roles_of_the_table_are_roles():
    assert {role for kind in EVERY_KIND for role in kind.owners} <= set(Role)


def test_the_page_of_exceptions_is_the_table():
    kept = Path(__file__).parent.parent / "docs" / "exceptions.md"
    assert kept.read_text() == exception_page.page(), "make docs"
