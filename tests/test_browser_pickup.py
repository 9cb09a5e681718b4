"""A customer's page in a browser: what is collected, on a phone and a wide screen, by keyboard alone."""

from datetime import timedelta

import pytest
from msgspec import structs
from playwright.sync_api import expect

import world
from noria.catalog import actions as catalog
from noria.catalog.model import Sku
from noria.collect import actions as collect
from noria.collect import keep_actions as keep
from noria.collect.model import Ready, Spot
from noria.messages import actions as messages
from noria.orders.model import Delivery
from noria.promise.delivery.model import OptionKind
from tower_site import AXE, NOW
from world import ACTOR, MONDAY

AT_SHOP = Delivery(option=OptionKind.PICK_UP, store="SHOP")
LONG_AGO = MONDAY - timedelta(days=30)
FORMS = ("", "/coming", "/extend", "/proxy", "/place", "/report", "/cancel")
AT_HOME = ("", "/withdraw", "/report")


@pytest.fixture(scope="module")
def links(tower):
    """Orders to be collected, of a SKU that nobody else looks at: one lies ready, one moves on."""
    with tower.transaction() as tx:
        tin = Sku(code="tin", name="Tin", weight_g=300, price_cents=500)
        catalog.save(tx, [tin], actor=ACTOR, now=MONDAY)
        world.shelve(tx, "SHOP", tin=9)
        found = {}
        for key, since in (("waits-there", NOW), ("moves-on", NOW), ("given-up", LONG_AGO)):
            new = structs.replace(world.order(key, tin=1, at=LONG_AGO), delivery=AT_SHOP)
            world.accept(tx, new, now=LONG_AGO)
            world.pick(tx, f"{key}.1", now=since)
            lies = [Ready(id=f"{key}.1", spot=Spot(name="A-1"))]
            collect.ready(tx, lies, actor=ACTOR, now=since)
            found[key] = f"/t/{messages.link(tx, key)}"
        world.accept(tx, world.order("came-home", tin=2))
        world.send(tx, "came-home.1")
        found["came-home"] = f"/t/{messages.link(tx, 'came-home')}"
        assert keep.give_up(tx, now=NOW) == 1
        keep.put_back(tx, ["given-up.1"], actor=ACTOR, now=NOW)
    return found


def look(page, path):
    """Nothing that axe finds, nothing that runs over, no script, one small page."""
    answer = page.goto(path)
    assert len(answer.body()) < 100_000
    assert page.locator("script").count() == 0
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), path
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run({ resultTypes: ['violations'], preload: false })")
    assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found["violations"]] == [], path


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_what_is_collected_is_for_everybody(page, links, width, scheme):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    language = "fr" if width == 390 else "en"
    for form in FORMS:
        look(page, f"{links['waits-there']}{form}?language={language}")
    for form in AT_HOME:
        look(page, f"{links['came-home']}{form}?language={language}")
    look(page, f"{links['given-up']}?language={language}")
    says = {"en": "Nobody collected", "fr": "Personne n'a retiré"}[language]
    expect(page.locator("main")).to_contain_text(says)


def test_they_withdraw_from_what_came_by_keyboard_alone(page, links):
    page.goto(links["came-home"])
    to(page, "Withdraw from the contract here")
    page.keyboard.press("Enter")
    page.wait_for_url("**/withdraw?*")
    while page.evaluate("document.activeElement.tagName") != "SELECT":
        page.keyboard.press("Tab")
    page.keyboard.press("1")
    to(page, "Confirm withdrawal")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("We have received your withdrawal")
    expect(page.locator("main")).to_contain_text("1 \N{MULTIPLICATION SIGN} Tin")
    look(page, links["came-home"])


def to(page, name):
    """Go to a link or a button by the Tab key alone."""
    for _ in range(25):
        page.keyboard.press("Tab")
        if name in page.evaluate("document.activeElement.innerText || ''"):
            return
    raise AssertionError(f"no way to {name} by keyboard")


def test_they_come_and_have_it_sent_home_by_keyboard_alone(page, links):
    page.goto(links["moves-on"])
    picture = page.get_by_role("img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0"), "the QR code"
    to(page, "Say when you come")
    page.keyboard.press("Enter")
    page.wait_for_url("**/coming?*")
    while page.evaluate("document.activeElement.type") != "radio":
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    to(page, "Send")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The store knows")
    to(page, "Collect it elsewhere")
    page.keyboard.press("Enter")
    page.wait_for_url("**/place?*")
    address = {"street": "3 rue des Lilas", "postcode": "75001", "town": "Paris"}
    for name, text in {"name": "Sacha Petit", **address}.items():
        while page.evaluate("document.activeElement.name") != name:
            page.keyboard.press("Tab")
        page.keyboard.type(text)
    to(page, "Change it")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("It is changed.")
    expect(page.locator("main")).to_contain_text("75001 Paris")
    look(page, links["moves-on"])
