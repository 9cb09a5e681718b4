"""Documents, each drawn as a picture in both languages; labels for printers as text and as bars."""

import re
import struct
import zlib
from datetime import date

import pytest
from msgspec import structs

import world
import zpl_picture
from noria.carriage import (
    actions,
    bars,
    erasure_actions,
    paper_actions,
    paper_rules,
    store,
    views,
    zpl,
)
from noria.carriage.model import (
    Account,
    AskedKind,
    AskLabel,
    AskManifest,
    AskPaper,
    Connector,
    CustomsGood,
    CustomsMissing,
    Format,
    LabelState,
    Packed,
    PaperKind,
    PaperState,
    Sender,
)
from noria.carriage.paper_model import SeveralLegs
from noria.fulfilment import views as fulfilment
from noria.orders.model import Destination, Recipient
from world import ACTOR, MONDAY

SSCC = "037600000000000017"
GENEVA = Destination(country="CH", postcode="1200", town="Genève", latitude=46.2, longitude=6.14)
WHO = Recipient(name="Zoé Müller-Lefèvre", street="3 rue des Lilas, bâtiment C")
SENDER = Sender(name="Noria Retail SAS", street="1 quai de la Gare", tax_number="EORI FR123")


@pytest.fixture
def tx(retail):
    """Order o1 leaves PAR for Geneva in one box, whose label was bought."""
    world.shelve(retail, "PAR", mug=3, cup=3)
    one = world.order(mug=2, cup=1, to=GENEVA)
    world.accept(retail, structs.replace(one, recipient=WHO))
    plan = Account(code="any", connector=Connector.WEBHOOK, services={"HOME": "std"}, sender=SENDER)
    actions.save_account(retail, plan, actor=ACTOR, now=MONDAY)
    goods = [
        CustomsGood(sku=sku, hs_code="691200", origin="PT", description=f"Ceramic {sku}")
        for sku in ("mug", "cup")
    ]
    actions.save_goods(retail, goods, actor=ACTOR)
    wanted = AskLabel(id="l1", leg="o1.1", account="any")
    actions.ask(retail, [wanted], actor=ACTOR, now=MONDAY)
    store.set_label(retail, "l1", LabelState.BOUGHT, now=MONDAY, number="6A12345678901")
    return retail


def made(tx, kind, language="fr", *, legs=("o1.1",), form="pdf"):
    key = f"{kind.value}-{language}"
    wanted = AskPaper(id=key, kind=kind, language=language, legs=legs)
    paper = paper_actions.ask(tx, wanted, actor=ACTOR, now=MONDAY)
    assert paper.state is PaperState.WAITING
    _, content = paper_actions.gather(tx, key)
    if form == "png":
        return content, paper_actions.drawn(paper.kind, content, "png")
    return content, paper_actions.draw(paper, content)


def test_a_document_tells_days_and_hours_by_the_clock_of_its_node(tx):
    """A quarter past eleven in the evening, UTC, is past midnight in Paris."""
    tx.execute("update leg set leaves_at = '2026-11-24T23:15Z' where id = 'o1.1'")
    note, _ = made(tx, AskedKind.DELIVERY_NOTE)
    picks, _ = made(tx, AskedKind.PICK_LIST)
    customs, _ = made(tx, AskedKind.CUSTOMS, "en")
    assert ("Départ le", "25 novembre 2026") in note["facts"]
    assert ("Premier départ", "25 novembre 2026, 0\u202fh\u202f15") in picks["facts"]
    assert customs["day"] == "25 November 2026"


