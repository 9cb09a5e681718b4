"""The control tower as people use it: in a real browser, on a real server, by hand and by keyboard."""

import pytest
from playwright.sync_api import expect

import world
from tower_site import NOW, PEOPLE, look_over, sign_in


def menu(page):
    return page.get_by_role("navigation").get_by_role("link").all_inner_texts()


def test_signing_in_and_out(page):
    sign_in(page, password="not-it-at-all")
    expect(page.get_by_role("alert")).to_contain_text("log-in-refused")
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    (session,) = (one for one in page.context.cookies() if one["name"].endswith("session"))
    assert (session["httpOnly"], session["sameSite"]) == (True, "Lax")
    page.get_by_role("button", name="Claire").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    page.goto("/tower/orders")
    expect(page.get_by_label("Password")).to_be_visible()


def test_a_session_that_ends_leads_to_the_door(page):
    sign_in(page)
    page.wait_for_url("**/today")
    calm(page)
    page.context.clear_cookies()
    page.get_by_role("navigation").get_by_role("link", name="Orders").click()
    expect(page.get_by_label("Password")).to_be_visible()
    sign_in(page, "ines@example.org")
    page.wait_for_url("**/stock")


@pytest.mark.parametrize(
    ("email", "first", "pages"),
    [
        ("claire@example.org", "Trends", ["Today", "Exceptions", "Orders", "Stock"]),
        ("marc@example.org", "Exceptions", ["Today", "Exceptions", "Orders", "Stock"]),
        ("ines@example.org", "Stock", ["Today", "Exceptions", "Orders", "Stock"]),
        ("zoe@example.org", "Orders", ["Orders", "Stock"]),
        ("olga@example.org", "Exceptions", ["Today", "Exceptions", "Orders", "Stock"]),
        ("theo@example.org", "Webhooks", ["Today", "Exceptions", "Orders", "Stock"]),
        ("anne@example.org", "Integrity", ["Today", "Exceptions", "Orders", "Stock"]),
        ("aude@example.org", "Value", ["Today", "Exceptions", "Orders", "Stock"]),
        ("lise@example.org", "Today", ["Today", "Exceptions", "Orders", "Stock"]),
    ],
)
def test_each_role_begins_where_its_work_is_and_is_refused_nowhere(page, email, first, pages):
    """Through the menu, and through each page's parts where somebody is of some nodes only.

    What the API refuses is an error of the console, and fails in `window_at`.
    """
    sign_in(page, email, at="/")
    expect(page.get_by_role("heading", level=1)).to_have_text(first)
    assert [name for name in menu(page) if name in {"Today", "Exceptions", "Orders", "Stock"}] == (
        pages
    )
    entries = page.get_by_role("navigation").first.get_by_role("link")
    for place in range(entries.count()):
        entries.nth(place).click()
        expect(entries.nth(place)).to_have_attribute("aria-current", "page")
        calm(page)
        room = entries.nth(place).get_attribute("href")
        parts = page.locator(f'nav.tabs a[href^="{room}"]')
        for part in range(1, parts.count() if PEOPLE[email][1] else 0):
            parts.nth(part).click()
            calm(page)


def calm(page):
    """What a page asks was answered."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("Loading")).to_have_count(0)


def test_an_order_is_seen_as_it_is_accepted(page, tower):
    sign_in(page)
    expect(page.get_by_role("status").filter(has_text="live")).to_be_visible()
    placed = page.get_by_role("link", name="Orders, last 24 h").locator(".stat-value")
    expect(placed).not_to_have_text("—")
    before = int(placed.inner_text())
    with tower.transaction() as tx:
        world.accept(tx, world.order("new", mug=1, at=NOW), now=NOW)
    expect(placed).to_have_text(str(before + 1))
    for leads in (placed, page.locator(".funnel").get_by_role("link", name="sourced")):
        leads.click()
        expect(page.locator(".answer")).to_contain_text("Placed since")
        expect(page.get_by_role("row")).to_have_count(before + 2)
        expect(page.get_by_role("row").filter(has_text="new")).to_have_count(1)
        page.go_back()


def test_an_exception_is_taken_given_back_and_solved(page):
    sign_in(page)
    page.get_by_role("link", name="Exceptions", exact=True).click()
    row = page.get_by_role("row").filter(has_text="asked to wait")
    row.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Take it").click()
    expect(row).to_contain_text("Claire")
    page.get_by_role("button", name="Undo").click()
    expect(row).to_contain_text("nobody")
    row.get_by_role("button", name="Lift the hold").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Nodes may pick this order at once")
    dialog.get_by_role("button", name="Lift the hold").click()
    expect(row).to_have_count(0)


def test_an_order_is_found_by_keyboard_and_explains_itself(page):
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Search")).to_be_focused()
    page.keyboard.type("camille")
    expect(page.get_by_role("option", name="held")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Order held")
    expect(page.locator(".decision").first).to_contain_text("chosen")
    page.keyboard.press("Alt+4")
    expect(page.get_by_role("heading", level=1)).to_have_text("Orders")
    page.get_by_role("searchbox").fill("sen")
    row = page.get_by_role("row").filter(has_text="sent")
    expect(page.get_by_role("row")).to_have_count(2)
    row.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Order sent")


def test_a_planner_looks_for_stock_again(page):
    sign_in(page, "ines@example.org", at="/tower/orders/waits")
    page.get_by_role("button", name="Look for stock again").press("Enter")
    expect(page.get_by_text("it still waits for stock")).to_be_visible()


def test_french_and_english(page):
    sign_in(page)
    page.get_by_role("button", name="Passer en français").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Aujourd'hui")
    assert page.locator("html").get_attribute("lang") == "fr"
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Aujourd'hui")
    page.goto("/tower/exceptions")
    row = page.get_by_role("row").filter(has_text="Commande en attente de stock")
    expect(row).to_be_visible()
    page.get_by_role("button", name="EN ·").click()
    expect(row).to_have_count(0)
    expect(page.get_by_role("row").filter(has_text="Order waits for stock")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_every_page_is_for_everybody(page, width, scheme):
    """Nothing that axe calls serious, narrow and wide, dark and light; and nothing runs over."""
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    paths = ("today", "trends", "exceptions", "orders", "orders/sent", "stock", "stock/mug")
    look_over(page, paths, width, scheme)
