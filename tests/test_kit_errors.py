"""Refusals: each sentence in both languages, whole."""

import ast
import re
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import pytest
from msgspec import Meta

import noria
from noria.carriage.model import LabelState
from noria.kit.errors import Fault, Invalid, NotFound, Refusal
from noria.kit.fault_words import OF_OURS, in_french
from noria.kit.http import problem
from noria.kit.nouns import IN_FRENCH, OF_A_UNIT, OF_AN_ORDER, OF_WHICH
from noria.orders.divide_model import Alike, NotAlike
from noria.orders.model import Stage, WrongStage
from noria.stock.model import NotEnoughStock, State

FOLDER = Path(noria.__file__).parent
SOURCE = "".join(path.read_text() for path in FOLDER.rglob("*.py"))
UNREAD = {FOLDER / "cli.py", *(FOLDER / "lab").rglob("*.py"), *(FOLDER / "kit").glob("config*.py")}
"""Who runs these reads English in a terminal."""


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


def templates(said):
    """The sentences that an expression may be; what is filled in is `{}`."""
    match said:
        case ast.Constant(value=str(words)):
            return {words}
        case ast.JoinedStr(values=parts):
            return {
                "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in parts)
            }
        case ast.IfExp(body=one, orelse=other):
            return templates(one) | templates(other)
    return set()


def faults_of(function):
    """What the faults say that a function makes: there, or in a variable before, or by an error."""
    variables = {
        node.targets[0].id: node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Name(id="Fault"), args=[_, ast.Name(id=name), *_]):
                yield from templates(variables.get(name))
            case ast.Call(func=ast.Name(id="Fault"), args=[_, said, *_]):
                yield from templates(said)
            case ast.Raise(exc=ast.Call(func=ast.Name(id="ValueError"), args=[said])):
                yield from templates(said)


def test_there_is_french_for_what_is_wrong_with_each_field():
    said = set()
    for path in set(FOLDER.rglob("*.py")) - UNREAD:
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef):
                said |= set(faults_of(function))
    assert said - OF_OURS.keys() - {"{}"} == set()
    assert [one for one, french in OF_OURS.items() if one.count("{}") != french.count("{}")] == []


class Line(msgspec.Struct, forbid_unknown_fields=True):
    units: Annotated[int, Meta(ge=1)] | None = None
    sku: Annotated[str, Meta(min_length=1, max_length=3, pattern="^[a-z]*$")] = "a"
    on: date | None = None
    at: Annotated[datetime, Meta(tz=True)] | None = None
    state: State | None = None


def test_a_message_that_repeats_much_of_what_was_sent_stays_as_it_is():
    """Its words are looked for by patterns: those of a million brackets would never be found."""
    message = f"Invalid enum value '{' (' * 500_000}'"
    assert in_french(message) == message


@pytest.mark.parametrize(
    ("body", "french"),
    [
        ('{"units": 0}', "Attendu\u202f: un nombre entier, au moins 1"),
        ('{"units": "x"}', "Attendu\u202f: un nombre entier ou rien\u202f; reçu\u202f: un texte"),
        ('{"sku": ""}', "Attendu\u202f: un texte qui ne soit pas vide"),
        ('{"sku": "abcd"}', "Attendu\u202f: un texte d'une longueur d'au plus 3"),
        ('{"sku": "A"}', "Attendu\u202f: un texte de la forme «\u202f^[a-z]*$\u202f»"),
        ('{"on": "soon"}', "Ce n'est pas une date (année-mois-jour)"),
        ('{"at": "2026-11-29T10:00:00"}',
         "Attendu\u202f: une date et une heure avec leur décalage d'UTC"),
        ('{"state": "lost"}', "«\u202flost\u202f» n'est pas une valeur d'ici"),
        ('{"colour": 1}', "Le champ `colour` n'existe pas ici"),
        ("[]", "Attendu\u202f: un objet\u202f; reçu\u202f: une liste"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_in_french(body, french):
    with pytest.raises(msgspec.ValidationError) as wrong:
        msgspec.json.decode(body, type=Line)
    assert in_french(str(wrong.value).partition(" - at ")[0]) == french


def test_a_fault_is_told_in_the_language_of_who_reads_it():
    refusal = Invalid(faults=[Fault("/lines/1/sku", "mug {} is there twice", "twice")])
    [there] = problem(refusal, language="fr").errors
    assert there == Fault("/lines/1/sku", "mug {} y est deux fois", "twice")
    assert problem(refusal).errors == refusal.faults
