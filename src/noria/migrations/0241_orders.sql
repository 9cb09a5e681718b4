-- Whoever has not paid is reminded before their order is cancelled, and is told until when.

alter table order_hold add column pay_by timestamptz;
comment on column order_hold.pay_by is 'until when its customer was told to pay; null: they were not reminded (yet)';
