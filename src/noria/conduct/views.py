"""Questions about how partners keep their word."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from noria.conduct.model import BreachRule, Record, Window
from noria.kit.db import Connection, row, rows

RECORD_DAYS, FEEDS_LOOKED_AT = 28, 8


def records(tx: Connection, now: datetime) -> dict[str, Record]:
    """What each partner was asked for and refused in four weeks, and what its last feeds lost."""
    found = rows(
        tx,
        Record,
        """
        select partner.code as partner, coalesce(asked.units, 0)::bigint as asked_units,
            coalesce(refused.units, 0)::bigint as refused_units,
            coalesce(lost.share, 0)::double precision as lost_share
        from partner
        left join lateral (
            select sum(leg_line.quantity) as units
            from partner_node
            join leg on leg.node = partner_node.node
            join leg_line on leg_line.leg_id = leg.id
            where partner_node.partner = partner.code and leg.planned_at > %(since)s
        ) as asked on true
        left join lateral (
            select sum(short_pick.quantity) as units
            from partner_node
            join pick on pick.node = partner_node.node
            join short_pick on short_pick.leg_id = pick.leg_id
            where partner_node.partner = partner.code and pick.picked_at > %(since)s
        ) as refused on true
        left join lateral (
            select avg(booked_lost::double precision / units_before) as share
            from (
                select booked_lost, units_before
                from feed
                where feed.partner = partner.code and state = 'booked' and units_before > 0
                order by sent_at desc
                limit %(feeds)s
            ) as last
        ) as lost on true
        """,
        {"since": now - timedelta(days=RECORD_DAYS), "feeds": FEEDS_LOOKED_AT},
    )
    return {record.partner: record for record in found}


def buffers(tx: Connection, nodes: Sequence[str]) -> Mapping[str, int]:
    """The own buffer of each of these nodes."""
    found = tx.execute("select code, buffer_units from node where code = any(%s)", [list(nodes)])
    return dict(found.fetchall())


def rule(tx: Connection, rule_id: str) -> tuple[BreachRule, int] | None:
    """A rule and its version, whether or not it holds today."""
    found = tx.execute(
        "select to_jsonb(breach_rule) - 'version' - 'changed_at', version"
        " from breach_rule where id = %s",
        [rule_id],
    ).fetchone()
    return None if found is None else (msgspec.convert(found[0], BreachRule), found[1])


def breach_rules(tx: Connection, *, after: str = "", limit: int = 100) -> list[BreachRule]:
    """Rules by id, beyond `after`, those of the past and of the future too."""
    found = tx.execute(
        "select to_jsonb(breach_rule) - 'version' - 'changed_at' from breach_rule"
        " where id > %s order by id limit %s",
        [after, limit],
    )
    return [msgspec.convert(content, BreachRule) for (content,) in found]


def trust(tx: Connection, partner: str) -> float | None:
    """How far a partner was believed when that was measured last."""
    found = tx.execute("select trust from partner_pulse where partner = %s", [partner]).fetchone()
    return None if found is None else float(found[0])


def window(tx: Connection, partner: str, since: datetime, until: datetime) -> Window:
    """What a partner did between two instants."""
    found = row(
        tx,
        Window,
        """
        with mine as (
            select leg.id, leg.planned_at, leg.leaves_at, leg.shipped_at, leg.cost_cents,
                leg_answer.answered_at
            from partner_node
            join leg on leg.node = partner_node.node
            left join leg_answer on leg_answer.leg = leg.id
            where partner_node.partner = %(partner)s
                and leg.planned_at > %(since)s and leg.planned_at <= %(until)s
        ), refused as (
            select coalesce(sum(quantity), 0)::bigint as units,
                coalesce(sum(quantity) filter (where reason = 'not_found'), 0)::bigint as not_found
            from short_pick
            where leg_id in (select id from mine)
        ), fed as (
            select count(*) as feeds, coalesce(sum(lines_read), 0)::bigint as lines,
                coalesce(sum(fault_count), 0)::bigint as faults
            from feed
            where partner = %(partner)s and sent_at > %(since)s and sent_at <= %(until)s
        )
        select count(*) as legs, coalesce((
                select sum(quantity) from leg_line where leg_id in (select id from mine)
            ), 0)::bigint as units,
            (select units from refused) as refused_units,
            count(*) filter (where shipped_at is not null) as shipped_legs,
            count(*) filter (where shipped_at > leaves_at) as late_legs,
            coalesce(sum(extract(epoch from shipped_at - leaves_at) / 3600)
                filter (where shipped_at > leaves_at), 0)::double precision as late_hours,
            avg(extract(epoch from answered_at - planned_at) / 60)::double precision
                as accept_minutes,
            coalesce(sum(cost_cents), 0)::bigint as cost_cents,
            (select feeds from fed) as feeds, (select lines from fed) as feed_lines,
            (select faults from fed) as feed_faults,
            (select not_found from refused) as not_found_units
        from mine
        """,
        {"partner": partner, "since": since, "until": until},
    )
    assert found is not None
    return found


def late_legs(tx: Connection, *, limit: int) -> list[str]:
    """Legs that a partner should have shipped by now, by the rules of breaches."""
    found = tx.execute(
        """
        select leg.id
        from partner_exception as breach
        join leg on 'leg:' || leg.id = breach.subject
        where breach.kind = 'partner.not_shipped'
            and leg.picked_at is null
        order by leg.id
        limit %s
        """,
        [limit],
    )
    return [leg for (leg,) in found]
