"""Questions about partners and their terms."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, LiteralString

import msgspec

from noria.kit.db import Connection, rows
from noria.partners.model import OddAmounts, Partner, PartnerKind, PriceAt, Term


def partner(tx: Connection, code: str) -> tuple[Partner, int] | None:
    """A partner and its version."""
    found = tx.execute(
        "select to_jsonb(partner) - 'version' - 'changed_at', version from partner where code = %s",
        [code],
    ).fetchone()
    return None if found is None else (msgspec.convert(found[0], Partner), found[1])


def partners(
    tx: Connection,
    *,
    nodes: Sequence[str] | None = None,
    is_whole: bool = False,
    kinds: Sequence[PartnerKind] | None = None,
    only: str | None = None,
    after: str = "",
    limit: int = 100,
) -> list[Partner]:
    """Partners in key order beyond `after`; with `nodes`, those that have one of them.

    With `is_whole`, those that have no other ones.
    """
    found = tx.execute(
        """
        select to_jsonb(partner) - 'version' - 'changed_at'
        from partner
        where code > %(after)s
            and (%(nodes)s::text[] is null or partner.nodes && %(nodes)s::text[])
            and (not %(is_whole)s or %(nodes)s::text[] is null
                or partner.nodes <@ %(nodes)s::text[])
            and (%(only)s::text is null or code = %(only)s)
            and (%(kinds)s::text[] is null or kind = any(%(kinds)s))
        order by code
        limit %(limit)s
        """,
        {
            "after": after,
            "nodes": None if nodes is None else list(nodes),
            "is_whole": is_whole,
            "only": only,
            "kinds": None if kinds is None else [kind.value for kind in kinds],
            "limit": limit,
        },
    )
    return [msgspec.convert(content, Partner) for (content,) in found]


def owners(tx: Connection, nodes: Sequence[str]) -> dict[str, str]:
    """Node to the partner whose it is, where it is anybody's."""
    found = tx.execute("select node, partner from partner_node where node = any(%s)", [list(nodes)])
    return dict(found.fetchall())


def nodes_of_inactive(tx: Connection) -> list[str]:
    """The nodes of partners that we do not work with now."""
    found = tx.execute(
        """
        select partner_node.node
        from partner
        join partner_node on partner_node.partner = partner.code
        where not partner.is_active
        order by partner_node.node
        """
    )
    return [node for (node,) in found]


def terms(
    tx: Connection,
    partner_code: str,
    *,
    sku: str | None = None,
    after: Sequence[Any] | None = None,
    limit: int = 100,
) -> list[Term]:
    """A partner's terms by SKU and first day, beyond `after`; also those that are over."""
    return rows(
        tx,
        _term,
        """
        select sku, price_cents, reference, minimum_units, pack_units, odd_amounts, valid_from,
            valid_until
        from partner_term
        where partner = %(partner)s and (%(sku)s::text is null or sku = %(sku)s)
            and (%(after_sku)s::text is null
                or (sku, valid_from) > (%(after_sku)s, %(after_day)s::date))
        order by sku, valid_from
        limit %(limit)s
        """,
        {
            "partner": partner_code,
            "sku": sku,
            "after_sku": after[0] if after else None,
            "after_day": after[1] if after else None,
            "limit": limit,
        },
    )


def terms_on(tx: Connection, partner_code: str, skus: Sequence[str], day: date) -> dict[str, Term]:
    """The term of each SKU that holds on a day, by SKU."""
    found = rows(
        tx,
        _term,
        """
        select distinct on (sku) sku, price_cents, reference, minimum_units, pack_units,
            odd_amounts, valid_from, valid_until
        from partner_term
        where partner = %s and sku = any(%s) and valid_from <= %s
            and (valid_until is null or valid_until >= %s)
        order by sku, valid_from desc
        """,
        [partner_code, list(skus), day, day],
    )
    return {term.sku: term for term in found}


def named(tx: Connection, supplier: str) -> str | None:
    """The partner that a purchase order means: by its code, or by its name."""
    found = tx.execute(
        "select code from partner where code = %(supplier)s or name = %(supplier)s"
        " order by code <> %(supplier)s, code limit 1",
        {"supplier": supplier},
    ).fetchone()
    return None if found is None else str(found[0])


def prices_at(
    tx: Connection, skus: Sequence[str], nodes: Sequence[str], day: date
) -> dict[tuple[str, str], PriceAt]:
    """What these SKUs cost us on a day when these nodes send them, where a partner has a term."""
    found = rows(
        tx,
        _price_at,
        _holding("partner_node.node = any(%(nodes)s) and partner_term.sku = any(%(skus)s)"),
        {"nodes": list(nodes), "skus": list(skus), "day": day},
    )
    return {(one.sku, one.node): one for one in found}


def refusing_on(tx: Connection, day: date) -> dict[str, list[PriceAt]]:
    """Terms that refuse odd amounts to customers on a day, by SKU: one for each node."""
    found = rows(
        tx,
        _price_at,
        f"select * from ({_holding(MAY_REFUSE)}) as latest where odd_amounts = 'refused'",  # noqa: S608 - ours
        {"day": day},
    )
    terms: dict[str, list[PriceAt]] = defaultdict(list)
    for one in found:
        terms[one.sku].append(one)
    return terms


MAY_REFUSE = "sku in (select sku from partner_term where odd_amounts = 'refused')"


def _holding(which: LiteralString) -> LiteralString:
    """The terms that hold on a day, one for each node and SKU of those: the latest."""
    return f"""
        select distinct on (partner_node.node, partner_term.sku) partner_node.node,
            partner_term.sku, price_cents, shipping_cents, free_from_cents, minimum_units,
            pack_units, odd_amounts
        from partner_node
        join partner on partner.code = partner_node.partner
        join partner_term on partner_term.partner = partner_node.partner
        where valid_from <= %(day)s and (valid_until is null or valid_until >= %(day)s)
            and {which}
        order by partner_node.node, partner_term.sku, valid_from desc
    """  # noqa: S608 - ours


def _term(*, odd_amounts: str, **columns: Any) -> Term:
    return Term(odd_amounts=OddAmounts(odd_amounts), **columns)


def _price_at(*, odd_amounts: str, **columns: Any) -> PriceAt:
    return PriceAt(odd_amounts=OddAmounts(odd_amounts), **columns)
