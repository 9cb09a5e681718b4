"""Rules of what is kept back, ASNs, and what channels did, as files: in, out, and tried without effect."""

from datetime import date

import pytest

import world
from noria.connectors.files.actions import import_file
from noria.connectors.files.exports import chunks
from noria.connectors.files.model import ExportForm, ExportKind, FileKind
from noria.policies import views as policies
from noria.promise import keep_back_views
from noria.supply import actions as supply
from noria.supply import asn_views
from noria.supply.model import NewReceipt, ReceivedLine
from world import ACTOR, MONDAY

RULES = (
    "id,purpose,sku,node_kind,channel,units,days,reason,valid_until",
    "hall,buffer,,store,,2,,thefts in the hall,",
    "web,protection,mug,,web,,3,the web sells it out,2026-12-31",
)
ASNS = (
    "asn,supplier,node,expected_on,sku,quantity",
    "A1,Potter,PAR,2026-12-02,mug,48",
    "A1,Potter,PAR,2026-12-02,cup,6",
    "A2,Potter,LYS,2026-12-03,mug,5",
)


MEASURES = (
    "channel,day,conversion,margin,rotation",
    "web,2026-11-21,0.024,0.41,5.2",
    "web,2026-11-22,0.031,-0.05,5.3",
)


@pytest.fixture
def shop(db):
    with db.transaction() as tx:
        world.build(tx)
    return db


def bring(db, kind, lines, **more):
    return import_file(db, kind, "\n".join(lines).encode(), actor=ACTOR, **more)


def summary(report):
    return report.read, report.good, report.written, report.unchanged, report.fault_count


def taken_out(db, kind, nodes=None):
    with db.transaction() as tx:
        return b"".join(chunks(tx, kind, ExportForm.CSV, nodes)).decode().splitlines()


def test_rules_come_in_once_change_and_go_out(shop):
    assert summary(bring(shop, FileKind.KEEP_BACKS, RULES)) == (2, 2, 2, 0, 0)
    assert summary(bring(shop, FileKind.KEEP_BACKS, RULES)) == (2, 2, 0, 2, 0)
    out = taken_out(shop, ExportKind.KEEP_BACKS)
    assert summary(bring(shop, FileKind.KEEP_BACKS, out)) == (2, 2, 0, 2, 0)
    one = ("id,purpose,reason,units", "hall,buffer,thefts in the hall,4")
    assert summary(bring(shop, FileKind.KEEP_BACKS, one)) == (1, 1, 1, 0, 0)
    with shop.transaction() as tx:
        rule, version = keep_back_views.rule(tx, "hall")
    assert (rule.units, rule.node_kind.value, version) == (4, "store", 2), "the rest is as it was"


def test_asns_come_in_whole_change_and_go_out(shop):
    assert summary(bring(shop, FileKind.ASNS, ASNS)) == (3, 3, 3, 0, 0)
    assert summary(bring(shop, FileKind.ASNS, ASNS)) == (3, 3, 0, 3, 0)
    out = taken_out(shop, ExportKind.ASNS)
    assert summary(bring(shop, FileKind.ASNS, out)) == (3, 3, 0, 3, 0)
    assert len(taken_out(shop, ExportKind.ASNS, ["LYS"])) == 2
    later = [line.replace("2026-12-02", "2026-12-05") for line in ASNS]
    assert summary(bring(shop, FileKind.ASNS, later)) == (3, 3, 2, 1, 0)
    with shop.transaction() as tx:
        assert asn_views.known(tx, "A1")[0].expected_on == date(2026, 12, 5)
        lines = (ReceivedLine(sku="mug", quantity=48), ReceivedLine(sku="cup", quantity=6))
        receipt = NewReceipt(asn="A1", received_at=MONDAY, lines=lines)
        supply.receive(tx, "in", receipt, actor=ACTOR, now=MONDAY)
    assert summary(bring(shop, FileKind.ASNS, later)) == (3, 3, 0, 3, 0), "said again, though here"
    report = bring(shop, FileKind.ASNS, ASNS)
    assert (report.written, [one.line for one in report.faults]) == (0, [2, 3])


