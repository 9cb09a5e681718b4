"""One order in a browser: its customer is told how it stands, and its delivery is changed."""

import re

from msgspec import structs
from playwright.sync_api import expect

import world
from noria.orders.model import Recipient
from tower_site import sign_in
from world import MONDAY


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
    page.get_by_role("button", name="More").press("Enter")
    page.get_by_role("menuitem", name="Change delivery").press("Enter")
    dialog.get_by_label("How", exact=True).select_option("home_standard")
    dialog.get_by_label("What the customer pays").fill("4.50")
    dialog.get_by_label("Reason").fill("they called")
    dialog.get_by_role("button", name="Save").press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator(".timeline")).to_contain_text("place: they called")


def test_what_left_and_came_back_is_told_and_the_customers_page_opened(page, tower):
    with tower.transaction() as tx:
        world.accept(tx, world.order("back", bowl=1))
        world.send(tx, "back.1")
        (sscc,) = tx.execute(
            "select sscc from parcel join shipment on shipment.id = shipment_id and order_id = 'back'"
        ).fetchone()
        tx.execute(
            "insert into parcel_number (carrier, number, sscc, told_at) values ('dhl', 'AB12', %s, %s)",
            [sscc, MONDAY],
        )
        tx.execute(
            """
            insert into rma (id, order_id, node, reason, asked_at)
            values ('r-back', 'back', 'PAR', 'too small', noria_now());
            insert into rma_line (rma_id, sku, quantity) values ('r-back', 'bowl', 1);
            insert into refund (id, order_id, cause, reason, cents, currency, due_at)
            values ('f-back', 'back', 'rma:r-back', 'returned', 990, 'EUR', noria_now())
            """
        )
    sign_in(page, at="/tower/orders/back")
    parcels = page.get_by_role("region", name="Parcels")
    expect(parcels).to_contain_text(sscc)
    expect(parcels).to_contain_text("AB12")
    expect(parcels).to_contain_text("its carrier has said nothing yet")
    back = page.get_by_role("region", name="Returns and refunds")
    expect(back).to_contain_text("Return r-back to PAR")
    expect(back).to_contain_text("€9.90 to be paid back")
    page.get_by_role("button", name="More").press("Enter")
    page.get_by_role("menuitem", name="Customer's page").press("Enter")
    opens = page.get_by_role("dialog").get_by_role("link", name="Open it")
    address = opens.get_attribute("href")
    assert re.search(r"/t/\S{20,}$", address)
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Your order came")


def test_days_of_this_year_are_told_without_it_by_the_clock_of_the_business(page):
    sign_in(page, at="/tower/orders/sent")
    accepted = page.locator(".answer")
    expect(accepted).to_contain_text("Mon 23 Nov · ")
    page.route("**/v1/clock", lambda route: route.fulfill(json={"at": "2031-01-02T00:00:00Z"}))
    page.reload()
    expect(accepted).to_contain_text("Mon, 23 Nov 2026 · ")


def test_a_service_is_called_by_its_name(page):
    sign_in(page, at="/tower/orders/sent")
    legs = page.get_by_role("region", name="Legs")
    expect(legs).to_contain_text("Home")
    page.goto("/tower/orders")
    expect(page.get_by_role("row").filter(has_text="sent")).to_contain_text("Home")
