-- Receipts are listed, the newest first.

create index receipt_by_time on receipt (received_at desc, id desc);
