"""Labels that are not as they should be: taken back, bought anew, or left to a person."""
# ruff: noqa: F811 - fixtures of another module

import json

import pytest

import carrier_fakes as fakes
import world
from caller import calling
from carriage_case import carrier, case, opened, relayed, webhook_server  # noqa: F401 - fixtures
from noria.carriage import actions, call_actions, trouble_actions, trouble_store, views
from noria.carriage import jobs as carriage_jobs
from noria.carriage.model import (
    AskManifest,
    CallKind,
    LabelState,
    NothingToList,
    Packed,
    Resolution,
    Resolve,
)
from noria.carriage.port import MOST_SHEETS
from noria.carriage.trouble_model import NotOutdated, TroubleKind
from noria.orders.edit_model import RecipientEdit
from world import ACTOR, MONDAY


@pytest.fixture(scope="module")
def db(server, template):
    with opened(server, template) as shared:
        yield shared


def test_what_is_not_sent_after_all_is_taken_back_and_on_no_list(case, carrier):
    case.ask()
    case.work()
    case.db.run(lambda tx: world.cancel(tx, case.order, mug=2))
    wanted = AskManifest(id=case.key("m1"), account=case.code, node="PAR")
    with pytest.raises(NothingToList):
        case.act(actions.ask_manifest, wanted)
    carriage_jobs.follow(case.db)
    assert case.label().state is LabelState.CANCELLING
    case.work()
    assert case.label().state is LabelState.CANCELLED
    assert [method for method, *_ in carrier.asked] == ["PUT", "DELETE"]


def test_no_sheet_of_a_label_that_was_taken_back_can_be_printed(case, carrier):
    """However many documents a carrier gives out with it: each would let the box travel."""
    sheet = {"kind": "label", "format": "pdf", "content": "JVBERi0="}

    def generous(*asked):
        status, said, headers = fakes.webhook(*asked)
        given = json.loads(said) | {"documents": [sheet] * MOST_SHEETS}
        return fakes.json_answer(status, given, **headers) if asked[1] == "PUT" else (
            status, said, headers
        )  # fmt: skip

    carrier.answers = generous
    case.ask()
    case.work()
    found = "select state from document where %s = any(legs)"
    assert (
        case.db.run(lambda tx: tx.execute(found, [case.leg]).fetchall())
        == [("made",)] * MOST_SHEETS
    )
    case.act(actions.cancel, case.key("l1"))
    case.work()
    assert (
        case.db.run(lambda tx: tx.execute(found, [case.leg]).fetchall())
        == [("failed",)] * MOST_SHEETS
    )


def test_a_new_address_gets_a_new_label(case, carrier):
    case.ask()
    case.work()
    case.edit(RecipientEdit(street="5 rue des Roses"))
    for _ in range(3):
        carriage_jobs.follow(case.db)
        case.work()
    assert [method for method, *_ in carrier.asked] == ["PUT", "DELETE", "PUT"]
    assert case.label().state is LabelState.CANCELLED
    assert "5 rue des Roses" in carrier.asked[-1][3].decode()
    with case.db.transaction() as tx:
        new, old = views.labels(tx, legs=[case.leg])
    assert (new.state, new.service, old.id) == (LabelState.BOUGHT, "HOME", case.key("l1"))
    assert case.exceptions("label") == [], "nothing was packed yet"
    case.db.run(lambda tx: world.pick(tx, case.leg))
    case.edit(RecipientEdit(phone="+33 6 39 98 00 01"))
    for _ in range(3):
        carriage_jobs.follow(case.db)
        case.work()
    (found,) = case.exceptions("label")
    assert (found.kind, found.facts["label"], found.facts["is_kept"]) == (
        "label.outdated",
        new.id,
        False,
    )
    case.db.run(lambda tx: trouble_actions.settle(tx, new.id, actor=ACTOR, now=MONDAY))
    assert case.exceptions("label") == []


def test_what_its_carrier_keeps_of_a_leg_that_is_not_sent_waits_for_a_person(relayed, carrier):
    relayed.ask()
    relayed.work()
    relayed.db.run(lambda tx: world.cancel(tx, relayed.order, mug=2))
    for _ in range(2):
        carriage_jobs.follow(relayed.db)
        relayed.work()
    assert relayed.label().state is LabelState.BOUGHT
    assert [method for method, *_ in carrier.asked].count("POST") == 1, "it is asked once"
    (kept,) = relayed.exceptions("label.kept")
    assert (kept.subject, kept.node) == (f"leg:{relayed.leg}", "PAR")
    with relayed.db.transaction() as tx:
        (paper,) = views.papers(tx, leg=relayed.leg)
    assert relayed.act(trouble_actions.settle, relayed.key("l1")).state is LabelState.CANCELLED
    assert relayed.exceptions("label.kept") == []
    with relayed.db.transaction() as tx:
        assert views.content(tx, paper.id) is None, "nobody puts it on a box"


def test_why_no_other_label_is_bought_is_told(case, carrier):
    case.ask()
    case.work()
    case.edit(RecipientEdit(street=""))
    for _ in range(2):
        carriage_jobs.follow(case.db)
        case.work()
    carriage_jobs.follow(case.db)
    (found,) = case.exceptions("label.outdated")
    assert found.facts["says"].startswith("Nobody is known at whose door")
    case.edit(RecipientEdit(street="5 rue des Roses"))
    carriage_jobs.follow(case.db)
    case.work()
    assert case.exceptions("label") == [], "what was missing is there"


