-- What is kept back, from whom and why, and what those rules measure by.

alter table sku add column category text not null default ''
    constraint a_category_is_short check (length(category) <= 100);
comment on column sku.category is 'what rules may name instead of single SKUs; empty: none';

create table keep_back (
    id code primary key,
    purpose text not null constraint a_purpose_is_known check (
        purpose in ('buffer', 'safety', 'protection', 'threshold')
    ),
    sku code references sku,
    category text,
    node code references node,
    node_kind node_kind,
    channel code references channel,
    units bigint constraint units_are_not_negative check (units >= 0),
    days int constraint days_are_not_negative check (days >= 0),
    below_accuracy double precision constraint an_accuracy_is_a_share check (
        below_accuracy > 0 and below_accuracy <= 1
    ),
    reason text not null constraint a_rule_has_a_reason check (length(reason) between 1 and 200),
    valid_from date,
    valid_until date,
    version bigint not null default 1,
    changed_at timestamptz not null,
    constraint a_rule_names_goods_in_one_way check (num_nonnulls(sku, category) <= 1),
    constraint a_rule_names_places_in_one_way check (num_nonnulls(node, node_kind) <= 1),
    constraint a_rule_keeps_units_or_days check (num_nonnulls(units, days) = 1),
    constraint a_protection_is_for_a_channel check (purpose <> 'protection' or channel is not null),
    constraint safety_alone_asks_for_accuracy check ((purpose = 'safety') = (below_accuracy is not null)),
    constraint a_rule_begins_before_it_ends check (valid_from <= valid_until)
);
comment on table keep_back is 'units that are there and not promised: the most specific rule wins for each purpose';
comment on column keep_back.channel is 'whom a protection is for; whom any other rule is about; null: every channel';
comment on column keep_back.days is 'days of sales, as measured for the SKU at the node';
create index keep_back_by_sku on keep_back (sku);

create table recent_sales (
    sku code not null,
    node code not null,
    units bigint not null constraint sales_are_positive check (units > 0),
    measured_at timestamptz not null,
    primary key (sku, node)
);
comment on table recent_sales is 'units sold or shipped over 28 days, where there were any; measured by a job';

create table node_accuracy (
    node code primary key,
    lowest double precision not null constraint accuracy_is_a_share check (lowest between 0 and 1),
    measured_at timestamptz not null
);
comment on table node_accuracy is 'the share of a node''s places that are right, at the least: as counts measured it';

create table expected_demand (
    demand text not null constraint a_demand_is_short check (length(demand) between 1 and 130),
    line smallint not null,
    sku code not null,
    units bigint not null constraint demand_has_units check (units > 0),
    channel code not null,
    node code,
    due date,
    since timestamptz not null,
    primary key (demand, line)
);
comment on table expected_demand is 'units that were accepted and that no node sends yet; gone when a node does';
comment on column expected_demand.node is 'the only node that may send them; null: it is nowhere yet';
create index expected_demand_by_sku on expected_demand (sku);

-- Orders that wait already: their room keeps this in step from here on.
insert into expected_demand (demand, line, sku, units, channel, due, since)
select 'order:' || id, line, sku, waiting, channel, due, accepted_at
from order_line
join customer_order on customer_order.id = order_line.order_id
where waiting > 0;
