"""The house is in order, and each rule that says so can be broken."""

import re
from pathlib import PurePath

import pytest

import tidy
from noria.kit.docs import every_refusal


@pytest.fixture(scope="module")
def faults():
    """What each rule finds, file by file: each is read once."""
    found = {rule: [] for rule in tidy.RULES}
    for path in filter(tidy.reads, tidy.files()):
        text = (tidy.ROOT / path).read_text()
        for rule, faults in found.items():
            faults += [f"{path}: {fault}" for fault in rule(path, text)]
    return found


@pytest.mark.parametrize("rule", tidy.RULES, ids=lambda rule: rule.__name__)
def test_the_house_is_in_order(rule, faults):
    assert not faults[rule], "\n".join(faults[rule])


STOCK = "src/noria/stock/actions.py"
PLANTED = [
    (tidy.no_long_files, STOCK, "x = 1\n" * 501),
    (tidy.no_long_files, "src/noria/migrations/0042_stock.sql", "-- x\n" * 501),
    (tidy.no_long_functions, STOCK, "async def count():\n" + "    x = 1\n" * 60),
    (tidy.no_vague_names, "src/noria/stock/utils.py", ""),
    (tidy.no_vague_names, "src/noria/common/money.py", ""),
    (tidy.no_open_ends, STOCK, "# TO" + "DO: later"),
    (tidy.no_open_ends, "tests/test_stock.py", "@pytest.mark." + "skip"),
    (tidy.no_open_ends, STOCK, "raise Not" + "ImplementedError"),
    (tidy.no_registries_and_no_machines, "README.md", "see files.python" + "hosted.org"),
    (tidy.no_registries_and_no_machines, "docs/a.md", "cd /ro" + "ot/noria"),
    (tidy.no_addresses_in_pins, "requirements/core.txt", "--index-url https://example.org"),
    (tidy.no_addresses_in_pins, "uv.lock", ""),
    (tidy.no_word_of_others, STOCK, "def allocate_units(): pass"),
    (tidy.no_word_of_others, STOCK, "def book(qty): pass"),
    (tidy.no_word_of_others, "src/noria/migrations/0042_stock.sql", "(\n    qty bigint\n)"),
    (tidy.no_way_into_other_rooms, STOCK, "from noria.catalog import store"),
    (tidy.no_way_into_other_rooms, STOCK, "from noria.network.store import nodes"),
    (tidy.no_way_into_other_rooms, STOCK, "import noria.orders.jobs"),
    (tidy.only_one_commits, STOCK, "tx.commit()"),
    (tidy.only_one_commits, STOCK, "tx.execute('begin read only')"),
    (tidy.only_one_commits, STOCK, "psycopg.connect(url)"),
    (tidy.only_the_clock_reads_time, STOCK, "datetime.now(UTC)"),
    (tidy.only_the_clock_reads_time, STOCK, "time.monotonic()"),
    (tidy.only_the_clock_reads_time, STOCK, "where expires_at < now()"),
    (tidy.french_as_the_french_write_it, STOCK, "Text('Why?', 'Pourquoi ?')"),
    (tidy.french_as_the_french_write_it, STOCK, "Text('{a}: no', f'{a}: non')"),
    (tidy.french_as_the_french_write_it, STOCK, "Text(en='a', fr='Le « b\u202f»')"),
    (tidy.links_lead_somewhere, "README.md", "[a](docs/nowhere.md)"),
    (tidy.links_lead_somewhere, "README.md", "# One\n[a](#two)"),
]


@pytest.mark.parametrize(("rule", "path", "text"), PLANTED)
def test_a_rule_finds_what_was_planted(rule, path, text):
    assert list(rule(PurePath(path), text)) != []


ALLOWED = [
    (tidy.no_long_functions, STOCK, "def count():\n" + "    x = 1\n" * 59),
    (tidy.no_word_of_others, STOCK, "node = carrier.vendor(qty=2)"),
    (tidy.no_way_into_other_rooms, STOCK, "from noria.stock import store"),
    (tidy.no_way_into_other_rooms, STOCK, "from noria.catalog import views"),
    (tidy.no_way_into_other_rooms, "src/noria/app.py", "from noria.people import api"),
    (tidy.only_one_commits, "src/noria/kit/db.py", "psycopg.connect(url)"),
    (tidy.only_the_clock_reads_time, STOCK, "where expires_at < noria_now()"),
    (tidy.only_the_clock_reads_time, "src/noria/kit/batch.py", "time.monotonic()"),
    (tidy.french_as_the_french_write_it, STOCK, "Text('Why?', 'Pourquoi\u202f?')"),
    (tidy.french_as_the_french_write_it, STOCK, "Text('At 9:00', 'À 9:00, «\u202fx\u202f»')"),
    (tidy.links_lead_somewhere, "README.md", "# One two\n[a](#one-two) [b](docs) [c](https://x)"),
]


@pytest.mark.parametrize(("rule", "path", "text"), ALLOWED)
def test_a_rule_leaves_alone_what_is_right(rule, path, text):
    assert list(rule(PurePath(path), text)) == []


def test_every_refusal_stands_in_the_page_of_the_api():
    page = (tidy.ROOT / "docs" / "api.md").read_text()
    assert [one.code for one in every_refusal() if f"`{one.code}`" not in page] == [], "make docs"


def test_refusals_speak_both_languages():
    for refusal in every_refusal():
        for sentence in (refusal.says, refusal.do):
            assert sentence.en != sentence.fr, refusal.code
            assert placeholders(sentence.en) == placeholders(sentence.fr), refusal.code


def placeholders(sentence):
    """The names to be filled in; `_en` and `_fr` end those that come in the reader's language."""
    names = {piece.partition("}")[0] for piece in sentence.split("{")[1:]}
    return {re.sub(r"(^|_)(en|fr)$", "", name) for name in names}
