-- Which day a leg takes of its node's capacity, and what of a day is used up by what was picked.

alter table leg add column begun_by date;
comment on column leg.begun_by is 'the last day, at its node, on which it can be begun; null: no capacity was known, or it is older';

create table capacity_used (
    node code not null,
    day date not null,
    units bigint not null,
    legs int not null,
    primary key (node, day),
    constraint used_capacity_is_some check (units >= 0 and legs > 0)
);
comment on table capacity_used is 'what nodes of known capacity picked on a day of theirs: as much less can be begun on it';
