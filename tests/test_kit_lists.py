"""Lists on their way to PostgreSQL: written at once, they arrive as the driver would write them."""

import psycopg
import pytest

LISTS = [
    ("plain", "text[]", ["a", "b-1"]),
    ("what has to be quoted", "text[]", ['"', "\\", "", "NULL", "x,y", "{z}", " s ", "é\n\u202f"]),
    ("with gaps", "text[]", ["a", None]),
    ("nothing", "text[]", []),
    ("whole numbers", "bigint[]", [1, -2, 0, 2**62]),
    ("more than a bigint", "numeric[]", [2**70, 1]),
    ("numbers with gaps", "bigint[]", [1, None]),
    ("true and false", "boolean[]", [True, False]),
    ("fractions", "float8[]", [1.5, 2.0]),
    ("lists of lists", "text[]", [["a", "b"], ["c", "d"]]),
    ("bytes", "bytea[]", [b"\0\xff", b""]),
]


@pytest.mark.parametrize(("because", "kind", "sent"), LISTS, ids=[one[0] for one in LISTS])
def test_a_list_arrives_as_it_was(retail, because, kind, sent):
    assert retail.execute(f"select %s::{kind}", [sent]).fetchone() == (sent,), because


def test_a_text_with_nul_is_refused(retail):
    with pytest.raises(psycopg.DataError), retail.transaction():
        retail.execute("select %s::text[]", [["a\0b"]])
