"""The control tower as people use it: in a real browser, on a real server, by hand and by keyboard.

Without Chromium, or where the application could not be built, these are left out, and say so.
"""

import os
import shutil
import socket
import subprocess
import time
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

import msgspec
import pytest
from argon2 import PasswordHasher
from playwright.sync_api import expect, sync_playwright

import world
from caller import database
from noria.kit import clock, server
from noria.kit.auth import SYSTEM, Role
from noria.kit.site import FOLDER
from noria.orders import hold_actions
from noria.orders.hold_model import HoldBody, HoldKind
from noria.orders.model import Recipient
from noria.people import actions as people
from noria.people import passwords
from noria.people.model import Grant, Profile
from world import MONDAY

pytestmark = pytest.mark.xdist_group("browser")

AXE = Path(__file__).parent.parent / "web" / "node_modules" / "axe-core" / "axe.min.js"
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
PASSWORD = "neuf-tramways-a-l-aube"
PEOPLE = {
    "claire@example.org": (Role.DIRECTOR, None),
    "marc@example.org": (Role.STORE_MANAGER, ("PAR",)),
    "zoe@example.org": (Role.STORE_ASSOCIATE, ("PAR",)),
    "ines@example.org": (Role.PLANNER, None),
}
NOW = MONDAY + timedelta(hours=30)
expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def db(server, template):
    """A retailer with an order at each turn, and somebody for each role."""
    with database(server, template) as db:
        with db.transaction() as tx:
            clock.start_driving(tx, MONDAY)
            world.build(tx)
            world.shelve(tx, "PAR", mug=40, bowl=3)
            world.shelve(tx, "LYS", mug=5)
            world.accept(tx, world.order("waits", cup=2))
            camille = Recipient(name="Camille Dupont", phone="+33612345678")
            world.accept(tx, msgspec.structs.replace(world.order("held", mug=1), recipient=camille))
            hold = HoldBody(order="held", kind=HoldKind.MANUAL, reason="asked to wait")
            hold_actions.place(tx, "h1", hold, actor=world.ACTOR, now=MONDAY)
            world.accept(tx, world.order("sent", mug=2, bowl=1))
            world.send(tx, "sent.1")
            clock.drive(tx, NOW)
            invite(tx)
        yield db


def invite(tx):
    chosen, passwords._hasher = passwords._hasher, PasswordHasher(1, 8, 1)
    for email, (role, nodes) in PEOPLE.items():
        profile = Profile(email=email, name=email.partition("@")[0].title())
        grants = [Grant(role=role, nodes=nodes)]
        people.add_person(tx, profile, PASSWORD, grants, actor=SYSTEM, now=clock.wall())
    passwords._hasher = chosen


@pytest.fixture(scope="module")
def address(db):
    """A server of this version, over a real socket."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {
        "DATABASE_URL": db.url,
        "NORIA_PORT": str(port),
        "NORIA_SECURE_COOKIES": "false",
        "NORIA_MATRIX_MEGABYTES": "0",
    }
    child = server.command("127.0.0.1", port)
    process = subprocess.Popen(
        child, env={**os.environ, **environ}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    base = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 60
    while True:
        try:
            with urlopen(f"{base}/healthz", timeout=2):
                break
        except OSError:
            assert process.poll() is None, "the server has ended"
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.1)
    yield base
    process.terminate()
    process.wait(30)


@pytest.fixture(scope="module")
def chromium():
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium here: the control tower was not tried in a browser")
    if not (FOLDER / "index.html").exists():
        pytest.skip("the web application was not built: there is nothing to try in a browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*QUIET])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, address):
    """A window of nobody; what its console says that is an error fails the test."""
    context = chromium.new_context(
        base_url=address, locale="en-GB", viewport={"width": 1440, "height": 900}
    )
    context.set_default_timeout(20_000)
    window = context.new_page()
    wrong = []
    window.on("pageerror", lambda error: wrong.append(str(error)))
    window.on(
        "console",
        lambda said: (
            wrong.append(said.text) if said.type == "error" and "401" not in said.text else None
        ),
    )
    yield window
    context.close()
    assert wrong == []


def sign_in(page, email="claire@example.org", password=PASSWORD):
    page.goto("/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")


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
    page.context.clear_cookies()
    page.get_by_role("navigation").get_by_role("link", name="Orders").click()
    expect(page.get_by_label("Password")).to_be_visible()
    sign_in(page, "ines@example.org")
    page.wait_for_url("**/stock")


@pytest.mark.parametrize(
    ("email", "first", "pages"),
    [
        ("claire@example.org", "Today", ["Today", "Exceptions", "Orders", "Stock"]),
        ("marc@example.org", "Exceptions", ["Today", "Exceptions", "Orders", "Stock"]),
        ("ines@example.org", "Stock", ["Today", "Exceptions", "Orders", "Stock"]),
        ("zoe@example.org", "Orders", ["Orders", "Stock"]),
    ],
)
def test_each_role_begins_where_its_work_is(page, email, first, pages):
    sign_in(page, email)
    expect(page.get_by_role("heading", level=1)).to_have_text(first)
    assert [name for name in menu(page) if name in {"Today", "Exceptions", "Orders", "Stock"}] == (
        pages
    )


def test_an_order_is_seen_as_it_is_accepted(page, db):
    sign_in(page)
    expect(page.get_by_role("status").filter(has_text="live")).to_be_visible()
    placed = page.get_by_role("link", name="Orders, last 24 h").locator(".stat-value")
    expect(placed).to_have_text("0")
    with db.transaction() as tx:
        world.accept(tx, world.order("new", mug=1, at=NOW), now=NOW)
    expect(placed).to_have_text("1")


def test_an_exception_is_taken_given_back_and_solved(page):
    sign_in(page)
    page.get_by_role("link", name="Exceptions", exact=True).click()
    row = page.get_by_role("row").filter(has_text="asked to wait")
    row.get_by_role("button", name="Take it").click()
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
    page.keyboard.press("Alt+3")
    expect(page.get_by_role("heading", level=1)).to_have_text("Orders")
    page.get_by_role("searchbox").fill("sen")
    row = page.get_by_role("row").filter(has_text="sent")
    expect(page.get_by_role("row")).to_have_count(2)
    row.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Order sent")


def test_french_and_english(page):
    sign_in(page)
    page.get_by_role("button", name="Passer en français").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Aujourd'hui")
    assert page.locator("html").get_attribute("lang") == "fr"
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Aujourd'hui")


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_every_page_is_for_everybody(page, width, scheme):
    """Nothing that axe calls serious, narrow and wide, dark and light; and nothing runs over."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    for path in ("today", "exceptions", "orders", "orders/sent", "stock", "stock/mug"):
        page.goto(f"/tower/{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_text("Loading")).to_have_count(0)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), path
        assert faults(page) == [], path


def faults(page):
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")
    return [
        (one["id"], [node["html"][:120] for node in one["nodes"][:3]])
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
    ]
