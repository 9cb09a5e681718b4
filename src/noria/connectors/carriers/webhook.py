"""Any other carrier, or whoever speaks for it: our own requests, signed, answered in our words.

Below the account: `rates`, `labels/{reference}` (PUT makes, GET finds; DELETE takes back by
number), `pickups/{reference}`, `manifests/{reference}`, `days/{number}`, `tracking/{number}`. The
reference is ours: what was made can be asked for by it, and we ask before we let it be made again.
Each request is signed as Standard Webhooks asks.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Meta, Struct
from standardwebhooks import Webhook as Signer

from noria.carriage.model import Format, PaperKind
from noria.carriage.port import (
    MOST_SHEETS,
    Ability,
    Bought,
    Consignment,
    Declined,
    NoAnswer,
    NotKnownYet,
    Party,
    Rated,
    Sheet,
    Van,
)
from noria.connectors.carriers.wire import Said, Wire, check, words
from noria.kit import clock

Shape = TypeVar("Shape")
Number = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._/-]{1,64}$")]


class _Document(Struct, frozen=True):
    kind: PaperKind
    format: Format
    content: str


class _Made(Struct, frozen=True):
    reference: str
    number: Number
    cents: Annotated[int, Meta(ge=0, le=10**9)] | None = None
    documents: Annotated[tuple[_Document, ...], Meta(max_length=MOST_SHEETS)] = ()


class _Rate(Struct, frozen=True):
    service: str
    cents: Annotated[int, Meta(ge=0, le=10**9)]
    transit_days: Annotated[int, Meta(ge=0, le=365)] | None = None
    arrives_on: date | None = None


class _Rates(Struct, frozen=True):
    rates: Annotated[tuple[_Rate, ...], Meta(max_length=1000)]


class _Absent(Struct, frozen=True):
    """That nothing was made has to be said: a page that is not there says nothing."""

    reference: str


class _Booked(Struct, frozen=True):
    number: str


class _Moved(Struct, frozen=True):
    """The day on which it will come."""

    day: date


class _Listed(Struct, frozen=True):
    document: _Document


class WebhookCarrier:
    """A carrier that answers our own requests."""

    abilities = frozenset(Ability) - {Ability.REPEATS, Ability.SEARCHES}

    def __init__(self, wire: Wire, secret: str) -> None:
        self._wire = wire
        self._signer = Signer(secret)

    def rate(self, box: Consignment, /) -> Sequence[Rated]:
        found = _read(check(self._send("POST", "rates", box)), _Rates)
        return [
            Rated(
                service=one.service,
                cents=one.cents,
                transit_days=one.transit_days,
                arrives_on=one.arrives_on,
            )
            for one in found.rates
        ]

    def buy(self, box: Consignment, /) -> Bought:
        said = self._send("PUT", f"labels/{box.reference}", box)
        return _bought(_read(check(said), _Made), box.reference)

    def find(self, box: Consignment, /) -> Bought | None:
        said = self._send("GET", f"labels/{box.reference}", None)
        if said.status == 404:
            _check_absent(_read(said, _Absent), box.reference)
            return None
        return _bought(_read(check(said), _Made), box.reference)

    def cancel(self, number: str, /) -> None:
        said = self._send("DELETE", f"labels/{quote(number, safe='')}", None)
        if said.status not in {404, 410}:
            check(said)

    def move_day(self, number: str, day: date, /) -> None:
        asked = {"number": number, "day": day}
        said = check(self._send("PUT", f"days/{quote(number, safe='')}", asked))
        if (agreed := _read(said, _Moved).day) != day:
            raise Declined(f"it would bring it on {agreed}")

    def pickup(self, van: Van, /) -> str:
        said = check(self._send("PUT", f"pickups/{van.reference}", van))
        return _read(said, _Booked).number

    def manifest(self, reference: str, numbers: Sequence[str], sender: Party, /) -> Sheet:
        asked = {"reference": reference, "numbers": list(numbers), "sender": sender}
        said = check(self._send("PUT", f"manifests/{reference}", asked))
        return _sheet(_read(said, _Listed).document)

    def track(self, number: str, /) -> bytes:
        said = self._send("GET", f"tracking/{quote(number, safe='')}", None)
        if said.status == 404:
            raise NotKnownYet(words(said))
        return check(said).body

    def _send(self, method: str, path: str, content: Struct | Mapping[str, object] | None) -> Said:
        body = b"" if content is None else msgspec.json.encode(content)
        at = clock.wall()
        return self._wire.ask(
            method, f"https://carrier/{path}", body, self._signed(method, path, body, at)
        )

    def _signed(self, method: str, path: str, body: bytes, at: datetime) -> dict[str, str]:
        """The signature covers method and path too: a request is good for nothing else."""
        key = f"{method} /{path}"
        return {
            "Content-Type": "application/json",
            "webhook-id": key,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": self._signer.sign(key, at, body.decode()),
        }


def _bought(made: _Made, reference: str) -> Bought:
    """What was made under our reference; an answer about another one is none.

    Raises:
        NoAnswer: it is about something else.
    """
    if made.reference != reference:
        raise NoAnswer(f"asked about {reference}, answered about {made.reference[:40]}")
    return Bought(
        number=made.number, cents=made.cents, sheets=[_sheet(one) for one in made.documents]
    )


def _check_absent(said: _Absent, reference: str) -> None:
    if said.reference != reference:
        raise NoAnswer(f"asked about {reference}, answered about {said.reference[:40]}")


def _sheet(document: _Document) -> Sheet:
    try:
        content = base64.b64decode(document.content, validate=True)
    except binascii.Error:
        raise NoAnswer("a document that is no base64") from None
    return Sheet(kind=document.kind, format=document.format, content=content)


def _read(said: Said, shape: type[Shape]) -> Shape:
    """The answer as `shape`.

    Raises:
        NoAnswer: it is nonsense, and nobody knows what became of the request.
    """
    try:
        return msgspec.json.decode(said.body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise NoAnswer(f"not the answer that was expected: {problem}") from None
