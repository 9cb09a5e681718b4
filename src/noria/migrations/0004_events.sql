-- The outbox: what happened, written with it, read by whoever listens.

create table event (
    seq bigint generated always as identity primary key,
    type text collate "C" not null
        constraint a_type_is_dotted_words check (type ~ '^[a-z_]+([.][a-z_]+)+$'),
    subject text not null constraint a_subject_is_short check (length(subject) between 1 and 130),
    node text,
    data jsonb not null,
    at timestamptz not null default noria_now(),
    written_at timestamptz not null default now()
);
comment on table event is 'read in order of seq, up to event_horizon()';
comment on column event.node is 'who may see only some nodes sees only the events of those';
comment on column event.at is 'business time; written_at is the machine''s, and says when it may go';
create index event_by_subject on event (subject, seq);

create table event_forgotten (
    only_one boolean primary key default true constraint there_is_one_limit check (only_one),
    seq bigint not null
);
comment on table event_forgotten is 'events up to this seq may be gone: too late to read on from there';
insert into event_forgotten (seq) values (0);

-- A seq is taken when an event is written, and seen when its transaction commits. So that a reader
-- never steps over one that commits late, each writer announces, before it takes its first seq, the
-- highest seq there was: as a shared advisory lock, which vanishes with the transaction however it
-- ends. The key is 20047 in the upper 16 bits, the seq in the lower 48.
create function event_written() returns trigger language plpgsql as $$
begin
    if coalesce(current_setting('noria.writes_events', true), '') = '' then
        perform pg_advisory_xact_lock_shared(
            (20047::bigint << 48) | coalesce(pg_sequence_last_value('event_seq_seq'), 0)
        );
        perform set_config('noria.writes_events', 'yes', true);
    end if;
    perform pg_notify('noria_event', '');
    return null;
end
$$;
create trigger event_written before insert on event
    for each statement execute function event_written();

-- Below or at the horizon nothing can appear any more. The order matters: first the highest seq,
-- then the writers still open, and the events only in a later statement, whose snapshot then holds
-- all that was committed by writers who were no longer seen open.
create function event_horizon() returns bigint language plpgsql as $$
declare
    highest bigint := coalesce(pg_sequence_last_value('event_seq_seq'), 0);
    announced bigint;
begin
    select min(((classid::bigint << 32) | objid::bigint) & ((1::bigint << 48) - 1))
    into announced
    from pg_locks
    where locktype = 'advisory' and objsubid = 1 and classid::bigint >> 16 = 20047
        and database = (select oid from pg_database where datname = current_database());
    return least(highest, announced);
end
$$;
