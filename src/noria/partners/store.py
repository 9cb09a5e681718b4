"""Partners and their terms: the SQL that writes."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit.db import Connection
from noria.kit.errors import Stale
from noria.partners.model import Partner, Term


def lock(tx: Connection, code: str) -> None:
    """One edits a partner at a time, also one that is not there yet."""
    tx.execute("select pg_advisory_xact_lock(hashtext('partner'), hashtext(%s))", [code])


def upsert(tx: Connection, partner: Partner, believed: int, *, now: datetime) -> None:
    """Write a partner whose version is still the believed one (0: absent), with its nodes."""
    written = tx.execute(
        """
        insert into partner (code, name, kind, nodes, is_active, shipping_cents, free_from_cents,
            version, changed_at)
        values (%s, %s, %s, %s, %s, %s, %s, %s + 1, %s)
        on conflict (code) do update
        set name = excluded.name, kind = excluded.kind, nodes = excluded.nodes,
            is_active = excluded.is_active, shipping_cents = excluded.shipping_cents,
            free_from_cents = excluded.free_from_cents, version = excluded.version,
            changed_at = excluded.changed_at
        where partner.version = excluded.version - 1
        """,
        [
            partner.code,
            partner.name,
            partner.kind.value,
            list(partner.nodes),
            partner.is_active,
            partner.shipping_cents,
            partner.free_from_cents,
            believed,
            now,
        ],
    ).rowcount
    if not written:
        raise Stale(believed=str(believed), current="?")
    nodes = list(partner.nodes)
    tx.execute(
        "delete from partner_node where partner = %s and not (node = any(%s))",
        [partner.code, nodes],
    )
    tx.execute(
        """
        insert into partner_node (node, partner)
        select unnest(%s::text[]), %s
        on conflict (node) do nothing
        """,
        [nodes, partner.code],
    )


def save_terms(tx: Connection, partner: str, terms: Sequence[Term], *, now: datetime) -> int:
    """Write terms; how many differed from what was kept."""
    return tx.execute(
        """
        insert into partner_term (partner, sku, valid_from, valid_until, reference, price_cents,
            minimum_units, pack_units, odd_amounts, changed_at)
        select %s, sku, valid_from, valid_until, reference, price_cents, minimum_units, pack_units,
            odd_amounts, %s
        from unnest(%s::text[], %s::date[], %s::date[], %s::text[], %s::bigint[], %s::bigint[],
            %s::bigint[], %s::text[])
            as given (sku, valid_from, valid_until, reference, price_cents, minimum_units,
                pack_units, odd_amounts)
        order by sku, valid_from
        on conflict (partner, sku, valid_from) do update
        set valid_until = excluded.valid_until, reference = excluded.reference,
            price_cents = excluded.price_cents, minimum_units = excluded.minimum_units,
            pack_units = excluded.pack_units, odd_amounts = excluded.odd_amounts,
            version = partner_term.version + 1,
            changed_at = excluded.changed_at
        where (partner_term.valid_until, partner_term.reference, partner_term.price_cents,
                partner_term.minimum_units, partner_term.pack_units, partner_term.odd_amounts)
            is distinct from (excluded.valid_until, excluded.reference, excluded.price_cents,
                excluded.minimum_units, excluded.pack_units, excluded.odd_amounts)
        """,
        [
            partner,
            now,
            [term.sku for term in terms],
            [term.valid_from for term in terms],
            [term.valid_until for term in terms],
            [term.reference for term in terms],
            [term.price_cents for term in terms],
            [term.minimum_units for term in terms],
            [term.pack_units for term in terms],
            [term.odd_amounts.value for term in terms],
        ],
    ).rowcount
