"""Questions about how nodes, carriers and lanes turned out lately."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import LiteralString

from noria.kit.db import Connection, rows
from noria.network import reliability_rules, reliability_views, turnout_rules
from noria.network.model import NodeKind
from noria.network.reliability_model import GOOD, Topic
from noria.network.turnout_model import MAIN, By, Count, Member, Turnout

NODES: LiteralString = """
    select code as key, name, '' as carrier, '' as service, code::text as node, '' as area,
        coalesce(bad.units, 0)::bigint as late
    from node
    left join (
        select node, sum(units) as units
        from tally
        where topic = 'departure' and day >= %(since)s and day < %(today)s and outcome >= %(good)s
        group by node
    ) as bad on bad.node = code
    where (%(nodes)s::text[] is null or code = any(%(nodes)s))
        and (%(kinds)s::text[] is null or kind::text = any(%(kinds)s))
"""
CARRIERS: LiteralString = """
    select carrier as key, carrier as name, carrier, '' as service, '' as node, '' as area,
        coalesce(sum(bad.units), 0)::bigint as late
    from service
    left join (
        select service, sum(units) as units
        from tally
        where topic = 'transit' and day >= %(since)s and day < %(today)s and outcome >= %(good)s
        group by service
    ) as bad on bad.service = code
    group by carrier
"""
LANES: LiteralString = """
    select concat_ws(':', service, node, area) as key,
        max(service.name) as name, max(carrier) as carrier, service, node::text, area,
        coalesce(sum(units) filter (where outcome >= %(good)s), 0)::bigint as late
    from tally
    join service on service.code = tally.service
    where topic = 'transit' and day >= %(since)s and day < %(today)s
        and (%(carrier)s::text is null or carrier = %(carrier)s)
        and (%(nodes)s::text[] is null or node = any(%(nodes)s))
    group by service, node, area
"""
MEMBERS: Mapping[By, LiteralString] = {By.NODE: NODES, By.CARRIER: CARRIERS, By.LANE: LANES}

KEYS: Mapping[By, LiteralString] = {
    By.NODE: "node",
    By.CARRIER: "(select carrier from service where code = tally.service)",
    By.LANE: "concat_ws(':', service, node, area)",
}


def turnouts(
    tx: Connection,
    by: By,
    *,
    today: date,
    weeks: int = 4,
    nodes: Sequence[str] | None = None,
    kinds: Sequence[NodeKind] | None = None,
    carrier: str | None = None,
    after: tuple[int, str] | None = None,
    limit: int = 100,
) -> list[Turnout]:
    """Nodes, carriers or lanes, most that went wrong first; beyond `after`, its (late, key)."""
    main = MAIN[by]
    found = rows(
        tx,
        Member,
        f"""
        select key, name, carrier, service, node, area, late
        from ({MEMBERS[by]}) as member
        where %(after_late)s::bigint is null
            or (-late, key collate "C") > (-%(after_late)s::bigint, %(after_key)s collate "C")
        order by -late, key collate "C"
        limit %(limit)s
        """,  # noqa: S608 - ours
        {
            "since": today - timedelta(weeks=weeks),
            "today": today,
            "good": GOOD[main],
            "nodes": None if nodes is None else list(nodes),
            "kinds": None if kinds is None else [kind.value for kind in kinds],
            "carrier": carrier,
            "after_late": after[0] if after else None,
            "after_key": after[1] if after else None,
            "limit": limit,
        },
    )
    counted = _counts(tx, by, found, today=today, weeks=weeks)
    keys = {member.key: turnout_rules.key_of_estimate(by, member) for member in found}
    believed = reliability_views.believed(tx, main, list(keys.values()))
    return [
        turnout_rules.turnout(
            member,
            counted.get(member.key, ()),
            reliability_rules.shown(one) if (one := believed.get(keys[member.key])) else None,
            main=main,
            today=today,
            weeks=weeks,
        )
        for member in found
    ]


def _counts(
    tx: Connection, by: By, members: Sequence[Member], *, today: date, weeks: int
) -> dict[str, list[Count]]:
    """What was counted of these members, by week, twice as many as are looked at."""
    good = {topic.value: number for topic, number in GOOD.items() if number}
    found = tx.execute(
        f"""
        select {KEYS[by]} as key, topic, (%(today)s - 1 - day) / 7 as weeks_ago,
            sum(units)::bigint,
            coalesce(sum(units) filter (where outcome < good), 0)::bigint
        from tally
        join unnest(%(topics)s::text[], %(goods)s::int[]) as known (topic, good) using (topic)
        where day >= %(since)s and day < %(today)s
            and service = any(%(services)s) and (%(is_any_node)s or node = any(%(nodes)s))
        group by 1, 2, 3
        order by 1, 2, 3
        """,  # noqa: S608 - ours
        {
            "today": today,
            "since": today - timedelta(weeks=2 * weeks),
            "topics": list(good),
            "goods": list(good.values()),
            "services": _services(tx, by, members),
            "is_any_node": by is By.CARRIER,
            "nodes": sorted({member.node for member in members}),
        },
    )
    counted: dict[str, list[Count]] = {}
    for key, topic, weeks_ago, units, well in found:
        counted.setdefault(key, []).append(
            Count(key=key, topic=Topic(topic), weeks_ago=weeks_ago, units=units, good=well)
        )
    return counted


def _services(tx: Connection, by: By, members: Sequence[Member]) -> list[str]:
    """Services that count for them: of a node none, for what it does itself has none."""
    if by is By.NODE:
        return [""]
    if by is By.LANE:
        return sorted({member.service for member in members})
    carriers = [member.key for member in members]
    found = tx.execute("select code from service where carrier = any(%s)", [carriers])
    return sorted(code for (code,) in found)
