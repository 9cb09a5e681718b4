-- A return that was called off is told from one that came and was inspected.

alter table rma add column called_off_at timestamptz
    constraint what_is_called_off_is_closed check (called_off_at is null or closed_at is not null);
comment on column rma.called_off_at is 'nothing of it came, and nothing is waited for any more';
