-- Who waits for a SKU to be back, and what is bought together.

create table wait (
    id code primary key,
    sku code not null references sku,
    channel code,
    store code references node,
    country text,
    postcode text,
    medium text not null,
    address text,
    language text not null,
    url text not null,
    customer text,
    shopper text,
    hold_minutes int not null,
    asked_at timestamptz not null,
    until date not null,
    state text not null,
    told_at timestamptz,
    node code,
    turn_until timestamptz,
    reservation code,
    ended_at timestamptz,
    delivery text,
    attempts int not null default 0,
    due_at timestamptz,
    result text not null default '',
    constraint a_wait_is_at_a_store_or_for_a_place
        check (num_nonnulls(store, postcode) = 1 and (postcode is null) = (country is null)),
    constraint a_wait_goes_one_way check (medium in ('email', 'sms')),
    constraint a_wait_speaks_english_or_french check (language in ('en', 'fr')),
    constraint a_wait_stands_so check (state in ('waiting', 'told', 'ended')),
    constraint what_waits_has_an_address check (state <> 'waiting' or address is not null),
    constraint who_was_told_has_a_turn
        check (num_nonnulls(told_at, node, turn_until, delivery) in (0, 4)
            and (state <> 'told' or told_at is not null)),
    constraint a_delivery_stands_so check (delivery in ('waiting', 'sent', 'dropped', 'failed')),
    constraint a_hold_is_for_a_shopper check (hold_minutes = 0 or shopper is not null)
);

comment on table wait is 'people who want to be told when a SKU is back; once, in the order in which they asked';
comment on column wait.address is 'where to tell them; null as soon as nobody has to any more';
comment on column wait.turn_until is 'until then the unit of node that they were told of is nobody else''s news';

create unique index wait_once on wait
    (sku, medium, address, coalesce(store, ''), coalesce(country, ''), coalesce(postcode, ''))
    where state = 'waiting';
create index wait_open on wait (sku, asked_at, id) where state = 'waiting';
create index wait_over on wait (until) where state = 'waiting';
create index wait_turn on wait (sku, turn_until) where state = 'told';
create index wait_due on wait (due_at, id) where delivery = 'waiting';
create index wait_by_time on wait (asked_at, id);
create index wait_customer on wait (customer) where customer is not null;

create table bought_together (
    sku code not null,
    other code not null,
    orders int not null,
    likeness double precision not null,
    primary key (sku, other),
    constraint nothing_is_bought_with_itself check (sku <> other)
);

comment on table bought_together is 'SKUs that orders of the last weeks had in common; made anew each night';
comment on column bought_together.likeness is 'orders with both over the geometric mean of orders with either (Ochiai)';
