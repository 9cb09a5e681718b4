"""Partners in a browser: who keeps their word, and a feed that is held is looked at and booked."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

import world
from keyboard import press
from noria.catalog import actions as catalog
from noria.catalog.model import Sku
from noria.connectors.feeds.actions import take
from noria.network import actions as network
from noria.network.model import NodeKind
from noria.partners import actions as partners
from noria.partners import feed_actions as feeds
from noria.partners.feed_model import FeedPlan
from noria.partners.model import Partner, PartnerKind
from tower_site import NOW, look_over, sign_in
from world import ACTOR, MONDAY

CODE = "EPINAL"


@pytest.fixture(scope="module")
def partner(tower):
    """A supplier whose second feed would lose most of what its first one brought."""
    with tower.transaction() as tx:
        vase = Sku(code="vase", name="Vase", weight_g=300, price_cents=1990)
        catalog.save(tx, [vase], actor=ACTOR, now=MONDAY)
        node = world.node(CODE, NodeKind.SUPPLIER)
        network.save_nodes(tx, [node], actor=ACTOR, now=MONDAY)
        one = Partner(code=CODE, name="Images", kind=PartnerKind.SUPPLIER, nodes=(CODE,))
        partners.save(tx, one, actor=ACTOR, now=MONDAY)
        plan = FeedPlan(every_minutes=2880, node=CODE)
        feeds.save_plan(tx, plan, partner=CODE, actor=ACTOR, now=MONDAY)
    send(tower, "first", b"sku,quantity\nvase,60\n", MONDAY)
    send(tower, "second", b"sku,quantity\nvase,5\nghost\n", NOW - timedelta(hours=1))


def send(tower, feed, content, at):
    with tower.transaction() as tx:
        feeds.send(
            tx, feed, CODE, content, name=f"{feed}.csv", is_full=None, is_preview=False,
            counted_at=at, actor=ACTOR, now=at,
        )  # fmt: skip
    take(tower, feed, cursor=None)


@pytest.mark.usefixtures("partner")
def test_a_feed_that_is_held_is_looked_at_and_booked(page, tower):
    sign_in(page)
    page.wait_for_url("**/today")
    page.goto("/tower/partners")
    row = page.get_by_role("row").filter(has_text="Images")
    expect(row).to_contain_text("1 waits for a person")
    row.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Images")
    held = page.get_by_role("row").filter(has_text="second.csv")
    expect(held).to_contain_text("held")
    held.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("it would lose 55 of 60 units")).to_be_visible()
    change = page.get_by_role("region", name="What it would change").get_by_role("row")
    expect(change.filter(has_text="vase")).to_contain_text("-55")
    expect(page.get_by_role("region", name="Faults by line")).to_be_visible()
    press(page, page.get_by_role("button", name="Book it"))
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("0 units more, 55 fewer, on 1 shelves")
    press(page, dialog.get_by_role("button", name="Book it"))
    expect(page.get_by_text("It will be booked")).to_be_visible()
    take(tower, "second", cursor=None)
    expect(page.locator(".answer .badge")).to_have_text("booked")
    with tower.transaction() as tx:
        assert world.levels(tx)["vase", CODE, "available"] == 5


@pytest.mark.usefixtures("partner")
@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_partners_are_for_everybody(page, width, scheme):
    sign_in(page, "ines@example.org")
    page.wait_for_url("**/stock")
    tabs = ("carriers", "carriers/Poste", "stores", "promises", "breaches")
    parts = (*tabs, f"of/{CODE}", "feeds/first")
    paths = ("partners", *(f"partners/{part}" for part in parts))
    look_over(page, paths, width, scheme)
