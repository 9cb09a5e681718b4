-- What we did and what the carrier says are two things.

alter table leg
    add column carrier_says text,
    add column carrier_since timestamptz,
    add constraint what_a_carrier_says_is_dated check (num_nonnulls(carrier_says, carrier_since) in (0, 2));
comment on column leg.carrier_says is 'of its parcel that is furthest behind, or in trouble; what we did are picked_at, shipped_at, delivered_at';
