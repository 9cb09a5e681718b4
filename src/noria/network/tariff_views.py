"""Questions about zonings and tariffs.

They never change, so what was read once is kept in memory, by code and digest of the content.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, LiteralString, TypeVar

import msgspec

from noria.kit.db import Connection
from noria.network import tariff_rules
from noria.network.tariff_model import Book, Tariff, Zoning

Thing = TypeVar("Thing", Tariff, Zoning)

MOST_KEPT = 5000
_KEPT: dict[tuple[str, str, str], Any] = {}

_BOOKS: dict[tuple[str, str, str, str], Book] = {}

_CONTENTS: Mapping[type[Any], LiteralString] = {
    Tariff: "select code, content::text from tariff where code = any(%s)",
    Zoning: "select code, content::text from zoning where code = any(%s)",
}


def books(tx: Connection, day: date) -> list[Book]:
    """Every tariff that may count on `day` or later, in the order they were made."""
    found = tx.execute(
        """
        select tariff.code, tariff.digest, zoning.code, zoning.digest
        from tariff
        join zoning on zoning.code = tariff.zoning
        where valid_until is null or valid_until >= %s
        order by number
        """,
        [day],
    ).fetchall()
    kept = [_BOOKS.get(named) for named in found]
    if all(kept):
        return [one for one in kept if one is not None]
    priced = _whole(tx, Tariff, [(code, digest) for code, digest, _, _ in found])
    mapped = _whole(tx, Zoning, [(code, digest) for _, _, code, digest in found])
    made = [tariff_rules.book(*both) for both in zip(priced, mapped, strict=True)]
    if len(_BOOKS) > MOST_KEPT:
        _BOOKS.clear()
    _BOOKS.update(zip(found, made, strict=True))
    return made


def tariff(tx: Connection, code: str) -> Tariff | None:
    found = tx.execute("select code, digest from tariff where code = %s", [code]).fetchall()
    return next(iter(_whole(tx, Tariff, found)), None)


def tariff_page(
    tx: Connection, *, service: str | None = None, after: str = "", limit: int = 100
) -> list[Tariff]:
    """Tariffs in key order beyond `after`, of one service only if that is given."""
    found = tx.execute(
        """
        select code, digest
        from tariff
        where code > %(after)s and (%(service)s::text is null or service = %(service)s)
        order by code
        limit %(limit)s
        """,
        {"after": after, "service": service, "limit": limit},
    )
    return _whole(tx, Tariff, found.fetchall())


def zonings(tx: Connection, codes: Sequence[str]) -> dict[str, Zoning]:
    """The zonings of these codes; unknown codes are left out."""
    found = tx.execute(
        "select code, digest from zoning where code = any(%s) order by code", [sorted(set(codes))]
    )
    return {one.code: one for one in _whole(tx, Zoning, found.fetchall())}


def zoning_page(tx: Connection, *, after: str = "", limit: int = 100) -> list[Zoning]:
    """Zonings in key order beyond `after`."""
    found = tx.execute(
        "select code, digest from zoning where code > %s order by code limit %s", [after, limit]
    )
    return _whole(tx, Zoning, found.fetchall())


def _whole(tx: Connection, kind: type[Thing], named: Sequence[tuple[str, str]]) -> list[Thing]:
    """The things of these codes and digests; only those that are new here are read."""
    missing = {code: digest for code, digest in named if (kind.__name__, code, digest) not in _KEPT}
    if missing:
        if len(_KEPT) > MOST_KEPT:
            _KEPT.clear()
        for code, content in tx.execute(_CONTENTS[kind], [sorted(missing)]):
            known = msgspec.json.decode(content, type=kind)
            _KEPT[kind.__name__, code, missing[code]] = known
    kept = dict(_KEPT)
    return [kept[kind.__name__, code, digest] for code, digest in named]
