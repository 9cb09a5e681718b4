-- How legs under way turn out, by what was known of them at each hour of a day; carriers in a replay.

create table arrival_pace (
    service text not null,
    says text not null,
    overdue smallint not null,
    hour smallint not null constraint an_hour_is_one_of_a_day check (hour between 0 and 23),
    seen double precision not null,
    came double precision not null,
    primary key (service, says, overdue, hour),
    constraint what_came_was_seen check (came between 0 and seen)
) with (fillfactor = 80);
comment on table arrival_pace is 'of legs of which a carrier had said that by that hour, so many working days after the day they were planned for: how many were seen, and how many came that day; what is old fades';

create table arrival_pace_day (
    only_one boolean primary key default true constraint there_is_one_last_day check (only_one),
    through date not null
);
comment on table arrival_pace_day is 'the last day that is in the pace of arrivals';

alter table replay add column carriers text not null default 'off';
comment on column replay.carriers is 'how troubled the carriers of the story are';
