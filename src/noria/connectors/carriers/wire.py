"""Speaking with a carrier over HTTP: guarded, with a time limit, and saying what became of it."""

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec import Struct

from noria.carriage.port import Busy, Declined, NoAnswer, NotSent
from noria.connectors.carriers.model import short
from noria.kit import egress
from noria.kit.egress import NeverSent, Rules, TargetRefused, Unreachable

LARGEST_BYTES = 20_000_000


class Said(Struct, frozen=True, kw_only=True):
    """A carrier's answer, as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire(Struct, frozen=True, kw_only=True):
    """A line to one carrier. `base`, if there is one, stands for the carrier's own host."""

    rules: Rules
    base: str = ""

    def ask(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Said:
        """One request, one answer, whatever its status.

        Raises:
            NotSent: the carrier has not heard of it.
            NoAnswer: it may have.
        """
        try:
            status, names, content = asyncio.run(
                egress.exchange(
                    method, self.at(url), body, headers, self.rules, limit_bytes=LARGEST_BYTES
                )
            )
        except TargetRefused as refusal:
            raise NotSent(str(refusal)) from None
        except NeverSent as problem:
            raise NotSent(str(problem)) from None
        except Unreachable as problem:
            raise NoAnswer(str(problem)) from None
        return Said(status=status, headers=names, body=content)

    def at(self, url: str) -> str:
        """The address that is really called."""
        if not self.base:
            return url
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        return f"{self.base.rstrip('/')}{parts.path}{query}"


def check(said: Said) -> Said:
    """An answer that was meant as one; a gateway's trouble says nothing of what lies behind it.

    Raises:
        Busy: too many requests: none of them was carried out.
        NoAnswer: a status of 500 or more, or a time-out on the carrier's own side.
        Declined: any other status of 400 or more.
    """
    if said.status == 429:
        raise Busy(f"status {said.status}")
    if said.status >= 500 or said.status == 408:
        raise NoAnswer(f"status {said.status}")
    if said.status >= 400:
        raise Declined(words(said))
    return said


def words(said: Said) -> str:
    """What an answer says, for a person."""
    return short(f"status {said.status}: {said.body[:400].decode('utf-8', 'replace')}")
