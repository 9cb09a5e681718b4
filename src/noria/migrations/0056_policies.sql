-- What decisions are taken under: versions that never change, and from when on each is live.

create table policy_version (
    number bigint generated always as identity,
    id code primary key constraint a_policy_has_a_short_id check (length(id) <= 30),
    content jsonb not null,
    digest text not null generated always as (md5(content::text)) stored,
    author text not null,
    reason text not null constraint a_policy_has_a_reason check (length(reason) between 1 and 500),
    made_at timestamptz not null
);
comment on table policy_version is 'settings that decisions are taken under: written once, never changed';
create unique index policy_version_by_number on policy_version (number);

create table policy_protection (
    policy code not null references policy_version,
    id code not null,
    sku code references sku,
    category text,
    node code references node,
    node_kind node_kind,
    channel code not null references channel,
    units bigint constraint protected_units_are_positive check (units > 0),
    days int constraint protected_days_are_positive check (days > 0),
    reason text not null,
    valid_from date,
    valid_until date,
    primary key (policy, id),
    constraint a_protection_keeps_units_or_days check (num_nonnulls(units, days) = 1)
);
comment on table policy_protection is 'a version''s protections once more, where the promise looks for what is kept back';

create table policy_draft (
    id code primary key constraint a_draft_has_a_short_id check (length(id) <= 30),
    based_on code references policy_version,
    content jsonb not null,
    author text not null,
    changed_at timestamptz not null,
    version bigint not null default 1
);
comment on table policy_draft is 'a policy in the making; gone once it is a version';

create table policy_activation (
    number bigint generated always as identity,
    id code primary key,
    policy code not null references policy_version,
    starts_at timestamptz not null,
    asked_at timestamptz not null,
    author text not null,
    reason text not null
);
comment on table policy_activation is 'from when on a version is live: until the next one begins';
create index policy_activation_by_start on policy_activation (starts_at desc, number desc);

create table policy_withdrawal (
    activation code primary key references policy_activation,
    withdrawn_at timestamptz not null,
    author text not null
);
comment on table policy_withdrawal is 'an activation that will not begin after all';

create table channel_measure (
    channel code not null references channel,
    day date not null,
    conversion double precision not null
        constraint a_conversion_is_a_share check (conversion between 0 and 1),
    margin double precision not null constraint a_margin_is_at_most_all check (margin <= 1),
    rotation double precision not null
        constraint a_rotation_is_not_negative check (rotation >= 0),
    author text not null,
    recorded_at timestamptz not null,
    primary key (channel, day)
);
comment on table channel_measure is 'what a channel did in the days up to then, as somebody measured it';

create function live_policy(at timestamptz default noria_now()) returns code
language sql stable return (
    select policy
    from policy_activation
    where starts_at <= at
        and not exists (select from policy_withdrawal where activation = policy_activation.id)
    order by starts_at desc, number desc
    limit 1
);

-- The protections of the live policy join the rules that keep units back.
do $$
begin
    execute 'create or replace view kept_rule as ' || rtrim(pg_get_viewdef('kept_rule'), ';') || '
        union all
        select ''policy.'' || policy || ''.'' || id as id, ''protection''::text as purpose, sku,
            category, node, node_kind, channel, units, days,
            null::double precision as below_accuracy, reason, valid_from, valid_until
        from policy_protection
        where policy = live_policy()';
end
$$;

create function refuse_to_change_a_policy() returns trigger language plpgsql as $$
begin
    raise exception 'a version of a policy never changes; make another one';
end
$$;
create trigger versions_never_change before update or delete or truncate on policy_version
    for each statement execute function refuse_to_change_a_policy();
create trigger protections_never_change before update or delete or truncate on policy_protection
    for each statement execute function refuse_to_change_a_policy();
create trigger activations_never_change before update or delete or truncate on policy_activation
    for each statement execute function refuse_to_change_a_policy();
alter table policy_version enable always trigger versions_never_change;
alter table policy_protection enable always trigger protections_never_change;
alter table policy_activation enable always trigger activations_never_change;

-- Who keeps in memory what can be promised reads its terms again.
create trigger policy_activated after insert on policy_activation
    for each statement execute function tell_terms_changed();
create trigger policy_withdrawn after insert on policy_withdrawal
    for each statement execute function tell_terms_changed();

-- What was decided so far was decided under this one.
insert into policy_version (id, content, author, reason, made_at)
values ('greedy-1', '{"settings": {"split_cents": 250, "waiting_day_cents": 80, "nodes_tried_first": 6}}',
    'system:noria', 'the first policy that was shipped', '2011-01-01T00:00:00Z');
insert into policy_activation (id, policy, starts_at, asked_at, author, reason)
values ('shipped', 'greedy-1', '-infinity', '2011-01-01T00:00:00Z', 'system:noria',
    'live until another one is');
