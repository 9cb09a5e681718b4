-- A replay of an order history: which one this installation lives through, and how far it is.

create table replay (
    only_one boolean primary key default true constraint there_is_one_replay check (only_one),
    source text not null,
    month text not null,
    seed bigint not null,
    step_minutes int not null,
    started_at timestamptz not null default now(),
    finished_at timestamptz
);
