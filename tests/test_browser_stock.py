"""The lists of stock in a real browser: a difference is approved, what lies where is looked at."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

import world
from counting import ANA, BOB
from keyboard import pick, press
from noria.stock import actions as stock
from noria.stock.counts import actions
from noria.stock.counts.model import CountKind, Policy, Reading, Task
from noria.stock.model import Move, Movement, MovementKind, Place, State
from tower_site import NOW, look_over, put, sign_in


@pytest.fixture(scope="module")
def counted(tower):
    """A count in the shop that found far fewer than the book knows, twice: it waits for a yes."""
    with tower.transaction() as tx:
        world.shelve(tx, "SHOP", bowl=80, now=NOW)
        task = Task(
            id="shop-1", node="SHOP", kind=CountKind.CYCLE, is_blind=True, policy=Policy(),
            opened_at=NOW, opened_by=BOB.id,
        )  # fmt: skip
        actions.open_task(tx, task, skus=["bowl"], size=None, now=NOW)
        for number in (1, 2):
            at = NOW + timedelta(seconds=number)
            reading = Reading(
                id=f"shop-1-{number}", task="shop-1", sku="bowl", quantity=20, counted_at=at,
                actor=ANA.id, round=number,
            )  # fmt: skip
            actions.read(tx, "shop-1", [reading], now=at)


def test_a_difference_is_approved_with_its_reason(page, counted, tower):
    sign_in(page)
    page.wait_for_url("**/today")
    page.goto("/tower/stock/all/counts?node=SHOP")
    row = page.get_by_role("row").filter(has_text="shop-1")
    expect(row).to_contain_text("1 waits for a yes")
    row.focus()
    page.keyboard.press("Enter")
    line = page.get_by_role("row").filter(has_text="bowl")
    expect(line).to_contain_text("-60")
    press(page, line.get_by_role("button", name="Approve"))
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Approve")).to_be_disabled()
    pick(page, dialog.get_by_role("combobox", name="Why the book was wrong"), "")
    press(page, dialog.get_by_role("button", name="Approve"))
    expect(line).to_contain_text("booked")
    with tower.transaction() as tx:
        assert world.levels(tx)["bowl", "SHOP", "available"] == 20


def confirm(page):
    """Once it is asked for: the answer that does it has the focus."""
    expect(page.get_by_role("dialog").locator("button:focus")).to_have_count(1)
    page.keyboard.press("Enter")


def test_a_random_sample_is_drawn_counted_and_tells_how_right_the_book_is(page, tower):
    with tower.transaction() as tx:
        held = ("available", "reserved")
        units = sum(world.levels(tx).get(("mug", "LYS", state), 0) for state in held)
    sign_in(page)
    page.wait_for_url("**/today")
    page.goto("/tower/stock/all/counts?node=LYS")
    expect(page.get_by_text("nobody knows how right the book is")).to_be_visible()
    page.get_by_role("button", name="Draw a random sample").press("Enter")
    confirm(page)
    row = page.get_by_role("row").filter(has_text="random sample")
    expect(row).to_contain_text("0 of 1 lines")
    row.press("Enter")
    page.get_by_role("button", name="Write down").press("Enter")
    page.get_by_label("Units").fill(str(units))
    page.keyboard.press("Enter")
    expect(page.get_by_role("row").filter(has_text="mug")).to_contain_text("settled")
    page.get_by_role("button", name="Book what is settled").press("Enter")
    confirm(page)
    expect(page.get_by_role("row").filter(has_text="mug")).to_contain_text("booked")
    page.goto("/tower/stock/all/counts?node=LYS")
    expect(page.get_by_text("100% of the records are right")).to_be_visible()


def test_what_a_node_can_promise_says_of_what_it_is_made(page):
    sign_in(page)
    page.wait_for_url("**/today")
    page.goto("/tower/stock/nodes/LYS")
    page.get_by_role("row").filter(has_text="mug").focus()
    page.keyboard.press("Enter")
    promised = page.get_by_role("row").filter(has_text="LYS").locator(".tip-button")
    promised.first.focus()
    expect(page.get_by_role("tooltip")).to_contain_text("on the shelf")


@pytest.fixture
def moved(tower):
    """Units that a till sold beyond the book's, for a cause of its own and as somebody typed it."""
    with tower.transaction() as tx:
        shelf, outside = (Place("LYS", one) for one in (State.AVAILABLE, State.OUTSIDE))
        sale = Movement(
            id="sale-1", kind=MovementKind.SOLD, cause="till:9", happened_at=NOW,
            moves=(Move(sku="bowl", quantity=3, source=shelf, target=outside),),
            reason="vente du soir",
        )  # fmt: skip
        stock.book(tx, [sale], actor=ANA.id, now=NOW)
        world.shelve(tx, "LYS", bowl=2, now=NOW)


def test_any_figure_of_a_shelf_tells_why_it_is_so_in_the_readers_words(page, moved):
    sign_in(page)
    page.wait_for_url("**/today")
    page.goto("/tower/stock/mug")
    page.get_by_role("button", name=re.compile("Why [1-9][0-9]* reserved at")).first.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("reserved at")
    expect(dialog.get_by_role("row").nth(1)).to_contain_text(re.compile(r"order \w"))
    page.evaluate("localStorage.setItem('noria-language', 'fr')")
    page.goto("/tower/stock/bowl")
    page.get_by_role("button", name=re.compile("Pourquoi .* à LYS")).first.press("Enter")
    typed, found = dialog.get_by_role("row").nth(2), dialog.get_by_role("row").nth(3)
    expect(typed).to_contain_text("till:9 vente du soir")
    expect(found).to_contain_text("mouvement sale-1 pas dans le livre")


PATHS = (
    *("stock/all/nodes", "stock/nodes/SHOP", "stock/all/moving", "stock/all/counts?node=SHOP"),
    *("stock/counts/shop-1", "stock/all/value", "stock/all/integrity", "first-hour"),
)


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_its_pages_are_for_everybody(page, counted, width, scheme):
    sign_in(page)
    page.wait_for_url("**/today")
    bought = {
        "supplier": "mill", "node": "PAR", "ordered_at": NOW.isoformat(),
        "expected_on": "2026-12-24", "lines": [{"sku": "bowl", "quantity": 2}],
    }  # fmt: skip
    put(page, "/v1/purchase-orders/bought", bought)
    look_over(page, (*PATHS, "stock/moving/purchases/bought"), width, scheme)
