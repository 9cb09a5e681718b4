-- What every room stands on: the shape of codes, the clock, idempotent answers, the trail.

create domain code as text collate "C"
    constraint a_code_is_short_and_plain check (value ~ '^[A-Za-z0-9._-]{1,64}$');

create table driven_clock (
    only_one boolean primary key default true constraint there_is_one_clock check (only_one),
    at timestamptz not null
);
comment on table driven_clock is 'empty in real life; a replay puts its instant here';

create function noria_now() returns timestamptz language sql stable as
$$ select coalesce((select at from driven_clock), now()) $$;

create table answer (
    scope text not null,
    key text not null,
    digest bytea not null,
    status smallint not null default 0,
    body bytea not null default '',
    answered_at timestamptz not null default now(),
    primary key (scope, key),
    constraint a_key_is_short check (length(key) between 1 and 255)
);
comment on table answer is 'what a request was answered, kept 30 days, written with its effect';
create index answer_by_age on answer using brin (answered_at);

create table trail (
    seq bigint generated always as identity primary key,
    at timestamptz not null default now(),
    actor text not null,
    action text not null constraint an_action_is_named check (length(action) between 1 and 100),
    subject text not null constraint a_change_has_a_subject check (length(subject) between 1 and 200),
    before jsonb,
    after jsonb,
    request_id text not null default ''
);
comment on table trail is 'who changed what, in real time, written with the change';
create index trail_by_subject on trail (subject, seq);
create index trail_by_actor on trail (actor, seq);

create function refuse_to_change_the_trail() returns trigger language plpgsql as $$
begin
    raise exception 'the trail is only ever added to' using errcode = 'insufficient_privilege';
end
$$;
create trigger trail_is_only_added_to before update or delete or truncate on trail
    for each statement execute function refuse_to_change_the_trail();
alter table trail enable always trigger trail_is_only_added_to;
