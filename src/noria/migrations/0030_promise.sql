-- A hot SKU has a hundred thousand open holds: those of a shelf that are over are found by time.

create index reservation_open_until on reservation (node, sku, expires_at) where held > 0;
drop index reservation_open;

-- One line for each end that holds of a statement share, as for those that are drawn from.
create or replace function tell_holds_changed() returns trigger language plpgsql as $$
declare
    lines text[];
begin
    if tg_op = 'INSERT' then
        select array_agg(promise_hold_line(sku, node, units, expires_at)) into lines
        from (
            select sku, node, expires_at, sum(held) as units
            from after
            where held > 0 and isfinite(expires_at)
            group by sku, node, expires_at
        ) as made;
    elsif tg_op = 'DELETE' then
        select array_agg(promise_hold_line(sku, node, -held, expires_at)) into lines
        from before where held > 0 and isfinite(expires_at);
    else
        select array_agg(promise_hold_line(sku, node, change, expires_at)) into lines
        from (
            select sku, node, expires_at, sum(held) as change
            from (
                select sku, node, expires_at, held from after where isfinite(expires_at)
                union all
                select sku, node, expires_at, -held from before where isfinite(expires_at)
            ) as ends
            group by sku, node, expires_at
            having sum(held) <> 0
        ) as changed;
    end if;
    if lines is not null then
        perform tell_promise_lines(lines);
    end if;
    return null;
end
$$;
