-- Which units: lots and serials beneath the balances, and the moves that name them.

create type tracking as enum ('untracked', 'lot', 'serial');

alter table sku
    add column tracking tracking not null default 'untracked',
    add column minimum_days int not null default 0
        constraint minimum_days_are_not_negative check (minimum_days >= 0);
comment on column sku.minimum_days is 'days that a lot must still have before it expires to be sent to a customer';

create domain unit_code as text collate "C"
    constraint a_unit_code_is_printed_without_blanks check (value ~ '^[!-~]{1,64}$');
comment on domain unit_code is 'what is printed on a lot or a unit, as GS1 allows it; ? is what nobody told';

create table lot (
    sku code not null references sku,
    code unit_code not null,
    expires_on date,
    first_seen_at timestamptz not null,
    primary key (sku, code),
    constraint what_nobody_told_has_no_expiry check (code <> '?' or expires_on is null)
);
create index lot_by_expiry on lot (expires_on) where expires_on is not null;

create table lot_balance (
    sku code not null,
    lot unit_code not null,
    node code not null references node,
    state stock_state not null,
    quantity bigint not null,
    primary key (sku, lot, node, state),
    foreign key (sku, lot) references lot,
    constraint a_lot_inside_our_walls_is_not_negative
        check (quantity >= 0 or state = 'outside' or lot = '?'),
    constraint a_lot_on_the_shelf_is_available_though_units_are_held check (state <> 'reserved')
) with (fillfactor = 70);
comment on table lot_balance is 'units of a lot at a place now; available holds reserved ones too, for nobody has chosen which; of a SKU tracked by serial, lot ? holds the units whose serial nobody told';
create index lot_balance_at_place on lot_balance (sku, node, state);
create index lot_balance_by_node on lot_balance (node, sku);

create table move_lot (
    movement_id code not null,
    line smallint not null,
    sku code not null,
    lot unit_code not null,
    quantity bigint not null constraint a_lot_moves_in_units check (quantity > 0),
    is_assumed boolean not null default false,
    primary key (movement_id, line, lot),
    foreign key (movement_id, line) references move
);
comment on column move_lot.is_assumed is 'nobody told the lot: the first to expire was taken to have gone';
create index move_lot_by_lot on move_lot (sku, lot, movement_id);

create table serial (
    sku code not null references sku,
    code unit_code not null constraint a_serial_is_told check (code <> '?'),
    node code not null references node,
    state stock_state not null
        constraint a_serial_on_the_shelf_is_available_though_units_are_held check (state <> 'reserved'),
    movement_id code,
    primary key (sku, code)
) with (fillfactor = 70);
comment on table serial is 'one row a unit: its place now, so it is never in two; outside once it has left';
create index serial_at_place on serial (sku, node, state);

create table move_serial (
    movement_id code not null,
    line smallint not null,
    sku code not null,
    serial unit_code not null,
    primary key (movement_id, line, serial),
    foreign key (movement_id, line) references move
);
create index move_serial_by_serial on move_serial (sku, serial, movement_id);

create function tracked_state(state stock_state) returns stock_state
language sql immutable parallel safe
return case when state = 'reserved' then 'available'::stock_state else state end;
comment on function tracked_state is 'where a lot or a serial stands: a unit that is held still lies on its shelf';

create view lot_entry as
select move_lot.movement_id, move_lot.line, move_lot.sku, lot, source_node as node,
    tracked_state(source_state) as state, -move_lot.quantity as change
from move_lot
join move using (movement_id, line)
union all
select move_lot.movement_id, move_lot.line, move_lot.sku, lot, target_node,
    tracked_state(target_state), move_lot.quantity
from move_lot
join move using (movement_id, line);
comment on view lot_entry is 'both ends of every move of a lot, as signed changes';

create view serial_entry as
select move_serial.movement_id, move_serial.line, move_serial.sku, serial, source_node as node,
    tracked_state(source_state) as state, -1 as change
from move_serial
join move using (movement_id, line)
union all
select move_serial.movement_id, move_serial.line, move_serial.sku, serial, target_node,
    tracked_state(target_state), 1
from move_serial
join move using (movement_id, line);
comment on view serial_entry is 'both ends of every move of a unit, as signed changes';

create view barred_lot as
select lot_balance.sku, lot, lot_balance.node, state, quantity, expires_on
from lot_balance
join lot on (lot.sku, lot.code) = (lot_balance.sku, lot_balance.lot)
join sku on sku.code = lot_balance.sku
join node on node.code = lot_balance.node
where quantity > 0 and state = 'available'
    and expires_on < (noria_now() at time zone node.time_zone)::date + sku.minimum_days;
comment on view barred_lot is 'units on a shelf that are not sent to customers any more: expired, or with fewer days left than the SKU asks for, on the day it is at the node';

create view unsellable as
select sku, node, sum(quantity)::bigint as units
from barred_lot
group by sku, node;
comment on view unsellable is 'by SKU and node, available units that must not be promised';

create function inside(skus text[]) returns setof text
language plpgsql volatile
as $$
begin
    perform from sku where code = any(skus) order by code for update;
    perform from balance where sku = any(skus) order by sku, node, state::text for update;
    return query
        select distinct balance.sku::text
        from balance
        where balance.sku = any(skus) and state <> 'outside' and quantity <> 0
        order by 1;
end
$$;
comment on function inside is 'which of these SKUs have units inside our walls, all locked so that it stays so';

create function keep_tracking() returns trigger
language plpgsql
as $$
begin
    if exists (select from inside(array[new.code::text])) then
        raise exception 'tracking_changes_only_while_nothing_is_inside: %', new.code
            using errcode = 'check_violation';
    end if;
    return new;
end
$$;
create trigger keep_tracking before update of tracking on sku
for each row when (old.tracking is distinct from new.tracking)
execute function keep_tracking();
