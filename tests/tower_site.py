"""The control tower in a real browser, on a real server: what the tests of its pages share.

Without Chromium, or where the application could not be built, they are left out, and say so. One
retailer serves all of them: a test changes only what the others do not look at.
"""

import os
import re
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

import msgspec
import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Error, expect, sync_playwright

import world
from caller import database
from noria.connectors.files import jobs as file_jobs
from noria.kit import clock, server
from noria.kit.auth import SYSTEM, Role
from noria.kit.jobs_run import run
from noria.kit.site import FOLDER
from noria.orders import hold_actions
from noria.orders.hold_model import HoldBody, HoldKind
from noria.orders.model import Recipient
from noria.people import actions as people
from noria.people import passwords
from noria.people.model import Grant, Profile
from world import MONDAY

assert file_jobs.run_import, "what does the jobs has to be known here"

AXE = Path(__file__).parent.parent / "web" / "node_modules" / "axe-core" / "axe.min.js"
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
REFUSED = re.compile(r"status of (400|401|409|412|422)")
"""What the console says of a refusal, which the page shows in its own words."""
NARROW = 500
"""Pages of fewer pixels are those of a phone."""
PASSWORD = "neuf-tramways-a-l-aube"
PEOPLE = {
    "claire@example.org": (Role.DIRECTOR, None),
    "marc@example.org": (Role.STORE_MANAGER, ("PAR",)),
    "zoe@example.org": (Role.STORE_ASSOCIATE, ("PAR",)),
    "ines@example.org": (Role.PLANNER, None),
    "olga@example.org": (Role.OPERATIONS, None),
    "theo@example.org": (Role.INTEGRATOR, None),
    "anne@example.org": (Role.AUDITOR, None),
    "aude@example.org": (Role.AUDITOR, ("PAR",)),
    "lise@example.org": (Role.READ_ONLY, None),
}
NOW = MONDAY + timedelta(hours=30)
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def tower(server, template):
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


def invite(tx, emails=tuple(PEOPLE)):
    chosen, passwords._hasher = passwords._hasher, PasswordHasher(1, 8, 1)
    for email in emails:
        role, nodes = PEOPLE[email]
        profile = Profile(email=email, name=email.partition("@")[0].title())
        grants = [Grant(role=role, nodes=nodes)]
        people.add_person(tx, profile, PASSWORD, grants, actor=SYSTEM, now=clock.wall())
    passwords._hasher = chosen


@pytest.fixture(scope="session")
def tower_log(tmp_path_factory):
    """Where the server writes what it has to say."""
    return tmp_path_factory.mktemp("tower") / "server.log"


@pytest.fixture(scope="session")
def tower_address(tower, tower_log):
    with serving(tower, tower_log) as address:
        yield address


@contextmanager
def serving(db, log):
    """A server of this version on this database, over a real socket."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {
        "DATABASE_URL": db.url,
        "NORIA_PORT": str(port),
        "NORIA_SECURE_COOKIES": "false",
        "NORIA_MATRIX_MEGABYTES": "0",
        "NORIA_SMTP_URL": "smtp://127.0.0.1:9",
    }
    child = server.command("127.0.0.1", port)
    with log.open("wb") as said:
        process = subprocess.Popen(
            child, env={**os.environ, **environ}, stdout=said, stderr=subprocess.STDOUT
        )
    base = f"http://127.0.0.1:{port}"
    while True:  # the time limit of every test is the only one
        try:
            with urlopen(f"{base}/healthz", timeout=2):
                break
        except OSError:
            assert process.poll() is None, "the server has ended"
            time.sleep(0.1)
    yield base
    process.terminate()
    process.wait(30)


@pytest.fixture(scope="module")
def chromium():
    """A browser for a module: while one is open, nothing else may run a loop in this process."""
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
def page(chromium, tower_address):
    with window_at(chromium, tower_address) as window:
        yield window


@contextmanager
def window_at(chromium, address):
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
            wrong.append(said.text)
            if said.type == "error" and not REFUSED.search(said.text)
            else None
        ),
    )
    yield window
    context.close()
    assert wrong == [], wrong


DIRECTOR = "claire@example.org"


def sign_in(page, email=DIRECTOR, password=PASSWORD, at=None):
    """Sign in where the work of that role begins; the director, unless told otherwise, at Today."""
    door = at or ("/tower/today" if email == DIRECTOR else "/")
    for _ in range(5):
        with suppress(Error):  # the page was going somewhere by itself
            page.goto(door)
            break
        page.wait_for_load_state()
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")
    if password == PASSWORD:
        expect(page.get_by_role("navigation").first).to_be_visible()


def faults(page):
    """What axe calls serious or worse on the page."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")
    return [
        (one["id"], [node["html"][:120] for node in one["nodes"][:3]])
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
    ]


def put(page, path, body):
    """What the API is told by whoever is signed in there."""
    token = next(one["value"] for one in page.context.cookies() if one["name"].endswith("csrf"))
    said = page.context.request.put(path, data=body, headers={"X-CSRF-Token": token})
    assert said.ok, said.text()


def pick(page, label, text, then="Tab"):
    """Find something by what is typed, and choose the first that is proposed."""
    box = page.get_by_role("dialog").get_by_role("combobox", name=label, exact=True)
    box.press("Control+a")
    page.keyboard.type(text)
    expect(page.get_by_role("option", name=re.compile(text, re.IGNORECASE)).first).to_be_visible()
    page.keyboard.press("Enter")
    expect(box).to_have_value(re.compile(" · "))
    page.keyboard.press(then)


def work(db):
    """Do the jobs that wait, as the worker would."""
    with db.transaction() as tx:
        waiting = tx.execute(
            "select id from job where state = 'waiting' order by asked_at"
        ).fetchall()
    for (job,) in waiting:
        run(db, job, lambda: False)


def dress(page, width, scheme):
    """From now on at this width; the narrow ones in French, whose words are longer."""
    language = "fr" if width < NARROW else "en"
    page.evaluate("language => localStorage.setItem('noria-language', language)", language)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    return language


def look_over(page, paths, width, scheme):
    """Each page at this width: nothing that axe calls serious, and nothing that runs over."""
    language = dress(page, width, scheme)
    for path in paths:
        page.goto(f"/tower/{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator(".loading")).to_have_count(0)
        assert page.locator("html").get_attribute("lang") == language
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), path
        assert faults(page) == [], path
