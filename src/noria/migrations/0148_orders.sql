-- Of several parcels of a leg, one may be replaced by itself; a unit is paid back once, whatever asks.

alter table replacement drop constraint replacement_leg_id_key;
create index replacement_by_leg on replacement (leg_id);

create table replaced_parcel (
    sscc text primary key constraint a_replaced_parcel_has_an_sscc check (sscc ~ '^[0-9]{18}$'),
    replacement code not null references replacement
);
comment on table replaced_parcel is 'parcels that do not come, and what was done instead; each once';
create index replaced_parcel_by_replacement on replaced_parcel (replacement);

alter table refund add column delivery_cents bigint not null default 0
    constraint a_refund_of_the_delivery_is_part_of_it check (delivery_cents between 0 and cents);
comment on column refund.delivery_cents is 'what of it is for the delivery of an order that is taken back as a whole';

create table refund_line (
    refund code not null references refund on delete cascade,
    line smallint not null,
    units bigint not null constraint some_units_are_paid_back check (units > 0),
    primary key (refund, line)
);
comment on table refund_line is 'units of lines that a refund pays back: no unit of a line is in two of them';

insert into refund_line (refund, line, units)
select refund.id, replaced_line.line, replaced_line.units
from refund
join replaced_line on refund.cause = 'replacement:' || replaced_line.replacement;

alter table rma add column replacement code references replacement;
comment on column rma.replacement is 'what comes back is what was refused and replaced: nothing is due for it';
create index rma_by_replacement on rma (replacement) where replacement is not null;
