"""One order in a browser: its customer is told how it stands, and its delivery is changed."""

import pytest
from msgspec import structs
from playwright.sync_api import expect

import world
from noria.orders.model import Recipient
from tower_site import sign_in

pytestmark = pytest.mark.xdist_group("browser")


def test_a_customer_is_told_and_their_delivery_changed(page, tower):
    with tower.transaction() as tx:
        nora = Recipient(name="Nora Petit", email="nora@example.org")
        world.accept(tx, structs.replace(world.order("told", poster=1), recipient=nora))
    sign_in(page, at="/tower/orders/told")
    page.get_by_role("button", name="Message").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("by e-mail to n…@example.org")
    expect(dialog.frame_locator("iframe").locator("body")).to_contain_text("Poster")
    dialog.get_by_role("button", name="Send", exact=True).press("Enter")
    expect(dialog).to_have_count(0)
    told = page.get_by_role("region", name="What the customer was told")
    expect(told.get_by_role("row").filter(has_text="sent by a person")).to_contain_text("waits")
    expect(page.locator(".timeline")).to_contain_text("Order confirmed, e-mail")
    page.get_by_role("button", name="Change delivery").press("Enter")
    dialog.get_by_label("How", exact=True).select_option("home_standard")
    dialog.get_by_label("What the customer pays").fill("4.50")
    dialog.get_by_label("Reason").fill("they called")
    dialog.get_by_role("button", name="Save").press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator(".timeline")).to_contain_text("place: they called")
