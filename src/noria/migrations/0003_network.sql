-- Where stock is and how it travels: nodes, their hours, carriers' services, lanes, postcodes.

create type node_kind as enum (
    'warehouse', 'store', 'dark_store', 'supplier', 'printer', 'third_party', 'marketplace'
);

create table node (
    code code primary key,
    name text not null constraint a_node_has_a_name check (length(name) between 1 and 200),
    kind node_kind not null,
    country text not null constraint country_is_iso_3166 check (country ~ '^[A-Z]{2}$'),
    postcode text not null,
    town text not null,
    latitude double precision not null constraint latitude_is_on_earth check (latitude between -90 and 90),
    longitude double precision not null constraint longitude_is_on_earth check (longitude between -180 and 180),
    time_zone text not null,
    does_ship boolean not null default true,
    does_hand_over boolean not null default false,
    does_take_returns boolean not null default false,
    handling_minutes int not null default 60 constraint handling_takes_time check (handling_minutes >= 0),
    handling_cents int not null default 0 constraint handling_is_not_paid_back check (handling_cents >= 0),
    units_per_day int constraint capacity_is_positive check (units_per_day > 0),
    lead_days int not null default 0 constraint lead_time_is_not_negative check (lead_days >= 0),
    buffer_units int not null default 0 constraint buffer_is_not_negative check (buffer_units >= 0),
    is_open boolean not null default true,
    version bigint not null default 1,
    changed_at timestamptz not null default noria_now()
);
comment on column node.units_per_day is 'what it can send a day; for a printer, what it can make; null: no limit known';
comment on column node.lead_days is 'working days before handling starts: a supplier or a printer needs them';

create table node_hours (
    node code not null references node on delete cascade,
    weekday smallint not null constraint weekday_is_monday_0_to_sunday_6 check (weekday between 0 and 6),
    opens time not null,
    closes time not null,
    primary key (node, weekday, opens),
    constraint a_day_ends_after_it_starts check (closes > opens)
);

create table node_closure (
    node code not null references node on delete cascade,
    day date not null,
    reason text not null,
    primary key (node, day)
);

create table service (
    code code primary key,
    carrier text not null,
    name text not null,
    chance double precision not null default 0.95
        constraint a_chance_is_between_0_and_1 check (chance > 0 and chance < 1),
    version bigint not null default 1
);
comment on table service is 'a product of a carrier; chance: on time, before anything was measured';

create table service_rate (
    service code not null references service on delete cascade,
    max_km int not null,
    max_weight_g int not null,
    cents bigint not null constraint a_rate_is_not_negative check (cents >= 0),
    transit_days int not null constraint transit_is_not_negative check (transit_days >= 0),
    primary key (service, max_km, max_weight_g)
);
comment on table service_rate is 'one parcel up to that distance and weight; beyond the largest, the service does not go';

create table departure (
    node code not null references node on delete cascade,
    service code not null references service on delete cascade,
    weekday smallint not null constraint weekday_is_monday_0_to_sunday_6 check (weekday between 0 and 6),
    cut_off time not null,
    primary key (node, service, weekday)
);
comment on table departure is 'latest time, in the zone of the node, for that day''s collection';

create table lane (
    source code not null references node,
    target code not null references node,
    transit_days int not null constraint transit_is_not_negative check (transit_days >= 0),
    version bigint not null default 1,
    primary key (source, target),
    constraint a_lane_goes_somewhere check (source <> target)
);

create table postcode (
    country text not null,
    code text collate "C" not null,
    town text not null,
    latitude double precision not null,
    longitude double precision not null,
    population int not null default 0,
    primary key (country, code)
);