def test_what_channels_did_comes_in_once_is_corrected_and_goes_out(shop):
    tried = bring(shop, FileKind.MEASURES, MEASURES, is_preview=True)
    assert (summary(tried), taken_out(shop, ExportKind.MEASURES)[1:]) == ((2, 2, 2, 0, 0), [])
    assert summary(bring(shop, FileKind.MEASURES, MEASURES)) == (2, 2, 2, 0, 0)
    out = taken_out(shop, ExportKind.MEASURES)
    assert out == list(MEASURES)
    assert summary(bring(shop, FileKind.MEASURES, out)) == (2, 2, 0, 2, 0)
    better = [*MEASURES[:2], MEASURES[2].replace("-0.05", "0.05")]
    assert summary(bring(shop, FileKind.MEASURES, better)) == (2, 2, 1, 1, 0)
    with shop.transaction() as tx:
        assert policies.last_measures(tx)[0].margin == 0.05


FAULTY = [
    ("a channel that is not known", FileKind.MEASURES,
     [*MEASURES, "fair,2026-11-22,0.1,0.2,3"], {(4, "unknown-channel")}),
    ("more orders than visits", FileKind.MEASURES,
     [*MEASURES, "web,2026-11-23,1.5,0.2,3"], {(4, "out-of-range")}),
    ("a day of a channel twice", FileKind.MEASURES,
     [*MEASURES, MEASURES[1]], {(2, "given-twice"), (4, "given-twice")}),
    ("a SKU that is not known", FileKind.KEEP_BACKS,
     [*RULES, "x,buffer,nothing,,,1,,why,"], {(4, "unknown-sku")}),
    ("a purpose that is made elsewhere", FileKind.KEEP_BACKS,
     [*RULES, "x,trust,mug,,,1,,why,"], {(4, "refused")}),
    ("no units at all", FileKind.KEEP_BACKS, [*RULES, "x,buffer,mug,,,,,why,"], {(4, "refused")}),
    ("a rule twice", FileKind.KEEP_BACKS, [*RULES, RULES[1]], {(2, "given-twice"), (4, "given-twice")}),
    ("an ASN to two nodes", FileKind.ASNS,
     [*ASNS, "A2,Potter,PAR,2026-12-03,cup,5"], {(5, "differs-within")}),
    ("a node that is not known", FileKind.ASNS,
     [*ASNS, "A3,Potter,MARS,2026-12-03,cup,5"], {(5, "unknown-node")}),
    ("a purchase order that is not here", FileKind.ASNS,
     ["asn,supplier,purchase_order,node,expected_on,sku,quantity",
      "A3,Potter,PO-1,PAR,2026-12-03,cup,5"], {(2, "refused")}),
]  # fmt: skip


@pytest.mark.parametrize(("because", "kind", "lines", "faults"), FAULTY, ids=[f[0] for f in FAULTY])
def test_what_is_wrong_is_told_by_line_and_keeps_the_file_out(shop, because, kind, lines, faults):
    report = bring(shop, kind, lines)
    known = {(one.line, one.code) for one in report.faults}
    told = {(line, code if (line, code) in faults else "refused") for line, code in known}
    assert (told, report.written) == (faults, 0), because
    assert bring(shop, kind, lines, keep_good=True).written in {report.good, report.good - 1}


def test_a_preview_says_what_a_file_would_do_and_does_nothing(shop):
    told = bring(shop, FileKind.KEEP_BACKS, RULES, is_preview=True)
    assert (summary(told), told.is_preview) == ((2, 2, 2, 0, 0), True)
    assert summary(bring(shop, FileKind.ASNS, ASNS, is_preview=True)) == (3, 3, 3, 0, 0)
    faulty = [*RULES, "x,buffer,mug,,,,,why,"]
    assert summary(bring(shop, FileKind.KEEP_BACKS, faulty, is_preview=True)) == (3, 2, 0, 0, 1)
    good = bring(shop, FileKind.KEEP_BACKS, faulty, is_preview=True, keep_good=True)
    assert summary(good) == (3, 2, 2, 0, 1)
    assert taken_out(shop, ExportKind.KEEP_BACKS)[1:] == taken_out(shop, ExportKind.ASNS)[1:] == []
    with shop.transaction() as tx:
        [(told_of,)] = tx.execute(
            "select count(*) from event where type in ('keep_back.changed', 'asn.announced')"
        ).fetchall()
    assert told_of == 0


def test_asns_come_in_only_where_their_sender_works(shop):
    report = bring(shop, FileKind.ASNS, ASNS, nodes=["PAR"])
    assert {(one.line, one.code) for one in report.faults} == {(4, "out-of-reach")}
    bring(shop, FileKind.ASNS, ASNS)
    here = [line.replace("LYS", "PAR") for line in ASNS]
    report = bring(shop, FileKind.ASNS, here, nodes=["PAR"])
    assert {(one.line, one.code) for one in report.faults} == {(4, "out-of-reach")}
