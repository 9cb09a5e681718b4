"""A customer's page in a browser: what carriers bring, on a phone and a wide screen, by keyboard."""

from datetime import timedelta

import pytest
from msgspec import structs
from playwright.sync_api import expect

import carrier_fakes as fakes
import world
from carriage_case import RECIPIENT, SENDER, WALL, connect
from noria.carriage import actions as carriage
from noria.carriage import call_actions
from noria.carriage.model import Account, AskLabel, Connector
from noria.catalog import actions as catalog
from noria.catalog.model import Sku
from noria.connectors.carriers.calls import drain
from noria.fulfilment import tracking_actions as tracking
from noria.fulfilment import views as shipments
from noria.fulfilment.tracking_model import Heard, NumberedParcel
from noria.messages import actions as messages
from noria.orders.carried_model import Progress
from noria.promise import actions as promises
from noria.promise import views as promise_views
from test_browser_pickup import look, to
from world import ACTOR, MONDAY

SENT = MONDAY + timedelta(hours=4)
LONG_AGO = MONDAY - timedelta(days=20)
SAYS = {
    "comes": ("Your order comes", "arrive"),
    "comes-late": ("later than we said", "plus tard que prévu"),
    "is-lost": ("Something went wrong", "problème"),
    "never-came": ("should have come", "devait arriver"),
    "moves-a-day": ("Your order comes", "arrive"),
}
"""What each page says above all, in English and French."""


@pytest.fixture(scope="module")
def links(tower):
    """Orders of a SKU that nobody else looks at: in two parcels, late, lost, overdue, movable."""
    with tower.transaction() as tx:
        jar = Sku(code="jar", name="Jar", weight_g=300, price_cents=500)
        catalog.save(tx, [jar], actor=ACTOR, now=MONDAY)
        world.shelve(tx, "PAR", jar=20)
        for key in SAYS:
            since = LONG_AGO if key == "never-came" else MONDAY
            new = structs.replace(world.order(key, jar=2, at=since), recipient=RECIPIENT)
            world.accept(tx, new, now=since)
        told = promise_views.promises(tx, ["comes-late"])["comes-late"]
        days = {"promised_from": told.promised_to, "promised_to": told.promised_to}
        later = {name: day + timedelta(days=3) for name, day in days.items()}
        promises.change(tx, [structs.replace(told, **later)], reason="flooded")
        for key, parcels, progress in (
            ("comes", 2, Progress.IN_TRANSIT),
            ("comes-late", 1, Progress.IN_TRANSIT),
            ("is-lost", 1, Progress.LOST),
        ):
            _carried(tx, key, parcels, progress)
    _sent_with_label(tower, "moves-a-day")
    with tower.transaction() as tx:
        return {key: f"/t/{messages.link(tx, key)}" for key in SAYS}


def _carried(tx, key, parcels, progress):
    """It left, and its carrier has told of each of its parcels twice."""
    world.pick(tx, f"{key}.1", now=SENT)
    world.ship(tx, f"{key}.1", parcels=parcels, now=SENT)
    boxes = shipments.shipments(tx, ids=[f"{key}.1"])[0].parcels
    named = [NumberedParcel(sscc=box.sscc, number=f"{key}-{box.sscc[-4:]}") for box in boxes]
    tracking.number(tx, f"{key}.1", "post", named, actor=ACTOR, now=SENT)
    heard = [
        Heard(number=one.number, progress=what, happened_at=SENT + timedelta(hours=at), code="x")
        for one in named
        for at, what in ((1, Progress.IN_TRANSIT), (2, progress))
    ]
    tracking.hear(tx, "post", heard, key, actor=ACTOR, now=SENT + timedelta(hours=3))


def _sent_with_label(tower, key):
    """It left with a label of a carrier that brings parcels on another day, if asked."""
    with fakes.serving(fakes.webhook) as (_, url):
        account = Account(
            code="movers", connector=Connector.WEBHOOK, url=url, services={"HOME": "std"},
            sender=SENDER, settings={}, secrets={"secret": "ANY"}, does_move_days=True,
        )  # fmt: skip
        label = AskLabel(id="moves-label", leg=f"{key}.1", box=1, account="movers")
        with tower.transaction() as tx:
            carriage.save_account(tx, account, actor=ACTOR, now=MONDAY)
            carriage.ask(tx, [label], actor=ACTOR, now=MONDAY)
        drain(tower, "movers", connect, wall=lambda: WALL)
    with tower.transaction() as tx:
        world.pick(tx, f"{key}.1", now=SENT)
        world.ship(tx, f"{key}.1", now=SENT)
        call_actions.link(tx, now=SENT)


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_where_a_parcel_is_is_for_everybody(page, links, width, scheme):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    language = "fr" if width == 390 else "en"
    for key, link in links.items():
        look(page, f"{link}?language={language}")
        expect(page.locator("h1")).to_contain_text(SAYS[key][language == "fr"])
    look(page, f"{links['moves-a-day']}/day?language={language}")


def test_they_have_it_on_another_day_by_keyboard_alone(page, links):
    page.goto(links["comes"])
    to(page, "Parcel")
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="What the carrier said").first).to_be_visible()
    page.goto(links["moves-a-day"])
    to(page, "Change the day")
    page.keyboard.press("Enter")
    page.wait_for_url("**/day?*")
    while page.evaluate("document.activeElement.type") != "radio":
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    to(page, "Ask for this day")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("We have asked the carrier")
    look(page, links["moves-a-day"])
