-- A customer's orders are found by the customer.

create index customer_order_by_customer on customer_order (customer, id);
