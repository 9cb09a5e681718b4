-- A carrier may say two things at one instant under one code: which of them counts is not for the order
-- in which they are told to decide.

alter table tracking_event
    drop constraint tracking_event_pkey,
    add primary key (carrier, number, happened_at, code, label, place, progress);
