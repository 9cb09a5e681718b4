-- Where in its town a node is: what people are sent to, and parcels come from.

set local lock_timeout = '5s';

alter table node
    add column street text not null default ''
        constraint a_street_is_a_line check (length(street) <= 200),
    add column address_more text not null default ''
        constraint more_of_an_address_is_a_line check (length(address_more) <= 200);
comment on column node.street is 'with its number';
comment on column node.address_more is 'building, entrance, floor';
