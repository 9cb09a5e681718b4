"""What somebody at a browser waits for, over a retailer's year: the first page, and live figures.

`.venv/bin/python bench/tower_in_browser.py`, beside the database that `noria bench tower` fills (it
is filled here, if it is not). Debian's Chromium, without anything in its cache, on a server as
`noria up` starts it. `first_page_ms`: until the figures of Today are there, from a browser that was
just begun. `live`: 200 events a second, written as the product writes them, while the page's frames
are watched; before that the same page with none, for other programs drop frames too.
"""

import argparse
import json
import os
import shutil
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from noria.kit import events, terminal
from noria.kit.db import Database
from noria.kit.event import Event
from noria.lab import bench_tower, year
from noria.lab.year_model import Size

ROUNDS, USABLE_MS, FIRST_LOAD_KB = 5, 1500, 350
EVENTS_A_SECOND, AT_ONCE, WATCHED_S = 200, 10, 20
FRAME_MS, PATIENCE_S = 1000 / 60, 60
PAGES = {
    "today": ".funnel b",
    "exceptions": "tbody tr",
    "orders": "tbody tr",
    "stock": "tbody tr",
}
"""What of a page is there once it can be used."""
WATCH = """
    window.heard = 0
    window.EventSource = class extends EventSource {
        addEventListener(type, tell) {
            super.addEventListener(type, (event) => { window.heard += 1; tell(event) })
        }
    }
    new MutationObserver(() => {
        if (!window.usableAt && document.querySelector('%s')) window.usableAt = performance.now()
    }).observe(document, { childList: true, subtree: true })
"""
COUNT_FRAMES = """
    window.gaps = []
    window.tasks = []
    window.heard = 0
    window.lastFrame = performance.now()
    window.seen?.disconnect()
    window.seen = new PerformanceObserver((list) =>
        window.tasks.push(...list.getEntries().map((one) => one.duration)))
    window.seen.observe({ type: 'longtask' })
    cancelAnimationFrame(window.frame)
    const next = (at) => {
        window.gaps.push(at - window.lastFrame)
        window.lastFrame = at
        window.frame = requestAnimationFrame(next)
    }
    window.frame = requestAnimationFrame(next)
"""
LOADED = """
    [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .filter((one) => !new URL(one.name).pathname.startsWith('/v1/'))
        .reduce((sum, one) => sum + one.encodedBodySize, 0)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000)
    size = Size(orders=parser.parse_args().orders)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "there is no Chromium here"
    with (
        terminal.opened() as installation,
        bench_tower.filled(installation.url, size, is_fresh=False) as db,
    ):
        for _ in year.fill(db, size):
            pass
        with bench_tower.served(db) as port, sync_playwright() as playwright:
            base = f"http://127.0.0.1:{port}"

            def begun() -> Browser:
                return playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])

            cookies = signed_in(begun, base)
            for name in PAGES:
                first_page(begun, base, cookies, name)
            live(begun, base, cookies, db)


def tell(figure: str, value: float, unit: str, **more: object) -> None:
    load = round(os.getloadavg()[0], 1)
    print(
        json.dumps({"figure": figure, "value": round(value, 1), "unit": unit, "load": load} | more),
        flush=True,
    )


Begun = Callable[[], Browser]
Cookies = Sequence[Any]


def signed_in(begun: Begun, base: str) -> Cookies:
    browser = begun()
    context = browser.new_context(base_url=base)
    body = {"email": year.EVERYWHERE, "password": year.PASSWORD}
    assert context.request.post("/v1/sessions", data=body).status == 201
    cookies = context.cookies()
    browser.close()
    return cookies


def opened(browser: Browser, base: str, cookies: Cookies, name: str) -> Page:
    context = browser.new_context(base_url=base, viewport={"width": 1440, "height": 900})
    context.add_cookies(cookies)
    page = context.new_page()
    page.add_init_script(WATCH % PAGES[name])
    page.goto(f"/tower/{name}")
    until = time.monotonic() + PATIENCE_S
    while not page.evaluate("window.usableAt"):
        assert time.monotonic() < until, f"{name} cannot be used"
        page.wait_for_timeout(50)
    return page


def first_page(begun: Begun, base: str, cookies: Cookies, name: str) -> None:
    """From an empty cache until its figures are there, and what was loaded for it."""
    took, loaded = [], 0
    for _ in range(ROUNDS):
        browser = begun()
        page = opened(browser, base, cookies, name)
        took.append(page.evaluate("window.usableAt"))
        loaded = page.evaluate(LOADED) / 1024
        browser.close()
    median = statistics.median(took)
    tell(
        f"first_page_{name}_ms", median, "ms p50", slowest=round(max(took)), rounds=ROUNDS,
        bar_ms=USABLE_MS, is_met=median <= USABLE_MS,
    )  # fmt: skip
    tell(f"loaded_{name}_kb", loaded, "KB as they were sent", bar_kb=FIRST_LOAD_KB)


def live(begun: Begun, base: str, cookies: Cookies, db: Database) -> None:
    browser = begun()
    page = opened(browser, base, cookies, "today")
    page.wait_for_selector(".pulse.live", timeout=60_000)
    asked = []
    page.on("request", lambda one: asked.append(one.url) if "/tower/today" in one.url else None)
    quiet = frames(page, "quiet")
    asked.clear()
    feeder = Feeder(db)
    feeder.start()
    busy = frames(page, "live")
    feeder.is_over = True
    feeder.join()
    page.wait_for_timeout(3000)
    heard = page.evaluate("window.heard")
    tell("live_events_written", feeder.sent, "events", a_second=round(feeder.sent / WATCHED_S))
    tell("live_events_heard", heard, "events", is_met=heard == feeder.sent)
    tell("live_asked_again", len(asked), "requests")
    tell(
        "live_frames_dropped", busy, "% of frames", quiet=round(quiet, 1),
        is_met=busy <= max(1.0, quiet + 1.0),
    )  # fmt: skip
    browser.close()


def frames(page: Page, name: str) -> float:
    """Watch the frames of a while; the percentage that was dropped."""
    page.evaluate(COUNT_FRAMES)
    page.wait_for_timeout(WATCHED_S * 1000)
    gaps, tasks = page.evaluate("[window.gaps, window.tasks]")
    dropped = sum(max(0, round(gap / FRAME_MS) - 1) for gap in gaps)
    tell(f"{name}_longest_gap_ms", max(gaps), "ms", frames=len(gaps))
    tell(f"{name}_long_tasks", len(tasks), "tasks", longest_ms=round(max(tasks, default=0)))
    return 100 * dropped / (dropped + len(gaps))


class Feeder(threading.Thread):
    """Writes events with the product's own outbox, so many a second, until it is told to end."""

    def __init__(self, db: Database) -> None:
        super().__init__(daemon=True)
        self.db, self.sent, self.is_over = db, 0, False

    def run(self) -> None:
        began = time.monotonic()
        while not self.is_over and self.sent < EVENTS_A_SECOND * WATCHED_S:
            some = [
                Event(type="order.accepted", subject=f"order:live-{self.sent + turn}", data={})
                for turn in range(AT_ONCE)
            ]
            self.db.run(lambda tx, some=some: events.publish(tx, some))
            self.sent += AT_ONCE
            time.sleep(max(0, began + self.sent / EVENTS_A_SECOND - time.monotonic()))


if __name__ == "__main__":
    main()
