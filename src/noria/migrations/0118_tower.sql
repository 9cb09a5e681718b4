-- What people did about exceptions: who looks after one, until when it may wait, what was said.

create table exception_note (
    id code primary key,
    number bigint generated always as identity,
    kind text not null,
    subject text not null,
    verb text not null,
    person text,
    until timestamptz,
    words text not null default '',
    actor text not null,
    at timestamptz not null,
    constraint a_note_is_of_a_verb check (verb in ('assigned', 'snoozed', 'commented')),
    constraint only_who_is_assigned_is_named check (person is null or verb = 'assigned'),
    constraint only_a_snooze_has_an_end check (until is null or verb = 'snoozed'),
    constraint a_comment_says_something check (verb <> 'commented' or words <> ''),
    constraint a_note_is_short check (length(words) <= 2000)
);

comment on table exception_note is 'what people did about exceptions; of who has it and until when it may wait, the last word holds';

create index exception_note_by_subject on exception_note (kind, subject, number);

create view exception_care as
select distinct kind, subject,
    (
        select person from exception_note as last
        where (last.kind, last.subject, last.verb) = (note.kind, note.subject, 'assigned')
        order by number desc
        limit 1
    ) as person,
    (
        select until from exception_note as last
        where (last.kind, last.subject, last.verb) = (note.kind, note.subject, 'snoozed')
        order by number desc
        limit 1
    ) as snoozed_until,
    (
        select count(*) from exception_note as said
        where (said.kind, said.subject, said.verb) = (note.kind, note.subject, 'commented')
    ) as comments
from exception_note as note;

comment on view exception_care is 'who looks after an exception, until when it may wait, and how much was said of it';
