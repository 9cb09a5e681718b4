-- What an order costs, whether it is paid, and why it may have to wait before a node is given it.

alter table customer_order
    add column delivery_cents bigint not null default 0
        constraint a_delivery_costs_nothing_or_more check (delivery_cents >= 0),
    add column delivery_tax_cents bigint not null default 0
        constraint tax_on_a_delivery_is_part_of_it check (delivery_tax_cents >= 0),
    add column payment text not null default 'paid' constraint an_order_is_paid_somehow check (
        payment in ('paid', 'due', 'in_store')
    ),
    add column fraud_score double precision
        constraint a_fraud_score_is_between_0_and_1 check (fraud_score between 0 and 1);
alter table order_line
    add column tax_cents bigint not null default 0
        constraint tax_on_a_line_is_not_negative check (tax_cents >= 0),
    add column tax_code text not null default '';
comment on column order_line.tax_cents is 'of all its units together, contained in their prices, as the seller reckoned it';
comment on column customer_order.payment is 'paid; due: not yet; in_store: when the customer collects it';

create table order_payment (
    id code primary key,
    order_id code not null references customer_order,
    paid_at timestamptz not null,
    recorded_at timestamptz not null,
    reference text not null,
    actor text not null
);
comment on table order_payment is 'who said that an order is paid, when, and by what reference';
create index order_payment_by_order on order_payment (order_id);

create table order_hold (
    id code primary key,
    order_id code not null references customer_order,
    kind text not null constraint a_hold_is_of_a_kind check (
        kind in ('payment', 'fraud', 'address', 'manual')
    ),
    score double precision,
    reason text not null,
    placed_at timestamptz not null,
    placed_by text not null,
    lifted_at timestamptz,
    lifted_by text,
    lifted_because text,
    constraint who_lifts_a_hold_says_why check (num_nonnulls(lifted_at, lifted_by, lifted_because) in (0, 3))
);
comment on table order_hold is 'why an order is given to no node yet; its units are held meanwhile';
create index order_hold_by_order on order_hold (order_id);
create index order_hold_open on order_hold (order_id) where lifted_at is null;
create index order_hold_in_turn on order_hold (placed_at, id) where lifted_at is null;

create view order_exception as
select 'order.held'::text as kind, 'order:' || order_hold.order_id as subject, null::text as node,
    placed_at as since, order_hold.kind || ': ' || order_hold.reason as detail, (
        select sum((quantity - cancelled) * price_cents)::bigint
        from order_line
        where order_line.order_id = order_hold.order_id
    ) as money_cents, 'operations'::text as owner
from order_hold
where lifted_at is null and placed_at < noria_now() - interval '24 hours';
comment on view order_exception is 'orders that are held for longer than a day';

alter table timeline add column cause text not null default '';
comment on column timeline.cause is 'what brought it about, as kind:id: a request of somebody''s, a hold, a carrier''s reply';
