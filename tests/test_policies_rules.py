"""Which settings hold, what is wrong with a policy, how two differ, who is served first."""

from datetime import date, timedelta

import pytest
from msgspec import structs

from noria.network.model import NodeKind
from noria.policies.model import (
    Content,
    Known,
    Measure,
    Override,
    Protection,
    Ranking,
    Scope,
    Settings,
)
from noria.policies.rules import applied, differences, faults, priorities, rulebook

DAY = date(2027, 1, 8)
KNOWN = Known(
    channels=frozenset({"web", "stores", "market"}),
    nodes=frozenset({"PAR", "SHOP"}),
    skus=frozenset({"mug"}),
    categories=frozenset({"lamps"}),
)
WEB = Scope(channel="web", country="FR", categories=frozenset({"lamps", "mugs"}))
AT_SHOP = structs.replace(WEB, node="SHOP", node_kind=NodeKind.STORE)


def over(key, sets, **scope):
    return Override(id=key, sets=sets, reason="because", **scope)


def cents(value):
    return {"split_cents": value}


def left(value):
    return {"left_cents": value}


@pytest.mark.parametrize(
    ("because", "overrides", "scope", "expected", "by"),
    [
        ("without one, the policy's own", [], WEB, 250, ()),
        ("one for all days of an event", [over("a", cents(9), valid_from=DAY)], WEB, 9, ("a",)),
        ("not before it", [over("a", cents(9), valid_from=DAY + timedelta(1))], WEB, 250, ()),
        ("nor after it", [over("a", cents(9), valid_until=DAY - timedelta(1))], WEB, 250, ()),
        ("on its last day it holds", [over("a", cents(9), valid_until=DAY)], WEB, 9, ("a",)),
        ("another channel", [over("a", cents(9), channel="stores")], WEB, 250, ()),
        ("a channel beats a country", [over("b", cents(9), country="FR"), over("a", cents(7), channel="web")], WEB, 7, ("a",)),
        ("goods beat a channel", [over("a", cents(9), category="lamps"), over("b", cents(7), channel="web")], WEB, 9, ("a",)),
        ("both together beat one", [over("a", cents(9), category="lamps"), over("b", cents(7), category="lamps", channel="web")], WEB, 7, ("b",)),
        ("goods that are not in the order", [over("a", cents(9), category="rugs")], WEB, 250, ()),
        ("what begins later wins", [over("b", cents(9), channel="web"), over("a", cents(7), channel="web", valid_from=DAY)], WEB, 7, ("a",)),
        ("and then the later id", [over("b", cents(9), channel="web"), over("a", cents(7), channel="web")], WEB, 9, ("b",)),
        ("each field by itself", [over("a", {"split": "never"}, channel="web"), over("b", cents(7), country="FR")], WEB, 7, ("a", "b")),
    ],
)  # fmt: skip
def test_an_orders_settings(because, overrides, scope, expected, by):
    found = applied(rulebook(Content(overrides=tuple(overrides)), DAY), scope)
    assert (found.settings.split_cents, found.overrides) == (expected, by), because


@pytest.mark.parametrize(
    ("because", "overrides", "expected"),
    [
        ("a node beats its kind", [over("b", left(9), node_kind=NodeKind.STORE), over("a", left(7), node="SHOP")], 7),
        ("a place beats a channel", [over("b", left(9), channel="web"), over("a", left(7), node_kind=NodeKind.STORE)], 7),
        ("goods beat a place", [over("a", left(9), category="lamps"), over("b", left(7), node="SHOP")], 9),
        ("another kind", [over("a", left(9), node_kind=NodeKind.WAREHOUSE)], 0),
    ],
)  # fmt: skip
def test_a_nodes_settings(because, overrides, expected):
    book = rulebook(Content(overrides=tuple(overrides)), DAY)
    assert applied(book, AT_SHOP).settings.left_cents == expected, because


def test_what_a_node_is_asked_says_nothing_of_the_order():
    book = rulebook(Content(overrides=(over("a", left(9), channel="web"),)), DAY)
    assert applied(book, WEB).overrides == (), "no node is asked about"
    assert applied(book, AT_SHOP).overrides == ("a",)
    assert applied(book, AT_SHOP) is applied(book, AT_SHOP), "worked out once"


