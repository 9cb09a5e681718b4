"""How fast the control tower's questions are answered over a retailer's year, over HTTP.

A server as `noria up` starts it, on a database that is filled once and kept: somebody signs in, and
asks each question many times, in other words each time, as the pages ask it. Of a list the first
page is measured, and one ten thousand rows on. Somebody of one store asks some of them again.
"""

import http.client
import math
import os
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from urllib.parse import parse_qsl, quote, urlencode

import msgspec
from msgspec import Struct

from noria.kit import clock
from noria.kit.db import Database, beside, drop
from noria.lab import tower_questions, year
from noria.lab.bench_http import HOST, noria_served
from noria.lab.tower_questions import QUESTIONS, Question
from noria.lab.year_model import Size
from noria.stock.counts import actions as counts

ASKED, LEAST, PATIENCE_S = 20, 3, 4.0
DEEP_PAGES, DEEP_ROWS = 10, 1000


class Answered(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How long an answer took, in the middle and 95 times of 100, and how long it may.

    `load` is that of the machine; `missed` names those that took longer.
    """

    figure: str
    value: float
    unit: str
    load: float
    p95_ms: float | None = None
    bar_ms: float | None = None
    is_met: bool | None = None
    asked: int | None = None
    missed: Sequence[str] = ()


class Unanswered(Exception):  # noqa: N818 - what was asked ought to have been answered
    """A question of the tower was refused."""


@contextmanager
def filled(url: str, size: Size, *, is_fresh: bool) -> Iterator[Database]:
    """The database of a retailer's year beside this one, filled if it is not, and kept."""
    name = f"noria_bench_tower_{size.orders}"
    if is_fresh:
        drop(url, name)
    address, _ = beside(url, name)
    db = Database(address, application="noria-bench")
    try:
        yield db
    finally:
        db.close()


def measured(
    url: str, size: Size, *, only: Sequence[str] = (), is_fresh: bool = False
) -> Iterator[Answered]:
    """Fill what is not filled, and ask every question, or these alone."""
    with filled(url, size, is_fresh=is_fresh) as db:
        began = time.monotonic()
        poured = sum(1 for _ in year.fill(db, size))
        while db.run(lambda tx: counts.keep_shortlist(tx, now=clock.now(tx))):
            pass  # as the worker does before anybody asks
        if poured:
            yield _told("fill_s", time.monotonic() - began, "s")
        with served(db) as port:
            yield from _asked(port, size, only)


@contextmanager
def served(db: Database) -> Iterator[int]:
    """A server on it, at whose door a browser without TLS may sign in; its port."""
    with noria_served(db.url, NORIA_SECURE_COOKIES="false", NORIA_LOG_LEVEL="warning") as port:
        yield port


def _asked(port: int, size: Size, only: Sequence[str]) -> Iterator[Answered]:
    missed = []
    for email in (year.EVERYWHERE, year.IN_A_STORE):
        visitor = Visitor(port, email)
        for question in QUESTIONS:
            is_meant = not only or question.name in only
            if is_meant and (email == year.EVERYWHERE or _is_of_a_store(question)):
                for answered in _measured(visitor, question, size):
                    yield answered
                    missed += [] if answered.is_met else [answered.figure]
        visitor.close()
    yield msgspec.structs.replace(_told("tower_missed", len(missed), "answers"), missed=missed)


def _is_of_a_store(question: Question) -> bool:
    return question.name in tower_questions.OF_A_STORE


def _measured(visitor: "Visitor", question: Question, size: Size) -> Iterator[Answered]:
    """Its first page in many words, and a page far behind the first."""
    here = {"node": year.STORE} if visitor.email == year.IN_A_STORE else {}
    addresses = [
        filled_in(question, {**tower_questions.words(size, turn), **here}) for turn in range(ASKED)
    ]
    name = question.name + ("_of_a_store" if here else "")
    yield _often(visitor, name, question, addresses)
    if deep := _deep(visitor, addresses[0]):
        yield _often(visitor, f"{name}_deep", question, [deep] * ASKED)


def filled_in(question: Question, words: Mapping[str, str]) -> str:
    """The address of a question in these words."""
    asked = question.address.format_map({name: quote(word) for name, word in words.items()})
    return asked.replace(" ", "%20")


def _often(
    visitor: "Visitor", figure: str, question: Question, addresses: Sequence[str]
) -> Answered:
    """Asked once before it is measured, then until it was asked often, or for long enough."""
    visitor.ask(addresses[-1])
    took: list[float] = []
    for address in addresses:
        took.append(visitor.ask(address)[0] * 1000)
        if len(took) >= LEAST and sum(took) > PATIENCE_S * 1000:
            break
    p95 = sorted(took)[math.ceil(len(took) * 0.95) - 1]
    return msgspec.structs.replace(
        _told(figure, statistics.median(took), "ms p50"),
        p95_ms=round(p95, 1),
        bar_ms=question.bar_ms,
        is_met=p95 <= question.bar_ms,
        asked=len(took),
    )


def _deep(visitor: "Visitor", address: str) -> str | None:
    """The address of a page ten thousand rows on, or of the last; none where all is on one page."""
    cursor = _next(visitor.ask(address)[1])
    for _ in range(DEEP_PAGES):
        if cursor is None:
            return None
        further = _next(visitor.ask(_with(address, cursor=cursor, limit=DEEP_ROWS))[1])
        if further is None:
            break
        cursor = further
    return _with(address, cursor=cursor)


def _with(address: str, **more: object) -> str:
    """The address with these parameters, in place of its own of the same names."""
    head, _, query = address.partition("?")
    kept = [pair for pair in parse_qsl(query) if pair[0] not in more]
    return f"{head}?{urlencode([*kept, *more.items()])}"


def _next(body: bytes) -> str | None:
    """The cursor of the page that follows; events go on after a number, and have no pages."""
    said = msgspec.json.decode(body)
    cursor = said.get("next") if isinstance(said, dict) else None
    return cursor if isinstance(cursor, str) else None


def _told(figure: str, value: float, unit: str) -> Answered:
    load = round(os.getloadavg()[0], 1)
    return Answered(figure=figure, value=round(value, 1), unit=unit, load=load)


class Visitor:
    """Somebody who has signed in, with a connection of their own."""

    def __init__(self, port: int, email: str) -> None:
        self.email = email
        self.line = http.client.HTTPConnection(HOST, port, timeout=600)
        self.head: dict[str, str] = {}
        body = msgspec.json.encode({"email": email, "password": year.PASSWORD})
        self.line.request("POST", "/v1/sessions", body, {"Content-Type": "application/json"})
        answer = self.line.getresponse()
        answer.read()
        if answer.status != 201:
            raise Unanswered(f"{email} was not let in: {answer.status}")
        cookies = [cookie.partition(";")[0] for cookie in answer.headers.get_all("Set-Cookie", [])]
        self.head["Cookie"] = "; ".join(cookies)

    def ask(self, address: str) -> tuple[float, bytes]:
        """Seconds until all of the answer was there, and the answer."""
        began = time.monotonic()
        self.line.request("GET", address, headers=self.head)
        answer = self.line.getresponse()
        body = answer.read()
        took = time.monotonic() - began
        if answer.status != 200:
            raise Unanswered(f"{address}: {answer.status} {body[:300]!r}")
        return took, body

    def close(self) -> None:
        self.line.close()