def ink(png):
    """The share of a picture that is not white; its size is that of the paper."""
    width, height, depth, colours = struct.unpack(">IIBB", png[16:26])
    assert depth == 8
    channels = {0: 1, 2: 3, 6: 4}[colours]
    parts = re.findall(rb"(?s)IDAT", png)
    assert parts
    at, data = 8, b""
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += length + 12
    rows = zlib.decompress(data)
    step = width * channels + 1
    changed = sum(len(set(rows[at + 1 : at + step])) > 2 for at in range(0, len(rows), step))
    return width, height, changed / height


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    ("kind", "size", "says"),
    [
        (AskedKind.DELIVERY_NOTE, (909, 1286), {"fr": "Bon de livraison", "en": "Delivery note"}),
        (AskedKind.PICK_LIST, (909, 1286), {"fr": "Liste de préparation", "en": "Pick list"}),
        (AskedKind.CUSTOMS, (909, 1286), {"fr": "Déclaration en douane", "en": "Customs declar"}),
        (AskedKind.LABEL, (433, 650), {"fr": "6A12345678901", "en": "6A12345678901"}),
    ],
    ids=lambda one: getattr(one, "value", ""),
)
def test_each_document_is_a_picture(tx, kind, size, says, language):
    content, png = made(tx, kind, language, form="png")
    assert says[language] in content["title"]
    width, height, inked = ink(png)
    assert abs(width - size[0]) <= 2
    assert abs(height - size[1]) <= 2
    assert inked > 0.05, "a picture with hardly anything on it"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_list_of_what_a_carrier_takes_is_a_picture(tx, language):
    actions.ask_manifest(
        tx, AskManifest(id="m1", account="any", node="PAR"), actor=ACTOR, now=MONDAY
    )
    wanted = {"language": language, "node": "PAR", "legs": ["o1.1"], "actor": ACTOR, "now": MONDAY}
    paper_actions.want(tx, "list", PaperKind.MANIFEST, Format.PDF, **wanted)
    store.set_manifest_document(tx, "m1", "list")
    paper, content = paper_actions.gather(tx, "list")
    assert [one["number"] for one in content["lines"]] == ["6A12345678901"]
    width, height, inked = ink(paper_actions.drawn(paper.kind, content, "png"))
    assert (abs(width - 909) <= 2, abs(height - 1286) <= 2) == (True, True)
    assert inked > 0.05, "a picture with hardly anything on it"


def test_a_label_of_our_own_is_that_of_its_box(tx):
    second = AskLabel(id="l2", leg="o1.1", box=2, packed=Packed(units={"mug": 1}), account="any")
    actions.ask(tx, [second], actor=ACTOR, now=MONDAY)
    store.set_label(tx, "l2", LabelState.BOUGHT, now=MONDAY, number="6A22222222222")
    wanted = {"language": "fr", "node": "PAR", "legs": ["o1.1"], "actor": ACTOR, "now": MONDAY}
    for label, number in (("l1", "6A12345678901"), ("l2", "6A22222222222")):
        key = actions.own_id("l", label)
        paper_actions.want(tx, key, PaperKind.LABEL, Format.PDF, **wanted)
        _, content = paper_actions.gather(tx, key)
        assert content["number"] == number, "two boxes, two labels"


def test_what_customs_are_told(tx):
    content, pdf = made(tx, AskedKind.CUSTOMS)
    assert pdf.startswith(b"%PDF")
    assert [one["hs_code"] for one in content["lines"]] == ["691200", "691200"]
    assert (content["units"], content["value"]) == ("3", "29,70\u00a0EUR")
    tx.execute("delete from customs_good where sku = 'cup'")
    with pytest.raises(CustomsMissing, match="cup"):
        paper_actions.gather(tx, "customs-fr")


def test_a_list_of_picks_adds_legs_up(tx):
    world.accept(tx, structs.replace(world.order("o2", mug=1), recipient=WHO))
    content, _ = made(tx, AskedKind.PICK_LIST, legs=("o1.1", "o2.1"))
    assert [(one["sku"], one["units"]) for one in content["lines"]] == [("cup", 1), ("mug", 3)]
    assert content["lines"][1]["legs"] == [("o1.1", 2), ("o2.1", 1)]


def test_other_documents_are_for_one_leg(tx):
    world.accept(tx, structs.replace(world.order("o2", mug=1), recipient=WHO))
    with pytest.raises(SeveralLegs):
        made(tx, AskedKind.DELIVERY_NOTE, legs=("o1.1", "o2.1"))


def test_what_names_a_person_goes_with_them(tx):
    for kind in AskedKind:
        _, pdf = made(tx, kind)
        paper_actions.finish(tx, f"{kind.value}-fr", pdf)
    assert erasure_actions.erase(tx, ["o1"]) == 3, "a list of picks names nobody"
    left = {one.kind: one.state for one in views.papers(tx, leg="o1.1")}
    assert left[PaperKind.PICK_LIST] is PaperState.MADE
    assert left[PaperKind.DELIVERY_NOTE] is PaperState.ERASED
    assert views.content(tx, "delivery_note-fr") is None
    paper_actions.finish(tx, "delivery_note-fr", b"late")
    assert views.content(tx, "delivery_note-fr") is None, "made too late, it stays away"


def test_a_box_that_left_has_its_number(tx):
    world.pick(tx, "o1.1")
    world.ship(tx, "o1.1", now=MONDAY)
    (box,) = fulfilment.shipments(tx, ids=["o1.1"])[0].parcels
    assert [one[3] for one in views.to_link(tx, limit=9)] == [box.sscc]


LINES = zpl.Lines(
    sender=["Noria Retail", "75013 Paris"],
    recipient=["Zoé ^Müller~ _x", "1200 Genève"],
    service="EXPRESS",
    number="6A12345678901",
    sscc=SSCC,
    order="536365",
    weight_g=1250,
    box=1,
    look="https://noria.example/t/1",
)


