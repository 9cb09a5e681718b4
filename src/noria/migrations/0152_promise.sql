-- A promise whose customer chose another day is kept by that day.

alter table promise add column chosen_to date
    constraint a_chosen_day_is_a_later_one check (chosen_to >= promised_from);
comment on column promise.chosen_to is 'the day that the customer chose instead, and its carrier agreed to';
