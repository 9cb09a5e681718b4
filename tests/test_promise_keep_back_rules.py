"""Which rule wins, and how many units it keeps back: as tables."""

from datetime import date

import pytest

from noria.network.model import NodeKind
from noria.promise import keep_back_rules as rules
from noria.promise.keep_back_model import KeepBack, Purpose, Shelf

BUFFER, SAFETY = Purpose.BUFFER, Purpose.SAFETY
PROTECTION, THRESHOLD = Purpose.PROTECTION, Purpose.THRESHOLD
STORE = NodeKind.STORE


def rule(key, units=1, purpose=BUFFER, **more):
    more.setdefault("reason", "because")
    return KeepBack(id=key, purpose=purpose, units=units, **more)


def shelf(**more):
    return Shelf(**({"sku": "mug", "node": "PAR", "category": "cups", "node_kind": STORE} | more))


SKU, CATEGORY = {"sku": "mug"}, {"category": "cups"}
NODE, KIND = {"node": "PAR"}, {"node_kind": STORE}
WEB = {"channel": "web"}


@pytest.mark.parametrize(
    ("because", "wins", "loses"),
    [
        ("a SKU says more than its category", SKU, CATEGORY),
        ("a category says more than all goods", CATEGORY, {}),
        ("a node says more than its kind", NODE, KIND),
        ("a kind says more than all places", KIND, {}),
        ("a channel says more than all channels", WEB, {}),
        ("goods say more than places", SKU, NODE | WEB),
        ("a category is goods too", CATEGORY, NODE | WEB),
        ("places say more than channels", KIND, WEB),
        ("of the same goods, the nearer place", SKU | NODE, SKU | KIND),
        ("of the same goods and place, the channel", SKU | NODE | WEB, SKU | NODE),
        ("of the same scope, what begins later", {"valid_from": date(2026, 11, 1)}, {}),
    ],
)
@pytest.mark.parametrize("is_turned", [False, True])
def test_the_most_specific_rule_wins(because, wins, loses, is_turned):
    made = [rule("wins", 7, **wins), rule("loses", 2, **loses)]
    book = rules.rulebook(made[::-1] if is_turned else made)
    assert rules.winner(book, BUFFER, None, shelf(), "web").id == "wins", because


def test_of_two_rules_that_are_alike_the_later_id_wins():
    book = rules.rulebook([rule("b", 2), rule("a", 1)])
    assert rules.winner(book, BUFFER, None, shelf(), None).id == "b"


@pytest.mark.parametrize(
    ("because", "scope"),
    [
        ("another SKU", {"sku": "cup"}),
        ("another category", {"category": "lamps"}),
        ("another node", {"node": "LYS"}),
        ("another kind of node", {"node_kind": NodeKind.WAREHOUSE}),
        ("another channel", {"channel": "tills"}),
        ("the SKU, but elsewhere", {"sku": "mug", "node": "LYS"}),
    ],
)
def test_a_rule_about_others_is_passed_over(because, scope):
    book = rules.rulebook([rule("other", 9, **scope), rule("all", 2)])
    assert rules.winner(book, BUFFER, None, shelf(), "web").id == "all", because


def test_a_sku_without_category_is_in_none():
    book = rules.rulebook([rule("cups", 9, category="cups")])
    assert rules.kept(book, shelf(category=""), None) == []


KEPT = [
    ("nothing is kept without a rule", [], {}, "web", 0),
    ("but for the node's own buffer", [], {"buffer_units": 3}, "web", 3),
    ("any rule beats the node's own", [rule("a", 1)], {"buffer_units": 3}, "web", 1),
    ("also one that keeps nothing", [rule("a", 0)], {"buffer_units": 3}, "web", 0),
    ("not one of another purpose", [rule("a", 1, PROTECTION, channel="tills")], {"buffer_units": 3}, "web", 4),
    ("days are rounded up", [rule("a", None, days=3)], {"sold": 10}, "web", 2),
    ("days of whole units are exact", [rule("a", None, days=14)], {"sold": 10}, "web", 5),
    ("days of what does not sell are nothing", [rule("a", None, days=14)], {"sold": 0}, "web", 0),
    ("a protection is kept from others", [rule("a", 4, PROTECTION, channel="tills")], {}, "web", 4),
    ("not from the channel it is for", [rule("a", 4, PROTECTION, channel="web")], {}, "web", 0),
    ("who is in no channel sees no protected units", [rule("a", 4, PROTECTION, channel="web")], {}, None, 4),
    ("protections for several others add up",
     [rule("a", 4, PROTECTION, channel="tills"), rule("b", 2, PROTECTION, channel="app")], {}, "web", 6),
    ("each channel's protection has its own exception",
     [rule("a", 4, PROTECTION, channel="tills"), rule("b", 1, PROTECTION, channel="tills", sku="mug")], {}, "web", 1),
    ("a buffer about a channel is not for who names none", [rule("a", 4, channel="web")], {}, None, 0),
    ("safety adds to the buffer", [rule("a", 2), rule("s", 3, SAFETY, below_accuracy=0.9)], {"accuracy": 0.8}, "web", 5),
    ("an accurate node needs none", [rule("s", 3, SAFETY, below_accuracy=0.9)], {"accuracy": 0.9}, "web", 0),
    ("nor one that nobody measured", [rule("s", 3, SAFETY, below_accuracy=0.9)], {}, "web", 0),
    ("a local safety decides alone",
     [rule("s", 3, SAFETY, below_accuracy=0.9), rule("t", 1, SAFETY, below_accuracy=0.5, node="PAR")],
     {"accuracy": 0.8}, "web", 0),
    ("a threshold keeps nothing back", [rule("a", 4, THRESHOLD)], {}, "web", 0),
]  # fmt: skip


@pytest.mark.parametrize(("because", "made", "facts", "channel", "units"), KEPT)
def test_what_is_kept_back(because, made, facts, channel, units):
    found = rules.kept(rules.rulebook(made), shelf(**facts), channel)
    assert sum(one.units for one in found) == units, because
    assert all(one.units > 0 and one.reason for one in found)


@pytest.mark.parametrize(
    ("because", "wrong", "pointers"),
    [
        ("nothing is wrong", rule("a"), []),
        ("a SKU has a category of its own", rule("a", sku="mug", category="cups"), ["/category"]),
        ("an empty category names nothing", rule("a", category=""), ["/category"]),
        ("a node has a kind of its own", rule("a", node="PAR", node_kind=STORE), ["/node_kind"]),
        ("protected for whom?", rule("a", 1, PROTECTION), ["/channel"]),
        ("neither units nor days", rule("a", None), ["/units"]),
        ("units and days", rule("a", 1, days=2), ["/days"]),
        ("safety from which accuracy on?", rule("a", 1, SAFETY), ["/below_accuracy"]),
        ("a buffer asks for none", rule("a", 1, below_accuracy=0.9), ["/below_accuracy"]),
        (
            "it ends before it begins",
            rule("a", valid_from=date(2026, 2, 2), valid_until=date(2026, 2, 1)),
            ["/valid_until"],
        ),
        (
            "all faults are told at once",
            rule("a", None, PROTECTION, sku="mug", category="cups"),
            ["/category", "/channel", "/units"],
        ),
    ],
)
def test_faults_are_found_field_by_field(because, wrong, pointers):
    assert [fault.pointer for fault in rules.faults(wrong)] == pointers, because
