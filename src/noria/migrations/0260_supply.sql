-- What is still to come of a purchase, and what was received of late, are found without what is done.

create index purchase_line_open on purchase_line (purchase_order) where quantity > received;
create index receipt_recorded on receipt (recorded_at);
