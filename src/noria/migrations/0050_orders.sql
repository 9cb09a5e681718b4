-- What an order wishes beyond its units.

alter table order_line add column gift_wrap boolean not null default false;
alter table customer_order add column own_packaging boolean not null default false;
comment on column order_line.gift_wrap is 'its units are sent wrapped: only by nodes that wrap gifts';
comment on column customer_order.own_packaging is 'in our boxes: only by nodes that have them';
