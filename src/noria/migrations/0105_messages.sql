-- What a customer sees of an order by its link, and what they report there.

create table link_secret (
    only_one boolean primary key default true,
    secret bytea not null,
    constraint there_is_one_link_secret check (only_one)
);

comment on table link_secret is 'what the links of customers are made with; drawn once, at installation';

insert into link_secret (secret)
values (sha256((gen_random_uuid()::text || gen_random_uuid()::text)::bytea));

create table order_link (
    order_id code primary key references customer_order,
    renewed int not null,
    renewed_at timestamptz not null,
    actor text not null,
    constraint a_link_was_renewed_at_least_once check (renewed > 0)
);

comment on table order_link is 'orders whose link was renewed: the ones before no longer work';

create table customer_report (
    id code primary key,
    order_id code not null references customer_order,
    trouble text not null,
    words text not null,
    reported_at timestamptz not null,
    settled_at timestamptz,
    settled_by text,
    answer text not null default '',
    constraint a_report_is_short check (length(words) <= 2000),
    constraint what_is_settled_says_by_whom check ((settled_at is null) = (settled_by is null))
);

create index customer_report_of_order on customer_report (order_id);

create index customer_report_open on customer_report (reported_at, id) where settled_at is null;

comment on column customer_report.words is 'the customer''s own; erased with their personal data';

create view customer_exception as
select 'order.reported'::text as kind,
    'order:' || order_id as subject,
    null::text as node,
    reported_at as since,
    trouble || ': ' || left(words, 200) as detail,
    (
        select sum((quantity - cancelled) * price_cents)::bigint
        from order_line
        where order_line.order_id = customer_report.order_id
    ) as money_cents,
    'operations'::text as owner
from customer_report
where settled_at is null;

comment on view customer_exception is 'what customers have reported, and nobody has looked after';
