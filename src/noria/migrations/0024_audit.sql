-- What the auditor compared, when, and what did not agree.

create table audit_run (
    id code primary key,
    is_full boolean not null,
    asked_by text not null,
    at timestamptz not null,
    since timestamptz,
    lately timestamptz,
    began_at timestamptz not null default now(),
    ended_at timestamptz,
    skus bigint not null,
    skus_done bigint not null default 0,
    failure jsonb,
    constraint what_failed_has_ended check (failure is null or ended_at is not null),
    constraint a_full_audit_looks_at_all_time check (not is_full or since is null)
);
comment on table audit_run is 'one audit: everything (is_full), or what was touched since the one before';
comment on column audit_run.at is 'business time of its beginning; began_at and ended_at are the machine''s';
create index audit_run_by_time on audit_run (began_at desc, id desc);

create table audit_check (
    run code not null references audit_run on delete cascade,
    name text not null,
    compared bigint not null constraint what_was_compared_is_counted check (compared >= 0),
    differences bigint not null
        constraint differences_are_counted check (differences >= 0),
    milliseconds bigint not null,
    primary key (run, name)
);

create table audit_finding (
    run code not null references audit_run on delete cascade,
    number bigint generated always as identity,
    name text not null,
    subject text not null,
    sku text,
    node text,
    expected text not null,
    found text not null,
    movement text,
    primary key (run, number)
);
comment on table audit_finding is 'the first thousand differences of each check in each slice';
