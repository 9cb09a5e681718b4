"""A decision on a terminal, in both languages."""

from datetime import UTC, datetime

import pytest
from rich.console import Console

from noria.sourcing import telling
from noria.sourcing.model import Decision
from noria.sourcing.table import HEADS, shown
from test_sourcing_telling import NAMES, WHOLE


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["Decision 2 for o1", "✓ LIL", "✗ PAR", "would come too late", "€6.00",
                "has no capacity left", "Lille and Lyon send it", "LIL + LYS",
                "The exact search was not done in time", "Decided on Mon 23 Nov 2026, 09:00 (UTC) under p-1", "Local rules: sales",
                "run r-7 of Mon 23 Nov 2026, 04:00 (UTC)", "93%"]),
        ("fr", ["Décision 2 pour o1", "arriverait trop tard", "6,00\u00a0€", "Plans comparés",
                "Lille et Lyon l'expédient", "La recherche exacte n'a pas abouti",
                "Décidé le lun. 23 nov. 2026 à 9\u202fh\u202f00 (UTC) selon p-1", "Règles locales\u202f: sales",
                "calcul r-7 du lun. 23 nov. 2026 à 4\u202fh\u202f00 (UTC)", "93\u202f%", "25/11/2026"]),
    ],
)  # fmt: skip
def test_a_decision_is_a_table(language, said):
    decision = Decision(
        order_id="o1", number=2, taken_at=datetime(2026, 11, 23, 9, tzinfo=UTC), policy="p-1",
        sentence=telling.sentence(WHOLE, "EUR", NAMES), remarks=telling.remarks(WHOLE),
        explanation=WHOLE,
    )  # fmt: skip
    console = Console(width=200, record=True)
    console.print(shown(decision, language, "EUR"))
    text = console.export_text()
    assert [part for part in said if part not in text] == []


def test_every_head_speaks_both_languages():
    assert all(head.en and head.fr for head in HEADS.values())
