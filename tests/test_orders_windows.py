"""Windows of what comes in several ways: what lies in a store travels not."""

from datetime import date, timedelta

import pytest
from msgspec import structs

from noria.network.model import PICK_UP
from noria.network.reliability_model import Estimate, Topic
from noria.orders import windows
from noria.orders.model import Head
from noria.orders.windows import Place
from noria.promise.delivery.legs import believed
from noria.promise.model import Arrival
from world import MONDAY

THERE, PARCEL = ("SHOP", PICK_UP), ("PAR", "HOME")
PLACES = {
    way: Place(node=way[0], service=way[1], kind="store", time_zone="Europe/Paris", carrier="")
    for way in (THERE, PARCEL)
}


def promised(chance, *ways):
    head = Head(
        id="o1", channel="web", country="FR", postcode="75011", option=None, told_from=None,
        told_to=None, told_chance=None,
    )  # fmt: skip
    legs = [
        Arrival(node=node, service=service, leaves_at=MONDAY, arrives_on=date(2026, 3, 4))
        for node, service in ways
    ]
    found = windows.told(head, legs, PLACES, believed(), chance=chance, now=MONDAY)
    return found.promised_to, found.chance


def test_what_a_store_finds_is_told_by_its_own_past_and_by_how_much_it_has_to_find():
    """It did not find 10 of 20; each line is one more that has to be there."""
    half = Estimate(topic=Topic.PICK, key="node:SHOP", parent="", counts=(), weights=(),
                    strength=1.0, shares=(0.6, 0.4, 0.0, 0.0))  # fmt: skip
    known = structs.replace(
        windows.NOTHING_KNOWN,
        estimates={(Topic.PICK, "node:SHOP"): half}, node_groups={"SHOP": ("node:SHOP",)},
    )  # fmt: skip
    head = Head(id="o1", channel="web", country="FR", postcode="75011", option=None,
                told_from=None, told_to=None, told_chance=None)  # fmt: skip
    for lines, chance in ((1, 0.6), (2, 0.36)):
        leg = Arrival(node="SHOP", service=PICK_UP, leaves_at=MONDAY, arrives_on=MONDAY.date(),
                      lines=lines)  # fmt: skip
        found = windows.told(head, [leg], PLACES, believed(), chance=0.95, now=MONDAY, known=known)
        assert found.chance == pytest.approx(chance, abs=0.01)


@pytest.mark.parametrize(
    ("because", "chance", "ways", "as_parcel", "least"),
    [
        ("it lies there", 0.99, [THERE], None, 0.97),
        ("a parcel alone is as sure as is asked", 0.99, [PARCEL], 0.99, 0.99),
        ("both together, where they can be", 0.9, [THERE, PARCEL], 0.9 / 0.97, 0.9),
        ("as sure as a store is to find", 0.95, [THERE, PARCEL], 0.97, 0.97 * 0.97),
        ("what no store is, the parcel is", 0.99, [THERE, PARCEL], 0.99, 0.97 * 0.99),
    ],
)
def test_a_store_draws_no_window_out(because, chance, ways, as_parcel, least):
    day, sure = promised(chance, *ways)
    assert sure >= round(least, 4), because
    if as_parcel is not None:
        assert day == promised(as_parcel, PARCEL)[0], because
    else:
        assert day - MONDAY.date() < timedelta(days=1), because
