-- Customers who asked to be forgotten.

create table erasure (
    id code primary key,
    customer text,
    alias text not null unique,
    asked_at timestamptz not null,
    actor text not null,
    erased bigint not null default 0,
    done_at timestamptz,
    constraint who_is_forgotten_is_not_known check (done_at is null or customer is null)
);
comment on table erasure is 'what a customer''s orders are known by since; who it was is kept only until the last of them is closed';
create index erasure_to_do on erasure (asked_at, id) where done_at is null;
create index erasure_by_time on erasure (asked_at, id);
