"""Windows of what comes in several ways: what lies in a store travels not."""

from datetime import date, timedelta

import pytest

from noria.network.model import PICK_UP
from noria.orders import windows
from noria.orders.model import Head, Place
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