def test_a_label_for_printers():
    text = zpl.label(LINES).decode()
    assert text.startswith("^XA^CI28")
    assert text.endswith("^XZ")
    assert f"^FD>;>800{SSCC}^FS" in text, "GS1-128: subset C, FNC1, identifier 00"
    assert "^BQN,2,5^FH_^FDMA,https://noria.example/t/1^FS" in text
    assert "Zoé _5EMüller_7E _5Fx" in text, "what would be a command is written as its number"
    assert "1.250 kg" in text


def test_without_an_sscc_the_carriers_number_is_the_large_one():
    text = zpl.label(structs.replace(LINES, sscc=None)).decode()
    assert ">8" not in text
    assert "^BY2,3,180^BCN,180" in text


def read_bars(modules):
    """The digits behind a GS1-128 drawn as modules: what a scanner sees."""
    drawn = modules.strip("0")
    runs = [len(run) for run in re.findall(r"1+|0+", drawn)]
    values, at = [], 0
    while at < len(runs):
        size = 7 if len(runs) - at == 7 else 6
        values.append(bars.WIDTHS.index("".join(map(str, runs[at : at + size]))))
        at += size
    *inside, check, stop = values
    weighed = inside[0] + sum(place * value for place, value in enumerate(inside))
    assert (check, stop) == (weighed % 103, 106)
    return inside


LONG = "17 rue du Docteur Bouchut, bâtiment C, escalier 4, interphone 1234, chez Dupont"
LOUD = " ".join(["ZONE INDUSTRIELLE", "DES GRANDS MOULINS"] * 6)


@pytest.mark.parametrize(
    ("because", "other"),
    [
        ("as most are", {}),
        ("a long street", {"recipient": ["Zoé Müller", LONG, "69003 Lyon", "FR"]}),
        ("in capitals", {"recipient": ["ZOÉ MÜLLER " * 8, LOUD, "69003 LYON", "FR"]}),
        ("more than there is room for", {"recipient": ["Zoé", LOUD * 4, "69003 Lyon", "FR"]}),
        ("a sender in an industrial zone", {"sender": ["Noria", LOUD, "75013 Paris", "FR"]}),
        ("a service with a long name", {"service": "colissimo-domicile-avec-signature"}),
        ("a backslash", {"recipient": ["A \\& B \\ C", "3 rue B", "69003 Lyon", "FR"]}),
        ("no SSCC", {"sscc": None}),
    ],
)
def test_a_label_for_printers_is_a_picture(because, other):
    told = structs.replace(LINES, **other)
    fields = zpl_picture.printed(zpl.label(told))
    dots = zpl_picture.picture(fields, zpl.WIDTH, zpl.HEIGHT)
    assert max(map(max, dots)) == 1, f"{because}: one field is printed over another"
    rows = [row for field in fields for row in field.rows]
    for line in (told.recipient[-2], told.recipient[-1], told.sender[-2]):
        assert line in rows, f"{because}: the town is on it, whatever else has to go"
    middle = "".join("01"[dot] for dot in dots[900])
    if told.sscc:
        assert read_bars(middle[::3])[2:] == [0, *pairs(told.sscc)], "by three dots a module"
    else:
        assert len(read_bars(middle[::2])) > len(told.number) / 2


def pairs(digits):
    return [int(digits[at : at + 2]) for at in range(0, len(digits), 2)]


def test_bars_are_read_as_they_were_meant():
    assert read_bars(bars.modules(bars.gs1(f"00{SSCC}"))) == [
        bars.START_C, bars.FNC1, 0, *(int(SSCC[at : at + 2]) for at in range(0, 18, 2))
    ]  # fmt: skip
    inside = read_bars(bars.modules(bars.plain("6A1")))
    assert "".join(chr(value + 32) for value in inside[1:]) == "6A1"
    assert read_bars(bars.modules(bars.plain("1234")))[1:] == [12, 34]


@pytest.mark.parametrize(
    ("made_of", "english", "french"),
    [
        (paper_rules.day(date(2026, 11, 1), "fr"), None, "1er novembre 2026"),
        (paper_rules.day(date(2026, 11, 24), "en"), "24 November 2026", None),
        (paper_rules.money(123456, "EUR", "fr"), None, "1\u202f234,56\u00a0EUR"),
        (paper_rules.money(123456, "EUR", "en"), "EUR 1,234.56", None),
        (paper_rules.kilograms(1250, "fr"), None, "1,250\u00a0kg"),
    ],
)
def test_figures_as_people_write_them(made_of, english, french):
    assert made_of == (english or french)
