alter table order_watch
    add column unsure_of date,
    add column is_unsure boolean not null default false;
comment on column order_watch.unsure_of is 'the last day promised of which its customer was told that it hardly holds, and that nobody can say what comes instead';
comment on column order_watch.is_unsure is 'whether that is so now';
