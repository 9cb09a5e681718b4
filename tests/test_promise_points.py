"""Until when somebody may order what they fetch, and still find it ready on the day they were told."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

import world
from caller import calling
from noria.kit import clock
from noria.kit.auth import Permission
from noria.network import actions as network
from noria.network.model import Closure, Lane, Opening


def opening(day, opens, closes):
    return Opening(day=date(2026, 11, day), opens=time(opens), closes=time(closes), reason="soldes")


@pytest.mark.parametrize(
    ("because", "shop", "day_before", "until", "day_after"),
    [
        ("an hour before it closes, for that is what handling takes", {}, 23, "23 21:00", 24),
        ("its opening of that day counts", {"openings": (opening(23, 10, 15),)}, 23, "23 14:00", 24),
        ("it is shut on the day after", {"closures": (Closure(day=date(2026, 11, 24), reason="inventaire"),)}, 23, "23 21:00", 25),
        ("it never closes: an hour before midnight", {"hours": ()}, 23, "23 22:59:59", 24),
        ("a day of lead: until midnight", {"lead_days": 1}, 24, "23 23:59:59", 25),
    ],
)  # fmt: skip
def test_until_when_what_is_fetched_is_ready_that_day(
    db, because, shop, day_before, until, day_after
):
    """As long as `order_by` says it is ready on that day, in the store and where its lane begins."""
    last = datetime.fromisoformat(f"2026-11-{until}").replace(tzinfo=ZoneInfo("Europe/Paris"))
    with db.transaction() as tx:
        clock.start_driving(tx, world.MONDAY)
        world.build(tx)
        world.amend(tx, "SHOP", **shop)
        world.amend(tx, "LYS", **shop)
        world.shelve(tx, "SHOP", cup=1)
        world.shelve(tx, "LYS", mug=2)
        lane = Lane(source="LYS", target="SHOP", transit_days=2)
        network.save_lanes(tx, [lane], actor="x", now=world.MONDAY)
    with calling(db, Permission.PROMISE_READ) as client:

        def days():
            fetched = {}
            for sku in ("cup", "mug"):
                asked = {"lines": [{"sku": sku}], "stores": ["SHOP"]}
                [way] = client.post("/v1/promises", json=asked).json()["ways"]
                at = way["ready_at"] or way["parts"][0]["departs_on"] + "T12:00:00Z"
                there = datetime.fromisoformat(at).astimezone(ZoneInfo("Europe/Paris"))
                fetched[way["option"]] = (there.day, datetime.fromisoformat(way["order_by"]))
            return fetched

        options = ("pick_up", "ship_to_store")
        assert days() == dict.fromkeys(options, (day_before, last)), because
        for at, day in ((last, day_before), (last + timedelta(minutes=1), day_after)):
            db.run(lambda tx, at=at: clock.drive(tx, at))
            assert {one: told[0] for one, told in days().items()} == dict.fromkeys(options, day)
