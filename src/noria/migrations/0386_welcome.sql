-- What is dear to ask of a whole book is asked by one look at a time, and kept with the instant of it.

set local lock_timeout = '5s';
set local statement_timeout = '30s';

create table kept_look (
    name text primary key,
    began_at timestamptz not null,
    at timestamptz not null,
    seen text not null,
    answer jsonb not null
);
comment on table kept_look is 'what a first hour found when it looked last, and what launches did';
comment on column kept_look.began_at is 'on the clock of the machine: whatever was committed before, it saw';
comment on column kept_look.at is 'on the clock of the business, which may be driven';
comment on column kept_look.seen is 'what it was made of, such as the files that were in by then; of anything else it says nothing';
