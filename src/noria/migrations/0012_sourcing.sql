-- Why these nodes: every decision with what it saw.

create table decision (
    order_id code not null,
    number int not null,
    taken_at timestamptz not null,
    policy text not null,
    explanation jsonb not null,
    primary key (order_id, number)
);
comment on table decision is 'candidates, fences, costs and the plan chosen; nothing is overwritten';
