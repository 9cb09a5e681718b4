"""Refusals: each sentence in both languages, whole."""

import re
from pathlib import Path

import noria
from noria.kit.errors import NotFound
from noria.kit.nouns import OF_WHICH

SOURCE = "".join(path.read_text() for path in Path(noria.__file__).parent.rglob("*.py"))


def test_what_is_not_there_is_named_in_french_too():
    named = set(re.findall(r'NotFound\(\s*what="([^"]+)"', SOURCE))
    assert named == OF_WHICH.keys()
    refusal = NotFound(what="reply", id="r1")
    assert refusal.sentence("en") == "There is no reply “r1”."
    assert refusal.sentence("fr") == "Il n'existe pas de réponse «\u202fr1\u202f»."
    assert NotFound(what="activation", id="a").sentence("fr").startswith("Il n'existe pas d'activ")
