"""What is kept back, in a real browser: a rule is added, changed, ended and brought back."""

import pytest
from playwright.sync_api import expect

from noria.network.model import NodeKind
from noria.promise import keep_back_views as views
from tower_site import faults, look_over, pick, put, sign_in

PLANNER, READER = "ines@example.org", "lise@example.org"


def at(page, path, email=PLANNER):
    sign_in(page, email, at=f"/tower/stock/{path}")


def rules(tower):
    with tower.transaction() as tx:
        found = views.page(tx, sku="cup", node="SHOP", limit=9)
    return [(rule.purpose.value, rule.units, rule.reason) for rule in found]


def test_units_are_kept_back_otherwise_and_no_more(page, tower):
    at(page, "all/kept?node=SHOP")
    page.get_by_role("button", name="Keep units back").press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Purpose").select_option("protection")
    pick(page, "SKU", "cup")
    pick(page, "Node", "SHOP")
    dialog.get_by_label("Days of sales").fill("3")
    dialog.get_by_label("Units of each SKU").fill("2")
    dialog.get_by_label("Reason").fill("for the web shop")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("Say which channel it is kept for.")
    expect(dialog).to_contain_text("Say units or days, not both.")
    assert faults(page) == []
    dialog.get_by_label("Channel").select_option("web")
    dialog.get_by_label("Days of sales").fill("")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    row = page.get_by_role("row").filter(has_text="for the web shop")
    expect(row).to_contain_text("2 units")
    assert rules(tower) == [("protection", 2, "for the web shop")]
    row.get_by_role("button", name="Change").press("Enter")
    dialog.get_by_label("Units of each SKU").fill("5")
    page.keyboard.press("Enter")
    expect(row).to_contain_text("5 units")
    row.get_by_role("button", name="End").press("Enter")
    expect(dialog.locator("button:focus")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(row).to_have_count(0)
    assert rules(tower) == []
    page.get_by_role("button", name="Undo").last.press("Enter")
    expect(row).to_contain_text("5 units")
    row.get_by_role("button", name="End").press("Enter")
    expect(dialog.locator("button:focus")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(row).to_have_count(0)


def test_a_name_that_was_only_typed_keeps_nothing_back_and_an_empty_one_is_any(page, tower):
    at(page, "all/kept")
    page.get_by_role("button", name="Keep units back").press("Enter")
    dialog = page.get_by_role("dialog")
    sku, node = (dialog.get_by_role("combobox", name=name, exact=True) for name in ("SKU", "Node"))
    save = dialog.get_by_role("button", name="Save")
    sku.press_sequentially("cu")
    pick(page, "Node", "SHOP")
    dialog.get_by_label("Units of each SKU").fill("3")
    dialog.get_by_label("Reason").fill("only typed")
    expect(sku).to_have_value("cu")
    expect(dialog).to_contain_text("Choose one of the list, or empty the field.")
    assert faults(page) == []
    save.press("Enter")
    expect(sku).to_be_focused()
    assert not sku.evaluate("input => input.checkValidity()")
    pick(page, "SKU", "cup")
    expect(dialog).not_to_contain_text("Choose one of the list")
    save.press("Enter")
    expect(dialog).to_have_count(0)
    row = page.get_by_role("row").filter(has_text="only typed")
    expect(row).to_contain_text("cup")
    assert rules(tower) == [("buffer", 3, "only typed")]
    row.get_by_role("button", name="Change").press("Enter")
    node.fill("")
    dialog.get_by_label("Kind of nodes").select_option("store")
    save.press("Enter")
    expect(dialog).to_have_count(0)
    with tower.transaction() as tx:
        found = views.page(tx, sku="cup", limit=9)
    kinds = [(rule.node, rule.node_kind) for rule in found if rule.reason == "only typed"]
    assert kinds == [(None, NodeKind.STORE)]
    row.get_by_role("button", name="End").press("Enter")
    dialog.get_by_role("button", name="End").press("Enter")
    expect(row).to_have_count(0)


def test_who_may_not_write_reads_why(page, tower):
    at(page, "all/kept", READER)
    expect(page.get_by_text("Nothing is kept back beyond")).to_be_visible()
    expect(page.get_by_role("button", name="Keep units back")).to_have_count(0)


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_it_is_for_everybody(page, tower, width, scheme):
    at(page, "all/kept")
    rule = {
        "id": "looks", "purpose": "buffer", "sku": "cup", "node": "SHOP", "units": 1,
        "reason": "thefts in the entrance hall", "valid_until": "2026-11-30",
    }  # fmt: skip
    if width < 500:
        put(page, "/v1/keep-backs/looks", rule)
    look_over(page, ("stock/all/kept",), width, scheme)
    page.get_by_role("button", name="Garder des unités" if width < 500 else "Keep units").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("textbox").first).to_be_visible()
    assert dialog.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert faults(page) == []
