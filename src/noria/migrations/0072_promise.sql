-- On which day a maker makes what: its capacity of a day, booked for a reservation.

create table production (
    reservation code not null,
    day date not null,
    node code not null,
    units bigint not null constraint production_makes_units check (units > 0),
    primary key (reservation, day)
);
comment on table production is 'units that a node makes on a day for a reservation; what is given back before is taken out';
create index production_by_day on production (node, day);
