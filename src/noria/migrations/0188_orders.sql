-- Nodes that said that they do not send an order: until their day is over, it is not sent from there.

create table node_refused (
    order_id code not null,
    node code not null,
    until timestamptz not null,
    primary key (order_id, node)
);
comment on table node_refused is 'nodes that refused their part of an order, or had it taken from them: that order is not sourced there until their day is over';
