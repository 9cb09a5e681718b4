-- An order may go to a relay point: its destination is then that of the point.

alter table customer_order add column relay code;
comment on column customer_order.relay is 'the relay point that keeps the parcel for the customer; null: it goes to the door, or to a store';
