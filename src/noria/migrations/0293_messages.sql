-- Who reports a problem hears what was done about it.

alter table customer_report add column told text not null default ''
    constraint what_is_told_is_short check (length(told) <= 2000);
comment on column customer_report.told is 'the answer that the customer reads; empty: they hear nothing';
