"""Refusals: the business saying no, in words, with a stable code and what to do about it."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, ClassVar

from msgspec import Struct

from noria.kit.nouns import IN_FRENCH, OF_WHICH


class Kind(Enum):
    """What sort of no it is. `kit.http` maps each to one HTTP status, and nothing else does."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    NO_SUCH_METHOD = "no_such_method"
    CONFLICT = "conflict"
    STALE = "stale"
    TOO_LARGE = "too_large"
    HEAD_TOO_LARGE = "head_too_large"
    UNSUPPORTED = "unsupported"
    UNPROCESSABLE = "unprocessable"
    PRECONDITION_MISSING = "precondition_missing"
    TOO_MANY = "too_many"
    FAILED = "failed"
    UNAVAILABLE = "unavailable"


class Text(Struct, frozen=True):
    """One sentence in both languages; `{names}` are filled from the refusal's details."""

    en: str
    fr: str

    def filled(self, language: str, details: dict[str, Any]) -> str:
        return (self.fr if language == "fr" else self.en).format(**details)


class Fault(Struct, frozen=True, omit_defaults=True):
    """One thing wrong: `pointer` is the JSON pointer of a field, or `line 7, column sku`."""

    pointer: str
    message: str
    code: str = "invalid"


WORDED = frozenset({"verb", "stage", "state", "there", "what"})
"""Details that are words of ours; all others are names, figures and what somebody wrote."""


class Refusal(Exception):  # noqa: N818 - a refusal is not an error: it is an answer
    """Base of refusals: subclasses name a `code`, a `kind`, what it `says` and what to `do`."""

    code: ClassVar[str]
    kind: ClassVar[Kind]
    says: ClassVar[Text]
    do: ClassVar[Text]

    known: ClassVar[dict[str, type["Refusal"]]] = {}

    def __init_subclass__(cls) -> None:
        assert cls.code not in Refusal.known, f"two refusals share the code {cls.code}"
        Refusal.known[cls.code] = cls

    def __init__(
        self, *, faults: Sequence[Fault] = (), retry_after_s: int | None = None, **details: Any
    ) -> None:
        self.details = details
        self.faults = tuple(faults)
        self.retry_after_s = retry_after_s
        super().__init__(self.sentence("en"))

    def sentence(self, language: str) -> str:
        """What it says; words of ours among the details, or lists of them, are said in French."""
        words = IN_FRENCH.get(self.code, {}) if language == "fr" else {}
        told = {
            name: ", ".join(words.get(one, one) for one in value.split(", "))
            for name, value in self.details.items()
            if words and name in WORDED
        }
        return self.says.filled(language, self.details | told)

    def remedy(self, language: str) -> str:
        return self.do.filled(language, self.details)


class Invalid(Refusal):
    code = "invalid"
    kind = Kind.INVALID
    says = Text("The request cannot be read as it stands.", "La demande est illisible en l'état.")
    do = Text(
        "Correct the fields listed and send it again.", "Corrigez les champs cités, puis renvoyez."
    )


class NotFound(Refusal):
    code = "not-found"
    kind = Kind.NOT_FOUND
    says = Text("There is no {what} “{id}”.", "Il n'existe pas {what} « {id} ».")
    do = Text(
        "Check the id; lists show what exists.",
        "Vérifiez l'identifiant ; les listes montrent l'existant.",
    )

    def __init__(self, *, what: str, id: str) -> None:  # noqa: A002 - the name in the sentence
        super().__init__(what=what, id=id)

    def sentence(self, language: str) -> str:
        what = self.details["what"]
        named = OF_WHICH[what] if language == "fr" else what
        return self.says.filled(language, self.details | {"what": named})


class UnknownCodes(Refusal):
    code = "unknown-codes"
    kind = Kind.UNPROCESSABLE
    says = Text("Not known here: {codes}.", "Inconnu ici : {codes}.")
    do = Text(
        "Create or correct what is listed, then send it again.",
        "Créez ou corrigez ce qui est cité, puis renvoyez.",
    )


class IdReused(Refusal):
    code = "id-reused"
    kind = Kind.CONFLICT
    says = Text(
        "“{id}” was already used with other content.",
        "« {id} » a déjà servi avec un autre contenu.",
    )
    do = Text(
        "Send the same content again, or choose a new id.",
        "Renvoyez le même contenu, ou choisissez un nouvel identifiant.",
    )


class SettledOtherwise(Refusal):
    code = "settled-otherwise"
    kind = Kind.CONFLICT
    says = Text("{id} was settled before, and otherwise.", "{id} est déjà réglé, et autrement.")
    do = Text(
        "Read it: what was said first stays, and `faults` name what differs.",
        "Relisez-le\u202f: ce qui a été dit d'abord reste, et `faults` cite ce qui diffère.",
    )


def settled_otherwise(
    key: str, kept: Mapping[str, str], asked: Mapping[str, str]
) -> SettledOtherwise | None:
    """What is said to whoever settles again, in other words, what is settled; None: in the same."""
    faults = [
        Fault(f"/{name}", "it was settled with something else here")
        for name, said in asked.items()
        if kept[name] != said
    ]
    return SettledOtherwise(id=key, faults=faults) if faults else None


class Stale(Refusal):
    code = "stale"
    kind = Kind.STALE
    says = Text(
        "It has changed since you read it: you believed {believed}, it is now {current}.",
        "Cela a changé depuis votre lecture : vous pensiez {believed}, c'est maintenant {current}.",
    )
    do = Text(
        "Read it again, then repeat your change.", "Relisez, puis refaites votre modification."
    )


class Unavailable(Refusal):
    code = "unavailable"
    kind = Kind.UNAVAILABLE
    says = Text(
        "The service cannot answer just now.", "Le service ne peut pas répondre pour l'instant."
    )
    do = Text(
        "Nothing was lost. Send the same request, with the same id, in a few seconds.",
        "Rien n'est perdu. Renvoyez la même demande, même identifiant, dans quelques secondes.",
    )
