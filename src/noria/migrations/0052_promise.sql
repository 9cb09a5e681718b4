-- Which nodes serve which channel, what a channel sells from where, and how far a partner's figures
-- are believed: rules that keep units back, each in a table of its own, so that the release before
-- does not stumble over purposes that it does not know.

create table channel_network (
    id code primary key,
    channel code not null references channel,
    nodes text[] not null,
    node_kinds text[] not null,
    reason text not null constraint a_network_has_a_reason check (length(reason) between 1 and 200),
    valid_from date,
    valid_until date,
    version bigint not null default 1,
    changed_at timestamptz not null,
    constraint a_network_has_nodes check (cardinality(nodes) + cardinality(node_kinds) > 0),
    constraint a_network_begins_before_it_ends check (valid_from <= valid_until)
);
comment on table channel_network is 'the only nodes that serve a channel in that time; without one, every node does';

create table assortment_rule (
    id code primary key,
    channel code not null references channel,
    sku code references sku,
    category text,
    node code references node,
    node_kind node_kind,
    is_sold boolean not null,
    reason text not null constraint an_assortment_has_a_reason check (length(reason) between 1 and 200),
    valid_from date,
    valid_until date,
    version bigint not null default 1,
    changed_at timestamptz not null,
    constraint an_assortment_names_goods_in_one_way check (num_nonnulls(sku, category) <= 1),
    constraint an_assortment_names_places_in_one_way check (num_nonnulls(node, node_kind) <= 1),
    constraint an_assortment_begins_before_it_ends check (valid_from <= valid_until)
);
comment on table assortment_rule is 'goods that a channel sells, or does not, from these places; the most specific rule wins';

create table node_trust (
    node code primary key references node,
    units bigint not null constraint trust_keeps_units_back check (units > 0),
    reason text not null,
    measured_at timestamptz not null
);
comment on table node_trust is 'units of each SKU that a partner''s node does not promise: its figures are old, or were wrong';

create view kept_rule as
select id::text as id, purpose, sku, category, node, node_kind, channel, units, days,
    below_accuracy, reason, valid_from, valid_until
from keep_back
union all
select 'trust.' || node as id, 'trust'::text as purpose, null::code as sku, null::text as category,
    node, null::node_kind as node_kind, null::code as channel, units, null::int as days,
    null::double precision as below_accuracy, reason, null::date as valid_from,
    null::date as valid_until
from node_trust
union all
select 'network.' || id as id, 'network'::text as purpose, null::code as sku,
    null::text as category, place.node, place.node_kind, channel, place.units, null::int as days,
    null::double precision as below_accuracy, reason, valid_from, valid_until
from channel_network
cross join lateral (
    select null::code as node, null::node_kind as node_kind, 1000000000::bigint as units
    union all
    select unnest(nodes)::code as node, null::node_kind as node_kind, 0::bigint as units
    union all
    select null::code as node, unnest(node_kinds)::node_kind as node_kind, 0::bigint as units
) as place
union all
select 'assortment.' || id as id, 'assortment'::text as purpose, sku, category, node, node_kind,
    channel, case when is_sold then 0::bigint else 1000000000::bigint end as units,
    null::int as days, null::double precision as below_accuracy, reason, valid_from, valid_until
from assortment_rule
union all
select 'exclusion.' || sku as id, 'assortment'::text as purpose, sku, null::text as category,
    null::code as node, null::node_kind as node_kind, channel, 1000000000::bigint as units,
    null::int as days, null::double precision as below_accuracy,
    left('not sold there: ' || reason, 200) as reason, null::date as valid_from,
    null::date as valid_until
from exclusion;
comment on view kept_rule is 'every rule that keeps units back, whoever made it; 1,000,000,000 units are everything';

create index exclusion_by_sku on exclusion (sku);

create trigger channel_network_changed after insert or update or delete or truncate on channel_network
    for each statement execute function tell_terms_changed();
create trigger assortment_changed after insert or update or delete or truncate on assortment_rule
    for each statement execute function tell_terms_changed();
create trigger node_trust_changed after insert or update or delete or truncate on node_trust
    for each statement execute function tell_terms_changed();
create trigger exclusion_changed after insert or update or delete or truncate on exclusion
    for each statement execute function tell_terms_changed();
