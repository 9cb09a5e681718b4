-- What can be promised, told as it changes: to whoever keeps it in memory.
--
-- One notification for each statement (more, where its changes do not fit into one), sent with the
-- commit, in the order of commits. Its first line is the sender's own number and the transaction;
-- each other line is one of
--     sku node change                  units that became available
--     sku node change microseconds     units held until then, since 1970
--     sku change                       lines of demand that wait for it
--     terms                            nodes, goods made to order, lots or rules have changed
--     everything                       too much to tell: read it all again
-- The sender (a session) counts its notifications: the number goes back with what is rolled back,
-- so a listener that misses one knows. PostgreSQL sends equal notifications of a transaction only
-- once; with a number no two are equal.

create function tell_promise(body text) returns void language plpgsql as $$
declare
    told bigint := coalesce(nullif(current_setting('noria.told', true), ''), '0')::bigint + 1;
begin
    perform set_config('noria.told', told::text, false);
    perform pg_notify('noria_promise', told || ' ' || pg_current_xact_id() || E'\n' || body);
end
$$;

create function tell_promise_lines(lines text[]) returns void language plpgsql as $$
declare
    body text;
begin
    if cardinality(lines) > 50000 then
        perform tell_promise('everything');
    elsif cardinality(lines) <= 40 then  -- a line has at most 180 bytes, a notification 8,000
        perform tell_promise(array_to_string(lines, E'\n'));
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
            perform tell_promise(body);
        end loop;
    end if;
end
$$;

create function tell_levels_changed() returns trigger language plpgsql as $$
declare
    lines text[];
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
        perform tell_promise_lines(lines);
    end if;
    return null;
end
$$;

create function tell_holds_changed() returns trigger language plpgsql as $$
declare
    lines text[];
begin
    if tg_op = 'INSERT' then
        select array_agg(promise_hold_line(sku, node, held, expires_at)) into lines
        from after where held > 0 and isfinite(expires_at);
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

create function promise_hold_line(sku text, node text, change numeric, expires_at timestamptz)
returns text language sql stable return
    sku || ' ' || node || ' ' || change || ' ' || (extract(epoch from expires_at) * 1000000)::bigint;

create function tell_expected_changed() returns trigger language plpgsql as $$
declare
    lines text[];
begin
    if tg_op = 'INSERT' then
        select array_agg(sku || ' ' || lines_more) into lines
        from (select sku, count(*) as lines_more from after group by sku) as changed;
    else
        select array_agg(sku || ' -' || lines_fewer) into lines
        from (select sku, count(*) as lines_fewer from before group by sku) as changed;
    end if;
    if lines is not null then
        perform tell_promise_lines(lines);
    end if;
    return null;
end
$$;

create function tell_terms_changed() returns trigger language plpgsql as $$
begin
    perform tell_promise('terms');
    return null;
end
$$;

create function tell_everything_changed() returns trigger language plpgsql as $$
begin
    perform tell_promise('everything');
    return null;
end
$$;

create trigger balance_opened after insert on balance
    referencing new table as after
    for each statement execute function tell_levels_changed();
create trigger balance_shifted after update on balance
    referencing old table as before new table as after
    for each statement execute function tell_levels_changed();
create trigger balance_closed after delete on balance
    referencing old table as before
    for each statement execute function tell_levels_changed();
create trigger balance_emptied after truncate on balance
    for each statement execute function tell_everything_changed();

create trigger reservation_made after insert on reservation
    referencing new table as after
    for each statement execute function tell_holds_changed();
create trigger reservation_drawn after update on reservation
    referencing old table as before new table as after
    for each statement execute function tell_holds_changed();
create trigger reservation_deleted after delete on reservation
    referencing old table as before
    for each statement execute function tell_holds_changed();
create trigger reservation_emptied after truncate on reservation
    for each statement execute function tell_everything_changed();

create trigger expected_demand_made after insert on expected_demand
    referencing new table as after
    for each statement execute function tell_expected_changed();
create trigger expected_demand_gone after delete on expected_demand
    referencing old table as before
    for each statement execute function tell_expected_changed();
create trigger expected_demand_emptied after truncate on expected_demand
    for each statement execute function tell_everything_changed();

create trigger node_changed after insert or update or delete or truncate on node
    for each statement execute function tell_terms_changed();
create trigger made_here_changed after insert or update or delete or truncate on made_here
    for each statement execute function tell_terms_changed();
create trigger keep_back_changed after insert or update or delete or truncate on keep_back
    for each statement execute function tell_terms_changed();
create trigger tracking_changed after insert or update of tracking or delete or truncate on sku
    for each statement execute function tell_terms_changed();
create trigger clock_driven after insert or delete or truncate on driven_clock
    for each statement execute function tell_everything_changed();
