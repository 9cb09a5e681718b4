-- Decisions are stored packed, with the shape of their record; those stored as JSON stay readable.

alter table decision alter column explanation drop not null;
alter table decision add column record bytea;
alter table decision add constraint a_decision_is_told_once
    check (num_nonnulls(explanation, record) = 1) not valid;
alter table decision validate constraint a_decision_is_told_once;
comment on column decision.record is 'a byte for the shape, then MessagePack: see noria/sourcing/records.py';
comment on column decision.explanation is 'how decisions were stored before they were packed';
