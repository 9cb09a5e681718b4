"""What partners answered, how far they are believed, what is a breach: the SQL that writes."""

from collections.abc import Sequence
from datetime import datetime

from noria.conduct.model import Belief, BreachRule, Record
from noria.kit.db import Connection
from noria.kit.errors import Stale


def save_answers(
    tx: Connection,
    answers: Sequence[tuple[str, str, bool, str]],
    *,
    actor: str,
    now: datetime,
) -> set[str]:
    """Write answers as (leg, node, is it accepted, reason); the legs that had none before."""
    found = tx.execute(
        """
        insert into leg_answer (leg, node, is_accepted, reason, answered_at, actor)
        select leg, node, is_accepted, reason, %s, %s
        from unnest(%s::text[], %s::text[], %s::bool[], %s::text[])
            as given (leg, node, is_accepted, reason)
        on conflict do nothing
        returning leg
        """,
        [
            now,
            actor,
            [leg for leg, _, _, _ in answers],
            [node for _, node, _, _ in answers],
            [is_accepted for _, _, is_accepted, _ in answers],
            [reason for _, _, _, reason in answers],
        ],
    )
    return {leg for (leg,) in found}


def silent(tx: Connection) -> set[str]:
    """Partners whose feed had stopped when that was measured last."""
    return {code for (code,) in tx.execute("select partner from partner_pulse where is_silent")}


def save_beliefs(
    tx: Connection, beliefs: Sequence[tuple[Belief, Record | None]], *, now: datetime
) -> None:
    tx.execute(
        """
        insert into partner_pulse (partner, every_minutes, trust, asked_units, refused_units,
            is_silent, measured_at)
        select partner, every_minutes, trust, asked_units, refused_units, is_silent, %s
        from unnest(%s::text[], %s::float8[], %s::float8[], %s::bigint[], %s::bigint[], %s::bool[])
            as given (partner, every_minutes, trust, asked_units, refused_units, is_silent)
        on conflict (partner) do update
        set every_minutes = excluded.every_minutes, trust = excluded.trust,
            asked_units = excluded.asked_units, refused_units = excluded.refused_units,
            is_silent = excluded.is_silent, measured_at = excluded.measured_at
        """,
        [
            now,
            [one.partner for one, _ in beliefs],
            [one.every_minutes for one, _ in beliefs],
            [one.trust for one, _ in beliefs],
            [record.asked_units if record else 0 for _, record in beliefs],
            [record.refused_units if record else 0 for _, record in beliefs],
            [one.is_silent for one, _ in beliefs],
        ],
    )


def save_stakes(tx: Connection) -> None:
    """What is for sale at the nodes whose feed has stopped or is held, and nowhere else."""
    tx.execute("delete from partner_stake")
    tx.execute(
        """
        insert into partner_stake (node, cents, currency)
        select due.node, case when min(currency) = max(currency) then
                sum(balance.quantity * sku.price_cents)::bigint end,
            case when min(currency) = max(currency) then min(currency) end
        from (
            select distinct node
            from partner_exception
            where kind in ('feed.silent', 'feed.held')
        ) as due
        join balance on balance.node = due.node and balance.state = 'available'
        join sku on sku.code = balance.sku
        group by due.node
        """
    )


def lock_rule(tx: Connection, rule_id: str) -> None:
    """One edits a rule at a time, also one that is not there yet."""
    tx.execute("select pg_advisory_xact_lock(hashtext('breach_rule'), hashtext(%s))", [rule_id])


def upsert_rule(tx: Connection, rule: BreachRule, believed: int, *, now: datetime) -> None:
    """Write a rule whose version is still the believed one (0: absent)."""
    written = tx.execute(
        """
        insert into breach_rule (id, kind, partner, minutes, owner_role, reason, valid_from,
            valid_until, version, changed_at)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s + 1, %s)
        on conflict (id) do update
        set kind = excluded.kind, partner = excluded.partner, minutes = excluded.minutes,
            owner_role = excluded.owner_role, reason = excluded.reason,
            valid_from = excluded.valid_from, valid_until = excluded.valid_until,
            version = excluded.version, changed_at = excluded.changed_at
        where breach_rule.version = excluded.version - 1
        """,
        [
            rule.id,
            rule.kind.value,
            rule.partner,
            rule.minutes,
            rule.owner_role.value,
            rule.reason,
            rule.valid_from,
            rule.valid_until,
            believed,
            now,
        ],
    ).rowcount
    if not written:
        raise Stale(believed=str(believed), current="?")


def delete_rule(tx: Connection, rule_id: str) -> None:
    tx.execute("delete from breach_rule where id = %s", [rule_id])
