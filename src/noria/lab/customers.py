"""Where customers live: nobody knows, so each is given a French commune, by population."""

from bisect import bisect_right
from collections.abc import Iterable
from functools import cache
from itertools import accumulate

from msgspec import Struct

from noria.lab.chance import pick
from noria.lab.model import Home
from noria.network.communes import communes

GUEST = "guest-"


def homes(customers: Iterable[str], seed: int) -> dict[str, Home]:
    """A home for each customer, decided by the seed and the customer alone, never by the others."""
    return {customer: _home(customer, seed) for customer in sorted(set(customers))}


@cache
def _home(customer: str, seed: int) -> Home:
    places = _places()
    resident = pick(seed, "home", customer, below=places.people[-1])
    name, postcodes, latitude, longitude = places.rows[bisect_right(places.people, resident)]
    return Home(
        customer=customer,
        name=_name(customer),
        postcode=postcodes[pick(seed, "postcode", customer, below=len(postcodes))],
        town=name,
        latitude=latitude,
        longitude=longitude,
    )


def _name(customer: str) -> str:
    """Never a real person's."""
    if customer.startswith(GUEST):
        return f"Guest {customer.removeprefix(GUEST)}"
    return f"Customer {customer}"


class _Places(Struct, frozen=True):
    """The communes, and how many people live in them and all before them."""

    rows: list[tuple[str, list[str], float, float]]
    people: list[int]


@cache
def _places() -> _Places:
    table = communes().sort("insee")
    rows = table.select("name", "postcodes", "latitude", "longitude").rows()
    return _Places(rows, list(accumulate(table["population"].to_list())))
