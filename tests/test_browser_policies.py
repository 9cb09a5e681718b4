"""A policy in a browser: drafted, tried on past orders, made a version, and live at its time."""

import pytest
from playwright.sync_api import expect

from keyboard import pick, press
from noria.kit.jobs_run import run
from noria.orders.jobs import try_policies
from tower_site import faults, look_over, put, sign_in

PARCEL = "What each parcel beyond the first is worth avoiding"


def test_a_policy_is_drafted_replayed_and_activated(page, tower):
    sign_in(page)
    page.wait_for_url("**/today")
    page.goto("/tower/policies")
    expect(page.locator(".answer")).to_contain_text("expected-2, which came with Noria: our own")
    known = page.get_by_role("region", name="What was live when")
    expect(known.get_by_role("row").filter(has_text="live").first).to_contain_text("expected-2")
    expect(known.get_by_text("replaced at once by expected-1")).to_be_visible()
    draft(page)
    replay(page, tower)
    publish(page)
    activate(page)


def draft(page):
    page.get_by_role("button", name="New draft").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Name").fill("door-bells")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("door-bells")
    page.get_by_label(PARCEL).fill("4000000")
    expect(page.get_by_text("From €0.00 to €100,000")).to_be_visible()
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    page.get_by_label(PARCEL).fill("4")
    press(page, page.get_by_role("button", name="Add an exception"))
    expect(page.get_by_text("3 fields to mend")).to_be_visible()
    page.get_by_role("combobox", name="Node", exact=True).fill("SHOP")
    page.get_by_label("Why").fill("its team is short of two people")
    pick(page, page.get_by_role("combobox", name="Sets"), "Handling")
    page.get_by_role("textbox", name="Handling counts").last.fill("150")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("All of it is saved")).to_be_visible()
    differences = page.get_by_role("region", name="What differs")
    expect(differences).to_contain_text("€2.50 → €4.00")
    expect(differences).to_contain_text("not there → 150%")


def replay(page, tower):
    press(page, page.get_by_role("button", name="Try", exact=True))
    page.wait_for_url("**/trials/*")
    expect(page.get_by_role("status").filter(has_text="live · Draft door-bells")).to_be_visible()
    assert try_policies, "the task is known"
    run(tower, page.url.rpartition("/")[2], lambda: False)
    beside = page.get_by_role("region", name="Side by side")
    expect(beside).to_contain_text("On time, expected")
    expect(beside).to_contain_text("Draft door-bells")
    press(page, beside.get_by_text("As a table"))
    expect(beside.get_by_role("row").filter(has_text="Parcels")).to_be_visible()
    assert faults(page) == []
    page.go_back()


def publish(page):
    press(page, page.get_by_role("button", name="Make a version"))
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("a version that never changes")
    assert faults(page) == []
    dialog.get_by_label("Why").fill("customers dislike two door bells")
    press(page, dialog.get_by_role("button", name="Make a version"))
    page.wait_for_url("**/versions/door-bells")
    expect(page.locator(".answer")).to_contain_text("Claire")


def activate(page):
    open_dialog = page.get_by_role("button", name="Activate")
    press(page, open_dialog)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("in place of expected-2 from now on")
    expect(dialog).to_contain_text("€2.50 → €4.00")
    dialog.get_by_label("From (empty: now)").fill("2026-12-24T08:00")
    expect(dialog).to_contain_text("Until then it can be taken back")
    dialog.get_by_label("Why").fill("after the sales")
    press(page, dialog.get_by_role("button", name="Activate"))
    expect(dialog).to_have_count(0)
    page.goto("/tower/policies")
    follows = page.get_by_role("region", name="What follows")
    press(page, follows.get_by_role("button", name="Take back"))
    press(page, page.get_by_role("dialog").get_by_role("button", name="Take back"))
    expect(follows).to_contain_text("the live version stays")
    page.goto("/tower/policies/versions/door-bells")
    press(page, open_dialog)
    page.get_by_role("dialog").get_by_label("Why").fill("customers dislike two door bells")
    press(page, page.get_by_role("dialog").get_by_role("button", name="Activate"))
    expect(page.locator(".answer").get_by_text("live", exact=True)).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_policies_are_for_everybody(page, width, scheme):
    sign_in(page)
    page.wait_for_url("**/today")
    sets = {"id": "sales", "channel": "web", "sets": {"priority": 90}, "reason": "the sales"}
    kept = {"id": "kept", "channel": "web", "units": 2, "reason": "the sales"}
    put(page, "/v1/policies/drafts/looked-over", {"overrides": [sets], "protections": [kept]})
    compared = "policies/compare?before=greedy-1&after=draft:looked-over"
    paths = ("policies", "policies/drafts/looked-over", "policies/versions/greedy-1", compared)
    look_over(page, (*paths, "policies/compare"), width, scheme)
    expect(page.locator(".empty")).to_be_visible()
