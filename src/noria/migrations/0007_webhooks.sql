-- Who is told of events over HTTP, and how each telling went.

create table webhook (
    id code primary key,
    url text not null,
    event_types text[] not null
        constraint a_webhook_asks_for_something check (cardinality(event_types) > 0),
    nodes text[],
    description text not null default '',
    is_active boolean not null default true,
    stop_reason text not null default '',
    since bigint not null,
    version bigint not null default 1,
    changed_at timestamptz not null default now()
);
comment on column webhook.nodes is 'only events of these; null: all events';
comment on column webhook.since is 'the events after this seq are told';
comment on column webhook.stop_reason is 'why we stopped by ourselves: gone (it answered 410)';

create table webhook_secret (
    webhook code not null references webhook on delete cascade,
    secret text not null constraint a_secret_says_what_it_is check (secret like 'whsec\_%'),
    made_at timestamptz not null,
    ends_at timestamptz,
    primary key (webhook, secret)
);
comment on table webhook_secret is 'two at most: the one of today, and the one before until ends_at';

create table webhook_health (
    webhook code primary key references webhook on delete cascade,
    failures int not null default 0,
    failing_since timestamptz,
    reported_at timestamptz,
    succeeded_at timestamptz
);
comment on table webhook_health is
    'failures in a row; its lock is what orders the deliveries of an endpoint, so that edits never wait';

create type delivery_status as enum ('waiting', 'delivered', 'dead');

create table webhook_delivery (
    id text primary key default 'msg_' || replace(gen_random_uuid()::text, '-', ''),
    webhook code not null references webhook on delete cascade,
    event bigint not null references event on delete cascade,
    subject text not null,
    status delivery_status not null default 'waiting',
    is_first boolean not null,
    attempts int not null default 0,
    next_at timestamptz not null default now(),
    claimed_until timestamptz,
    last_at timestamptz,
    last_status int,
    last_error text not null default '',
    last_answer text not null default '',
    constraint an_event_is_told_once unique (webhook, event),
    constraint only_what_waits_is_first check (status = 'waiting' or not is_first)
);
comment on table webhook_delivery is 'one event to one endpoint; goes with its event';
comment on column webhook_delivery.is_first is
    'no earlier event of its subject waits for this endpoint: it may be sent';
create unique index one_delivery_of_a_subject_is_first
    on webhook_delivery (webhook, subject) where is_first;
create index webhook_delivery_in_turn
    on webhook_delivery (webhook, subject, event) where status = 'waiting';
create index webhook_delivery_due on webhook_delivery (webhook, next_at, event) where is_first;
create index webhook_delivery_claimed
    on webhook_delivery (webhook) where claimed_until is not null;
create index webhook_delivery_by_event on webhook_delivery (event);
create index webhook_delivery_delivered on webhook_delivery (last_at) where status = 'delivered';
create index webhook_delivery_dead on webhook_delivery (webhook, event) where status = 'dead';

create table webhook_cursor (
    only_one boolean primary key default true constraint there_is_one_cursor check (only_one),
    seq bigint not null
);
comment on table webhook_cursor is 'events up to here have become deliveries';
insert into webhook_cursor (seq) values (0);
