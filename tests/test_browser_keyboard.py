"""What people do most, by keyboard alone: where Tab leads, what it shows, and where it comes back to."""

import re

import pytest
from msgspec import structs
from playwright.sync_api import expect

import world
from keyboard import FOCUSED, press, seen, tab_to, take, write
from noria.kit.jobs_run import run
from noria.orders import hold_actions
from noria.orders.hold_model import HoldBody, HoldKind
from noria.orders.jobs import try_policies
from noria.orders.model import Recipient
from noria.tower import standing_actions
from tower_site import DIRECTOR, NOW, PASSWORD, sign_in, work
from world import MONDAY


def test_whoever_comes_in_changes_the_language_and_leaves(page):
    page.goto("/tower")
    write(page, page.get_by_label("E-mail"), DIRECTOR)
    write(page, page.get_by_label("Password"), "not-it-at-all")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("log-in-refused")
    expect(page.get_by_role("button", name="Sign in")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Trends")
    page.keyboard.press("Alt+1")
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    press(page, page.get_by_role("button", name="Passer en français"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Aujourd'hui")
    expect(page.get_by_role("button", name="Switch to English")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    mine = page.get_by_role("button", name="Claire")
    press(page, mine)
    expect(page.get_by_role("menu")).to_be_visible()
    page.keyboard.press("Escape")
    expect(mine).to_be_focused()
    choose(page, mine, "Sign out")
    expect(page.get_by_label("Password")).to_be_visible()


def test_an_order_that_is_accepted_is_seen_live_and_opened(page, tower):
    sign_in(page)
    expect(page.get_by_role("status").filter(has_text="live")).to_be_visible()
    placed = page.get_by_role("link", name="Orders, last 24 h")
    expect(placed.locator(".stat-value")).not_to_have_text("—")
    before = int(placed.locator(".stat-value").inner_text())
    tab_to(page, placed)
    with tower.transaction() as tx:
        world.accept(tx, world.order("by-keys", mug=1, at=NOW), now=NOW)
    expect(placed.locator(".stat-value")).to_have_text(str(before + 1))
    expect(placed).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Orders")
    row = page.get_by_role("row").filter(has_text="by-keys")
    tab_to(page, page.get_by_role("row").nth(1))
    for _ in range(before + 1):
        if row.evaluate(FOCUSED):
            break
        page.keyboard.press("ArrowDown")
        seen(page)
    expect(row).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Order by-keys")


def test_what_may_be_done_to_an_order_is_reached_and_left_where_it_was(page, tower):
    lea = Recipient(name="Léa Roux", street="3 rue des Lilas", phone="+33 6 39 98 00 00")
    with tower.transaction() as tx:
        world.accept(tx, structs.replace(world.order("keyed", mug=1), recipient=lea))
    sign_in(page, at="/tower/orders/keyed")
    person = page.get_by_role("region", name="Recipient")
    expect(person).to_contain_text("3 rue des Lilas")
    expect(person.get_by_role("link", name="+33 6 39 98 00 00")).to_have_attribute(
        "href", "tel:+33639980000"
    )
    head = page.get_by_role("banner").locator("xpath=following::header[1]")
    expect(head.get_by_role("button")).to_have_count(2)
    more = page.get_by_role("button", name="More")
    dialog = page.get_by_role("dialog")
    choose(page, more, "Change recipient")
    expect(dialog.get_by_label("Name")).to_have_value("Léa Roux")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(more).to_be_focused()
    choose(page, more, "Change recipient")
    write(page, dialog.get_by_label("Phone"), "+33 6 39 98 11 11")
    write(page, dialog.get_by_label("Reason"), "they called")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(more).to_be_focused()
    expect(person).to_contain_text("+33 6 39 98 11 11")
    expect(person).to_contain_text("Léa Roux")
    choose(page, more, "Hold")
    expect(dialog.get_by_role("button", name="Hold")).to_be_focused()
    page.keyboard.press("Enter")
    lift = page.get_by_role("button", name="Lift the hold")
    expect(lift).to_be_visible()
    page.keyboard.press("Alt+z")
    expect(lift).to_have_count(0)
    expect(more).to_be_focused()


def choose(page, more, name):
    """Open the menu, and go down to what is called so."""
    if not more.evaluate(FOCUSED):
        tab_to(page, more)
    page.keyboard.press("Enter")
    item = page.get_by_role("menuitem", name=name)
    expect(item).to_be_visible()
    take(page, item)


PARCEL = "What each parcel beyond the first is worth avoiding"


def test_a_policy_is_drafted_changed_tried_and_published(page, tower):
    sign_in(page, at="/tower/policies")
    dialog = page.get_by_role("dialog")
    begin = page.get_by_role("button", name="New draft")
    press(page, begin)
    expect(dialog.get_by_label("Name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(begin).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Name")).to_be_focused()
    page.keyboard.type("by-keys")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("by-keys")
    write(page, page.get_by_label(PARCEL), "3")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("All of it is saved")).to_be_visible()
    expect(page.get_by_label(PARCEL)).to_be_focused()
    press(page, page.get_by_role("button", name="Try", exact=True), back=True)
    page.wait_for_url("**/trials/*")
    expect(page.get_by_role("status").filter(has_text="Draft by-keys")).to_be_visible()
    assert try_policies, "the task is known"
    run(tower, page.url.rpartition("/")[2], lambda: False)
    table = page.get_by_role("region", name="Side by side").get_by_text("As a table")
    press(page, table)
    expect(page.get_by_role("row").filter(has_text="Parcels")).to_be_visible()
    page.go_back()
    make = page.get_by_role("button", name="Make a version")
    press(page, make)
    expect(dialog.get_by_label("Name of the version")).to_be_focused()
    page.keyboard.press("Escape")
    expect(make).to_be_focused()
    page.keyboard.press("Enter")
    write(page, dialog.get_by_label("Why"), "by keyboard alone")
    press(page, dialog.get_by_role("button", name="Make a version"))
    page.wait_for_url("**/versions/by-keys")
    activate = page.get_by_role("button", name="Activate")
    press(page, activate)
    expect(dialog.get_by_label("From (empty: now)")).to_be_focused()
    page.keyboard.press("Escape")
    expect(activate).to_be_focused()


def test_a_file_is_chosen_mended_and_brought_in(page, tower):
    page.on("filechooser", lambda _: None)  # who listens only from the key on may come too late
    sign_in(page, at="/tower/network/files")
    chosen = page.locator("button", has_text="Choose a file")
    choose_file(page, chosen, "code,name\njug,\n")
    work(tower)
    expect(page.get_by_text("Nothing was written. Mend these lines")).to_be_visible()
    expect(chosen).to_be_focused()
    choose_file(page, chosen, "code,name\njug,Jug\n")
    work(tower)
    expect(page.get_by_role("button", name="Bring in 1 line")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Bringing in catalog.csv")).to_be_visible()
    work(tower)
    expect(page.get_by_text("1 line of catalog.csv was brought in.")).to_be_visible()
    expect(chosen).to_be_focused()


def choose_file(page, button, text):
    """Press the button, and pick a file where the system asks for one."""
    tab_to(page, button)
    with page.expect_file_chooser() as asked:
        page.keyboard.press("Enter")
    sent = {"name": "catalog.csv", "mimeType": "text/csv", "buffer": text.encode()}
    asked.value.set_files(sent)
    expect(page.get_by_text("waits for its turn")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "button"),
    [
        ("network/nodes/LYS", "Edit: Capacity"),
        ("network/skus", "Add a SKU"),
        ("network/ways", "Add a service"),
        ("settings/people", "Add a person"),
        ("settings/webhooks", "Add an endpoint"),
    ],
)
def test_a_window_begins_with_what_it_asks_for(page, path, button):
    """Also where that has to be read first."""
    sign_in(page, at=f"/tower/{path}")
    opens = page.get_by_role("button", name=button)
    press(page, opens)
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("input:focus, select:focus, textarea:focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(opens).to_be_focused()


KEYS = ("key-1", "key-2")


def test_an_exception_is_solved_and_the_next_one_has_the_focus(page, tower):
    with tower.transaction() as tx:
        for order in KEYS:
            world.accept(tx, world.order(order, poster=1))
            hold = HoldBody(order=order, kind=HoldKind.MANUAL, reason="by keyboard")
            hold_actions.place(tx, f"hold-{order}", hold, actor=world.ACTOR, now=MONDAY)
        standing_actions.look(tx)
    sign_in(page, at="/tower/exceptions?kind=order.held")
    rows = page.get_by_role("row").filter(has_text="by keyboard")
    expect(rows).to_have_count(2)
    more = rows.first.get_by_role("button", name="More")
    press(page, more)
    take(page, page.get_by_role("menuitem", name="Take it"))
    expect(rows.first).to_contain_text("Claire")
    expect(more).to_be_focused()
    page.keyboard.press("Alt+z")
    expect(rows.first).to_contain_text("nobody")
    lift = rows.first.get_by_role("button", name="Lift the hold")
    press(page, lift, back=True)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Lift the hold")).to_be_focused()
    for _ in range(4):
        page.keyboard.press("Tab")
        assert dialog.evaluate("one => one.contains(document.activeElement)"), "it stays inside"
    page.keyboard.press("Escape")
    expect(lift).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Lift the hold")).to_be_focused()
    page.keyboard.press("Enter")
    expect(rows).to_have_count(1)
    expect(page.locator("tr[data-index] :focus")).to_have_count(1)
    press(page, more)
    take(page, page.get_by_role("menuitem", name=re.compile("^Why is this here")))
    expect(page.get_by_role("dialog")).to_contain_text("It goes by itself once the hold is lifted")
    page.keyboard.press("Escape")
    expect(more).to_be_focused()
