-- Customers may also choose to hear by chat, and by the shop's own app.
alter table message_choice
    add column chat boolean not null default false,
    add column push boolean not null default false;
