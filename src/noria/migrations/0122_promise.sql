create function is_enough(skus text[], nodes text[], channels text[]) returns boolean
    language sql
    as $$
    with rule as materialized (
        select sku, node, case when days is null then units end as units
        from kept_rule
        where purpose <> 'threshold'
            and (purpose = 'protection' or channel is null or channel = any(channels))
            and (sku is null or sku = any(skus)) and (node is null or node = any(nodes))
            and noria_now()::date between coalesce(valid_from, '-infinity')
                and coalesce(valid_until, 'infinity')
    ), shelf as (
        select given.sku, given.node, quantity - buffer_units - (
                select coalesce(sum(units), 0) from expected_demand where sku = given.sku
            ) - (
                select coalesce(sum(quantity), 0)
                from barred_lot
                where (barred_lot.sku, barred_lot.node) = (given.sku, given.node)
            ) as left_over
        from unnest(skus, nodes) as given (sku, node)
        join node on node.code = given.node
        join balance on (balance.sku, balance.node, state) = (given.sku, given.node, 'available')
    )
    select (select count(*) <= 50 and count(*) = count(units) from rule) and not exists (
        select from shelf
        where left_over < (
            select coalesce(sum(units), 0)
            from rule
            where (rule.sku is null or rule.sku = shelf.sku)
                and (rule.node is null or rule.node = shelf.node)
        )
    )
$$;
comment on function is_enough is 'whether on each of these shelves, as (SKU, node), there is at least what all rules that could win there, its buffer, old lots and all demand for the SKU take together; it may say no where there is enough, and never yes where there is not';
