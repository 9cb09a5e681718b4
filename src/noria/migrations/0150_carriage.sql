-- A customer chooses another day: its carrier is asked, and the promise follows when it agrees.

alter table carrier_call drop constraint a_call_is_for_something;
alter table carrier_call add constraint a_call_is_for_something check (
    kind in ('choose', 'buy', 'cancel', 'pickup', 'manifest', 'day')
) not valid;
alter table carrier_call validate constraint a_call_is_for_something;

create table day_change (
    id code primary key,
    order_id code not null references customer_order,
    day date not null,
    state text not null constraint a_day_is_asked_for_and_answered check (
        state in ('asked', 'agreed', 'declined')
    ),
    detail text not null default '',
    asked_at timestamptz not null,
    actor text not null
);
comment on table day_change is 'other days that customers chose for what is under way, and what became of it';
create index day_change_by_order on day_change (order_id, asked_at);
create unique index one_day_is_asked_for_at_a_time on day_change (order_id) where state = 'asked';

create table day_ask (
    id code primary key,
    day_change code not null references day_change,
    label code not null references label,
    state text not null constraint an_ask_is_answered check (
        state in ('asked', 'agreed', 'declined')
    ),
    unique (day_change, label)
);
comment on table day_ask is 'each box of a delivery that is to come another day: what its carrier said';
