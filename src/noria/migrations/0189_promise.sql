-- Shelves on which somebody did not find what the book says: until they are counted, less is promised.

create table shelf_doubt (
    number bigint generated always as identity,
    sku code not null references sku,
    node code not null references node,
    units bigint not null constraint a_doubt_keeps_units_back check (units > 0),
    since timestamptz not null,
    primary key (sku, node)
);
comment on table shelf_doubt is 'units that a shelf does not promise, for somebody did not find there what the book says; over with the count that was called';

do $$
begin
    execute 'create or replace view kept_rule as ' || rtrim(pg_get_viewdef('kept_rule'), ';') || '
        union all
        select ''doubt.'' || number as id, ''trust''::text as purpose, sku, null::text as category,
            node, null::node_kind as node_kind, null::code as channel, units, null::int as days,
            null::double precision as below_accuracy,
            ''not found there: a count is called''::text as reason, null::date as valid_from,
            null::date as valid_until
        from shelf_doubt';
end
$$;

create function end_shelf_doubts() returns trigger language plpgsql as $$
begin
    if exists (select from shelf_doubt) then
        if exists (
            select from after
            join count_task on count_task.id = after.task
            join shelf_doubt on (shelf_doubt.sku, shelf_doubt.node) = (after.sku, count_task.node)
            where after.stage in ('booked', 'superseded', 'dropped')
        ) then
            delete from shelf_doubt
            using after
            join count_task on count_task.id = after.task
            where after.stage in ('booked', 'superseded', 'dropped')
                and (shelf_doubt.sku, shelf_doubt.node) = (after.sku, count_task.node)
                and not exists (
                    select from count_line
                    join count_task as other on other.id = count_line.task
                    where (count_line.sku, other.node) = (shelf_doubt.sku, shelf_doubt.node)
                        and other.ended_at is null
                        and stage in ('open', 'recount', 'approval', 'settled')
                );
        end if;
    end if;
    return null;
end
$$;
comment on function end_shelf_doubts is 'a shelf is believed again when no count of it is open any more';

create trigger shelf_doubts_end after update on count_line
    referencing new table as after
    for each statement execute function end_shelf_doubts();
create trigger shelf_doubt_changed after insert or update or delete or truncate on shelf_doubt
    for each statement execute function tell_terms_changed();
