"""A decision in one sentence, and packed: what was written is read again, in every shape."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

import noria
from noria.promise import fence_rules
from noria.sourcing import rules, table, telling
from noria.sourcing.model import (
    PAID,
    Compared,
    Explanation,
    Fence,
    PlansAlone,
    Prices,
    Seen,
    SeenTable,
)
from noria.sourcing.records import first_shape, packed, unpacked

DUE = date(2026, 11, 25)
NAMES = {"LIL": "Lille", "LYS": "Lyon", "PAR": "Paris"}


def plan(*nodes, short=0, days=0, **terms):
    return Compared(
        nodes=nodes, short_units=short, terms=terms, arrives_on=DUE + timedelta(days=days)
    )


def told(*compared, fences=(), notes=()):
    seen = [Seen(node=node, km=1, units=1, of_units=2) for node in compared[0].nodes]
    return Explanation(
        policy="p", candidates=seen, fences=fences, compared=compared, due=DUE, notes=notes
    )


def late(node, cents, days, units=2):
    return Fence(
        node=node, code="too-late", units=units, paid_cents=cents,
        arrives_on=DUE + timedelta(days=days),
    )  # fmt: skip


BOTH = plan("LIL", "LYS", freight=900, handling=40, split=250)


@pytest.mark.parametrize(
    ("because", "why", "english", "french"),
    [
        ("nobody has any", told(plan(short=3)),
         "No node can send anything now: 3 units wait for stock.",
         "Aucun site ne peut expédier\u202f: 3 unités attendent du stock."),
        ("nobody has it all", told(plan(short=1), notes=(telling.NEVER_SPLIT,)),
         "No node has all of it, and it may not be split: 1 unit waits.",
         "Aucun site n'a tout, et la commande ne peut pas être scindée\u202f: 1 unité attend."),
        ("one, and nothing to compare", told(plan("PAR", freight=600)),
         "Paris sends it for €6.00.", "Paris l'expédie pour 6,00\u00a0€."),
        ("a cheaper parcel would be late", told(BOTH, fences=[late("PAR", 710, 1)]),
         ("Lille and Lyon send it for €9.40: one parcel from Paris would have cost €7.10,"
         " but would come a day late."),
         ("Lille et Lyon l'expédient pour 9,40\u00a0€\u202f: un seul colis depuis Paris aurait coûté"
         " 7,10\u00a0€, mais serait arrivé un jour trop tard.")),
        ("late, but dearer too: no reason", told(BOTH, fences=[late("PAR", 990, 1)]),
         "Lille and Lyon send it for €9.40.", "Lille et Lyon l'expédient pour 9,40\u00a0€."),
        ("two days", told(BOTH, fences=[late("PAR", 710, 2)]),
         ("Lille and Lyon send it for €9.40: one parcel from Paris would have cost €7.10,"
         " but would come 2 days late."),
         ("Lille et Lyon l'expédient pour 9,40\u00a0€\u202f: un seul colis depuis Paris aurait coûté"
         " 7,10\u00a0€, mais serait arrivé 2 jours trop tard.")),
        ("cheaper, but more parcels", told(plan("PAR", freight=1000), BOTH),
         ("Paris sends it for €10.00: 2 parcels from Lille and Lyon would have cost €9.40,"
         " but would be more parcels."),
         ("Paris l'expédie pour 10,00\u00a0€\u202f: 2 colis depuis Lille et Lyon auraient coûté"
         " 9,40\u00a0€, mais auraient fait plus de colis.")),
        ("cheaper from two, but slower", told(plan("PAR", freight=700), plan("LIL", "LYS", freight=600, days=2, waiting=160)),
         ("Paris sends it for €7.00: 2 parcels from Lille and Lyon would have cost €6.00,"
         " but would come 2 days later."),
         ("Paris l'expédie pour 7,00\u00a0€\u202f: 2 colis depuis Lille et Lyon auraient coûté"
         " 6,00\u00a0€, mais seraient arrivés 2 jours plus tard.")),
        ("from two that may not have it", told(plan("PAR", freight=700), plan("LIL", "LYS", freight=600, not_found=160)),
         ("Paris sends it for €7.00: 2 parcels from Lille and Lyon would have cost €6.00,"
         " but may not be there."),
         ("Paris l'expédie pour 7,00\u00a0€\u202f: 2 colis depuis Lille et Lyon auraient coûté"
         " 6,00\u00a0€, mais risquaient d'être introuvables.")),
        ("cheaper, but slower", told(plan("PAR", freight=700), plan("LYS", freight=600, days=1, waiting=160)),
         ("Paris sends it for €7.00: one parcel from Lyon would have cost €6.00,"
         " but would come a day later."),
         ("Paris l'expédie pour 7,00\u00a0€\u202f: un seul colis depuis Lyon aurait coûté"
         " 6,00\u00a0€, mais serait arrivé un jour plus tard.")),
        ("cheaper, but its units sell there", told(plan("PAR", freight=700), plan("LYS", freight=600, opportunity=300)),
         ("Paris sends it for €7.00: one parcel from Lyon would have cost €6.00,"
         " but its units are worth more where they are."),
         ("Paris l'expédie pour 7,00\u00a0€\u202f: un seul colis depuis Lyon aurait coûté"
         " 6,00\u00a0€, mais ses unités valent plus sur place.")),
        ("the next one is dearer", told(plan("PAR", freight=700), plan("LYS", freight=800)),
         "Paris sends it for €7.00: one parcel from Lyon would have cost €8.00.",
         "Paris l'expédie pour 7,00\u00a0€\u202f: un seul colis depuis Lyon aurait coûté 8,00\u00a0€."),
        ("its day is full, and so is that of another", structs.replace(told(plan("PAR", freight=700)), begins={"PAR": DUE, "LYS": DUE}),
         "Paris sends it for €7.00. Paris has no room before Wednesday 25 November, and begins it then.",
         ("Paris l'expédie pour 7,00\u00a0€. Paris n'a plus de place avant le mercredi 25 novembre\u202f:"
          " la préparation commence ce jour-là.")),
        ("some of it waits; who sends less is no match",
         told(plan("PAR", short=1, freight=123_456), plan("LYS", short=2, freight=1)),
         "Paris sends it for €1,234.56, 1 unit waits for stock.",
         "Paris l'expédie pour 1\u202f234,56\u00a0€, 1 unité attend du stock."),
    ],
)  # fmt: skip
def test_a_decision_in_a_sentence(because, why, english, french):
    found = telling.sentence(why, "EUR", NAMES)
    assert (found.en, found.fr) == (english, french), because


WHOLE = Explanation(
    policy="p-1",
    overrides=("sales",),
    candidates=[
        Seen(node="LIL", km=204, units=2, of_units=3, terms={"freight": 600, "opportunity": 40},
             arrives_on=DUE, chance=0.9312),
        Seen(node="LYS", km=0, units=1, of_units=3, terms={"freight": 600}),
    ],
    fences=[late("PAR", 710, 1), Fence(node="NCE", code="full")],
    compared=[BOTH, plan("LIL", short=1, freight=600)],
    due=DUE,
    way="search",
    notes=(telling.TIMED_OUT,),
    prices=Prices(run="r-7", as_of=datetime(2026, 11, 23, 4, tzinfo=UTC)),
)  # fmt: skip


def test_what_is_packed_is_read_again():
    whole = structs.replace(WHOLE, begins={"LIL": DUE})
    found = unpacked(packed(whole))
    assert found == structs.replace(whole, compared=found.compared)
    assert [list(one.nodes) for one in found.compared] == [["LIL", "LYS"], ["LIL"]]
    assert [one.terms for one in found.compared] == [one.terms for one in WHOLE.compared]
    assert found.candidates[0].terms == {"freight": 600, "opportunity": 40}
    assert (found.candidates[0].chance, found.candidates[0].arrives_on) == (0.9312, DUE)
    assert found.candidates[1].terms == {"freight": 600}
    assert (found.candidates[1].chance, found.candidates[1].arrives_on) == (None, None)
    nobody = Explanation(policy="p", candidates=[], fences=[], compared=[plan(short=1)])
    assert [one.short_units for one in unpacked(packed(nobody)).compared] == [1]


def test_the_figures_of_fences_are_packed_too():
    far = Fence(node="NCE", code="no-service", facts={"km": 812})
    found = unpacked(packed(structs.replace(WHOLE, fences=[late("PAR", 710, 1), far])))
    assert found.fences == [late("PAR", 710, 1), far]


RECORD_2 = (
    "029aa3702d3191a573616c6573ce000b4a69a673656172636891b36f7074696d697365722d74696d65642d6f"
    "757492a3722d37d6ff6b03ba4094a34c494ca34c5953a3504152a34e4345939200019592cccc009202019203"
    "0392ce000b4a69ff92cd2460ff82a76672656967687492cd0258cd0258ab6f70706f7274756e697479922800"
    "929602a8746f6f2d6c617465a002cd02c6ce000b4a6a9603a466756c6cb66e6f206361706163697479206c65"
    "667420746f64617900ffff939292000191009292000192ce000b4a69ce000b4a6983a76672656967687492cd"
    "0384cd0258a868616e646c696e67922800a573706c697492ccfa00"
)


RECORD_3 = (
    "039ea3702d3191a573616c6573ce000b4a69a673656172636891b36f7074696d697365722d74696d65642d6f"
    "757492a3722d37d6ff6b03ba4092a34c494ca34c595303ce000b4a6992a766726569676874ab6f70706f7274"
    "756e69747902c418cc000000020001000000ffff6024ffff58025802280000009296a3504152a8746f6f2d6c"
    "617465a002cd02c6ce000b4a6a96a34e4345a466756c6cb66e6f206361706163697479206c65667420746f64"
    "617900ffff929492a34c494ca34c595300ce000b4a6983a766726569676874cd0384a868616e646c696e6728"
    "a573706c6974ccfa9491a34c494c01ce000b4a6981a766726569676874cd0258"
)


RECORD_4 = (
    "04dc0010a3702d3191a573616c6573aa323032362d31312d3235a673656172636891b36f7074696d69736572"
    "2d74696d65642d6f757492a3722d37d6ff6b03ba4092a34c494ca34c595303aa323032362d31312d323592a7"
    "66726569676874ab6f70706f7274756e69747902c418cc000000020001000000ffff6024ffff580258022800"
    "00009297a3504152a8746f6f2d6c617465a08002cd02c6aa323032362d31312d323697a34e4345a466756c6c"
    "a08000c0c090929492a34c494ca34c59530083a766726569676874cd0384a868616e646c696e6728a573706c"
    "6974ccfaaa323032362d31312d32359491a34c494c0181a766726569676874cd0258aa323032362d31312d32"
    "3580"
)


def test_a_record_of_each_shape_stays_readable():
    """These were written once and are never written again: a change of shape must not lose them."""
    first = {
        "policy": "greedy-1",
        "candidates": [{"node": "PAR", "km": 3, "units": 2, "of_units": 2}],
        "fences": [{"node": "LYS", "code": "too-late", "detail": "due 2026-11-24"}],
        "compared": [{"nodes": ["PAR"], "short_units": 0, "freight_cents": 600, "handling_cents": 50, "split_cents": 0, "waiting_cents": 80, "arrives_on": "2026-11-24"}],
        "chosen": {"nodes": ["PAR"], "short_units": 0, "freight_cents": 600, "handling_cents": 50, "split_cents": 0, "waiting_cents": 80, "arrives_on": "2026-11-24"},
        "sentence_en": "PAR sends it.",
        "sentence_fr": "PAR expédie.",
    }  # fmt: skip
    old = first_shape(first)
    assert old.chosen.terms == {"freight": 600, "handling": 50, "waiting": 80}
    assert telling.sentence(old, "EUR", NAMES).en == "Paris sends it for €6.50."
    assert (old.fences[0].paid_cents, old.fences[0].detail) == (None, "")
    second = unpacked(bytes.fromhex(RECORD_2))
    assert (second.policy, second.overrides, second.way) == ("p-1", ("sales",), "search")
    assert telling.sentence(second, "EUR", NAMES) == telling.sentence(WHOLE, "EUR", NAMES)
    third = unpacked(bytes.fromhex(RECORD_3))
    assert third == structs.replace(WHOLE, compared=third.compared)
    assert third.compared == second.compared
    assert telling.sentence(third, "EUR", NAMES) == telling.sentence(WHOLE, "EUR", NAMES)
    fourth = unpacked(bytes.fromhex(RECORD_4))
    assert fourth == structs.replace(WHOLE, compared=fourth.compared)
    assert fourth.compared == second.compared


def test_many_candidates_read_by_units_then_cost_then_names():
    """Numbers of any width come back, and what nothing carries has neither day nor chance."""
    rows = {
        "km": [1, 2, 3, 4],
        "units": [1, 2, 2, 0],
        "day": [1, 0, 3, -1],
        "chance": [9312, 1, 0, -1],
    }
    cents = {"freight": [600, 70_000, 500, 0], "markdown": [0, 0, -20, 0]}
    columns = np.array([*rows.values(), *cents.values()])
    seen = SeenTable(["A", "B", "C", "D"], 2, DUE, list(cents), columns)
    told = structs.replace(WHOLE, candidates=seen)
    assert [one.node for one in seen] == ["C", "B", "A", "D"]
    assert unpacked(packed(told)).candidates == seen
    assert (seen[0].terms, seen[0].chance) == ({"freight": 500, "markdown": -20}, 0.0)
    assert (seen[3].terms, seen[3].arrives_on, seen[3].chance) == ({}, None, None)


def test_plans_of_one_node_are_what_its_candidate_says():
    rows = [[204, 0], [2, 1], [1, -1], [9312, -1], [600, 0]]
    seen = SeenTable(["LIL", "LYS"], 3, DUE, ["freight"], np.array(rows))
    plans = PlansAlone(seen, [(0, 1, 80), (1, 2, 0)])
    told = structs.replace(WHOLE, candidates=seen, compared=plans)
    [first, second] = unpacked(packed(told)).compared
    assert (first, second) == (plans[0], plans[1])
    assert (list(first.nodes), first.short_units) == (["LIL"], 1)
    assert first.terms == {"freight": 600, "waiting": 80}, "and what the wait costs"
    assert first.arrives_on == DUE + timedelta(days=1)
    assert (list(second.nodes), second.terms, second.arrives_on) == (["LYS"], {}, None)


def test_every_code_has_words():
    for code in (*rules.FENCES, *telling.BUT, *PAID):
        assert code in telling.WORDS, code


FIGURES = {
    "km": 812, "of_units": 3, "weight_g": 31_500, "most_weight_g": 30_000, "volume_cm3": 9_001,
    "most_volume_cm3": 9_000,
}  # fmt: skip
BY_RULES = {code: fence_rules.reason(code) for code in fence_rules.REASONS} | {
    fence_rules.TERMS: fence_rules.reason(fence_rules.TERMS, minimum_units=6, pack_units=3),
    fence_rules.FIGURES: fence_rules.reason(
        fence_rules.FIGURES, trust=45, counted_at="2026-11-23T04:00", every_minutes=60, refused_units=3,
        asked_units=40, lost=2, zone="Europe/Paris",
    ),
}  # fmt: skip
ONCE_A_DAY = fence_rules.reason(
    fence_rules.FIGURES, trust=45, counted_at="2026-11-23T04:00", every_minutes=1440, refused_units=3,
    asked_units=4000, lost=2,
)  # fmt: skip
FENCED = [
    *(Fence(node="N", code=code) for code in rules.FENCES),
    *(
        Fence(node="N", code=code, detail="mug", facts=FIGURES, units=1, arrives_on=DUE)
        for code in rules.FENCES
    ),
    *(Fence(node="N", code="trust", detail=f"mug: {reason}") for reason in BY_RULES.values()),
]
SAID = [
    *(telling.why(fence, DUE) for fence in FENCED),
    *(telling.WORDS | telling.BUT | table.HEADS | telling.WAYS | telling.REMARKS).values(),
]
OF_BOTH = {
    "mug", "min", "utc", "plan", "plans", "overrides", "order", "number", "policy", "way", "run",
    "transport", "chance", "prices", "nov", "paris",
}  # fmt: skip
"""What is written alike in both languages, and names of what is filled in."""


@pytest.mark.parametrize("text", SAID, ids=lambda text: text.en[:40])
def test_what_is_said_in_french_has_no_english_word(text):
    english, french = (set(re.findall(r"[^\W\d_]{3,}", one.lower())) for one in (text.en, text.fr))
    assert not english & french - OF_BOTH, text
    assert not re.search(r"(?!\u202f)\s[:;?!%»]", text.fr), text.fr


def test_each_fence_has_words_and_rules_that_nobody_wrote_give_reasons_that_have():
    assert telling.WORDS.keys() >= {*rules.FENCES}
    schema = (Path(noria.__file__).parent / "schema.sql").read_text()
    [view] = re.findall(r"CREATE VIEW kept_rule AS(.*?);", schema, re.DOTALL)
    reasons = [one for one in view.split(",\n") if one.endswith(" AS reason")]
    ours = {word for one in reasons for word in re.findall(r"'([^']+)'::text", one)}
    assert ours == {fence_rules.NOT_FOUND, fence_rules.NOT_SOLD}
    assert ours < fence_rules.REASONS.keys()


@pytest.mark.parametrize(
    ("because", "fence", "english", "french"),
    [
        ("a feed that comes once a day, measured before its node's clock was kept",
         Fence(node="N", code="trust", detail=f"mug: {ONCE_A_DAY}"),
         ("cannot be trusted to have it (mug: believed to 45%: counted on Mon 23 Nov 2026, 04:00 (UTC),"
         " expected every 24 h; 3 of 4,000 refused; a feed loses 2%)"),
         ("n'est pas assez fiable pour l'avoir (mug\u202f: cru à 45\u202f%\u202f: compté le lun. 23 nov."
         " 2026 à 4\u202fh\u202f00 (UTC), attendu toutes les 24 h\u202f; 3 refusées sur 4\u202f000\u202f; un envoi perd"
         " 2\u202f%)")),
        ("a code and no more", Fence(node="N", code="full"),
         "has no capacity left", "n'a plus de capacité"),
        ("how far", Fence(node="N", code="no-service", facts={"km": 1812}),
         "no service carries it there (1,812 km away)",
         "aucun transport ne l'y porte (à 1\u202f812 km)"),
        ("an old record does not know how far", Fence(node="N", code="no-service"),
         "no service carries it there", "aucun transport ne l'y porte"),
        ("its weight, and how much is borne",
         Fence(node="N", code="too-heavy", facts={"weight_g": 31_500, "most_weight_g": 30_000}),
         "its parcel is too heavy for every service (31.5\u00a0kg, at most 30\u00a0kg)",
         "son colis est trop lourd pour tout transport (31,5\u00a0kg, au plus 30\u00a0kg)"),
        ("how large it is",
         Fence(node="N", code="too-large", facts={"volume_cm3": 9_001, "most_volume_cm3": 9_000}),
         "its parcel is too large for every service (9.001\u00a0l, at most 9\u00a0l)",
         "son colis est trop grand pour tout transport (9,001\u00a0l, au plus 9\u00a0l)"),
        ("two days", late("N", 710, 1),
         "would come too late (on Thu 26 Nov 2026, due Wed 25 Nov 2026)",
         "arriverait trop tard (le jeu. 26 nov. 2026, attendu le mer. 25 nov. 2026)"),
        ("part of it", Fence(node="N", code="not-all", units=1, facts={"of_units": 3}),
         "does not have all of it, and it may not be split (1 of 3)",
         "n'a pas tout, et la commande ne peut pas être scindée (1 sur 3)"),
        ("what a person wrote stays as it is written",
         Fence(node="N", code="network", detail="cup, mug: site servi par Paris"),
         "does not serve the channel (cup, mug: site servi par Paris)",
         "ne sert pas ce canal (cup, mug\u202f: site servi par Paris)"),
        ("a rule that nobody wrote",
         Fence(node="N", code="trust", detail="mug: partner-not-active"),
         "cannot be trusted to have it (mug: the partner is not active)",
         "n'est pas assez fiable pour l'avoir (mug\u202f: le partenaire n'est pas actif)"),
        ("and its figures", Fence(node="N", code="trust", detail=f"mug: {BY_RULES['figures']}"),
         ("cannot be trusted to have it (mug: believed to 45%: counted on Mon 23 Nov 2026, 05:00 (Paris),"
         " expected every 60 min; 3 of 40 refused; a feed loses 2%)"),
         ("n'est pas assez fiable pour l'avoir (mug\u202f: cru à 45\u202f%\u202f: compté le lun. 23 nov."
         " 2026 à 5\u202fh\u202f00 (Paris), attendu toutes les 60 min\u202f; 3 refusées sur 40\u202f; un envoi perd"
         " 2\u202f%)")),
    ],
)  # fmt: skip
def test_why_a_node_fell_out(because, fence, english, french):
    found = telling.why(fence, DUE)
    assert (found.en, found.fr) == (english, french), because
