-- Orders that wait to be decided together, and plans that were looked at again.

create table order_window (
    order_id code primary key references customer_order,
    since timestamptz not null,
    until timestamptz not null,
    policy text not null,
    constraint a_window_ends_after_it_begins check (since < until)
);
comment on table order_window is 'orders that wait to be decided together with others, until then at the latest; what is past says that they did';
create index order_window_by_end on order_window (until);

create table order_look (
    order_id code primary key references customer_order,
    looked_at timestamptz not null,
    changes int not null constraint changes_are_not_negative check (changes >= 0),
    saved_cents bigint not null
);
comment on table order_look is 'when an order''s plan was last looked at again, how often it changed, and what that saved';
