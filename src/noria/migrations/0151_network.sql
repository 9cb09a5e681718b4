-- Public holidays are rows, so that what SQL reckons in open hours rests on the days on which Python does.

create table public_holiday (
    country text not null,
    region text not null,
    day date not null,
    primary key (country, region, day)
);
comment on table public_holiday is
    'days on which a country (region: empty), or a region of it, rests; kept some years ahead by the worker';

create table holiday_region (
    country text not null,
    starts text not null constraint a_region_is_of_some_postcodes check (starts <> ''),
    region text not null,
    primary key (country, starts)
);
comment on table holiday_region is 'postcodes that begin so lie in a region with holidays of its own';

create function rests_on(of_node text, on_day date)
returns boolean
language sql stable
as $$
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
comment on function rests_on is 'whether a node keeps a public holiday on that day, where it lies';

create or replace function after_open_minutes(of_node text, since timestamptz, minutes integer)
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
comment on function after_open_minutes is
    'when a node will have been open for so many minutes since then, by its hours, openings, closures and public holidays';
