-- The days on which a service delivers: its own weekdays, and its own days of rest.

create table service_weekday (
    service code not null references service on delete cascade,
    weekday smallint not null constraint a_service_delivers_on_a_weekday check (weekday between 0 and 6),
    primary key (service, weekday)
);
comment on table service_weekday is 'the weekdays on which a service delivers, Monday is 0; one without any delivers from Monday to Saturday, or every day if it delivers daily';

create table service_closure (
    service code not null references service on delete cascade,
    day date not null,
    reason text not null,
    primary key (service, day)
);
comment on table service_closure is 'days on which a service neither calls at nodes nor delivers';
