-- Orders that are collected in a store: when that was told, since when they wait there; and what is
-- to be paid back of orders.

alter table customer_order add column told_ready_at timestamptz;
comment on column customer_order.told_ready_at is 'when the checkout said that it waits in its store; null: only a day was told';

alter table leg add column ready_at timestamptz;
alter table leg add constraint what_is_ready_was_picked check (ready_at is null or picked_at is not null) not valid;
comment on column leg.ready_at is 'since when it waits for its customer in the store where it is collected';

create index leg_to_collect on leg (node, leaves_at) where service = 'pick-up' and shipped_at is null and withdrawn_at is null;

create table refund (
    id code primary key,
    order_id code not null references customer_order,
    cause text not null,
    reason text not null,
    cents bigint not null constraint a_refund_pays_something_back check (cents > 0),
    currency text not null,
    due_at timestamptz not null,
    made_at timestamptz,
    recorded_at timestamptz,
    actor text,
    reference text not null default '',
    constraint a_refund_is_due_once unique (order_id, cause),
    constraint a_refund_that_was_made_says_by_whom check (
        num_nonnulls(made_at, recorded_at, actor) in (0, 3)
    )
);
create index refund_due on refund (due_at, id) where made_at is null;
comment on table refund is 'what customers are to be paid back, and when it was';
