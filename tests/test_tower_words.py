"""Every code that the control tower shows has words there, read where the codes are made."""

import ast
import re
from pathlib import Path

import pytest

from noria.fulfilment.model import ShortReason
from noria.kit.auth import Role
from noria.orders.carried_model import Progress
from noria.stock.model import MovementKind

ROOT = Path(__file__).parent.parent
TOWER = ROOT / "web" / "src" / "tower"


def words(page, name):
    """The English keys of one list of words."""
    text = (TOWER / page / "words.ts").read_text()
    block = text.split(f"export const {name} = words(", 1)[1].split("  },\n  {\n", 1)[0]
    return set(re.findall(r'^    "?([\w-]+)"?:', block, re.MULTILINE))


def written_reasons():
    """The reasons that orders, promises and the ledger write themselves; refunds have others."""
    found = {one.value for one in ShortReason}
    for path in (ROOT / "src" / "noria").rglob("*.py"):
        if path.relative_to(ROOT / "src" / "noria").parts[0] not in TELL_WHY:
            continue
        tree = ast.parse(path.read_text())
        named = {
            one.targets[0].id: one.value
            for one in tree.body
            if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name)
        }
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and called(call) not in OF_REFUNDS:
                for given in call.keywords:
                    if given.arg == "reason":
                        value = given.value
                        found |= constants(named.get(getattr(value, "id", ""), value))
    return found - {""}


TELL_WHY = ("collect", "conduct", "messages", "orders", "promise", "stock")
OF_REFUNDS = {"owe", "owe_cheaper"}


def called(call):
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def constants(node):
    """The texts that an expression may be: one, or one of two."""
    if isinstance(node, ast.IfExp):
        return constants(node.body) | constants(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) else set()


def timeline_kinds():
    """What is written in timelines: as it is made, or handed to the function that makes it."""
    found = set()
    for path in (ROOT / "src" / "noria").rglob("*.py"):
        text = path.read_text()
        if "TimelineEntry(" not in text:
            continue
        for function in ast.walk(ast.parse(text)):
            if not isinstance(function, ast.FunctionDef):
                continue
            for call in _entries(function):
                kind = next(one.value for one in call.keywords if one.arg == "kind")
                found |= constants(kind) | _handed(text, function)
    return found


def _entries(function):
    return [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "TimelineEntry"
    ]


def _handed(text, function):
    """The kinds that a function with an argument of that name is called with."""
    names = [one.arg for one in function.args.args]
    if "kind" not in names:
        return set()
    place = names.index("kind")
    return {
        said.replace(".", "_")
        for call in ast.walk(ast.parse(text))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == function.name
        and len(call.args) > place
        for said in constants(call.args[place])
    }


def test_reasons_that_noria_writes_are_said_in_words():
    made = written_reasons()
    assert {"not in the book", "split", "production late", "not_found"} <= made
    text = (TOWER.parent / "ui" / "reasons.ts").read_text()
    block = text.split("export const reasonWords = words(", 1)[1].split("  },\n  {\n", 1)[0]
    said = {a or b for a, b in re.findall(r'^    (?:"([^"]+)"|(\w+)):', block, re.MULTILINE)}
    assert made - said == set()


def test_what_can_happen_to_an_order_is_said_in_words():
    made = timeline_kinds()
    assert {"accepted", "ready", "return_received", "short", "staged"} <= made
    made |= {f"carrier_{one.value}" for one in Progress}
    assert made - words("orders", "eventWords") == set()


@pytest.mark.parametrize(
    ("page", "name", "codes"),
    [
        ("orders", "carrierWords", {one.value for one in Progress}),
        ("stock", "movementWords", {one.value for one in MovementKind}),
        ("exceptions", "roleWords", {one.value for one in Role}),
    ],
)
def test_codes_are_said_in_words(page, name, codes):
    assert codes - words(page, name) == set()
