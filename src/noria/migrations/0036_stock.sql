-- Each node may have its own limits for counts.

create table count_policy (
    node code primary key references node,
    policy jsonb not null,
    version bigint not null default 1,
    changed_at timestamptz not null
);
comment on table count_policy is 'when a difference at this node is counted again, approved, or raises an alert; a count keeps what held when it was opened';
