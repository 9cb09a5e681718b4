-- Whether wishes may be held without looking at each rule: it is asked under the locks of the shelves.
-- A rule counts where it may win: for its category, its kind of nodes. A channel's network keeps
-- everything from it at the nodes that it does not list, and nothing at those that it does.

create function without_enough(skus text[], nodes text[], channels text[], more bigint)
    returns table (sku text, node text)
    language sql stable
    as $$
    with place as materialized (
        select code, kind, buffer_units from node where code = any(nodes)
    ), today as materialized (
        select purpose, sku, category, node, node_kind, channel,
            case when days is null then units end as units
        from kept_rule
        where purpose <> 'threshold'
            and (purpose = 'protection' or channel is null or channel = any(channels))
            and (sku is null or sku = any(skus)) and (node is null or node = any(nodes))
            and noria_now()::date between coalesce(valid_from, '-infinity')
                and coalesce(valid_until, 'infinity')
    ), rule as materialized (
        select sku, category, node, node_kind, units
        from today
        where purpose <> 'network' and units is distinct from 0
            and (category is null
                or category in (select sku.category from sku where sku.code = any(skus)))
            and (node_kind is null or node_kind in (select kind from place))
        union all
        select null, null, place.code, null, units
        from today cross join place
        where purpose = 'network' and units > 0
            and (channel::text, place.code::text) not in (
                select listed.channel::text, listed.node::text
                from today as listed
                where listed.purpose = 'network' and listed.units = 0 and listed.node is not null
            )
            and (channel::text, place.kind) not in (
                select listed.channel::text, listed.node_kind
                from today as listed
                where listed.purpose = 'network' and listed.units = 0
                    and listed.node_kind is not null
            )
    ), shelf as (
        select given.sku, given.node, sku.category, place.kind, quantity - buffer_units - (
                select coalesce(sum(units), 0) from expected_demand where sku = given.sku
            ) - (
                select coalesce(sum(quantity), 0)
                from barred_lot
                where (barred_lot.sku, barred_lot.node) = (given.sku, given.node)
            ) as left_over
        from unnest(skus, nodes) as given (sku, node)
        join sku on sku.code = given.sku
        join place on place.code = given.node
        join balance on (balance.sku, balance.node, state) = (given.sku, given.node, 'available')
    )
    select shelf.sku, shelf.node
    from shelf cross join lateral (
        select coalesce(sum(units), 0) as kept, count(*) as rules, count(units) as in_units
        from rule
        where (rule.sku is null or rule.sku = shelf.sku)
            and (rule.category is null or rule.category = shelf.category)
            and (rule.node is null or rule.node = shelf.node)
            and (rule.node_kind is null or rule.node_kind = shelf.kind)
    ) as ruled
    where left_over < kept + more or in_units < rules
        or rules > 0 and (select count(*) > 50 from rule)
$$;
comment on function without_enough is 'those of these shelves, as (SKU, node), on which there may be less than what all rules that could win there, its buffer, old lots and all demand for the SKU take together, and more; some may have enough, and all that do not are among them';

create function is_enough(skus text[], nodes text[], channels text[]) returns boolean
    language sql
    as $$
    select not exists (select from without_enough(skus, nodes, channels, 0))
$$;
comment on function is_enough is 'whether none of these shelves is without enough: it may say no where there is enough, and never yes where there is not';
