-- Messages to customers: what was due, how it goes, and what became of it.

create table message_cursor (
    only_one boolean primary key default true,
    seq bigint not null,
    constraint there_is_one_message_cursor check (only_one)
);

comment on table message_cursor is 'events up to this one have become messages, if any were due';

insert into message_cursor (seq) values (0);

create table message_choice (
    order_id code primary key references customer_order,
    email boolean not null,
    sms boolean not null,
    language text,
    changed_at timestamptz not null,
    actor text not null,
    constraint a_message_speaks_english_or_french check (language in ('en', 'fr'))
);

comment on table message_choice is 'how customers want to hear of an order, where they said so';

create table message (
    id code primary key,
    order_id code not null references customer_order,
    kind text not null,
    part text not null,
    medium text not null,
    language text not null,
    state text not null,
    planned_at timestamptz not null,
    due_at timestamptz not null,
    attempts int not null default 0,
    ended_at timestamptz,
    result text not null default '',
    constraint a_message_is_told_once unique (order_id, kind, part, medium),
    constraint a_message_waits_or_has_ended
        check (state in ('waiting', 'sent', 'dropped', 'failed')
            and (state = 'waiting') = (ended_at is null))
);

create index message_due on message (due_at, id) where state = 'waiting';

comment on table message is 'messages to customers; neither addresses nor texts are kept';
