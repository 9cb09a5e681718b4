-- What is held for whom, and what customers were told.

create table reservation (
    id code primary key,
    demand text not null constraint a_demand_is_short check (length(demand) between 1 and 130),
    sku code not null,
    node code not null,
    quantity bigint not null constraint a_reservation_holds_units check (quantity > 0),
    held bigint not null constraint held_is_part_of_it check (held between 0 and quantity),
    made_at timestamptz not null,
    expires_at timestamptz,
    ended_at timestamptz,
    constraint what_has_ended_holds_nothing check ((ended_at is null) = (held > 0))
) with (fillfactor = 80);
comment on column reservation.held is 'units still in state reserved; the sum at a place is its balance';
create index reservation_open on reservation (sku, node) where held > 0;
create index reservation_open_at_node on reservation (node) where held > 0;
create index reservation_expiring on reservation (expires_at) where held > 0 and expires_at is not null;
create index reservation_by_demand on reservation (demand);

create table promise (
    order_id code primary key,
    node text,
    service text,
    made_at timestamptz not null,
    promised_from date not null,
    promised_to date not null,
    chance numeric(5, 4) not null
        constraint a_chance_is_between_0_and_1 check (chance between 0 and 1),
    settled_at timestamptz,
    is_kept boolean,
    withdrawn_at timestamptz,
    constraint a_window_opens_before_it_closes check (promised_from <= promised_to),
    constraint settled_is_kept_or_broken check ((settled_at is null) = (is_kept is null)),
    constraint what_is_withdrawn_is_not_settled check (settled_at is null or withdrawn_at is null)
);
comment on table promise is 'the date window that a customer was told; settled when the last unit has arrived, withdrawn when nothing is wanted any more';
create index promise_open on promise (promised_to)
    where settled_at is null and withdrawn_at is null;
create index promise_record on promise (node, service) where settled_at is not null;
