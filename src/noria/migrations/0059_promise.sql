-- Promises that had to change: the first one is the one that is kept or broken.

create table promise_change (
    order_id code not null references promise,
    number int not null,
    changed_at timestamptz not null,
    promised_from date not null,
    promised_to date not null,
    chance numeric(5, 4) not null
        constraint a_changed_chance_is_between_0_and_1 check (chance between 0 and 1),
    reason text not null,
    primary key (order_id, number),
    constraint a_changed_window_opens_before_it_closes check (promised_from <= promised_to)
);
comment on table promise_change is 'what a customer was told after the promise, once it could not be kept any more';
