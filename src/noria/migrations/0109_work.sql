-- Work in the node: where SKUs lie, what is to be done, who does it in which walk.

create table location (
    node code not null references node,
    code code not null,
    aisle int not null,
    bay int not null,
    level int not null,
    primary key (node, code),
    constraint a_location_is_in_reach check (
        least(aisle, bay, level) >= 0 and greatest(aisle, bay) <= 10000 and level <= 100
    )
);
comment on table location is 'shelves and bins of nodes: aisles stand side by side, bays are counted from their front';

create table location_sku (
    node code not null,
    location code not null,
    sku code not null references sku,
    primary key (node, sku, location),
    foreign key (node, location) references location on delete cascade
);
comment on table location_sku is 'which SKUs lie at a location';
create index location_sku_by_location on location_sku (node, location);

create table work_setting (
    node code primary key references node,
    content jsonb not null,
    version bigint not null default 1
);
comment on table work_setting is 'how a node works: sizes of its waves, its aisles, its lease; others work as usual';

create table wave (
    id code primary key,
    node code not null references node,
    kind text not null constraint a_wave_is_of_a_kind check (kind in ('single', 'cart', 'pickup', 'pallet')),
    deadline timestamptz not null,
    made_at timestamptz not null,
    actor text not null,
    closed_at timestamptz,
    claim code,
    taken_by text,
    taken_until timestamptz,
    constraint who_takes_a_wave_takes_it_until_a_time check (num_nonnulls(claim, taken_by, taken_until) in (0, 3))
) with (fillfactor = 80);
comment on table wave is 'tasks that one person walks together; taken by one, until a time';
create index wave_open on wave (node, deadline, id) where closed_at is null;
create index wave_taken on wave (taken_by, id) where closed_at is null and taken_by is not null;

create table wave_task (
    task text primary key,
    wave code not null references wave,
    slot int not null,
    constraint a_task_is_named_by_its_kind check (task ~ '^(leg|transfer):[A-Za-z0-9._-]{1,64}$')
);
comment on table wave_task is 'the wave that a task is in, and its place on the cart';
create index wave_task_by_wave on wave_task (wave, slot);

create table wave_claim (
    id code primary key,
    wave code not null references wave,
    person text not null,
    actor text not null,
    taken_at timestamptz not null,
    ended_at timestamptz,
    ended_as text constraint a_claim_ends_in_a_known_way check (ended_as in ('done', 'given_back', 'lapsed', 'dissolved')),
    constraint a_claim_that_ends_says_how check ((ended_at is null) = (ended_as is null))
);
comment on table wave_claim is 'who took which wave, and how that ended: only added to, but for its end';
create index wave_claim_by_wave on wave_claim (wave, taken_at);

create view work_task as
select ('leg:' || leg.id) collate "default" as task, leg.id::text collate "default" as leg, null::text as transfer,
    leg.order_id::text collate "default" as "order", leg.node::text collate "default" as node,
    leg.service::text collate "default" as service, leg.planned_at as since, leg.leaves_at as deadline,
    customer_order.option in ('pick_up', 'ship_to_store')
        and coalesce(customer_order.store, leg.node) = leg.node as is_pickup
from leg
join customer_order on customer_order.id = leg.order_id
join node on node.code = leg.node
where leg.picked_at is null and leg.withdrawn_at is null
    and node.kind in ('warehouse', 'store', 'dark_store')
    and not exists (
        select from order_hold
        where order_hold.order_id = leg.order_id and lifted_at is null
    )
union all
select ('transfer:' || transfer.id) collate "default", null, transfer.id::text collate "default", null,
    transfer.source::text collate "default", null, planned_at,
    (expected_on - coalesce(lane.transit_days, 0))::timestamp at time zone node.time_zone, false
from transfer
join node on node.code = transfer.source
left join lane on (lane.source, lane.target) = (transfer.source, transfer.target)
where dispatched_at is null and node.kind in ('warehouse', 'store', 'dark_store');
comment on view work_task is 'what nodes have to pick: legs that nobody picked, transfers that have not left; gone when done';

create table scan (
    id code not null,
    task text not null,
    node code not null,
    wave code references wave,
    sku code not null,
    quantity bigint not null constraint a_scan_confirms_units check (quantity > 0),
    lot text collate "C",
    expires_on date,
    serial text collate "C",
    location code,
    code text not null constraint a_scanned_code_is_short check (length(code) <= 500),
    happened_at timestamptz not null,
    recorded_at timestamptz not null,
    actor text not null,
    is_open boolean not null default true,
    voided_at timestamptz,
    primary key (id, task)
);
comment on table scan is 'units that were confirmed for a task; open until it is picked, or they were put back';
create index scan_open on scan (task, sku) where is_open;
create unique index a_serial_is_in_one_hand on scan (sku, serial) where is_open and serial is not null;

create table missing (
    id code primary key,
    task text not null,
    node code not null,
    sku code not null,
    quantity bigint not null constraint missing_units_are_some check (quantity > 0),
    reason text not null,
    location code,
    happened_at timestamptz not null,
    recorded_at timestamptz not null,
    actor text not null
);
comment on table missing is 'units of a task that were not to be had, and why; those of legs are in short_pick too';
create index missing_by_task on missing (task, sku);

create table staging (
    task text primary key,
    node code not null,
    location code not null,
    put_at timestamptz not null,
    actor text not null
);
comment on table staging is 'where units that were picked were put, to be packed, loaded or collected';

create table work_conflict (
    id code primary key,
    node code,
    task text,
    refusal text not null,
    en text not null,
    fr text not null,
    fact jsonb not null,
    happened_at timestamptz not null,
    recorded_at timestamptz not null,
    actor text not null,
    settled_at timestamptz,
    settled_by text
);
comment on table work_conflict is 'what was told and clashed with the book: kept until somebody settles it, or it goes through';
create index work_conflict_open on work_conflict (recorded_at, id) where settled_at is null;

create view work_exception as
select case when work_task.deadline < noria_now() then 'task.late' else 'task.untaken' end as kind,
    work_task.task as subject, work_task.node,
    case when work_task.deadline < noria_now() then work_task.deadline
        else work_task.deadline - ahead.span end as since,
    'to be picked by ' || to_char(work_task.deadline at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC, '
        || coalesce(wave.taken_by || ' has it', 'nobody has it') as detail, (
        select sum((leg_line.quantity - gone) * price_cents)::bigint
        from leg_line
        join order_line on order_id = work_task."order" and order_line.line = leg_line.line
        where leg_id = work_task.leg
    ) as money_cents,
    case when node.kind = 'store' then 'store_manager' else 'operations' end as owner
from work_task
join node on node.code = work_task.node
left join work_setting on work_setting.node = work_task.node
left join wave_task on wave_task.task = work_task.task
left join wave on wave.id = wave_task.wave and closed_at is null and taken_until > noria_now()
cross join lateral (
    select make_interval(mins => coalesce((content ->> 'untaken_minutes')::int, 60)) as span
) as ahead
where (work_task.deadline < noria_now())
    or (wave.id is null and work_task.deadline - ahead.span < noria_now())
union all
select 'work.conflict', coalesce(task, 'fact:' || work_conflict.id) collate "default", work_conflict.node::text collate "default",
    recorded_at, (work_conflict.id || ': ' || en) collate "default", null::bigint, case when node.kind = 'store' then 'store_manager' else 'operations' end
from work_conflict
left join node on node.code = work_conflict.node
where settled_at is null;
comment on view work_exception is 'tasks that are late, that nobody took in time, and facts that clash: gone when their cause is';
