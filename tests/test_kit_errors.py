"""Refusals: each sentence in both languages, whole."""

import re
from pathlib import Path

import pytest

import noria
from noria.carriage.model import LabelState
from noria.kit.errors import NotFound, Refusal
from noria.kit.nouns import IN_FRENCH, OF_A_UNIT, OF_AN_ORDER, OF_WHICH
from noria.orders.divide_model import Alike, NotAlike
from noria.orders.model import Stage, WrongStage
from noria.stock.model import NotEnoughStock, State

SOURCE = "".join(path.read_text() for path in Path(noria.__file__).parent.rglob("*.py"))


def test_what_is_not_there_is_named_in_french_too():
    named = set(re.findall(r'NotFound\(\s*what="([^"]+)"', SOURCE))
    assert named == OF_WHICH.keys()
    refusal = NotFound(what="reply", id="r1")
    assert refusal.sentence("en") == "There is no reply “r1”."
    assert refusal.sentence("fr") == "Il n'existe pas de réponse «\u202fr1\u202f»."
    assert NotFound(what="activation", id="a").sentence("fr").startswith("Il n'existe pas d'activ")


def test_words_of_ours_are_said_in_french():
    refusal = WrongStage(leg="o1.1", verb="picked", stage="not ready")
    assert refusal.sentence("en") == "o1.1 cannot be picked: it is not ready."
    assert refusal.sentence("fr") == (
        "L'envoi o1.1 ne peut pas être préparé\u202f: il est encore à préparer."
    )
    short = NotEnoughStock(available=1, sku="hold", state="hold", node="PAR", asked=2)
    assert "1 hold (bloqué) à PAR" in short.sentence("fr")
    apart = NotAlike(one="a", other="b", what="town, payment")
    assert "(ville, paiement)" in apart.sentence("fr")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (IN_FRENCH["job-finished"], {"done", "failed", "cancelled"}),
        (IN_FRENCH["label-not-bought"], {one.value for one in LabelState}),
        (IN_FRENCH["orders-not-alike"], set(Alike.__struct_fields__)),
        (OF_A_UNIT, {one.value for one in State}),
        (OF_AN_ORDER, {one.value for one in Stage}),
        (IN_FRENCH["wrong-stage"], set(re.findall(r'check_stage\([^")]*"([a-z ]+)"', SOURCE))),
        (IN_FRENCH["wrong-stage"], set(re.findall(r'WrongStage\([^)]*verb="([a-z ]+)"', SOURCE))),
        (IN_FRENCH["wrong-return-stage"],
         set(re.findall(r'WrongReturnStage\([^)]*verb="([a-z ]+)"', SOURCE))),
    ],
)  # fmt: skip
def test_there_is_french_for_all_that_is_said(words, said):
    assert said
    assert said <= words.keys()
    assert IN_FRENCH.keys() <= Refusal.known.keys()