@pytest.mark.parametrize(
    ("because", "content", "pointer"),
    [
        ("nothing wrong", Content(overrides=(over("a", cents(9), channel="web"),)), None),
        ("an unknown channel", Content(overrides=(over("a", cents(9), channel="moon"),)), "/overrides/0/channel"),
        ("an unknown node", Content(overrides=(over("a", left(9), node="OSLO"),)), "/overrides/0/node"),
        ("a category of no SKU", Content(overrides=(over("a", cents(9), category="rugs"),)), "/overrides/0/category"),
        ("a node and a kind", Content(overrides=(over("a", left(9), node="PAR", node_kind=NodeKind.STORE),)), "/overrides/0/node_kind"),
        ("it ends before it begins", Content(overrides=(over("a", cents(9), valid_from=DAY, valid_until=DAY - timedelta(1)),)), "/overrides/0/valid_until"),
        ("the same id twice", Content(overrides=(over("a", cents(9), channel="web"), over("a", cents(8), country="FR"))), "/overrides/1/id"),
        ("a rank of no channel", Content(overrides=(over("a", {"priority": 90}, valid_from=DAY),)), "/overrides/0/sets/priority"),
        ("a rank in a country alone", Content(overrides=(over("a", {"priority": 90}, channel="web", country="FR"),)), "/overrides/0/sets/priority"),
        ("a rank of a category", Content(overrides=(over("a", {"priority": 90}, channel="web", category="lamps"),)), "/overrides/0/sets/priority"),
        ("no such setting", Content(overrides=(over("a", {"speed": 9}, channel="web"),)), "/overrides/0/sets/speed"),
        ("beyond its bounds", Content(overrides=(over("a", {"window_minutes": 241}, channel="web"),)), "/overrides/0/sets/window_minutes"),
        ("of another type", Content(overrides=(over("a", {"split": "often"}, channel="web"),)), "/overrides/0/sets/split"),
        ("a switch is no number", Content(overrides=(over("a", cents(True), channel="web"),)), "/overrides/0/sets/split_cents"),
        ("one for all of an installation", Content(overrides=(over("a", {"return_missing_days": 9}, channel="web"),)), "/overrides/0/sets/return_missing_days"),
        ("an order has one window, whatever the node", Content(overrides=(over("a", {"window_minutes": 9}, node="PAR"),)), "/overrides/0/sets/window_minutes"),
        ("it names nothing", Content(overrides=(over("a", cents(9)),)), "/overrides/0"),
        ("units and days", Content(protections=(Protection(id="p", channel="web", units=1, days=1, reason="x"),)), "/protections/0/units"),
        ("neither", Content(protections=(Protection(id="p", channel="web", reason="x"),)), "/protections/0/units"),
        ("an unknown SKU", Content(protections=(Protection(id="p", channel="web", sku="cup", units=1, reason="x"),)), "/protections/0/sku"),
        ("a SKU and a category", Content(protections=(Protection(id="p", channel="web", sku="mug", category="lamps", units=1, reason="x"),)), "/protections/0/category"),
    ],
)  # fmt: skip
def test_what_is_wrong_points_at_its_field(because, content, pointer):
    assert [fault.pointer for fault in faults(content, KNOWN)] == ([pointer] if pointer else []), (
        because
    )


def test_what_differs():
    one = Content(
        overrides=(over("a", cents(9), channel="web"), over("gone", cents(1), country="FR"))
    )
    other = Content(
        settings=Settings(split_cents=300),
        overrides=(over("a", cents(8), channel="web", valid_until=DAY),),
        ranking=Ranking(margin=2),
    )
    found = {each.pointer: (each.before, each.after) for each in differences(one, other)}
    assert found == {
        "/settings/split_cents": (250, 300),
        "/overrides/a/sets/split_cents": (9, 8),
        "/overrides/a/valid_until": (None, "2027-01-08"),
        "/overrides/gone/country": ("FR", None),
        "/overrides/gone/reason": ("because", None),
        "/overrides/gone/sets/split_cents": (1, None),
        "/ranking/margin": (0, 2),
    }
    assert differences(one, one) == []


def measured(channel, conversion, margin, rotation, day=DAY):
    return Measure(
        channel=channel, day=day, conversion=conversion, margin=margin, rotation=rotation
    )


MEASURES = (
    measured("web", 0.02, 0.50, 4),
    measured("stores", 0.20, 0.40, 6),
    measured("market", 0.04, 0.10, 5),
)


@pytest.mark.parametrize(
    ("because", "ranking", "overrides", "measures", "expected"),
    [
        ("all alike, by name", Ranking(), [], MEASURES, {"market": 50, "stores": 50, "web": 50}),
        ("by margin alone", Ranking(margin=1), [], MEASURES, {"web": 100, "stores": 75, "market": 0}),
        ("by two, weighted", Ranking(margin=1, rotation=3), [], MEASURES, {"stores": 93.75, "market": 37.5, "web": 25}),
        ("an event says otherwise", Ranking(margin=1), [over("sales", {"priority": 90}, channel="stores", valid_from=DAY)], MEASURES, {"web": 100, "stores": 90, "market": 0}),
        ("before it, what was measured", Ranking(margin=1), [over("sales", {"priority": 90}, channel="stores", valid_from=DAY + timedelta(1))], MEASURES, {"web": 100, "stores": 75, "market": 0}),
        ("too old to say anything", Ranking(margin=1), [], [measured("web", 0, 0.9, 0, DAY - timedelta(36))], {"market": 50, "stores": 50, "web": 50}),
        ("of the future says nothing yet", Ranking(margin=1), [], [measured("web", 0, 0.9, 0, DAY + timedelta(1))], {"market": 50, "stores": 50, "web": 50}),
        ("one alone is in the middle", Ranking(margin=1), [], MEASURES[:1], {"market": 50, "stores": 50, "web": 50}),
        ("the last word counts", Ranking(margin=1), [], [measured("web", 0, -1, 0, DAY - timedelta(1)), *MEASURES], {"web": 100, "stores": 75, "market": 0}),
    ],
)  # fmt: skip
def test_who_is_served_first(because, ranking, overrides, measures, expected):
    content = Content(ranking=ranking, overrides=tuple(overrides))
    found = priorities(content, ["web", "stores", "market"], measures, DAY)
    assert {one.channel: one.rank for one in found} == expected, because
    assert [one.channel for one in found] == list(expected), because
    assert all(one.channel in one.en and one.channel in one.fr for one in found)
