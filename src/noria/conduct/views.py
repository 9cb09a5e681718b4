"""Questions about how partners keep their word."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import LiteralString

import msgspec

from noria.conduct.model import BreachRule, Keeper, LastFeed, Record, Window
from noria.kit.db import Connection, rows
from noria.kit.money import Money

RECORD_DAYS, FEEDS_LOOKED_AT = 28, 8

COULD_SHIP: LiteralString = """(
    leg.service <> 'pick-up' and not exists (
        select from order_hold
        where order_hold.order_id = leg.order_id and placed_at <= leg.leaves_at
            and (lifted_at is null or lifted_at > leg.leaves_at)
    )
)"""
"""Whether nothing of ours kept a leg from leaving when it should: no hold was on its order then."""

LEFT_LYING: LiteralString = f"""(
    leg.shipped_at is null and leg.withdrawn_at > leg.leaves_at and {COULD_SHIP}
)"""
"""Whether a leg was taken away because, or after, its node let it lie beyond its time."""

UNITS_LEFT: LiteralString = """(
    select sum(leg_line.quantity) - coalesce((
        select sum(short_pick.quantity) from short_pick where short_pick.leg_id = leg.id
    ), 0)
    from leg_line
    where leg_line.leg_id = leg.id
)"""
"""Units of a leg that lay there, but for those that a short pick counts already."""


def records(tx: Connection, now: datetime) -> dict[str, Record]:
    """What each partner was asked for and refused in four weeks, and what its last feeds lost.

    What it let lie beyond its time, until that was taken away, it refused without saying so.
    """
    found = rows(
        tx,
        Record,
        f"""
        select partner.code as partner, coalesce(asked.units, 0)::bigint as asked_units,
            (coalesce(refused.units, 0) + coalesce(asked.left_lying, 0))::bigint as refused_units,
            coalesce(lost.share, 0)::double precision as lost_share
        from partner
        left join lateral (
            select sum((
                select sum(leg_line.quantity) from leg_line where leg_line.leg_id = leg.id
            )) as units, sum({UNITS_LEFT}) filter (where {LEFT_LYING}) as left_lying
            from partner_node
            join leg on leg.node = partner_node.node
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
        """,  # noqa: S608 - texts of ours
        {"since": now - timedelta(days=RECORD_DAYS), "feeds": FEEDS_LOOKED_AT},
    )
    return {record.partner: record for record in found}


def keepers(tx: Connection, nodes: Sequence[str]) -> Mapping[str, Keeper]:
    """The own buffer and the clock of each of these nodes."""
    found = rows(
        tx,
        Keeper,
        "select code, buffer_units, time_zone from node where code = any(%s)",
        [list(nodes)],
    )
    return {one.code: one for one in found}


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


WINDOWS: LiteralString = f"""
    with span as (
        select number, since, until
        from unnest(%(since)s::timestamptz[], %(until)s::timestamptz[])
            with ordinality as span (since, until, number)
    ), mine as (
        select partner_node.partner, number, leg.id, leg.planned_at, leg.leaves_at,
            leg.shipped_at, leg.cost_cents, leg_answer.answered_at,
            coalesce(leg.shipped_at, leg.withdrawn_at, %(now)s) as gone_at,
            leg.shipped_at is not null or {COULD_SHIP}
                and leg.leaves_at < coalesce(leg.withdrawn_at, %(now)s) as is_due,
            case when {LEFT_LYING} then {UNITS_LEFT} else 0 end as left_lying
        from partner_node
        cross join span
        cross join lateral (
            select *
            from leg
            where leg.node = partner_node.node
                and leg.planned_at > span.since and leg.planned_at <= span.until
            offset 0
        ) as leg
        left join leg_answer on leg_answer.leg = leg.id
        where partner_node.partner = any(%(partners)s)
    ), sent as (
        select partner, number, count(*) as legs,
            count(*) filter (where shipped_at is not null) as shipped_legs,
            count(*) filter (where is_due) as due_legs,
            count(*) filter (where is_due and gone_at > leaves_at) as late_legs,
            coalesce(sum(extract(epoch from gone_at - leaves_at) / 3600)
                filter (where is_due and gone_at > leaves_at), 0)::double precision as late_hours,
            avg(extract(epoch from answered_at - planned_at) / 60)::double precision
                as accept_minutes,
            sum(cost_cents)::bigint as cost_cents, sum(left_lying)::bigint as left_lying
        from mine
        group by partner, number
    ), asked as (
        select partner, number, sum(quantity)::bigint as units
        from mine
        join leg_line on leg_line.leg_id = mine.id
        group by partner, number
    ), refused as (
        select partner, number, sum(quantity)::bigint as units,
            coalesce(sum(quantity) filter (where reason = 'not_found'), 0)::bigint as not_found
        from mine
        join short_pick on short_pick.leg_id = mine.id
        group by partner, number
    ), fed as (
        select partner, number, count(*) as feeds, sum(lines_read)::bigint as lines,
            sum(fault_count)::bigint as faults
        from feed
        join span on sent_at > since and sent_at <= until
        where partner = any(%(partners)s)
        group by partner, number
    )
    select asker.partner, span.number, jsonb_build_object(
        'legs', coalesce(sent.legs, 0), 'units', coalesce(asked.units, 0),
        'refused_units', coalesce(refused.units, 0) + coalesce(sent.left_lying, 0),
        'shipped_legs', coalesce(shipped_legs, 0), 'due_legs', coalesce(due_legs, 0),
        'late_legs', coalesce(late_legs, 0),
        'late_hours', coalesce(late_hours, 0), 'accept_minutes', accept_minutes,
        'cost_cents', coalesce(cost_cents, 0), 'feeds', coalesce(feeds, 0),
        'feed_lines', coalesce(lines, 0), 'feed_faults', coalesce(faults, 0),
        'not_found_units', coalesce(not_found, 0)
    )
    from unnest(%(partners)s::text[]) as asker (partner)
    cross join span
    left join sent on (sent.partner, sent.number) = (asker.partner, span.number)
    left join asked on (asked.partner, asked.number) = (asker.partner, span.number)
    left join refused on (refused.partner, refused.number) = (asker.partner, span.number)
    left join fed on (fed.partner, fed.number) = (asker.partner, span.number)
"""  # noqa: S608 - texts of ours


def windows(
    tx: Connection, partners: Sequence[str], spans: Sequence[tuple[datetime, datetime]]
) -> dict[tuple[str, int], Window]:
    """What each of these partners did in each of these spans, by partner and the span's place.

    Legs are those that were planned then; what became of them is told as it is at the last instant.
    """
    found = tx.execute(
        WINDOWS,
        {
            "partners": list(partners),
            "since": [since for since, _ in spans],
            "until": [until for _, until in spans],
            "now": max(until for _, until in spans),
        },
    )
    return {(partner, number - 1): msgspec.convert(told, Window) for partner, number, told in found}


def open_breaches(
    tx: Connection, partners: Sequence[str]
) -> dict[str, tuple[int, Sequence[Money]]]:
    """How many exceptions each of these partners has open, and what is at risk, by currency."""
    found = tx.execute(
        """
        with by_currency as (
            select partner, currency, count(distinct (kind, subject)) as exceptions,
                sum(money_cents)::bigint as cents
            from partner_exception
            join partner_node on partner_node.node = partner_exception.node
            where partner = any(%s)
            group by partner, currency
        )
        select partner, sum(exceptions)::bigint, coalesce(
            jsonb_agg(
                jsonb_build_object('currency', currency, 'cents', cents)
                order by cents desc, currency
            ) filter (where cents > 0 and currency is not null),
            '[]'
        )
        from by_currency
        group by partner
        """,
        [list(partners)],
    )
    return {
        partner: (int(count), msgspec.convert(money, list[Money]))
        for partner, count, money in found
    }


def last_feeds(tx: Connection, partners: Sequence[str]) -> dict[str, LastFeed]:
    """The last feed of each of these partners, and how many of its feeds wait for a person."""
    found = rows(
        tx,
        LastFeed,
        """
        select asker.partner, last.id, last.state, last.sent_at, last.lines_read, last.fault_count,
            (
                select count(*)
                from feed
                where feed.partner = asker.partner and state in ('held', 'preview')
            ) as waiting
        from unnest(%s::text[]) as asker (partner)
        cross join lateral (
            select id, state, sent_at, lines_read, fault_count
            from feed
            where feed.partner = asker.partner
            order by sent_at desc, id desc
            limit 1
        ) as last
        """,
        [list(partners)],
    )
    return {one.partner: one for one in found}


def trusts(tx: Connection, partners: Sequence[str]) -> dict[str, float]:
    """How far each of these partners was believed when that was measured last."""
    found = tx.execute(
        "select partner, trust from partner_pulse where partner = any(%s)", [list(partners)]
    )
    return {partner: float(trust) for partner, trust in found}


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
