-- What units took with them of the tax of their line, by splits and merges, is no longer the line's.

update order_line
set tax_cents = greatest(tax_cents - given.cents, 0)
from (
    select from_order, from_line, sum(taker.tax_cents) as cents
    from order_transfer
    join order_line as taker on taker.order_id = to_order and taker.line = to_line
    group by from_order, from_line
) as given
where order_line.order_id = given.from_order and order_line.line = given.from_line;
comment on column order_line.tax_cents is 'of all its units together but those that went into other orders, contained in their prices, as the seller reckoned it';
