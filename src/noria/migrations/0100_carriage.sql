-- What carriers are asked for: accounts, labels, pickups, manifests; each call's intent before it.

create table carrier_account (
    code code primary key,
    plan jsonb not null,
    version bigint not null,
    changed_at timestamptz not null
);
comment on column carrier_account.plan is 'how it is called; of secrets the names alone';

create table carrier_health (
    account code primary key references carrier_account,
    failures int not null,
    closed_until timestamptz
);
comment on table carrier_health is 'troubles in a row, and until when nobody is sent there; times are the machine''s';

create sequence carrier_reference;

create table carrier_call (
    id code primary key,
    kind text not null constraint a_call_is_for_something check (
        kind in ('choose', 'buy', 'cancel', 'pickup', 'manifest')
    ),
    subject code not null,
    account code references carrier_account,
    reference text collate "C" not null unique,
    state text not null default 'waiting' constraint a_call_has_a_state check (
        state in ('waiting', 'done', 'declined', 'stuck', 'dropped')
    ),
    maybe_sent boolean not null default false,
    attempts int not null default 0,
    looks int not null default 0,
    next_at timestamptz not null default 'epoch',
    claimed_until timestamptz,
    called_at timestamptz,
    detail text not null default '',
    constraint only_a_choice_has_no_account check (account is not null or kind = 'choose')
);
comment on table carrier_call is 'the outbox to carriers: an intent is here before its call, its outcome after it; times are the machine''s';
comment on column carrier_call.maybe_sent is 'it was about to be sent, and nobody knows yet what became of it';
create index carrier_call_due on carrier_call (account, next_at) where state = 'waiting';
create index carrier_call_stuck on carrier_call (id) where state = 'stuck';
create index carrier_call_by_subject on carrier_call (kind, subject);

create table label (
    id code primary key,
    leg_id code not null,
    box smallint not null constraint boxes_are_counted_from_one check (box >= 1),
    order_id code not null,
    node code not null,
    account code references carrier_account,
    service code,
    state text not null constraint a_label_has_a_state check (
        state in ('asked', 'bought', 'declined', 'stuck', 'cancelling', 'cancelled')
    ),
    state_since timestamptz not null,
    packed jsonb not null,
    number text collate "C",
    cents bigint,
    choice jsonb,
    detail text not null default '',
    asked_at timestamptz not null,
    actor text not null,
    polled_at timestamptz,
    is_linked boolean not null default false,
    constraint what_is_bought_has_a_number check (state <> 'bought' or number is not null)
);
comment on table label is 'labels for boxes: asked for, bought, cancelled; nothing of the recipient is kept here';
create unique index a_box_has_one_live_label on label (leg_id, box)
    where state not in ('declined', 'cancelled');
create index label_by_time on label (asked_at desc, id desc);
create index label_to_link on label (leg_id) where state = 'bought' and not is_linked;
create index label_to_poll on label (account, polled_at) where state = 'bought';

create table document (
    id code primary key,
    kind text not null constraint a_document_is_something check (
        kind in ('label', 'customs', 'delivery_note', 'pick_list', 'manifest', 'invoice')
    ),
    format text not null constraint a_document_has_a_format check (format in ('pdf', 'zpl', 'png')),
    language text not null,
    node code not null,
    legs text[] not null,
    state text not null constraint a_document_has_a_state check (
        state in ('waiting', 'made', 'failed', 'erased')
    ),
    content bytea,
    detail text not null default '',
    asked_at timestamptz not null,
    actor text not null,
    constraint what_is_made_is_there check ((state = 'made') = (content is not null))
);
comment on table document is 'labels and papers; those that name a recipient are erased with them';
create index document_by_leg on document using gin (legs);
create index document_by_time on document (asked_at desc, id desc);

create table pickup (
    id code primary key,
    account code not null references carrier_account,
    node code not null,
    day date not null,
    ready_from time not null,
    ready_until time not null,
    boxes int not null constraint a_pickup_has_boxes check (boxes > 0),
    weight_g bigint not null,
    state text not null constraint a_pickup_has_a_state check (
        state in ('asked', 'booked', 'declined', 'stuck')
    ),
    number text not null default '',
    detail text not null default '',
    asked_at timestamptz not null,
    actor text not null,
    constraint a_pickup_ends_after_it_begins check (ready_from < ready_until)
);
create unique index a_van_comes_once_a_day on pickup (account, node, day) where state <> 'declined';
create index pickup_by_time on pickup (asked_at desc, id desc);

create table manifest (
    id code primary key,
    account code not null references carrier_account,
    node code not null,
    state text not null constraint a_manifest_has_a_state check (
        state in ('asked', 'made', 'declined', 'stuck')
    ),
    document code,
    detail text not null default '',
    asked_at timestamptz not null,
    actor text not null
);
create index manifest_by_time on manifest (asked_at desc, id desc);

create table manifest_label (
    manifest code not null references manifest,
    label code primary key references label
);
comment on table manifest_label is 'a label is handed over once';
create index manifest_label_by_manifest on manifest_label (manifest);

create table customs_good (
    sku code primary key references sku,
    hs_code text not null constraint an_hs_code_is_digits check (hs_code ~ '^[0-9]{6,10}$'),
    origin text not null constraint an_origin_is_a_country check (origin ~ '^[A-Z]{2}$'),
    description text not null
);
comment on table customs_good is 'what customs want to know of a SKU';
