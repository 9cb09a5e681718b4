-- What left and does not come is sent again, or paid back: its leg is over, though it was shipped.

alter table leg drop constraint what_is_shipped_stays;
alter table leg add constraint what_is_delivered_stays check (
    withdrawn_at is null or delivered_at is null
) not valid;
alter table leg validate constraint what_is_delivered_stays;

create table replacement (
    id code primary key,
    leg_id code not null unique references leg,
    order_id code not null references customer_order,
    node code not null,
    service code not null,
    carrier text,
    how text not null constraint a_replacement_is_sent_or_paid_back check (
        how in ('send_again', 'refund')
    ),
    because text not null constraint a_replacement_has_a_cause check (
        because in ('lost', 'returned', 'refused', 'damaged')
    ),
    cents bigint not null,
    currency text not null,
    claim text not null constraint a_claim_is_at_a_state check (
        claim in ('none', 'due', 'settled')
    ),
    claim_cents bigint,
    claim_settled_at timestamptz,
    words text not null default '' constraint a_replacement_is_short check (length(words) <= 500),
    actor text not null,
    at timestamptz not null
);
comment on table replacement is 'legs that left and do not come: what was done instead, and what their carrier owes';
create index replacement_by_order on replacement (order_id);
create index claim_due on replacement (at, id) where claim = 'due';

create table replaced_line (
    replacement code not null references replacement,
    line smallint not null,
    sku code not null,
    units bigint not null constraint something_was_replaced check (units > 0),
    primary key (replacement, line)
);
comment on table replaced_line is 'units of a leg that left and does not come';
