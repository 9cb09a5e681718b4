"""Who gets what of what is there: the one decision about wishes, as a table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noria.promise import wish_rules as rules
from noria.promise.model import Hold, NotEnough
from noria.promise.wish_model import Asked, Own, Shelves, Wish, WishBody, WishLine
from noria.stock.model import Aside

NOBODY = {None: {}, "web": {}}


def wish(*lines, is_partial=False, **more):
    """Lines are units of mugs in Paris, or (SKU, node, units)."""
    each = [("mug", "PAR", line) if isinstance(line, int) else line for line in lines]
    return Wish(
        [
            Hold(
                **(
                    {"id": f"h{n}", "demand": "cart:1", "sku": sku, "node": node, "quantity": units}
                    | more
                )
            )
            for n, (sku, node, units) in enumerate(each)
        ],
        is_partial,
    )


def shelves(mugs=5, **more):
    return Shelves(
        **({"available": {("mug", "PAR"): mugs, ("cup", "PAR"): 2}, "kept": NOBODY} | more)
    )


ANN = {"own": {("ann", "mug", "PAR"): [Own("a1", 1), Own("a2", 3)]}}


@pytest.mark.parametrize(
    ("because", "there", "wishes", "gets"),
    [
        ("the first who comes is served", shelves(), [wish(4), wish(2), wish(1)], [[4], 1, [1]]),
        ("a wish that is refused takes nothing", shelves(), [wish(3, 3), wish(5)], [2, [5]]),
        ("all lines or none, over SKUs", shelves(), [wish(5, ("cup", "PAR", 3)), wish(5)], [2, [5]]),
        ("or of each what there is", shelves(), [wish(9, ("cup", "PAR", 1), is_partial=True)], [[5, 1]]),
        ("lines of one SKU add up there too", shelves(), [wish(3, 3, is_partial=True)], [[3, 2]]),
        ("a line of which there is nothing is left out", shelves(0), [wish(1, ("cup", "PAR", 1), is_partial=True)], [[1]]),
        ("of nothing at all nothing is held", shelves(0), [wish(1, is_partial=True)], [0]),
        ("a shelf that nobody opened has nothing", shelves(), [wish(("mug", "LYS", 1))], [0]),
        ("a closed node gives nothing", shelves(closed={"PAR"}), [wish(1)], [0]),
        ("protected units are the channel's", shelves(kept={None: {("mug", "PAR"): 4}, "web": {}}),
         [wish(2), wish(5, channel="web")], [1, [5]]),
        ("and gone when the channel has them", shelves(kept={None: {("mug", "PAR"): 4}, "web": {}}),
         [wish(4, channel="web"), wish(1)], [[4], 0]),
        ("demand that only this node may send comes first", shelves(named={("mug", "PAR"): 4}), [wish(2)], [1]),
        ("and is what an order is for", shelves(named={("mug", "PAR"): 4}), [wish(5, demand="order:1")], [[5]]),
        ("demand that is nowhere yet counts over all nodes", shelves(spare={(None, "mug"): 2}), [wish(2), wish(1)], [[2], 0]),
        ("what another channel took counts", shelves(spare={(None, "mug"): 2, ("web", "mug"): 2}),
         [wish(2, channel="web"), wish(1)], [[2], 0]),
        ("sourcing serves that demand", shelves(spare={(None, "mug"): 0}), [wish(5, demand="order:1")], [[5]]),
        ("own holds never block", shelves(1, **ANN), [wish(5, shopper="ann")], [[5]]),
        ("but are no stock", shelves(1, **ANN), [wish(6, shopper="ann")], [5]),
        ("nor anybody else's", shelves(1, **ANN), [wish(2, shopper="bob"), wish(2)], [1, 1]),
        ("and are there once", shelves(0, **ANN), [wish(3, shopper="ann"), wish(2, shopper="ann"), wish(1, shopper="ann")], [[3], 1, [1]]),
        ("what a refused wish drew is put back", shelves(0, **ANN), [wish(4, ("cup", "PAR", 3), shopper="ann"), wish(4, shopper="ann")], [2, [4]]),
        ("a maker has its capacity for what it makes", shelves(made={"PRINT": 3}, makes={("mug", "PRINT")}),
         [wish(("mug", "PRINT", 2)), wish(("cup", "PRINT", 1)), wish(("mug", "PRINT", 2))], [[2], 0, 1]),
    ],
)  # fmt: skip
def test_grant(because, there, wishes, gets):
    """What each gets, line by line, or how many there were of what it was refused for."""
    told = [
        one.details["available"]
        if isinstance(one, NotEnough)
        else [hold.quantity for hold in one.holds]
        for one in rules.grant(wishes, there)
    ]
    assert told == gets, because


CHANNELS, SKUS, NODES = [None, "web"], ["mug", "cup"], ["PAR", "LYS"]
PAIRS = st.tuples(st.sampled_from(SKUS), st.sampled_from(NODES))
FEW = st.integers(0, 4)


@given(
    st.lists(st.tuples(st.lists(st.tuples(PAIRS, st.integers(1, 3)), min_size=1, max_size=3),
                       st.sampled_from(CHANNELS), st.booleans(), st.booleans())),
    st.dictionaries(PAIRS, st.integers(0, 20)),
    st.dictionaries(PAIRS, FEW), st.dictionaries(PAIRS, FEW),
    st.dictionaries(st.tuples(st.sampled_from(CHANNELS), st.sampled_from(SKUS)), FEW),
    st.sampled_from([(), {"LYS"}]),
)  # fmt: skip
def test_where_there_is_enough_for_all_it_is_decided_as_one_by_one(
    asked, there, kept, named, spare, closed
):
    """Whether there is enough for everybody is asked first; it changes no decision."""
    known = Shelves(
        available=there, kept={None: kept, "web": {}}, named=named, spare=spare, closed=closed
    )
    wishes = [
        wish(
            *[(sku, node, units) for (sku, node), units in lines], is_partial=is_partial,
            channel=channel, demand="order:1" if is_order else "cart:1",
        )
        for lines, channel, is_partial, is_order in asked
    ]  # fmt: skip
    left = rules._Left(known)
    for one, alone in zip(rules.grant(wishes, known), map(left.decide, wishes), strict=True):
        if isinstance(one, NotEnough):
            assert isinstance(alone, NotEnough)
            assert one.details == alone.details
        else:
            assert list(one.holds) == list(alone.holds)


def test_the_shelf_goes_first_and_of_own_holds_those_that_end_soonest():
    [granted] = rules.grant([wish(3, shopper="ann")], shelves(1, **ANN))
    assert [(one.reservation, one.units) for one in granted.draws] == [("a1", 1), ("a2", 1)]


@given(
    st.lists(
        st.tuples(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.booleans(), st.booleans())
    ),
    st.integers(0, 20),
    st.integers(0, 9),
)
def test_no_history_gives_more_than_there_is(asked, there, own):
    """Units are never made: what is held, less what own holds gave, was on the shelf."""
    known = shelves(there, own={("ann", "mug", "PAR"): [Own("a", own)]} if own else {})
    wishes = [
        wish(*lines, is_partial=is_partial, shopper="ann" if is_ann else None)
        for lines, is_partial, is_ann in asked
    ]
    grants = rules.grant(wishes, known)
    good = [one for one in grants if not isinstance(one, NotEnough)]
    held = sum(hold.quantity for one in good for hold in one.holds)
    drawn = sum(draw.units for one in good for draw in one.draws)
    assert 0 <= drawn <= own
    assert held - drawn <= there
    for asking, one in zip(wishes, grants, strict=True):
        if not asking.is_partial and not isinstance(one, NotEnough):
            assert one.holds == list(asking.holds), "all or nothing"


def test_a_shelf_is_one_move_of_its_movement_and_each_line_has_its_place_there():
    """Movements are the senders', with so many lines at the most; lines count parts, not moves."""

    def sent(actor, demand, *lines):
        body = WishBody(
            id=demand, demand=f"cart:{demand}",
            lines=tuple(WishLine(sku=sku, node="PAR", quantity=n) for sku, n in lines),
        )  # fmt: skip
        return rules.settled(Asked(body=body, actor=actor, digest=b""))

    wishes = [
        sent("ann", "a", ("mug", 1), ("cup", 2)), sent("bob", "b", ("mug", 9)),
        sent("ann", "c", ("mug", 3)), sent("ann", "d", ("mug", 4)),
    ]  # fmt: skip
    assert rules.put_aside(wishes, 3, is_told_by_shelf=True) == [
        Aside(0, 0, "ann", "mug", "PAR", ["cart:a", "cart:c"], [1, 3]),
        Aside(0, 2, "ann", "cup", "PAR", ["cart:a"], [2]),
        Aside(1, 0, "bob", "mug", "PAR", ["cart:b"], [9]),
        Aside(2, 0, "ann", "mug", "PAR", ["cart:d"], [4]),
    ]
    apart = rules.put_aside(wishes, 100, is_told_by_shelf=False)
    assert [(one.number, one.line, one.parts) for one in apart] == [
        (0, 0, [1]), (0, 1, [2]), (0, 2, [3]), (0, 3, [4]), (1, 0, [9]),
    ]  # fmt: skip
