-- Exceptions that somebody has been told of: so that each is told once as it comes and as it goes,
-- and goes on to the next role where nobody takes it.

create table open_exception (
    kind text not null,
    subject text not null,
    node text,
    owner text not null,
    since timestamptz not null,
    money_cents bigint,
    currency text,
    opened_at timestamptz not null,
    escalated_to text,
    escalated_at timestamptz,
    primary key (kind, subject),
    constraint who_it_went_on_to_has_a_time check ((escalated_to is null) = (escalated_at is null))
);
comment on table open_exception is 'exceptions as they were found last, and to whom they went on for want of anybody who took them';
