-- What nodes have to begin by their days is kept as sums. Whoever booked a day read all open legs of its
-- node under that node's lock, and every decision read those of all nodes: the more there were, the longer.
-- Changes are written beside the sums and wait for nobody; whoever has a node's lock adds them up.

create table capacity_due (
    node code not null,
    day date not null,
    units bigint not null,
    legs bigint not null,
    primary key (node, day)
);
comment on table capacity_due is
    'what is open of legs that a node begins by a day of its own (leg.begun_by), but for what capacity_change says';

create table capacity_change (
    id bigint generated always as identity primary key,
    node code not null,
    day date not null,
    is_used boolean not null,
    units bigint not null,
    legs bigint not null
);
comment on table capacity_change is
    'what is not added up yet, more or less, of capacity_due, or of capacity_used (is_used)';
create index capacity_change_by_node on capacity_change (node);

create index leg_undated on leg (node)
    where begun_by is null and picked_at is null and withdrawn_at is null;
comment on index leg_undated is 'open legs that stand in no capacity_due';

create function legs_are_due() returns trigger language plpgsql as $$
begin
    insert into capacity_change (node, day, is_used, units, legs)
    select node, begun_by, false, 0, count(*)
    from added
    where begun_by is not null and picked_at is null and withdrawn_at is null
    group by node, begun_by;
    return null;
end
$$;

create trigger legs_are_due after insert on leg
    referencing new table as added
    for each statement execute function legs_are_due();

-- Lines are counted by what their leg is once nobody else changes it: who picks it meanwhile takes off all
-- lines as they are by then.
create function leg_lines_are_due() returns trigger language plpgsql as $$
begin
    insert into capacity_change (node, day, is_used, units, legs)
    with due as (
        select leg.node, leg.begun_by, added.quantity - added.gone as units
        from added
        join leg on leg.id = added.leg_id
        where begun_by is not null and picked_at is null and withdrawn_at is null
        order by leg.id
        for share of leg
    )
    select node, begun_by, false, sum(units), 0
    from due
    group by node, begun_by;
    return null;
end
$$;

create trigger leg_lines_are_due after insert on leg_line
    referencing new table as added
    for each statement execute function leg_lines_are_due();

create function leg_line_is_due_otherwise() returns trigger language plpgsql as $$
begin
    insert into capacity_change (node, day, is_used, units, legs)
    select node, begun_by, false, new.quantity - new.gone - old.quantity + old.gone, 0
    from leg
    where id = new.leg_id
        and begun_by is not null and picked_at is null and withdrawn_at is null
    for share;
    return null;
end
$$;

create trigger leg_line_is_due_otherwise after update on leg_line
    for each row when (old.quantity - old.gone <> new.quantity - new.gone)
    execute function leg_line_is_due_otherwise();

create function leg_is_due_otherwise() returns trigger language plpgsql as $$
begin
    insert into capacity_change (node, day, is_used, units, legs)
    select node, begun_by, false, legs * units, legs
    from (
        values (old.node, old.begun_by, old.picked_at is null and old.withdrawn_at is null, -1),
            (new.node, new.begun_by, new.picked_at is null and new.withdrawn_at is null, 1)
    ) as state (node, begun_by, is_open, legs)
    cross join (
        select coalesce(sum(quantity - gone), 0) as units
        from leg_line
        where leg_id = new.id
    ) as line
    where is_open and begun_by is not null;
    return null;
end
$$;

create trigger leg_is_due_otherwise after update on leg
    for each row when (
        old.node is distinct from new.node or old.begun_by is distinct from new.begun_by
        or (old.picked_at is null and old.withdrawn_at is null)
            is distinct from (new.picked_at is null and new.withdrawn_at is null)
    )
    execute function leg_is_due_otherwise();

insert into capacity_due (node, day, units, legs)
select node, begun_by, sum(units), count(*)
from leg
join (
    select leg_id, sum(quantity - gone) as units
    from leg_line
    group by leg_id
) as line on line.leg_id = leg.id
where begun_by is not null and picked_at is null and withdrawn_at is null
group by node, begun_by;
