-- What was learned of deliveries, run by run, and what each promise was made of.

create table delivery_run (
    number bigint generated always as identity primary key,
    learned_at timestamptz not null,
    legs int not null constraint a_run_has_legs_or_none check (legs >= 0),
    learned jsonb not null
);
comment on table delivery_run is 'how long deliveries take, as learned at a time from all legs until then; never changed';

alter table promise
    add column option text not null default 'home_standard'
        constraint an_option_is_known check (option in (
            'home_standard', 'home_express', 'relay', 'pick_up', 'ship_to_store',
            'made_for_you', 'digital'
        )),
    add column delivery_run bigint,
    add column arrived_on date;
comment on column promise.delivery_run is 'the run of delivery_run that it was made with; null: what is believed beforehand';
comment on column promise.arrived_on is 'the day on which the last unit came';