def test_where_the_carrier_keeps_a_label_with_an_old_address_a_person_buys_another(
    relayed, carrier
):
    relayed.ask()
    with pytest.raises(NotOutdated):
        relayed.act(trouble_actions.replace, relayed.key("l1"))
    relayed.edit(RecipientEdit(street="4 rue des Roses"))
    relayed.work()
    carriage_jobs.follow(relayed.db)
    assert relayed.label().state is LabelState.BOUGHT, "its carrier was told the new one"
    relayed.edit(RecipientEdit(street="5 rue des Roses"))
    for _ in range(2):
        carriage_jobs.follow(relayed.db)
        relayed.work()
    (found,) = relayed.exceptions("label")
    assert (found.kind, found.facts["is_kept"]) == ("label.outdated", True)
    wanted = AskManifest(id=relayed.key("m1"), account=relayed.code, node="PAR")
    with pytest.raises(NothingToList):
        relayed.act(actions.ask_manifest, wanted)
    new = relayed.act(trouble_actions.replace, relayed.key("l1"))
    relayed.work()
    assert "5 RUE DES ROSES" in carrier.asked[-2][3].decode()
    with relayed.db.transaction() as tx:
        assert actions.known_label(tx, new.id).state is LabelState.BOUGHT
    assert relayed.exceptions("label") == []


def test_a_no_waits_for_somebody_who_has_another_carrier_chosen(case, carrier):
    carrier.answers = lambda *_: fakes.json_answer(422, {"error": "no such town"})
    case.ask(packed=Packed(weight_g=700))
    case.work()
    with calling(case.db) as client:
        (row,) = [one for one in client.get("/v1/exceptions?kind=label.declined").json()["items"]
                  if one["facts"]["carrier"] == case.code]  # fmt: skip
        offered = row["proposal"]
        (item,) = offered["body"]["items"]
        assert (item["leg"], item["box"], item["packed"]["weight_g"]) == (case.leg, 1, 700)
        asked = {"items": [{**item, "id": case.key("again")}]}
        (answer,) = client.post(offered["path"], json=asked).json()["items"]
    assert answer["status"] == 200
    assert case.exceptions("label.declined") == []


def test_a_doubt_waits_for_somebody_who_looks(relayed, carrier):
    carrier.moods = ["nonsense"]
    relayed.ask()
    for hours in range(2):
        relayed.work(minutes=60 * hours)
    (found,) = relayed.exceptions("label")
    assert (found.kind, found.facts["is_cancel"]) == ("label.stuck", False)
    made = Resolve(outcome=Resolution.WAS_MADE, number="30000000")
    relayed.act(actions.resolve, relayed.key("l1"), [CallKind.BUY], made)
    assert relayed.exceptions("label") == []


def test_a_label_that_somebody_has_to_print_says_where(relayed, carrier):
    carrier.moods = ["", "trouble", "dead", "nonsense"]
    relayed.ask()
    relayed.work()
    (found,) = relayed.exceptions("label.unprinted")
    assert found.facts["says"].endswith("/StickersV3/a.aspx?e=1")
    with relayed.db.transaction() as tx:
        trouble_store.insert(tx, relayed.key("l1"), TroubleKind.DOUBLED, now=MONDAY)
    kind = TroubleKind.UNPRINTED
    assert (
        relayed.act(trouble_actions.settle, relayed.key("l1"), kind=kind).state is LabelState.BOUGHT
    )
    assert relayed.exceptions("label.unprinted") == []
    assert len(relayed.exceptions("label.doubled")) == 1, "nobody has seen to that"


def test_a_number_that_is_another_parcels_is_told(case, carrier):
    carrier.answers = lambda fake, *_: fakes.json_answer(
        200, {"reference": fake.asked[-1][1].rpartition("/")[2], "number": "W-TWICE"}
    )
    for box in (1, 2):
        case.ask(f"l{box}", box=box)
    case.work()
    case.db.run(lambda tx: (world.pick(tx, case.leg), world.ship(tx, case.leg, parcels=2)))
    case.db.run(lambda tx: call_actions.link(tx, now=MONDAY))
    (found,) = case.exceptions("label.unlinked")
    assert found.facts["box"] == 2


def test_a_van_and_a_list_that_are_refused_or_in_doubt_are_told(case, carrier):
    case.ask()
    case.work()
    carrier.answers = lambda *_: fakes.json_answer(422, {"error": "no"})
    case.act(actions.ask_pickup, case.van("v1"))
    wanted = AskManifest(id=case.key("m1"), account=case.code, node="PAR")
    case.act(actions.ask_manifest, wanted)
    case.work()
    assert {one.kind for one in case.exceptions(None)} == {"pickup.declined", "manifest.declined"}
    carrier.moods = ["dead"]
    case.act(actions.ask_pickup, case.van("v2"))
    case.work()
    case.work(minutes=60)
    assert [one.kind for one in case.exceptions("pickup")] == ["pickup.stuck"]
