-- What can be promised is told in more detail: 0023 says how it is told. A line is now one of
--     sku node change                  units that became available
--     sku node change microseconds     units held until then, since 1970
--     sku node change demand           units of demand that only this node may send
--     sku change                       units of demand that is at no node yet
--     sku coming                       supply of it is under way
--     terms                            nodes, goods apart, rules or postcodes have changed
--     everything                       too much to tell: read it all again

create function promise_demand_line(sku text, node text, change numeric)
returns text language sql immutable return
    sku || coalesce(' ' || node, '') || ' ' || change
        || case when node is null then '' else ' demand' end;

create or replace function tell_expected_changed() returns trigger language plpgsql as $$
declare
    lines text[];
begin
    if tg_op = 'INSERT' then
        select array_agg(promise_demand_line(sku, node, units)) into lines from after;
    elsif tg_op = 'DELETE' then
        select array_agg(promise_demand_line(sku, node, -units)) into lines from before;
    else
        select array_agg(promise_demand_line(sku, node, change)) into lines
        from (
            select sku, node, sum(units) as change
            from (
                select sku, node, units from after
                union all
                select sku, node, -units from before
            ) as ends
            group by sku, node
            having sum(units) <> 0
        ) as changed;
    end if;
    if lines is not null then
        perform tell_promise_lines(lines);
    end if;
    return null;
end
$$;

create function tell_supply_coming() returns trigger language plpgsql as $$
declare
    lines text[];
begin
    select array_agg(distinct sku || ' coming') into lines from after;
    if lines is not null then
        perform tell_promise_lines(lines);
    end if;
    return null;
end
$$;

create trigger expected_demand_changed after update on expected_demand
    referencing old table as before new table as after
    for each statement execute function tell_expected_changed();
create trigger purchase_line_made after insert on purchase_line
    referencing new table as after
    for each statement execute function tell_supply_coming();
create trigger transfer_line_made after insert on transfer_line
    referencing new table as after
    for each statement execute function tell_supply_coming();

drop trigger tracking_changed on sku;
create trigger sku_changed after insert or update of tracking, category or delete or truncate on sku
    for each statement execute function tell_terms_changed();
create trigger node_accuracy_changed
    after insert or update or delete or truncate on node_accuracy
    for each statement execute function tell_terms_changed();
create trigger postcode_changed after insert or update or delete or truncate on postcode
    for each statement execute function tell_terms_changed();

create table matrix_check (
    process text primary key,
    checked_at timestamptz not null,
    transaction bigint not null,
    compared bigint not null,
    differences bigint not null
);
comment on table matrix_check is 'numbers that each server process keeps in memory and compared with the database since it began, and the transaction as of which it last did; a process that fell silent is forgotten after a day';

create table matrix_difference (
    number bigint generated always as identity primary key,
    process text not null,
    found_at timestamptz not null,
    transaction bigint not null,
    what text not null constraint a_difference_is_of_a_kind check (
        what in ('shelf', 'held', 'named', 'unsourced', 'node', 'rule')
    ),
    sku text,
    node text,
    expected text not null,
    found text not null
);
comment on table matrix_difference is 'where a process kept something else in memory than the database said as of one transaction; kept for a day';
