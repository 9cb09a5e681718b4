"""The network and the catalogue in a browser: an import with errors, mended, brought in again."""

import pytest
from playwright.sync_api import expect

from keyboard import press
from tower_site import look_over, sign_in, work

NAMES = "code,name,gtins\n"
WRONG = f"{NAMES}teapot,Teapot,4006381333931\nsaucer,,\ntray,Tray,4006381333932\n"
RIGHT = f"{NAMES}teapot,Teapot,4006381333931\nsaucer,Saucer,\ntray,Tray,\n"


def drop(page, text):
    """Choose a file, as a drop of it would; there is no worker here, so the jobs are done by hand."""
    sent = {"name": "catalog.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.locator("input[type=file]").set_input_files(sent)


def test_an_import_with_errors_is_mended_and_brought_in(page, tower):
    sign_in(page)
    press(page, page.get_by_role("link", name="Network and catalogue"))
    expect(page.get_by_role("row").filter(has_text="Printer on demand")).to_contain_text("Home")
    press(page, page.get_by_role("link", name="Import and export"))
    drop(page, WRONG)
    expect(page.get_by_text("Reading and checking catalog.csv")).to_be_visible()
    work(tower)
    expect(page.get_by_text("Nothing was written. Mend these lines")).to_be_visible()
    faults = page.get_by_role("region", name="Faults, by line").get_by_role("row")
    expect(faults.nth(1)).to_contain_text("This cell must not be empty")
    expect(faults.nth(2)).to_contain_text("gtins")
    with page.expect_download() as taken:
        press(page, page.get_by_role("link", name="Download them as CSV"))
    told = taken.value.path().read_text()
    assert told.splitlines()[1].startswith("3,name,")
    drop(page, RIGHT)
    expect(page.get_by_text("waits for its turn")).to_be_visible()
    work(tower)
    page.get_by_role("button", name="Bring in 3 lines").press("Enter")
    expect(page.get_by_text("Bringing in catalog.csv")).to_be_visible()
    work(tower)
    expect(page.get_by_text("3 lines of catalog.csv were brought in.")).to_be_visible()
    recent = page.get_by_role("region", name="Files of late").get_by_role("row")
    expect(recent.nth(1)).to_contain_text("3 lines written")
    press(page, page.get_by_role("link", name="SKUs", exact=True))
    page.get_by_role("searchbox").fill("teap")
    expect(page.get_by_role("row").filter(has_text="teapot")).to_contain_text("04006381333931")


def test_a_node_is_edited_and_refused_at_its_field(page):
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    page.goto("/tower/network/nodes/SHOP")
    press(page, page.get_by_role("button", name="Edit: Capacity"))
    page.get_by_label("Units a day").fill("0")
    press(page, page.get_by_role("button", name="Save"))
    expect(page.get_by_role("dialog")).to_contain_text(">= 1")
    expect(page.get_by_label("Units a day")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Units a day").fill("120")
    dialog = page.get_by_role("dialog")
    for _ in range(2):
        press(page, dialog.get_by_role("button", name="Add"))
    named = dialog.get_by_text("Orders", exact=True)
    expect(named).to_have_count(2)
    assert [one.is_visible() for one in named.all()] == [True, False], "above the first line"
    for _ in range(2):
        press(page, dialog.get_by_role("button", name="Take line 1 away"))
    press(page, page.get_by_role("button", name="Save"))
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("120 units", exact=True)).to_be_visible()


def test_an_address_below_a_page_that_is_none_says_so(page):
    sign_in(page, at="/tower/network/nowhere")
    for room in ("network", "stock/all", "settings", "partners", "policies", "orders/sent"):
        page.goto(f"/tower/{room}/nowhere/at/all")
        expect(page.get_by_role("heading", level=1)).to_have_text(
            "There is nothing at this address"
        )


def test_a_box_and_an_account_are_added(page):
    sign_in(page)
    page.goto("/tower/network/nodes/LYS")
    boxes = page.get_by_role("region", name="Boxes that it packs in")
    expect(boxes).to_contain_text("It names no boxes")
    boxes.get_by_role("button", name="Add a box").press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Its code").fill("S")
    dialog.get_by_label("Length inside").fill("0")
    dialog.get_by_role("button", name="Save").press("Enter")
    expect(dialog.get_by_label("Length inside")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("Length inside").fill("250")
    dialog.get_by_role("button", name="Save").press("Enter")
    expect(boxes).to_contain_text("up to 30 kg")
    boxes.get_by_role("button", name="Take away").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Take away").press("Enter")
    expect(boxes).to_contain_text("It names no boxes")
    page.goto("/tower/network/ways")
    accounts = page.get_by_role("region", name="Accounts with carriers")
    accounts.get_by_role("button", name="Add an account").press("Enter")
    dialog.get_by_label("Its code").fill("poste")
    services = dialog.get_by_role("group", name="Services")
    services.get_by_role("button", name="Add").press("Enter")
    services.get_by_label("our service 1").fill("HOME")
    services.get_by_label("the carrier's 1").fill("colis-24")
    dialog.get_by_label("Who sends").fill("Maison Noria")
    dialog.get_by_label("Street").fill("1 quai de la Gare")
    dialog.get_by_role("button", name="Save").press("Enter")
    expect(dialog).to_have_count(0)
    expect(accounts).to_contain_text("HOME · Maison Noria")


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_the_network_is_for_everybody(page, width, scheme):
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    paths = ("", "/nodes/PAR", "/ways", "/skus", "/skus/mug", "/channels", "/files")
    look_over(page, [f"network{path}" for path in paths], width, scheme)
