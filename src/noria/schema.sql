-- What the migrations add up to, for reading; a test compares it with a migrated database.
-- Left out: rows, and the queue's own objects, procrastinate_*, which stand in 0008_jobs.sql.
-- Written by `make schema`.

CREATE DOMAIN code AS text COLLATE pg_catalog."C";

CREATE TYPE delivery_status AS ENUM (
    'waiting',
    'delivered',
    'dead'
);

CREATE TYPE job_state AS ENUM (
    'waiting',
    'running',
    'done',
    'failed',
    'cancelled'
);

CREATE TYPE movement_kind AS ENUM (
    'received',
    'sold',
    'shipped',
    'returned',
    'reserved',
    'released',
    'transferred',
    'counted',
    'found',
    'lost',
    'produced',
    'inspected',
    'damaged',
    'scrapped',
    'donated',
    'corrected'
);

CREATE TYPE node_kind AS ENUM (
    'warehouse',
    'store',
    'dark_store',
    'supplier',
    'printer',
    'maker',
    'third_party',
    'marketplace',
    'relay',
    'digital'
);

CREATE TYPE stock_state AS ENUM (
    'available',
    'reserved',
    'hold',
    'damaged',
    'in_transit',
    'returning',
    'outside'
);

CREATE TYPE tracking AS ENUM (
    'untracked',
    'lot',
    'serial'
);

CREATE DOMAIN unit_code AS text COLLATE pg_catalog."C"
    CONSTRAINT a_unit_code_is_printed_without_blanks CHECK ((VALUE ~ '^[!-~]{1,64}$'::text));

COMMENT ON DOMAIN unit_code IS 'what is printed on a lot or a unit, as GS1 allows it; ? is what nobody told';

CREATE FUNCTION after_open_minutes(of_node text, since timestamp with time zone, minutes integer) RETURNS timestamp with time zone
    LANGUAGE plpgsql STABLE
    AS $$
declare
    zone text := (select time_zone from node where code = of_node);
    on_day date := (since at time zone zone)::date;
    open_left interval := make_interval(mins => minutes);
    opens_at timestamptz;
    closes_at timestamptz;
begin
    for ahead in 0..60 loop
        for opens_at, closes_at in
            select greatest((on_day + opens) at time zone zone, since), (on_day + closes) at time zone zone
            from (
                select opens, closes
                from node_opening
                where node = of_node and node_opening.day = on_day
                union all
                select opens, closes
                from node_hours
                where node = of_node and weekday = extract(isodow from on_day) - 1
                    and not exists (
                        select from node_opening
                        where node = of_node and node_opening.day = on_day
                    )
                    and not exists (
                        select from node_closure
                        where node = of_node and node_closure.day = on_day
                    )
                    and not rests_on(of_node, on_day)
            ) as span
            where (on_day + closes) at time zone zone > since
            order by opens
        loop
            if opens_at + open_left <= closes_at then
                return opens_at + open_left;
            end if;
            open_left := open_left - (closes_at - opens_at);
        end loop;
        on_day := on_day + 1;
    end loop;
    return since + make_interval(mins => minutes);
end
$$;

COMMENT ON FUNCTION after_open_minutes(of_node text, since timestamp with time zone, minutes integer) IS 'when a node will have been open for so many minutes since then, by its hours, openings, closures and public holidays';

CREATE FUNCTION all_there(there bigint, wanted bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    if there <> wanted then
        raise exception '% rows were to be changed, % are there', wanted, there
            using errcode = 'serialization_failure';
    end if;
end
$$;

COMMENT ON FUNCTION all_there(there bigint, wanted bigint) IS 'breaks a statement that did not find all rows that it was to change';

CREATE FUNCTION balances_are_of_what_is_known() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    if exists (
        select from (select distinct sku from after) as given
        where (select true from sku where code = given.sku) is null
    ) or exists (
        select from (select distinct node from after) as given
        where (select true from node where code = given.node) is null
    ) then
        raise exception 'a balance is of a SKU and a node that are known'
            using errcode = 'foreign_key_violation', constraint = 'a_balance_is_of_what_is_known';
    end if;
    return null;
end
$$;

CREATE FUNCTION breach_at(rule_kind text, of_node text, since timestamp with time zone, minutes integer) RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    AS $$
    select case rule_kind
        when 'not_accepted' then after_open_minutes(of_node, since, minutes)
        else since + make_interval(mins => minutes)
    end
$$;

COMMENT ON FUNCTION breach_at(rule_kind text, of_node text, since timestamp with time zone, minutes integer) IS 'when something not done is a breach: answers are waited for while the node is open, all else by the clock';

CREATE FUNCTION changes_at_node(the_sku text, the_node text, low bigint, high bigint) RETURNS TABLE(seq bigint, movement_id text, state stock_state, change bigint)
    LANGUAGE sql STABLE
    AS $$
    select seq, movement_id, target_state, quantity
    from move
    where sku = the_sku and target_node = the_node and seq > low and seq <= high
    union all
    select seq, movement_id, source_state, -quantity
    from move
    where sku = the_sku and target_node = the_node and source_node = target_node
        and seq > low and seq <= high
    union all
    select seq, movement_id, source_state, -quantity
    from move
    where sku = the_sku and source_node = the_node and source_node <> target_node
        and seq > low and seq <= high
$$;

CREATE FUNCTION cost_states_unsettled() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    update cost_state_cursor set seq = -1 where seq <> -1;
    return null;
end
$$;

CREATE FUNCTION cost_total_in_another_currency() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    insert into cost_total as total (node, currency, units, value_cents)
    select node, told.currency, sum(told.sign * units), sum(told.sign * value_cents)
    from cost_balance
    cross join (values (old.currency, -1), (new.currency, 1)) as told (currency, sign)
    where cost_balance.sku = new.code
    group by node, told.currency
    order by node, told.currency
    on conflict (node, currency) do update
    set units = total.units + excluded.units,
        value_cents = total.value_cents + excluded.value_cents;
    return null;
end
$$;

CREATE FUNCTION day_number(moment timestamp with time zone, zone text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (((moment AT TIME ZONE zone))::date - '1970-01-01'::date);

COMMENT ON FUNCTION day_number(moment timestamp with time zone, zone text) IS 'the day of a moment where a clock shows this zone, counted since 1970';

CREATE FUNCTION end_shelf_doubts() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    if exists (select from shelf_doubt) then
        if exists (
            select from after
            join count_task on count_task.id = after.task
            join shelf_doubt on (shelf_doubt.sku, shelf_doubt.node) = (after.sku, count_task.node)
            where after.stage in ('booked', 'superseded', 'dropped')
        ) then
            delete from shelf_doubt
            using after
            join count_task on count_task.id = after.task
            where after.stage in ('booked', 'superseded', 'dropped')
                and (shelf_doubt.sku, shelf_doubt.node) = (after.sku, count_task.node)
                and not exists (
                    select from count_line
                    join count_task as other on other.id = count_line.task
                    where (count_line.sku, other.node) = (shelf_doubt.sku, shelf_doubt.node)
                        and other.ended_at is null
                        and stage in ('open', 'recount', 'approval', 'settled')
                );
        end if;
    end if;
    return null;
end
$$;

COMMENT ON FUNCTION end_shelf_doubts() IS 'a shelf is believed again when no count of it is open any more';

CREATE FUNCTION event_horizon() RETURNS bigint
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION event_written() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
    done text;
begin
    if coalesce(current_setting('noria.writes_events', true), '') = '' then
        done := pg_advisory_xact_lock_shared(
            (20047::bigint << 48) | coalesce(pg_sequence_last_value('event_seq_seq'), 0)
        );
        done := set_config('noria.writes_events', 'yes', true);
    end if;
    done := pg_notify('noria_event', '');
    return null;
end
$$;

CREATE FUNCTION follows(before text, this text) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
    done text;
begin
    if this <> '' then
        if coalesce(current_setting('noria.followed', true), '') <> before then
            raise exception 'the batch before this one was not held' using errcode = 'NW002';
        end if;
        done := set_config('noria.followed', this, false);
    end if;
end
$$;

COMMENT ON FUNCTION follows(before text, this text) IS 'break, unless the session committed last what was before this; what is undone is forgotten by it';

CREATE FUNCTION inside(skus text[]) RETURNS SETOF text
    LANGUAGE plpgsql
    AS $$
begin
    perform from sku where code = any(skus) order by code for update;
    perform from balance where sku = any(skus) order by sku, node, state::text for update;
    return query
        select distinct balance.sku::text
        from balance
        where balance.sku = any(skus) and state <> 'outside' and quantity <> 0
        order by 1;
end
$$;

COMMENT ON FUNCTION inside(skus text[]) IS 'which of these SKUs have units inside our walls, all locked so that it stays so';

CREATE FUNCTION is_enough(skus text[], nodes text[], channels text[]) RETURNS boolean
    LANGUAGE sql
    AS $$
    select not exists (select from without_enough(skus, nodes, channels, 0))
$$;

COMMENT ON FUNCTION is_enough(skus text[], nodes text[], channels text[]) IS 'whether none of these shelves is without enough: it may say no where there is enough, and never yes where there is not';

CREATE FUNCTION keep_tracking() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    if exists (select from inside(array[new.code::text])) then
        raise exception 'tracking_changes_only_while_nothing_is_inside: %', new.code
            using errcode = 'check_violation';
    end if;
    return new;
end
$$;

CREATE FUNCTION ledger_stretches(since timestamp with time zone, until timestamp with time zone, is_recorded boolean) RETURNS TABLE(low bigint, high bigint)
    LANGUAGE sql STABLE
    AS $$
    with base as (
        select coalesce(max(seq), 0) as seq
        from ledger_cut
        where case when is_recorded then recorded_by else happened_by end <= since
    )
    select null::bigint, seq from base
    union all
    select previous_seq, ledger_cut.seq
    from ledger_cut
    where ledger_cut.seq > (select seq from base)
        and case when is_recorded then first_recorded_at else first_happened_at end <= until
    union all
    select coalesce(max(ledger_cut.seq), 0), 9223372036854775807 from ledger_cut
$$;

CREATE FUNCTION leg_is_due_otherwise() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    insert into capacity_change (node, day, is_used, units, legs)
    select node, begun_by, false, legs * units, legs
    from (
        values (old.node, old.begun_by, old.picked_at is null and old.withdrawn_at is null, -1),
            (new.node, new.begun_by, new.picked_at is null and new.withdrawn_at is null, 1)
    ) as state (node, begun_by, is_open, legs)
    cross join (
        select coalesce(sum(quantity - gone), 0) as units
        from leg_line
        where leg_id = new.id
    ) as line
    where is_open and begun_by is not null;
    return null;
end
$$;

CREATE FUNCTION leg_line_is_due_otherwise() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    insert into capacity_change (node, day, is_used, units, legs)
    select node, begun_by, false, new.quantity - new.gone - old.quantity + old.gone, 0
    from leg
    where id = new.leg_id
        and begun_by is not null and picked_at is null and withdrawn_at is null
    for share;
    return null;
end
$$;

CREATE FUNCTION leg_lines_are_due() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    insert into capacity_change (node, day, is_used, units, legs)
    with due as (
        select leg.node, leg.begun_by, added.quantity - added.gone as units
        from added
        join leg on leg.id = added.leg_id
        where begun_by is not null and picked_at is null and withdrawn_at is null
        order by leg.id
        for share of leg
    )
    select node, begun_by, false, sum(units), 0
    from due
    group by node, begun_by;
    return null;
end
$$;

CREATE FUNCTION legs_are_due() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    insert into capacity_change (node, day, is_used, units, legs)
    select node, begun_by, false, 0, count(*)
    from added
    where begun_by is not null and picked_at is null and withdrawn_at is null
    group by node, begun_by;
    return null;
end
$$;

CREATE FUNCTION noria_now() RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    AS $$ select coalesce((select at from driven_clock), now()) $$;

CREATE TABLE policy_activation (
    number bigint NOT NULL,
    id code NOT NULL,
    policy code NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    author text NOT NULL,
    reason text NOT NULL
);

COMMENT ON TABLE policy_activation IS 'from when on a version is live: until the next one begins';

CREATE TABLE policy_withdrawal (
    activation code NOT NULL,
    withdrawn_at timestamp with time zone NOT NULL,
    author text NOT NULL
);

COMMENT ON TABLE policy_withdrawal IS 'an activation that will not begin after all';

CREATE FUNCTION live_activation(at timestamp with time zone DEFAULT noria_now()) RETURNS code
    LANGUAGE sql STABLE
    RETURN (SELECT policy_activation.id FROM policy_activation WHERE ((policy_activation.starts_at <= live_activation.at) AND (NOT (EXISTS (SELECT FROM policy_withdrawal WHERE ((policy_withdrawal.activation)::text = (policy_activation.id)::text))))) ORDER BY policy_activation.starts_at DESC, policy_activation.number DESC LIMIT 1);

COMMENT ON FUNCTION live_activation(at timestamp with time zone) IS 'the last to begin of those that nobody took back';

CREATE FUNCTION live_policy(at timestamp with time zone DEFAULT noria_now()) RETURNS code
    LANGUAGE sql STABLE
    RETURN (SELECT policy_activation.policy FROM policy_activation WHERE ((policy_activation.id)::text = (live_activation(live_policy.at))::text));

CREATE FUNCTION policy_now(content jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN ((content)::text !~~ '%"overtime_cents"%'::text) THEN content ELSE jsonb_set((content #- '{settings,overtime_cents}'::text[]), '{overrides}'::text[], COALESCE((SELECT jsonb_agg(override.kept ORDER BY override.place) AS jsonb_agg FROM (SELECT (given.one #- '{sets,overtime_cents}'::text[]) AS kept, given.place FROM jsonb_array_elements((policy_now.content -> 'overrides'::text)) WITH ORDINALITY given(one, place)) override WHERE ((override.kept -> 'sets'::text) <> '{}'::jsonb)), '[]'::jsonb)) END;

COMMENT ON FUNCTION policy_now(content jsonb) IS 'a policy without settings that are no more: overtime costs what its node says';

CREATE TABLE policy_version (
    number bigint NOT NULL,
    id code NOT NULL,
    content jsonb NOT NULL,
    digest text GENERATED ALWAYS AS (md5((content)::text)) STORED NOT NULL,
    author text NOT NULL,
    reason text NOT NULL,
    made_at timestamp with time zone NOT NULL,
    CONSTRAINT a_policy_has_a_reason CHECK (((length(reason) >= 1) AND (length(reason) <= 500))),
    CONSTRAINT a_policy_has_a_short_id CHECK ((length((id)::text) <= 30))
);

COMMENT ON TABLE policy_version IS 'settings that decisions are taken under: written once, never changed';

CREATE FUNCTION live_setting(name text, otherwise integer) RETURNS integer
    LANGUAGE sql STABLE
    RETURN COALESCE((SELECT (((policy_now(policy_version.content) -> 'settings'::text) ->> live_setting.name))::integer AS int4 FROM policy_version WHERE ((policy_version.id)::text = (live_policy())::text)), otherwise);

COMMENT ON FUNCTION live_setting(name text, otherwise integer) IS 'a setting of the live policy; versions older than the setting decide as otherwise';

CREATE FUNCTION mentions(said text, word text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
    select said ~* (
        '(?<![[:alnum:]])'
        || regexp_replace(word, '([^[:alnum:][:space:]])', '\\\1', 'g')
        || '(?![[:alnum:]])'
    )
$$;

COMMENT ON FUNCTION mentions(said text, word text) IS 'whether a text names a word, bounded by what is no letter and no digit';

CREATE FUNCTION move_horizon(patience interval) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
declare
    highest bigint := coalesce(pg_sequence_last_value('move_seq_seq'), 0);
    gives_up_at timestamptz := clock_timestamp() + patience;
    writers text[];
begin
    loop
        select array_agg(virtualtransaction)
        into writers
        from pg_locks
        where locktype = 'relation' and relation = 'move'::regclass and mode = 'RowExclusiveLock'
            and database = (select oid from pg_database where datname = current_database())
            and granted and pid <> pg_backend_pid()
            and (writers is null or virtualtransaction = any(writers));
        exit when writers is null;
        if clock_timestamp() > gives_up_at then
            return null;
        end if;
        perform pg_sleep(0.005);
    end loop;
    return highest;
end
$$;

CREATE FUNCTION only_if(it_holds boolean) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    if it_holds is not true then
        raise exception 'this has to be looked at one by one' using errcode = 'NW001';
    end if;
end
$$;

COMMENT ON FUNCTION only_if(it_holds boolean) IS 'breaks a transaction that went the short way where the long one is due';

CREATE FUNCTION promise_demand_line(sku text, node text, change numeric) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN ((((sku || COALESCE((' '::text || node), ''::text)) || ' '::text) || change) || CASE WHEN (node IS NULL) THEN ''::text ELSE ' demand'::text END);

CREATE FUNCTION promise_hold_line(sku text, node text, change numeric, expires_at timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE
    RETURN ((((((sku || ' '::text) || node) || ' '::text) || change) || ' '::text) || ((EXTRACT(epoch FROM expires_at) * (1000000)::numeric))::bigint);

CREATE FUNCTION recipient_words(name text, email text, phone text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_tsvector('simple'::regconfig, ((regexp_replace(((name || ' '::text) || email), '[^[:alnum:]]+'::text, ' '::text, 'g'::text) || ' '::text) || "right"(regexp_replace(phone, '[^0-9]'::text, ''::text, 'g'::text), 9)));

COMMENT ON FUNCTION recipient_words(name text, email text, phone text) IS 'what a recipient is searched by: words of name and e-mail, the last nine digits of the phone';

CREATE FUNCTION refuse_to_change_a_policy() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    raise exception 'a version of a policy never changes; make another one';
end
$$;

CREATE FUNCTION refuse_to_change_a_tariff() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    raise exception 'zonings and tariffs are only added to';
end
$$;

CREATE FUNCTION refuse_to_change_the_book() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    raise exception 'the book is only ever added to' using errcode = 'insufficient_privilege';
end
$$;

CREATE FUNCTION refuse_to_change_the_trail() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    raise exception 'the trail is only ever added to' using errcode = 'insufficient_privilege';
end
$$;

CREATE FUNCTION refuse_to_forget_a_code() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    raise exception 'a SKU or a node keeps its code, and stays'
        using errcode = 'foreign_key_violation', constraint = 'what_balances_are_of_stays';
end
$$;

CREATE FUNCTION rests_on(of_node text, on_day date) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    select coalesce(bool_or(true), false)
    from node
    join public_holiday on public_holiday.country = node.country and public_holiday.day = on_day
        and public_holiday.region = coalesce(nullif(node.region, ''), (
            select holiday_region.region
            from holiday_region
            where holiday_region.country = node.country and starts_with(node.postcode, starts)
            order by length(starts) desc
            limit 1
        ), '')
    where node.code = of_node and node.keeps_holidays
$$;

COMMENT ON FUNCTION rests_on(of_node text, on_day date) IS 'whether a node keeps a public holiday on that day, where it lies';

CREATE FUNCTION tell_everything_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    perform tell_promise('everything');
    return null;
end
$$;

CREATE FUNCTION tell_expected_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
    lines text[];
begin
    if tg_op = 'INSERT' then
        select array_agg(promise_demand_line(sku, node, units)) into lines from after;
    elsif tg_op = 'DELETE' then
        select array_agg(promise_demand_line(sku, node, -units)) into lines from before;
    else
        select array_agg(promise_demand_line(sku, node, change)) into lines
        from (
            select sku, node, sum(units) as change
            from (
                select sku, node, units from after
                union all
                select sku, node, -units from before
            ) as ends
            group by sku, node
            having sum(units) <> 0
        ) as changed;
    end if;
    if lines is not null then
        perform tell_promise_lines(lines);
    end if;
    return null;
end
$$;

CREATE FUNCTION tell_holds_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
    lines text[];
    done text;
begin
    if tg_op = 'INSERT' then
        select array_agg(promise_hold_line(sku, node, units, expires_at)) into lines
        from (
            select sku, node, expires_at, sum(held) as units
            from after
            where held > 0 and isfinite(expires_at)
            group by sku, node, expires_at
        ) as made;
    elsif tg_op = 'DELETE' then
        select array_agg(promise_hold_line(sku, node, -held, expires_at)) into lines
        from before where held > 0 and isfinite(expires_at);
    else
        select array_agg(promise_hold_line(sku, node, change, expires_at)) into lines
        from (
            select sku, node, expires_at, sum(held) as change
            from (
                select sku, node, expires_at, held from after where isfinite(expires_at)
                union all
                select sku, node, expires_at, -held from before where isfinite(expires_at)
            ) as ends
            group by sku, node, expires_at
            having sum(held) <> 0
        ) as changed;
    end if;
    if lines is not null then
        done := tell_promise_lines(lines);
    end if;
    return null;
end
$$;

CREATE FUNCTION tell_itself(bodies text[], terms integer[], ends timestamp with time zone[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
    done text;
begin
    if current_setting('noria.tells', true) = 'itself' then
        for number in 1 .. cardinality(bodies) loop
            done := tell_promise(replace(bodies[number], '@',
                ((extract(epoch from ends[terms[number]]) * 1000000)::bigint)::text));
        end loop;
    end if;
end
$$;

COMMENT ON FUNCTION tell_itself(bodies text[], terms integer[], ends timestamp with time zone[]) IS 'what a statement changes, in lines as triggers tell them; @ is when holds end, by their term. Where noria.tells is not itself, triggers tell it';

CREATE FUNCTION tell_levels_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
    lines text[];
    done text;
begin
    if tg_op = 'INSERT' then
        select array_agg(sku || ' ' || node || ' ' || quantity) into lines
        from after where state = 'available' and quantity <> 0;
    elsif tg_op = 'DELETE' then
        select array_agg(sku || ' ' || node || ' ' || -quantity) into lines
        from before where state = 'available' and quantity <> 0;
    else
        select array_agg(sku || ' ' || node || ' ' || change) into lines
        from (
            select sku, node, sum(quantity) as change
            from (
                select sku, node, quantity from after where state = 'available'
                union all
                select sku, node, -quantity from before where state = 'available'
            ) as ends
            group by sku, node
            having sum(quantity) <> 0
        ) as changed;
    end if;
    if lines is not null then
        done := tell_promise_lines(lines);
    end if;
    return null;
end
$$;

CREATE FUNCTION tell_promise(body text) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
    told bigint := coalesce(nullif(current_setting('noria.told', true), ''), '0')::bigint + 1;
    done text;
begin
    done := set_config('noria.told', told::text, false);
    done := pg_notify('noria_promise', told || ' ' || pg_current_xact_id() || E'\n' || body);
end
$$;

CREATE FUNCTION tell_promise_lines(lines text[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
    body text;
    done text;
begin
    if cardinality(lines) > 50000 then
        done := tell_promise('everything');
    elsif cardinality(lines) <= 40 then  -- a line has at most 180 bytes, a notification 8,000
        done := tell_promise(array_to_string(lines, E'\n'));
    else
        for body in
            select string_agg(line, E'\n')
            from (
                select line, sum(length(line) + 1) over (order by place) / 7700 as part
                from unnest(lines) with ordinality as given (line, place)
            ) as parted
            group by part
            order by part
        loop
            done := tell_promise(body);
        end loop;
    end if;
end
$$;

CREATE FUNCTION tell_supply_coming() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
    lines text[];
begin
    select array_agg(distinct sku || ' coming') into lines from after;
    if lines is not null then
        perform tell_promise_lines(lines);
    end if;
    return null;
end
$$;

CREATE FUNCTION tell_terms_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    perform tell_promise('terms');
    return null;
end
$$;

CREATE FUNCTION tracked_state(state stock_state) RETURNS stock_state
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (state = 'reserved'::stock_state) THEN 'available'::stock_state ELSE state END;

COMMENT ON FUNCTION tracked_state(state stock_state) IS 'where a lot or a serial stands: a unit that is held still lies on its shelf';

CREATE FUNCTION units_at(until timestamp with time zone) RETURNS TABLE(sku code, node code, state stock_state, units bigint)
    LANGUAGE sql STABLE
    AS $$
    select place.sku, place.node, place.state, place.quantity - coalesce(to_come.change, 0)::bigint
    from balance as place
    left join (
        select sku, node, state, sum(change) as change
        from entry
        where seq > (select seq from value_cursor)
        group by sku, node, state
    ) as to_come using (sku, node, state)
    where until is null and place.state <> 'outside'
    union all
    select place.sku, place.node, place.state, coalesce((
        select quantity
        from balance_snapshot as kept
        where (kept.sku, kept.node, kept.state) = (place.sku, place.node, place.state)
            and kept.seq <= (select high from ledger_stretches(until, until, true) where low is null)
        order by kept.seq desc
        limit 1
    ), 0) + coalesce((
        select sum(part.change)
        from ledger_stretches(until, until, true) as stretch
        cross join changes_at_node(place.sku, place.node, stretch.low, stretch.high) as part
        join movement on movement.id = part.movement_id
        where part.state = place.state and movement.recorded_at <= until
    ), 0)::bigint
    from balance as place
    where until is not null and place.state <> 'outside'
$$;

CREATE FUNCTION value_at(until timestamp with time zone) RETURNS TABLE(sku code, node code, units bigint, value_cents bigint)
    LANGUAGE sql STABLE
    AS $$
    select sku, node, units, value_cents from cost_balance where until is null
    union all
    select place.sku, place.node, was.units_after, was.value_after_cents
    from cost_balance as place
    cross join lateral (
        select units_after, value_after_cents
        from value_entry
        where value_entry.sku = place.sku and value_entry.node = place.node
            and value_entry.at <= until
        order by value_entry.at desc, value_entry.seq desc
        limit 1
    ) as was
    where until is not null
$$;

CREATE FUNCTION value_parts_at(until timestamp with time zone, the_nodes text[]) RETURNS TABLE(sku code, node code, state stock_state, grade text, units bigint, value_cents bigint)
    LANGUAGE sql STABLE
    AS $$
    with worth as (
        select * from value_at(until) as value
        where value.units > 0 and (the_nodes is null or node = any(the_nodes))
    ), place as (
        select sku, node, coalesce(there.state, 'available') as state,
            coalesce(there.units, worth.units) as units
        from worth
        left join (select * from units_at(until) where units > 0) as there using (sku, node)
    ), shelf as (
        select sku, node, tracked_state(state) as state, sum(units) as units
        from place
        group by sku, node, tracked_state(state)
    ), told as (
        select unit.sku, at.node, at.state, unit.grade, count(*) as units
        from (
            select distinct on (sku, serial) sku, serial, grade
            from inspected_unit
            join rma on rma.id = rma_id
            where until is null or closed_at <= until
            order by sku, serial, closed_at desc, rma_id desc
        ) as unit
        cross join lateral (
            select target_node as node, tracked_state(target_state) as state
            from move_serial
            join move using (movement_id, line)
            join movement on movement.id = movement_id
            where (move_serial.sku, serial) = (unit.sku, unit.serial)
                and case when until is null then move.seq <= (select seq from value_cursor)
                    else recorded_at <= until end
            order by move.seq desc
            limit 1
        ) as at
        group by unit.sku, at.node, at.state, unit.grade
    ), others as (
        select sku, node, state, shelf.units - coalesce(known.units, 0) as units
        from shelf
        left join (
            select sku, node, state, sum(units) as units from told group by sku, node, state
        ) as known using (sku, node, state)
    ), inspected as (
        select sku, node, state, grade, quantity, sum(quantity) over (
            partition by sku, node, state order by closed_at desc, id desc, grade
        ) - quantity as newer
        from (
            select inspection.sku, rma.node, rma.id, rma.closed_at, grade, quantity - (
                select count(*)
                from inspected_unit as unit
                where (unit.rma_id, unit.sku, unit.grade, unit.disposition)
                    = (rma.id, inspection.sku, inspection.grade, inspection.disposition)
            ) as quantity, (
                case disposition when 'restock' then 'available' else 'damaged' end
            )::stock_state as state
            from inspection
            join rma on rma.id = inspection.rma_id
            where disposition in ('restock', 'repair')
                and (until is null or rma.closed_at <= until)
        ) as closed
    ), known as (
        select sku, node, state, grade, sum(units) as units,
            sum(sum(units)) over (partition by sku, node, state order by grade) as high
        from (
            select sku, node, state, grade, units from told
            union all
            select sku, node, state, grade, least(quantity, others.units - newer)
            from others
            join inspected using (sku, node, state)
            where newer < others.units and quantity > 0
        ) as found
        group by sku, node, state, grade
    ), graded as (
        select place.sku, place.node, place.state, grade,
            least(known.high, place.high)
                - greatest(known.high - known.units, place.high - place.units) as units
        from (
            select *, sum(units) over (
                partition by sku, node, tracked_state(state) order by state
            ) as high
            from place
        ) as place
        join known on (known.sku, known.node, known.state)
            = (place.sku, place.node, tracked_state(place.state))
        where known.high > place.high - place.units and known.high - known.units < place.high
    ), part as (
        select sku, node, state, grade, units from graded
        union all
        select sku, node, state, null, place.units - coalesce(known.units, 0)
        from place
        left join (
            select sku, node, state, sum(units) as units from graded group by sku, node, state
        ) as known using (sku, node, state)
    ), weighed as (
        select part.*, value_cents, div(value_cents * part.units, total) as whole,
            mod(value_cents * part.units, total) as rest
        from (
            select *, sum(units) over (partition by sku, node) as total
            from part
            where units > 0
        ) as part
        join worth using (sku, node)
    ), shared as (
        select *, whole + case when row_number() over (
            partition by sku, node order by rest desc, state, grade nulls first
        ) <= value_cents - sum(whole) over (partition by sku, node) then 1 else 0 end as cents
        from weighed
    )
    select sku, node, state, grade, units::bigint, cents::bigint from shared
$$;

CREATE FUNCTION without_enough(skus text[], nodes text[], channels text[], more bigint) RETURNS TABLE(sku text, node text)
    LANGUAGE sql STABLE
    AS $$
    with place as materialized (
        select code, kind, buffer_units from node where code = any(nodes)
    ), today as materialized (
        select purpose, sku, category, node, node_kind, channel,
            case when days is null then units end as units
        from kept_rule
        where purpose <> 'threshold'
            and (purpose = 'protection' or channel is null or channel = any(channels))
            and (sku is null or sku = any(skus)) and (node is null or node = any(nodes))
            and noria_now()::date between coalesce(valid_from, '-infinity')
                and coalesce(valid_until, 'infinity')
    ), rule as materialized (
        select sku, category, node, node_kind, units
        from today
        where purpose <> 'network' and units is distinct from 0
            and (category is null
                or category in (select sku.category from sku where sku.code = any(skus)))
            and (node_kind is null or node_kind in (select kind from place))
        union all
        select null, null, place.code, null, units
        from today cross join place
        where purpose = 'network' and units > 0
            and (channel::text, place.code::text) not in (
                select listed.channel::text, listed.node::text
                from today as listed
                where listed.purpose = 'network' and listed.units = 0 and listed.node is not null
            )
            and (channel::text, place.kind) not in (
                select listed.channel::text, listed.node_kind
                from today as listed
                where listed.purpose = 'network' and listed.units = 0
                    and listed.node_kind is not null
            )
    ), shelf as (
        select given.sku, given.node, sku.category, place.kind, quantity - buffer_units - (
                select coalesce(sum(units), 0) from expected_demand where sku = given.sku
            ) - (
                select coalesce(sum(quantity), 0)
                from barred_lot
                where (barred_lot.sku, barred_lot.node) = (given.sku, given.node)
            ) as left_over
        from unnest(skus, nodes) as given (sku, node)
        join sku on sku.code = given.sku
        join place on place.code = given.node
        join balance on (balance.sku, balance.node, state) = (given.sku, given.node, 'available')
    )
    select shelf.sku, shelf.node
    from shelf cross join lateral (
        select coalesce(sum(units), 0) as kept, count(*) as rules, count(units) as in_units
        from rule
        where (rule.sku is null or rule.sku = shelf.sku)
            and (rule.category is null or rule.category = shelf.category)
            and (rule.node is null or rule.node = shelf.node)
            and (rule.node_kind is null or rule.node_kind = shelf.kind)
    ) as ruled
    where left_over < kept + more or in_units < rules
        or rules > 0 and (select count(*) > 50 from rule)
$$;

COMMENT ON FUNCTION without_enough(skus text[], nodes text[], channels text[], more bigint) IS 'those of these shelves, as (SKU, node), on which there may be less than what all rules that could win there, its buffer, old lots and all demand for the SKU take together, and more; some may have enough, and all that do not are among them';

CREATE TABLE accuracy_sample (
    task code NOT NULL,
    node code NOT NULL,
    measured_at timestamp with time zone NOT NULL,
    population bigint NOT NULL,
    sampled bigint NOT NULL,
    accurate bigint NOT NULL,
    estimate double precision NOT NULL,
    lower double precision NOT NULL,
    upper double precision NOT NULL,
    CONSTRAINT a_sample_has_somebody CHECK ((sampled > 0)),
    CONSTRAINT a_sample_is_within_its_population CHECK (((accurate <= sampled) AND (sampled <= population)))
);

CREATE TABLE answer (
    scope text NOT NULL,
    key text NOT NULL,
    digest bytea NOT NULL,
    status smallint DEFAULT 0 NOT NULL,
    body bytea DEFAULT '\x'::bytea NOT NULL,
    answered_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT a_key_is_short CHECK (((length(key) >= 1) AND (length(key) <= 255)))
);

COMMENT ON TABLE answer IS 'what a request was answered, kept 30 days, written with its effect';

CREATE TABLE api_key (
    id text NOT NULL,
    name text NOT NULL,
    secret_hash bytea NOT NULL,
    previous_hash bytea,
    previous_until timestamp with time zone,
    permissions text[] NOT NULL,
    nodes text[],
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    rotated_at timestamp with time zone,
    last_used_at timestamp with time zone,
    CONSTRAINT a_key_has_a_name CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT a_key_id_is_16_hex_digits CHECK ((id ~ '^[0-9a-f]{16}$'::text)),
    CONSTRAINT a_key_lives_for_a_while CHECK ((expires_at > created_at)),
    CONSTRAINT a_key_may_do_something CHECK ((cardinality(permissions) > 0)),
    CONSTRAINT a_key_reaches_somewhere CHECK ((cardinality(nodes) > 0)),
    CONSTRAINT a_secret_is_hashed CHECK ((length(secret_hash) = 32)),
    CONSTRAINT an_old_secret_has_an_end CHECK (((previous_hash IS NULL) = (previous_until IS NULL))),
    CONSTRAINT an_old_secret_is_hashed CHECK ((length(previous_hash) = 32))
);

COMMENT ON TABLE api_key IS 'what a machine shows; of its secret, only the SHA-256 is here';

COMMENT ON COLUMN api_key.nodes IS 'where it holds; null: at every node, also those to come';

CREATE TABLE api_key_revocation (
    key text NOT NULL,
    revoked_by text NOT NULL,
    revoked_at timestamp with time zone NOT NULL,
    reason text NOT NULL,
    CONSTRAINT a_revocation_reason_is_short CHECK ((length(reason) <= 500))
);

CREATE TABLE arrival_pace (
    service text NOT NULL,
    says text NOT NULL,
    overdue smallint NOT NULL,
    hour smallint NOT NULL,
    seen double precision NOT NULL,
    came double precision NOT NULL,
    CONSTRAINT an_hour_is_one_of_a_day CHECK (((hour >= 0) AND (hour <= 23))),
    CONSTRAINT what_came_was_seen CHECK (((came >= (0)::double precision) AND (came <= seen)))
)
WITH (fillfactor='80');

COMMENT ON TABLE arrival_pace IS 'of legs of which a carrier had said that by that hour, so many days of delivery of their service after the day they were planned for: how many were seen, and how many came that day; what is old fades';

CREATE TABLE arrival_pace_day (
    only_one boolean DEFAULT true NOT NULL,
    through date NOT NULL,
    CONSTRAINT there_is_one_last_day CHECK (only_one)
);

COMMENT ON TABLE arrival_pace_day IS 'the last day that is in the pace of arrivals';

CREATE TABLE asn (
    id code NOT NULL,
    supplier text NOT NULL,
    purchase_order code,
    node code NOT NULL,
    expected_on date NOT NULL,
    announced_at timestamp with time zone NOT NULL,
    cancelled_at timestamp with time zone,
    closed_at timestamp with time zone,
    version bigint DEFAULT 1 NOT NULL,
    CONSTRAINT what_is_cancelled_is_closed CHECK (((cancelled_at IS NULL) OR (closed_at IS NOT NULL)))
);

COMMENT ON TABLE asn IS 'told to be under way; what it announces of a purchase order is expected as the ASN says, and no longer as the order said';

CREATE TABLE asn_line (
    asn code NOT NULL,
    sku code NOT NULL,
    quantity bigint NOT NULL,
    received bigint DEFAULT 0 NOT NULL,
    CONSTRAINT an_asn_line_has_units CHECK ((quantity > 0)),
    CONSTRAINT received_is_not_negative CHECK ((received >= 0))
);

CREATE TABLE assortment_rule (
    id code NOT NULL,
    channel code NOT NULL,
    sku code,
    category text,
    node code,
    node_kind node_kind,
    is_sold boolean NOT NULL,
    reason text NOT NULL,
    valid_from date,
    valid_until date,
    version bigint DEFAULT 1 NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT an_assortment_begins_before_it_ends CHECK ((valid_from <= valid_until)),
    CONSTRAINT an_assortment_has_a_reason CHECK (((length(reason) >= 1) AND (length(reason) <= 200))),
    CONSTRAINT an_assortment_names_goods_in_one_way CHECK ((num_nonnulls(sku, category) <= 1)),
    CONSTRAINT an_assortment_names_places_in_one_way CHECK ((num_nonnulls(node, node_kind) <= 1))
);

COMMENT ON TABLE assortment_rule IS 'goods that a channel sells, or does not, from these places; the most specific rule wins';

CREATE TABLE audit_check (
    run code NOT NULL,
    name text NOT NULL,
    compared bigint NOT NULL,
    differences bigint NOT NULL,
    milliseconds bigint NOT NULL,
    CONSTRAINT differences_are_counted CHECK ((differences >= 0)),
    CONSTRAINT what_was_compared_is_counted CHECK ((compared >= 0))
);

CREATE TABLE audit_finding (
    run code NOT NULL,
    number bigint NOT NULL,
    name text NOT NULL,
    subject text NOT NULL,
    sku text,
    node text,
    expected text NOT NULL,
    found text NOT NULL,
    movement text
);

COMMENT ON TABLE audit_finding IS 'the first thousand differences of each check in each slice';

CREATE TABLE audit_run (
    id code NOT NULL,
    is_full boolean NOT NULL,
    asked_by text NOT NULL,
    at timestamp with time zone NOT NULL,
    since timestamp with time zone,
    lately timestamp with time zone,
    began_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    skus bigint NOT NULL,
    skus_done bigint DEFAULT 0 NOT NULL,
    failure jsonb,
    after_sku text,
    are_skus_done boolean DEFAULT false NOT NULL,
    after_node text,
    are_nodes_done boolean DEFAULT false NOT NULL,
    CONSTRAINT a_full_audit_looks_at_all_time CHECK (((NOT is_full) OR (since IS NULL))),
    CONSTRAINT what_failed_has_ended CHECK (((failure IS NULL) OR (ended_at IS NOT NULL)))
);

COMMENT ON TABLE audit_run IS 'one audit: everything (is_full), or what was touched since the one before';

COMMENT ON COLUMN audit_run.at IS 'business time of its beginning; began_at and ended_at are the machine''s';

COMMENT ON COLUMN audit_run.after_sku IS 'the last SKU of the last slice that was looked at; null before the first';

COMMENT ON COLUMN audit_run.after_node IS 'the last node of the last slice of nodes that was looked at; null before the first';

CREATE VIEW audit_difference AS
 SELECT audit_run.began_at,
    audit_finding.run,
    audit_finding.number,
    audit_finding.name,
    audit_finding.subject,
    audit_finding.sku,
    audit_finding.node,
    audit_finding.expected,
    audit_finding.found,
    audit_finding.movement
   FROM (audit_finding
     JOIN (( SELECT audit_run_1.id,
            audit_run_1.began_at
           FROM audit_run audit_run_1
          WHERE ((audit_run_1.ended_at IS NOT NULL) AND (audit_run_1.failure IS NULL))
          ORDER BY audit_run_1.began_at DESC, audit_run_1.id DESC
         LIMIT 1)
        UNION
        ( SELECT audit_run_1.id,
            audit_run_1.began_at
           FROM audit_run audit_run_1
          WHERE ((audit_run_1.ended_at IS NOT NULL) AND (audit_run_1.failure IS NULL) AND audit_run_1.is_full)
          ORDER BY audit_run_1.began_at DESC, audit_run_1.id DESC
         LIMIT 1)) audit_run ON (((audit_run.id)::text = (audit_finding.run)::text)));

COMMENT ON VIEW audit_difference IS 'what the last audit found, and the last one that compared everything';

ALTER TABLE audit_finding ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME audit_finding_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE balance (
    sku code NOT NULL,
    node code NOT NULL,
    state stock_state NOT NULL,
    quantity bigint NOT NULL,
    CONSTRAINT only_outside_may_be_negative CHECK (((quantity >= 0) OR (state = 'outside'::stock_state)))
)
WITH (fillfactor='50');

COMMENT ON TABLE balance IS 'units at a place now: a cache of the moves, which `noria audit` compares';

CREATE TABLE balance_snapshot (
    sku code NOT NULL,
    node code NOT NULL,
    state stock_state NOT NULL,
    seq bigint NOT NULL,
    quantity bigint NOT NULL
);

COMMENT ON TABLE balance_snapshot IS 'what a balance was after every move up to seq, until its next row';

CREATE TABLE barcode (
    gtin text NOT NULL,
    sku code NOT NULL,
    units integer DEFAULT 1 NOT NULL,
    CONSTRAINT a_gtin_has_14_digits CHECK ((gtin ~ '^[0-9]{14}$'::text)),
    CONSTRAINT a_pack_has_units CHECK ((units > 0))
);

COMMENT ON TABLE barcode IS 'GTIN, padded to 14 digits, of one unit or of a pack of `units`';

CREATE TABLE lot (
    sku code NOT NULL,
    code unit_code NOT NULL,
    expires_on date,
    first_seen_at timestamp with time zone NOT NULL,
    CONSTRAINT what_nobody_told_has_no_expiry CHECK ((((code)::text <> '?'::text) OR (expires_on IS NULL)))
);

CREATE TABLE lot_balance (
    sku code NOT NULL,
    lot unit_code NOT NULL,
    node code NOT NULL,
    state stock_state NOT NULL,
    quantity bigint NOT NULL,
    CONSTRAINT a_lot_inside_our_walls_is_not_negative CHECK (((quantity >= 0) OR (state = 'outside'::stock_state) OR ((lot)::text = '?'::text))),
    CONSTRAINT a_lot_on_the_shelf_is_available_though_units_are_held CHECK ((state <> 'reserved'::stock_state))
)
WITH (fillfactor='70');

COMMENT ON TABLE lot_balance IS 'units of a lot at a place now; available holds reserved ones too, for nobody has chosen which; of a SKU tracked by serial, lot ? holds the units whose serial nobody told';

CREATE TABLE node (
    code code NOT NULL,
    name text NOT NULL,
    kind node_kind NOT NULL,
    country text NOT NULL,
    postcode text NOT NULL,
    town text NOT NULL,
    latitude double precision NOT NULL,
    longitude double precision NOT NULL,
    time_zone text NOT NULL,
    does_ship boolean DEFAULT true NOT NULL,
    does_hand_over boolean DEFAULT false NOT NULL,
    does_take_returns boolean DEFAULT false NOT NULL,
    handling_minutes integer DEFAULT 60 NOT NULL,
    handling_cents integer DEFAULT 0 NOT NULL,
    units_per_day integer,
    lead_days integer DEFAULT 0 NOT NULL,
    buffer_units integer DEFAULT 0 NOT NULL,
    is_open boolean DEFAULT true NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    changed_at timestamp with time zone DEFAULT noria_now() NOT NULL,
    does_gift_wrap boolean DEFAULT false NOT NULL,
    has_own_packaging boolean DEFAULT false NOT NULL,
    takes_hazardous boolean DEFAULT false NOT NULL,
    takes_bulky boolean DEFAULT true NOT NULL,
    learns_handling boolean DEFAULT false NOT NULL,
    orders_per_day integer,
    overtime_units integer DEFAULT 0 NOT NULL,
    overtime_cents integer DEFAULT 0 NOT NULL,
    region text DEFAULT ''::text NOT NULL,
    keeps_holidays boolean DEFAULT true NOT NULL,
    booking_days integer DEFAULT 1 NOT NULL,
    street text DEFAULT ''::text NOT NULL,
    address_more text DEFAULT ''::text NOT NULL,
    CONSTRAINT a_node_has_a_name CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT a_street_is_a_line CHECK ((length(street) <= 200)),
    CONSTRAINT buffer_is_not_negative CHECK ((buffer_units >= 0)),
    CONSTRAINT capacity_in_orders_is_positive CHECK ((orders_per_day > 0)),
    CONSTRAINT capacity_is_booked_for_days CHECK (((booking_days >= 1) AND (booking_days <= 366))),
    CONSTRAINT capacity_is_positive CHECK ((units_per_day > 0)),
    CONSTRAINT country_is_iso_3166 CHECK ((country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT handling_is_not_paid_back CHECK ((handling_cents >= 0)),
    CONSTRAINT handling_takes_time CHECK ((handling_minutes >= 0)),
    CONSTRAINT latitude_is_on_earth CHECK (((latitude >= ('-90'::integer)::double precision) AND (latitude <= (90)::double precision))),
    CONSTRAINT lead_time_is_not_negative CHECK ((lead_days >= 0)),
    CONSTRAINT longitude_is_on_earth CHECK (((longitude >= ('-180'::integer)::double precision) AND (longitude <= (180)::double precision))),
    CONSTRAINT more_of_an_address_is_a_line CHECK ((length(address_more) <= 200)),
    CONSTRAINT overtime_is_not_negative CHECK ((overtime_units >= 0)),
    CONSTRAINT overtime_is_not_paid_back CHECK ((overtime_cents >= 0))
);

COMMENT ON COLUMN node.units_per_day IS 'what it can send a day; for a printer, what it can make; null: no limit known';

COMMENT ON COLUMN node.lead_days IS 'working days before handling starts: a supplier or a printer needs them';

COMMENT ON COLUMN node.learns_handling IS 'handling takes what it was measured to take, not handling_minutes';

COMMENT ON COLUMN node.overtime_units IS 'what it can handle in a day beyond its capacity, each for overtime_cents';

COMMENT ON COLUMN node.region IS 'whose holidays it keeps, where they differ within a country; empty: by its postcode';

COMMENT ON COLUMN node.booking_days IS 'of so many days of a maker''s capacity orders may be taken; 1: no more than a day''s';

COMMENT ON COLUMN node.street IS 'with its number';

COMMENT ON COLUMN node.address_more IS 'building, entrance, floor';

CREATE TABLE sku (
    code code NOT NULL,
    name text NOT NULL,
    weight_g integer DEFAULT 0 NOT NULL,
    volume_cm3 integer DEFAULT 0 NOT NULL,
    price_cents bigint DEFAULT 0 NOT NULL,
    cost_cents bigint DEFAULT 0 NOT NULL,
    currency text DEFAULT 'EUR'::text NOT NULL,
    is_sold boolean DEFAULT true NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    changed_at timestamp with time zone DEFAULT noria_now() NOT NULL,
    tracking tracking DEFAULT 'untracked'::tracking NOT NULL,
    minimum_days integer DEFAULT 0 NOT NULL,
    category text DEFAULT ''::text NOT NULL,
    is_hazardous boolean DEFAULT false NOT NULL,
    is_bulky boolean DEFAULT false NOT NULL,
    is_digital boolean DEFAULT false NOT NULL,
    length_mm integer DEFAULT 0 NOT NULL,
    width_mm integer DEFAULT 0 NOT NULL,
    height_mm integer DEFAULT 0 NOT NULL,
    keeps_upright boolean DEFAULT false NOT NULL,
    ships_as_is boolean DEFAULT false NOT NULL,
    withdrawal_bar text DEFAULT 'none'::text NOT NULL,
    CONSTRAINT a_bar_to_withdrawal_is_known CHECK ((withdrawal_bar = ANY (ARRAY['none'::text, 'made_to_specification'::text, 'perishable'::text, 'sealed_hygiene'::text, 'sealed_media'::text, 'mixed'::text, 'press'::text]))),
    CONSTRAINT a_category_is_short CHECK ((length(category) <= 100)),
    CONSTRAINT a_sku_has_a_name CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT a_sku_is_as_large_as_it_is CHECK ((LEAST(length_mm, width_mm, height_mm) >= 0)),
    CONSTRAINT cost_is_not_negative CHECK ((cost_cents >= 0)),
    CONSTRAINT currency_is_iso_4217 CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT minimum_days_are_not_negative CHECK ((minimum_days >= 0)),
    CONSTRAINT price_is_not_negative CHECK ((price_cents >= 0)),
    CONSTRAINT volume_is_not_negative CHECK ((volume_cm3 >= 0)),
    CONSTRAINT weight_is_not_negative CHECK ((weight_g >= 0))
);

COMMENT ON COLUMN sku.minimum_days IS 'days that a lot must still have before it expires to be sent to a customer';

COMMENT ON COLUMN sku.category IS 'what rules may name instead of single SKUs; empty: none';

COMMENT ON COLUMN sku.length_mm IS 'packed; 0: not known, and its volume stands in';

COMMENT ON COLUMN sku.keeps_upright IS 'its height stays its height in a box';

COMMENT ON COLUMN sku.ships_as_is IS 'its own packaging is its parcel';

COMMENT ON COLUMN sku.withdrawal_bar IS 'why nobody withdraws from it (EU 2011/83, article 16); sealed: once its seal is broken';

CREATE VIEW barred_lot AS
 SELECT lot_balance.sku,
    lot_balance.lot,
    lot_balance.node,
    lot_balance.state,
    lot_balance.quantity,
    lot.expires_on
   FROM (((lot_balance
     JOIN lot ON ((((lot.sku)::text = (lot_balance.sku)::text) AND ((lot.code)::text = (lot_balance.lot)::text))))
     JOIN sku ON (((sku.code)::text = (lot_balance.sku)::text)))
     JOIN node ON (((node.code)::text = (lot_balance.node)::text)))
  WHERE ((lot_balance.quantity > 0) AND (lot_balance.state = 'available'::stock_state) AND (lot.expires_on < (((noria_now() AT TIME ZONE node.time_zone))::date + sku.minimum_days)));

COMMENT ON VIEW barred_lot IS 'units on a shelf that are not sent to customers any more: expired, or with fewer days left than the SKU asks for, on the day it is at the node';

CREATE TABLE bought_together (
    sku code NOT NULL,
    other code NOT NULL,
    orders integer NOT NULL,
    likeness double precision NOT NULL,
    CONSTRAINT nothing_is_bought_with_itself CHECK (((sku)::text <> (other)::text))
);

COMMENT ON TABLE bought_together IS 'SKUs that orders of the last weeks had in common; made anew each night';

COMMENT ON COLUMN bought_together.likeness IS 'orders with both over the geometric mean of orders with either (Ochiai)';

CREATE TABLE box (
    node code NOT NULL,
    code code NOT NULL,
    length_mm integer NOT NULL,
    width_mm integer NOT NULL,
    height_mm integer NOT NULL,
    tare_g integer NOT NULL,
    max_weight_g integer NOT NULL,
    CONSTRAINT a_box_holds_something CHECK (((LEAST(length_mm, width_mm, height_mm, max_weight_g) > 0) AND (tare_g >= 0)))
);

COMMENT ON TABLE box IS 'the boxes that nodes pack in, as they are inside';

CREATE TABLE breach_rule (
    id code NOT NULL,
    kind text NOT NULL,
    partner code,
    minutes integer NOT NULL,
    owner_role text NOT NULL,
    reason text NOT NULL,
    valid_from date,
    valid_until date,
    version bigint DEFAULT 1 NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT a_breach_begins_before_it_ends CHECK ((valid_from <= valid_until)),
    CONSTRAINT a_breach_has_a_reason CHECK (((length(reason) >= 1) AND (length(reason) <= 200))),
    CONSTRAINT a_breach_is_of_a_kind CHECK ((kind = ANY (ARRAY['not_accepted'::text, 'not_shipped'::text, 'not_delivered'::text]))),
    CONSTRAINT patience_is_not_negative CHECK ((minutes >= 0))
);

COMMENT ON TABLE breach_rule IS 'after how long something not done is a breach; a rule for the partner beats one for all';

CREATE UNLOGGED TABLE bucket (
    subject text NOT NULL,
    tokens double precision NOT NULL,
    taken integer NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT tokens_are_never_owed CHECK ((tokens >= (0)::double precision))
);

COMMENT ON TABLE bucket IS 'token buckets of keys and log-ins; lost in a crash, and then full again';

CREATE TABLE capacity_change (
    id bigint NOT NULL,
    node code NOT NULL,
    day date NOT NULL,
    is_used boolean NOT NULL,
    units bigint NOT NULL,
    legs bigint NOT NULL
);

COMMENT ON TABLE capacity_change IS 'what is not added up yet, more or less, of capacity_due, or of capacity_used (is_used)';

ALTER TABLE capacity_change ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME capacity_change_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE capacity_due (
    node code NOT NULL,
    day date NOT NULL,
    units bigint NOT NULL,
    legs bigint NOT NULL
);

COMMENT ON TABLE capacity_due IS 'what is open of legs that a node begins by a day of its own (leg.begun_by), but for what capacity_change says';

CREATE TABLE capacity_lost (
    node code NOT NULL,
    day date NOT NULL,
    units bigint NOT NULL,
    legs integer NOT NULL,
    CONSTRAINT lost_capacity_is_some CHECK (((units > 0) AND (legs >= 0)))
);

COMMENT ON TABLE capacity_lost IS 'what nodes said they were too busy for, on their day: as much is asked of them less';

CREATE TABLE capacity_used (
    node code NOT NULL,
    day date NOT NULL,
    units bigint NOT NULL,
    legs integer NOT NULL,
    CONSTRAINT used_capacity_is_some CHECK (((units >= 0) AND (legs > 0)))
);

COMMENT ON TABLE capacity_used IS 'what nodes of known capacity picked on a day of theirs: as much less can be begun on it';

CREATE TABLE carrier_call (
    id code NOT NULL,
    kind text NOT NULL,
    subject code NOT NULL,
    account code,
    reference text NOT NULL COLLATE pg_catalog."C",
    state text DEFAULT 'waiting'::text NOT NULL,
    maybe_sent boolean DEFAULT false NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    looks integer DEFAULT 0 NOT NULL,
    next_at timestamp with time zone DEFAULT '1970-01-01 00:00:00+00'::timestamp with time zone NOT NULL,
    claimed_until timestamp with time zone,
    called_at timestamp with time zone,
    detail text DEFAULT ''::text NOT NULL,
    CONSTRAINT a_call_has_a_state CHECK ((state = ANY (ARRAY['waiting'::text, 'done'::text, 'declined'::text, 'stuck'::text, 'dropped'::text]))),
    CONSTRAINT a_call_is_for_something CHECK ((kind = ANY (ARRAY['choose'::text, 'buy'::text, 'cancel'::text, 'pickup'::text, 'manifest'::text, 'day'::text]))),
    CONSTRAINT only_a_choice_has_no_account CHECK (((account IS NOT NULL) OR (kind = 'choose'::text)))
);

COMMENT ON TABLE carrier_call IS 'the outbox to carriers: an intent is here before its call, its outcome after it; times are the machine''s';

COMMENT ON COLUMN carrier_call.maybe_sent IS 'it was about to be sent, and nobody knows yet what became of it';

CREATE TABLE customer_order (
    id code NOT NULL,
    channel code NOT NULL,
    customer text NOT NULL,
    placed_at timestamp with time zone NOT NULL,
    accepted_at timestamp with time zone NOT NULL,
    currency text NOT NULL,
    country text NOT NULL,
    postcode text NOT NULL,
    town text NOT NULL,
    latitude double precision NOT NULL,
    longitude double precision NOT NULL,
    due date,
    stage text NOT NULL,
    stage_since timestamp with time zone NOT NULL,
    option text,
    told_from date,
    told_to date,
    told_chance double precision,
    own_packaging boolean DEFAULT false NOT NULL,
    relay code,
    delivery_cents bigint DEFAULT 0 NOT NULL,
    delivery_tax_cents bigint DEFAULT 0 NOT NULL,
    payment text DEFAULT 'paid'::text NOT NULL,
    fraud_score double precision,
    store code,
    edited_at timestamp with time zone,
    told_ready_at timestamp with time zone,
    owed_cents bigint,
    CONSTRAINT a_delivery_costs_nothing_or_more CHECK ((delivery_cents >= 0)),
    CONSTRAINT a_fraud_score_is_between_0_and_1 CHECK (((fraud_score >= (0)::double precision) AND (fraud_score <= (1)::double precision))),
    CONSTRAINT a_stage_is_known CHECK ((stage = ANY (ARRAY['waiting'::text, 'sourced'::text, 'picked'::text, 'packed'::text, 'shipped'::text, 'delivered'::text, 'cancelled'::text]))),
    CONSTRAINT a_told_chance_is_between_0_and_1 CHECK (((told_chance >= (0)::double precision) AND (told_chance <= (1)::double precision))),
    CONSTRAINT a_told_window_opens_before_it_closes CHECK ((told_from <= told_to)),
    CONSTRAINT a_window_is_told_whole CHECK ((num_nonnulls(told_from, told_to, told_chance) = ANY (ARRAY[0, 3]))),
    CONSTRAINT an_order_id_leaves_room_for_legs CHECK ((length((id)::text) <= 40)),
    CONSTRAINT an_order_is_paid_somehow CHECK ((payment = ANY (ARRAY['paid'::text, 'due'::text, 'in_store'::text]))),
    CONSTRAINT tax_on_a_delivery_is_part_of_it CHECK ((delivery_tax_cents >= 0)),
    CONSTRAINT what_is_owed_is_something CHECK ((owed_cents > 0))
);

COMMENT ON COLUMN customer_order.stage IS 'how far its slowest wanted unit has come; set with each change, audited';

COMMENT ON COLUMN customer_order.option IS 'the delivery that was chosen at checkout; null: none was, it goes home';

COMMENT ON COLUMN customer_order.told_to IS 'the last day of the window that the checkout showed; what was told there is the promise';

COMMENT ON COLUMN customer_order.own_packaging IS 'in our boxes: only by nodes that have them';

COMMENT ON COLUMN customer_order.relay IS 'the relay point that keeps the parcel for the customer; null: it goes to the door, or to a store';

COMMENT ON COLUMN customer_order.payment IS 'paid; due: not yet; in_store: when the customer collects it';

COMMENT ON COLUMN customer_order.store IS 'where the customer collects it; null: it is brought to them, or to a relay point';

COMMENT ON COLUMN customer_order.edited_at IS 'when it was last made other than it was handed over; null: never';

COMMENT ON COLUMN customer_order.told_ready_at IS 'when the checkout said that it waits in its store; null: only a day was told';

COMMENT ON COLUMN customer_order.owed_cents IS 'while its payment is due: what was added to it after it was paid; null, if none of it was';

CREATE TABLE label (
    id code NOT NULL,
    leg_id code NOT NULL,
    box smallint NOT NULL,
    order_id code NOT NULL,
    node code NOT NULL,
    account code,
    service code,
    state text NOT NULL,
    state_since timestamp with time zone NOT NULL,
    packed jsonb NOT NULL,
    number text COLLATE pg_catalog."C",
    cents bigint,
    choice jsonb,
    detail text DEFAULT ''::text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    polled_at timestamp with time zone,
    is_linked boolean DEFAULT false NOT NULL,
    told_edits integer,
    CONSTRAINT a_label_has_a_state CHECK ((state = ANY (ARRAY['asked'::text, 'bought'::text, 'declined'::text, 'stuck'::text, 'cancelling'::text, 'cancelled'::text]))),
    CONSTRAINT boxes_are_counted_from_one CHECK ((box >= 1)),
    CONSTRAINT what_is_bought_has_a_number CHECK (((state <> 'bought'::text) OR (number IS NOT NULL)))
);

COMMENT ON TABLE label IS 'labels for boxes: asked for, bought, cancelled; nothing of the recipient is kept here';

COMMENT ON COLUMN label.told_edits IS 'how often the address of its order had changed when its carrier, or a person, was last told of it; null before that';

CREATE TABLE label_trouble (
    label code NOT NULL,
    kind text NOT NULL,
    since timestamp with time zone NOT NULL,
    detail text DEFAULT ''::text NOT NULL,
    settled_at timestamp with time zone,
    CONSTRAINT a_trouble_has_a_kind CHECK ((kind = ANY (ARRAY['kept'::text, 'outdated'::text, 'unprinted'::text, 'doubled'::text, 'unlinked'::text])))
);

COMMENT ON TABLE label_trouble IS 'what is wrong with labels, until a person has seen to it or the label is over';

CREATE TABLE leg (
    id code NOT NULL,
    order_id code NOT NULL,
    node code NOT NULL,
    service code NOT NULL,
    planned_at timestamp with time zone NOT NULL,
    leaves_at timestamp with time zone NOT NULL,
    arrives_on date NOT NULL,
    cost_cents bigint NOT NULL,
    picked_at timestamp with time zone,
    shipped_at timestamp with time zone,
    delivered_at timestamp with time zone,
    withdrawn_at timestamp with time zone,
    carrier_says text,
    carrier_since timestamp with time zone,
    packed_at timestamp with time zone,
    ready_at timestamp with time zone,
    accepted_at timestamp with time zone,
    begun_by date,
    CONSTRAINT what_a_carrier_says_is_dated CHECK ((num_nonnulls(carrier_says, carrier_since) = ANY (ARRAY[0, 2]))),
    CONSTRAINT what_arrived_was_shipped CHECK (((delivered_at IS NULL) OR (shipped_at IS NOT NULL))),
    CONSTRAINT what_is_delivered_stays CHECK (((withdrawn_at IS NULL) OR (delivered_at IS NULL))),
    CONSTRAINT what_is_packed_was_picked CHECK (((packed_at IS NULL) OR (picked_at IS NOT NULL))),
    CONSTRAINT what_is_shipped_was_picked CHECK (((shipped_at IS NULL) OR (picked_at IS NOT NULL)))
);

COMMENT ON COLUMN leg.carrier_says IS 'of its parcel that is furthest behind, or in trouble; what we did are picked_at, shipped_at, delivered_at';

COMMENT ON COLUMN leg.packed_at IS 'when its boxes were closed, where that is a step of its own';

COMMENT ON COLUMN leg.ready_at IS 'since when it waits for its customer in the store where it is collected';

COMMENT ON COLUMN leg.accepted_at IS 'when its partner said that it sends it: no cheaper plan takes it away';

COMMENT ON COLUMN leg.begun_by IS 'the last day, at its node, on which it can be begun; null: no capacity was known, or it is older';

CREATE TABLE leg_line (
    leg_id code NOT NULL,
    line smallint NOT NULL,
    sku code NOT NULL,
    quantity bigint NOT NULL,
    gone bigint DEFAULT 0 NOT NULL,
    CONSTRAINT a_leg_line_has_units CHECK ((quantity > 0)),
    CONSTRAINT gone_is_part_of_it CHECK (((gone >= 0) AND (gone <= quantity)))
);

CREATE TABLE order_line (
    order_id code NOT NULL,
    line smallint NOT NULL,
    sku code NOT NULL,
    quantity bigint NOT NULL,
    price_cents bigint NOT NULL,
    waiting bigint NOT NULL,
    cancelled bigint DEFAULT 0 NOT NULL,
    gift_wrap boolean DEFAULT false NOT NULL,
    tax_cents bigint DEFAULT 0 NOT NULL,
    tax_code text DEFAULT ''::text NOT NULL,
    withdrawal_bar text,
    CONSTRAINT a_line_wants_units CHECK ((quantity > 0)),
    CONSTRAINT cancelled_is_not_negative CHECK ((cancelled >= 0)),
    CONSTRAINT nothing_is_wanted_twice CHECK (((waiting + cancelled) <= quantity)),
    CONSTRAINT tax_on_a_line_is_not_negative CHECK ((tax_cents >= 0)),
    CONSTRAINT waiting_is_part_of_it CHECK (((waiting >= 0) AND (waiting <= quantity)))
);

COMMENT ON COLUMN order_line.gift_wrap IS 'its units are sent wrapped: only by nodes that wrap gifts';

COMMENT ON COLUMN order_line.tax_cents IS 'of all its units together but those that went into other orders, contained in their prices, as the seller reckoned it';

COMMENT ON COLUMN order_line.withdrawal_bar IS 'why nobody withdraws from it, as it was when it was bought (sku.withdrawal_bar, or digital; none: they may); null: bought before this was kept, what its SKU says today stands in';

CREATE VIEW leg_worth AS
 SELECT leg.id AS leg_id,
    leg.order_id,
    leg.node,
    leg.picked_at,
    customer_order.currency,
    ( SELECT (sum(((leg_line.quantity - leg_line.gone) * order_line.price_cents)))::bigint AS sum
           FROM (leg_line
             JOIN order_line ON ((((order_line.order_id)::text = (leg.order_id)::text) AND (order_line.line = leg_line.line))))
          WHERE ((leg_line.leg_id)::text = (leg.id)::text)) AS cents
   FROM (leg
     JOIN customer_order ON (((customer_order.id)::text = (leg.order_id)::text)));

COMMENT ON VIEW leg_worth IS 'what a leg sends, at the prices of its order';

CREATE TABLE manifest (
    id code NOT NULL,
    account code NOT NULL,
    node code NOT NULL,
    state text NOT NULL,
    document code,
    detail text DEFAULT ''::text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    CONSTRAINT a_manifest_has_a_state CHECK ((state = ANY (ARRAY['asked'::text, 'made'::text, 'declined'::text, 'stuck'::text])))
);

CREATE TABLE pickup (
    id code NOT NULL,
    account code NOT NULL,
    node code NOT NULL,
    day date NOT NULL,
    ready_from time without time zone NOT NULL,
    ready_until time without time zone NOT NULL,
    boxes integer NOT NULL,
    weight_g bigint NOT NULL,
    state text NOT NULL,
    number text DEFAULT ''::text NOT NULL,
    detail text DEFAULT ''::text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    CONSTRAINT a_pickup_ends_after_it_begins CHECK ((ready_from < ready_until)),
    CONSTRAINT a_pickup_has_a_state CHECK ((state = ANY (ARRAY['asked'::text, 'booked'::text, 'declined'::text, 'stuck'::text]))),
    CONSTRAINT a_pickup_has_boxes CHECK ((boxes > 0))
);

CREATE VIEW carriage_exception AS
 SELECT
        CASE trouble.kind
            WHEN 'kept'::text THEN 'label.kept'::text
            WHEN 'outdated'::text THEN 'label.outdated'::text
            WHEN 'unprinted'::text THEN 'label.unprinted'::text
            WHEN 'doubled'::text THEN 'label.doubled'::text
            ELSE 'label.unlinked'::text
        END AS kind,
    ('leg:'::text || (label.leg_id)::text) AS subject,
    (label.node)::text AS node,
    trouble.since,
    (((((label.account)::text || ' '::text) || label.number) || ': '::text) || trouble.detail) AS detail,
        CASE
            WHEN (trouble.kind = ANY (ARRAY['kept'::text, 'doubled'::text])) THEN label.cents
            ELSE worth.cents
        END AS money_cents,
    worth.currency,
        CASE
            WHEN (node.kind = 'store'::node_kind) THEN 'store_manager'::text
            ELSE 'operations'::text
        END AS owner,
    jsonb_build_object('order', label.order_id, 'leg', label.leg_id, 'label', label.id, 'box', label.box, 'carrier', label.account, 'number', label.number, 'says', trouble.detail, 'is_kept', (label.state = 'bought'::text)) AS facts
   FROM ((((label_trouble trouble
     JOIN label ON (((label.id)::text = (trouble.label)::text)))
     JOIN leg ON (((leg.id)::text = (label.leg_id)::text)))
     JOIN leg_worth worth ON (((worth.leg_id)::text = (label.leg_id)::text)))
     LEFT JOIN node ON (((node.code)::text = (label.node)::text)))
  WHERE ((trouble.settled_at IS NULL) AND
        CASE trouble.kind
            WHEN 'kept'::text THEN ((label.state = 'bought'::text) AND (leg.withdrawn_at IS NOT NULL))
            WHEN 'outdated'::text THEN ((leg.withdrawn_at IS NULL) AND (leg.delivered_at IS NULL) AND ((label.state = 'cancelled'::text) OR ((label.state = 'bought'::text) AND (EXISTS ( SELECT
               FROM label_trouble kept
              WHERE (((kept.label)::text = (label.id)::text) AND (kept.kind = 'kept'::text)))))))
            WHEN 'unprinted'::text THEN ((label.state = 'bought'::text) AND (leg.withdrawn_at IS NULL) AND (leg.shipped_at IS NULL))
            WHEN 'unlinked'::text THEN ((leg.delivered_at IS NULL) AND (leg.withdrawn_at IS NULL))
            ELSE true
        END)
UNION ALL
 SELECT
        CASE label.state
            WHEN 'stuck'::text THEN 'label.stuck'::text
            ELSE 'label.declined'::text
        END AS kind,
    ('leg:'::text || (label.leg_id)::text) AS subject,
    (label.node)::text AS node,
    label.state_since AS since,
    (COALESCE(((label.account)::text || ': '::text), ''::text) || label.detail) AS detail,
    worth.cents AS money_cents,
    worth.currency,
        CASE
            WHEN (node.kind = 'store'::node_kind) THEN 'store_manager'::text
            ELSE 'operations'::text
        END AS owner,
    jsonb_build_object('order', label.order_id, 'leg', label.leg_id, 'label', label.id, 'box', label.box, 'carrier', label.account, 'says', label.detail, 'packed', label.packed, 'is_cancel', (EXISTS ( SELECT
           FROM carrier_call
          WHERE ((carrier_call.kind = 'cancel'::text) AND ((carrier_call.subject)::text = (label.id)::text) AND (carrier_call.state = 'stuck'::text))))) AS facts
   FROM (((label
     JOIN leg ON (((leg.id)::text = (label.leg_id)::text)))
     JOIN leg_worth worth ON (((worth.leg_id)::text = (label.leg_id)::text)))
     LEFT JOIN node ON (((node.code)::text = (label.node)::text)))
  WHERE ((label.state = ANY (ARRAY['stuck'::text, 'declined'::text])) AND ((label.state = 'stuck'::text) OR ((leg.withdrawn_at IS NULL) AND (leg.shipped_at IS NULL) AND (NOT (EXISTS ( SELECT
           FROM label other
          WHERE (((other.leg_id)::text = (label.leg_id)::text) AND (other.box = label.box) AND ((other.id)::text <> (label.id)::text) AND ((other.state <> ALL (ARRAY['declined'::text, 'cancelled'::text])) OR (ROW(other.asked_at, (other.id)::text) > ROW(label.asked_at, (label.id)::text))))))))))
UNION ALL
 SELECT
        CASE pickup.state
            WHEN 'stuck'::text THEN 'pickup.stuck'::text
            ELSE 'pickup.declined'::text
        END AS kind,
    ('pickup:'::text || (pickup.id)::text) AS subject,
    (pickup.node)::text AS node,
    pickup.asked_at AS since,
    (((((pickup.account)::text || ' on '::text) || pickup.day) || ': '::text) || pickup.detail) AS detail,
    NULL::bigint AS money_cents,
    NULL::text AS currency,
        CASE
            WHEN (node.kind = 'store'::node_kind) THEN 'store_manager'::text
            ELSE 'operations'::text
        END AS owner,
    jsonb_build_object('pickup', pickup.id, 'carrier', pickup.account, 'day', pickup.day, 'ready_from', pickup.ready_from, 'ready_until', pickup.ready_until, 'boxes', pickup.boxes, 'weight_g', pickup.weight_g, 'says', pickup.detail) AS facts
   FROM (pickup
     LEFT JOIN node ON (((node.code)::text = (pickup.node)::text)))
  WHERE ((pickup.state = ANY (ARRAY['stuck'::text, 'declined'::text])) AND (pickup.day >= (noria_now())::date) AND ((pickup.state = 'stuck'::text) OR (NOT (EXISTS ( SELECT
           FROM pickup other
          WHERE (((other.account)::text = (pickup.account)::text) AND ((other.node)::text = (pickup.node)::text) AND (other.day = pickup.day) AND ((other.id)::text <> (pickup.id)::text) AND ((other.state <> 'declined'::text) OR (ROW(other.asked_at, (other.id)::text) > ROW(pickup.asked_at, (pickup.id)::text)))))))))
UNION ALL
 SELECT
        CASE manifest.state
            WHEN 'stuck'::text THEN 'manifest.stuck'::text
            ELSE 'manifest.declined'::text
        END AS kind,
    ('manifest:'::text || (manifest.id)::text) AS subject,
    (manifest.node)::text AS node,
    manifest.asked_at AS since,
    (((manifest.account)::text || ': '::text) || manifest.detail) AS detail,
    NULL::bigint AS money_cents,
    NULL::text AS currency,
        CASE
            WHEN (node.kind = 'store'::node_kind) THEN 'store_manager'::text
            ELSE 'operations'::text
        END AS owner,
    jsonb_build_object('manifest', manifest.id, 'carrier', manifest.account, 'says', manifest.detail) AS facts
   FROM (manifest
     LEFT JOIN node ON (((node.code)::text = (manifest.node)::text)))
  WHERE ((manifest.state = ANY (ARRAY['stuck'::text, 'declined'::text])) AND ((manifest.state = 'stuck'::text) OR ((manifest.asked_at > (noria_now() - '7 days'::interval)) AND (NOT (EXISTS ( SELECT
           FROM manifest other
          WHERE (((other.account)::text = (manifest.account)::text) AND ((other.node)::text = (manifest.node)::text) AND ((other.id)::text <> (manifest.id)::text) AND (ROW(other.asked_at, (other.id)::text) > ROW(manifest.asked_at, (manifest.id)::text)))))))));

COMMENT ON VIEW carriage_exception IS 'what went wrong with carriers and waits for a person: gone when its cause is';

CREATE TABLE carrier_account (
    code code NOT NULL,
    plan jsonb NOT NULL,
    version bigint NOT NULL,
    changed_at timestamp with time zone NOT NULL
);

COMMENT ON COLUMN carrier_account.plan IS 'how it is called; of secrets the names alone';

CREATE TABLE carrier_health (
    account code NOT NULL,
    failures integer NOT NULL,
    closed_until timestamp with time zone
);

COMMENT ON TABLE carrier_health IS 'troubles in a row, and until when nobody is sent there; times are the machine''s';

CREATE TABLE carrier_hook (
    account code NOT NULL,
    digest bytea NOT NULL,
    made_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    heard_at timestamp with time zone,
    CONSTRAINT a_digest_is_whole CHECK ((length(digest) = 32))
);

COMMENT ON TABLE carrier_hook IS 'addresses at which carriers tell of parcels, and may do nothing else; one an account';

CREATE SEQUENCE carrier_reference
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE carrier_reply (
    id code NOT NULL,
    carrier code NOT NULL,
    received_at timestamp with time zone NOT NULL,
    body bytea NOT NULL,
    outcome text NOT NULL,
    events integer NOT NULL,
    detail text NOT NULL,
    settled_at timestamp with time zone,
    account code,
    CONSTRAINT a_reply_has_an_outcome CHECK ((outcome = ANY (ARRAY['read'::text, 'refused'::text, 'unreadable'::text, 'unanswered'::text])))
);

COMMENT ON TABLE carrier_reply IS 'each reply as it came; what nobody could read stays open until a person settles it';

COMMENT ON COLUMN carrier_reply.account IS 'under which account it was asked for; null: it came by itself';

CREATE TABLE channel (
    code code NOT NULL,
    name text NOT NULL,
    version bigint DEFAULT 1 NOT NULL
);

CREATE TABLE channel_measure (
    channel code NOT NULL,
    day date NOT NULL,
    conversion double precision NOT NULL,
    margin double precision NOT NULL,
    rotation double precision NOT NULL,
    author text NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT a_conversion_is_a_share CHECK (((conversion >= (0)::double precision) AND (conversion <= (1)::double precision))),
    CONSTRAINT a_margin_is_at_most_all CHECK ((margin <= (1)::double precision)),
    CONSTRAINT a_rotation_is_not_negative CHECK ((rotation >= (0)::double precision))
);

COMMENT ON TABLE channel_measure IS 'what a channel did in the days up to then, as somebody measured it';

CREATE TABLE channel_network (
    id code NOT NULL,
    channel code NOT NULL,
    nodes text[] NOT NULL,
    node_kinds text[] NOT NULL,
    reason text NOT NULL,
    valid_from date,
    valid_until date,
    version bigint DEFAULT 1 NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT a_network_begins_before_it_ends CHECK ((valid_from <= valid_until)),
    CONSTRAINT a_network_has_a_reason CHECK (((length(reason) >= 1) AND (length(reason) <= 200))),
    CONSTRAINT a_network_has_nodes CHECK (((cardinality(nodes) + cardinality(node_kinds)) > 0))
);

COMMENT ON TABLE channel_network IS 'the only nodes that serve a channel in that time; without one, every node does';

CREATE TABLE collect_arrival (
    leg_id code NOT NULL,
    order_id code NOT NULL,
    node code NOT NULL,
    arrived_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    into_leg code
);

COMMENT ON TABLE collect_arrival IS 'legs that came to the store where they are collected, and the leg of the store that took over';

CREATE TABLE order_hold (
    id code NOT NULL,
    order_id code NOT NULL,
    kind text NOT NULL,
    score double precision,
    reason text NOT NULL,
    placed_at timestamp with time zone NOT NULL,
    placed_by text NOT NULL,
    lifted_at timestamp with time zone,
    lifted_by text,
    lifted_because text,
    pay_by timestamp with time zone,
    CONSTRAINT a_hold_is_of_a_kind CHECK ((kind = ANY (ARRAY['payment'::text, 'fraud'::text, 'address'::text, 'manual'::text]))),
    CONSTRAINT who_lifts_a_hold_says_why CHECK ((num_nonnulls(lifted_at, lifted_by, lifted_because) = ANY (ARRAY[0, 3])))
);

COMMENT ON TABLE order_hold IS 'why an order is given to no node yet; its units are held meanwhile';

COMMENT ON COLUMN order_hold.pay_by IS 'until when its customer was told to pay; null: they were not reminded (yet)';

CREATE VIEW collect_due AS
 SELECT leg.id AS leg_id,
    leg.order_id,
    leg.node,
    leg.picked_at,
    leg.planned_at,
    COALESCE(customer_order.told_ready_at, leg.leaves_at) AS due_at
   FROM (leg
     JOIN customer_order ON (((customer_order.id)::text = (leg.order_id)::text)))
  WHERE (((leg.service)::text = 'pick-up'::text) AND (leg.ready_at IS NULL) AND (leg.shipped_at IS NULL) AND (leg.withdrawn_at IS NULL) AND (NOT (EXISTS ( SELECT
           FROM order_hold
          WHERE (((order_hold.order_id)::text = (leg.order_id)::text) AND (order_hold.lifted_at IS NULL))))));

COMMENT ON VIEW collect_due IS 'legs that a store has to make ready, and by when that was told';

CREATE VIEW collect_inbound AS
 SELECT leg.id AS leg_id,
    leg.order_id,
    customer_order.store AS node,
    leg.node AS source,
    leg.service,
    leg.shipped_at,
    leg.arrives_on,
    leg.carrier_says,
    leg.carrier_since
   FROM (leg
     JOIN customer_order ON (((customer_order.id)::text = (leg.order_id)::text)))
  WHERE ((customer_order.store IS NOT NULL) AND (leg.shipped_at IS NOT NULL) AND (leg.delivered_at IS NULL) AND (leg.withdrawn_at IS NULL) AND ((leg.service)::text <> 'pick-up'::text));

COMMENT ON VIEW collect_inbound IS 'legs under way to the store where they are collected';

CREATE TABLE collect_leg (
    leg_id code NOT NULL,
    order_id code NOT NULL,
    node code NOT NULL,
    due_at timestamp with time zone NOT NULL,
    ready_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    spot_kind text NOT NULL,
    spot text NOT NULL,
    compartment text,
    put_back_at timestamp with time zone,
    put_back_by text,
    CONSTRAINT a_compartment_is_one_of_a_locker CHECK (((compartment IS NULL) OR (spot_kind = 'locker'::text))),
    CONSTRAINT a_spot_is_of_a_kind CHECK ((spot_kind = ANY (ARRAY['shelf'::text, 'locker'::text, 'drive'::text, 'counter'::text]))),
    CONSTRAINT who_put_it_back_is_known CHECK (((put_back_at IS NULL) = (put_back_by IS NULL)))
);

COMMENT ON TABLE collect_leg IS 'where a leg lies ready for its customer, and whether that was in time';

CREATE TABLE collect_line (
    leg_id code NOT NULL,
    line smallint NOT NULL,
    sku code NOT NULL,
    quantity bigint NOT NULL,
    put_back bigint DEFAULT 0 NOT NULL,
    CONSTRAINT put_back_is_part_of_it CHECK (((put_back >= 0) AND (put_back <= quantity))),
    CONSTRAINT something_lies_there CHECK ((quantity > 0))
);

COMMENT ON TABLE collect_line IS 'units that were laid ready of a leg; those put back were taken out of it again while it waited';

CREATE TABLE collect_put_back (
    leg_id code NOT NULL,
    put_back_at timestamp with time zone NOT NULL,
    put_back_by text NOT NULL
);

COMMENT ON TABLE collect_put_back IS 'legs that were picked to be collected, were wanted no more before they lay ready, and are on their shelf again';

CREATE TABLE timeline (
    order_id code NOT NULL,
    number bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    actor text NOT NULL,
    leg text,
    reason text DEFAULT ''::text NOT NULL,
    cause text DEFAULT ''::text NOT NULL
);

COMMENT ON COLUMN timeline.cause IS 'what brought it about, as kind:id: a request of somebody''s, a hold, a carrier''s reply';

CREATE VIEW collect_to_put_back AS
 SELECT collect_leg.leg_id,
    collect_leg.order_id,
    collect_leg.node,
    leg.withdrawn_at AS since,
    collect_leg.spot_kind,
    collect_leg.spot,
    collect_leg.compartment
   FROM (collect_leg
     JOIN leg ON (((leg.id)::text = (collect_leg.leg_id)::text)))
  WHERE ((leg.withdrawn_at IS NOT NULL) AND (collect_leg.put_back_at IS NULL))
UNION ALL
 SELECT leg.id AS leg_id,
    leg.order_id,
    leg.node,
    leg.withdrawn_at AS since,
    NULL::text AS spot_kind,
    NULL::text AS spot,
    NULL::text AS compartment
   FROM leg
  WHERE (((leg.service)::text = 'pick-up'::text) AND (leg.withdrawn_at IS NOT NULL) AND (leg.picked_at IS NOT NULL) AND (leg.ready_at IS NULL) AND (NOT (EXISTS ( SELECT
           FROM collect_put_back
          WHERE ((collect_put_back.leg_id)::text = (leg.id)::text)))))
UNION ALL
 SELECT collect_leg.leg_id,
    collect_leg.order_id,
    collect_leg.node,
    COALESCE(( SELECT max(timeline.at) AS max
           FROM timeline
          WHERE (((timeline.order_id)::text = (collect_leg.order_id)::text) AND (timeline.kind = ANY (ARRAY['cancelled'::text, 'edited'::text])))), collect_leg.ready_at) AS since,
    collect_leg.spot_kind,
    collect_leg.spot,
    collect_leg.compartment
   FROM (collect_leg
     JOIN leg ON (((leg.id)::text = (collect_leg.leg_id)::text)))
  WHERE ((leg.shipped_at IS NULL) AND (leg.withdrawn_at IS NULL) AND (EXISTS ( SELECT
           FROM (collect_line
             JOIN leg_line ON ((((leg_line.leg_id)::text = (collect_line.leg_id)::text) AND (leg_line.line = collect_line.line))))
          WHERE (((collect_line.leg_id)::text = (leg.id)::text) AND ((collect_line.quantity - collect_line.put_back) > (leg_line.quantity - leg_line.gone))))));

COMMENT ON VIEW collect_to_put_back IS 'what lies where customers collect, or was picked for it, and is on sale again or goes elsewhere';

CREATE TABLE collect_watch (
    leg_id code NOT NULL,
    expected_at timestamp with time zone NOT NULL,
    looked_at timestamp with time zone NOT NULL
)
WITH (fillfactor='80');

COMMENT ON TABLE collect_watch IS 'when a leg that is not ready yet is expected to be, as of the last look';

CREATE TABLE collect_wrong_code (
    node code NOT NULL,
    tried_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    settled_at timestamp with time zone
);

COMMENT ON COLUMN collect_wrong_code.settled_at IS 'when somebody looked after it: from then on it counts no more';

CREATE TABLE hand_over (
    id code NOT NULL,
    order_id code NOT NULL,
    node code NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    way text NOT NULL,
    is_proven boolean NOT NULL,
    is_late boolean DEFAULT false NOT NULL,
    CONSTRAINT a_hand_over_is_proven_somehow CHECK ((way = ANY (ARRAY['scan'::text, 'code'::text, 'identity'::text, 'proxy'::text])))
);

COMMENT ON COLUMN hand_over.is_late IS 'it was given up and back on sale when the store told that it had been handed over';

CREATE TABLE hand_over_leg (
    leg_id code NOT NULL,
    hand_over_id code NOT NULL
);

COMMENT ON TABLE hand_over_leg IS 'each leg is handed over once';

CREATE TABLE hand_over_settlement (
    hand_over_id code NOT NULL,
    words text DEFAULT ''::text NOT NULL,
    actor text NOT NULL,
    settled_at timestamp with time zone NOT NULL,
    CONSTRAINT a_settled_hand_over_is_short CHECK ((length(words) <= 500))
);

COMMENT ON TABLE hand_over_settlement IS 'hand-overs without proof, or after they were given up, that somebody has looked after';

CREATE VIEW collect_exception AS
 SELECT
        CASE
            WHEN (due.due_at < ( SELECT noria_now() AS noria_now)) THEN 'collect.late'::text
            ELSE 'collect.endangered'::text
        END AS kind,
    ('order:'::text || (due.order_id)::text) AS subject,
    (due.node)::text AS node,
    due.due_at AS since,
    (((((due.leg_id)::text || ' by '::text) || to_char((due.due_at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD HH24:MI'::text)) || ' UTC'::text) || COALESCE((('; expected '::text || to_char((collect_watch.expected_at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD HH24:MI'::text)) || ' UTC'::text), ''::text)) AS detail,
    worth.cents AS money_cents,
    worth.currency,
    'store_manager'::text AS owner,
    jsonb_build_object('order', due.order_id, 'leg', due.leg_id, 'by', due.due_at, 'expected_at', collect_watch.expected_at, 'is_picked', (due.picked_at IS NOT NULL)) AS facts
   FROM ((collect_due due
     JOIN leg_worth worth ON (((worth.leg_id)::text = (due.leg_id)::text)))
     LEFT JOIN collect_watch ON (((collect_watch.leg_id)::text = (due.leg_id)::text)))
  WHERE ((due.due_at < ( SELECT noria_now() AS noria_now)) OR (collect_watch.expected_at > due.due_at))
UNION ALL
 SELECT 'collect.to_receive'::text AS kind,
    ('order:'::text || (inbound.order_id)::text) AS subject,
    (inbound.node)::text AS node,
    COALESCE(inbound.carrier_since, ((inbound.arrives_on + 1))::timestamp with time zone) AS since,
    (((((inbound.leg_id)::text || ' of '::text) || (inbound.source)::text) || ' by '::text) || (inbound.service)::text) AS detail,
    worth.cents AS money_cents,
    worth.currency,
    'store_manager'::text AS owner,
    jsonb_build_object('order', inbound.order_id, 'leg', inbound.leg_id, 'source', inbound.source, 'service', inbound.service) AS facts
   FROM (collect_inbound inbound
     JOIN leg_worth worth ON (((worth.leg_id)::text = (inbound.leg_id)::text)))
  WHERE ((inbound.carrier_says = 'delivered'::text) OR (((inbound.arrives_on + 1))::timestamp with time zone < ( SELECT noria_now() AS noria_now)))
UNION ALL
 SELECT 'collect.to_put_back'::text AS kind,
    ('order:'::text || (back.order_id)::text) AS subject,
    (back.node)::text AS node,
    back.since,
    (((back.leg_id)::text || COALESCE((((' at '::text || back.spot_kind) || ' '::text) || back.spot), ''::text)) || COALESCE((' '::text || back.compartment), ''::text)) AS detail,
    ( SELECT (sum((leg_line.quantity * order_line.price_cents)))::bigint AS sum
           FROM (leg_line
             JOIN order_line ON ((((order_line.order_id)::text = (back.order_id)::text) AND (order_line.line = leg_line.line))))
          WHERE ((leg_line.leg_id)::text = (back.leg_id)::text)) AS money_cents,
    customer_order.currency,
    'store_manager'::text AS owner,
    jsonb_build_object('order', back.order_id, 'leg', back.leg_id, 'spot', concat_ws(' '::text, back.spot, back.compartment)) AS facts
   FROM (collect_to_put_back back
     JOIN customer_order ON (((customer_order.id)::text = (back.order_id)::text)))
UNION ALL
 SELECT 'collect.code_tried'::text AS kind,
    ('node:'::text || (tried.node)::text) AS subject,
    (tried.node)::text AS node,
    tried.since,
    (tried.count || ' wrong codes'::text) AS detail,
    ready.cents AS money_cents,
    ready.currency,
    'store_manager'::text AS owner,
    jsonb_build_object('count', tried.count) AS facts
   FROM (( SELECT collect_wrong_code.node,
            min(collect_wrong_code.tried_at) AS since,
            count(*) AS count
           FROM collect_wrong_code
          WHERE ((collect_wrong_code.tried_at > (( SELECT noria_now() AS noria_now) - '00:15:00'::interval)) AND (collect_wrong_code.settled_at IS NULL))
          GROUP BY collect_wrong_code.node
         HAVING (count(*) >= 5)) tried
     CROSS JOIN LATERAL ( SELECT
                CASE
                    WHEN (min(leg_worth.currency) = max(leg_worth.currency)) THEN (sum(leg_worth.cents))::bigint
                    ELSE NULL::bigint
                END AS cents,
                CASE
                    WHEN (min(leg_worth.currency) = max(leg_worth.currency)) THEN min(leg_worth.currency)
                    ELSE NULL::text
                END AS currency
           FROM ((collect_leg
             JOIN leg ON ((((leg.id)::text = (collect_leg.leg_id)::text) AND (leg.shipped_at IS NULL) AND (leg.withdrawn_at IS NULL))))
             JOIN leg_worth ON (((leg_worth.leg_id)::text = (collect_leg.leg_id)::text)))
          WHERE ((collect_leg.node)::text = (tried.node)::text)) ready)
UNION ALL
 SELECT
        CASE
            WHEN hand_over.is_late THEN 'collect.handed_over_late'::text
            ELSE 'collect.unproven'::text
        END AS kind,
    ('order:'::text || (hand_over.order_id)::text) AS subject,
    (hand_over.node)::text AS node,
    hand_over.recorded_at AS since,
    (((hand_over.id)::text || ' by '::text) || hand_over.way) AS detail,
    ( SELECT (sum((order_line.quantity * order_line.price_cents)))::bigint AS sum
           FROM order_line
          WHERE ((order_line.order_id)::text = (hand_over.order_id)::text)) AS money_cents,
    customer_order.currency,
    'store_manager'::text AS owner,
    jsonb_build_object('order', hand_over.order_id, 'hand_over', hand_over.id, 'way', hand_over.way) AS facts
   FROM (hand_over
     JOIN customer_order ON (((customer_order.id)::text = (hand_over.order_id)::text)))
  WHERE ((hand_over.is_late OR (NOT hand_over.is_proven)) AND (hand_over.recorded_at > (( SELECT noria_now() AS noria_now) - '14 days'::interval)) AND (NOT (EXISTS ( SELECT
           FROM hand_over_settlement
          WHERE ((hand_over_settlement.hand_over_id)::text = (hand_over.id)::text)))))
UNION ALL
 SELECT 'collect.unpaid'::text AS kind,
    ('order:'::text || (hand_over.order_id)::text) AS subject,
    (hand_over.node)::text AS node,
    min(hand_over.recorded_at) AS since,
    ('handed over by '::text || min((hand_over.id)::text)) AS detail,
    ( SELECT (sum((order_line.quantity * order_line.price_cents)))::bigint AS sum
           FROM order_line
          WHERE ((order_line.order_id)::text = (hand_over.order_id)::text)) AS money_cents,
    min(customer_order.currency) AS currency,
    'store_manager'::text AS owner,
    jsonb_build_object('order', hand_over.order_id, 'hand_over', min((hand_over.id)::text)) AS facts
   FROM (hand_over
     JOIN customer_order ON (((customer_order.id)::text = (hand_over.order_id)::text)))
  WHERE ((customer_order.payment = 'in_store'::text) AND (EXISTS ( SELECT
           FROM hand_over_leg
          WHERE ((hand_over_leg.hand_over_id)::text = (hand_over.id)::text))))
  GROUP BY hand_over.order_id, hand_over.node;

COMMENT ON VIEW collect_exception IS 'what stores keep for customers and is not as it should be: gone when its cause is';

CREATE TABLE collect_notice (
    order_id code NOT NULL,
    node code NOT NULL,
    arrives_at timestamp with time zone NOT NULL,
    told_at timestamp with time zone NOT NULL,
    vehicle text NOT NULL,
    bay text NOT NULL
);

COMMENT ON COLUMN collect_notice.vehicle IS 'plate or colour, as the customer wrote it: personal data, erased with it';

CREATE TABLE collect_proxy (
    order_id code NOT NULL,
    name text NOT NULL,
    allowed_at timestamp with time zone NOT NULL,
    actor text NOT NULL
);

COMMENT ON TABLE collect_proxy IS 'who may collect an order instead of its customer: personal data, erased with it';

CREATE TABLE collect_refusal (
    hand_over_id code NOT NULL,
    leg_id code NOT NULL,
    line smallint NOT NULL,
    sku code NOT NULL,
    quantity bigint NOT NULL,
    grade text NOT NULL,
    reason text NOT NULL,
    CONSTRAINT a_refusal_is_graded CHECK ((grade = ANY (ARRAY['A'::text, 'B'::text, 'C'::text, 'D'::text]))),
    CONSTRAINT a_refusal_is_of_units CHECK ((quantity > 0))
);

COMMENT ON TABLE collect_refusal IS 'units that a customer did not want when they saw them';

CREATE TABLE collect_secret (
    only_one boolean DEFAULT true NOT NULL,
    secret bytea NOT NULL,
    CONSTRAINT there_is_one_collect_secret CHECK (only_one)
);

COMMENT ON TABLE collect_secret IS 'what pickup codes are made with; drawn once, at installation';

CREATE TABLE collection (
    order_id code NOT NULL,
    node code NOT NULL,
    code text,
    ready_at timestamp with time zone NOT NULL,
    keep_until timestamp with time zone NOT NULL,
    remind_at timestamp with time zone NOT NULL,
    reminded_at timestamp with time zone,
    extended integer DEFAULT 0 NOT NULL,
    expired_at timestamp with time zone,
    CONSTRAINT it_is_kept_for_a_while CHECK ((keep_until > ready_at))
);

COMMENT ON TABLE collection IS 'what waits for a customer in a store: until when, and by which code it is handed over';

COMMENT ON COLUMN collection.code IS 'null once it was handed over or given up, or its customer was erased';

CREATE TABLE purchase_line (
    purchase_order code NOT NULL,
    sku code NOT NULL,
    quantity bigint NOT NULL,
    received bigint DEFAULT 0 NOT NULL,
    cost_cents bigint DEFAULT 0 NOT NULL,
    CONSTRAINT a_purchase_line_has_units CHECK ((quantity > 0)),
    CONSTRAINT received_is_not_negative CHECK ((received >= 0))
);

CREATE TABLE purchase_order (
    id code NOT NULL,
    supplier text NOT NULL,
    node code NOT NULL,
    ordered_at timestamp with time zone NOT NULL,
    expected_on date NOT NULL,
    closed_at timestamp with time zone
);

CREATE VIEW coming AS
 WITH announced AS NOT MATERIALIZED (
         SELECT asn.id,
            asn.purchase_order,
            asn.node,
            asn.expected_on,
            asn_line.sku,
            (asn_line.quantity - asn_line.received) AS units,
            COALESCE(sum((asn_line.quantity - asn_line.received)) OVER (PARTITION BY asn.purchase_order, asn_line.sku ORDER BY asn.expected_on, asn.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), (0)::numeric) AS before
           FROM (asn
             JOIN asn_line ON (((asn_line.asn)::text = (asn.id)::text)))
          WHERE ((asn.closed_at IS NULL) AND (asn_line.quantity > asn_line.received))
        ), bought AS NOT MATERIALIZED (
         SELECT purchase_order.id,
            purchase_order.node,
            purchase_order.expected_on,
            purchase_line.sku,
            (purchase_line.quantity - purchase_line.received) AS units
           FROM (purchase_order
             JOIN purchase_line ON (((purchase_line.purchase_order)::text = (purchase_order.id)::text)))
          WHERE ((purchase_order.closed_at IS NULL) AND (purchase_line.quantity > purchase_line.received))
        ), told AS NOT MATERIALIZED (
         SELECT announced.id,
            announced.purchase_order,
            announced.node,
            announced.expected_on,
            announced.sku,
                CASE
                    WHEN (announced.purchase_order IS NULL) THEN (announced.units)::numeric
                    ELSE GREATEST(LEAST((announced.units)::numeric, ((COALESCE(bought.units, (0)::bigint))::numeric - announced.before)), (0)::numeric)
                END AS units
           FROM (announced
             LEFT JOIN bought ON ((((bought.id)::text = (announced.purchase_order)::text) AND ((bought.sku)::text = (announced.sku)::text))))
        )
 SELECT 'asn'::text AS kind,
    told.id,
    told.sku,
    told.node,
    told.expected_on,
    (told.units)::bigint AS units
   FROM told
UNION ALL
 SELECT 'purchase'::text AS kind,
    bought.id,
    bought.sku,
    bought.node,
    bought.expected_on,
    (((bought.units)::numeric - COALESCE(( SELECT sum(told.units) AS sum
           FROM told
          WHERE (((told.purchase_order)::text = (bought.id)::text) AND ((told.sku)::text = (bought.sku)::text))), (0)::numeric)))::bigint AS units
   FROM bought;

COMMENT ON VIEW coming IS 'units that suppliers bring: by each ASN, and what no ASN announces of each purchase order; together never more than was ordered';

CREATE TABLE compartment (
    node code NOT NULL,
    locker text NOT NULL,
    name text NOT NULL,
    volume_cm3 bigint NOT NULL,
    most_g bigint NOT NULL,
    CONSTRAINT a_compartment_bears_something CHECK ((most_g > 0)),
    CONSTRAINT a_compartment_has_room CHECK ((volume_cm3 > 0))
);

COMMENT ON TABLE compartment IS 'what lockers at a node hold';

CREATE TABLE cost_balance (
    sku code NOT NULL,
    node code NOT NULL,
    units bigint NOT NULL,
    value_cents bigint NOT NULL,
    last_units bigint DEFAULT 0 NOT NULL,
    last_value_cents bigint DEFAULT 0 NOT NULL,
    CONSTRAINT no_units_no_value CHECK (((units > 0) OR (value_cents = 0))),
    CONSTRAINT value_is_never_negative CHECK (((value_cents >= 0) AND (last_value_cents >= 0)))
)
WITH (fillfactor='70');

COMMENT ON TABLE cost_balance IS 'units inside our walls at a node, and their value: a cache of value_entry';

COMMENT ON COLUMN cost_balance.last_units IS 'units when there were any last, and their value: the last average';

CREATE TABLE cost_state_cursor (
    only_one boolean DEFAULT true NOT NULL,
    seq bigint NOT NULL,
    CONSTRAINT there_is_one_cursor CHECK (only_one)
);

COMMENT ON TABLE cost_state_cursor IS 'cost_state_total holds while seq is that of value_cursor; -1 is never';

CREATE TABLE cost_state_total (
    node code NOT NULL,
    state stock_state NOT NULL,
    currency text NOT NULL,
    units bigint NOT NULL,
    value_cents bigint NOT NULL,
    CONSTRAINT outside_is_worth_nothing CHECK ((state <> 'outside'::stock_state))
);

COMMENT ON TABLE cost_state_total IS 'units and their value at a node in a state, in a currency: each cost_balance divided over its states';

CREATE TABLE cost_total (
    node code NOT NULL,
    currency text NOT NULL,
    units bigint NOT NULL,
    value_cents bigint NOT NULL
);

COMMENT ON TABLE cost_total IS 'units and their value at a node, in a currency: a cache of cost_balance';

CREATE TABLE count_line (
    task code NOT NULL,
    sku code NOT NULL,
    why jsonb,
    stage text NOT NULL,
    round smallint DEFAULT 1 NOT NULL,
    expected bigint,
    counted bigint,
    difference bigint,
    value_cents bigint,
    counted_at timestamp with time zone,
    counted_by text,
    approved_at timestamp with time zone,
    approved_by text,
    root_cause code,
    note text DEFAULT ''::text NOT NULL,
    booked_at timestamp with time zone,
    movement code,
    held_short bigint DEFAULT 0 NOT NULL,
    exposure double precision,
    signals bigint,
    chance double precision,
    is_unusual boolean DEFAULT false NOT NULL,
    CONSTRAINT a_count_is_not_negative CHECK ((counted >= 0)),
    CONSTRAINT a_counted_line_is_at_a_stage CHECK ((stage = ANY (ARRAY['open'::text, 'recount'::text, 'approval'::text, 'settled'::text, 'booked'::text, 'superseded'::text, 'dropped'::text]))),
    CONSTRAINT a_held_shortage_is_not_negative CHECK ((held_short >= 0)),
    CONSTRAINT a_round_is_counted_from_1 CHECK ((round >= 1)),
    CONSTRAINT an_approval_has_somebody CHECK (((approved_at IS NULL) = (approved_by IS NULL))),
    CONSTRAINT what_is_booked_was_counted CHECK (((stage <> 'booked'::text) OR (counted IS NOT NULL)))
);

COMMENT ON COLUMN count_line.held_short IS 'units that are missing but held for somebody: the book keeps them until a pick fails or they are given back';

COMMENT ON COLUMN count_line.chance IS 'how likely so large a difference was there; null before it is booked';

CREATE TABLE count_policy (
    node code NOT NULL,
    policy jsonb NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    changed_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE count_policy IS 'when a difference at this node is counted again, approved, or raises an alert; a count keeps what held when it was opened';

CREATE TABLE count_reading (
    id code NOT NULL,
    task code NOT NULL,
    sku code NOT NULL,
    round smallint NOT NULL,
    location text NOT NULL,
    quantity bigint NOT NULL,
    is_last boolean NOT NULL,
    counted_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    CONSTRAINT a_reading_is_not_negative CHECK ((quantity >= 0))
);

CREATE TABLE count_shortlist (
    node code NOT NULL,
    looked_at timestamp with time zone NOT NULL,
    skus code[],
    rate double precision NOT NULL,
    off_units double precision NOT NULL,
    signal_right double precision NOT NULL,
    CONSTRAINT off_is_positive CHECK ((off_units > (0)::double precision)),
    CONSTRAINT rate_is_positive CHECK ((rate > (0)::double precision)),
    CONSTRAINT signal_is_a_chance CHECK (((signal_right >= (0)::double precision) AND (signal_right <= (1)::double precision)))
);

COMMENT ON TABLE count_shortlist IS 'the shelves of a node that are most worth a count, as the worker saw them; what is told of them is asked anew';

COMMENT ON COLUMN count_shortlist.looked_at IS 'on the clock of the business';

COMMENT ON COLUMN count_shortlist.skus IS 'null: a small node, of which all shelves are looked at';

COMMENT ON COLUMN count_shortlist.rate IS 'wrong records per exposure at the node';

COMMENT ON COLUMN count_shortlist.off_units IS 'by how many units a wrong record is usually off';

COMMENT ON COLUMN count_shortlist.signal_right IS 'how often a signal was right';

CREATE TABLE count_task (
    id code NOT NULL,
    node code NOT NULL,
    kind text NOT NULL,
    is_blind boolean NOT NULL,
    policy jsonb NOT NULL,
    seed bigint,
    population bigint,
    opened_at timestamp with time zone NOT NULL,
    opened_by text NOT NULL,
    ended_at timestamp with time zone,
    ended_by text,
    is_cancelled boolean DEFAULT false NOT NULL,
    CONSTRAINT a_cancelled_count_has_ended CHECK (((ended_at IS NOT NULL) OR (NOT is_cancelled))),
    CONSTRAINT a_count_is_of_a_known_kind CHECK ((kind = ANY (ARRAY['cycle'::text, 'full'::text, 'sample'::text]))),
    CONSTRAINT a_population_is_not_negative CHECK ((population >= 0)),
    CONSTRAINT a_sample_says_how_it_was_drawn CHECK (((kind = 'sample'::text) = ((seed IS NOT NULL) AND (population IS NOT NULL)))),
    CONSTRAINT an_end_has_somebody CHECK (((ended_at IS NULL) = (ended_by IS NULL)))
);

CREATE TABLE customer_report (
    id code NOT NULL,
    order_id code NOT NULL,
    trouble text NOT NULL,
    words text NOT NULL,
    reported_at timestamp with time zone NOT NULL,
    settled_at timestamp with time zone,
    settled_by text,
    answer text DEFAULT ''::text NOT NULL,
    told text DEFAULT ''::text NOT NULL,
    CONSTRAINT a_report_is_short CHECK ((length(words) <= 2000)),
    CONSTRAINT what_is_settled_says_by_whom CHECK (((settled_at IS NULL) = (settled_by IS NULL))),
    CONSTRAINT what_is_told_is_short CHECK ((length(told) <= 2000))
);

COMMENT ON COLUMN customer_report.words IS 'the customer''s own; erased with their personal data';

COMMENT ON COLUMN customer_report.told IS 'the answer that the customer reads; empty: they hear nothing';

CREATE VIEW order_worth AS
 SELECT id AS order_id,
    currency,
    ( SELECT (sum(((order_line.quantity - order_line.cancelled) * order_line.price_cents)))::bigint AS sum
           FROM order_line
          WHERE ((order_line.order_id)::text = (customer_order.id)::text)) AS cents
   FROM customer_order;

COMMENT ON VIEW order_worth IS 'what is still wanted of an order, at its prices';

CREATE TABLE withdrawn_unit (
    report code NOT NULL,
    sku code NOT NULL,
    units bigint NOT NULL,
    CONSTRAINT somebody_withdraws_from_something CHECK ((units > 0))
);

COMMENT ON TABLE withdrawn_unit IS 'what a customer withdrew from, where nobody takes returns: a person says where it goes';

CREATE VIEW customer_exception AS
 SELECT 'order.reported'::text AS kind,
    ('order:'::text || (report.order_id)::text) AS subject,
    NULL::text AS node,
    report.reported_at AS since,
    ((report.trouble || ': '::text) || "left"(report.words, 200)) AS detail,
    worth.cents AS money_cents,
    worth.currency,
    'operations'::text AS owner,
    jsonb_build_object('order', report.order_id, 'report', report.id, 'trouble', report.trouble, 'words', "left"(report.words, 200), 'is_withdrawal', (EXISTS ( SELECT
           FROM withdrawn_unit
          WHERE ((withdrawn_unit.report)::text = (report.id)::text)))) AS facts
   FROM (customer_report report
     JOIN order_worth worth ON (((worth.order_id)::text = (report.order_id)::text)))
  WHERE (report.settled_at IS NULL);

COMMENT ON VIEW customer_exception IS 'what customers have reported, and nobody has looked after';

CREATE TABLE customs_good (
    sku code NOT NULL,
    hs_code text NOT NULL,
    origin text NOT NULL,
    description text NOT NULL,
    CONSTRAINT an_hs_code_is_digits CHECK ((hs_code ~ '^[0-9]{6,10}$'::text)),
    CONSTRAINT an_origin_is_a_country CHECK ((origin ~ '^[A-Z]{2}$'::text))
);

COMMENT ON TABLE customs_good IS 'what customs want to know of a SKU';

CREATE TABLE day_ask (
    id code NOT NULL,
    day_change code NOT NULL,
    label code NOT NULL,
    state text NOT NULL,
    CONSTRAINT an_ask_is_answered CHECK ((state = ANY (ARRAY['asked'::text, 'agreed'::text, 'declined'::text])))
);

COMMENT ON TABLE day_ask IS 'each box of a delivery that is to come another day: what its carrier said';

CREATE TABLE day_change (
    id code NOT NULL,
    order_id code NOT NULL,
    day date NOT NULL,
    state text NOT NULL,
    detail text DEFAULT ''::text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    CONSTRAINT a_day_is_asked_for_and_answered CHECK ((state = ANY (ARRAY['asked'::text, 'agreed'::text, 'declined'::text])))
);

COMMENT ON TABLE day_change IS 'other days that customers chose for what is under way, and what became of it';

CREATE TABLE decision (
    order_id code NOT NULL,
    number integer NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    policy text NOT NULL,
    explanation jsonb,
    record bytea,
    CONSTRAINT a_decision_is_told_once CHECK ((num_nonnulls(explanation, record) = 1))
);

COMMENT ON TABLE decision IS 'candidates, fences, costs and the plan chosen; nothing is overwritten';

COMMENT ON COLUMN decision.explanation IS 'how decisions were stored before they were packed';

COMMENT ON COLUMN decision.record IS 'a byte for the shape, then MessagePack: see noria/sourcing/records.py';

CREATE TABLE delivery (
    shipment_id code NOT NULL,
    delivered_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    actor text NOT NULL
);

CREATE TABLE delivery_run (
    number bigint NOT NULL,
    learned_at timestamp with time zone NOT NULL,
    legs integer NOT NULL,
    learned jsonb NOT NULL,
    CONSTRAINT a_run_has_legs_or_none CHECK ((legs >= 0))
);

COMMENT ON TABLE delivery_run IS 'how long deliveries take, as learned at a time from all legs until then; never changed';

ALTER TABLE delivery_run ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME delivery_run_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE expected_demand (
    demand text NOT NULL,
    line smallint NOT NULL,
    sku code NOT NULL,
    units bigint NOT NULL,
    channel code NOT NULL,
    node code,
    due date,
    since timestamp with time zone NOT NULL,
    CONSTRAINT a_demand_is_short CHECK (((length(demand) >= 1) AND (length(demand) <= 130))),
    CONSTRAINT demand_has_units CHECK ((units > 0))
);

COMMENT ON TABLE expected_demand IS 'units that were accepted and that no node sends yet; gone when a node does';

COMMENT ON COLUMN expected_demand.node IS 'the only node that may send them; null: it is nowhere yet';

CREATE TABLE transfer (
    id code NOT NULL,
    source code NOT NULL,
    target code NOT NULL,
    planned_at timestamp with time zone NOT NULL,
    expected_on date NOT NULL,
    dispatched_at timestamp with time zone,
    received_at timestamp with time zone,
    CONSTRAINT a_transfer_goes_somewhere CHECK (((source)::text <> (target)::text)),
    CONSTRAINT what_arrives_has_left CHECK (((received_at IS NULL) OR (dispatched_at IS NOT NULL)))
);

CREATE TABLE transfer_line (
    transfer code NOT NULL,
    sku code NOT NULL,
    planned bigint NOT NULL,
    dispatched bigint DEFAULT 0 NOT NULL,
    received bigint DEFAULT 0 NOT NULL,
    CONSTRAINT a_transfer_line_has_units CHECK ((planned > 0)),
    CONSTRAINT dispatched_is_not_negative CHECK ((dispatched >= 0)),
    CONSTRAINT received_is_not_negative CHECK ((received >= 0))
);

CREATE VIEW supply_on_time AS
 SELECT coming.sku,
    coming.node,
    coming.expected_on,
    coming.units
   FROM coming
  WHERE (coming.expected_on >= (( SELECT noria_now() AS noria_now))::date)
UNION ALL
 SELECT transfer_line.sku,
    transfer.target AS node,
    transfer.expected_on,
    (transfer_line.dispatched - transfer_line.received) AS units
   FROM (transfer
     JOIN transfer_line ON (((transfer_line.transfer)::text = (transfer.id)::text)))
  WHERE ((transfer.dispatched_at IS NOT NULL) AND (transfer.received_at IS NULL) AND (transfer.expected_on >= (( SELECT noria_now() AS noria_now))::date) AND (transfer_line.dispatched > transfer_line.received));

COMMENT ON VIEW supply_on_time IS 'units that documents bring from today on; what is late is not in it: nobody knows when it comes';

CREATE VIEW demand_cover AS
 WITH waits AS (
         SELECT expected_demand.demand,
            expected_demand.line,
            expected_demand.sku,
            expected_demand.units,
            expected_demand.since,
            (sum(expected_demand.units) OVER (PARTITION BY expected_demand.sku ORDER BY expected_demand.since, expected_demand.demand, expected_demand.line))::bigint AS until_here
           FROM expected_demand
        ), comes AS (
         SELECT supply_on_time.sku,
            (sum(supply_on_time.units))::bigint AS units
           FROM supply_on_time
          WHERE ((supply_on_time.sku)::text IN ( SELECT expected_demand.sku
                   FROM expected_demand))
          GROUP BY supply_on_time.sku
        )
 SELECT waits.demand,
    waits.line,
    waits.sku,
    waits.units,
    waits.since,
    LEAST(GREATEST((waits.until_here - COALESCE(comes.units, (0)::bigint)), (0)::bigint), waits.units) AS uncovered
   FROM (waits
     LEFT JOIN comes ON (((comes.sku)::text = (waits.sku)::text)));

COMMENT ON VIEW demand_cover IS 'units that no node sends yet, and how many of them no document brings: who waits longest is covered first';

CREATE TABLE departure (
    node code NOT NULL,
    service code NOT NULL,
    weekday smallint NOT NULL,
    cut_off time without time zone NOT NULL,
    CONSTRAINT weekday_is_monday_0_to_sunday_6 CHECK (((weekday >= 0) AND (weekday <= 6)))
);

COMMENT ON TABLE departure IS 'latest time, in the zone of the node, for that day''s collection';

CREATE TABLE discrepancy (
    receipt code NOT NULL,
    sku code NOT NULL,
    expected bigint NOT NULL,
    received bigint NOT NULL,
    reason text NOT NULL,
    CONSTRAINT a_discrepancy_differs CHECK ((expected <> received)),
    CONSTRAINT a_discrepancy_has_a_reason CHECK ((length(reason) > 0))
);

CREATE TABLE document (
    id code NOT NULL,
    kind text NOT NULL,
    format text NOT NULL,
    language text NOT NULL,
    node code NOT NULL,
    legs text[] NOT NULL,
    state text NOT NULL,
    content bytea,
    detail text DEFAULT ''::text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    CONSTRAINT a_document_has_a_format CHECK ((format = ANY (ARRAY['pdf'::text, 'zpl'::text, 'png'::text]))),
    CONSTRAINT a_document_has_a_state CHECK ((state = ANY (ARRAY['waiting'::text, 'made'::text, 'failed'::text, 'erased'::text]))),
    CONSTRAINT a_document_is_something CHECK ((kind = ANY (ARRAY['label'::text, 'customs'::text, 'delivery_note'::text, 'pick_list'::text, 'manifest'::text, 'invoice'::text]))),
    CONSTRAINT what_is_made_is_there CHECK (((state = 'made'::text) = (content IS NOT NULL)))
);

COMMENT ON TABLE document IS 'labels and papers; those that name a recipient are erased with them';

CREATE TABLE driven_clock (
    only_one boolean DEFAULT true NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT there_is_one_clock CHECK (only_one)
);

COMMENT ON TABLE driven_clock IS 'empty in real life; a replay puts its instant here';

CREATE TABLE move (
    movement_id code NOT NULL,
    line smallint NOT NULL,
    sku code NOT NULL,
    quantity bigint NOT NULL,
    source_node code NOT NULL,
    source_state stock_state NOT NULL,
    target_node code NOT NULL,
    target_state stock_state NOT NULL,
    seq bigint NOT NULL,
    own_cause text,
    causes text[],
    parts bigint[],
    CONSTRAINT a_move_goes_somewhere CHECK ((((source_node)::text <> (target_node)::text) OR (source_state <> target_state))),
    CONSTRAINT a_move_takes_units CHECK ((quantity > 0))
);

COMMENT ON COLUMN move.seq IS 'the order in which moves were booked; at one place, the order of its locks';

COMMENT ON COLUMN move.own_cause IS 'what it is for, where its movement is for several causes';

COMMENT ON COLUMN move.causes IS 'what it is for, where it is for several causes';

COMMENT ON COLUMN move.parts IS 'units of each of the causes; they add up to its quantity';

CREATE VIEW entry AS
 SELECT move.movement_id,
    move.line,
    move.sku,
    move.source_node AS node,
    move.source_state AS state,
    (- move.quantity) AS change,
    move.seq,
    move.own_cause
   FROM move
UNION ALL
 SELECT move.movement_id,
    move.line,
    move.sku,
    move.target_node AS node,
    move.target_state AS state,
    move.quantity AS change,
    move.seq,
    move.own_cause
   FROM move;

COMMENT ON VIEW entry IS 'both ends of every move, as signed changes';

CREATE TABLE erasure (
    id code NOT NULL,
    customer text,
    alias text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    erased bigint DEFAULT 0 NOT NULL,
    done_at timestamp with time zone,
    CONSTRAINT who_is_forgotten_is_not_known CHECK (((done_at IS NULL) OR (customer IS NULL)))
);

COMMENT ON TABLE erasure IS 'what a customer''s orders are known by since; who it was is kept only until the last of them is closed';

CREATE TABLE estimate (
    topic text NOT NULL,
    key text NOT NULL COLLATE pg_catalog."C",
    parent text NOT NULL,
    counts bigint[] NOT NULL,
    weights double precision[] NOT NULL,
    shares double precision[] NOT NULL,
    strength double precision NOT NULL
);

COMMENT ON TABLE estimate IS 'shares of outcomes of a node, a service, or a group of them, drawn towards the parent while there is little data';

COMMENT ON COLUMN estimate.weights IS 'counts, of which the old ones are half forgotten';

COMMENT ON COLUMN estimate.strength IS 'how many observations the parent is worth';

CREATE TABLE event (
    seq bigint NOT NULL,
    type text NOT NULL COLLATE pg_catalog."C",
    subject text NOT NULL,
    node text,
    data jsonb,
    at timestamp with time zone DEFAULT noria_now() NOT NULL,
    written_at timestamp with time zone DEFAULT now() NOT NULL,
    told text,
    CONSTRAINT a_subject_is_short CHECK (((length(subject) >= 1) AND (length(subject) <= 130)))
);

COMMENT ON TABLE event IS 'read in order of seq, up to event_horizon()';

COMMENT ON COLUMN event.node IS 'who may see only some nodes sees only the events of those';

COMMENT ON COLUMN event.at IS 'business time; written_at is the machine''s, and says when it may go';

COMMENT ON COLUMN event.told IS 'data, not taken apart';

CREATE TABLE event_forgotten (
    only_one boolean DEFAULT true NOT NULL,
    seq bigint NOT NULL,
    CONSTRAINT there_is_one_limit CHECK (only_one)
);

COMMENT ON TABLE event_forgotten IS 'events up to this seq may be gone: too late to read on from there';

ALTER TABLE event ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME event_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE movement (
    id code NOT NULL,
    kind movement_kind NOT NULL,
    cause text NOT NULL,
    actor text NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT a_cause_is_short CHECK (((length(cause) >= 1) AND (length(cause) <= 130)))
);

COMMENT ON COLUMN movement.cause IS 'what it is for, as kind:id - order:536365, count:2011-W44, transfer:T12';

CREATE TABLE pick (
    leg_id code NOT NULL,
    node code NOT NULL,
    picked_at timestamp with time zone NOT NULL,
    actor text NOT NULL
);

CREATE TABLE promise (
    order_id code NOT NULL,
    node text,
    service text,
    made_at timestamp with time zone NOT NULL,
    promised_from date NOT NULL,
    promised_to date NOT NULL,
    chance numeric(5,4) NOT NULL,
    settled_at timestamp with time zone,
    is_kept boolean,
    withdrawn_at timestamp with time zone,
    option text DEFAULT 'home_standard'::text NOT NULL,
    delivery_run bigint,
    arrived_on date,
    chosen_to date,
    CONSTRAINT a_chance_is_between_0_and_1 CHECK (((chance >= (0)::numeric) AND (chance <= (1)::numeric))),
    CONSTRAINT a_chosen_day_is_a_later_one CHECK ((chosen_to >= promised_from)),
    CONSTRAINT a_window_opens_before_it_closes CHECK ((promised_from <= promised_to)),
    CONSTRAINT an_option_is_known CHECK ((option = ANY (ARRAY['home_standard'::text, 'home_express'::text, 'relay'::text, 'pick_up'::text, 'ship_to_store'::text, 'made_for_you'::text, 'digital'::text]))),
    CONSTRAINT settled_is_kept_or_broken CHECK (((settled_at IS NULL) = (is_kept IS NULL))),
    CONSTRAINT what_is_withdrawn_is_not_settled CHECK (((settled_at IS NULL) OR (withdrawn_at IS NULL)))
);

COMMENT ON TABLE promise IS 'the date window that a customer was told; settled when the last unit has arrived, withdrawn when nothing is wanted any more';

COMMENT ON COLUMN promise.delivery_run IS 'the run of delivery_run that it was made with; null: what is believed beforehand';

COMMENT ON COLUMN promise.arrived_on IS 'the day on which the last unit came';

COMMENT ON COLUMN promise.chosen_to IS 'the day that the customer chose instead, and its carrier agreed to';

CREATE TABLE promise_change (
    order_id code NOT NULL,
    number integer NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    promised_from date NOT NULL,
    promised_to date NOT NULL,
    chance numeric(5,4) NOT NULL,
    reason text NOT NULL,
    CONSTRAINT a_changed_chance_is_between_0_and_1 CHECK (((chance >= (0)::numeric) AND (chance <= (1)::numeric))),
    CONSTRAINT a_changed_window_opens_before_it_closes CHECK ((promised_from <= promised_to))
);

COMMENT ON TABLE promise_change IS 'what a customer was told after the promise, once it could not be kept any more';

CREATE TABLE receipt (
    id code NOT NULL,
    purchase_order code,
    transfer code,
    node code NOT NULL,
    received_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    asn code,
    CONSTRAINT a_receipt_is_of_one_thing CHECK ((num_nonnulls(COALESCE(purchase_order, asn), transfer) = 1))
);

COMMENT ON COLUMN receipt.asn IS 'of which ASN; of its purchase order too, if it has one';

CREATE TABLE receipt_settlement (
    receipt code NOT NULL,
    outcome text NOT NULL,
    words text DEFAULT ''::text NOT NULL,
    actor text NOT NULL,
    settled_at timestamp with time zone NOT NULL,
    CONSTRAINT a_settlement_has_an_outcome CHECK ((outcome = ANY (ARRAY['accepted'::text, 'claimed'::text, 'replaced'::text]))),
    CONSTRAINT a_settlement_is_short CHECK ((length(words) <= 500))
);

COMMENT ON TABLE receipt_settlement IS 'discrepancies of a receipt that somebody has settled, and how';

CREATE TABLE short_pick (
    leg_id code NOT NULL,
    line smallint NOT NULL,
    sku code NOT NULL,
    quantity bigint NOT NULL,
    reason text NOT NULL,
    told_at timestamp with time zone,
    CONSTRAINT a_short_pick_misses_units CHECK ((quantity > 0)),
    CONSTRAINT a_short_pick_says_why CHECK ((reason = ANY (ARRAY['not_found'::text, 'damaged'::text, 'expired'::text, 'too_busy'::text])))
);

COMMENT ON COLUMN short_pick.told_at IS 'when they were told to be missing; null: when the leg was picked';

CREATE VIEW exception AS
 SELECT 'order.waiting'::text AS kind,
    ('order:'::text || (customer_order.id)::text) AS subject,
    NULL::text AS node,
    customer_order.stage_since AS since,
    (line.units || ' units wait for stock'::text) AS detail,
    line.cents AS money_cents,
    customer_order.currency,
    'operations'::text AS owner,
    jsonb_build_object('order', customer_order.id, 'units', line.units) AS facts
   FROM (customer_order
     CROSS JOIN LATERAL ( SELECT sum(order_line.waiting) AS units,
            (sum((order_line.waiting * order_line.price_cents)))::bigint AS cents
           FROM order_line
          WHERE ((order_line.order_id)::text = (customer_order.id)::text)) line)
  WHERE ((customer_order.stage = 'waiting'::text) AND (customer_order.stage_since < (noria_now() - '24:00:00'::interval)) AND (EXISTS ( SELECT
           FROM demand_cover
          WHERE ((demand_cover.demand = ('order:'::text || (customer_order.id)::text)) AND (demand_cover.uncovered > 0)))))
UNION ALL
 SELECT 'promise.late'::text AS kind,
    ('order:'::text || (promise.order_id)::text) AS subject,
    promise.node,
    (told.day)::timestamp with time zone AS since,
    ('promised for '::text || told.day) AS detail,
    worth.cents AS money_cents,
    worth.currency,
    'operations'::text AS owner,
    jsonb_build_object('order', promise.order_id, 'day', told.day) AS facts
   FROM ((promise
     CROSS JOIN LATERAL ( SELECT COALESCE(( SELECT change.promised_to
                   FROM promise_change change
                  WHERE ((change.order_id)::text = (promise.order_id)::text)
                  ORDER BY change.number DESC
                 LIMIT 1), promise.promised_to) AS day) told)
     CROSS JOIN LATERAL ( SELECT order_worth.cents,
            order_worth.currency
           FROM order_worth
          WHERE ((order_worth.order_id)::text = (promise.order_id)::text)
         OFFSET 0) worth)
  WHERE ((promise.settled_at IS NULL) AND (promise.withdrawn_at IS NULL) AND (promise.promised_to < (noria_now())::date) AND (told.day < (noria_now())::date))
UNION ALL
 SELECT 'stock.gap'::text AS kind,
    movement.cause AS subject,
    move.target_node AS node,
    movement.recorded_at AS since,
    (((move.quantity || ' of '::text) || (move.sku)::text) || ' were not in the book'::text) AS detail,
    (move.quantity * sku.price_cents) AS money_cents,
    sku.currency,
        CASE
            WHEN (node.kind = 'store'::node_kind) THEN 'store_manager'::text
            ELSE 'operations'::text
        END AS owner,
    jsonb_build_object('sku', move.sku, 'units', move.quantity) AS facts
   FROM (((movement
     JOIN move ON (((move.movement_id)::text = (movement.id)::text)))
     JOIN sku ON (((sku.code)::text = (move.sku)::text)))
     LEFT JOIN node ON (((node.code)::text = (move.target_node)::text)))
  WHERE ((movement.kind = 'found'::movement_kind) AND (movement.reason = 'not in the book'::text) AND (movement.recorded_at > (noria_now() - '7 days'::interval)) AND (NOT (EXISTS ( SELECT
           FROM count_line
          WHERE (((count_line.sku)::text = (move.sku)::text) AND (count_line.booked_at > movement.recorded_at) AND ((move.target_node)::text = (( SELECT count_task.node
                   FROM count_task
                  WHERE ((count_task.id)::text = (count_line.task)::text)))::text))))))
UNION ALL
 SELECT 'pick.short'::text AS kind,
    ('leg:'::text || (pick.leg_id)::text) AS subject,
    pick.node,
    pick.picked_at AS since,
    ((((short_pick.quantity || ' of '::text) || (short_pick.sku)::text) || ': '::text) || short_pick.reason) AS detail,
    (short_pick.quantity * line.price_cents) AS money_cents,
    customer_order.currency,
        CASE
            WHEN (node.kind = 'store'::node_kind) THEN 'store_manager'::text
            ELSE 'operations'::text
        END AS owner,
    jsonb_build_object('order', leg.order_id, 'leg', pick.leg_id, 'sku', short_pick.sku, 'units', short_pick.quantity, 'reason', short_pick.reason, 'waits', (line.waiting > 0)) AS facts
   FROM (((((short_pick
     JOIN pick ON (((pick.leg_id)::text = (short_pick.leg_id)::text)))
     JOIN leg ON (((leg.id)::text = (pick.leg_id)::text)))
     JOIN customer_order ON (((customer_order.id)::text = (leg.order_id)::text)))
     JOIN order_line line ON ((((line.order_id)::text = (leg.order_id)::text) AND (line.line = short_pick.line))))
     JOIN node ON (((node.code)::text = (pick.node)::text)))
  WHERE ((pick.picked_at > (noria_now() - '7 days'::interval)) AND ((line.waiting > 0) OR (short_pick.reason <> 'too_busy'::text)) AND ((line.waiting > 0) OR (NOT (EXISTS ( SELECT
           FROM count_line
          WHERE (((count_line.sku)::text = (short_pick.sku)::text) AND (count_line.booked_at > pick.picked_at) AND ((pick.node)::text = (( SELECT count_task.node
                   FROM count_task
                  WHERE ((count_task.id)::text = (count_line.task)::text)))::text)))))))
UNION ALL
 SELECT 'receipt.discrepancy'::text AS kind,
    ('receipt:'::text || (receipt.id)::text) AS subject,
    receipt.node,
    receipt.recorded_at AS since,
    (((((((discrepancy.sku)::text || ': '::text) || discrepancy.received) || ' of '::text) || discrepancy.expected) || ', '::text) || discrepancy.reason) AS detail,
    (abs((discrepancy.expected - discrepancy.received)) * COALESCE(NULLIF(bought.cost_cents, 0), sku.cost_cents)) AS money_cents,
    sku.currency,
        CASE
            WHEN (node.kind = 'store'::node_kind) THEN 'store_manager'::text
            ELSE 'operations'::text
        END AS owner,
    jsonb_build_object('receipt', receipt.id, 'sku', discrepancy.sku, 'received', discrepancy.received, 'expected', discrepancy.expected, 'reason', discrepancy.reason) AS facts
   FROM ((((discrepancy
     JOIN receipt ON (((receipt.id)::text = (discrepancy.receipt)::text)))
     JOIN sku ON (((sku.code)::text = (discrepancy.sku)::text)))
     JOIN node ON (((node.code)::text = (receipt.node)::text)))
     LEFT JOIN purchase_line bought ON ((((bought.purchase_order)::text = (receipt.purchase_order)::text) AND ((bought.sku)::text = (discrepancy.sku)::text))))
  WHERE ((receipt.recorded_at > (noria_now() - '7 days'::interval)) AND (NOT (EXISTS ( SELECT
           FROM receipt_settlement
          WHERE ((receipt_settlement.receipt)::text = (receipt.id)::text)))))
UNION ALL
 SELECT counted.kind,
    ('count:'::text || (counted.task)::text) AS subject,
    counted.node,
    counted.booked_at AS since,
    counted.detail,
    (counted.units * sku.price_cents) AS money_cents,
    sku.currency,
        CASE
            WHEN (node.kind = 'store'::node_kind) THEN 'store_manager'::text
            ELSE 'operations'::text
        END AS owner,
    jsonb_build_object('count', counted.task, 'sku', counted.sku, 'units', counted.said) AS facts
   FROM ((( SELECT 'count.unusual'::text AS kind,
            count_line.task,
            count_task.node,
            count_line.sku,
            count_line.booked_at,
            (((count_line.difference || ' of '::text) || (count_line.sku)::text) || ' against the book: chance hardly explains it'::text) AS detail,
            abs(count_line.difference) AS units,
            count_line.difference AS said
           FROM (count_line
             JOIN count_task ON (((count_task.id)::text = (count_line.task)::text)))
          WHERE (count_line.is_unusual AND (count_line.booked_at > (noria_now() - '7 days'::interval)))
        UNION ALL
         SELECT 'count.held_short'::text AS kind,
            count_line.task,
            count_task.node,
            count_line.sku,
            count_line.booked_at,
            (((count_line.held_short || ' of '::text) || (count_line.sku)::text) || ' are held for somebody and were not found'::text),
            count_line.held_short,
            count_line.held_short
           FROM (count_line
             JOIN count_task ON (((count_task.id)::text = (count_line.task)::text)))
          WHERE ((count_line.held_short > 0) AND (count_line.booked_at > (noria_now() - '7 days'::interval)))) counted
     JOIN sku ON (((sku.code)::text = (counted.sku)::text)))
     JOIN node ON (((node.code)::text = (counted.node)::text)))
  WHERE (NOT (EXISTS ( SELECT
           FROM (count_line later
             JOIN count_task ON (((count_task.id)::text = (later.task)::text)))
          WHERE (((later.sku)::text = (counted.sku)::text) AND ((count_task.node)::text = (counted.node)::text) AND (later.booked_at > counted.booked_at)))))
UNION ALL
 SELECT 'audit.difference'::text AS kind,
    found.subject,
    found.node,
    min(found.began_at) AS since,
    (((((found.name || ': '::text) || found.expected) || ' expected, '::text) || found.found) || ' found'::text) AS detail,
        CASE
            WHEN ((found.expected ~ '^-?[0-9]{1,15}$'::text) AND (found.found ~ '^-?[0-9]{1,15}$'::text)) THEN ((abs(((found.expected)::numeric - (found.found)::numeric)) * (max(sku.price_cents))::numeric))::bigint
            ELSE NULL::bigint
        END AS money_cents,
    max(sku.currency) AS currency,
    'auditor'::text AS owner,
    jsonb_build_object('check', found.name, 'expected', found.expected, 'found', found.found) AS facts
   FROM (audit_difference found
     LEFT JOIN sku ON (((sku.code)::text = found.sku)))
  GROUP BY found.name, found.subject, found.node, found.expected, found.found;

COMMENT ON VIEW exception IS 'what a person must look at; gaps, short picks and discrepancies for seven days at most';

CREATE TABLE feed (
    id code NOT NULL,
    partner code NOT NULL,
    name text NOT NULL,
    digest bytea NOT NULL,
    is_full boolean NOT NULL,
    is_preview boolean NOT NULL,
    counted_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    state text NOT NULL,
    state_since timestamp with time zone NOT NULL,
    lines_read bigint DEFAULT 0 NOT NULL,
    added bigint DEFAULT 0 NOT NULL,
    changed bigint DEFAULT 0 NOT NULL,
    unchanged bigint DEFAULT 0 NOT NULL,
    absent bigint DEFAULT 0 NOT NULL,
    unknown bigint DEFAULT 0 NOT NULL,
    fault_count bigint DEFAULT 0 NOT NULL,
    units_before bigint DEFAULT 0 NOT NULL,
    units_found bigint DEFAULT 0 NOT NULL,
    units_lost bigint DEFAULT 0 NOT NULL,
    booked_skus bigint DEFAULT 0 NOT NULL,
    booked_found bigint DEFAULT 0 NOT NULL,
    booked_lost bigint DEFAULT 0 NOT NULL,
    CONSTRAINT a_feed_has_a_state CHECK ((state = ANY (ARRAY['waiting'::text, 'preview'::text, 'held'::text, 'booking'::text, 'booked'::text, 'rejected'::text, 'unreadable'::text])))
);

COMMENT ON TABLE feed IS 'what a partner said it has, once; added to units_lost: what the comparison saw, booked_*: what came of it';

CREATE TABLE keep_back (
    id code NOT NULL,
    purpose text NOT NULL,
    sku code,
    category text,
    node code,
    node_kind node_kind,
    channel code,
    units bigint,
    days integer,
    below_accuracy double precision,
    reason text NOT NULL,
    valid_from date,
    valid_until date,
    version bigint DEFAULT 1 NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT a_protection_is_for_a_channel CHECK (((purpose <> 'protection'::text) OR (channel IS NOT NULL))),
    CONSTRAINT a_purpose_is_known CHECK ((purpose = ANY (ARRAY['buffer'::text, 'safety'::text, 'protection'::text, 'threshold'::text]))),
    CONSTRAINT a_rule_begins_before_it_ends CHECK ((valid_from <= valid_until)),
    CONSTRAINT a_rule_has_a_reason CHECK (((length(reason) >= 1) AND (length(reason) <= 200))),
    CONSTRAINT a_rule_keeps_units_or_days CHECK ((num_nonnulls(units, days) = 1)),
    CONSTRAINT a_rule_names_goods_in_one_way CHECK ((num_nonnulls(sku, category) <= 1)),
    CONSTRAINT a_rule_names_places_in_one_way CHECK ((num_nonnulls(node, node_kind) <= 1)),
    CONSTRAINT an_accuracy_is_a_share CHECK (((below_accuracy > (0)::double precision) AND (below_accuracy <= (1)::double precision))),
    CONSTRAINT days_are_not_negative CHECK ((days >= 0)),
    CONSTRAINT safety_alone_asks_for_accuracy CHECK (((purpose = 'safety'::text) = (below_accuracy IS NOT NULL))),
    CONSTRAINT units_are_not_negative CHECK ((units >= 0))
);

COMMENT ON TABLE keep_back IS 'units that are there and not promised: the most specific rule wins for each purpose';

COMMENT ON COLUMN keep_back.channel IS 'whom a protection is for; whom any other rule is about; null: every channel';

COMMENT ON COLUMN keep_back.days IS 'days of sales, as measured for the SKU at the node';

CREATE TABLE lane (
    source code NOT NULL,
    target code NOT NULL,
    transit_days integer NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    CONSTRAINT a_lane_goes_somewhere CHECK (((source)::text <> (target)::text)),
    CONSTRAINT transit_is_not_negative CHECK ((transit_days >= 0))
);

CREATE TABLE leg_answer (
    leg code NOT NULL,
    node code NOT NULL,
    is_accepted boolean NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    answered_at timestamp with time zone NOT NULL,
    actor text NOT NULL
);

COMMENT ON TABLE leg_answer IS 'a partner said whether it sends a leg; what it declines is sourced elsewhere';

CREATE TABLE message (
    id code NOT NULL,
    order_id code NOT NULL,
    kind text NOT NULL,
    part text,
    medium text NOT NULL,
    language text NOT NULL,
    state text NOT NULL,
    planned_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    ended_at timestamp with time zone,
    result text DEFAULT ''::text NOT NULL,
    asked_part text,
    asked_by text,
    delivered_at timestamp with time zone,
    bounced_at timestamp with time zone,
    CONSTRAINT a_message_arrived_or_came_back CHECK ((num_nonnulls(delivered_at, bounced_at) < 2)),
    CONSTRAINT a_message_is_of_one_part CHECK ((num_nonnulls(part, asked_part) = 1)),
    CONSTRAINT a_message_waits_or_has_ended CHECK (((state = ANY (ARRAY['waiting'::text, 'sent'::text, 'dropped'::text, 'failed'::text])) AND ((state = 'waiting'::text) = (ended_at IS NULL)))),
    CONSTRAINT what_arrived_was_sent CHECK (((delivered_at IS NULL) OR (state = 'sent'::text))),
    CONSTRAINT what_came_back_has_failed CHECK (((bounced_at IS NULL) OR (state = 'failed'::text))),
    CONSTRAINT what_is_sent_again_was_asked_for CHECK (((asked_part IS NULL) OR (asked_by IS NOT NULL)))
);

COMMENT ON TABLE message IS 'messages to customers; neither addresses nor texts are kept';

COMMENT ON COLUMN message.part IS 'what it is told of, once; null: it is told again, of asked_part';

COMMENT ON COLUMN message.asked_by IS 'who asked for it; null: it followed from what happened';

COMMENT ON COLUMN message.delivered_at IS 'when it was with its reader, as whoever carries messages said';

COMMENT ON COLUMN message.bounced_at IS 'when it came back, as whoever carries messages said';

CREATE VIEW message_exception AS
 SELECT 'message.failed'::text AS kind,
    ('order:'::text || (message.order_id)::text) AS subject,
    NULL::text AS node,
    message.ended_at AS since,
    ((((message.kind || ' '::text) || message.medium) || ': '::text) || message.result) AS detail,
    ( SELECT (sum(((order_line.quantity - order_line.cancelled) * order_line.price_cents)))::bigint AS sum
           FROM order_line
          WHERE ((order_line.order_id)::text = (message.order_id)::text)) AS money_cents,
    customer_order.currency,
    'operations'::text AS owner,
    jsonb_build_object('order', message.order_id, 'message', message.id, 'told', message.kind, 'part', COALESCE(message.part, message.asked_part), 'medium', message.medium, 'result', message.result, 'has_come_back', (message.bounced_at IS NOT NULL)) AS facts
   FROM (message
     JOIN customer_order ON (((customer_order.id)::text = (message.order_id)::text)))
  WHERE ((message.state = 'failed'::text) AND (message.ended_at > (noria_now() - '7 days'::interval)) AND (customer_order.stage <> ALL (ARRAY['delivered'::text, 'cancelled'::text])) AND (NOT (EXISTS ( SELECT
           FROM message later
          WHERE (((later.order_id)::text = (message.order_id)::text) AND ((later.id)::text <> (message.id)::text) AND (((later.medium = message.medium) AND (later.planned_at > message.planned_at) AND (later.state = ANY (ARRAY['waiting'::text, 'sent'::text, 'failed'::text]))) OR ((later.kind = message.kind) AND (COALESCE(later.part, later.asked_part) = COALESCE(message.part, message.asked_part)) AND ((later.delivered_at IS NOT NULL) OR ((later.medium <> message.medium) AND (later.state = ANY (ARRAY['waiting'::text, 'sent'::text])))))))))));

COMMENT ON VIEW message_exception IS 'customers who could not be told of an order that is still on, and heard nothing else';

CREATE TABLE order_watch (
    order_id code NOT NULL,
    looked_at timestamp with time zone NOT NULL,
    chance double precision NOT NULL,
    promised_to date NOT NULL,
    step text,
    leg code,
    node code,
    due_at timestamp with time zone,
    is_missed boolean NOT NULL,
    owner text,
    since timestamp with time zone,
    unsure_of date,
    is_unsure boolean DEFAULT false NOT NULL,
    CONSTRAINT a_chance_is_between_0_and_1 CHECK (((chance >= (0)::double precision) AND (chance <= (1)::double precision))),
    CONSTRAINT a_step_is_known CHECK ((step = ANY (ARRAY['source'::text, 'accept'::text, 'pick'::text, 'pack'::text, 'hand_over'::text, 'deliver'::text]))),
    CONSTRAINT what_is_late_says_what_and_for_whom CHECK ((num_nonnulls(step, due_at, owner, since) = ANY (ARRAY[0, 4])))
)
WITH (fillfactor='80');

COMMENT ON TABLE order_watch IS 'when an open promise was looked at last, the chance it has now, and the step that endangers it';

COMMENT ON COLUMN order_watch.unsure_of IS 'the last day promised of which its customer was told that it hardly holds, and that nobody can say what comes instead';

COMMENT ON COLUMN order_watch.is_unsure IS 'whether that is so now';

CREATE TABLE refund (
    id code NOT NULL,
    order_id code NOT NULL,
    cause text NOT NULL,
    reason text NOT NULL,
    cents bigint NOT NULL,
    currency text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    made_at timestamp with time zone,
    recorded_at timestamp with time zone,
    actor text,
    reference text DEFAULT ''::text NOT NULL,
    delivery_cents bigint DEFAULT 0 NOT NULL,
    pay_by timestamp with time zone,
    reminded_at timestamp with time zone,
    CONSTRAINT a_refund_of_the_delivery_is_part_of_it CHECK (((delivery_cents >= 0) AND (delivery_cents <= cents))),
    CONSTRAINT a_refund_pays_something_back CHECK ((cents > 0)),
    CONSTRAINT a_refund_that_was_made_says_by_whom CHECK ((num_nonnulls(made_at, recorded_at, actor) = ANY (ARRAY[0, 3])))
);

COMMENT ON TABLE refund IS 'what customers are to be paid back, and when it was';

COMMENT ON COLUMN refund.delivery_cents IS 'what of it is for the delivery of an order that is taken back as a whole';

COMMENT ON COLUMN refund.pay_by IS 'by when the law wants it paid: 14 days after the customer said so; null: 14 days after it was due';

COMMENT ON COLUMN refund.reminded_at IS 'when the payment system was told last that it is still due';

CREATE VIEW order_exception AS
 SELECT 'order.held'::text AS kind,
    ('order:'::text || (hold.order_id)::text) AS subject,
    NULL::text AS node,
    hold.placed_at AS since,
    ((hold.kind || ': '::text) || hold.reason) AS detail,
    worth.cents AS money_cents,
    worth.currency,
    'operations'::text AS owner,
    jsonb_build_object('order', hold.order_id, 'hold', hold.id, 'held_for', hold.kind, 'reason', hold.reason) AS facts
   FROM (order_hold hold
     JOIN order_worth worth ON (((worth.order_id)::text = (hold.order_id)::text)))
  WHERE ((hold.lifted_at IS NULL) AND (hold.placed_at < (noria_now() - '24:00:00'::interval)))
UNION ALL
 SELECT
        CASE
            WHEN order_watch.is_missed THEN 'milestone.missed'::text
            ELSE 'milestone.endangered'::text
        END AS kind,
    ('order:'::text || (order_watch.order_id)::text) AS subject,
    (order_watch.node)::text AS node,
    order_watch.since,
    (((((((order_watch.step || COALESCE((' '::text || (order_watch.leg)::text), ''::text)) || ' by '::text) || to_char((order_watch.due_at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD HH24:MI'::text)) || ' UTC; promised for '::text) || order_watch.promised_to) || ', chance '::text) || round((order_watch.chance)::numeric, 2)) AS detail,
    worth.cents AS money_cents,
    worth.currency,
    order_watch.owner,
    jsonb_build_object('order', order_watch.order_id, 'step', order_watch.step, 'leg', order_watch.leg, 'by', order_watch.due_at, 'day', order_watch.promised_to, 'percent', round((order_watch.chance * (100)::double precision))) AS facts
   FROM ((order_watch
     JOIN order_worth worth ON (((worth.order_id)::text = (order_watch.order_id)::text)))
     JOIN customer_order ON (((customer_order.id)::text = (order_watch.order_id)::text)))
  WHERE ((order_watch.step IS NOT NULL) AND (customer_order.stage <> ALL (ARRAY['delivered'::text, 'cancelled'::text])))
UNION ALL
 SELECT 'refund.overdue'::text AS kind,
    ('refund:'::text || (refund.id)::text) AS subject,
    NULL::text AS node,
    refund.due_at AS since,
    refund.reason AS detail,
    refund.cents AS money_cents,
    refund.currency,
    'operations'::text AS owner,
    jsonb_build_object('order', refund.order_id, 'refund', refund.id, 'reason', refund.reason, 'at', refund.due_at, 'by', COALESCE(refund.pay_by, (refund.due_at + '14 days'::interval)), 'is_reminded', (refund.reminded_at IS NOT NULL)) AS facts
   FROM refund
  WHERE ((refund.made_at IS NULL) AND (noria_now() > LEAST((refund.due_at + make_interval(days => ( SELECT live_setting('refund_overdue_days'::text, 3) AS live_setting))), COALESCE(refund.pay_by, (refund.due_at + '14 days'::interval)))));

COMMENT ON VIEW order_exception IS 'orders that are held for longer than a day, promises that are in danger, refunds that nobody told as paid: gone when their cause is';

CREATE TABLE packed_box (
    leg_id code NOT NULL,
    number integer NOT NULL,
    sscc text NOT NULL,
    box code,
    length_mm integer NOT NULL,
    width_mm integer NOT NULL,
    height_mm integer NOT NULL,
    weight_g integer NOT NULL,
    units jsonb NOT NULL,
    CONSTRAINT a_packed_box_has_an_sscc CHECK ((sscc ~ '^[0-9]{18}$'::text)),
    CONSTRAINT a_packed_box_weighs_something CHECK (((weight_g > 0) AND (LEAST(length_mm, width_mm, height_mm) >= 0)))
);

COMMENT ON TABLE packed_box IS 'what is in each box of a leg, how large and heavy it is; box: as the node calls it';

CREATE TABLE parcel (
    sscc text NOT NULL,
    shipment_id code NOT NULL,
    weight_g bigint NOT NULL,
    CONSTRAINT a_parcel_weighs_something CHECK ((weight_g >= 0)),
    CONSTRAINT an_sscc_has_18_digits CHECK ((sscc ~ '^[0-9]{18}$'::text))
);

CREATE TABLE shipment (
    id code NOT NULL,
    leg_id code NOT NULL,
    order_id code NOT NULL,
    node code NOT NULL,
    service code NOT NULL,
    shipped_at timestamp with time zone NOT NULL,
    actor text NOT NULL
);

CREATE VIEW parcel_content AS
 SELECT parcel.sscc,
    shipment.leg_id,
    content.sku,
    content.units
   FROM (((parcel
     JOIN shipment ON (((shipment.id)::text = (parcel.shipment_id)::text)))
     LEFT JOIN packed_box ON ((packed_box.sscc = parcel.sscc)))
     CROSS JOIN LATERAL ( SELECT jsonb_each_text.key AS sku,
            (jsonb_each_text.value)::bigint AS units
           FROM jsonb_each_text(packed_box.units) jsonb_each_text(key, value)
        UNION ALL
         SELECT (leg_line.sku)::text AS sku,
            (sum((leg_line.quantity - leg_line.gone)))::bigint AS sum
           FROM leg_line
          WHERE (((leg_line.leg_id)::text = (shipment.leg_id)::text) AND (packed_box.sscc IS NULL) AND (NOT (EXISTS ( SELECT
                   FROM parcel other
                  WHERE (((other.shipment_id)::text = (shipment.id)::text) AND (other.sscc <> parcel.sscc))))))
          GROUP BY leg_line.sku) content)
  WHERE (content.units > 0);

COMMENT ON VIEW parcel_content IS 'what lies in each parcel that left; none where nobody said it of one of several';

CREATE TABLE parcel_number (
    carrier code NOT NULL,
    number text NOT NULL COLLATE pg_catalog."C",
    sscc text NOT NULL,
    told_at timestamp with time zone NOT NULL,
    erased_at timestamp with time zone,
    unheard_since timestamp with time zone,
    CONSTRAINT a_parcel_number_is_short CHECK (((length(number) >= 1) AND (length(number) <= 64)))
);

COMMENT ON TABLE parcel_number IS 'what carriers call our parcels';

COMMENT ON COLUMN parcel_number.erased_at IS 'since when a carrier''s words for this parcel are not kept: they may name the customer';

COMMENT ON COLUMN parcel_number.unheard_since IS 'from when on it was unusual that nothing at all was said of it; what is said later ends that';

CREATE TABLE parcel_progress (
    carrier code NOT NULL,
    number text NOT NULL COLLATE pg_catalog."C",
    progress text NOT NULL,
    since timestamp with time zone NOT NULL,
    heard_at timestamp with time zone NOT NULL,
    code text NOT NULL,
    label text NOT NULL,
    place text NOT NULL,
    attempts integer NOT NULL,
    delivered_at timestamp with time zone,
    silent_since timestamp with time zone
)
WITH (fillfactor='80');

COMMENT ON TABLE parcel_progress IS 'where each parcel is, by all that its carrier said of it';

COMMENT ON COLUMN parcel_progress.silent_since IS 'from when on silence was unusual; null while it is not, and again when something is heard';

CREATE VIEW parcel_worth AS
 SELECT parcel.sscc,
    shipment.leg_id,
    shipment.order_id,
    customer_order.currency,
    COALESCE((inside.units > (0)::numeric), false) AS is_known,
    inside.cents
   FROM (((parcel
     JOIN shipment ON (((shipment.id)::text = (parcel.shipment_id)::text)))
     JOIN customer_order ON (((customer_order.id)::text = (shipment.order_id)::text)))
     LEFT JOIN LATERAL ( SELECT sum(content.units) AS units,
            (round(sum(((content.units)::numeric * price.cents))))::bigint AS cents
           FROM (parcel_content content
             CROSS JOIN LATERAL ( SELECT (sum((leg_line.quantity * order_line.price_cents)) / sum(leg_line.quantity)) AS cents
                   FROM (leg_line
                     JOIN order_line ON ((((order_line.order_id)::text = (shipment.order_id)::text) AND (order_line.line = leg_line.line))))
                  WHERE (((leg_line.leg_id)::text = (shipment.leg_id)::text) AND ((leg_line.sku)::text = content.sku))) price)
          WHERE (content.sscc = parcel.sscc)) inside ON (true));

COMMENT ON VIEW parcel_worth IS 'what a parcel is worth at the prices of its order; of lines of one SKU, at their average';

CREATE TABLE replaced_parcel (
    sscc text NOT NULL,
    replacement code NOT NULL,
    CONSTRAINT a_replaced_parcel_has_an_sscc CHECK ((sscc ~ '^[0-9]{18}$'::text))
);

COMMENT ON TABLE replaced_parcel IS 'parcels that do not come, and what was done instead; each once';

CREATE VIEW parcel_exception AS
 SELECT
        CASE parcel_progress.progress
            WHEN 'lost'::text THEN 'parcel.lost'::text
            WHEN 'returning'::text THEN 'parcel.returning'::text
            WHEN 'returned'::text THEN 'parcel.returned'::text
            WHEN 'failed'::text THEN 'parcel.failed'::text
            ELSE 'parcel.silent'::text
        END AS kind,
    ('leg:'::text || (shipment.id)::text) AS subject,
    (shipment.node)::text AS node,
    COALESCE(
        CASE
            WHEN (parcel_progress.progress <> 'failed'::text) THEN parcel_progress.silent_since
            ELSE NULL::timestamp with time zone
        END, parcel_progress.since) AS since,
    (((((parcel_number.carrier)::text || ' '::text) || parcel_number.number) || ': '::text) || COALESCE(NULLIF(parcel_progress.label, ''::text), parcel_progress.code)) AS detail,
    COALESCE(inside.cents, worth.cents) AS money_cents,
    worth.currency,
    'operations'::text AS owner,
    jsonb_build_object('order', worth.order_id, 'leg', shipment.id, 'parcel', parcel.sscc, 'is_known', inside.is_known, 'carrier', parcel_number.carrier, 'number', parcel_number.number, 'progress', parcel_progress.progress, 'says', COALESCE(NULLIF(parcel_progress.label, ''::text), parcel_progress.code)) AS facts
   FROM ((((((parcel_progress
     JOIN parcel_number USING (carrier, number))
     JOIN parcel ON ((parcel.sscc = parcel_number.sscc)))
     JOIN shipment ON (((shipment.id)::text = (parcel.shipment_id)::text)))
     JOIN leg ON (((leg.id)::text = (shipment.id)::text)))
     CROSS JOIN LATERAL ( SELECT leg_worth.order_id,
            leg_worth.cents,
            leg_worth.currency
           FROM leg_worth
          WHERE ((leg_worth.leg_id)::text = (shipment.id)::text)
         OFFSET 0) worth)
     CROSS JOIN LATERAL ( SELECT parcel_worth.is_known,
            parcel_worth.cents
           FROM parcel_worth
          WHERE (parcel_worth.sscc = parcel.sscc)
         OFFSET 0) inside)
  WHERE (((parcel_progress.progress = ANY (ARRAY['failed'::text, 'returning'::text, 'returned'::text, 'lost'::text])) OR (parcel_progress.silent_since IS NOT NULL)) AND (leg.withdrawn_at IS NULL) AND (NOT (EXISTS ( SELECT
           FROM replaced_parcel
          WHERE (replaced_parcel.sscc = parcel.sscc)))) AND (NOT (EXISTS ( SELECT
           FROM delivery
          WHERE ((delivery.shipment_id)::text = (shipment.id)::text)))))
UNION ALL
 SELECT 'carrier.unreadable'::text AS kind,
    ((('carrier:'::text || (COALESCE(carrier_reply.account, carrier_reply.carrier))::text) || ' '::text) || "left"(md5(COALESCE(carrier_reply.detail, ''::text)), 8)) AS subject,
    NULL::text AS node,
    min(carrier_reply.received_at) AS since,
    (((COALESCE(carrier_reply.account, carrier_reply.carrier))::text || ': '::text) || COALESCE(NULLIF(carrier_reply.detail, ''::text), 'unreadable'::text)) AS detail,
    NULL::bigint AS money_cents,
    NULL::text AS currency,
    'integrator'::text AS owner,
    jsonb_build_object('reply', max((carrier_reply.id)::text), 'carrier', COALESCE(carrier_reply.account, carrier_reply.carrier), 'replies', count(*), 'says', COALESCE(NULLIF(carrier_reply.detail, ''::text), 'unreadable'::text)) AS facts
   FROM carrier_reply
  WHERE ((carrier_reply.outcome = 'unreadable'::text) AND (carrier_reply.settled_at IS NULL))
  GROUP BY carrier_reply.carrier, carrier_reply.account, carrier_reply.detail
UNION ALL
 SELECT
        CASE
            WHEN asked.refuses THEN 'carrier.refuses'::text
            ELSE 'carrier.silent'::text
        END AS kind,
    ('carrier:'::text || (COALESCE(asked.account, asked.carrier))::text) AS subject,
    NULL::text AS node,
        CASE
            WHEN asked.refuses THEN asked.refused_since
            ELSE asked.unanswered_since
        END AS since,
    ((COALESCE(asked.account, asked.carrier))::text ||
        CASE
            WHEN asked.refuses THEN ' refuses'::text
            ELSE ' does not answer'::text
        END) AS detail,
    NULL::bigint AS money_cents,
    NULL::text AS currency,
    'integrator'::text AS owner,
    jsonb_build_object('reply',
        CASE
            WHEN asked.refuses THEN asked.last_refused
            ELSE asked.last_unanswered
        END, 'carrier', COALESCE(asked.account, asked.carrier), 'replies',
        CASE
            WHEN asked.refuses THEN asked.refusals
            ELSE asked.unanswered
        END, 'says',
        CASE
            WHEN asked.refuses THEN asked.refused_says
            ELSE asked.unanswered_says
        END) AS facts
   FROM ( SELECT carrier_reply.carrier,
            carrier_reply.account,
            count(*) FILTER (WHERE (carrier_reply.outcome = 'refused'::text)) AS refusals,
            min(carrier_reply.received_at) FILTER (WHERE (carrier_reply.outcome = 'refused'::text)) AS refused_since,
            max((carrier_reply.id)::text) FILTER (WHERE (carrier_reply.outcome = 'refused'::text)) AS last_refused,
            (array_agg(carrier_reply.detail ORDER BY carrier_reply.received_at DESC, carrier_reply.id DESC) FILTER (WHERE (carrier_reply.outcome = 'refused'::text)))[1] AS refused_says,
            count(*) FILTER (WHERE (carrier_reply.outcome = 'unanswered'::text)) AS unanswered,
            min(carrier_reply.received_at) FILTER (WHERE (carrier_reply.outcome = 'unanswered'::text)) AS unanswered_since,
            max((carrier_reply.id)::text) FILTER (WHERE (carrier_reply.outcome = 'unanswered'::text)) AS last_unanswered,
            (array_agg(carrier_reply.detail ORDER BY carrier_reply.received_at DESC, carrier_reply.id DESC) FILTER (WHERE (carrier_reply.outcome = 'unanswered'::text)))[1] AS unanswered_says,
            (COALESCE((min(carrier_reply.received_at) FILTER (WHERE (carrier_reply.outcome = 'refused'::text)) < (noria_now() - '24:00:00'::interval)), false) OR bool_or(((carrier_reply.outcome = 'refused'::text) AND (carrier_reply.detail ~ '^status 40[13]'::text)))) AS refuses
           FROM carrier_reply
          WHERE ((carrier_reply.outcome = ANY (ARRAY['refused'::text, 'unanswered'::text])) AND (carrier_reply.settled_at IS NULL))
          GROUP BY carrier_reply.carrier, carrier_reply.account) asked
  WHERE (asked.refuses OR ((asked.unanswered >= 3) AND (asked.unanswered_since <= (noria_now() - '01:00:00'::interval))));

COMMENT ON VIEW parcel_exception IS 'parcels that are silent, lost, on their way back or could not be delivered; what nobody could read, each once; carriers that know us no more, or that said nothing but no for a day';

CREATE TABLE partner_node (
    node code NOT NULL,
    partner code NOT NULL
);

COMMENT ON TABLE partner_node IS 'whose stock a node holds: a node has one partner';

CREATE TABLE partner_pulse (
    partner code NOT NULL,
    every_minutes double precision NOT NULL,
    trust double precision NOT NULL,
    asked_units bigint NOT NULL,
    refused_units bigint NOT NULL,
    is_silent boolean NOT NULL,
    measured_at timestamp with time zone NOT NULL,
    CONSTRAINT trust_is_a_share CHECK (((trust >= (0)::double precision) AND (trust <= (1)::double precision)))
);

COMMENT ON TABLE partner_pulse IS 'how often a partner''s feed comes and how far it is believed, as measured last';

CREATE TABLE partner_stake (
    node code NOT NULL,
    cents bigint,
    currency text
);

COMMENT ON TABLE partner_stake IS 'what is for sale at nodes whose feed stopped or is held, as measured last; no cents where there are several currencies';

CREATE VIEW partner_exception AS
 WITH open_leg AS (
         SELECT leg.id,
            leg.order_id,
            leg.node,
            leg.service,
            leg.planned_at,
            leg.leaves_at,
            leg.arrives_on,
            leg.cost_cents,
            leg.picked_at,
            leg.shipped_at,
            leg.delivered_at,
            leg.withdrawn_at,
            leg.carrier_says,
            leg.carrier_since,
            leg.packed_at,
            leg.ready_at,
            leg.accepted_at,
            partner_node.partner,
            (leg_answer.leg IS NOT NULL) AS is_answered
           FROM ((leg
             JOIN partner_node ON (((partner_node.node)::text = (leg.node)::text)))
             LEFT JOIN leg_answer ON (((leg_answer.leg)::text = (leg.id)::text)))
          WHERE ((leg.withdrawn_at IS NULL) AND (leg.delivered_at IS NULL) AND (NOT (EXISTS ( SELECT
                   FROM order_hold
                  WHERE (((order_hold.order_id)::text = (leg.order_id)::text) AND (order_hold.lifted_at IS NULL))))))
        ), due AS (
         SELECT 'partner.not_accepted'::text AS kind,
            'not_accepted'::text AS rule_kind,
            open_leg.id,
            open_leg.partner,
            open_leg.node,
            GREATEST(open_leg.planned_at, ( SELECT max(order_hold.lifted_at) AS max
                   FROM order_hold
                  WHERE ((order_hold.order_id)::text = (open_leg.order_id)::text))) AS since
           FROM open_leg
          WHERE ((NOT open_leg.is_answered) AND (open_leg.picked_at IS NULL) AND (open_leg.shipped_at IS NULL))
        UNION ALL
         SELECT 'partner.not_shipped'::text AS kind,
            'not_shipped'::text AS rule_kind,
            open_leg.id,
            open_leg.partner,
            open_leg.node,
            open_leg.leaves_at AS since
           FROM open_leg
          WHERE (open_leg.shipped_at IS NULL)
        UNION ALL
         SELECT 'partner.not_delivered'::text AS kind,
            'not_delivered'::text AS rule_kind,
            open_leg.id,
            open_leg.partner,
            open_leg.node,
            ((open_leg.arrives_on + 1))::timestamp with time zone AS since
           FROM open_leg
          WHERE (open_leg.shipped_at IS NOT NULL)
        )
 SELECT due.kind,
    ('leg:'::text || (due.id)::text) AS subject,
    (due.node)::text AS node,
    breach_at(due.rule_kind, (due.node)::text, due.since, rule.minutes) AS since,
    (((due.partner)::text || ': '::text) || rule.reason) AS detail,
    worth.cents AS money_cents,
    worth.currency,
    rule.owner_role AS owner,
    jsonb_build_object('order', worth.order_id, 'leg', due.id, 'partner', due.partner, 'reason', rule.reason, 'is_picked', (worth.picked_at IS NOT NULL)) AS facts
   FROM ((due
     JOIN leg_worth worth ON (((worth.leg_id)::text = (due.id)::text)))
     CROSS JOIN LATERAL ( SELECT breach_rule.minutes,
            breach_rule.reason,
            breach_rule.owner_role
           FROM breach_rule
          WHERE ((breach_rule.kind = due.rule_kind) AND ((breach_rule.partner IS NULL) OR ((breach_rule.partner)::text = (due.partner)::text)) AND (((( SELECT noria_now() AS noria_now))::date >= COALESCE(breach_rule.valid_from, '-infinity'::date)) AND ((( SELECT noria_now() AS noria_now))::date <= COALESCE(breach_rule.valid_until, 'infinity'::date))))
          ORDER BY (breach_rule.partner IS NULL), breach_rule.valid_from DESC NULLS LAST, breach_rule.id DESC
         LIMIT 1) rule)
  WHERE (((due.since + make_interval(mins => rule.minutes)) < ( SELECT noria_now() AS noria_now)) AND (breach_at(due.rule_kind, (due.node)::text, due.since, rule.minutes) < ( SELECT noria_now() AS noria_now)))
UNION ALL
 SELECT 'feed.silent'::text AS kind,
    ('partner:'::text || (pulse.partner)::text) AS subject,
    (place.node)::text AS node,
    (last.counted_at + make_interval(secs => ((90)::double precision * pulse.every_minutes))) AS since,
    (((('counted last at '::text || to_char(last.counted_at, 'YYYY-MM-DD HH24:MI'::text)) || ' UTC; expected every '::text) || round((pulse.every_minutes)::numeric)) || ' minutes'::text) AS detail,
    stake.cents AS money_cents,
    stake.currency,
    'operations'::text AS owner,
    jsonb_build_object('partner', pulse.partner, 'at', last.counted_at, 'minutes', round((pulse.every_minutes)::numeric)) AS facts
   FROM (((partner_pulse pulse
     JOIN partner_node place ON (((place.partner)::text = (pulse.partner)::text)))
     CROSS JOIN LATERAL ( SELECT max(feed.counted_at) AS counted_at
           FROM feed
          WHERE (((feed.partner)::text = (pulse.partner)::text) AND (feed.state = 'booked'::text))) last)
     LEFT JOIN partner_stake stake ON (((stake.node)::text = (place.node)::text)))
  WHERE ((( SELECT noria_now() AS noria_now) > (last.counted_at + make_interval(secs => ((90)::double precision * pulse.every_minutes)))) AND (NOT (EXISTS ( SELECT
           FROM keep_back
          WHERE (((keep_back.node)::text = (place.node)::text) AND (keep_back.purpose = 'buffer'::text) AND (keep_back.sku IS NULL) AND (keep_back.category IS NULL) AND (keep_back.channel IS NULL) AND (keep_back.below_accuracy IS NULL) AND (keep_back.units >= 1000000) AND (((( SELECT noria_now() AS noria_now))::date >= COALESCE(keep_back.valid_from, '-infinity'::date)) AND ((( SELECT noria_now() AS noria_now))::date <= COALESCE(keep_back.valid_until, 'infinity'::date))))))))
UNION ALL
 SELECT 'feed.held'::text AS kind,
    ('feed:'::text || (feed.id)::text) AS subject,
    (place.node)::text AS node,
    feed.state_since AS since,
    ((((((feed.partner)::text || ' would lose '::text) || feed.units_lost) || ' of '::text) || feed.units_before) || ' units'::text) AS detail,
    ((stake.cents * feed.units_lost) / NULLIF(feed.units_before, 0)) AS money_cents,
    stake.currency,
    'operations'::text AS owner,
    jsonb_build_object('feed', feed.id, 'partner', feed.partner, 'lost', feed.units_lost, 'before', feed.units_before) AS facts
   FROM ((feed
     JOIN partner_node place ON (((place.partner)::text = (feed.partner)::text)))
     LEFT JOIN partner_stake stake ON (((stake.node)::text = (place.node)::text)))
  WHERE (feed.state = 'held'::text);

COMMENT ON VIEW partner_exception IS 'breaches of partners, feeds that stopped or are held: gone when their cause is';

CREATE TABLE rma (
    id code NOT NULL,
    order_id code NOT NULL,
    node code NOT NULL,
    reason text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone,
    closed_at timestamp with time zone,
    replacement code,
    called_off_at timestamp with time zone,
    CONSTRAINT what_is_called_off_is_closed CHECK (((called_off_at IS NULL) OR (closed_at IS NOT NULL))),
    CONSTRAINT what_is_closed_was_received CHECK (((closed_at IS NULL) OR (received_at IS NOT NULL)))
);

COMMENT ON COLUMN rma.replacement IS 'what comes back is what was refused and replaced: nothing is due for it';

COMMENT ON COLUMN rma.called_off_at IS 'nothing of it came, and nothing is waited for any more';

CREATE TABLE rma_line (
    rma_id code NOT NULL,
    sku code NOT NULL,
    quantity bigint NOT NULL,
    received bigint DEFAULT 0 NOT NULL,
    CONSTRAINT a_return_has_units CHECK ((quantity > 0)),
    CONSTRAINT received_is_not_negative CHECK ((received >= 0))
);

CREATE VIEW return_exception AS
 SELECT
        CASE
            WHEN (rma.received_at IS NULL) THEN 'return.missing'::text
            ELSE 'return.uninspected'::text
        END AS kind,
    ('return:'::text || (rma.id)::text) AS subject,
    (rma.node)::text AS node,
    COALESCE(rma.received_at, rma.asked_at) AS since,
    (((rma.order_id)::text || ': '::text) || goods.named) AS detail,
    goods.cents AS money_cents,
    customer_order.currency,
        CASE
            WHEN (node.kind = 'store'::node_kind) THEN 'store_manager'::text
            ELSE 'operations'::text
        END AS owner,
    jsonb_build_object('order', rma.order_id, 'return', rma.id, 'goods', goods.named, 'at', COALESCE(rma.received_at, rma.asked_at), 'is_plain', goods.is_plain, 'as_new', goods.as_new) AS facts
   FROM (((rma
     JOIN customer_order ON (((customer_order.id)::text = (rma.order_id)::text)))
     LEFT JOIN node ON (((node.code)::text = (rma.node)::text)))
     CROSS JOIN LATERAL ( SELECT COALESCE(string_agg(((inside.units || ' × '::text) || (inside.sku)::text), ', '::text ORDER BY inside.sku), '0'::text) AS named,
            (sum((inside.units * ( SELECT max(order_line.price_cents) AS max
                   FROM order_line
                  WHERE (((order_line.order_id)::text = (rma.order_id)::text) AND ((order_line.sku)::text = (inside.sku)::text))))))::bigint AS cents,
            COALESCE(bool_and((sku.tracking = 'untracked'::tracking)), true) AS is_plain,
            COALESCE(jsonb_agg(jsonb_build_object('sku', inside.sku, 'quantity', inside.units, 'grade', 'A', 'disposition', 'restock') ORDER BY inside.sku), '[]'::jsonb) AS as_new
           FROM (( SELECT rma_line.sku,
                        CASE
                            WHEN (rma.received_at IS NULL) THEN rma_line.quantity
                            ELSE rma_line.received
                        END AS units
                   FROM rma_line
                  WHERE ((rma_line.rma_id)::text = (rma.id)::text)) inside
             JOIN sku ON (((sku.code)::text = (inside.sku)::text)))
          WHERE (inside.units > 0)) goods)
  WHERE ((rma.closed_at IS NULL) AND
        CASE
            WHEN (rma.received_at IS NULL) THEN (rma.asked_at < (noria_now() - make_interval(days => ( SELECT live_setting('return_missing_days'::text, 21) AS live_setting))))
            ELSE (rma.received_at < (noria_now() - make_interval(days => ( SELECT live_setting('return_uninspected_days'::text, 2) AS live_setting))))
        END);

COMMENT ON VIEW return_exception IS 'returns that were announced and do not come, or came and are not inspected: gone when they are';

CREATE TABLE supply_cancellation (
    purchase_order code,
    transfer code,
    reason text NOT NULL,
    actor text NOT NULL,
    cancelled_at timestamp with time zone NOT NULL,
    CONSTRAINT a_cancellation_is_of_one_thing CHECK ((num_nonnulls(purchase_order, transfer) = 1)),
    CONSTRAINT a_cancellation_says_why CHECK (((length(reason) >= 1) AND (length(reason) <= 200)))
);

COMMENT ON TABLE supply_cancellation IS 'purchase orders of which nothing more comes, transfers that never leave, and why';

CREATE VIEW unheard_exception AS
 SELECT 'parcel.silent'::text AS kind,
    ('leg:'::text || (shipment.id)::text) AS subject,
    (shipment.node)::text AS node,
    parcel_number.unheard_since AS since,
    ((((parcel_number.carrier)::text || ' '::text) || parcel_number.number) || ': nothing was ever said of it'::text) AS detail,
    COALESCE(inside.cents, worth.cents) AS money_cents,
    worth.currency,
    'operations'::text AS owner,
    jsonb_build_object('order', worth.order_id, 'leg', shipment.id, 'parcel', parcel.sscc, 'is_known', inside.is_known, 'carrier', parcel_number.carrier, 'number', parcel_number.number, 'progress', 'unheard') AS facts
   FROM (((((parcel_number
     JOIN parcel ON ((parcel.sscc = parcel_number.sscc)))
     JOIN shipment ON (((shipment.id)::text = (parcel.shipment_id)::text)))
     JOIN leg ON (((leg.id)::text = (shipment.id)::text)))
     CROSS JOIN LATERAL ( SELECT leg_worth.order_id,
            leg_worth.cents,
            leg_worth.currency
           FROM leg_worth
          WHERE ((leg_worth.leg_id)::text = (shipment.id)::text)
         OFFSET 0) worth)
     CROSS JOIN LATERAL ( SELECT parcel_worth.is_known,
            parcel_worth.cents
           FROM parcel_worth
          WHERE (parcel_worth.sscc = parcel.sscc)
         OFFSET 0) inside)
  WHERE ((parcel_number.unheard_since IS NOT NULL) AND (leg.withdrawn_at IS NULL) AND (leg.shipped_at IS NOT NULL) AND (leg.delivered_at IS NULL) AND (NOT (EXISTS ( SELECT
           FROM (parcel_number its
             JOIN parcel_progress USING (carrier, number))
          WHERE (its.sscc = parcel.sscc)))) AND (NOT (EXISTS ( SELECT
           FROM replaced_parcel
          WHERE (replaced_parcel.sscc = parcel.sscc)))) AND (NOT (EXISTS ( SELECT
           FROM delivery
          WHERE ((delivery.shipment_id)::text = (shipment.id)::text)))));

COMMENT ON VIEW unheard_exception IS 'parcels that left and of which their carrier never said anything: gone when it does';

CREATE TABLE wave (
    id code NOT NULL,
    node code NOT NULL,
    kind text NOT NULL,
    deadline timestamp with time zone NOT NULL,
    made_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    closed_at timestamp with time zone,
    claim code,
    taken_by text,
    taken_until timestamp with time zone,
    CONSTRAINT a_wave_is_of_a_kind CHECK ((kind = ANY (ARRAY['single'::text, 'cart'::text, 'pickup'::text, 'pallet'::text]))),
    CONSTRAINT who_takes_a_wave_takes_it_until_a_time CHECK ((num_nonnulls(claim, taken_by, taken_until) = ANY (ARRAY[0, 3])))
)
WITH (fillfactor='80');

COMMENT ON TABLE wave IS 'tasks that one person walks together; taken by one, until a time';

CREATE TABLE wave_task (
    task text NOT NULL,
    wave code NOT NULL,
    slot integer NOT NULL,
    CONSTRAINT a_task_is_named_by_its_kind CHECK ((task ~ '^(leg|transfer):[A-Za-z0-9._-]{1,64}$'::text))
);

COMMENT ON TABLE wave_task IS 'the wave that a task is in, and its place on the cart';

CREATE TABLE work_conflict (
    id code NOT NULL,
    node code,
    task text,
    refusal text NOT NULL,
    en text NOT NULL,
    fr text NOT NULL,
    fact jsonb NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    settled_at timestamp with time zone,
    settled_by text
);

COMMENT ON TABLE work_conflict IS 'what was told and clashed with the book: kept until somebody settles it, or it goes through';

CREATE TABLE work_setting (
    node code NOT NULL,
    content jsonb NOT NULL,
    version bigint DEFAULT 1 NOT NULL
);

COMMENT ON TABLE work_setting IS 'how a node works: sizes of its waves, its aisles, its lease; others work as usual';

CREATE VIEW work_task AS
 SELECT (('leg:'::text || (leg.id)::text) COLLATE "default") AS task,
    ((leg.id)::text COLLATE "default") AS leg,
    NULL::text AS transfer,
    ((leg.order_id)::text COLLATE "default") AS "order",
    ((leg.node)::text COLLATE "default") AS node,
    ((leg.service)::text COLLATE "default") AS service,
    leg.planned_at AS since,
    leg.leaves_at AS deadline,
    ((customer_order.option = ANY (ARRAY['pick_up'::text, 'ship_to_store'::text])) AND ((COALESCE(customer_order.store, leg.node))::text = (leg.node)::text)) AS is_pickup
   FROM ((leg
     JOIN customer_order ON (((customer_order.id)::text = (leg.order_id)::text)))
     JOIN node ON (((node.code)::text = (leg.node)::text)))
  WHERE ((leg.picked_at IS NULL) AND (leg.withdrawn_at IS NULL) AND (node.kind = ANY (ARRAY['warehouse'::node_kind, 'store'::node_kind, 'dark_store'::node_kind])) AND (NOT (EXISTS ( SELECT
           FROM order_hold
          WHERE (((order_hold.order_id)::text = (leg.order_id)::text) AND (order_hold.lifted_at IS NULL))))))
UNION ALL
 SELECT (('transfer:'::text || (transfer.id)::text) COLLATE "default") AS task,
    NULL::text AS leg,
    ((transfer.id)::text COLLATE "default") AS transfer,
    NULL::text AS "order",
    ((transfer.source)::text COLLATE "default") AS node,
    NULL::text AS service,
    transfer.planned_at AS since,
    (((transfer.expected_on - COALESCE(lane.transit_days, 0)))::timestamp without time zone AT TIME ZONE node.time_zone) AS deadline,
    false AS is_pickup
   FROM ((transfer
     JOIN node ON (((node.code)::text = (transfer.source)::text)))
     LEFT JOIN lane ON ((((lane.source)::text = (transfer.source)::text) AND ((lane.target)::text = (transfer.target)::text))))
  WHERE ((transfer.dispatched_at IS NULL) AND (node.kind = ANY (ARRAY['warehouse'::node_kind, 'store'::node_kind, 'dark_store'::node_kind])) AND (NOT (EXISTS ( SELECT
           FROM supply_cancellation
          WHERE ((supply_cancellation.transfer)::text = (transfer.id)::text)))));

COMMENT ON VIEW work_task IS 'what nodes have to pick: legs that nobody picked, transfers that have not left; gone when done';

CREATE VIEW work_exception AS
 SELECT
        CASE
            WHEN (work_task.deadline < ( SELECT noria_now() AS noria_now)) THEN 'task.late'::text
            ELSE 'task.untaken'::text
        END AS kind,
    work_task.task AS subject,
    work_task.node,
        CASE
            WHEN (work_task.deadline < ( SELECT noria_now() AS noria_now)) THEN work_task.deadline
            ELSE (work_task.deadline - ahead.span)
        END AS since,
    ((('to be picked by '::text || to_char((work_task.deadline AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD HH24:MI'::text)) || ' UTC, '::text) || COALESCE((wave.taken_by || ' has it'::text), 'nobody has it'::text)) AS detail,
    COALESCE(worth.cents, goods.cents) AS money_cents,
    COALESCE(worth.currency, goods.currency) AS currency,
        CASE
            WHEN (node.kind = 'store'::node_kind) THEN 'store_manager'::text
            ELSE 'operations'::text
        END AS owner,
    jsonb_build_object('order', work_task."order", 'leg', work_task.leg, 'task', work_task.task, 'by', work_task.deadline, 'who', wave.taken_by) AS facts
   FROM (((((((work_task
     JOIN node ON (((node.code)::text = work_task.node)))
     LEFT JOIN leg_worth worth ON (((worth.leg_id)::text = work_task.leg)))
     LEFT JOIN LATERAL ( SELECT
                CASE
                    WHEN (min(sku.currency) = max(sku.currency)) THEN (sum((transfer_line.planned * sku.price_cents)))::bigint
                    ELSE NULL::bigint
                END AS cents,
                CASE
                    WHEN (min(sku.currency) = max(sku.currency)) THEN min(sku.currency)
                    ELSE NULL::text
                END AS currency
           FROM (transfer_line
             JOIN sku ON (((sku.code)::text = (transfer_line.sku)::text)))
          WHERE ((transfer_line.transfer)::text = work_task.transfer)) goods ON ((work_task.transfer IS NOT NULL)))
     LEFT JOIN work_setting ON (((work_setting.node)::text = work_task.node)))
     LEFT JOIN wave_task ON ((wave_task.task = work_task.task)))
     LEFT JOIN wave ON ((((wave.id)::text = (wave_task.wave)::text) AND (wave.closed_at IS NULL) AND (wave.taken_until > ( SELECT noria_now() AS noria_now)))))
     CROSS JOIN LATERAL ( SELECT make_interval(mins => COALESCE(((work_setting.content ->> 'untaken_minutes'::text))::integer, 60)) AS span) ahead)
  WHERE ((work_task.deadline < ( SELECT noria_now() AS noria_now)) OR ((wave.id IS NULL) AND ((work_task.deadline - ahead.span) < ( SELECT noria_now() AS noria_now))))
UNION ALL
 SELECT 'work.conflict'::text AS kind,
    COALESCE(conflict.task, ('fact:'::text || (conflict.id)::text)) AS subject,
    (conflict.node)::text AS node,
    conflict.recorded_at AS since,
    (((conflict.id)::text || ': '::text) || conflict.en) AS detail,
    worth.cents AS money_cents,
    worth.currency,
        CASE
            WHEN (node.kind = 'store'::node_kind) THEN 'store_manager'::text
            ELSE 'operations'::text
        END AS owner,
    jsonb_build_object('order', worth.order_id, 'fact', conflict.id, 'en', conflict.en, 'fr', conflict.fr) AS facts
   FROM ((work_conflict conflict
     LEFT JOIN node ON (((node.code)::text = (conflict.node)::text)))
     LEFT JOIN leg_worth worth ON ((('leg:'::text || (worth.leg_id)::text) = conflict.task)))
  WHERE (conflict.settled_at IS NULL);

COMMENT ON VIEW work_exception IS 'tasks that are late, that nobody took in time, and facts that clash: gone when their cause is';

CREATE VIEW every_exception AS
 SELECT exception.kind,
    exception.subject,
    exception.node,
    exception.since,
    exception.detail,
    exception.money_cents,
    exception.currency,
    exception.owner,
    exception.facts
   FROM exception
UNION ALL
 SELECT partner_exception.kind,
    partner_exception.subject,
    partner_exception.node,
    partner_exception.since,
    partner_exception.detail,
    partner_exception.money_cents,
    partner_exception.currency,
    partner_exception.owner,
    partner_exception.facts
   FROM partner_exception
UNION ALL
 SELECT parcel_exception.kind,
    parcel_exception.subject,
    parcel_exception.node,
    parcel_exception.since,
    parcel_exception.detail,
    parcel_exception.money_cents,
    parcel_exception.currency,
    parcel_exception.owner,
    parcel_exception.facts
   FROM parcel_exception
UNION ALL
 SELECT order_exception.kind,
    order_exception.subject,
    order_exception.node,
    order_exception.since,
    order_exception.detail,
    order_exception.money_cents,
    order_exception.currency,
    order_exception.owner,
    order_exception.facts
   FROM order_exception
UNION ALL
 SELECT customer_exception.kind,
    customer_exception.subject,
    customer_exception.node,
    customer_exception.since,
    customer_exception.detail,
    customer_exception.money_cents,
    customer_exception.currency,
    customer_exception.owner,
    customer_exception.facts
   FROM customer_exception
UNION ALL
 SELECT work_exception.kind,
    work_exception.subject,
    work_exception.node,
    work_exception.since,
    work_exception.detail,
    work_exception.money_cents,
    work_exception.currency,
    work_exception.owner,
    work_exception.facts
   FROM work_exception
UNION ALL
 SELECT collect_exception.kind,
    collect_exception.subject,
    collect_exception.node,
    collect_exception.since,
    collect_exception.detail,
    collect_exception.money_cents,
    collect_exception.currency,
    collect_exception.owner,
    collect_exception.facts
   FROM collect_exception
UNION ALL
 SELECT carriage_exception.kind,
    carriage_exception.subject,
    carriage_exception.node,
    carriage_exception.since,
    carriage_exception.detail,
    carriage_exception.money_cents,
    carriage_exception.currency,
    carriage_exception.owner,
    carriage_exception.facts
   FROM carriage_exception
UNION ALL
 SELECT unheard_exception.kind,
    unheard_exception.subject,
    unheard_exception.node,
    unheard_exception.since,
    unheard_exception.detail,
    unheard_exception.money_cents,
    unheard_exception.currency,
    unheard_exception.owner,
    unheard_exception.facts
   FROM unheard_exception
UNION ALL
 SELECT message_exception.kind,
    message_exception.subject,
    message_exception.node,
    message_exception.since,
    message_exception.detail,
    message_exception.money_cents,
    message_exception.currency,
    message_exception.owner,
    message_exception.facts
   FROM message_exception
UNION ALL
 SELECT return_exception.kind,
    return_exception.subject,
    return_exception.node,
    return_exception.since,
    return_exception.detail,
    return_exception.money_cents,
    return_exception.currency,
    return_exception.owner,
    return_exception.facts
   FROM return_exception;

COMMENT ON VIEW every_exception IS 'what needs a person, in whatever room it came up';

CREATE TABLE exception_note (
    id code NOT NULL,
    number bigint NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    verb text NOT NULL,
    person text,
    until timestamp with time zone,
    words text DEFAULT ''::text NOT NULL,
    actor text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT a_comment_says_something CHECK (((verb <> 'commented'::text) OR (words <> ''::text))),
    CONSTRAINT a_note_is_of_a_verb CHECK ((verb = ANY (ARRAY['assigned'::text, 'snoozed'::text, 'commented'::text]))),
    CONSTRAINT a_note_is_short CHECK ((length(words) <= 2000)),
    CONSTRAINT only_a_snooze_has_an_end CHECK (((until IS NULL) OR (verb = 'snoozed'::text))),
    CONSTRAINT only_who_is_assigned_is_named CHECK (((person IS NULL) OR (verb = 'assigned'::text)))
);

COMMENT ON TABLE exception_note IS 'what people did about exceptions; of who has it and until when it may wait, the last word holds';

CREATE VIEW exception_care AS
 SELECT kind,
    subject,
    (array_agg(person ORDER BY number DESC) FILTER (WHERE (verb = 'assigned'::text)))[1] AS person,
    (array_agg(until ORDER BY number DESC) FILTER (WHERE (verb = 'snoozed'::text)))[1] AS snoozed_until,
    count(*) FILTER (WHERE (verb = 'commented'::text)) AS comments
   FROM exception_note
  GROUP BY kind, subject;

COMMENT ON VIEW exception_care IS 'who looks after an exception, until when it may wait, and how much was said of it';

CREATE TABLE exception_look (
    is_only boolean DEFAULT true NOT NULL,
    began_at timestamp with time zone NOT NULL,
    at timestamp with time zone NOT NULL,
    seq bigint NOT NULL,
    CONSTRAINT there_is_one_last_look CHECK (is_only)
);

COMMENT ON TABLE exception_look IS 'when every exception was looked at last; none: rows say nothing';

COMMENT ON COLUMN exception_look.began_at IS 'on the clock of the machine: whatever was committed before, it saw';

COMMENT ON COLUMN exception_look.at IS 'on the clock of the business, which may be driven';

COMMENT ON COLUMN exception_look.seq IS 'up to which event everything was decided by then';

ALTER TABLE exception_note ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME exception_note_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE exclusion (
    channel code NOT NULL,
    sku code NOT NULL,
    reason text NOT NULL
);

COMMENT ON TABLE exclusion IS 'a SKU that a channel does not sell; every other one it does';

CREATE TABLE export_chunk (
    export_id code NOT NULL,
    number integer NOT NULL,
    content bytea NOT NULL
);

COMMENT ON TABLE export_chunk IS 'a file that was taken out, in pieces, kept for 7 days';

CREATE UNLOGGED TABLE feed_change (
    feed code NOT NULL,
    number bigint NOT NULL,
    line integer,
    node code NOT NULL,
    sku code NOT NULL,
    fed bigint NOT NULL,
    known bigint NOT NULL,
    target bigint NOT NULL
);

COMMENT ON TABLE feed_change IS 'what a feed would change, in the order in which it is booked; made again from its content after a crash';

CREATE TABLE feed_content (
    feed code NOT NULL,
    content bytea NOT NULL
);

COMMENT ON TABLE feed_content IS 'the bytes of a feed, until it is booked or rejected';

CREATE TABLE feed_fault (
    feed code NOT NULL,
    number integer NOT NULL,
    line integer NOT NULL,
    column_name text NOT NULL,
    code text NOT NULL,
    says_en text NOT NULL,
    says_fr text NOT NULL
);

CREATE UNLOGGED TABLE feed_line (
    feed code NOT NULL,
    line integer NOT NULL,
    node code NOT NULL,
    key text NOT NULL,
    quantity bigint
);

COMMENT ON TABLE feed_line IS 'a feed as it was read, while it is worked on; null: the line is faulty, and says nothing of its SKU';

CREATE TABLE feed_plan (
    partner code NOT NULL,
    plan jsonb NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    changed_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE feed_plan IS 'how to read a partner''s feed: its columns, words and codes, and where to fetch it';

CREATE TABLE feed_pull (
    partner code NOT NULL,
    asked_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE feed_pull IS 'when a feed was last asked for where it is fetched; times are the machine''s';

CREATE TABLE file_count (
    id code NOT NULL,
    taken_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE file_count IS 'counts of stock that came by file: the same one again is passed over';

CREATE TABLE file_export (
    id code NOT NULL,
    kind text NOT NULL,
    form text NOT NULL,
    actor text NOT NULL,
    nodes text[],
    asked_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    size_bytes bigint DEFAULT 0 NOT NULL,
    CONSTRAINT an_export_has_a_kind CHECK ((kind = ANY (ARRAY['skus'::text, 'nodes'::text, 'zonings'::text, 'tariffs'::text, 'stock'::text, 'balances'::text, 'movements'::text, 'orders'::text, 'keep-backs'::text, 'asns'::text, 'channel-measures'::text, 'locations'::text, 'boxes'::text, 'services'::text, 'lanes'::text, 'channels'::text, 'exclusions'::text, 'assortment-rules'::text, 'channel-networks'::text, 'partner-terms'::text, 'purchase-orders'::text, 'transfers'::text, 'receipts'::text, 'promises'::text]))),
    CONSTRAINT an_export_is_csv_or_parquet CHECK ((form = ANY (ARRAY['csv'::text, 'parquet'::text])))
);

COMMENT ON COLUMN file_export.nodes IS 'the nodes whose lines its sender may see; null: all';

CREATE TABLE file_import (
    id code NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    worksheet text,
    keep_good boolean NOT NULL,
    actor text NOT NULL,
    nodes text[],
    asked_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    lines_read integer DEFAULT 0 NOT NULL,
    lines_good integer DEFAULT 0 NOT NULL,
    lines_written integer DEFAULT 0 NOT NULL,
    lines_unchanged integer DEFAULT 0 NOT NULL,
    fault_count integer DEFAULT 0 NOT NULL,
    is_preview boolean DEFAULT false NOT NULL,
    columns text[],
    lines_new integer DEFAULT 0 NOT NULL,
    examples jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT an_import_has_a_kind CHECK ((kind = ANY (ARRAY['catalog'::text, 'network'::text, 'zonings'::text, 'tariffs'::text, 'stock'::text, 'orders'::text, 'keep-backs'::text, 'asns'::text, 'channel-measures'::text, 'locations'::text, 'boxes'::text])))
);

COMMENT ON COLUMN file_import.nodes IS 'where its sender may count stock; null: everywhere';

COMMENT ON COLUMN file_import.is_preview IS 'it was read and tried, and nothing of it was kept';

COMMENT ON COLUMN file_import.columns IS 'what each column of the file is to us, in its order; empty: left out; null: as the header says';

COMMENT ON COLUMN file_import.lines_new IS 'of lines_written, those that say what was not there';

COMMENT ON COLUMN file_import.examples IS 'the first lines that are new or change something, with what';

CREATE TABLE grade_worth (
    grade text NOT NULL,
    percent smallint NOT NULL,
    CONSTRAINT a_grade_of_worth_is_a_to_d CHECK ((grade = ANY (ARRAY['A'::text, 'B'::text, 'C'::text, 'D'::text]))),
    CONSTRAINT worth_is_part_of_cost CHECK (((percent >= 0) AND (percent <= 100)))
);

COMMENT ON TABLE grade_worth IS 'what a returned unit of a condition is worth, in percent of its cost';

CREATE TABLE graded_cursor (
    only_one boolean DEFAULT true NOT NULL,
    seq bigint NOT NULL,
    CONSTRAINT there_is_one_cursor CHECK (only_one)
);

COMMENT ON TABLE graded_cursor IS 'graded_part holds while seq is that of value_cursor; -1 is never';

CREATE TABLE graded_part (
    sku code NOT NULL,
    node code NOT NULL,
    state stock_state NOT NULL,
    grade text NOT NULL,
    units bigint NOT NULL,
    value_cents bigint NOT NULL,
    CONSTRAINT a_graded_part_has_units CHECK ((units > 0))
);

COMMENT ON TABLE graded_part IS 'units of a SKU at a node in a state that were graded, and their value: cost_balance divided over its parts';

CREATE TABLE role_grant (
    person code NOT NULL,
    role text NOT NULL,
    node code,
    CONSTRAINT a_role_is_known CHECK ((role = ANY (ARRAY['director'::text, 'operations'::text, 'store_manager'::text, 'store_associate'::text, 'planner'::text, 'integrator'::text, 'auditor'::text, 'read_only'::text])))
);

COMMENT ON COLUMN role_grant.node IS 'where the role holds; null: at every node, also those to come';

CREATE VIEW granted AS
 SELECT person,
    jsonb_agg(jsonb_build_object('role', role, 'nodes', nodes) ORDER BY role) AS grants
   FROM ( SELECT role_grant.person,
            role_grant.role,
                CASE
                    WHEN bool_and((role_grant.node IS NOT NULL)) THEN array_agg(role_grant.node ORDER BY role_grant.node)
                    ELSE NULL::code[]
                END AS nodes
           FROM role_grant
          GROUP BY role_grant.person, role_grant.role) by_role
  GROUP BY person;

COMMENT ON VIEW granted IS 'the grants of a person, one a role; nodes of null are all nodes';

CREATE VIEW happening AS
 SELECT seq,
    type,
    subject,
    node,
    COALESCE(data, (told)::jsonb) AS data,
    at,
    written_at
   FROM event;

COMMENT ON VIEW happening IS 'events as they are read, however their data was written';

CREATE TABLE holiday_region (
    country text NOT NULL,
    starts text NOT NULL,
    region text NOT NULL,
    CONSTRAINT a_region_is_of_some_postcodes CHECK ((starts <> ''::text))
);

COMMENT ON TABLE holiday_region IS 'postcodes that begin so lie in a region with holidays of its own';

CREATE TABLE import_fault (
    import_id code NOT NULL,
    number integer NOT NULL,
    line integer NOT NULL,
    column_name text NOT NULL,
    code text NOT NULL,
    says_en text NOT NULL,
    says_fr text NOT NULL
);

CREATE TABLE inspected_unit (
    rma_id code NOT NULL,
    sku code NOT NULL,
    serial unit_code NOT NULL,
    grade text NOT NULL,
    disposition text NOT NULL,
    CONSTRAINT the_grade_of_a_unit_is_a_to_d CHECK ((grade = ANY (ARRAY['A'::text, 'B'::text, 'C'::text, 'D'::text])))
);

CREATE TABLE inspection (
    rma_id code NOT NULL,
    sku code NOT NULL,
    grade text NOT NULL,
    disposition text NOT NULL,
    quantity bigint NOT NULL,
    CONSTRAINT a_disposition_is_known CHECK ((disposition = ANY (ARRAY['restock'::text, 'outlet'::text, 'repair'::text, 'recycle'::text, 'donate'::text]))),
    CONSTRAINT a_grade_is_a_to_d CHECK ((grade = ANY (ARRAY['A'::text, 'B'::text, 'C'::text, 'D'::text]))),
    CONSTRAINT an_inspection_has_units CHECK ((quantity > 0))
);

CREATE TABLE job (
    id code NOT NULL,
    kind text NOT NULL,
    params jsonb NOT NULL,
    asked_by text NOT NULL,
    state job_state DEFAULT 'waiting'::job_state NOT NULL,
    done bigint DEFAULT 0 NOT NULL,
    total bigint,
    message jsonb,
    result jsonb,
    error jsonb,
    attempts integer DEFAULT 0 NOT NULL,
    task bigint,
    asked_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    heartbeat_at timestamp with time zone,
    finished_at timestamp with time zone,
    CONSTRAINT a_kind_is_dotted_words CHECK ((kind ~ '^[a-z_]+([.][a-z_]+)+$'::text)),
    CONSTRAINT a_total_is_not_negative CHECK ((total >= 0)),
    CONSTRAINT progress_is_not_negative CHECK ((done >= 0)),
    CONSTRAINT what_is_finished_has_an_end CHECK (((state = ANY (ARRAY['waiting'::job_state, 'running'::job_state])) = (finished_at IS NULL)))
);

COMMENT ON TABLE job IS 'times are the machine''s: a replay that drives the clock does not age jobs';

COMMENT ON COLUMN job.message IS 'what it is doing, {"en": …, "fr": …}';

COMMENT ON COLUMN job.task IS 'its row in procrastinate_jobs, while it waits or runs';

CREATE TABLE job_cancellation (
    job code NOT NULL,
    asked_by text NOT NULL,
    asked_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE job_cursor (
    job code NOT NULL,
    cursor jsonb NOT NULL
);

COMMENT ON TABLE job_cursor IS 'where to go on after a crash, written with the work; apart, so that progress never waits for it';

CREATE TABLE kept_look (
    name text NOT NULL,
    began_at timestamp with time zone NOT NULL,
    at timestamp with time zone NOT NULL,
    seen text NOT NULL,
    answer jsonb NOT NULL
);

COMMENT ON TABLE kept_look IS 'what a first hour found when it looked last, and what launches did';

COMMENT ON COLUMN kept_look.began_at IS 'on the clock of the machine: whatever was committed before, it saw';

COMMENT ON COLUMN kept_look.at IS 'on the clock of the business, which may be driven';

COMMENT ON COLUMN kept_look.seen IS 'what it was made of, such as the files that were in by then; of anything else it says nothing';

CREATE TABLE node_trust (
    node code NOT NULL,
    units bigint NOT NULL,
    reason text NOT NULL,
    measured_at timestamp with time zone NOT NULL,
    CONSTRAINT trust_keeps_units_back CHECK ((units > 0))
);

COMMENT ON TABLE node_trust IS 'units of each SKU that a partner''s node does not promise: its figures are old, or were wrong';

CREATE TABLE policy_protection (
    policy code NOT NULL,
    id code NOT NULL,
    sku code,
    category text,
    node code,
    node_kind node_kind,
    channel code NOT NULL,
    units bigint,
    days integer,
    reason text NOT NULL,
    valid_from date,
    valid_until date,
    CONSTRAINT a_protection_keeps_units_or_days CHECK ((num_nonnulls(units, days) = 1)),
    CONSTRAINT protected_days_are_positive CHECK ((days > 0)),
    CONSTRAINT protected_units_are_positive CHECK ((units > 0))
);

COMMENT ON TABLE policy_protection IS 'a version''s protections once more, where the promise looks for what is kept back';

CREATE TABLE shelf_doubt (
    number bigint NOT NULL,
    sku code NOT NULL,
    node code NOT NULL,
    units bigint NOT NULL,
    since timestamp with time zone NOT NULL,
    CONSTRAINT a_doubt_keeps_units_back CHECK ((units > 0))
);

COMMENT ON TABLE shelf_doubt IS 'units that a shelf does not promise, for somebody did not find there what the book says; over with the count that was called';

CREATE VIEW kept_rule AS
 SELECT (keep_back.id)::text AS id,
    keep_back.purpose,
    keep_back.sku,
    keep_back.category,
    keep_back.node,
    keep_back.node_kind,
    keep_back.channel,
    keep_back.units,
    keep_back.days,
    keep_back.below_accuracy,
    keep_back.reason,
    keep_back.valid_from,
    keep_back.valid_until
   FROM keep_back
UNION ALL
 SELECT ('trust.'::text || (node_trust.node)::text) AS id,
    'trust'::text AS purpose,
    (NULL::text)::code AS sku,
    NULL::text AS category,
    node_trust.node,
    NULL::node_kind AS node_kind,
    (NULL::text)::code AS channel,
    node_trust.units,
    NULL::integer AS days,
    NULL::double precision AS below_accuracy,
    node_trust.reason,
    NULL::date AS valid_from,
    NULL::date AS valid_until
   FROM node_trust
UNION ALL
 SELECT ('network.'::text || (channel_network.id)::text) AS id,
    'network'::text AS purpose,
    (NULL::text)::code AS sku,
    NULL::text AS category,
    place.node,
    place.node_kind,
    channel_network.channel,
    place.units,
    NULL::integer AS days,
    NULL::double precision AS below_accuracy,
    channel_network.reason,
    channel_network.valid_from,
    channel_network.valid_until
   FROM (channel_network
     CROSS JOIN LATERAL ( SELECT (NULL::text)::code AS node,
            NULL::node_kind AS node_kind,
            (1000000000)::bigint AS units
        UNION ALL
         SELECT (unnest(channel_network.nodes))::code AS node,
            NULL::node_kind AS node_kind,
            (0)::bigint AS units
        UNION ALL
         SELECT (NULL::text)::code AS node,
            (unnest(channel_network.node_kinds))::node_kind AS node_kind,
            (0)::bigint AS units) place)
UNION ALL
 SELECT ('assortment.'::text || (assortment_rule.id)::text) AS id,
    'assortment'::text AS purpose,
    assortment_rule.sku,
    assortment_rule.category,
    assortment_rule.node,
    assortment_rule.node_kind,
    assortment_rule.channel,
        CASE
            WHEN assortment_rule.is_sold THEN (0)::bigint
            ELSE (1000000000)::bigint
        END AS units,
    NULL::integer AS days,
    NULL::double precision AS below_accuracy,
    assortment_rule.reason,
    assortment_rule.valid_from,
    assortment_rule.valid_until
   FROM assortment_rule
UNION ALL
 SELECT ('exclusion.'::text || (exclusion.sku)::text) AS id,
    'assortment'::text AS purpose,
    exclusion.sku,
    NULL::text AS category,
    (NULL::text)::code AS node,
    NULL::node_kind AS node_kind,
    exclusion.channel,
    (1000000000)::bigint AS units,
    NULL::integer AS days,
    NULL::double precision AS below_accuracy,
    COALESCE(NULLIF("left"(exclusion.reason, 200), ''::text), 'not-sold-there'::text) AS reason,
    NULL::date AS valid_from,
    NULL::date AS valid_until
   FROM exclusion
UNION ALL
 SELECT ((('policy.'::text || (policy_protection.policy)::text) || '.'::text) || (policy_protection.id)::text) AS id,
    'protection'::text AS purpose,
    policy_protection.sku,
    policy_protection.category,
    policy_protection.node,
    policy_protection.node_kind,
    policy_protection.channel,
    policy_protection.units,
    policy_protection.days,
    NULL::double precision AS below_accuracy,
    policy_protection.reason,
    policy_protection.valid_from,
    policy_protection.valid_until
   FROM policy_protection
  WHERE ((policy_protection.policy)::text = (live_policy())::text)
UNION ALL
 SELECT ('doubt.'::text || shelf_doubt.number) AS id,
    'trust'::text AS purpose,
    shelf_doubt.sku,
    NULL::text AS category,
    shelf_doubt.node,
    NULL::node_kind AS node_kind,
    (NULL::text)::code AS channel,
    shelf_doubt.units,
    NULL::integer AS days,
    NULL::double precision AS below_accuracy,
    'not-found-there'::text AS reason,
    NULL::date AS valid_from,
    NULL::date AS valid_until
   FROM shelf_doubt;

COMMENT ON VIEW kept_rule IS 'every rule that keeps units back, whoever made it; 1,000,000,000 units are everything';

CREATE TABLE landed_cost (
    id code NOT NULL,
    receipt code NOT NULL,
    kind text NOT NULL,
    amount_cents bigint NOT NULL,
    spread_by text NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    CONSTRAINT a_cost_is_spread_by_something CHECK ((spread_by = ANY (ARRAY['value'::text, 'weight'::text, 'units'::text]))),
    CONSTRAINT a_landed_cost_costs_something CHECK ((amount_cents > 0)),
    CONSTRAINT a_landed_cost_is_of_a_known_kind CHECK ((kind = ANY (ARRAY['freight'::text, 'duty'::text, 'handling'::text, 'insurance'::text, 'other'::text])))
);

CREATE TABLE landed_cost_line (
    landed_cost code NOT NULL,
    sku code NOT NULL,
    amount_cents bigint NOT NULL,
    in_stock_cents bigint NOT NULL,
    CONSTRAINT a_share_is_not_negative CHECK ((amount_cents >= 0)),
    CONSTRAINT in_stock_is_part_of_the_share CHECK (((in_stock_cents >= 0) AND (in_stock_cents <= amount_cents)))
);

COMMENT ON COLUMN landed_cost_line.in_stock_cents IS 'added to the value of units still there; the rest was an expense, for units that are gone';

CREATE VIEW last_import AS
 SELECT DISTINCT ON (kind, name) id,
    kind,
    name,
    lines_read,
    finished_at
   FROM file_import
  WHERE (finished_at IS NOT NULL)
  ORDER BY kind, name, finished_at DESC, id DESC;

COMMENT ON VIEW last_import IS 'of files of one kind and name, the one that was brought in last';

CREATE TABLE ledger_cut (
    seq bigint NOT NULL,
    previous_seq bigint NOT NULL,
    made_at timestamp with time zone NOT NULL,
    first_happened_at timestamp with time zone NOT NULL,
    first_recorded_at timestamp with time zone NOT NULL,
    happened_by timestamp with time zone NOT NULL,
    recorded_by timestamp with time zone NOT NULL,
    CONSTRAINT a_cut_holds_moves CHECK ((seq > previous_seq))
);

COMMENT ON TABLE ledger_cut IS 'moves up to seq; the first times are of those after previous_seq';

COMMENT ON COLUMN ledger_cut.happened_by IS 'no move up to seq happened later; recorded_by likewise';

CREATE TABLE level_total (
    node code NOT NULL,
    state stock_state NOT NULL,
    units bigint NOT NULL,
    CONSTRAINT outside_is_not_added_up CHECK ((state <> 'outside'::stock_state))
);

COMMENT ON TABLE level_total IS 'units at nodes by state up to the move of level_total_cursor; later moves are added when read';

CREATE TABLE level_total_cursor (
    only_one boolean DEFAULT true NOT NULL,
    seq bigint NOT NULL,
    CONSTRAINT there_is_one_cursor CHECK (only_one)
);

CREATE TABLE link_secret (
    only_one boolean DEFAULT true NOT NULL,
    secret bytea NOT NULL,
    CONSTRAINT there_is_one_link_secret CHECK (only_one)
);

COMMENT ON TABLE link_secret IS 'what the links of customers are made with; drawn once, at installation';

CREATE TABLE unit_claim (
    holder code NOT NULL,
    sku code NOT NULL,
    code unit_code NOT NULL,
    node code NOT NULL,
    quantity bigint NOT NULL,
    is_serial boolean NOT NULL,
    until timestamp with time zone,
    is_standing boolean DEFAULT true NOT NULL,
    claimed_at timestamp with time zone NOT NULL,
    CONSTRAINT a_claim_has_units CHECK ((quantity > 0)),
    CONSTRAINT a_claimed_serial_is_one_unit CHECK (((NOT is_serial) OR (quantity = 1))),
    CONSTRAINT what_is_claimed_is_told CHECK (((code)::text <> '?'::text))
)
WITH (fillfactor='80');

COMMENT ON TABLE unit_claim IS 'the serials and lots that holds want: whoever else moves stock leaves them on the shelf';

COMMENT ON COLUMN unit_claim.until IS 'free at this instant, as the hold itself; null: until it is taken or given back';

COMMENT ON COLUMN unit_claim.is_standing IS 'false: the time was over, and another hold named the unit since';

CREATE VIEW live_claim AS
 SELECT holder,
    sku,
    code,
    node,
    quantity,
    is_serial,
    until,
    is_standing,
    claimed_at
   FROM unit_claim
  WHERE (is_standing AND ((until IS NULL) OR (until > noria_now())));

COMMENT ON VIEW live_claim IS 'claims whose time is not over';

CREATE TABLE location (
    node code NOT NULL,
    code code NOT NULL,
    aisle integer NOT NULL,
    bay integer NOT NULL,
    level integer NOT NULL,
    CONSTRAINT a_location_is_in_reach CHECK (((LEAST(aisle, bay, level) >= 0) AND (GREATEST(aisle, bay) <= 10000) AND (level <= 100)))
);

COMMENT ON TABLE location IS 'shelves and bins of nodes: aisles stand side by side, bays are counted from their front';

CREATE TABLE location_sku (
    node code NOT NULL,
    location code NOT NULL,
    sku code NOT NULL
);

COMMENT ON TABLE location_sku IS 'which SKUs lie at a location';

CREATE TABLE move_lot (
    movement_id code NOT NULL,
    line smallint NOT NULL,
    sku code NOT NULL,
    lot unit_code NOT NULL,
    quantity bigint NOT NULL,
    is_assumed boolean DEFAULT false NOT NULL,
    CONSTRAINT a_lot_moves_in_units CHECK ((quantity > 0))
);

COMMENT ON COLUMN move_lot.is_assumed IS 'nobody told the lot: the first to expire was taken to have gone';

CREATE VIEW lot_entry AS
 SELECT move_lot.movement_id,
    move_lot.line,
    move_lot.sku,
    move_lot.lot,
    move.source_node AS node,
    tracked_state(move.source_state) AS state,
    (- move_lot.quantity) AS change
   FROM (move_lot
     JOIN move USING (movement_id, line))
UNION ALL
 SELECT move_lot.movement_id,
    move_lot.line,
    move_lot.sku,
    move_lot.lot,
    move.target_node AS node,
    tracked_state(move.target_state) AS state,
    move_lot.quantity AS change
   FROM (move_lot
     JOIN move USING (movement_id, line));

COMMENT ON VIEW lot_entry IS 'both ends of every move of a lot, as signed changes';

CREATE TABLE made_here (
    node code NOT NULL,
    sku code NOT NULL
);

COMMENT ON TABLE made_here IS 'what a node makes to order: it has capacity a day rather than units';

CREATE TABLE manifest_label (
    manifest code NOT NULL,
    label code NOT NULL
);

COMMENT ON TABLE manifest_label IS 'a label is handed over once';

CREATE TABLE matrix_check (
    process text NOT NULL,
    checked_at timestamp with time zone NOT NULL,
    transaction bigint NOT NULL,
    compared bigint NOT NULL,
    differences bigint NOT NULL
);

COMMENT ON TABLE matrix_check IS 'numbers that each server process keeps in memory and compared with the database since it began, and the transaction as of which it last did; a process that fell silent is forgotten after a day';

CREATE TABLE matrix_difference (
    number bigint NOT NULL,
    process text NOT NULL,
    found_at timestamp with time zone NOT NULL,
    transaction bigint NOT NULL,
    what text NOT NULL,
    sku text,
    node text,
    expected text NOT NULL,
    found text NOT NULL,
    CONSTRAINT a_difference_is_of_a_kind CHECK ((what = ANY (ARRAY['shelf'::text, 'held'::text, 'named'::text, 'unsourced'::text, 'node'::text, 'rule'::text])))
);

COMMENT ON TABLE matrix_difference IS 'where a process kept something else in memory than the database said as of one transaction; kept for a day';

ALTER TABLE matrix_difference ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME matrix_difference_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE message_choice (
    order_id code NOT NULL,
    email boolean NOT NULL,
    sms boolean NOT NULL,
    language text,
    changed_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    chat boolean DEFAULT false NOT NULL,
    push boolean DEFAULT false NOT NULL,
    CONSTRAINT a_message_speaks_english_or_french CHECK ((language = ANY (ARRAY['en'::text, 'fr'::text])))
);

COMMENT ON TABLE message_choice IS 'how customers want to hear of an order, where they said so';

CREATE TABLE message_cursor (
    only_one boolean DEFAULT true NOT NULL,
    seq bigint NOT NULL,
    CONSTRAINT there_is_one_message_cursor CHECK (only_one)
);

COMMENT ON TABLE message_cursor IS 'events up to this one have become messages, if any were due';

CREATE TABLE migration (
    number integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE missing (
    id code NOT NULL,
    task text NOT NULL,
    node code NOT NULL,
    sku code NOT NULL,
    quantity bigint NOT NULL,
    reason text NOT NULL,
    location code,
    happened_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    CONSTRAINT missing_units_are_some CHECK ((quantity > 0))
);

COMMENT ON TABLE missing IS 'units of a task that were not to be had, and why; those of legs are in short_pick too';

CREATE VIEW move_part AS
 SELECT move.movement_id,
    ((move.line + COALESCE((part.place - 1), (0)::bigint)))::smallint AS line,
    move.sku,
    COALESCE(part.units, move.quantity) AS quantity,
    move.source_node,
    move.source_state,
    move.target_node,
    move.target_state,
    move.seq,
    COALESCE(part.cause, move.own_cause) AS own_cause
   FROM (move
     LEFT JOIN LATERAL UNNEST(move.causes, move.parts) WITH ORDINALITY part(cause, units, place) ON (true));

COMMENT ON VIEW move_part IS 'moves, one row for each cause that they are for';

ALTER TABLE move ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME move_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE move_serial (
    movement_id code NOT NULL,
    line smallint NOT NULL,
    sku code NOT NULL,
    serial unit_code NOT NULL
);

CREATE TABLE node_accuracy (
    node code NOT NULL,
    lowest double precision NOT NULL,
    measured_at timestamp with time zone NOT NULL,
    CONSTRAINT accuracy_is_a_share CHECK (((lowest >= (0)::double precision) AND (lowest <= (1)::double precision)))
);

COMMENT ON TABLE node_accuracy IS 'the share of a node''s places that are right, at the least: as counts measured it';

CREATE TABLE node_capacity (
    node code NOT NULL,
    weekday smallint,
    day date,
    units integer,
    orders integer,
    CONSTRAINT a_capacity_is_for_a_weekday_or_a_day CHECK ((num_nonnulls(weekday, day) = 1)),
    CONSTRAINT a_capacity_says_something CHECK ((num_nonnulls(units, orders) > 0)),
    CONSTRAINT capacity_in_orders_is_not_negative CHECK ((orders >= 0)),
    CONSTRAINT capacity_is_not_negative CHECK ((units >= 0)),
    CONSTRAINT weekday_is_monday_0_to_sunday_6 CHECK (((weekday >= 0) AND (weekday <= 6)))
);

CREATE TABLE node_closure (
    node code NOT NULL,
    day date NOT NULL,
    reason text NOT NULL
);

CREATE TABLE node_hours (
    node code NOT NULL,
    weekday smallint NOT NULL,
    opens time without time zone NOT NULL,
    closes time without time zone NOT NULL,
    CONSTRAINT a_day_ends_after_it_starts CHECK ((closes > opens)),
    CONSTRAINT weekday_is_monday_0_to_sunday_6 CHECK (((weekday >= 0) AND (weekday <= 6)))
);

CREATE TABLE node_opening (
    node code NOT NULL,
    day date NOT NULL,
    opens time without time zone NOT NULL,
    closes time without time zone NOT NULL,
    reason text NOT NULL,
    CONSTRAINT an_opening_ends_after_it_starts CHECK ((closes > opens))
);

COMMENT ON TABLE node_opening IS 'open on that day whatever its weekday or a holiday would say; its usual hours do not count';

CREATE TABLE node_refused (
    order_id code NOT NULL,
    node code NOT NULL,
    until timestamp with time zone NOT NULL
);

COMMENT ON TABLE node_refused IS 'nodes that refused their part of an order, or had it taken from them: that order is not sourced there until their day is over';

CREATE TABLE open_exception (
    kind text NOT NULL,
    subject text NOT NULL,
    node text,
    owner text NOT NULL,
    since timestamp with time zone NOT NULL,
    money_cents bigint,
    currency text,
    opened_at timestamp with time zone NOT NULL,
    escalated_to text,
    escalated_at timestamp with time zone,
    CONSTRAINT who_it_went_on_to_has_a_time CHECK (((escalated_to IS NULL) = (escalated_at IS NULL)))
);

COMMENT ON TABLE open_exception IS 'exceptions as they were found last, and to whom they went on for want of anybody who took them';

CREATE TABLE opportunity_price (
    sku code NOT NULL,
    node code NOT NULL,
    cents integer NOT NULL,
    CONSTRAINT a_price_that_is_kept_is_positive CHECK ((cents > 0))
);

COMMENT ON TABLE opportunity_price IS 'what a unit is worth left where it lies, by the last run that was published; what is not there is worth nothing';

CREATE TABLE order_edit (
    id code NOT NULL,
    order_id code NOT NULL,
    edited_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    changes text[] NOT NULL,
    reason text NOT NULL
);

COMMENT ON TABLE order_edit IS 'what of an order was changed, by whom and why; what it was before is not kept, for it may be personal';

CREATE TABLE order_link (
    order_id code NOT NULL,
    renewed integer NOT NULL,
    renewed_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    CONSTRAINT a_link_was_renewed_at_least_once CHECK ((renewed > 0))
);

COMMENT ON TABLE order_link IS 'orders whose link was renewed: the ones before no longer work';

CREATE TABLE order_look (
    order_id code NOT NULL,
    looked_at timestamp with time zone NOT NULL,
    changes integer NOT NULL,
    saved_cents bigint NOT NULL,
    CONSTRAINT changes_are_not_negative CHECK ((changes >= 0))
);

COMMENT ON TABLE order_look IS 'when an order''s plan was last looked at again, how often it changed, and what that saved';

CREATE TABLE order_payment (
    id code NOT NULL,
    order_id code NOT NULL,
    paid_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    reference text NOT NULL,
    actor text NOT NULL
);

COMMENT ON TABLE order_payment IS 'who said that an order is paid, when, and by what reference';

CREATE TABLE order_transfer (
    id code NOT NULL,
    from_order code NOT NULL,
    from_line smallint NOT NULL,
    to_order code NOT NULL,
    to_line smallint NOT NULL,
    units bigint NOT NULL,
    kind text NOT NULL,
    moved_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL,
    CONSTRAINT a_transfer_moves_units CHECK ((units > 0)),
    CONSTRAINT a_transfer_splits_or_merges CHECK ((kind = ANY (ARRAY['split'::text, 'merge'::text]))),
    CONSTRAINT units_go_to_another_order CHECK (((from_order)::text <> (to_order)::text))
);

COMMENT ON TABLE order_transfer IS 'units that one order gave to another: there they are wanted, here they count as cancelled';

CREATE TABLE order_window (
    order_id code NOT NULL,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone NOT NULL,
    policy text NOT NULL,
    CONSTRAINT a_window_ends_after_it_begins CHECK ((since < until))
);

COMMENT ON TABLE order_window IS 'orders that wait to be decided together with others, until then at the latest; what is past says that they did';

CREATE TABLE packing (
    leg_id code NOT NULL,
    node code NOT NULL,
    packed_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    actor text NOT NULL
);

COMMENT ON TABLE packing IS 'legs whose boxes were closed before they were handed over';

CREATE SEQUENCE parcel_serial
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE partner (
    code code NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    nodes text[] NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    free_from_cents bigint,
    shipping_cents bigint DEFAULT 0 NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT a_partner_is_of_a_kind CHECK ((kind = ANY (ARRAY['supplier'::text, 'printer'::text, 'third_party'::text, 'marketplace'::text, 'digital'::text]))),
    CONSTRAINT free_from_is_not_negative CHECK ((free_from_cents >= 0)),
    CONSTRAINT shipping_is_not_negative CHECK ((shipping_cents >= 0))
);

COMMENT ON COLUMN partner.free_from_cents IS 'goods of so much in one parcel are sent for nothing; null: never';

COMMENT ON COLUMN partner.shipping_cents IS 'what one parcel to our customer costs us beyond the goods';

CREATE TABLE partner_term (
    partner code NOT NULL,
    sku code NOT NULL,
    valid_from date NOT NULL,
    valid_until date,
    reference text,
    price_cents bigint NOT NULL,
    minimum_units bigint DEFAULT 1 NOT NULL,
    pack_units bigint DEFAULT 1 NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    odd_amounts text DEFAULT 'sent'::text NOT NULL,
    CONSTRAINT a_minimum_is_positive CHECK ((minimum_units > 0)),
    CONSTRAINT a_pack_holds_units CHECK ((pack_units > 0)),
    CONSTRAINT a_price_is_not_negative CHECK ((price_cents >= 0)),
    CONSTRAINT a_term_begins_before_it_ends CHECK ((valid_from <= valid_until)),
    CONSTRAINT odd_amounts_are_sent_charged_or_refused CHECK ((odd_amounts = ANY (ARRAY['sent'::text, 'charged'::text, 'refused'::text])))
);

COMMENT ON TABLE partner_term IS 'what a partner charges for a SKU from a day on, and in which amounts; the latest begun counts';

CREATE TABLE person (
    id code NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    language text NOT NULL,
    password_hash text NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT a_password_is_hashed_with_argon2id CHECK ((password_hash ~~ '$argon2id$%'::text)),
    CONSTRAINT a_person_has_a_name CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT an_email_has_two_sides CHECK (((email ~ '^[^@\s]+@[^@\s]+$'::text) AND (length(email) <= 254))),
    CONSTRAINT an_email_is_lower_case CHECK ((email = lower(email))),
    CONSTRAINT we_speak_two_languages CHECK ((language = ANY (ARRAY['en'::text, 'fr'::text])))
);

CREATE TABLE picked_weight (
    leg_id code NOT NULL,
    sku code NOT NULL,
    weight_g bigint NOT NULL,
    CONSTRAINT a_picked_unit_weighs_something CHECK ((weight_g > 0))
);

COMMENT ON TABLE picked_weight IS 'what a unit of a leg weighs on the average, where it was scanned: parcels are reckoned with it';

ALTER TABLE policy_activation ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME policy_activation_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE policy_draft (
    id code NOT NULL,
    based_on code,
    content jsonb NOT NULL,
    author text NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    CONSTRAINT a_draft_has_a_short_id CHECK ((length((id)::text) <= 30))
);

COMMENT ON TABLE policy_draft IS 'a policy in the making; gone once it is a version';

ALTER TABLE policy_version ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME policy_version_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE postcode (
    country text NOT NULL,
    code text NOT NULL COLLATE pg_catalog."C",
    town text NOT NULL,
    latitude double precision NOT NULL,
    longitude double precision NOT NULL,
    population integer DEFAULT 0 NOT NULL
);

CREATE TABLE price_part (
    run bigint NOT NULL,
    future integer NOT NULL,
    record bytea NOT NULL
);

COMMENT ON TABLE price_part IS 'the prices of one future while a run is under way, so that it goes on from there';

CREATE TABLE price_run (
    number bigint NOT NULL,
    as_of timestamp with time zone NOT NULL,
    moves_until bigint NOT NULL,
    orders integer NOT NULL,
    skus integer NOT NULL,
    futures integer NOT NULL,
    done integer DEFAULT 0 NOT NULL,
    published_at timestamp with time zone,
    CONSTRAINT a_run_looks_at_some_futures CHECK ((futures > 0)),
    CONSTRAINT no_more_is_done_than_there_is CHECK ((done <= futures))
);

COMMENT ON TABLE price_run IS 'one working out of opportunity prices: of which moment, from how many past orders, how far it is';

COMMENT ON COLUMN price_run.moves_until IS 'the last move that it knew of';

ALTER TABLE price_run ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME price_run_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE production (
    reservation code NOT NULL,
    day date NOT NULL,
    node code NOT NULL,
    units bigint NOT NULL,
    CONSTRAINT production_makes_units CHECK ((units > 0))
);

COMMENT ON TABLE production IS 'units that a node makes on a day for a reservation; what is given back before is taken out';

CREATE TABLE public_holiday (
    country text NOT NULL,
    region text NOT NULL,
    day date NOT NULL
);

COMMENT ON TABLE public_holiday IS 'days on which a country (region: empty), or a region of it, rests; kept some years ahead by the worker';

CREATE TABLE receipt_line (
    receipt code NOT NULL,
    sku code NOT NULL,
    quantity bigint NOT NULL,
    CONSTRAINT a_receipt_line_has_units CHECK ((quantity > 0))
);

CREATE TABLE recent_sales (
    sku code NOT NULL,
    node code NOT NULL,
    units bigint NOT NULL,
    measured_at timestamp with time zone NOT NULL,
    CONSTRAINT sales_are_positive CHECK ((units > 0))
);

COMMENT ON TABLE recent_sales IS 'units sold or shipped over 28 days, where there were any; measured by a job';

CREATE TABLE recipient (
    order_id code NOT NULL,
    name text NOT NULL,
    street text NOT NULL,
    email text NOT NULL,
    phone text NOT NULL
);

COMMENT ON TABLE recipient IS 'personal data, apart, so that it can be erased';

CREATE TABLE refund_line (
    refund code NOT NULL,
    line smallint NOT NULL,
    units bigint NOT NULL,
    CONSTRAINT some_units_are_paid_back CHECK ((units > 0))
);

COMMENT ON TABLE refund_line IS 'units of lines that a refund pays back: no unit of a line is in two of them';

CREATE TABLE replaced_line (
    replacement code NOT NULL,
    line smallint NOT NULL,
    sku code NOT NULL,
    units bigint NOT NULL,
    CONSTRAINT something_was_replaced CHECK ((units > 0))
);

COMMENT ON TABLE replaced_line IS 'units of a leg that left and does not come';

CREATE TABLE replacement (
    id code NOT NULL,
    leg_id code NOT NULL,
    order_id code NOT NULL,
    node code NOT NULL,
    service code NOT NULL,
    carrier text,
    how text NOT NULL,
    because text NOT NULL,
    cents bigint NOT NULL,
    currency text NOT NULL,
    claim text NOT NULL,
    claim_cents bigint,
    claim_settled_at timestamp with time zone,
    words text DEFAULT ''::text NOT NULL,
    actor text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT a_claim_is_at_a_state CHECK ((claim = ANY (ARRAY['none'::text, 'due'::text, 'settled'::text]))),
    CONSTRAINT a_replacement_has_a_cause CHECK ((because = ANY (ARRAY['lost'::text, 'returned'::text, 'refused'::text, 'damaged'::text]))),
    CONSTRAINT a_replacement_is_sent_or_paid_back CHECK ((how = ANY (ARRAY['send_again'::text, 'refund'::text]))),
    CONSTRAINT a_replacement_is_short CHECK ((length(words) <= 500))
);

COMMENT ON TABLE replacement IS 'legs that left and do not come: what was done instead, and what their carrier owes';

CREATE TABLE replay (
    only_one boolean DEFAULT true NOT NULL,
    source text NOT NULL,
    month text NOT NULL,
    seed bigint NOT NULL,
    step_minutes integer NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    carriers text DEFAULT 'off'::text NOT NULL,
    CONSTRAINT there_is_one_replay CHECK (only_one)
);

COMMENT ON COLUMN replay.carriers IS 'how troubled the carriers of the story are';

CREATE TABLE reservation (
    id code NOT NULL,
    demand text NOT NULL,
    sku code NOT NULL,
    node code NOT NULL,
    quantity bigint NOT NULL,
    held bigint NOT NULL,
    made_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    ended_at timestamp with time zone,
    channel code,
    shopper text,
    drawn bigint DEFAULT 0,
    names_units boolean DEFAULT false NOT NULL,
    digest bytea,
    CONSTRAINT a_demand_is_short CHECK (((length(demand) >= 1) AND (length(demand) <= 130))),
    CONSTRAINT a_reservation_holds_units CHECK ((quantity > 0)),
    CONSTRAINT a_shopper_is_short CHECK (((length(shopper) >= 1) AND (length(shopper) <= 130))),
    CONSTRAINT held_is_part_of_it CHECK (((held >= 0) AND (held <= quantity))),
    CONSTRAINT what_has_ended_holds_nothing CHECK (((ended_at IS NULL) = (held > 0)))
)
WITH (fillfactor='80');

COMMENT ON COLUMN reservation.held IS 'units still in state reserved; the sum at a place is its balance';

COMMENT ON COLUMN reservation.channel IS 'the channel that asked';

COMMENT ON COLUMN reservation.shopper IS 'whose hold it is: it never blocks that shopper';

COMMENT ON COLUMN reservation.drawn IS 'units taken or given back on purpose; what is neither held nor drawn lapsed when the time was over, and may be held again; null: from before this was kept';

COMMENT ON COLUMN reservation.names_units IS 'which ones stands in unit_claim';

COMMENT ON COLUMN reservation.digest IS 'fingerprint of the wish whose first line this is; null: it came by another way, or from before';

CREATE TABLE root_cause (
    code code NOT NULL,
    en text NOT NULL,
    fr text NOT NULL,
    is_offered boolean DEFAULT true NOT NULL,
    CONSTRAINT a_root_cause_reads_in_english CHECK (((length(en) >= 1) AND (length(en) <= 200))),
    CONSTRAINT a_root_cause_reads_in_french CHECK (((length(fr) >= 1) AND (length(fr) <= 200)))
);

COMMENT ON TABLE root_cause IS 'why the book was wrong: a list that operations keep';

CREATE VIEW said_exception AS
 SELECT said.key,
    (row_number() OVER (PARTITION BY said.key ORDER BY said.since, said.money_cents, (said.facts)::text))::integer AS nth,
    said.kind,
    said.subject,
    said.node,
    said.since,
    said.detail,
    said.money_cents,
    said.currency,
    said.owner,
    said.facts,
    (said.facts ->> 'order'::text) AS order_id,
    COALESCE(((said.facts ->> 'by'::text))::timestamp with time zone,
        CASE
            WHEN (said.kind = 'promise.late'::text) THEN (said.since + '1 day'::interval)
            ELSE NULL::timestamp with time zone
        END) AS due_at,
    care.person,
    care.snoozed_until
   FROM (( SELECT (md5(concat_ws(chr(31), every_exception.kind, every_exception.subject, COALESCE(every_exception.node, ''::text), every_exception.detail)))::uuid AS key,
            (every_exception.kind COLLATE "default") AS kind,
            (every_exception.subject COLLATE "default") AS subject,
            (every_exception.node COLLATE "default") AS node,
            every_exception.since,
            (every_exception.detail COLLATE "default") AS detail,
            every_exception.money_cents,
            (every_exception.currency COLLATE "default") AS currency,
            (every_exception.owner COLLATE "default") AS owner,
            every_exception.facts
           FROM every_exception
         OFFSET 0) said
     LEFT JOIN LATERAL ( SELECT exception_care.person,
            exception_care.snoozed_until
           FROM exception_care
          WHERE ((exception_care.kind = said.kind) AND (exception_care.subject = said.subject))
         OFFSET 0) care ON (true));

COMMENT ON VIEW said_exception IS 'every exception as a row of standing_exception says it, with who looks after it';

CREATE TABLE scan (
    id code NOT NULL,
    task text NOT NULL,
    node code NOT NULL,
    wave code,
    sku code NOT NULL,
    quantity bigint NOT NULL,
    lot text COLLATE pg_catalog."C",
    expires_on date,
    serial text COLLATE pg_catalog."C",
    location code,
    code text NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    is_open boolean DEFAULT true NOT NULL,
    voided_at timestamp with time zone,
    weight_g bigint,
    CONSTRAINT a_scan_confirms_units CHECK ((quantity > 0)),
    CONSTRAINT a_scanned_code_is_short CHECK ((length(code) <= 500)),
    CONSTRAINT a_scanned_unit_weighs_something CHECK ((weight_g > 0))
);

COMMENT ON TABLE scan IS 'units that were confirmed for a task; open until it is picked, or they were put back';

COMMENT ON COLUMN scan.weight_g IS 'of one unit, where the code says it';

CREATE TABLE serial (
    sku code NOT NULL,
    code unit_code NOT NULL,
    node code NOT NULL,
    state stock_state NOT NULL,
    movement_id code,
    CONSTRAINT a_serial_is_told CHECK (((code)::text <> '?'::text)),
    CONSTRAINT a_serial_on_the_shelf_is_available_though_units_are_held CHECK ((state <> 'reserved'::stock_state))
)
WITH (fillfactor='70');

COMMENT ON TABLE serial IS 'one row a unit: its place now, so it is never in two; outside once it has left';

CREATE VIEW serial_entry AS
 SELECT move_serial.movement_id,
    move_serial.line,
    move_serial.sku,
    move_serial.serial,
    move.source_node AS node,
    tracked_state(move.source_state) AS state,
    '-1'::integer AS change
   FROM (move_serial
     JOIN move USING (movement_id, line))
UNION ALL
 SELECT move_serial.movement_id,
    move_serial.line,
    move_serial.sku,
    move_serial.serial,
    move.target_node AS node,
    tracked_state(move.target_state) AS state,
    1 AS change
   FROM (move_serial
     JOIN move USING (movement_id, line));

COMMENT ON VIEW serial_entry IS 'both ends of every move of a unit, as signed changes';

CREATE TABLE service (
    code code NOT NULL,
    carrier text NOT NULL,
    name text NOT NULL,
    chance double precision DEFAULT 0.95 NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    goes_to_relays boolean DEFAULT false NOT NULL,
    takes_hazardous boolean DEFAULT false NOT NULL,
    takes_bulky boolean DEFAULT true NOT NULL,
    delivers_daily boolean DEFAULT false NOT NULL,
    CONSTRAINT a_chance_is_between_0_and_1 CHECK (((chance > (0)::double precision) AND (chance < (1)::double precision)))
);

COMMENT ON TABLE service IS 'a product of a carrier; chance: on time, before anything was measured';

COMMENT ON COLUMN service.delivers_daily IS 'it also delivers on Sundays and public holidays';

CREATE TABLE service_closure (
    service code NOT NULL,
    day date NOT NULL,
    reason text NOT NULL
);

COMMENT ON TABLE service_closure IS 'days on which a service neither calls at nodes nor delivers';

CREATE TABLE service_rate (
    service code NOT NULL,
    max_km integer NOT NULL,
    max_weight_g integer NOT NULL,
    cents bigint NOT NULL,
    transit_days integer NOT NULL,
    CONSTRAINT a_rate_is_not_negative CHECK ((cents >= 0)),
    CONSTRAINT transit_is_not_negative CHECK ((transit_days >= 0))
);

COMMENT ON TABLE service_rate IS 'one parcel up to that distance and weight; beyond the largest, the service does not go';

CREATE TABLE service_weekday (
    service code NOT NULL,
    weekday smallint NOT NULL,
    CONSTRAINT a_service_delivers_on_a_weekday CHECK (((weekday >= 0) AND (weekday <= 6)))
);

COMMENT ON TABLE service_weekday IS 'the weekdays on which a service delivers, Monday is 0; one without any delivers from Monday to Saturday, or every day if it delivers daily';

CREATE TABLE session (
    token_hash bytea NOT NULL,
    csrf_hash bytea NOT NULL,
    person code NOT NULL,
    address text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone NOT NULL,
    CONSTRAINT a_csrf_token_is_hashed CHECK ((length(csrf_hash) = 32)),
    CONSTRAINT a_session_ends_after_it_begins CHECK ((expires_at > created_at)),
    CONSTRAINT a_token_is_hashed CHECK ((length(token_hash) = 32))
);

COMMENT ON TABLE session IS 'a log-in; the tokens themselves are known to the browser alone';

ALTER TABLE shelf_doubt ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME shelf_doubt_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE shelf_mark (
    sku code NOT NULL,
    node code NOT NULL,
    cause text NOT NULL,
    counted_at timestamp with time zone NOT NULL,
    quantity bigint NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT a_mark_names_its_cause CHECK (((length(cause) >= 3) AND (length(cause) <= 130))),
    CONSTRAINT a_shelf_holds_nothing_negative CHECK ((quantity >= 0))
);

COMMENT ON TABLE shelf_mark IS 'when somebody last said what a shelf holds: a fact from before then, told later, is in that figure already';

CREATE TABLE shelf_record (
    sku code NOT NULL,
    node code NOT NULL,
    since timestamp with time zone NOT NULL,
    moves bigint NOT NULL,
    refused bigint NOT NULL,
    gaps bigint NOT NULL
);

COMMENT ON TABLE shelf_record IS 'what happened on a shelf since somebody counted it; learned by the worker, begun anew by a count';

CREATE TABLE shelf_record_progress (
    only_one boolean DEFAULT true NOT NULL,
    learned_up_to timestamp with time zone NOT NULL,
    CONSTRAINT there_is_only_one_row CHECK (only_one)
);

CREATE TABLE source_turn (
    only_one boolean DEFAULT true NOT NULL,
    has_none boolean NOT NULL,
    below double precision NOT NULL,
    since timestamp with time zone NOT NULL,
    order_id code NOT NULL,
    CONSTRAINT there_is_only_one_row CHECK (only_one)
);

COMMENT ON TABLE source_turn IS 'whose turn came last when nodes were looked for: one row, and none where the next look begins with the first';

CREATE TABLE staging (
    task text NOT NULL,
    node code NOT NULL,
    location code NOT NULL,
    put_at timestamp with time zone NOT NULL,
    actor text NOT NULL
);

COMMENT ON TABLE staging IS 'where units that were picked were put, to be packed, loaded or collected';

CREATE TABLE standing_exception (
    id bigint NOT NULL,
    key uuid NOT NULL,
    nth integer NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    node text,
    since timestamp with time zone NOT NULL,
    detail text NOT NULL,
    money_cents bigint,
    currency text,
    owner text NOT NULL,
    facts jsonb NOT NULL,
    order_id text,
    due_at timestamp with time zone,
    person text,
    snoozed_until timestamp with time zone
);

COMMENT ON TABLE standing_exception IS 'what every_exception said when it was looked at last, with who looks after it';

COMMENT ON COLUMN standing_exception.key IS 'made of kind, subject, node and detail: it is the same one as long as they are';

COMMENT ON COLUMN standing_exception.nth IS 'which of several that say all of that alike';

ALTER TABLE standing_exception ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME standing_exception_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE supply_change (
    id code NOT NULL,
    purchase_order code,
    transfer code,
    content jsonb NOT NULL,
    actor text NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT a_change_is_of_one_thing CHECK ((num_nonnulls(purchase_order, transfer) = 1))
);

COMMENT ON TABLE supply_change IS 'what somebody wanted otherwise of a purchase order or a transfer';

CREATE TABLE tallied (
    source text NOT NULL,
    through date NOT NULL
);

COMMENT ON TABLE tallied IS 'up to and including which day the facts of a room are in the tally';

CREATE TABLE tally (
    topic text NOT NULL,
    node code NOT NULL,
    service text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    area text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    day date NOT NULL,
    outcome smallint NOT NULL,
    units bigint NOT NULL,
    CONSTRAINT a_tally_counts_up CHECK ((units > 0)),
    CONSTRAINT a_topic_is_known CHECK ((topic = ANY (ARRAY['pick'::text, 'departure'::text, 'handling'::text, 'transit'::text, 'condition'::text]))),
    CONSTRAINT an_outcome_is_numbered CHECK ((outcome >= 0))
);

COMMENT ON TABLE tally IS 'how often what became of it, day by day: picks, departures, journeys; sums of facts told elsewhere';

CREATE TABLE tariff (
    code code NOT NULL,
    service code NOT NULL,
    zoning code NOT NULL,
    valid_from date NOT NULL,
    valid_until date,
    number bigint NOT NULL,
    content jsonb NOT NULL,
    digest text NOT NULL,
    made_at timestamp with time zone NOT NULL,
    CONSTRAINT a_tariff_ends_after_it_starts CHECK ((valid_until >= valid_from))
);

COMMENT ON TABLE tariff IS 'prices of a service; never changed: of those valid on a day, the latest start counts, then the latest made';

ALTER TABLE tariff ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tariff_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE timeline ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME timeline_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tracking_event (
    carrier code NOT NULL,
    number text NOT NULL COLLATE pg_catalog."C",
    happened_at timestamp with time zone NOT NULL,
    progress text NOT NULL,
    code text NOT NULL COLLATE pg_catalog."C",
    label text NOT NULL COLLATE pg_catalog."C",
    place text NOT NULL COLLATE pg_catalog."C",
    reply code NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT a_parcel_makes_known_progress CHECK ((progress = ANY (ARRAY['announced'::text, 'handed_over'::text, 'in_transit'::text, 'out_for_delivery'::text, 'ready'::text, 'failed'::text, 'delivered'::text, 'returning'::text, 'returned'::text, 'lost'::text, 'other'::text])))
);

COMMENT ON TABLE tracking_event IS 'each thing that a carrier said of a parcel, once, however often it says it';

CREATE TABLE trail (
    seq bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    before jsonb,
    after jsonb,
    request_id text DEFAULT ''::text NOT NULL,
    CONSTRAINT a_change_has_a_subject CHECK (((length(subject) >= 1) AND (length(subject) <= 200))),
    CONSTRAINT an_action_is_named CHECK (((length(action) >= 1) AND (length(action) <= 100)))
);

COMMENT ON TABLE trail IS 'who changed what, in real time, written with the change';

ALTER TABLE trail ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME trail_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE trend_cursor (
    only_one boolean DEFAULT true NOT NULL,
    through date NOT NULL,
    CONSTRAINT there_is_one_trend_cursor CHECK (only_one)
);

COMMENT ON TABLE trend_cursor IS 'days up to this one were counted; the last weeks of them are counted again';

CREATE TABLE trend_day (
    day date NOT NULL,
    currency text NOT NULL,
    orders bigint NOT NULL,
    cancelled bigint NOT NULL,
    units bigint NOT NULL,
    revenue_cents bigint NOT NULL,
    sent bigint NOT NULL,
    split bigint NOT NULL,
    cost_cents bigint NOT NULL,
    CONSTRAINT what_is_split_was_sent CHECK (((split <= sent) AND (sent <= orders)))
);

COMMENT ON TABLE trend_day IS 'orders by the day (UTC) on which they were placed, by currency; what is cancelled of them, and how they are sent';

CREATE TABLE trend_level (
    day date NOT NULL,
    currency text NOT NULL,
    risk_cents bigint NOT NULL,
    stock_units bigint NOT NULL,
    stock_cents bigint NOT NULL
);

COMMENT ON TABLE trend_level IS 'how much money was at risk, and what stock was worth, as it was first looked at on a day';

CREATE TABLE trend_promise (
    day date NOT NULL,
    settled bigint NOT NULL,
    kept bigint NOT NULL,
    CONSTRAINT what_is_kept_is_settled CHECK ((kept <= settled))
);

COMMENT ON TABLE trend_promise IS 'promises by their last day, as far as they are settled';

CREATE VIEW unsellable AS
 SELECT sku,
    node,
    (sum(quantity))::bigint AS units
   FROM barred_lot
  GROUP BY sku, node;

COMMENT ON VIEW unsellable IS 'by SKU and node, available units that must not be promised';

CREATE TABLE upload (
    import_id code NOT NULL,
    content bytea NOT NULL
);

COMMENT ON TABLE upload IS 'the bytes of a file, from when it is sent until it has been read';

CREATE TABLE value_cursor (
    only_one boolean DEFAULT true NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT there_is_one_cursor CHECK (only_one)
);

COMMENT ON TABLE value_cursor IS 'moves up to this seq have their value booked';

CREATE TABLE value_entry (
    seq bigint NOT NULL,
    move_seq bigint,
    movement_id text,
    line smallint,
    cause text NOT NULL,
    sku code NOT NULL,
    node code NOT NULL,
    units bigint NOT NULL,
    value_cents bigint NOT NULL,
    cost_from text NOT NULL,
    units_after bigint NOT NULL,
    value_after_cents bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT a_cost_is_from_somewhere_known CHECK ((cost_from = ANY (ARRAY['purchase'::text, 'left_at'::text, 'mirrored'::text, 'carried'::text, 'average'::text, 'last_average'::text, 'catalog'::text, 'landed'::text]))),
    CONSTRAINT only_a_landed_cost_moves_nothing CHECK (((move_seq IS NULL) = (cost_from = 'landed'::text)))
);

COMMENT ON TABLE value_entry IS 'what each move that crosses our walls, or goes from node to node, was worth';

COMMENT ON COLUMN value_entry.at IS 'when in the book; it never falls from one entry to the next';

ALTER TABLE value_entry ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME value_entry_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE wait (
    id code NOT NULL,
    sku code NOT NULL,
    channel code,
    store code,
    country text,
    postcode text,
    medium text NOT NULL,
    address text,
    language text NOT NULL,
    url text NOT NULL,
    customer text,
    shopper text,
    hold_minutes integer NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    until date NOT NULL,
    state text NOT NULL,
    told_at timestamp with time zone,
    node code,
    turn_until timestamp with time zone,
    reservation code,
    ended_at timestamp with time zone,
    delivery text,
    attempts integer DEFAULT 0 NOT NULL,
    due_at timestamp with time zone,
    result text DEFAULT ''::text NOT NULL,
    CONSTRAINT a_delivery_stands_so CHECK ((delivery = ANY (ARRAY['waiting'::text, 'sent'::text, 'dropped'::text, 'failed'::text]))),
    CONSTRAINT a_hold_is_for_a_shopper CHECK (((hold_minutes = 0) OR (shopper IS NOT NULL))),
    CONSTRAINT a_wait_goes_one_way CHECK ((medium = ANY (ARRAY['email'::text, 'sms'::text]))),
    CONSTRAINT a_wait_is_at_a_store_or_for_a_place CHECK (((num_nonnulls(store, postcode) = 1) AND ((postcode IS NULL) = (country IS NULL)))),
    CONSTRAINT a_wait_speaks_english_or_french CHECK ((language = ANY (ARRAY['en'::text, 'fr'::text]))),
    CONSTRAINT a_wait_stands_so CHECK ((state = ANY (ARRAY['waiting'::text, 'told'::text, 'ended'::text]))),
    CONSTRAINT what_waits_has_an_address CHECK (((state <> 'waiting'::text) OR (address IS NOT NULL))),
    CONSTRAINT who_was_told_has_a_turn CHECK (((num_nonnulls(told_at, node, turn_until, delivery) = ANY (ARRAY[0, 4])) AND ((state <> 'told'::text) OR (told_at IS NOT NULL))))
);

COMMENT ON TABLE wait IS 'people who want to be told when a SKU is back; once, in the order in which they asked';

COMMENT ON COLUMN wait.address IS 'where to tell them; null as soon as nobody has to any more';

COMMENT ON COLUMN wait.turn_until IS 'until then the unit of node that they were told of is nobody else''s news';

CREATE TABLE wave_claim (
    id code NOT NULL,
    wave code NOT NULL,
    person text NOT NULL,
    actor text NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    ended_as text,
    CONSTRAINT a_claim_ends_in_a_known_way CHECK ((ended_as = ANY (ARRAY['done'::text, 'given_back'::text, 'lapsed'::text, 'dissolved'::text]))),
    CONSTRAINT a_claim_that_ends_says_how CHECK (((ended_at IS NULL) = (ended_as IS NULL)))
);

COMMENT ON TABLE wave_claim IS 'who took which wave, and how that ended: only added to, but for its end';

CREATE TABLE webhook (
    id code NOT NULL,
    url text NOT NULL,
    event_types text[] NOT NULL,
    nodes text[],
    description text DEFAULT ''::text NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    stop_reason text DEFAULT ''::text NOT NULL,
    since bigint NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT a_webhook_asks_for_something CHECK ((cardinality(event_types) > 0))
);

COMMENT ON COLUMN webhook.nodes IS 'only events of these; null: all events';

COMMENT ON COLUMN webhook.stop_reason IS 'why we stopped by ourselves: gone (it answered 410)';

COMMENT ON COLUMN webhook.since IS 'the events after this seq are told';

CREATE TABLE webhook_cursor (
    only_one boolean DEFAULT true NOT NULL,
    seq bigint NOT NULL,
    CONSTRAINT there_is_one_cursor CHECK (only_one)
);

COMMENT ON TABLE webhook_cursor IS 'events up to here have become deliveries';

CREATE TABLE webhook_delivery (
    id text DEFAULT ('msg_'::text || replace((gen_random_uuid())::text, '-'::text, ''::text)) NOT NULL,
    webhook code NOT NULL,
    event bigint NOT NULL,
    subject text NOT NULL,
    status delivery_status DEFAULT 'waiting'::delivery_status NOT NULL,
    is_first boolean NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    next_at timestamp with time zone DEFAULT now() NOT NULL,
    claimed_until timestamp with time zone,
    last_at timestamp with time zone,
    last_status integer,
    last_error text DEFAULT ''::text NOT NULL,
    last_answer text DEFAULT ''::text NOT NULL,
    CONSTRAINT only_what_waits_is_first CHECK (((status = 'waiting'::delivery_status) OR (NOT is_first)))
);

COMMENT ON TABLE webhook_delivery IS 'one event to one endpoint; goes with its event';

COMMENT ON COLUMN webhook_delivery.is_first IS 'no earlier event of its subject waits for this endpoint: it may be sent';

CREATE TABLE webhook_health (
    webhook code NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    failing_since timestamp with time zone,
    reported_at timestamp with time zone,
    succeeded_at timestamp with time zone
);

COMMENT ON TABLE webhook_health IS 'failures in a row; its lock is what orders the deliveries of an endpoint, so that edits never wait';

CREATE TABLE webhook_secret (
    webhook code NOT NULL,
    secret text NOT NULL,
    made_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone,
    CONSTRAINT a_secret_says_what_it_is CHECK ((secret ~~ 'whsec\_%'::text))
);

COMMENT ON TABLE webhook_secret IS 'two at most: the one of today, and the one before until ends_at';

CREATE TABLE zoning (
    code code NOT NULL,
    content jsonb NOT NULL,
    digest text NOT NULL,
    made_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE zoning IS 'a map of the world into zones; never changed: a new map has a new code';

ALTER TABLE move
    ADD CONSTRAINT a_cause_of_its_own_is_short CHECK (((length(own_cause) >= 1) AND (length(own_cause) <= 130))) NOT VALID;

ALTER DOMAIN code
    ADD CONSTRAINT a_code_is_not_empty CHECK ((VALUE <> ''::text)) NOT VALID;

ALTER DOMAIN code
    ADD CONSTRAINT a_code_is_plain CHECK ((VALUE !~ '[^A-Za-z0-9._-]'::text)) NOT VALID;

ALTER DOMAIN code
    ADD CONSTRAINT a_code_is_short CHECK ((length(VALUE) <= 64)) NOT VALID;

ALTER TABLE ONLY role_grant
    ADD CONSTRAINT a_grant_is_given_once UNIQUE NULLS NOT DISTINCT (person, role, node);

ALTER TABLE ONLY message
    ADD CONSTRAINT a_message_is_told_once UNIQUE (order_id, kind, part, medium);

ALTER TABLE ONLY node_capacity
    ADD CONSTRAINT a_node_has_one_capacity_a_day UNIQUE NULLS NOT DISTINCT (node, weekday, day);

ALTER TABLE ONLY refund
    ADD CONSTRAINT a_refund_is_due_once UNIQUE (order_id, cause);

ALTER TABLE event
    ADD CONSTRAINT a_type_has_a_dot_and_no_space CHECK (((type ~~ '%_.%_'::text) AND (type !~~ '% %'::text))) NOT VALID;

ALTER TABLE ONLY accuracy_sample
    ADD CONSTRAINT accuracy_sample_pkey PRIMARY KEY (task);

ALTER TABLE ONLY person
    ADD CONSTRAINT an_email_belongs_to_one_person UNIQUE (email);

ALTER TABLE ONLY webhook_delivery
    ADD CONSTRAINT an_event_is_told_once UNIQUE (webhook, event);

ALTER TABLE ONLY answer
    ADD CONSTRAINT answer_pkey PRIMARY KEY (scope, key);

ALTER TABLE ONLY api_key
    ADD CONSTRAINT api_key_pkey PRIMARY KEY (id);

ALTER TABLE ONLY api_key_revocation
    ADD CONSTRAINT api_key_revocation_pkey PRIMARY KEY (key);

ALTER TABLE ONLY arrival_pace_day
    ADD CONSTRAINT arrival_pace_day_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY arrival_pace
    ADD CONSTRAINT arrival_pace_pkey PRIMARY KEY (service, says, overdue, hour);

ALTER TABLE ONLY asn_line
    ADD CONSTRAINT asn_line_pkey PRIMARY KEY (asn, sku);

ALTER TABLE ONLY asn
    ADD CONSTRAINT asn_pkey PRIMARY KEY (id);

ALTER TABLE ONLY assortment_rule
    ADD CONSTRAINT assortment_rule_pkey PRIMARY KEY (id);

ALTER TABLE ONLY audit_check
    ADD CONSTRAINT audit_check_pkey PRIMARY KEY (run, name);

ALTER TABLE ONLY audit_finding
    ADD CONSTRAINT audit_finding_pkey PRIMARY KEY (run, number);

ALTER TABLE ONLY audit_run
    ADD CONSTRAINT audit_run_pkey PRIMARY KEY (id);

ALTER TABLE ONLY balance
    ADD CONSTRAINT balance_pkey PRIMARY KEY (sku, node, state);

ALTER TABLE ONLY balance_snapshot
    ADD CONSTRAINT balance_snapshot_pkey PRIMARY KEY (sku, node, state, seq);

ALTER TABLE ONLY barcode
    ADD CONSTRAINT barcode_pkey PRIMARY KEY (gtin);

ALTER TABLE ONLY bought_together
    ADD CONSTRAINT bought_together_pkey PRIMARY KEY (sku, other);

ALTER TABLE ONLY box
    ADD CONSTRAINT box_pkey PRIMARY KEY (node, code);

ALTER TABLE ONLY breach_rule
    ADD CONSTRAINT breach_rule_pkey PRIMARY KEY (id);

ALTER TABLE ONLY bucket
    ADD CONSTRAINT bucket_pkey PRIMARY KEY (subject);

ALTER TABLE ONLY capacity_change
    ADD CONSTRAINT capacity_change_pkey PRIMARY KEY (id);

ALTER TABLE ONLY capacity_due
    ADD CONSTRAINT capacity_due_pkey PRIMARY KEY (node, day);

ALTER TABLE ONLY capacity_lost
    ADD CONSTRAINT capacity_lost_pkey PRIMARY KEY (node, day);

ALTER TABLE ONLY capacity_used
    ADD CONSTRAINT capacity_used_pkey PRIMARY KEY (node, day);

ALTER TABLE ONLY carrier_account
    ADD CONSTRAINT carrier_account_pkey PRIMARY KEY (code);

ALTER TABLE ONLY carrier_call
    ADD CONSTRAINT carrier_call_pkey PRIMARY KEY (id);

ALTER TABLE ONLY carrier_call
    ADD CONSTRAINT carrier_call_reference_key UNIQUE (reference);

ALTER TABLE ONLY carrier_health
    ADD CONSTRAINT carrier_health_pkey PRIMARY KEY (account);

ALTER TABLE ONLY carrier_hook
    ADD CONSTRAINT carrier_hook_digest_key UNIQUE (digest);

ALTER TABLE ONLY carrier_hook
    ADD CONSTRAINT carrier_hook_pkey PRIMARY KEY (account);

ALTER TABLE ONLY carrier_reply
    ADD CONSTRAINT carrier_reply_pkey PRIMARY KEY (id);

ALTER TABLE ONLY channel_measure
    ADD CONSTRAINT channel_measure_pkey PRIMARY KEY (channel, day);

ALTER TABLE ONLY channel_network
    ADD CONSTRAINT channel_network_pkey PRIMARY KEY (id);

ALTER TABLE ONLY channel
    ADD CONSTRAINT channel_pkey PRIMARY KEY (code);

ALTER TABLE ONLY collect_arrival
    ADD CONSTRAINT collect_arrival_pkey PRIMARY KEY (leg_id);

ALTER TABLE ONLY collect_leg
    ADD CONSTRAINT collect_leg_pkey PRIMARY KEY (leg_id);

ALTER TABLE ONLY collect_line
    ADD CONSTRAINT collect_line_pkey PRIMARY KEY (leg_id, line);

ALTER TABLE ONLY collect_notice
    ADD CONSTRAINT collect_notice_pkey PRIMARY KEY (order_id, node);

ALTER TABLE ONLY collect_proxy
    ADD CONSTRAINT collect_proxy_pkey PRIMARY KEY (order_id);

ALTER TABLE ONLY collect_put_back
    ADD CONSTRAINT collect_put_back_pkey PRIMARY KEY (leg_id);

ALTER TABLE ONLY collect_refusal
    ADD CONSTRAINT collect_refusal_pkey PRIMARY KEY (hand_over_id, leg_id, line, grade);

ALTER TABLE ONLY collect_secret
    ADD CONSTRAINT collect_secret_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY collect_watch
    ADD CONSTRAINT collect_watch_pkey PRIMARY KEY (leg_id);

ALTER TABLE ONLY collection
    ADD CONSTRAINT collection_pkey PRIMARY KEY (order_id, node);

ALTER TABLE ONLY compartment
    ADD CONSTRAINT compartment_pkey PRIMARY KEY (node, locker, name);

ALTER TABLE ONLY cost_balance
    ADD CONSTRAINT cost_balance_pkey PRIMARY KEY (sku, node);

ALTER TABLE ONLY cost_state_cursor
    ADD CONSTRAINT cost_state_cursor_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY cost_state_total
    ADD CONSTRAINT cost_state_total_pkey PRIMARY KEY (node, state, currency);

ALTER TABLE ONLY cost_total
    ADD CONSTRAINT cost_total_pkey PRIMARY KEY (node, currency);

ALTER TABLE ONLY count_line
    ADD CONSTRAINT count_line_pkey PRIMARY KEY (task, sku);

ALTER TABLE ONLY count_policy
    ADD CONSTRAINT count_policy_pkey PRIMARY KEY (node);

ALTER TABLE ONLY count_reading
    ADD CONSTRAINT count_reading_pkey PRIMARY KEY (id);

ALTER TABLE ONLY count_shortlist
    ADD CONSTRAINT count_shortlist_pkey PRIMARY KEY (node);

ALTER TABLE ONLY count_task
    ADD CONSTRAINT count_task_pkey PRIMARY KEY (id);

ALTER TABLE ONLY customer_order
    ADD CONSTRAINT customer_order_pkey PRIMARY KEY (id);

ALTER TABLE ONLY customer_report
    ADD CONSTRAINT customer_report_pkey PRIMARY KEY (id);

ALTER TABLE ONLY customs_good
    ADD CONSTRAINT customs_good_pkey PRIMARY KEY (sku);

ALTER TABLE ONLY day_ask
    ADD CONSTRAINT day_ask_day_change_label_key UNIQUE (day_change, label);

ALTER TABLE ONLY day_ask
    ADD CONSTRAINT day_ask_pkey PRIMARY KEY (id);

ALTER TABLE ONLY day_change
    ADD CONSTRAINT day_change_pkey PRIMARY KEY (id);

ALTER TABLE ONLY decision
    ADD CONSTRAINT decision_pkey PRIMARY KEY (order_id, number);

ALTER TABLE ONLY delivery
    ADD CONSTRAINT delivery_pkey PRIMARY KEY (shipment_id);

ALTER TABLE ONLY delivery_run
    ADD CONSTRAINT delivery_run_pkey PRIMARY KEY (number);

ALTER TABLE ONLY departure
    ADD CONSTRAINT departure_pkey PRIMARY KEY (node, service, weekday);

ALTER TABLE ONLY discrepancy
    ADD CONSTRAINT discrepancy_pkey PRIMARY KEY (receipt, sku);

ALTER TABLE ONLY document
    ADD CONSTRAINT document_pkey PRIMARY KEY (id);

ALTER TABLE ONLY driven_clock
    ADD CONSTRAINT driven_clock_pkey PRIMARY KEY (only_one);

ALTER TABLE move
    ADD CONSTRAINT each_cause_has_its_part CHECK (
CASE
    WHEN (causes IS NULL) THEN (parts IS NULL)
    ELSE ((own_cause IS NULL) AND (cardinality(causes) = cardinality(parts)))
END) NOT VALID;

ALTER TABLE ONLY erasure
    ADD CONSTRAINT erasure_alias_key UNIQUE (alias);

ALTER TABLE ONLY erasure
    ADD CONSTRAINT erasure_pkey PRIMARY KEY (id);

ALTER TABLE ONLY estimate
    ADD CONSTRAINT estimate_pkey PRIMARY KEY (topic, key);

ALTER TABLE ONLY event_forgotten
    ADD CONSTRAINT event_forgotten_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY event
    ADD CONSTRAINT event_pkey PRIMARY KEY (seq);

ALTER TABLE ONLY exception_look
    ADD CONSTRAINT exception_look_pkey PRIMARY KEY (is_only);

ALTER TABLE ONLY exception_note
    ADD CONSTRAINT exception_note_pkey PRIMARY KEY (id);

ALTER TABLE ONLY exclusion
    ADD CONSTRAINT exclusion_pkey PRIMARY KEY (channel, sku);

ALTER TABLE ONLY expected_demand
    ADD CONSTRAINT expected_demand_pkey PRIMARY KEY (demand, line);

ALTER TABLE ONLY export_chunk
    ADD CONSTRAINT export_chunk_pkey PRIMARY KEY (export_id, number);

ALTER TABLE ONLY feed_change
    ADD CONSTRAINT feed_change_pkey PRIMARY KEY (feed, number);

ALTER TABLE ONLY feed_content
    ADD CONSTRAINT feed_content_pkey PRIMARY KEY (feed);

ALTER TABLE ONLY feed_fault
    ADD CONSTRAINT feed_fault_pkey PRIMARY KEY (feed, number);

ALTER TABLE ONLY feed
    ADD CONSTRAINT feed_pkey PRIMARY KEY (id);

ALTER TABLE ONLY feed_plan
    ADD CONSTRAINT feed_plan_pkey PRIMARY KEY (partner);

ALTER TABLE ONLY feed_pull
    ADD CONSTRAINT feed_pull_pkey PRIMARY KEY (partner);

ALTER TABLE ONLY file_count
    ADD CONSTRAINT file_count_pkey PRIMARY KEY (id);

ALTER TABLE ONLY file_export
    ADD CONSTRAINT file_export_pkey PRIMARY KEY (id);

ALTER TABLE ONLY file_import
    ADD CONSTRAINT file_import_pkey PRIMARY KEY (id);

ALTER TABLE ONLY grade_worth
    ADD CONSTRAINT grade_worth_pkey PRIMARY KEY (grade);

ALTER TABLE ONLY graded_cursor
    ADD CONSTRAINT graded_cursor_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY graded_part
    ADD CONSTRAINT graded_part_pkey PRIMARY KEY (sku, node, state, grade);

ALTER TABLE ONLY hand_over_leg
    ADD CONSTRAINT hand_over_leg_pkey PRIMARY KEY (leg_id);

ALTER TABLE ONLY hand_over
    ADD CONSTRAINT hand_over_pkey PRIMARY KEY (id);

ALTER TABLE ONLY hand_over_settlement
    ADD CONSTRAINT hand_over_settlement_pkey PRIMARY KEY (hand_over_id);

ALTER TABLE reservation
    ADD CONSTRAINT held_and_drawn_are_parts_of_it CHECK (((held + drawn) <= quantity)) NOT VALID;

ALTER TABLE ONLY holiday_region
    ADD CONSTRAINT holiday_region_pkey PRIMARY KEY (country, starts);

ALTER TABLE ONLY import_fault
    ADD CONSTRAINT import_fault_pkey PRIMARY KEY (import_id, number);

ALTER TABLE ONLY inspected_unit
    ADD CONSTRAINT inspected_unit_pkey PRIMARY KEY (rma_id, sku, serial);

ALTER TABLE ONLY inspection
    ADD CONSTRAINT inspection_pkey PRIMARY KEY (rma_id, sku, grade, disposition);

ALTER TABLE ONLY job_cancellation
    ADD CONSTRAINT job_cancellation_pkey PRIMARY KEY (job);

ALTER TABLE ONLY job_cursor
    ADD CONSTRAINT job_cursor_pkey PRIMARY KEY (job);

ALTER TABLE ONLY job
    ADD CONSTRAINT job_pkey PRIMARY KEY (id);

ALTER TABLE ONLY keep_back
    ADD CONSTRAINT keep_back_pkey PRIMARY KEY (id);

ALTER TABLE ONLY kept_look
    ADD CONSTRAINT kept_look_pkey PRIMARY KEY (name);

ALTER TABLE ONLY label
    ADD CONSTRAINT label_pkey PRIMARY KEY (id);

ALTER TABLE ONLY label_trouble
    ADD CONSTRAINT label_trouble_pkey PRIMARY KEY (label, kind);

ALTER TABLE ONLY landed_cost_line
    ADD CONSTRAINT landed_cost_line_pkey PRIMARY KEY (landed_cost, sku);

ALTER TABLE ONLY landed_cost
    ADD CONSTRAINT landed_cost_pkey PRIMARY KEY (id);

ALTER TABLE ONLY lane
    ADD CONSTRAINT lane_pkey PRIMARY KEY (source, target);

ALTER TABLE ONLY ledger_cut
    ADD CONSTRAINT ledger_cut_pkey PRIMARY KEY (seq);

ALTER TABLE ONLY leg_answer
    ADD CONSTRAINT leg_answer_pkey PRIMARY KEY (leg);

ALTER TABLE ONLY leg_line
    ADD CONSTRAINT leg_line_pkey PRIMARY KEY (leg_id, line);

ALTER TABLE ONLY leg
    ADD CONSTRAINT leg_pkey PRIMARY KEY (id);

ALTER TABLE ONLY level_total_cursor
    ADD CONSTRAINT level_total_cursor_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY level_total
    ADD CONSTRAINT level_total_pkey PRIMARY KEY (node, state);

ALTER TABLE ONLY link_secret
    ADD CONSTRAINT link_secret_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY location
    ADD CONSTRAINT location_pkey PRIMARY KEY (node, code);

ALTER TABLE ONLY location_sku
    ADD CONSTRAINT location_sku_pkey PRIMARY KEY (node, sku, location);

ALTER TABLE ONLY lot_balance
    ADD CONSTRAINT lot_balance_pkey PRIMARY KEY (sku, lot, node, state);

ALTER TABLE ONLY lot
    ADD CONSTRAINT lot_pkey PRIMARY KEY (sku, code);

ALTER TABLE ONLY made_here
    ADD CONSTRAINT made_here_pkey PRIMARY KEY (node, sku);

ALTER TABLE ONLY manifest_label
    ADD CONSTRAINT manifest_label_pkey PRIMARY KEY (label);

ALTER TABLE ONLY manifest
    ADD CONSTRAINT manifest_pkey PRIMARY KEY (id);

ALTER TABLE ONLY matrix_check
    ADD CONSTRAINT matrix_check_pkey PRIMARY KEY (process);

ALTER TABLE ONLY matrix_difference
    ADD CONSTRAINT matrix_difference_pkey PRIMARY KEY (number);

ALTER TABLE ONLY message_choice
    ADD CONSTRAINT message_choice_pkey PRIMARY KEY (order_id);

ALTER TABLE ONLY message_cursor
    ADD CONSTRAINT message_cursor_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY message
    ADD CONSTRAINT message_pkey PRIMARY KEY (id);

ALTER TABLE ONLY migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (number);

ALTER TABLE ONLY missing
    ADD CONSTRAINT missing_pkey PRIMARY KEY (id);

ALTER TABLE ONLY move_lot
    ADD CONSTRAINT move_lot_pkey PRIMARY KEY (movement_id, line, lot);

ALTER TABLE ONLY move
    ADD CONSTRAINT move_pkey PRIMARY KEY (movement_id, line);

ALTER TABLE ONLY move_serial
    ADD CONSTRAINT move_serial_pkey PRIMARY KEY (movement_id, line, serial);

ALTER TABLE ONLY movement
    ADD CONSTRAINT movement_pkey PRIMARY KEY (id);

ALTER TABLE ONLY node_accuracy
    ADD CONSTRAINT node_accuracy_pkey PRIMARY KEY (node);

ALTER TABLE ONLY node_closure
    ADD CONSTRAINT node_closure_pkey PRIMARY KEY (node, day);

ALTER TABLE ONLY node_hours
    ADD CONSTRAINT node_hours_pkey PRIMARY KEY (node, weekday, opens);

ALTER TABLE ONLY node_opening
    ADD CONSTRAINT node_opening_pkey PRIMARY KEY (node, day, opens);

ALTER TABLE ONLY node
    ADD CONSTRAINT node_pkey PRIMARY KEY (code);

ALTER TABLE ONLY node_refused
    ADD CONSTRAINT node_refused_pkey PRIMARY KEY (order_id, node);

ALTER TABLE ONLY node_trust
    ADD CONSTRAINT node_trust_pkey PRIMARY KEY (node);

ALTER TABLE ONLY open_exception
    ADD CONSTRAINT open_exception_pkey PRIMARY KEY (kind, subject);

ALTER TABLE ONLY opportunity_price
    ADD CONSTRAINT opportunity_price_pkey PRIMARY KEY (sku, node);

ALTER TABLE ONLY order_edit
    ADD CONSTRAINT order_edit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY order_hold
    ADD CONSTRAINT order_hold_pkey PRIMARY KEY (id);

ALTER TABLE ONLY order_line
    ADD CONSTRAINT order_line_pkey PRIMARY KEY (order_id, line);

ALTER TABLE ONLY order_link
    ADD CONSTRAINT order_link_pkey PRIMARY KEY (order_id);

ALTER TABLE ONLY order_look
    ADD CONSTRAINT order_look_pkey PRIMARY KEY (order_id);

ALTER TABLE ONLY order_payment
    ADD CONSTRAINT order_payment_pkey PRIMARY KEY (id);

ALTER TABLE ONLY order_transfer
    ADD CONSTRAINT order_transfer_pkey PRIMARY KEY (id, from_order, from_line);

ALTER TABLE ONLY order_watch
    ADD CONSTRAINT order_watch_pkey PRIMARY KEY (order_id);

ALTER TABLE ONLY order_window
    ADD CONSTRAINT order_window_pkey PRIMARY KEY (order_id);

ALTER TABLE ONLY packed_box
    ADD CONSTRAINT packed_box_pkey PRIMARY KEY (leg_id, number);

ALTER TABLE ONLY packed_box
    ADD CONSTRAINT packed_box_sscc_key UNIQUE (sscc);

ALTER TABLE ONLY packing
    ADD CONSTRAINT packing_pkey PRIMARY KEY (leg_id);

ALTER TABLE ONLY parcel_number
    ADD CONSTRAINT parcel_number_pkey PRIMARY KEY (carrier, number);

ALTER TABLE ONLY parcel
    ADD CONSTRAINT parcel_pkey PRIMARY KEY (sscc);

ALTER TABLE ONLY parcel_progress
    ADD CONSTRAINT parcel_progress_pkey PRIMARY KEY (carrier, number);

ALTER TABLE ONLY partner_node
    ADD CONSTRAINT partner_node_pkey PRIMARY KEY (node);

ALTER TABLE ONLY partner
    ADD CONSTRAINT partner_pkey PRIMARY KEY (code);

ALTER TABLE ONLY partner_pulse
    ADD CONSTRAINT partner_pulse_pkey PRIMARY KEY (partner);

ALTER TABLE ONLY partner_stake
    ADD CONSTRAINT partner_stake_pkey PRIMARY KEY (node);

ALTER TABLE ONLY partner_term
    ADD CONSTRAINT partner_term_pkey PRIMARY KEY (partner, sku, valid_from);

ALTER TABLE ONLY person
    ADD CONSTRAINT person_pkey PRIMARY KEY (id);

ALTER TABLE ONLY pick
    ADD CONSTRAINT pick_pkey PRIMARY KEY (leg_id);

ALTER TABLE ONLY picked_weight
    ADD CONSTRAINT picked_weight_pkey PRIMARY KEY (leg_id, sku);

ALTER TABLE ONLY pickup
    ADD CONSTRAINT pickup_pkey PRIMARY KEY (id);

ALTER TABLE ONLY policy_activation
    ADD CONSTRAINT policy_activation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY policy_draft
    ADD CONSTRAINT policy_draft_pkey PRIMARY KEY (id);

ALTER TABLE ONLY policy_protection
    ADD CONSTRAINT policy_protection_pkey PRIMARY KEY (policy, id);

ALTER TABLE ONLY policy_version
    ADD CONSTRAINT policy_version_pkey PRIMARY KEY (id);

ALTER TABLE ONLY policy_withdrawal
    ADD CONSTRAINT policy_withdrawal_pkey PRIMARY KEY (activation);

ALTER TABLE ONLY postcode
    ADD CONSTRAINT postcode_pkey PRIMARY KEY (country, code);

ALTER TABLE ONLY price_part
    ADD CONSTRAINT price_part_pkey PRIMARY KEY (run, future);

ALTER TABLE ONLY price_run
    ADD CONSTRAINT price_run_pkey PRIMARY KEY (number);

ALTER TABLE ONLY production
    ADD CONSTRAINT production_pkey PRIMARY KEY (reservation, day);

ALTER TABLE ONLY promise_change
    ADD CONSTRAINT promise_change_pkey PRIMARY KEY (order_id, number);

ALTER TABLE ONLY promise
    ADD CONSTRAINT promise_pkey PRIMARY KEY (order_id);

ALTER TABLE ONLY public_holiday
    ADD CONSTRAINT public_holiday_pkey PRIMARY KEY (country, region, day);

ALTER TABLE ONLY purchase_line
    ADD CONSTRAINT purchase_line_pkey PRIMARY KEY (purchase_order, sku);

ALTER TABLE ONLY purchase_order
    ADD CONSTRAINT purchase_order_pkey PRIMARY KEY (id);

ALTER TABLE ONLY receipt_line
    ADD CONSTRAINT receipt_line_pkey PRIMARY KEY (receipt, sku);

ALTER TABLE ONLY receipt
    ADD CONSTRAINT receipt_pkey PRIMARY KEY (id);

ALTER TABLE ONLY receipt_settlement
    ADD CONSTRAINT receipt_settlement_pkey PRIMARY KEY (receipt);

ALTER TABLE ONLY recent_sales
    ADD CONSTRAINT recent_sales_pkey PRIMARY KEY (sku, node);

ALTER TABLE ONLY recipient
    ADD CONSTRAINT recipient_pkey PRIMARY KEY (order_id);

ALTER TABLE ONLY refund_line
    ADD CONSTRAINT refund_line_pkey PRIMARY KEY (refund, line);

ALTER TABLE ONLY refund
    ADD CONSTRAINT refund_pkey PRIMARY KEY (id);

ALTER TABLE ONLY replaced_line
    ADD CONSTRAINT replaced_line_pkey PRIMARY KEY (replacement, line);

ALTER TABLE ONLY replaced_parcel
    ADD CONSTRAINT replaced_parcel_pkey PRIMARY KEY (sscc);

ALTER TABLE ONLY replacement
    ADD CONSTRAINT replacement_pkey PRIMARY KEY (id);

ALTER TABLE ONLY replay
    ADD CONSTRAINT replay_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY reservation
    ADD CONSTRAINT reservation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY rma_line
    ADD CONSTRAINT rma_line_pkey PRIMARY KEY (rma_id, sku);

ALTER TABLE ONLY rma
    ADD CONSTRAINT rma_pkey PRIMARY KEY (id);

ALTER TABLE ONLY root_cause
    ADD CONSTRAINT root_cause_pkey PRIMARY KEY (code);

ALTER TABLE ONLY scan
    ADD CONSTRAINT scan_pkey PRIMARY KEY (id, task);

ALTER TABLE ONLY serial
    ADD CONSTRAINT serial_pkey PRIMARY KEY (sku, code);

ALTER TABLE ONLY service_closure
    ADD CONSTRAINT service_closure_pkey PRIMARY KEY (service, day);

ALTER TABLE ONLY service
    ADD CONSTRAINT service_pkey PRIMARY KEY (code);

ALTER TABLE ONLY service_rate
    ADD CONSTRAINT service_rate_pkey PRIMARY KEY (service, max_km, max_weight_g);

ALTER TABLE ONLY service_weekday
    ADD CONSTRAINT service_weekday_pkey PRIMARY KEY (service, weekday);

ALTER TABLE ONLY session
    ADD CONSTRAINT session_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY shelf_doubt
    ADD CONSTRAINT shelf_doubt_pkey PRIMARY KEY (sku, node);

ALTER TABLE ONLY shelf_mark
    ADD CONSTRAINT shelf_mark_pkey PRIMARY KEY (sku, node);

ALTER TABLE ONLY shelf_record
    ADD CONSTRAINT shelf_record_pkey PRIMARY KEY (sku, node);

ALTER TABLE ONLY shelf_record_progress
    ADD CONSTRAINT shelf_record_progress_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY shipment
    ADD CONSTRAINT shipment_leg_id_key UNIQUE (leg_id);

ALTER TABLE ONLY shipment
    ADD CONSTRAINT shipment_pkey PRIMARY KEY (id);

ALTER TABLE ONLY short_pick
    ADD CONSTRAINT short_pick_pkey PRIMARY KEY (leg_id, line, reason);

ALTER TABLE ONLY sku
    ADD CONSTRAINT sku_pkey PRIMARY KEY (code);

ALTER TABLE ONLY source_turn
    ADD CONSTRAINT source_turn_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY staging
    ADD CONSTRAINT staging_pkey PRIMARY KEY (task);

ALTER TABLE ONLY standing_exception
    ADD CONSTRAINT standing_exception_pkey PRIMARY KEY (id);

ALTER TABLE ONLY supply_cancellation
    ADD CONSTRAINT supply_cancellation_purchase_order_key UNIQUE (purchase_order);

ALTER TABLE ONLY supply_cancellation
    ADD CONSTRAINT supply_cancellation_transfer_key UNIQUE (transfer);

ALTER TABLE ONLY supply_change
    ADD CONSTRAINT supply_change_pkey PRIMARY KEY (id);

ALTER TABLE ONLY tallied
    ADD CONSTRAINT tallied_pkey PRIMARY KEY (source);

ALTER TABLE ONLY tally
    ADD CONSTRAINT tally_pkey PRIMARY KEY (topic, node, service, area, day, outcome);

ALTER TABLE ONLY tariff
    ADD CONSTRAINT tariff_pkey PRIMARY KEY (code);

ALTER TABLE ONLY timeline
    ADD CONSTRAINT timeline_pkey PRIMARY KEY (order_id, number);

ALTER TABLE ONLY tracking_event
    ADD CONSTRAINT tracking_event_pkey PRIMARY KEY (carrier, number, happened_at, code, label, place, progress);

ALTER TABLE ONLY trail
    ADD CONSTRAINT trail_pkey PRIMARY KEY (seq);

ALTER TABLE ONLY transfer_line
    ADD CONSTRAINT transfer_line_pkey PRIMARY KEY (transfer, sku);

ALTER TABLE ONLY transfer
    ADD CONSTRAINT transfer_pkey PRIMARY KEY (id);

ALTER TABLE ONLY trend_cursor
    ADD CONSTRAINT trend_cursor_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY trend_day
    ADD CONSTRAINT trend_day_pkey PRIMARY KEY (day, currency);

ALTER TABLE ONLY trend_level
    ADD CONSTRAINT trend_level_pkey PRIMARY KEY (day, currency);

ALTER TABLE ONLY trend_promise
    ADD CONSTRAINT trend_promise_pkey PRIMARY KEY (day);

ALTER TABLE ONLY unit_claim
    ADD CONSTRAINT unit_claim_pkey PRIMARY KEY (holder, sku, code);

ALTER TABLE ONLY upload
    ADD CONSTRAINT upload_pkey PRIMARY KEY (import_id);

ALTER TABLE ONLY value_cursor
    ADD CONSTRAINT value_cursor_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY value_entry
    ADD CONSTRAINT value_entry_pkey PRIMARY KEY (seq);

ALTER TABLE ONLY wait
    ADD CONSTRAINT wait_pkey PRIMARY KEY (id);

ALTER TABLE ONLY wave_claim
    ADD CONSTRAINT wave_claim_pkey PRIMARY KEY (id);

ALTER TABLE ONLY wave
    ADD CONSTRAINT wave_pkey PRIMARY KEY (id);

ALTER TABLE ONLY wave_task
    ADD CONSTRAINT wave_task_pkey PRIMARY KEY (task);

ALTER TABLE ONLY webhook_cursor
    ADD CONSTRAINT webhook_cursor_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY webhook_delivery
    ADD CONSTRAINT webhook_delivery_pkey PRIMARY KEY (id);

ALTER TABLE ONLY webhook_health
    ADD CONSTRAINT webhook_health_pkey PRIMARY KEY (webhook);

ALTER TABLE ONLY webhook
    ADD CONSTRAINT webhook_pkey PRIMARY KEY (id);

ALTER TABLE ONLY webhook_secret
    ADD CONSTRAINT webhook_secret_pkey PRIMARY KEY (webhook, secret);

ALTER TABLE event
    ADD CONSTRAINT what_happened_is_told_once CHECK (((data IS NULL) <> (told IS NULL))) NOT VALID;

ALTER TABLE leg
    ADD CONSTRAINT what_is_ready_was_picked CHECK (((ready_at IS NULL) OR (picked_at IS NOT NULL))) NOT VALID;

ALTER TABLE ONLY standing_exception
    ADD CONSTRAINT what_is_said_alike_is_counted UNIQUE (key, nth);

ALTER TABLE ONLY withdrawn_unit
    ADD CONSTRAINT withdrawn_unit_pkey PRIMARY KEY (report, sku);

ALTER TABLE ONLY work_conflict
    ADD CONSTRAINT work_conflict_pkey PRIMARY KEY (id);

ALTER TABLE ONLY work_setting
    ADD CONSTRAINT work_setting_pkey PRIMARY KEY (node);

ALTER TABLE ONLY zoning
    ADD CONSTRAINT zoning_pkey PRIMARY KEY (code);

CREATE UNIQUE INDEX a_box_has_one_live_label ON label USING btree (leg_id, box) WHERE (state <> ALL (ARRAY['declined'::text, 'cancelled'::text]));

CREATE UNIQUE INDEX a_serial_is_claimed_once ON unit_claim USING btree (sku, code) WHERE (is_serial AND is_standing);

CREATE UNIQUE INDEX a_serial_is_in_one_hand ON scan USING btree (sku, serial) WHERE (is_open AND (serial IS NOT NULL));

CREATE UNIQUE INDEX a_van_comes_once_a_day ON pickup USING btree (account, node, day) WHERE (state <> 'declined'::text);

CREATE INDEX accuracy_sample_by_node ON accuracy_sample USING btree (node, measured_at);

CREATE INDEX answer_by_age ON answer USING brin (answered_at);

CREATE INDEX asn_line_by_sku ON asn_line USING btree (sku);

CREATE INDEX asn_of_purchase ON asn USING btree (purchase_order) WHERE (closed_at IS NULL);

CREATE INDEX asn_open ON asn USING btree (expected_on) WHERE (closed_at IS NULL);

CREATE INDEX audit_run_by_time ON audit_run USING btree (began_at DESC, id DESC);

CREATE INDEX balance_available ON balance USING btree (sku) WHERE (state = 'available'::stock_state);

CREATE INDEX balance_by_node ON balance USING btree (node, sku);

CREATE INDEX barcode_by_sku ON barcode USING btree (sku);

CREATE INDEX capacity_change_by_node ON capacity_change USING btree (node);

CREATE INDEX carrier_call_by_subject ON carrier_call USING btree (kind, subject);

CREATE INDEX carrier_call_due ON carrier_call USING btree (account, next_at) WHERE (state = 'waiting'::text);

CREATE INDEX carrier_call_stuck ON carrier_call USING btree (id) WHERE (state = 'stuck'::text);

CREATE INDEX carrier_reply_by_time ON carrier_reply USING btree (received_at, id);

CREATE INDEX carrier_reply_odd ON carrier_reply USING btree (carrier, md5(body)) WHERE (outcome = 'unreadable'::text);

CREATE INDEX carrier_reply_open ON carrier_reply USING btree (received_at) WHERE ((outcome <> 'read'::text) AND (settled_at IS NULL));

CREATE INDEX claim_due ON replacement USING btree (at, id) WHERE (claim = 'due'::text);

CREATE INDEX collect_leg_by_day ON collect_leg USING btree (node, ready_at);

CREATE INDEX collect_leg_by_order ON collect_leg USING btree (order_id, node);

CREATE INDEX collect_wrong_code_by_node ON collect_wrong_code USING btree (node, tried_at);

CREATE INDEX collection_by_code ON collection USING btree (node, code) WHERE (code IS NOT NULL);

CREATE INDEX collection_by_end ON collection USING btree (keep_until) WHERE (expired_at IS NULL);

CREATE INDEX collection_to_remind ON collection USING btree (remind_at) WHERE ((reminded_at IS NULL) AND (expired_at IS NULL));

CREATE INDEX cost_balance_by_node ON cost_balance USING btree (node, sku);

CREATE INDEX count_line_by_shelf ON count_line USING btree (sku, task);

CREATE INDEX count_line_unusual ON count_line USING btree (booked_at) WHERE (is_unusual OR (held_short > 0));

CREATE INDEX count_reading_by_line ON count_reading USING btree (task, sku);

CREATE INDEX count_task_by_node ON count_task USING btree (node, opened_at);

CREATE INDEX customer_order_by_customer ON customer_order USING btree (customer, id);

CREATE INDEX customer_order_by_stage ON customer_order USING btree (stage, stage_since);

CREATE INDEX customer_order_by_time ON customer_order USING btree (placed_at, id);

CREATE INDEX customer_order_like_customer ON customer_order USING btree (lower(customer) text_pattern_ops);

CREATE INDEX customer_order_like_id ON customer_order USING btree (lower((id)::text) text_pattern_ops);

CREATE INDEX customer_report_of_order ON customer_report USING btree (order_id);

CREATE INDEX customer_report_open ON customer_report USING btree (reported_at, id) WHERE (settled_at IS NULL);

CREATE INDEX day_change_by_order ON day_change USING btree (order_id, asked_at);

CREATE INDEX delivery_by_time ON delivery USING brin (recorded_at);

CREATE INDEX document_by_leg ON document USING gin (legs);

CREATE INDEX document_by_time ON document USING btree (asked_at DESC, id DESC);

CREATE INDEX erasure_by_time ON erasure USING btree (asked_at, id);

CREATE INDEX erasure_to_do ON erasure USING btree (asked_at, id) WHERE (done_at IS NULL);

CREATE INDEX event_by_subject ON event USING btree (subject, seq);

CREATE INDEX exception_note_by_subject ON exception_note USING btree (kind, subject, number);

CREATE INDEX exclusion_by_sku ON exclusion USING btree (sku);

CREATE INDEX expected_demand_by_sku ON expected_demand USING btree (sku);

CREATE INDEX feed_by_partner ON feed USING btree (partner, sent_at DESC);

CREATE INDEX feed_by_time ON feed USING btree (sent_at DESC, id DESC);

CREATE INDEX feed_counted ON feed USING btree (partner, counted_at) WHERE (state = 'booked'::text);

CREATE INDEX feed_held ON feed USING btree (partner) WHERE (state = 'held'::text);

CREATE INDEX feed_line_by_feed ON feed_line USING btree (feed);

CREATE INDEX file_export_by_age ON file_export USING btree (asked_at);

CREATE INDEX file_import_by_age ON file_import USING btree (asked_at);

CREATE INDEX hand_over_by_order ON hand_over USING btree (order_id);

CREATE INDEX hand_over_doubtful ON hand_over USING btree (recorded_at) WHERE ((NOT is_proven) OR is_late);

CREATE INDEX inspected_unit_by_serial ON inspected_unit USING btree (sku, serial);

CREATE INDEX inspection_by_sku ON inspection USING btree (sku);

CREATE INDEX job_by_time ON job USING btree (asked_at DESC, id DESC);

CREATE INDEX keep_back_by_sku ON keep_back USING btree (sku);

CREATE INDEX label_by_time ON label USING btree (asked_at DESC, id DESC);

CREATE INDEX label_in_trouble ON label USING btree (leg_id) WHERE (state = ANY (ARRAY['stuck'::text, 'declined'::text]));

CREATE INDEX label_to_link ON label USING btree (leg_id) WHERE ((state = 'bought'::text) AND (NOT is_linked));

CREATE INDEX label_to_poll ON label USING btree (account, polled_at) WHERE (state = 'bought'::text);

CREATE INDEX label_trouble_open ON label_trouble USING btree (since) WHERE (settled_at IS NULL);

CREATE INDEX landed_cost_by_receipt ON landed_cost USING btree (receipt);

CREATE INDEX leg_answer_by_node ON leg_answer USING btree (node, answered_at);

CREATE INDEX leg_by_order ON leg USING btree (order_id);

CREATE INDEX leg_by_time ON leg USING brin (planned_at) WITH (autosummarize='on');

CREATE INDEX leg_open ON leg USING btree (node) WHERE ((withdrawn_at IS NULL) AND (delivered_at IS NULL));

COMMENT ON INDEX leg_open IS 'what partners have still to do: few of all the legs there were';

CREATE INDEX leg_packed ON leg USING btree (node, packed_at) WHERE (packed_at IS NOT NULL);

CREATE INDEX leg_picked_in_vain ON leg USING btree (withdrawn_at) WHERE (((service)::text = 'pick-up'::text) AND (withdrawn_at IS NOT NULL) AND (picked_at IS NOT NULL) AND (ready_at IS NULL));

CREATE INDEX leg_planned ON leg USING btree (node, planned_at);

CREATE INDEX leg_to_collect ON leg USING btree (node, leaves_at) WHERE (((service)::text = 'pick-up'::text) AND (shipped_at IS NULL) AND (withdrawn_at IS NULL));

CREATE INDEX leg_to_pick ON leg USING btree (node, leaves_at) WHERE ((picked_at IS NULL) AND (withdrawn_at IS NULL));

CREATE INDEX leg_to_ship ON leg USING btree (node, leaves_at) WHERE ((picked_at IS NOT NULL) AND (shipped_at IS NULL) AND (withdrawn_at IS NULL));

CREATE INDEX leg_undated ON leg USING btree (node) WHERE ((begun_by IS NULL) AND (picked_at IS NULL) AND (withdrawn_at IS NULL));

COMMENT ON INDEX leg_undated IS 'open legs that stand in no capacity_due';

CREATE INDEX leg_under_way ON leg USING btree (arrives_on) WHERE ((shipped_at IS NOT NULL) AND (delivered_at IS NULL));

CREATE INDEX leg_withdrawn ON leg USING btree (withdrawn_at) WHERE (withdrawn_at IS NOT NULL);

CREATE INDEX location_sku_by_location ON location_sku USING btree (node, location);

CREATE INDEX lot_balance_at_place ON lot_balance USING btree (sku, node, state);

CREATE INDEX lot_balance_by_node ON lot_balance USING btree (node, sku);

CREATE INDEX lot_by_expiry ON lot USING btree (expires_on) WHERE (expires_on IS NOT NULL);

CREATE INDEX made_here_by_sku ON made_here USING btree (sku);

CREATE INDEX manifest_by_time ON manifest USING btree (asked_at DESC, id DESC);

CREATE INDEX manifest_in_trouble ON manifest USING btree (asked_at) WHERE (state = ANY (ARRAY['stuck'::text, 'declined'::text]));

CREATE INDEX manifest_label_by_manifest ON manifest_label USING btree (manifest);

CREATE INDEX message_due ON message USING btree (due_at, id) WHERE (state = 'waiting'::text);

CREATE INDEX message_failed ON message USING btree (ended_at) WHERE (state = 'failed'::text);

CREATE INDEX missing_by_task ON missing USING btree (task, sku);

CREATE INDEX move_by_seq ON move USING brin (seq) WITH (autosummarize='on');

CREATE INDEX move_from_node ON move USING btree (sku, source_node, seq) WHERE ((source_node)::text <> (target_node)::text);

CREATE INDEX move_lot_by_lot ON move_lot USING btree (sku, lot, movement_id);

CREATE INDEX move_serial_by_serial ON move_serial USING btree (sku, serial, movement_id);

CREATE INDEX move_to_node ON move USING btree (sku, target_node, seq);

CREATE INDEX movement_by_cause ON movement USING btree (cause);

CREATE INDEX movement_by_time ON movement USING brin (recorded_at);

CREATE UNIQUE INDEX movement_corrected_once ON movement USING btree (cause) WHERE ((kind = 'corrected'::movement_kind) AND (cause ~~ 'movement:%'::text));

CREATE INDEX movement_not_in_the_book ON movement USING btree (recorded_at) WHERE ((kind = 'found'::movement_kind) AND (reason = 'not in the book'::text));

COMMENT ON INDEX movement_not_in_the_book IS 'gaps of the last days, without reading every movement of theirs';

CREATE UNIQUE INDEX one_day_is_asked_for_at_a_time ON day_change USING btree (order_id) WHERE (state = 'asked'::text);

CREATE UNIQUE INDEX one_delivery_of_a_subject_is_first ON webhook_delivery USING btree (webhook, subject) WHERE is_first;

CREATE INDEX order_edit_by_order ON order_edit USING btree (order_id);

CREATE INDEX order_hold_by_order ON order_hold USING btree (order_id);

CREATE INDEX order_hold_in_turn ON order_hold USING btree (placed_at, id) WHERE (lifted_at IS NULL);

CREATE INDEX order_hold_open ON order_hold USING btree (order_id) WHERE (lifted_at IS NULL);

CREATE INDEX order_line_waiting ON order_line USING btree (sku) WHERE (waiting > 0);

CREATE INDEX order_payment_by_order ON order_payment USING btree (order_id);

CREATE INDEX order_transfer_from ON order_transfer USING btree (from_order, from_line);

CREATE INDEX order_transfer_to ON order_transfer USING btree (to_order, to_line);

CREATE INDEX order_watch_endangered ON order_watch USING btree (since) WHERE (step IS NOT NULL);

CREATE INDEX order_window_by_end ON order_window USING btree (until);

CREATE INDEX parcel_by_shipment ON parcel USING btree (shipment_id);

CREATE INDEX parcel_number_by_parcel ON parcel_number USING btree (sscc);

CREATE INDEX parcel_number_like_number ON parcel_number USING btree (lower(number) text_pattern_ops);

CREATE INDEX parcel_number_silent ON parcel_number USING btree (sscc) WHERE (unheard_since IS NOT NULL);

CREATE INDEX parcel_progress_under_way ON parcel_progress USING btree (heard_at) WHERE (progress <> ALL (ARRAY['delivered'::text, 'returned'::text, 'lost'::text]));

CREATE INDEX parcel_progress_wanting ON parcel_progress USING btree (since) WHERE ((progress = ANY (ARRAY['failed'::text, 'returning'::text, 'returned'::text, 'lost'::text])) OR (silent_since IS NOT NULL));

CREATE INDEX partner_node_by_partner ON partner_node USING btree (partner);

CREATE INDEX partner_term_by_reference ON partner_term USING btree (partner, reference);

CREATE INDEX partner_term_by_sku ON partner_term USING btree (sku);

CREATE INDEX partner_term_refuses ON partner_term USING btree (sku) WHERE (odd_amounts = 'refused'::text);

CREATE INDEX pick_by_time ON pick USING brin (picked_at);

CREATE INDEX pickup_by_time ON pickup USING btree (asked_at DESC, id DESC);

CREATE INDEX pickup_in_trouble ON pickup USING btree (day) WHERE (state = ANY (ARRAY['stuck'::text, 'declined'::text]));

CREATE INDEX policy_activation_by_start ON policy_activation USING btree (starts_at DESC, number DESC);

CREATE UNIQUE INDEX policy_version_by_number ON policy_version USING btree (number);

CREATE INDEX production_by_day ON production USING btree (node, day);

CREATE INDEX promise_judged ON promise USING btree (promised_to) WHERE (settled_at IS NOT NULL);

CREATE INDEX promise_open ON promise USING btree (promised_to) WHERE ((settled_at IS NULL) AND (withdrawn_at IS NULL));

CREATE INDEX promise_record ON promise USING btree (node, service) WHERE (settled_at IS NOT NULL);

CREATE INDEX purchase_line_by_sku ON purchase_line USING btree (sku);

CREATE INDEX purchase_line_open ON purchase_line USING btree (purchase_order) WHERE (quantity > received);

CREATE INDEX purchase_order_open ON purchase_order USING btree (expected_on) WHERE (closed_at IS NULL);

CREATE INDEX receipt_by_time ON receipt USING btree (received_at DESC, id DESC);

CREATE INDEX receipt_recorded ON receipt USING btree (recorded_at);

CREATE INDEX recipient_by_words ON recipient USING gin (recipient_words(name, email, phone));

CREATE INDEX refund_due ON refund USING btree (due_at, id) WHERE (made_at IS NULL);

CREATE INDEX replaced_parcel_by_replacement ON replaced_parcel USING btree (replacement);

CREATE INDEX replacement_by_leg ON replacement USING btree (leg_id);

CREATE INDEX replacement_by_order ON replacement USING btree (order_id);

CREATE INDEX reservation_by_demand ON reservation USING btree (demand);

CREATE INDEX reservation_expiring ON reservation USING btree (expires_at) WHERE ((held > 0) AND (expires_at IS NOT NULL));

CREATE INDEX reservation_of_shopper ON reservation USING btree (shopper) WHERE ((held > 0) AND (shopper IS NOT NULL));

CREATE INDEX reservation_open_until ON reservation USING btree (node, sku, expires_at) WHERE (held > 0);

CREATE INDEX rma_by_order ON rma USING btree (order_id);

CREATE INDEX rma_by_replacement ON rma USING btree (replacement) WHERE (replacement IS NOT NULL);

CREATE INDEX rma_open ON rma USING btree (node, asked_at) WHERE (closed_at IS NULL);

CREATE INDEX scan_open ON scan USING btree (task, sku) WHERE is_open;

CREATE INDEX serial_at_place ON serial USING btree (sku, node, state);

CREATE INDEX session_by_end ON session USING btree (expires_at);

CREATE INDEX session_by_person ON session USING btree (person);

CREATE INDEX shelf_record_with_signals ON shelf_record USING btree (node) WHERE ((refused > 0) OR (gaps > 0));

CREATE INDEX shipment_by_order ON shipment USING btree (order_id);

CREATE INDEX shipment_by_time ON shipment USING brin (shipped_at);

CREATE INDEX standing_exception_by_node ON standing_exception USING btree (node, since);

CREATE INDEX standing_exception_by_order ON standing_exception USING btree (order_id) WHERE (order_id IS NOT NULL);

CREATE INDEX standing_exception_by_since ON standing_exception USING btree (since);

CREATE INDEX standing_exception_by_subject ON standing_exception USING btree (subject, kind);

CREATE INDEX supply_change_of_purchase ON supply_change USING btree (purchase_order);

CREATE INDEX supply_change_of_transfer ON supply_change USING btree (transfer);

CREATE INDEX tariff_by_service ON tariff USING btree (service, valid_from);

CREATE INDEX tracking_event_ahead ON tracking_event USING btree (happened_at) WHERE (happened_at > recorded_at);

CREATE INDEX trail_by_action ON trail USING btree (action, seq);

CREATE INDEX trail_by_actor ON trail USING btree (actor, seq);

CREATE INDEX trail_by_subject ON trail USING btree (subject, seq);

CREATE INDEX transfer_open ON transfer USING btree (expected_on) WHERE (received_at IS NULL);

CREATE INDEX unit_claim_of_lot ON unit_claim USING btree (sku, code) WHERE (NOT is_serial);

CREATE INDEX value_entry_by_cause ON value_entry USING btree (cause, sku) WHERE (units < 0);

CREATE INDEX value_entry_by_movement ON value_entry USING btree (movement_id) WHERE (movement_id IS NOT NULL);

CREATE INDEX value_entry_by_place ON value_entry USING btree (sku, node, at, seq);

CREATE INDEX value_entry_by_time ON value_entry USING brin (at) WITH (autosummarize='on');

CREATE UNIQUE INDEX value_entry_of_move ON value_entry USING btree (move_seq, node) WHERE (move_seq IS NOT NULL);

CREATE INDEX wait_by_time ON wait USING btree (asked_at, id);

CREATE INDEX wait_customer ON wait USING btree (customer) WHERE (customer IS NOT NULL);

CREATE INDEX wait_due ON wait USING btree (due_at, id) WHERE (delivery = 'waiting'::text);

CREATE UNIQUE INDEX wait_once ON wait USING btree (sku, medium, address, COALESCE((store)::text, ''::text), COALESCE(country, ''::text), COALESCE(postcode, ''::text)) WHERE (state = 'waiting'::text);

CREATE INDEX wait_open ON wait USING btree (sku, asked_at, id) WHERE (state = 'waiting'::text);

CREATE INDEX wait_over ON wait USING btree (until) WHERE (state = 'waiting'::text);

CREATE INDEX wait_turn ON wait USING btree (sku, turn_until) WHERE (state = 'told'::text);

CREATE INDEX wave_claim_by_wave ON wave_claim USING btree (wave, taken_at);

CREATE INDEX wave_open ON wave USING btree (node, deadline, id) WHERE (closed_at IS NULL);

CREATE INDEX wave_taken ON wave USING btree (taken_by, id) WHERE ((closed_at IS NULL) AND (taken_by IS NOT NULL));

CREATE INDEX wave_task_by_wave ON wave_task USING btree (wave, slot);

CREATE INDEX webhook_delivery_by_event ON webhook_delivery USING btree (event);

CREATE INDEX webhook_delivery_claimed ON webhook_delivery USING btree (webhook) WHERE (claimed_until IS NOT NULL);

CREATE INDEX webhook_delivery_dead ON webhook_delivery USING btree (webhook, event) WHERE (status = 'dead'::delivery_status);

CREATE INDEX webhook_delivery_delivered ON webhook_delivery USING btree (last_at) WHERE (status = 'delivered'::delivery_status);

CREATE INDEX webhook_delivery_due ON webhook_delivery USING btree (webhook, next_at, event) WHERE is_first;

CREATE INDEX webhook_delivery_in_turn ON webhook_delivery USING btree (webhook, subject, event) WHERE (status = 'waiting'::delivery_status);

CREATE INDEX work_conflict_open ON work_conflict USING btree (recorded_at, id) WHERE (settled_at IS NULL);

CREATE TRIGGER activations_never_change BEFORE DELETE OR UPDATE OR TRUNCATE ON policy_activation FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_a_policy();

ALTER TABLE policy_activation ENABLE ALWAYS TRIGGER activations_never_change;

CREATE TRIGGER asn_line_made AFTER INSERT ON asn_line REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION tell_supply_coming();

CREATE TRIGGER assortment_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON assortment_rule FOR EACH STATEMENT EXECUTE FUNCTION tell_terms_changed();

CREATE TRIGGER balance_closed AFTER DELETE ON balance REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION tell_levels_changed();

CREATE TRIGGER balance_emptied AFTER TRUNCATE ON balance FOR EACH STATEMENT EXECUTE FUNCTION tell_everything_changed();

CREATE TRIGGER balance_opened AFTER INSERT ON balance REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION tell_levels_changed();

CREATE TRIGGER balance_shifted AFTER UPDATE ON balance REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT WHEN ((current_setting('noria.tells'::text, true) IS DISTINCT FROM 'itself'::text)) EXECUTE FUNCTION tell_levels_changed();

CREATE TRIGGER balances_are_of_what_is_known AFTER INSERT ON balance REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION balances_are_of_what_is_known();

CREATE TRIGGER channel_network_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON channel_network FOR EACH STATEMENT EXECUTE FUNCTION tell_terms_changed();

CREATE TRIGGER clock_driven AFTER INSERT OR DELETE OR TRUNCATE ON driven_clock FOR EACH STATEMENT EXECUTE FUNCTION tell_everything_changed();

CREATE TRIGGER currency_moves_the_total AFTER UPDATE OF currency ON sku FOR EACH ROW WHEN ((old.currency IS DISTINCT FROM new.currency)) EXECUTE FUNCTION cost_total_in_another_currency();

CREATE TRIGGER currency_unsettles_the_states AFTER UPDATE OF currency ON sku FOR EACH ROW WHEN ((old.currency IS DISTINCT FROM new.currency)) EXECUTE FUNCTION cost_states_unsettled();

CREATE TRIGGER event_written BEFORE INSERT ON event FOR EACH STATEMENT EXECUTE FUNCTION event_written();

CREATE TRIGGER exclusion_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON exclusion FOR EACH STATEMENT EXECUTE FUNCTION tell_terms_changed();

CREATE TRIGGER expected_demand_changed AFTER UPDATE ON expected_demand REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION tell_expected_changed();

CREATE TRIGGER expected_demand_emptied AFTER TRUNCATE ON expected_demand FOR EACH STATEMENT EXECUTE FUNCTION tell_everything_changed();

CREATE TRIGGER expected_demand_gone AFTER DELETE ON expected_demand REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION tell_expected_changed();

CREATE TRIGGER expected_demand_made AFTER INSERT ON expected_demand REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION tell_expected_changed();

CREATE TRIGGER keep_back_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON keep_back FOR EACH STATEMENT EXECUTE FUNCTION tell_terms_changed();

CREATE TRIGGER keep_tracking BEFORE UPDATE OF tracking ON sku FOR EACH ROW WHEN ((old.tracking IS DISTINCT FROM new.tracking)) EXECUTE FUNCTION keep_tracking();

CREATE TRIGGER leg_is_due_otherwise AFTER UPDATE ON leg FOR EACH ROW WHEN ((((old.node)::text IS DISTINCT FROM (new.node)::text) OR (old.begun_by IS DISTINCT FROM new.begun_by) OR (((old.picked_at IS NULL) AND (old.withdrawn_at IS NULL)) IS DISTINCT FROM ((new.picked_at IS NULL) AND (new.withdrawn_at IS NULL))))) EXECUTE FUNCTION leg_is_due_otherwise();

CREATE TRIGGER leg_line_is_due_otherwise AFTER UPDATE ON leg_line FOR EACH ROW WHEN (((old.quantity - old.gone) <> (new.quantity - new.gone))) EXECUTE FUNCTION leg_line_is_due_otherwise();

CREATE TRIGGER leg_lines_are_due AFTER INSERT ON leg_line REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION leg_lines_are_due();

CREATE TRIGGER legs_are_due AFTER INSERT ON leg REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION legs_are_due();

CREATE TRIGGER lots_moved_are_only_added BEFORE DELETE OR UPDATE OR TRUNCATE ON move_lot FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_book();

ALTER TABLE move_lot ENABLE ALWAYS TRIGGER lots_moved_are_only_added;

CREATE TRIGGER made_here_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON made_here FOR EACH STATEMENT EXECUTE FUNCTION tell_terms_changed();

CREATE TRIGGER movements_are_only_added BEFORE DELETE OR UPDATE OR TRUNCATE ON movement FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_book();

ALTER TABLE movement ENABLE ALWAYS TRIGGER movements_are_only_added;

CREATE TRIGGER moves_are_only_added BEFORE DELETE OR UPDATE OR TRUNCATE ON move FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_book();

ALTER TABLE move ENABLE ALWAYS TRIGGER moves_are_only_added;

CREATE TRIGGER node_accuracy_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON node_accuracy FOR EACH STATEMENT EXECUTE FUNCTION tell_terms_changed();

CREATE TRIGGER node_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON node FOR EACH STATEMENT EXECUTE FUNCTION tell_terms_changed();

CREATE TRIGGER node_trust_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON node_trust FOR EACH STATEMENT EXECUTE FUNCTION tell_terms_changed();

CREATE TRIGGER nodes_stay BEFORE DELETE OR UPDATE OF code OR TRUNCATE ON node FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_forget_a_code();

CREATE TRIGGER policy_activated AFTER INSERT ON policy_activation FOR EACH STATEMENT EXECUTE FUNCTION tell_terms_changed();

CREATE TRIGGER policy_withdrawn AFTER INSERT ON policy_withdrawal FOR EACH STATEMENT EXECUTE FUNCTION tell_terms_changed();

CREATE TRIGGER postcode_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON postcode FOR EACH STATEMENT EXECUTE FUNCTION tell_terms_changed();

CREATE TRIGGER protections_never_change BEFORE DELETE OR UPDATE OR TRUNCATE ON policy_protection FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_a_policy();

ALTER TABLE policy_protection ENABLE ALWAYS TRIGGER protections_never_change;

CREATE TRIGGER purchase_line_made AFTER INSERT ON purchase_line REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION tell_supply_coming();

CREATE TRIGGER reservation_deleted AFTER DELETE ON reservation REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION tell_holds_changed();

CREATE TRIGGER reservation_drawn AFTER UPDATE ON reservation REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION tell_holds_changed();

CREATE TRIGGER reservation_emptied AFTER TRUNCATE ON reservation FOR EACH STATEMENT EXECUTE FUNCTION tell_everything_changed();

CREATE TRIGGER reservation_made AFTER INSERT ON reservation REFERENCING NEW TABLE AS after FOR EACH STATEMENT WHEN ((current_setting('noria.tells'::text, true) IS DISTINCT FROM 'itself'::text)) EXECUTE FUNCTION tell_holds_changed();

CREATE TRIGGER serials_moved_are_only_added BEFORE DELETE OR UPDATE OR TRUNCATE ON move_serial FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_book();

ALTER TABLE move_serial ENABLE ALWAYS TRIGGER serials_moved_are_only_added;

CREATE TRIGGER shelf_doubt_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON shelf_doubt FOR EACH STATEMENT EXECUTE FUNCTION tell_terms_changed();

CREATE TRIGGER shelf_doubts_end AFTER UPDATE ON count_line REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION end_shelf_doubts();

CREATE TRIGGER sku_changed AFTER INSERT OR DELETE OR UPDATE OF tracking, category OR TRUNCATE ON sku FOR EACH STATEMENT EXECUTE FUNCTION tell_terms_changed();

CREATE TRIGGER skus_stay BEFORE DELETE OR UPDATE OF code OR TRUNCATE ON sku FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_forget_a_code();

CREATE TRIGGER tariffs_are_only_added BEFORE DELETE OR UPDATE ON tariff FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_a_tariff();

CREATE TRIGGER trail_is_only_added_to BEFORE DELETE OR UPDATE OR TRUNCATE ON trail FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_trail();

ALTER TABLE trail ENABLE ALWAYS TRIGGER trail_is_only_added_to;

CREATE TRIGGER transfer_line_made AFTER INSERT ON transfer_line REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION tell_supply_coming();

CREATE TRIGGER values_are_only_added BEFORE DELETE OR UPDATE OR TRUNCATE ON value_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_book();

ALTER TABLE value_entry ENABLE ALWAYS TRIGGER values_are_only_added;

CREATE TRIGGER versions_never_change BEFORE DELETE OR UPDATE OR TRUNCATE ON policy_version FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_a_policy();

ALTER TABLE policy_version ENABLE ALWAYS TRIGGER versions_never_change;

CREATE TRIGGER zonings_are_only_added BEFORE DELETE OR UPDATE ON zoning FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_a_tariff();

ALTER TABLE ONLY accuracy_sample
    ADD CONSTRAINT accuracy_sample_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY accuracy_sample
    ADD CONSTRAINT accuracy_sample_task_fkey FOREIGN KEY (task) REFERENCES count_task(id);

ALTER TABLE ONLY api_key_revocation
    ADD CONSTRAINT api_key_revocation_key_fkey FOREIGN KEY (key) REFERENCES api_key(id);

ALTER TABLE ONLY asn_line
    ADD CONSTRAINT asn_line_asn_fkey FOREIGN KEY (asn) REFERENCES asn(id);

ALTER TABLE ONLY asn_line
    ADD CONSTRAINT asn_line_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY asn
    ADD CONSTRAINT asn_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY asn
    ADD CONSTRAINT asn_purchase_order_fkey FOREIGN KEY (purchase_order) REFERENCES purchase_order(id);

ALTER TABLE ONLY assortment_rule
    ADD CONSTRAINT assortment_rule_channel_fkey FOREIGN KEY (channel) REFERENCES channel(code);

ALTER TABLE ONLY assortment_rule
    ADD CONSTRAINT assortment_rule_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY assortment_rule
    ADD CONSTRAINT assortment_rule_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY audit_check
    ADD CONSTRAINT audit_check_run_fkey FOREIGN KEY (run) REFERENCES audit_run(id) ON DELETE CASCADE;

ALTER TABLE ONLY audit_finding
    ADD CONSTRAINT audit_finding_run_fkey FOREIGN KEY (run) REFERENCES audit_run(id) ON DELETE CASCADE;

ALTER TABLE ONLY balance_snapshot
    ADD CONSTRAINT balance_snapshot_seq_fkey FOREIGN KEY (seq) REFERENCES ledger_cut(seq);

ALTER TABLE ONLY barcode
    ADD CONSTRAINT barcode_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY box
    ADD CONSTRAINT box_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY breach_rule
    ADD CONSTRAINT breach_rule_partner_fkey FOREIGN KEY (partner) REFERENCES partner(code);

ALTER TABLE ONLY carrier_call
    ADD CONSTRAINT carrier_call_account_fkey FOREIGN KEY (account) REFERENCES carrier_account(code);

ALTER TABLE ONLY carrier_health
    ADD CONSTRAINT carrier_health_account_fkey FOREIGN KEY (account) REFERENCES carrier_account(code);

ALTER TABLE ONLY carrier_hook
    ADD CONSTRAINT carrier_hook_account_fkey FOREIGN KEY (account) REFERENCES carrier_account(code);

ALTER TABLE ONLY channel_measure
    ADD CONSTRAINT channel_measure_channel_fkey FOREIGN KEY (channel) REFERENCES channel(code);

ALTER TABLE ONLY channel_network
    ADD CONSTRAINT channel_network_channel_fkey FOREIGN KEY (channel) REFERENCES channel(code);

ALTER TABLE ONLY collect_arrival
    ADD CONSTRAINT collect_arrival_leg_id_fkey FOREIGN KEY (leg_id) REFERENCES leg(id);

ALTER TABLE ONLY collect_leg
    ADD CONSTRAINT collect_leg_leg_id_fkey FOREIGN KEY (leg_id) REFERENCES leg(id);

ALTER TABLE ONLY collect_line
    ADD CONSTRAINT collect_line_leg_id_fkey FOREIGN KEY (leg_id) REFERENCES collect_leg(leg_id);

ALTER TABLE ONLY collect_notice
    ADD CONSTRAINT collect_notice_order_id_fkey FOREIGN KEY (order_id) REFERENCES customer_order(id);

ALTER TABLE ONLY collect_proxy
    ADD CONSTRAINT collect_proxy_order_id_fkey FOREIGN KEY (order_id) REFERENCES customer_order(id);

ALTER TABLE ONLY collect_put_back
    ADD CONSTRAINT collect_put_back_leg_id_fkey FOREIGN KEY (leg_id) REFERENCES leg(id);

ALTER TABLE ONLY collect_refusal
    ADD CONSTRAINT collect_refusal_hand_over_id_fkey FOREIGN KEY (hand_over_id) REFERENCES hand_over(id);

ALTER TABLE ONLY collect_watch
    ADD CONSTRAINT collect_watch_leg_id_fkey FOREIGN KEY (leg_id) REFERENCES leg(id);

ALTER TABLE ONLY collection
    ADD CONSTRAINT collection_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY collection
    ADD CONSTRAINT collection_order_id_fkey FOREIGN KEY (order_id) REFERENCES customer_order(id);

ALTER TABLE ONLY compartment
    ADD CONSTRAINT compartment_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY cost_balance
    ADD CONSTRAINT cost_balance_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY cost_balance
    ADD CONSTRAINT cost_balance_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY cost_state_total
    ADD CONSTRAINT cost_state_total_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY cost_total
    ADD CONSTRAINT cost_total_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY count_line
    ADD CONSTRAINT count_line_root_cause_fkey FOREIGN KEY (root_cause) REFERENCES root_cause(code);

ALTER TABLE ONLY count_line
    ADD CONSTRAINT count_line_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY count_line
    ADD CONSTRAINT count_line_task_fkey FOREIGN KEY (task) REFERENCES count_task(id);

ALTER TABLE ONLY count_policy
    ADD CONSTRAINT count_policy_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY count_reading
    ADD CONSTRAINT count_reading_task_sku_fkey FOREIGN KEY (task, sku) REFERENCES count_line(task, sku);

ALTER TABLE ONLY count_shortlist
    ADD CONSTRAINT count_shortlist_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY count_task
    ADD CONSTRAINT count_task_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY customer_order
    ADD CONSTRAINT customer_order_channel_fkey FOREIGN KEY (channel) REFERENCES channel(code);

ALTER TABLE ONLY customer_report
    ADD CONSTRAINT customer_report_order_id_fkey FOREIGN KEY (order_id) REFERENCES customer_order(id);

ALTER TABLE ONLY customs_good
    ADD CONSTRAINT customs_good_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY day_ask
    ADD CONSTRAINT day_ask_day_change_fkey FOREIGN KEY (day_change) REFERENCES day_change(id);

ALTER TABLE ONLY day_ask
    ADD CONSTRAINT day_ask_label_fkey FOREIGN KEY (label) REFERENCES label(id);

ALTER TABLE ONLY day_change
    ADD CONSTRAINT day_change_order_id_fkey FOREIGN KEY (order_id) REFERENCES customer_order(id);

ALTER TABLE ONLY delivery
    ADD CONSTRAINT delivery_shipment_id_fkey FOREIGN KEY (shipment_id) REFERENCES shipment(id);

ALTER TABLE ONLY departure
    ADD CONSTRAINT departure_node_fkey FOREIGN KEY (node) REFERENCES node(code) ON DELETE CASCADE;

ALTER TABLE ONLY departure
    ADD CONSTRAINT departure_service_fkey FOREIGN KEY (service) REFERENCES service(code) ON DELETE CASCADE;

ALTER TABLE ONLY discrepancy
    ADD CONSTRAINT discrepancy_receipt_fkey FOREIGN KEY (receipt) REFERENCES receipt(id);

ALTER TABLE ONLY discrepancy
    ADD CONSTRAINT discrepancy_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY exclusion
    ADD CONSTRAINT exclusion_channel_fkey FOREIGN KEY (channel) REFERENCES channel(code);

ALTER TABLE ONLY exclusion
    ADD CONSTRAINT exclusion_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY export_chunk
    ADD CONSTRAINT export_chunk_export_id_fkey FOREIGN KEY (export_id) REFERENCES file_export(id) ON DELETE CASCADE;

ALTER TABLE ONLY feed_content
    ADD CONSTRAINT feed_content_feed_fkey FOREIGN KEY (feed) REFERENCES feed(id) ON DELETE CASCADE;

ALTER TABLE ONLY feed_fault
    ADD CONSTRAINT feed_fault_feed_fkey FOREIGN KEY (feed) REFERENCES feed(id) ON DELETE CASCADE;

ALTER TABLE ONLY feed
    ADD CONSTRAINT feed_partner_fkey FOREIGN KEY (partner) REFERENCES partner(code);

ALTER TABLE ONLY feed_plan
    ADD CONSTRAINT feed_plan_partner_fkey FOREIGN KEY (partner) REFERENCES partner(code);

ALTER TABLE ONLY feed_pull
    ADD CONSTRAINT feed_pull_partner_fkey FOREIGN KEY (partner) REFERENCES partner(code);

ALTER TABLE ONLY graded_part
    ADD CONSTRAINT graded_part_grade_fkey FOREIGN KEY (grade) REFERENCES grade_worth(grade);

ALTER TABLE ONLY graded_part
    ADD CONSTRAINT graded_part_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY graded_part
    ADD CONSTRAINT graded_part_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY hand_over_leg
    ADD CONSTRAINT hand_over_leg_hand_over_id_fkey FOREIGN KEY (hand_over_id) REFERENCES hand_over(id);

ALTER TABLE ONLY hand_over_leg
    ADD CONSTRAINT hand_over_leg_leg_id_fkey FOREIGN KEY (leg_id) REFERENCES leg(id);

ALTER TABLE ONLY hand_over
    ADD CONSTRAINT hand_over_order_id_fkey FOREIGN KEY (order_id) REFERENCES customer_order(id);

ALTER TABLE ONLY hand_over_settlement
    ADD CONSTRAINT hand_over_settlement_hand_over_id_fkey FOREIGN KEY (hand_over_id) REFERENCES hand_over(id);

ALTER TABLE ONLY import_fault
    ADD CONSTRAINT import_fault_import_id_fkey FOREIGN KEY (import_id) REFERENCES file_import(id) ON DELETE CASCADE;

ALTER TABLE ONLY inspection
    ADD CONSTRAINT inspection_rma_id_fkey FOREIGN KEY (rma_id) REFERENCES rma(id);

ALTER TABLE ONLY job_cancellation
    ADD CONSTRAINT job_cancellation_job_fkey FOREIGN KEY (job) REFERENCES job(id) ON DELETE CASCADE;

ALTER TABLE ONLY job_cursor
    ADD CONSTRAINT job_cursor_job_fkey FOREIGN KEY (job) REFERENCES job(id) ON DELETE CASCADE;

ALTER TABLE ONLY keep_back
    ADD CONSTRAINT keep_back_channel_fkey FOREIGN KEY (channel) REFERENCES channel(code);

ALTER TABLE ONLY keep_back
    ADD CONSTRAINT keep_back_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY keep_back
    ADD CONSTRAINT keep_back_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY label
    ADD CONSTRAINT label_account_fkey FOREIGN KEY (account) REFERENCES carrier_account(code);

ALTER TABLE ONLY label_trouble
    ADD CONSTRAINT label_trouble_label_fkey FOREIGN KEY (label) REFERENCES label(id);

ALTER TABLE ONLY landed_cost_line
    ADD CONSTRAINT landed_cost_line_landed_cost_fkey FOREIGN KEY (landed_cost) REFERENCES landed_cost(id);

ALTER TABLE ONLY landed_cost_line
    ADD CONSTRAINT landed_cost_line_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY landed_cost
    ADD CONSTRAINT landed_cost_receipt_fkey FOREIGN KEY (receipt) REFERENCES receipt(id);

ALTER TABLE ONLY lane
    ADD CONSTRAINT lane_source_fkey FOREIGN KEY (source) REFERENCES node(code);

ALTER TABLE ONLY lane
    ADD CONSTRAINT lane_target_fkey FOREIGN KEY (target) REFERENCES node(code);

ALTER TABLE ONLY leg_answer
    ADD CONSTRAINT leg_answer_leg_fkey FOREIGN KEY (leg) REFERENCES leg(id);

ALTER TABLE ONLY leg_line
    ADD CONSTRAINT leg_line_leg_id_fkey FOREIGN KEY (leg_id) REFERENCES leg(id);

ALTER TABLE ONLY leg
    ADD CONSTRAINT leg_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY leg
    ADD CONSTRAINT leg_order_id_fkey FOREIGN KEY (order_id) REFERENCES customer_order(id);

ALTER TABLE ONLY level_total
    ADD CONSTRAINT level_total_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY location
    ADD CONSTRAINT location_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY location_sku
    ADD CONSTRAINT location_sku_node_location_fkey FOREIGN KEY (node, location) REFERENCES location(node, code) ON DELETE CASCADE;

ALTER TABLE ONLY location_sku
    ADD CONSTRAINT location_sku_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY lot_balance
    ADD CONSTRAINT lot_balance_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY lot_balance
    ADD CONSTRAINT lot_balance_sku_lot_fkey FOREIGN KEY (sku, lot) REFERENCES lot(sku, code);

ALTER TABLE ONLY lot
    ADD CONSTRAINT lot_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY made_here
    ADD CONSTRAINT made_here_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY made_here
    ADD CONSTRAINT made_here_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY manifest
    ADD CONSTRAINT manifest_account_fkey FOREIGN KEY (account) REFERENCES carrier_account(code);

ALTER TABLE ONLY manifest_label
    ADD CONSTRAINT manifest_label_label_fkey FOREIGN KEY (label) REFERENCES label(id);

ALTER TABLE ONLY manifest_label
    ADD CONSTRAINT manifest_label_manifest_fkey FOREIGN KEY (manifest) REFERENCES manifest(id);

ALTER TABLE ONLY message_choice
    ADD CONSTRAINT message_choice_order_id_fkey FOREIGN KEY (order_id) REFERENCES customer_order(id);

ALTER TABLE ONLY message
    ADD CONSTRAINT message_order_id_fkey FOREIGN KEY (order_id) REFERENCES customer_order(id);

ALTER TABLE ONLY move_lot
    ADD CONSTRAINT move_lot_movement_id_line_fkey FOREIGN KEY (movement_id, line) REFERENCES move(movement_id, line);

ALTER TABLE ONLY move_serial
    ADD CONSTRAINT move_serial_movement_id_line_fkey FOREIGN KEY (movement_id, line) REFERENCES move(movement_id, line);

ALTER TABLE ONLY node_capacity
    ADD CONSTRAINT node_capacity_node_fkey FOREIGN KEY (node) REFERENCES node(code) ON DELETE CASCADE;

ALTER TABLE ONLY node_closure
    ADD CONSTRAINT node_closure_node_fkey FOREIGN KEY (node) REFERENCES node(code) ON DELETE CASCADE;

ALTER TABLE ONLY node_hours
    ADD CONSTRAINT node_hours_node_fkey FOREIGN KEY (node) REFERENCES node(code) ON DELETE CASCADE;

ALTER TABLE ONLY node_opening
    ADD CONSTRAINT node_opening_node_fkey FOREIGN KEY (node) REFERENCES node(code) ON DELETE CASCADE;

ALTER TABLE ONLY node_trust
    ADD CONSTRAINT node_trust_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY order_edit
    ADD CONSTRAINT order_edit_order_id_fkey FOREIGN KEY (order_id) REFERENCES customer_order(id);

ALTER TABLE ONLY order_hold
    ADD CONSTRAINT order_hold_order_id_fkey FOREIGN KEY (order_id) REFERENCES customer_order(id);

ALTER TABLE ONLY order_line
    ADD CONSTRAINT order_line_order_id_fkey FOREIGN KEY (order_id) REFERENCES customer_order(id);

ALTER TABLE ONLY order_line
    ADD CONSTRAINT order_line_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY order_link
    ADD CONSTRAINT order_link_order_id_fkey FOREIGN KEY (order_id) REFERENCES customer_order(id);

ALTER TABLE ONLY order_look
    ADD CONSTRAINT order_look_order_id_fkey FOREIGN KEY (order_id) REFERENCES customer_order(id);

ALTER TABLE ONLY order_payment
    ADD CONSTRAINT order_payment_order_id_fkey FOREIGN KEY (order_id) REFERENCES customer_order(id);

ALTER TABLE ONLY order_transfer
    ADD CONSTRAINT order_transfer_from_order_fkey FOREIGN KEY (from_order) REFERENCES customer_order(id);

ALTER TABLE ONLY order_transfer
    ADD CONSTRAINT order_transfer_to_order_fkey FOREIGN KEY (to_order) REFERENCES customer_order(id);

ALTER TABLE ONLY order_watch
    ADD CONSTRAINT order_watch_order_id_fkey FOREIGN KEY (order_id) REFERENCES customer_order(id);

ALTER TABLE ONLY order_window
    ADD CONSTRAINT order_window_order_id_fkey FOREIGN KEY (order_id) REFERENCES customer_order(id);

ALTER TABLE ONLY packed_box
    ADD CONSTRAINT packed_box_leg_id_fkey FOREIGN KEY (leg_id) REFERENCES packing(leg_id);

ALTER TABLE ONLY parcel_number
    ADD CONSTRAINT parcel_number_sscc_fkey FOREIGN KEY (sscc) REFERENCES parcel(sscc);

ALTER TABLE ONLY parcel_progress
    ADD CONSTRAINT parcel_progress_carrier_number_fkey FOREIGN KEY (carrier, number) REFERENCES parcel_number(carrier, number);

ALTER TABLE ONLY parcel
    ADD CONSTRAINT parcel_shipment_id_fkey FOREIGN KEY (shipment_id) REFERENCES shipment(id);

ALTER TABLE ONLY partner_node
    ADD CONSTRAINT partner_node_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY partner_node
    ADD CONSTRAINT partner_node_partner_fkey FOREIGN KEY (partner) REFERENCES partner(code);

ALTER TABLE ONLY partner_pulse
    ADD CONSTRAINT partner_pulse_partner_fkey FOREIGN KEY (partner) REFERENCES partner(code);

ALTER TABLE ONLY partner_stake
    ADD CONSTRAINT partner_stake_node_fkey FOREIGN KEY (node) REFERENCES node(code) ON DELETE CASCADE;

ALTER TABLE ONLY partner_term
    ADD CONSTRAINT partner_term_partner_fkey FOREIGN KEY (partner) REFERENCES partner(code);

ALTER TABLE ONLY partner_term
    ADD CONSTRAINT partner_term_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY picked_weight
    ADD CONSTRAINT picked_weight_leg_id_fkey FOREIGN KEY (leg_id) REFERENCES leg(id);

ALTER TABLE ONLY pickup
    ADD CONSTRAINT pickup_account_fkey FOREIGN KEY (account) REFERENCES carrier_account(code);

ALTER TABLE ONLY policy_activation
    ADD CONSTRAINT policy_activation_policy_fkey FOREIGN KEY (policy) REFERENCES policy_version(id);

ALTER TABLE ONLY policy_draft
    ADD CONSTRAINT policy_draft_based_on_fkey FOREIGN KEY (based_on) REFERENCES policy_version(id);

ALTER TABLE ONLY policy_protection
    ADD CONSTRAINT policy_protection_channel_fkey FOREIGN KEY (channel) REFERENCES channel(code);

ALTER TABLE ONLY policy_protection
    ADD CONSTRAINT policy_protection_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY policy_protection
    ADD CONSTRAINT policy_protection_policy_fkey FOREIGN KEY (policy) REFERENCES policy_version(id);

ALTER TABLE ONLY policy_protection
    ADD CONSTRAINT policy_protection_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY policy_withdrawal
    ADD CONSTRAINT policy_withdrawal_activation_fkey FOREIGN KEY (activation) REFERENCES policy_activation(id);

ALTER TABLE ONLY price_part
    ADD CONSTRAINT price_part_run_fkey FOREIGN KEY (run) REFERENCES price_run(number) ON DELETE CASCADE;

ALTER TABLE ONLY promise_change
    ADD CONSTRAINT promise_change_order_id_fkey FOREIGN KEY (order_id) REFERENCES promise(order_id);

ALTER TABLE ONLY purchase_line
    ADD CONSTRAINT purchase_line_purchase_order_fkey FOREIGN KEY (purchase_order) REFERENCES purchase_order(id);

ALTER TABLE ONLY purchase_line
    ADD CONSTRAINT purchase_line_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY purchase_order
    ADD CONSTRAINT purchase_order_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY receipt
    ADD CONSTRAINT receipt_asn_fkey FOREIGN KEY (asn) REFERENCES asn(id);

ALTER TABLE ONLY receipt_line
    ADD CONSTRAINT receipt_line_receipt_fkey FOREIGN KEY (receipt) REFERENCES receipt(id);

ALTER TABLE ONLY receipt_line
    ADD CONSTRAINT receipt_line_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY receipt
    ADD CONSTRAINT receipt_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY receipt
    ADD CONSTRAINT receipt_purchase_order_fkey FOREIGN KEY (purchase_order) REFERENCES purchase_order(id);

ALTER TABLE ONLY receipt_settlement
    ADD CONSTRAINT receipt_settlement_receipt_fkey FOREIGN KEY (receipt) REFERENCES receipt(id);

ALTER TABLE ONLY receipt
    ADD CONSTRAINT receipt_transfer_fkey FOREIGN KEY (transfer) REFERENCES transfer(id);

ALTER TABLE ONLY recipient
    ADD CONSTRAINT recipient_order_id_fkey FOREIGN KEY (order_id) REFERENCES customer_order(id);

ALTER TABLE ONLY refund_line
    ADD CONSTRAINT refund_line_refund_fkey FOREIGN KEY (refund) REFERENCES refund(id) ON DELETE CASCADE;

ALTER TABLE ONLY refund
    ADD CONSTRAINT refund_order_id_fkey FOREIGN KEY (order_id) REFERENCES customer_order(id);

ALTER TABLE ONLY replaced_line
    ADD CONSTRAINT replaced_line_replacement_fkey FOREIGN KEY (replacement) REFERENCES replacement(id);

ALTER TABLE ONLY replaced_parcel
    ADD CONSTRAINT replaced_parcel_replacement_fkey FOREIGN KEY (replacement) REFERENCES replacement(id);

ALTER TABLE ONLY replacement
    ADD CONSTRAINT replacement_leg_id_fkey FOREIGN KEY (leg_id) REFERENCES leg(id);

ALTER TABLE ONLY replacement
    ADD CONSTRAINT replacement_order_id_fkey FOREIGN KEY (order_id) REFERENCES customer_order(id);

ALTER TABLE ONLY rma_line
    ADD CONSTRAINT rma_line_rma_id_fkey FOREIGN KEY (rma_id) REFERENCES rma(id);

ALTER TABLE ONLY rma_line
    ADD CONSTRAINT rma_line_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY rma
    ADD CONSTRAINT rma_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY rma
    ADD CONSTRAINT rma_replacement_fkey FOREIGN KEY (replacement) REFERENCES replacement(id);

ALTER TABLE ONLY role_grant
    ADD CONSTRAINT role_grant_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY role_grant
    ADD CONSTRAINT role_grant_person_fkey FOREIGN KEY (person) REFERENCES person(id);

ALTER TABLE ONLY scan
    ADD CONSTRAINT scan_wave_fkey FOREIGN KEY (wave) REFERENCES wave(id);

ALTER TABLE ONLY serial
    ADD CONSTRAINT serial_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY serial
    ADD CONSTRAINT serial_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY service_closure
    ADD CONSTRAINT service_closure_service_fkey FOREIGN KEY (service) REFERENCES service(code) ON DELETE CASCADE;

ALTER TABLE ONLY service_rate
    ADD CONSTRAINT service_rate_service_fkey FOREIGN KEY (service) REFERENCES service(code) ON DELETE CASCADE;

ALTER TABLE ONLY service_weekday
    ADD CONSTRAINT service_weekday_service_fkey FOREIGN KEY (service) REFERENCES service(code) ON DELETE CASCADE;

ALTER TABLE ONLY session
    ADD CONSTRAINT session_person_fkey FOREIGN KEY (person) REFERENCES person(id);

ALTER TABLE ONLY shelf_doubt
    ADD CONSTRAINT shelf_doubt_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY shelf_doubt
    ADD CONSTRAINT shelf_doubt_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY shelf_mark
    ADD CONSTRAINT shelf_mark_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY shelf_mark
    ADD CONSTRAINT shelf_mark_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY supply_cancellation
    ADD CONSTRAINT supply_cancellation_purchase_order_fkey FOREIGN KEY (purchase_order) REFERENCES purchase_order(id);

ALTER TABLE ONLY supply_cancellation
    ADD CONSTRAINT supply_cancellation_transfer_fkey FOREIGN KEY (transfer) REFERENCES transfer(id);

ALTER TABLE ONLY supply_change
    ADD CONSTRAINT supply_change_purchase_order_fkey FOREIGN KEY (purchase_order) REFERENCES purchase_order(id);

ALTER TABLE ONLY supply_change
    ADD CONSTRAINT supply_change_transfer_fkey FOREIGN KEY (transfer) REFERENCES transfer(id);

ALTER TABLE ONLY tariff
    ADD CONSTRAINT tariff_service_fkey FOREIGN KEY (service) REFERENCES service(code);

ALTER TABLE ONLY tariff
    ADD CONSTRAINT tariff_zoning_fkey FOREIGN KEY (zoning) REFERENCES zoning(code);

ALTER TABLE ONLY timeline
    ADD CONSTRAINT timeline_order_id_fkey FOREIGN KEY (order_id) REFERENCES customer_order(id);

ALTER TABLE ONLY transfer_line
    ADD CONSTRAINT transfer_line_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY transfer_line
    ADD CONSTRAINT transfer_line_transfer_fkey FOREIGN KEY (transfer) REFERENCES transfer(id);

ALTER TABLE ONLY transfer
    ADD CONSTRAINT transfer_source_fkey FOREIGN KEY (source) REFERENCES node(code);

ALTER TABLE ONLY transfer
    ADD CONSTRAINT transfer_target_fkey FOREIGN KEY (target) REFERENCES node(code);

ALTER TABLE ONLY unit_claim
    ADD CONSTRAINT unit_claim_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY upload
    ADD CONSTRAINT upload_import_id_fkey FOREIGN KEY (import_id) REFERENCES file_import(id) ON DELETE CASCADE;

ALTER TABLE ONLY wait
    ADD CONSTRAINT wait_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY wait
    ADD CONSTRAINT wait_store_fkey FOREIGN KEY (store) REFERENCES node(code);

ALTER TABLE ONLY wave_claim
    ADD CONSTRAINT wave_claim_wave_fkey FOREIGN KEY (wave) REFERENCES wave(id);

ALTER TABLE ONLY wave
    ADD CONSTRAINT wave_node_fkey FOREIGN KEY (node) REFERENCES node(code);

ALTER TABLE ONLY wave_task
    ADD CONSTRAINT wave_task_wave_fkey FOREIGN KEY (wave) REFERENCES wave(id);

ALTER TABLE ONLY webhook_delivery
    ADD CONSTRAINT webhook_delivery_event_fkey FOREIGN KEY (event) REFERENCES event(seq) ON DELETE CASCADE;

ALTER TABLE ONLY webhook_delivery
    ADD CONSTRAINT webhook_delivery_webhook_fkey FOREIGN KEY (webhook) REFERENCES webhook(id) ON DELETE CASCADE;

ALTER TABLE ONLY webhook_health
    ADD CONSTRAINT webhook_health_webhook_fkey FOREIGN KEY (webhook) REFERENCES webhook(id) ON DELETE CASCADE;

ALTER TABLE ONLY webhook_secret
    ADD CONSTRAINT webhook_secret_webhook_fkey FOREIGN KEY (webhook) REFERENCES webhook(id) ON DELETE CASCADE;

ALTER TABLE ONLY withdrawn_unit
    ADD CONSTRAINT withdrawn_unit_report_fkey FOREIGN KEY (report) REFERENCES customer_report(id);

ALTER TABLE ONLY withdrawn_unit
    ADD CONSTRAINT withdrawn_unit_sku_fkey FOREIGN KEY (sku) REFERENCES sku(code);

ALTER TABLE ONLY work_setting
    ADD CONSTRAINT work_setting_node_fkey FOREIGN KEY (node) REFERENCES node(code);
