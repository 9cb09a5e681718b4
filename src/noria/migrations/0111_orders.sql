-- What nodes are too busy for, and legs that were packed.

create table capacity_lost (
    node code not null,
    day date not null,
    units bigint not null,
    legs int not null,
    primary key (node, day),
    constraint lost_capacity_is_some check (units > 0 and legs >= 0)
);
comment on table capacity_lost is 'what nodes said they were too busy for, on their day: as much is asked of them less';

alter table leg
    add column packed_at timestamptz,
    add constraint what_is_packed_was_picked check (packed_at is null or picked_at is not null);
comment on column leg.packed_at is 'when its boxes were closed, where that is a step of its own';

alter table customer_order
    drop constraint a_stage_is_known,
    add constraint a_stage_is_known check (
        stage in ('waiting', 'sourced', 'picked', 'packed', 'shipped', 'delivered', 'cancelled')
    );

alter table order_watch
    drop constraint a_step_is_known,
    add constraint a_step_is_known check (
        step in ('source', 'accept', 'pick', 'pack', 'hand_over', 'deliver')
    );

create index leg_packed on leg (node, packed_at) where packed_at is not null;
