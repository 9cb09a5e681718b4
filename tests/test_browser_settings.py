"""The settings in a browser: a key that is seen once, a person who is scoped, and no secret left."""

import pytest
from playwright.sync_api import expect

from keyboard import press, take
from tower_site import PASSWORD, look_over, put, sign_in


def test_a_key_is_made_seen_once_and_revoked(page, tower_log):
    sign_in(page)
    press(page, page.get_by_role("link", name="Settings"))
    press(page, page.get_by_role("link", name="Keys", exact=True))
    press(page, page.get_by_role("button", name="Make a key"))
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What it is for").fill("Till of Paris")
    dialog.get_by_role("textbox", name="Nodes").fill("PAR")
    press(page, dialog.get_by_label("see stock, and why it is so"), "Space")
    press(page, dialog.get_by_role("button", name="Make a key"))
    shown = page.get_by_role("region", name="Token of Till of Paris")
    token = shown.inner_text().strip()
    assert token.startswith("noria_")
    asked = page.request.get("/v1/balances", headers={"Authorization": f"Bearer {token}"})
    assert asked.status != 401
    press(page, page.get_by_role("button", name="I have it"))
    row = page.get_by_role("row").filter(has_text="Till of Paris")
    expect(row).to_contain_text("valid")
    secret = token.removeprefix("noria_")
    stored = page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    for told in (page.content(), stored, page.request.get("/v1/keys").text()):
        assert secret not in told
    page.reload()
    expect(row).to_be_visible()
    assert secret not in page.content()
    press(page, page.get_by_role("button", name="Revoke Till of Paris"))
    page.get_by_role("dialog").get_by_label("Why").fill("The till is gone")
    press(page, page.get_by_role("dialog").get_by_role("button", name="Revoke"))
    expect(row).to_contain_text("revoked")
    log = tower_log.read_text()
    assert "/v1/keys" in log
    assert secret not in log
    assert PASSWORD not in log


def test_a_person_is_invited_and_scoped(page):
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    page.goto("/tower/settings/people")
    press(page, page.get_by_role("button", name="Add a person"))
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Nadia Roche")
    dialog.get_by_label("E-mail").fill("nadia@example.org")
    dialog.get_by_label("First password").fill("short")
    press(page, dialog.get_by_role("button", name="Add", exact=True).last)
    expect(dialog).to_contain_text("This password is easy to guess.")
    dialog.get_by_label("First password").fill(PASSWORD)
    press(
        page,
        dialog.get_by_role("group", name="Roles").get_by_role("button", name="Add", exact=True),
    )
    dialog.get_by_label("Role 1").select_option("store_manager")
    dialog.get_by_label("Nodes 1").fill("SHOP")
    press(page, dialog.get_by_role("button", name="Add", exact=True).last)
    row = page.get_by_role("row").filter(has_text="Nadia Roche")
    expect(row).to_contain_text("Store manager · SHOP")
    press(page, page.get_by_role("button", name="Claire", exact=True))
    take(page, page.get_by_role("menuitem", name="Sign out"))
    expect(page.get_by_label("Password", exact=True)).to_be_visible()
    sign_in(page, "nadia@example.org")
    expect(page.get_by_role("heading", level=1)).to_have_text("Exceptions")
    names = page.get_by_role("navigation").get_by_role("link").all_inner_texts()
    assert "Settings" not in names
    page.goto("/tower/network")
    expect(page.get_by_role("row")).to_have_count(2)
    takes_a_password_of_their_own(page)


def takes_a_password_of_their_own(page):
    """By keyboard: the first password, which somebody else typed, holds no more."""
    page.get_by_role("button", name="Nadia Roche").press("Enter")
    page.get_by_role("menuitem", name="Change password").press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Password until now").fill(PASSWORD)
    dialog.get_by_label("New password").fill("short")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("This password is easy to guess.")
    dialog.get_by_label("New password").fill("douze-lanternes-au-quai")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    page.get_by_role("button", name="Nadia Roche").press("Enter")
    page.get_by_role("menuitem", name="Sign out").press("Enter")
    expect(page.get_by_label("Password", exact=True)).to_be_visible()
    sign_in(page, "nadia@example.org", password="douze-lanternes-au-quai")
    expect(page.get_by_role("heading", level=1)).to_have_text("Exceptions")


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_the_settings_are_for_everybody(page, width, scheme):
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    paths = ("people", "roles", "keys", "webhooks", "messages", "trail", "jobs", "about")
    put(page, f"/v1/webhooks/w{width}", {"url": "https://hooks.example.org", "event_types": ["*"]})
    paths += (f"webhooks/w{width}",)
    look_over(page, [f"settings/{path}" for path in paths], width, scheme)
    page.context.clear_cookies()
    look_over(page, ["settings"], width, scheme)
