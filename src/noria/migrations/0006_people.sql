-- Who may come in: people and their roles, sessions, API keys, rate limits.

create table person (
    id code primary key,
    email text not null
        constraint an_email_belongs_to_one_person unique
        constraint an_email_is_lower_case check (email = lower(email))
        constraint an_email_has_two_sides check (email ~ '^[^@\s]+@[^@\s]+$' and length(email) <= 254),
    name text not null constraint a_person_has_a_name check (length(name) between 1 and 200),
    language text not null constraint we_speak_two_languages check (language in ('en', 'fr')),
    password_hash text not null
        constraint a_password_is_hashed_with_argon2id check (password_hash like '$argon2id$%'),
    is_active boolean not null default true,
    version bigint not null default 1,
    created_at timestamptz not null,
    changed_at timestamptz not null
);

create table role_grant (
    person code not null references person,
    role text not null constraint a_role_is_known check (role in (
        'director', 'operations', 'store_manager', 'store_associate',
        'planner', 'integrator', 'auditor', 'read_only'
    )),
    node code references node,
    constraint a_grant_is_given_once unique nulls not distinct (person, role, node)
);
comment on column role_grant.node is 'where the role holds; null: at every node, also those to come';

create view granted as
select person, jsonb_agg(jsonb_build_object('role', role, 'nodes', nodes) order by role) as grants
from (
    select person, role,
        case when bool_and(node is not null) then array_agg(node order by node) end as nodes
    from role_grant
    group by person, role
) as by_role
group by person;
comment on view granted is 'the grants of a person, one a role; nodes of null are all nodes';

create table session (
    token_hash bytea primary key constraint a_token_is_hashed check (length(token_hash) = 32),
    csrf_hash bytea not null constraint a_csrf_token_is_hashed check (length(csrf_hash) = 32),
    person code not null references person,
    address text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    last_used_at timestamptz not null,
    constraint a_session_ends_after_it_begins check (expires_at > created_at)
);
comment on table session is 'a log-in; the tokens themselves are known to the browser alone';
create index session_by_person on session (person);
create index session_by_end on session (expires_at);

create table api_key (
    id text primary key constraint a_key_id_is_16_hex_digits check (id ~ '^[0-9a-f]{16}$'),
    name text not null constraint a_key_has_a_name check (length(name) between 1 and 200),
    secret_hash bytea not null constraint a_secret_is_hashed check (length(secret_hash) = 32),
    previous_hash bytea constraint an_old_secret_is_hashed check (length(previous_hash) = 32),
    previous_until timestamptz,
    permissions text[] not null
        constraint a_key_may_do_something check (cardinality(permissions) > 0),
    nodes text[] constraint a_key_reaches_somewhere check (cardinality(nodes) > 0),
    created_by text not null,
    created_at timestamptz not null,
    expires_at timestamptz constraint a_key_lives_for_a_while check (expires_at > created_at),
    rotated_at timestamptz,
    last_used_at timestamptz,
    constraint an_old_secret_has_an_end
        check ((previous_hash is null) = (previous_until is null))
);
comment on table api_key is 'what a machine shows; of its secret, only the SHA-256 is here';
comment on column api_key.nodes is 'where it holds; null: at every node, also those to come';

create table api_key_revocation (
    key text primary key references api_key,
    revoked_by text not null,
    revoked_at timestamptz not null,
    reason text not null constraint a_revocation_reason_is_short check (length(reason) <= 500)
);

create unlogged table bucket (
    subject text primary key,
    tokens double precision not null constraint tokens_are_never_owed check (tokens >= 0),
    taken int not null,
    at timestamptz not null
);
comment on table bucket is 'token buckets of keys and log-ins; lost in a crash, and then full again';
