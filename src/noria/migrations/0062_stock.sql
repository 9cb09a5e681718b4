-- Units that holds name: a serial, or so many units of a lot, until the hold is over.

create table unit_claim (
    holder code not null,
    sku code not null references sku,
    code unit_code not null constraint what_is_claimed_is_told check (code <> '?'),
    node code not null,
    quantity bigint not null constraint a_claim_has_units check (quantity > 0),
    is_serial boolean not null,
    until timestamptz,
    is_standing boolean not null default true,
    claimed_at timestamptz not null,
    primary key (holder, sku, code),
    constraint a_claimed_serial_is_one_unit check (not is_serial or quantity = 1)
) with (fillfactor = 80);
comment on table unit_claim is 'the serials and lots that holds want: whoever else moves stock leaves them on the shelf';
comment on column unit_claim.until is 'free at this instant, as the hold itself; null: until it is taken or given back';
comment on column unit_claim.is_standing is 'false: the time was over, and another hold named the unit since';
create unique index a_serial_is_claimed_once on unit_claim (sku, code) where is_serial and is_standing;
create index unit_claim_of_lot on unit_claim (sku, code) where not is_serial;

create view live_claim as
select * from unit_claim where is_standing and (until is null or until > noria_now());
comment on view live_claim is 'claims whose time is not over';
