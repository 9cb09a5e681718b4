"""The first hour in a real browser: an empty installation leads whoever comes to their files."""

from datetime import date

from playwright.sync_api import expect

from caller import database
from keyboard import press
from noria.connectors.files import jobs as file_jobs  # noqa: F401 - known once it is imported
from noria.kit.jobs_run import run
from noria.promise import fence_actions
from noria.promise.fence_model import ChannelNetwork
from tower_site import invite, serving, sign_in, window_at
from world import ACTOR, MONDAY

GOODS = "Réf;Désignation;Notes;Poids\nA1;Bol;x;300\nA2;Tasse;;250\n"


def work(db, count):
    """Do what was asked for, as the worker would, once that many files were sent."""
    for _ in range(200):
        with db.transaction() as tx:
            jobs = [job for (job,) in tx.execute("select id from job order by asked_at")]
        if len(jobs) == count:
            return run(db, jobs[-1], lambda: False)
    raise AssertionError("nothing was asked for")


def test_an_empty_installation_begins_with_the_files_of_whoever_comes(
    server, template, chromium, tmp_path
):
    with database(server, template) as db:
        with db.transaction() as tx:
            invite(tx, ["claire@example.org"])
        with serving(db, tmp_path / "server.log") as address, window_at(chromium, address) as page:
            sign_in(page, at="/")
            expect(page.get_by_role("heading", level=1)).to_have_text("First hour")
            expect(page.get_by_text("Nothing is here yet")).to_be_visible()
            page.get_by_label("Choose a file").last.set_input_files(
                {"name": "goods.csv", "mimeType": "text/csv", "buffer": GOODS.encode()}
            )
            ours = page.get_by_role("combobox", name="Is to us: Désignation")
            expect(ours).to_have_value("name · needed")
            expect(page.get_by_role("combobox", name="Is to us: Notes")).to_have_value("leave out")
            with page.expect_response("**/v1/imports/catalog*"):
                press(page, page.get_by_role("button", name="See what it would change"))
            work(db, 1)
            with page.expect_response("**/v1/imports/catalog*"):
                press(page, page.get_by_role("button", name="Bring in 2 lines"))
            work(db, 2)
            expect(page.get_by_text("2 lines of goods.csv were brought in")).to_be_visible()
            expect(page.get_by_text("2 SKUs, 0 nodes")).to_be_visible()
            expect(page.get_by_text("SKUs without a barcode", exact=True)).to_be_visible()
            with db.transaction() as tx:
                tx.execute(
                    "update sku set is_sold = false where code = (select min(code) from sku)"
                )
            with page.expect_response("**/v1/first-hour/checks"):
                press(page, page.get_by_role("button", name="Check again"))
            expect(page.get_by_text("1 of 1").first).to_be_visible()


def test_a_launch_tells_store_by_store(page, tower):
    pilot = ChannelNetwork(
        id="pilot", channel="web", nodes=("SHOP",), node_kinds=(), reason="the pilots",
        valid_from=date(2027, 1, 1),
    )  # fmt: skip
    with tower.transaction() as tx:
        fence_actions.save_network(
            tx, pilot, actor=ACTOR, now=MONDAY, request_id="r", check=lambda version: None
        )
    sign_in(page, at="/tower/first-hour")
    press(page, page.get_by_text("Store by store"))
    row = page.get_by_role("region", name="Store by store").get_by_role("row").last
    expect(row).to_contain_text("SHOP")
    expect(row).to_contain_text("—")
