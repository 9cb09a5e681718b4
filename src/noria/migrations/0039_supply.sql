-- What a supplier says is under way, of a purchase order or of none, and what came of it.

create table asn (
    id code primary key,
    supplier text not null,
    purchase_order code references purchase_order,
    node code not null references node,
    expected_on date not null,
    announced_at timestamptz not null,
    cancelled_at timestamptz,
    closed_at timestamptz,
    version bigint not null default 1,
    constraint what_is_cancelled_is_closed check (cancelled_at is null or closed_at is not null)
);
comment on table asn is 'told to be under way; what it announces of a purchase order is expected as the ASN says, and no longer as the order said';
create index asn_open on asn (expected_on) where closed_at is null;
create index asn_of_purchase on asn (purchase_order) where closed_at is null;

create table asn_line (
    asn code not null references asn,
    sku code not null references sku,
    quantity bigint not null constraint an_asn_line_has_units check (quantity > 0),
    received bigint not null default 0 constraint received_is_not_negative check (received >= 0),
    primary key (asn, sku)
);
create index asn_line_by_sku on asn_line (sku);

alter table receipt add column asn code references asn;
alter table receipt drop constraint a_receipt_is_of_one_thing;
alter table receipt add constraint a_receipt_is_of_one_thing
    check (num_nonnulls(coalesce(purchase_order, asn), transfer) = 1);
comment on column receipt.asn is 'of which ASN; of its purchase order too, if it has one';

create view coming as
with announced as not materialized (
    select asn.id, purchase_order, node, expected_on, sku, quantity - received as units,
        coalesce(sum(quantity - received) over (
            partition by purchase_order, sku
            order by expected_on, id
            rows between unbounded preceding and 1 preceding
        ), 0) as before
    from asn
    join asn_line on asn_line.asn = asn.id
    where closed_at is null and quantity > received
), bought as not materialized (
    select id, node, expected_on, sku, quantity - received as units
    from purchase_order
    join purchase_line on purchase_line.purchase_order = purchase_order.id
    where closed_at is null and quantity > received
), told as not materialized (
    select announced.id, announced.purchase_order, announced.node, announced.expected_on,
        announced.sku, case
            when announced.purchase_order is null then announced.units
            else greatest(least(announced.units, coalesce(bought.units, 0) - before), 0)
        end as units
    from announced
    left join bought on (bought.id, bought.sku) = (announced.purchase_order, announced.sku)
)
select 'asn' as kind, id, sku, node, expected_on, units::bigint as units
from told
union all
select 'purchase' as kind, bought.id, bought.sku, bought.node, bought.expected_on,
    (bought.units - coalesce((
        select sum(told.units) from told where (told.purchase_order, told.sku) = (bought.id, bought.sku)
    ), 0))::bigint as units
from bought;
comment on view coming is 'units that suppliers bring: by each ASN, and what no ASN announces of each purchase order; together never more than was ordered';

create trigger asn_line_made after insert on asn_line
    referencing new table as after
    for each statement execute function tell_supply_coming();
