"""What may be held, what a hold gives back, and what is told to a customer: as tables."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noria.promise import rules, wish_rules
from noria.promise.model import Draw, Hold, NotHeld, Reservation
from noria.promise.wish_model import Shelves, Wish
from noria.stock.model import State

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SHELF, HELD, OUT = State.AVAILABLE, State.RESERVED, State.OUTSIDE


def hold(units, *, key="h1", sku="mug", node="PAR", demand="cart:1", channel=None):
    return Hold(id=key, demand=demand, sku=sku, node=node, quantity=units, channel=channel)


def reservation(held, *, key="h1", sku="mug", node="PAR", demand="cart:1"):
    return Reservation(
        id=key, demand=demand, sku=sku, node=node, quantity=9, held=held,
        made_at=NOON, expires_at=None, ended_at=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("because", "holds", "refused_at"),
    [
        ("the last unit may go", [hold(5)], None),
        ("one more may not", [hold(6)], 5),
        ("lines of one SKU are added up", [hold(3), hold(3, key="h2")], 2),
        ("so are those of several demands", [hold(5), hold(1, demand="cart:2")], 0),
        ("another SKU has its own shelf", [hold(5), hold(1, sku="cup")], None),
        ("another node has its own shelf", [hold(5), hold(1, node="LYS")], 0),
        ("a maker has capacity, whatever its shelf", [hold(4, node="PRINT")], None),
        ("a buffer is kept back", [hold(3, node="SHOP")], 2),
        ("up to the buffer", [hold(2, node="SHOP")], None),
        ("for each SKU", [hold(2, node="SHOP"), hold(1, sku="cup", node="SHOP")], None),
        ("a shelf that is below its buffer has none, not less", [hold(1, sku="bowl", node="SHOP")], 0),
        ("what is protected for a channel, others do not get", [hold(2, sku="cup")], 1),
        ("the channel does", [hold(2, sku="cup", channel="web")], None),
        ("a maker's capacity is one for all SKUs", [hold(2, node="PRINT"), hold(3, sku="cup", node="PRINT")], 2),
    ],
)  # fmt: skip
def test_grant(because, holds, refused_at):
    shelves = Shelves(
        available={
            ("mug", "PAR"): 5, ("cup", "PAR"): 2, ("mug", "PRINT"): 99,
            ("mug", "SHOP"): 5, ("cup", "SHOP"): 4, ("bowl", "SHOP"): 1,
        },
        kept={
            None: {(sku, "SHOP"): 3 for sku in ("mug", "cup", "bowl")} | {("cup", "PAR"): 1},
            "web": {("cup", "PAR"): 0},
        },
        made={"PRINT": 4},
        makes={("mug", "PRINT"), ("cup", "PRINT")},
    )  # fmt: skip
    [granted] = wish_rules.grant([Wish(holds)], shelves)
    if refused_at is None:
        assert (list(granted.holds), list(granted.draws)) == (holds, []), because
    else:
        assert granted.details["available"] == refused_at, because


def test_a_hold_takes_from_the_shelf_and_a_maker_from_outside():
    holds = [hold(1), hold(2, node="PRINT"), hold(3, demand="cart:2")]
    moves = rules.moves_to_hold(holds, {"PRINT": 10})
    assert {
        demand: [(one.quantity, one.source.state, one.target.state) for one in each]
        for demand, each in moves.items()
    } == {"cart:1": [(1, SHELF, HELD), (2, OUT, HELD)], "cart:2": [(3, SHELF, HELD)]}


@pytest.mark.parametrize(
    ("because", "draws", "held_of_refused"),
    [
        ("nothing is drawn", [], None),
        ("all that is held", [("h1", 3)], None),
        ("more than is held", [("h1", 4)], 3),
        ("draws of one reservation are added up", [("h1", 2), ("h1", 2)], 3),
        ("an ended one holds nothing", [("h0", 1)], 0),
        ("an unknown one holds nothing", [("h9", 1)], 0),
    ],
)
def test_check_held(because, draws, held_of_refused):
    known = {"h1": reservation(3), "h0": reservation(0, key="h0")}
    asked = [Draw(reservation=key, units=units) for key, units in draws]
    if held_of_refused is None:
        rules.check_held(asked, known)
        return
    with pytest.raises(NotHeld) as refused:
        rules.check_held(asked, known)
    assert refused.value.details["held"] == held_of_refused, because


@pytest.mark.parametrize(
    ("because", "node", "to", "ends_in"),
    [
        ("given back to the shelf", "PAR", SHELF, SHELF),
        ("sent to the customer", "PAR", OUT, OUT),
        ("found broken", "PAR", State.DAMAGED, State.DAMAGED),
        ("what was never made has no shelf to go back to", "PRINT", SHELF, OUT),
        ("what was made and broke is broken", "PRINT", State.DAMAGED, State.DAMAGED),
    ],
)
def test_moves_to_draw(because, node, to, ends_in):
    known = {"h1": reservation(3, node=node)}
    moves = rules.moves_to_draw([Draw(reservation="h1", units=2)], known, to, {"PRINT"})
    [one] = moves["cart:1"]
    assert (one.quantity, one.source.state, one.target.state) == (2, HELD, ends_in), because


@pytest.mark.parametrize(
    ("because", "prior", "kept", "settled", "expected"),
    [
        ("nothing measured: what is believed", 0.9, 0, 0, 0.9),
        ("as many measured as the belief weighs: half way", 0.9, 25, 50, 0.7),
        ("much is measured: nearly that", 0.9, 5_000, 10_000, 0.501990),
        ("always kept", 0.5, 50, 50, 0.75),
    ],
)
def test_chance(because, prior, kept, settled, expected):
    assert rules.chance(prior, kept, settled) == pytest.approx(expected, abs=1e-6), because


@given(
    prior=st.floats(0.01, 0.99), kept=st.integers(0, 10**6), broken=st.integers(0, 10**6)
)  # fmt: skip
def test_a_chance_is_one_and_moves_with_what_is_measured(prior, kept, broken):
    now = rules.chance(prior, kept, kept + broken)
    assert 0 < now < 1
    assert (
        rules.chance(prior, kept + 1, kept + broken + 1)
        >= now
        >= rules.chance(prior, kept, kept + broken + 1)
    )
