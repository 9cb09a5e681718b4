-- What carriers charge by zone, weight and volume, and how reliable nodes and services turned out.

alter table service add column delivers_daily boolean not null default false;
comment on column service.delivers_daily is 'it also delivers on Sundays and public holidays';

create table zoning (
    code code primary key,
    content jsonb not null,
    digest text not null,
    made_at timestamptz not null
);
comment on table zoning is 'a map of the world into zones; never changed: a new map has a new code';

create table tariff (
    code code primary key,
    service code not null references service,
    zoning code not null references zoning,
    valid_from date not null,
    valid_until date,
    number bigint generated always as identity,
    content jsonb not null,
    digest text not null,
    made_at timestamptz not null,
    constraint a_tariff_ends_after_it_starts check (valid_until >= valid_from)
);
comment on table tariff is 'prices of a service; never changed: of those valid on a day, the latest start counts, then the latest made';
create index tariff_by_service on tariff (service, valid_from);

create function refuse_to_change_a_tariff() returns trigger language plpgsql as $$
begin
    raise exception 'zonings and tariffs are only added to';
end
$$;
create trigger zonings_are_only_added before update or delete on zoning
    for each statement execute function refuse_to_change_a_tariff();
create trigger tariffs_are_only_added before update or delete on tariff
    for each statement execute function refuse_to_change_a_tariff();

create table tally (
    topic text not null constraint a_topic_is_known check (
        topic in ('pick', 'departure', 'handling', 'transit', 'condition')
    ),
    node code not null,
    service text collate "C" not null default '',
    area text collate "C" not null default '',
    day date not null,
    outcome smallint not null constraint an_outcome_is_numbered check (outcome >= 0),
    units bigint not null constraint a_tally_counts_up check (units > 0),
    primary key (topic, node, service, area, day, outcome)
);
comment on table tally is 'how often what became of it, day by day: picks, departures, journeys; sums of facts told elsewhere';

create table tallied (
    source text primary key,
    through date not null
);
comment on table tallied is 'up to and including which day the facts of a room are in the tally';

create table estimate (
    topic text not null,
    key text collate "C" not null,
    parent text not null,
    counts bigint[] not null,
    weights double precision[] not null,
    shares double precision[] not null,
    strength double precision not null,
    primary key (topic, key)
);
comment on table estimate is 'shares of outcomes of a node, a service, or a group of them, drawn towards the parent while there is little data';
comment on column estimate.weights is 'counts, of which the old ones are half forgotten';
comment on column estimate.strength is 'how many observations the parent is worth';

-- A night's facts are found by time alone.
create index pick_by_time on pick using brin (picked_at);
create index shipment_by_time on shipment using brin (shipped_at);
create index delivery_by_time on delivery using brin (recorded_at);

-- Zonings and tariffs come and go as files too.
alter table file_import drop constraint an_import_has_a_kind;
alter table file_import add constraint an_import_has_a_kind
    check (kind in ('catalog', 'network', 'zonings', 'tariffs', 'stock', 'orders'));
alter table file_export drop constraint an_export_has_a_kind;
alter table file_export add constraint an_export_has_a_kind
    check (kind in ('skus', 'nodes', 'zonings', 'tariffs', 'stock', 'balances', 'movements', 'orders'));
