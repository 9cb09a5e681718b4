"""How the value of a SKU at a node is divided over the states of its units: SQL, written once."""

from typing import LiteralString


def divided(places: LiteralString) -> LiteralString:
    """By units into whole cents that add up, the largest remainders first.

    `places` has sku, node, moment, state and units, and in each row the value of all of the place;
    what is told apart by `moment` is divided by itself.
    """
    return f"""
        select sku, node, moment, state, units::bigint, (whole + case when row_number() over (
            partition by sku, node, moment order by rest desc, state
        ) <= value_cents - sum(whole) over (partition by sku, node, moment)
            then 1 else 0 end)::bigint as value_cents
        from (
            select *, div(value_cents * units, total) as whole,
                mod(value_cents * units, total) as rest
            from (
                select *, sum(units) over (partition by sku, node, moment) as total
                from ({places}) as place
            ) as weighed
        ) as rounded
    """  # noqa: S608 - ours


def states(
    at: LiteralString, nodes: LiteralString, *, which: LiteralString = "true"
) -> LiteralString:
    """What each SKU is worth at each node by state, at an instant or, for null, where value is now.

    Units that are worth something and of which the book does not know the state are available.
    """
    return divided(
        f"""
        select sku, node, true as moment, coalesce(there.state, 'available') as state,
            coalesce(there.units, worth.units) as units, value_cents
        from (
            select *
            from value_at({at})
            where units > 0 and ({nodes}::text[] is null or node = any({nodes})) and {which}
        ) as worth
        left join (
            select * from units_at({at}) where units > 0 and {which}
        ) as there using (sku, node)
        """  # noqa: S608 - ours
    )


NOW: LiteralString = states("null", "null")
NOW_BY_NODE: LiteralString = states("null", "null", which="at_node(node)")
"""The same for a check that is asked node by node."""
