-- What the units of a leg weigh, where it was said when they were picked.

create table picked_weight (
    leg_id code not null references leg,
    sku code not null,
    weight_g bigint not null constraint a_picked_unit_weighs_something check (weight_g > 0),
    primary key (leg_id, sku)
);
comment on table picked_weight is 'what a unit of a leg weighs on the average, where it was scanned: parcels are reckoned with it';
