-- How an order is to reach the customer, and what was promised at checkout.

alter table customer_order
    add column option text,
    add column told_from date,
    add column told_to date,
    add column told_chance double precision
        constraint a_told_chance_is_between_0_and_1 check (told_chance between 0 and 1),
    add constraint a_told_window_opens_before_it_closes check (told_from <= told_to),
    add constraint a_window_is_told_whole check (num_nonnulls(told_from, told_to, told_chance) in (0, 3));
comment on column customer_order.option is 'the delivery that was chosen at checkout; null: none was, it goes home';
comment on column customer_order.told_to is 'the last day of the window that the checkout showed; what was told there is the promise';

create function day_number(moment timestamptz, zone text) returns int
language sql immutable parallel safe
return (moment at time zone zone)::date - date '1970-01-01';
comment on function day_number is 'the day of a moment where a clock shows this zone, counted since 1970';
