"""Whether bytes that nobody could read tell of a customer, as a table."""

import pytest

from noria.fulfilment.erasure_rules import tells_of

WORDS = ["Eva Grün", "12 rue de l'Ourcq", "eva@example.org", "+33612345678"]

TOLD = [
    ("the name, in other letters", "<to>EVA GRÜN</to>".encode(), True),
    ("in an encoding that nobody told", "Eva Grün".encode("latin-1"), True),
    ("of another machine", "Eva Grün".encode("utf-16"), True),
    ("as JSON escapes it", rb'{"to": "Eva Gr\u00fcn"}', True),
    ("as XML does", b"<to>Eva Gr&#252;n</to>", True),
    ("as an address does", b"to=Eva+Gr%C3%BCn&x=1", True),
    ("the letter put together", "Eva Gru\u0308n".encode(), True),
    ("a street with its apostrophe", b"12 RUE DE L'OURCQ, 75019", True),
    ("the mail", b"mailto:eva@example.org", True),
    ("a number cut by blanks", b"colis 6A 1234 5678 90", True),
    ("and by hyphens", b"6A-1234-5678-90", True),
    ("somebody of a longer name", "Eva Grünwald".encode(), False),
    ("another mail that ends alike", b"neva@example.org", False),
    ("another parcel", b"6A1234567891", False),
    ("nothing at all", b"", False),
]


@pytest.mark.parametrize(("because", "body", "told"), TOLD)
def test_bytes_tell_of_a_customer(because, body, told):
    assert tells_of(body, WORDS, codes=["6A1234567890", "12"]) is told, because
