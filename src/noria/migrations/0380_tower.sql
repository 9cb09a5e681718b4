-- What needs a person, as rows: read by each question about exceptions, and written by one look at a time.
-- The views say what is an exception; rows only keep what they said.

create table standing_exception (
    id bigint generated always as identity primary key,
    key uuid not null,
    nth integer not null,
    kind text not null,
    subject text not null,
    node text,
    since timestamptz not null,
    detail text not null,
    money_cents bigint,
    currency text,
    owner text not null,
    facts jsonb not null,
    order_id text,
    due_at timestamptz,
    person text,
    snoozed_until timestamptz,
    constraint what_is_said_alike_is_counted unique (key, nth)
);
create index standing_exception_by_since on standing_exception (since);
create index standing_exception_by_subject on standing_exception (subject, kind);
create index standing_exception_by_node on standing_exception (node, since);
create index standing_exception_by_order on standing_exception (order_id) where order_id is not null;
comment on table standing_exception is 'what every_exception said when it was looked at last, with who looks after it';
comment on column standing_exception.key is 'made of kind, subject, node and detail: it is the same one as long as they are';
comment on column standing_exception.nth is 'which of several that say all of that alike';

create table exception_look (
    is_only boolean primary key default true,
    began_at timestamptz not null,
    at timestamptz not null,
    seq bigint not null,
    constraint there_is_one_last_look check (is_only)
);
comment on table exception_look is 'when every exception was looked at last; none: rows say nothing';
comment on column exception_look.began_at is 'on the clock of the machine: whatever was committed before, it saw';
comment on column exception_look.at is 'on the clock of the business, which may be driven';
comment on column exception_look.seq is 'up to which event everything was decided by then';

create view said_exception as
select key, row_number() over (partition by key order by since, money_cents, facts::text)::integer as nth,
    said.kind, said.subject, node, since, detail, money_cents, currency, owner, facts,
    facts ->> 'order' as order_id,
    coalesce(
        (facts ->> 'by')::timestamptz,
        -- a promise is late from the end of its day on, which is when it was due
        case when said.kind = 'promise.late' then since + interval '1 day' end
    ) as due_at,
    care.person, care.snoozed_until
from (
    select md5(concat_ws(chr(31), kind, subject, coalesce(node, ''), detail))::uuid as key,
        kind collate "default" as kind, subject collate "default" as subject,
        node collate "default" as node, since, detail collate "default" as detail,
        money_cents, currency collate "default" as currency, owner collate "default" as owner, facts
    from every_exception
    offset 0
) as said
left join lateral (
    select person, snoozed_until
    from exception_care
    where kind = said.kind and subject = said.subject
    offset 0
) as care on true;
comment on view said_exception is 'every exception as a row of standing_exception says it, with who looks after it';
