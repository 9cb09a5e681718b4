-- What nodes can do, when they open or close out of turn, what they can handle on which day.

alter type node_kind add value 'maker' after 'printer';
alter type node_kind add value 'relay';
alter type node_kind add value 'digital';

alter table node
    add column does_gift_wrap boolean not null default false,
    add column has_own_packaging boolean not null default false,
    add column takes_hazardous boolean not null default false,
    add column takes_bulky boolean not null default true,
    add column learns_handling boolean not null default false,
    add column orders_per_day int constraint capacity_in_orders_is_positive check (orders_per_day > 0),
    add column overtime_units int not null default 0
        constraint overtime_is_not_negative check (overtime_units >= 0),
    add column overtime_cents int not null default 0
        constraint overtime_is_not_paid_back check (overtime_cents >= 0),
    add column region text not null default '',
    add column keeps_holidays boolean not null default true;
comment on column node.region is 'whose holidays it keeps, where they differ within a country; empty: by its postcode';
comment on column node.overtime_units is 'what it can handle in a day beyond its capacity, each for overtime_cents';
comment on column node.learns_handling is 'handling takes what it was measured to take, not handling_minutes';

create table node_opening (
    node code not null references node on delete cascade,
    day date not null,
    opens time not null,
    closes time not null,
    reason text not null,
    primary key (node, day, opens),
    constraint an_opening_ends_after_it_starts check (closes > opens)
);
comment on table node_opening is 'open on that day whatever its weekday or a holiday would say; its usual hours do not count';

create table node_capacity (
    node code not null references node on delete cascade,
    weekday smallint constraint weekday_is_monday_0_to_sunday_6 check (weekday between 0 and 6),
    day date,
    units int constraint capacity_is_not_negative check (units >= 0),
    orders int constraint capacity_in_orders_is_not_negative check (orders >= 0),
    constraint a_capacity_is_for_a_weekday_or_a_day check (num_nonnulls(weekday, day) = 1),
    constraint a_capacity_says_something check (num_nonnulls(units, orders) > 0),
    constraint a_node_has_one_capacity_a_day unique nulls not distinct (node, weekday, day)
);

alter table service
    add column goes_to_relays boolean not null default false,
    add column takes_hazardous boolean not null default false,
    add column takes_bulky boolean not null default true;
