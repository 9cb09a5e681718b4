"""Purchase orders, transfers and receipts in a real browser, from the first key to the last."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

import world
from caller import database
from keyboard import press, tab_to, take, write
from noria.catalog import actions as catalog
from noria.catalog.model import Barcode, Sku, Tracking
from noria.kit import clock
from noria.partners import actions as partners
from noria.partners.model import Partner, PartnerKind, Term
from noria.supply import asn_views, views
from tower_site import NOW, dress, faults, invite, pick, put, serving, sign_in, window_at
from world import ACTOR, MONDAY

PLANNER, MANAGER, READER = "ines@example.org", "marc@example.org", "lise@example.org"
TRAY = Sku(
    code="tray", name="Serving tray", cost_cents=400, price_cents=990,
    barcodes=(Barcode(gtin="4006381333931"), Barcode(gtin="14006381333938", units=6)),
)  # fmt: skip
MILK = Sku(code="milk", name="Oat milk", cost_cents=90, price_cents=250, tracking=Tracking.LOT)
LAMP = Sku(code="lamp", name="Desk lamp", tracking=Tracking.SERIAL)
YOGHURT = Sku(code="yoghurt", name="Yoghurt", tracking=Tracking.LOT)
RADIO = Sku(code="radio", name="Radio", tracking=Tracking.SERIAL)
FRIDAY = "2026-12-04"
OTHERS = re.compile("^(More|Plus)")


@pytest.fixture(scope="module")
def chain(server, template):
    """A retailer that buys trays of a supplier with terms, and sends mugs to its shops."""
    with database(server, template) as db:
        with db.transaction() as tx:
            clock.start_driving(tx, MONDAY)
            world.build(tx)
            catalog.save(tx, [TRAY, MILK, LAMP, YOGHURT, RADIO], actor=ACTOR, now=MONDAY)
            bois = Partner(code="bois", name="Atelier Bois", kind=PartnerKind.SUPPLIER)
            partners.save(tx, bois, actor=ACTOR, now=MONDAY)
            term = Term(sku="tray", price_cents=350, pack_units=6, minimum_units=12,
                        valid_from=(MONDAY - timedelta(days=9)).date())  # fmt: skip
            partners.save_terms(tx, "bois", [term], actor=ACTOR, now=MONDAY)
            world.shelve(tx, "PAR", mug=40, tray=30)
            clock.drive(tx, NOW)
            invite(tx, [PLANNER, MANAGER, READER])
        yield db


@pytest.fixture(scope="module")
def address(chain, tmp_path_factory):
    with serving(chain, tmp_path_factory.mktemp("supply") / "server.log") as found:
        yield found


@pytest.fixture
def page(chromium, address):
    with window_at(chromium, address) as window:
        yield window


def at(page, path, email=PLANNER):
    sign_in(page, email, at=f"/tower/stock/{path}")


def scan(page, label, gtin):
    """A scanner types faster than anybody, and ends with Enter."""
    page.get_by_role("dialog").get_by_role("combobox", name=label).focus()
    page.keyboard.type(gtin)
    page.keyboard.press("Enter")


def other(page, name):
    """What stands in the menu beside the one button."""
    page.get_by_role("button", name=OTHERS).press("Enter")
    page.get_by_role("menuitem", name=name).press("Enter")


def number_in(page):
    return page.get_by_role("dialog").get_by_label("Number").input_value()


def test_a_purchase_order_is_placed_from_a_scanned_pack_and_taken_back(page, chain):
    at(page, "all/moving")
    page.get_by_role("button", name="New purchase order").press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Supplier").fill("Atelier Bois")
    pick(page, "For the node", "PAR")
    dialog.get_by_label("Expected on").fill(FRIDAY)
    scan(page, "SKU 1", "14006381333938")
    expect(dialog.get_by_role("combobox", name="SKU 1")).to_have_value("tray · Serving tray")
    expect(dialog.get_by_label("Of 1")).to_have_value("6")
    expect(dialog.get_by_label("Cost of a unit 1")).to_have_value("3.50")
    dialog.get_by_label("How many 1").fill("1.5")
    expect(dialog).to_contain_text("9 units · €31.50 in all · at least 12")
    number = number_in(page)
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("Atelier Bois does not sell it so")
    assert faults(page) == []
    dialog.get_by_label("How many 1").fill("2")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    row = page.get_by_role("row").filter(has_text=number)
    expect(row).to_contain_text("Atelier Bois")
    with chain.transaction() as tx:
        (line,) = views.purchase(tx, number).lines
    assert (line.sku, line.quantity, line.cost_cents) == ("tray", 12, 350)
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.get_by_text(f"{number} is called off.")).to_be_visible()
    expect(row).to_have_count(0)


def test_what_is_missing_is_said_at_its_field_before_anything_is_sent(page, chain):
    at(page, "all/moving")
    page.get_by_role("button", name="New purchase order").press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Supplier").fill("Somebody")
    dialog.get_by_label("Expected on").fill(FRIDAY)
    dialog.get_by_label("How many 1").fill("0.5")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("Choose a node from the list.")
    expect(dialog.get_by_role("alert")).to_contain_text("Choose a SKU from the list.")
    expect(dialog.get_by_role("alert")).to_contain_text("A whole number of units, from 1 on.")
    expect(dialog.get_by_label("How many 1")).to_have_attribute("aria-invalid", "true")
    pick(page, "SKU 1", "cup")
    dialog.get_by_label("How many 1").fill("2")
    dialog.get_by_role("button", name="Add").press("Enter")
    pick(page, "SKU 2", "cup")
    pick(page, "For the node", "LYS")
    dialog.get_by_role("button", name="Order", exact=True).press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("cup is there twice.")
    dialog.get_by_role("button", name="Take line 2 away").press("Enter")
    dialog.get_by_role("button", name="Order", exact=True).press("Enter")
    expect(dialog).to_have_count(0)


def bought(page, number, **units):
    lines = [{"sku": sku, "quantity": count, "cost_cents": 200} for sku, count in units.items()]
    body = {
        "supplier": "Somebody", "node": "PAR", "ordered_at": NOW.isoformat(),
        "expected_on": FRIDAY, "lines": lines,
    }  # fmt: skip
    put(page, f"/v1/purchase-orders/{number}", body)


def test_a_purchase_order_is_changed_and_the_change_undone_then_it_is_called_off(page, chain):
    sign_in(page, PLANNER)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    bought(page, "changes", cup=4, bowl=2)
    page.goto("/tower/stock/moving/purchases/changes")
    other(page, "Change")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("How many 2").fill("9")
    dialog.get_by_label("Cost of a unit 2").fill("2.50")
    dialog.get_by_role("button", name="Take line 1 away").press("Enter")
    dialog.get_by_role("button", name="Add").press("Enter")
    pick(page, "SKU 2", "bowl")
    expect(dialog.get_by_label("Cost of a unit 2")).to_have_value("2.00")
    expect(dialog.get_by_label("How many 2")).to_have_value("2")
    pick(page, "SKU 2", "mug")
    dialog.get_by_label("How many 2").fill("1")
    dialog.get_by_label("Expected on").fill("2026-12-11")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    main = page.get_by_role("main")
    expect(main.get_by_role("row").filter(has_text="mug")).to_be_visible()
    with chain.transaction() as tx:
        changed = views.purchase(tx, "changes")
    left = {line.sku: (line.quantity, line.cost_cents) for line in changed.lines}
    assert left == {"cup": (9, 250), "mug": (1, 400)}
    assert changed.expected_on.isoformat() == "2026-12-11"
    page.get_by_role("button", name="Undo").press("Enter")
    expect(main.get_by_role("row").filter(has_text="bowl")).to_be_visible()
    with chain.transaction() as tx:
        back = views.purchase(tx, "changes")
    assert {line.sku: (line.quantity, line.cost_cents) for line in back.lines} == {
        "cup": (4, 200), "bowl": (2, 200),
    }  # fmt: skip
    other(page, "Call off")
    dialog.get_by_label("Reason").fill("the supplier is out of it")
    page.keyboard.press("Enter")
    expect(main).to_contain_text("the supplier is out of it")
    expect(page.get_by_role("button", name=OTHERS)).to_have_count(0)


def test_what_came_is_counted_in_and_what_differs_says_why(page, chain):
    sign_in(page, MANAGER)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    bought(page, "comes", cup=4, bowl=2)
    page.goto("/tower/stock/moving/purchases/comes")
    page.get_by_role("button", name="Receive").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("4 expected")
    assert faults(page) == []
    dialog.get_by_label("How many 2").fill("3")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("Expected: 4, counted: 3. Say why.")
    dialog.get_by_label("Reason 2").fill("one crushed")
    page.keyboard.press("Enter")
    expect(page.get_by_text("5 units are on the shelf.")).to_be_visible()
    expect(page.get_by_role("button", name="Receive")).to_have_count(0)
    with chain.transaction() as tx:
        assert world.levels(tx)["cup", "PAR", "available"] == 3
        assert views.purchase(tx, "comes").closed_at is not None


def test_lots_and_serials_are_told_as_they_are_counted_in(page, chain):
    sign_in(page, MANAGER)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    bought(page, "named", milk=6, lamp=2)
    page.goto("/tower/stock/moving/purchases/named")
    page.get_by_role("button", name="Receive").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Serial numbers 2")).to_have_count(0)
    dialog.get_by_label("Serial numbers 1").focus()
    for serial in ("SN-1", "SN-2", "SN-2"):
        page.keyboard.type(serial)
        page.keyboard.press("Enter")
    expect(dialog).to_contain_text("3 of 2 named")
    dialog.get_by_label("How many 2").fill("4")
    dialog.get_by_label("Lot 2").fill("L 1")
    dialog.get_by_role("button", name="Add").press("Enter")
    pick(page, "SKU 3", "milk")
    dialog.get_by_label("How many 3").fill("2")
    dialog.get_by_label("Lot 3").fill("L2")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert").first).to_contain_text("SN-2 is there twice.")
    expect(dialog.get_by_role("alert").last).to_contain_text("“L 1” is no lot or serial")
    assert faults(page) == []
    dialog.get_by_label("Serial numbers 1").fill("SN-1\nSN-2\n")
    dialog.get_by_label("Lot 2").fill("L1")
    dialog.get_by_label("Best before 2").fill("2026-12-24")
    page.keyboard.press("Enter")
    expect(page.get_by_text("8 units are on the shelf.")).to_be_visible()
    with chain.transaction() as tx:
        known = tx.execute(
            "select lot, quantity, expires_on::text from lot_balance join lot on code = lot and"
            " lot.sku = lot_balance.sku where lot_balance.sku = 'milk' and node = 'PAR'"
            " and quantity > 0 order by lot"
        )
        assert known.fetchall() == [("L1", 4, "2026-12-24"), ("L2", 2, None)]
        known = tx.execute("select code from serial where sku = 'lamp' order by code")
        assert known.fetchall() == [("SN-1",), ("SN-2",)]


def test_a_transfer_is_planned_changed_sent_and_received(page, chain):
    at(page, "all/moving?kind=transfers")
    page.get_by_role("button", name="New transfer").press("Enter")
    dialog = page.get_by_role("dialog")
    pick(page, "From the node", "PAR")
    pick(page, "To the node", "PAR")
    dialog.get_by_label("Expected on").fill(FRIDAY)
    pick(page, "SKU 1", "serving")
    dialog.get_by_label("How many 1").fill("8")
    number = number_in(page)
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("It is there already: choose another node.")
    pick(page, "To the node", "SHOP")
    dialog.get_by_role("button", name="Plan", exact=True).press("Enter")
    expect(dialog).to_have_count(0)
    row = page.get_by_role("row").filter(has_text=number)
    row.press("Enter")
    other(page, "Change")
    dialog.get_by_label("How many 1").fill("5")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"{number} is changed.")).to_be_visible()
    page.get_by_role("button", name="It leaves").press("Enter")
    dialog.get_by_role("button", name="It leaves").press("Enter")
    expect(page.get_by_text(f"{number} is in transit.")).to_be_visible()
    page.get_by_role("button", name="Receive").press("Enter")
    expect(dialog.get_by_label("How many 1")).to_have_value("5")
    dialog.get_by_role("button", name="Receive").press("Enter")
    expect(page.get_by_text("5 units are on the shelf.")).to_be_visible()
    with chain.transaction() as tx:
        assert world.levels(tx)["tray", "SHOP", "available"] == 5


def expected_of(chain, asn):
    with chain.transaction() as tx:
        found, _ = asn_views.known(tx, asn)
    return {line.sku: line.quantity for line in found.lines}


def test_what_is_under_way_is_announced_changed_and_called_off_by_keyboard(page, chain):
    """Of a purchase order, from its page: what is still to come of it is proposed."""
    sign_in(page, PLANNER)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    bought(page, "announces", cup=4, bowl=2)
    page.goto("/tower/stock/moving/purchases/announces")
    press(page, page.get_by_role("button", name=OTHERS))
    take(page, page.get_by_role("menuitem", name="Announce"))
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Somebody says that this is under way to PAR.")
    expect(dialog.get_by_label("Expected on")).to_be_focused()
    assert faults(page) == []
    write(page, dialog.get_by_label("How many 2"), "3")
    number = number_in(page)
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"{number} is announced.")).to_be_visible()
    assert expected_of(chain, number) == {"cup": 3, "bowl": 2}
    page.goto(f"/tower/stock/moving/asns/{number}")
    press(page, page.get_by_role("button", name=OTHERS))
    take(page, page.get_by_role("menuitem", name="Change"))
    press(page, dialog.get_by_role("button", name="Take line 1 away"))
    page.keyboard.press("Shift+Tab")
    press(page, dialog.get_by_role("button", name="Save"))
    expect(page.get_by_text(f"{number} is changed.")).to_be_visible()
    assert expected_of(chain, number) == {"cup": 3}
    page.keyboard.press("Alt+z")
    expect(page.get_by_text(f"{number} is as it was.")).to_be_visible()
    assert expected_of(chain, number) == {"cup": 3, "bowl": 2}
    press(page, page.get_by_role("button", name=OTHERS))
    take(page, page.get_by_role("menuitem", name="Call off"))
    expect(dialog).to_contain_text("It cannot be taken back")
    expect(dialog.get_by_role("button", name="Call off")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"{number} is called off.")).to_be_visible()
    expect(page.get_by_role("button", name="Receive")).to_have_count(0)


def test_what_no_purchase_order_here_knows_is_announced_by_keyboard_and_taken_back(page, chain):
    sign_in(page, PLANNER)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    bought(page, "others", cup=4)
    page.goto("/tower/stock/all/moving?kind=asns")
    press(page, page.get_by_role("button", name="New ASN"))
    dialog = page.get_by_role("dialog")
    write(page, dialog.get_by_label("Supplier"), "Atelier Bois")
    tab_to(page, dialog.get_by_role("combobox", name="For the node"))
    pick(page, "For the node", "PAR")
    write(page, dialog.get_by_label("Of purchase order"), "others")
    tab_to(page, dialog.get_by_label("Expected on"))
    page.keyboard.type("04122026")
    scan(page, "SKU 1", "4006381333931")
    number = number_in(page)
    press(page, dialog.get_by_role("button", name="Announce"))
    expect(dialog.get_by_role("alert")).to_contain_text("others has 0 of tray")
    write(page, dialog.get_by_label("Of purchase order"), " ")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"{number} is announced.")).to_be_visible()
    row = page.get_by_role("row").filter(has_text=number)
    expect(row).to_contain_text("Atelier Bois")
    page.keyboard.press("Alt+z")
    expect(page.get_by_text(f"{number} is called off.")).to_be_visible()
    expect(row).to_have_count(0)


def stocked(page):
    """Yoghurt of two lots, and two radios, lie in Paris and are to go to the shop."""
    bought(page, "stocked", yoghurt=6, radio=2)
    lots = [{"lot": "LATE", "quantity": 3, "expires_on": "2027-03-01"},
            {"lot": "SOON", "quantity": 3, "expires_on": "2027-01-20"}]  # fmt: skip
    lines = [{"sku": "yoghurt", "quantity": 6, "lots": lots},
             {"sku": "radio", "quantity": 2, "serials": ["R-1", "R-2"]}]  # fmt: skip
    body = {"purchase_order": "stocked", "received_at": NOW.isoformat(), "lines": lines}
    put(page, "/v1/receipts/stocked", body)
    wanted = [{"sku": "yoghurt", "quantity": 4}, {"sku": "radio", "quantity": 1}]
    goes = {"source": "PAR", "target": "SHOP", "expected_on": FRIDAY, "lines": wanted}
    put(page, "/v1/transfers/told", goes)


def test_lots_and_serials_are_told_as_a_transfer_leaves_by_keyboard(page, chain):
    """The lots that expire first are proposed; which unit of a serial it is, its scan says."""
    sign_in(page, PLANNER)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    stocked(page)
    page.goto("/tower/stock/moving/transfers/told")
    press(page, page.get_by_role("button", name="It leaves"))
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Lot 2")).to_have_value("SOON")
    expect(dialog.get_by_label("How many 2")).to_have_value("3")
    expect(dialog.get_by_label("Lot 3")).to_have_value("LATE")
    expect(dialog.get_by_label("Best before 2")).to_have_count(0)
    assert faults(page) == []
    tab_to(page, dialog.get_by_label("Serial numbers 1"))
    page.keyboard.type("R-2\n")
    write(page, dialog.get_by_label("How many 3"), "3")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("Only 4 are planned.")
    expect(dialog.get_by_label("How many 3")).to_be_focused()
    tab_to(page, dialog.get_by_label("How many 2"), back=True)
    page.keyboard.press("Control+a")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    expect(page.get_by_text("told is in transit.")).to_be_visible()
    with chain.transaction() as tx:
        left = tx.execute(
            "select lot, quantity from lot_balance where sku = 'yoghurt' and node = 'SHOP'"
            " and state = 'in_transit' and quantity > 0 order by lot"
        )
        assert left.fetchall() == [("LATE", 3), ("SOON", 1)], "as was loaded, not as was proposed"
        left = tx.execute("select code from serial where sku = 'radio' and state = 'in_transit'")
        assert left.fetchall() == [("R-2",)]


def test_a_transfer_that_is_not_needed_is_called_off(page, chain):
    sign_in(page, PLANNER)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    line = {"sku": "mug", "quantity": 2}
    body = {"source": "PAR", "target": "SHOP", "expected_on": FRIDAY, "lines": [line]}
    put(page, "/v1/transfers/needless", body)
    page.goto("/tower/stock/moving/transfers/needless")
    other(page, "Call off")
    page.get_by_role("dialog").get_by_label("Reason").fill("the shop has enough")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_contain_text("the shop has enough")
    with chain.transaction() as tx:
        assert views.transfer(tx, "needless").cancelled.reason == "the shop has enough"


def test_who_may_not_write_is_offered_nothing_and_a_manager_only_the_own_store(page, chain):
    at(page, "all/moving", READER)
    expect(page.get_by_role("radio", name="Transfers")).to_be_attached()
    expect(page.get_by_role("button", name="New purchase order")).to_have_count(0)
    page.context.clear_cookies()
    at(page, "all/moving?kind=transfers", MANAGER)
    page.get_by_role("button", name="New transfer").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("combobox", name="From the node")).to_have_value("PAR · Par")


FORMS = {
    "all/moving": ("Nouvelle commande fournisseur", "New purchase order"),
    "all/moving?kind=transfers": ("Nouveau transfert", "New transfer"),
    "all/moving?kind=asns": ("Nouvel avis d'expédition", "New ASN"),
    "moving/purchases/looks": ("Modifier", "Change"),
}


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_its_forms_are_for_everybody(page, chain, width, scheme):
    sign_in(page, PLANNER)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    bought(page, "looks", tray=12)
    language = dress(page, width, scheme)
    receive = ("Réceptionner", "Receive")
    for path, names in [*FORMS.items(), ("moving/purchases/looks", receive)]:
        page.goto(f"/tower/stock/{path}")
        name = names[language == "en"]
        if "Change" in names:
            other(page, name)
        else:
            page.get_by_role("button", name=name).press("Enter")
        dialog = page.get_by_role("dialog")
        expect(dialog.locator(".rows .row")).to_have_count(1)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), path
        inside = dialog.evaluate("one => one.scrollWidth <= one.clientWidth")
        assert inside, path
        assert faults(page) == [], path
