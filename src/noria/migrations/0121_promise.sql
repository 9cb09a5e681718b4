-- What is told of a batch costs each batch: an expression is evaluated at once, what is performed is
-- a query by itself.
create or replace function tell_promise(body text) returns void
    language plpgsql
    as $$
declare
    told bigint := coalesce(nullif(current_setting('noria.told', true), ''), '0')::bigint + 1;
    done text;
begin
    done := set_config('noria.told', told::text, false);
    done := pg_notify('noria_promise', told || ' ' || pg_current_xact_id() || E'\n' || body);
end
$$;

create or replace function tell_promise_lines(lines text[]) returns void
    language plpgsql
    as $$
declare
    body text;
    done text;
begin
    if cardinality(lines) > 50000 then
        done := tell_promise('everything');
    elsif cardinality(lines) <= 40 then  -- a line has at most 180 bytes, a notification 8,000
        done := tell_promise(array_to_string(lines, E'\n'));
    else
        for body in
            select string_agg(line, E'\n')
            from (
                select line, sum(length(line) + 1) over (order by place) / 7700 as part
                from unnest(lines) with ordinality as given (line, place)
            ) as parted
            group by part
            order by part
        loop
            done := tell_promise(body);
        end loop;
    end if;
end
$$;

create or replace function tell_holds_changed() returns trigger
    language plpgsql
    as $$
declare
    lines text[];
    done text;
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
        done := tell_promise_lines(lines);
    end if;
    return null;
end
$$;

create or replace function tell_levels_changed() returns trigger
    language plpgsql
    as $$
declare
    lines text[];
    done text;
begin
    if tg_op = 'INSERT' then
        select array_agg(sku || ' ' || node || ' ' || quantity) into lines
        from after where state = 'available' and quantity <> 0;
    elsif tg_op = 'DELETE' then
        select array_agg(sku || ' ' || node || ' ' || -quantity) into lines
        from before where state = 'available' and quantity <> 0;
    else
        select array_agg(sku || ' ' || node || ' ' || change) into lines
        from (
            select sku, node, sum(quantity) as change
            from (
                select sku, node, quantity from after where state = 'available'
                union all
                select sku, node, -quantity from before where state = 'available'
            ) as ends
            group by sku, node
            having sum(quantity) <> 0
        ) as changed;
    end if;
    if lines is not null then
        done := tell_promise_lines(lines);
    end if;
    return null;
end
$$;
