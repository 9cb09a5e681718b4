-- Messages that a person asked for: the first of its kind takes the place of the one that events would
-- bring; one that is sent again has no such place, so there may be several.

alter table message alter column part drop not null;
alter table message add column asked_part text;
alter table message add column asked_by text;
alter table message add constraint a_message_is_of_one_part check (num_nonnulls(part, asked_part) = 1);
alter table message add constraint what_is_sent_again_was_asked_for check (
    asked_part is null or asked_by is not null
);
comment on column message.part is 'what it is told of, once; null: it is told again, of asked_part';
comment on column message.asked_by is 'who asked for it; null: it followed from what happened';
