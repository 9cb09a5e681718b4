-- What carriers say of parcels: their numbers, their replies as they came, and each thing said.

create table parcel_number (
    carrier code not null,
    number text collate "C" not null
        constraint a_parcel_number_is_short check (length(number) between 1 and 64),
    sscc text not null references parcel,
    told_at timestamptz not null,
    primary key (carrier, number)
);
comment on table parcel_number is 'what carriers call our parcels';
create index parcel_number_by_parcel on parcel_number (sscc);

create table carrier_reply (
    id code primary key,
    carrier code not null,
    received_at timestamptz not null,
    body bytea not null,
    outcome text not null constraint a_reply_has_an_outcome check (
        outcome in ('read', 'refused', 'unreadable')
    ),
    events int not null,
    detail text not null,
    settled_at timestamptz
);
comment on table carrier_reply is 'each reply as it came; what nobody could read stays open until a person settles it';
create index carrier_reply_by_time on carrier_reply (received_at, id);
create index carrier_reply_open on carrier_reply (received_at)
    where outcome <> 'read' and settled_at is null;

create table tracking_event (
    carrier code not null,
    number text collate "C" not null,
    happened_at timestamptz not null,
    progress text not null constraint a_parcel_makes_known_progress check (progress in (
        'announced', 'handed_over', 'in_transit', 'out_for_delivery', 'ready', 'failed',
        'delivered', 'returning', 'returned', 'lost', 'other'
    )),
    code text collate "C" not null,
    label text collate "C" not null,
    place text collate "C" not null,
    reply code not null,
    recorded_at timestamptz not null,
    primary key (carrier, number, happened_at, code, label, place)
);
comment on table tracking_event is 'each thing that a carrier said of a parcel, once, however often it says it';

create table parcel_progress (
    carrier code not null,
    number text collate "C" not null,
    progress text not null,
    since timestamptz not null,
    heard_at timestamptz not null,
    code text not null,
    label text not null,
    place text not null,
    attempts int not null,
    delivered_at timestamptz,
    silent_since timestamptz,
    primary key (carrier, number),
    foreign key (carrier, number) references parcel_number
) with (fillfactor = 80);
comment on table parcel_progress is 'where each parcel is, by all that its carrier said of it';
comment on column parcel_progress.silent_since is 'from when on silence was unusual; null while it is not, and again when something is heard';
create index parcel_progress_under_way on parcel_progress (heard_at)
    where progress not in ('delivered', 'returned', 'lost');
create index parcel_progress_wanting on parcel_progress (since)
    where progress in ('failed', 'returning', 'returned', 'lost') or silent_since is not null;
