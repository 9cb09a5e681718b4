-- Holds that are extended, confirmed, taken from and given back, part by part.

alter table reservation add column drawn bigint;
alter table reservation alter column drawn set default 0;
alter table reservation add constraint held_and_drawn_are_parts_of_it
    check (held + drawn <= quantity) not valid;
comment on column reservation.drawn is 'units taken or given back on purpose; what is neither held nor drawn lapsed when the time was over, and may be held again; null: from before this was kept';
