-- A partner has so many minutes to answer in which it is open: nobody answers at night.

create function after_open_minutes(of_node text, since timestamptz, minutes integer)
returns timestamptz
language plpgsql stable
as $$
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
comment on function after_open_minutes is
    'when a node will have been open for so many minutes since then, public holidays not reckoned';

create function breach_at(rule_kind text, of_node text, since timestamptz, minutes integer)
returns timestamptz
language sql stable
as $$
    select case rule_kind
        when 'not_accepted' then after_open_minutes(of_node, since, minutes)
        else since + make_interval(mins => minutes)
    end
$$;
comment on function breach_at is
    'when something not done is a breach: answers are waited for while the node is open, all else by the clock';
