alter table customer_order add column owed_cents bigint;
alter table customer_order
    add constraint what_is_owed_is_something check (owed_cents > 0) not valid;
alter table customer_order validate constraint what_is_owed_is_something;
comment on column customer_order.owed_cents is 'while its payment is due: what was added to it after it was paid; null, if none of it was';
