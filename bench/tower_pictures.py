"""The pictures of the control tower in `docs/tower`, taken of a demonstration that runs.

`noria demo` first, for two weeks of its own so that Trends has something to compare (at `--speed
6000` that is a few minutes). Then `.venv/bin/python bench/tower_pictures.py http://127.0.0.1:8300`
takes all of them, or those that are named after the address.
"""

import argparse
import io
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from noria.lab.setup import DEMO_PASSWORD, DEMO_PEOPLE

FOLDER = Path(__file__).parent.parent / "docs" / "tower"
WIDTH, HEIGHT = 1440, 900
QUALITY = 80
PATIENCE_MS = 60_000
ZONE = "Europe/Paris"
"""Where the demonstration's nodes are: elsewhere each of their hours names its zone."""
SKU = "85123A"
"""What the demonstration sells most of."""
MOST_NODES, MOST_UNITS = 3, 60
"""An order of more would fill its picture with lines."""
WRONG_FILE = """code,name,gtins,weight_g
85123A,White hanging heart T-light holder,4006381333931,180
22423,Regency cakestand 3 tier,4006381333930,2100
22720,,,heavy
"""
LOADING = ".mantine-Skeleton-root"
SHORES = ".map .land"


class Picture(NamedTuple):
    """What is on it: a page by its path, or whatever leads there."""

    at: str | Callable[[Page], None]
    height: int = HEIGHT
    is_dark: bool = False
    is_signed_in: bool = True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("names", nargs="*", choices=PICTURES)
    asked = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "there is no Chromium here"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name in asked.names or PICTURES:
            size = taken(browser, asked.address, name, PICTURES[name])
            print(f"{name}.webp, {size / 1024:.0f} KB")
        browser.close()


def taken(browser: Browser, address: str, name: str, picture: Picture) -> int:
    """Take it, and write it; how many bytes it has."""
    context = browser.new_context(
        base_url=address,
        viewport={"width": WIDTH, "height": picture.height},
        color_scheme="dark" if picture.is_dark else "light",
        reduced_motion="reduce",
        timezone_id=ZONE,
    )
    if picture.is_signed_in:
        body = {"email": DEMO_PEOPLE[0][0], "password": DEMO_PASSWORD}
        assert context.request.post("/v1/sessions", data=body).status == 201
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    if isinstance(picture.at, str):
        page.goto(picture.at)
    else:
        picture.at(page)
    settle(page)
    raw = page.screenshot()
    context.close()
    path = FOLDER / f"{name}.webp"
    Image.open(io.BytesIO(raw)).convert("RGB").save(path, quality=QUALITY, method=6)
    return path.stat().st_size


def settle(page: Page) -> None:
    """Once everything that is looked up is there."""
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(LOADING)).to_have_count(0, timeout=PATIENCE_MS)
    for land in page.locator(SHORES).all():
        expect(land).to_have_attribute("d", re.compile("M"), timeout=PATIENCE_MS)
    page.evaluate("document.fonts.ready")


def an_order(page: Page) -> None:
    """One that is under way from several nodes, and still fits."""
    query = {"stage": "shipped", "limit": 200}
    rows = page.context.request.get("/v1/orders", params=query).json()["items"]
    fitting = [
        row for row in rows if len(row["nodes"]) <= MOST_NODES and row["units"] <= MOST_UNITS
    ]
    assert fitting, "no order is under way: let the demonstration go on for a while"
    chosen = max(fitting, key=lambda row: (len(row["nodes"]), row["units"], row["id"]))
    page.goto(f"/tower/orders/{chosen['id']}")


def a_file_with_faults(page: Page) -> None:
    page.goto("/tower/network/files")
    file = {"name": "skus.csv", "mimeType": "text/csv", "buffer": WRONG_FILE.encode()}
    page.locator("input[type=file]").set_input_files(file)
    faults = page.get_by_role("region", name="Faults, by line").get_by_role("row")
    expect(faults.nth(1)).to_be_visible(timeout=PATIENCE_MS)


PICTURES = {
    "today": Picture("/tower/today"),
    "trends": Picture("/tower/trends?weeks=4"),
    "exceptions": Picture("/tower/exceptions"),
    "order": Picture(an_order),
    "order-dark": Picture(an_order, is_dark=True),
    "orders": Picture("/tower/orders"),
    "stock": Picture(f"/tower/stock/{SKU}", height=1000),
    "stock-nodes": Picture("/tower/stock/all/nodes", height=971),
    "partners": Picture("/tower/partners"),
    "policies": Picture("/tower/policies"),
    "first-hour": Picture("/tower/first-hour", height=1000),
    "network": Picture("/tower/network"),
    "import": Picture(a_file_with_faults),
    "settings": Picture("/tower/settings/roles"),
    "sign-in": Picture("/tower/today", is_signed_in=False),
}

if __name__ == "__main__":
    main()
