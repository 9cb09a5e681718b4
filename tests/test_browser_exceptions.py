"""Exceptions in a browser, many at once and by keyboard: taken, put off, spoken of, and done."""

import re

import pytest
from playwright.sync_api import expect

import world
from keyboard import take, write
from noria.orders import hold_actions
from noria.orders.hold_model import HoldBody, HoldKind
from noria.tower import standing_actions
from tower_site import faults, sign_in
from world import MONDAY

MANY = ("many-1", "many-2", "many-3")


@pytest.fixture
def held(tower):
    """Orders that have been held for longer than a day."""
    with tower.transaction() as tx:
        for order in MANY:
            world.accept(tx, world.order(order, poster=1))
            hold = HoldBody(order=order, kind=HoldKind.MANUAL, reason="the fair is over")
            hold_actions.place(tx, f"hold-{order}", hold, actor=world.ACTOR, now=MONDAY)
        standing_actions.look(tx)


def rows(page):
    return page.get_by_role("row").filter(has_text="the fair is over")


def choose_all(page):
    for order in MANY:
        page.get_by_role("checkbox", name=re.compile(f"{order}$")).press("Space")
    bulk = page.get_by_role("toolbar").filter(has_text="3 chosen")
    expect(bulk).to_be_visible()
    return bulk


def test_many_exceptions_are_taken_put_off_and_done_at_once_by_keyboard(page, held):
    sign_in(page, at="/tower/exceptions?kind=order.held")
    expect(rows(page)).to_have_count(3)
    bulk = choose_all(page)
    bulk.get_by_role("button", name="Take them").press("Enter")
    expect(page.get_by_text("They are yours")).to_be_visible()
    expect(rows(page).filter(has_text="Claire")).to_have_count(3)
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.get_by_text("Undone")).to_be_visible()
    expect(rows(page).filter(has_text="nobody")).to_have_count(3)
    give = choose_all(page).get_by_role("combobox", name="Give them to")
    give.press("O")
    page.keyboard.type("lga")
    expect(page.get_by_role("option")).to_have_count(1)
    give.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Olga has them now")).to_be_visible()
    expect(rows(page).filter(has_text="Olga")).to_have_count(3)
    choose_all(page).get_by_role("button", name="Snooze them 4 h").press("Enter")
    expect(rows(page)).to_have_count(0)
    page.get_by_role("button", name="Undo").last.press("Enter")
    expect(rows(page)).to_have_count(3)
    say(page)
    choose_all(page).get_by_role("button", name="Lift the hold (3)").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("For each of the 3 that are chosen.")
    expect(dialog.get_by_role("button", name="Lift the hold")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Done: Lift the hold")).to_be_visible()
    expect(rows(page)).to_have_count(0)


def say(page):
    """Something is said of one of them, and stands with it."""
    first = rows(page).filter(has_text="many-1")
    first.get_by_role("button", name="More").press("Enter")
    take(page, page.get_by_role("menuitem", name="Why is this here, comments"))
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("It goes by itself once the hold is lifted")
    expect(drawer.get_by_role("button").first).to_be_focused()
    assert faults(page) == []
    write(page, drawer.get_by_label("Comment"), "they called: all is well")
    drawer.get_by_role("button", name="Say it").press("Enter")
    expect(drawer.get_by_role("listitem").filter(has_text="all is well")).to_contain_text("Claire")
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    expect(first).to_contain_text("💬 1")
