-- What stock is worth at a node by state, added up: whoever looks at a retailer's stock by state would else
-- divide every shelf there is. It is written by the follower of value, in its transactions, as far as the
-- cursor says. While that is not where value is (after this migration, far behind the book, or when a SKU
-- changed its currency) nobody reads it, and the worker divides all shelves anew.

create table cost_state_total (
    node code not null references node,
    state stock_state not null,
    currency text not null,
    units bigint not null,
    value_cents bigint not null,
    primary key (node, state, currency),
    constraint outside_is_worth_nothing check (state <> 'outside')
);
comment on table cost_state_total is
    'units and their value at a node in a state, in a currency: each cost_balance divided over its states';

create table cost_state_cursor (
    only_one boolean primary key default true,
    seq bigint not null,
    constraint there_is_one_cursor check (only_one)
);
comment on table cost_state_cursor is
    'cost_state_total holds while seq is that of value_cursor; -1 is never';
insert into cost_state_cursor (seq)
select case when exists (select from cost_balance) then -1 else seq end from value_cursor;

create function cost_states_unsettled() returns trigger language plpgsql as $$
begin
    update cost_state_cursor set seq = -1 where seq <> -1;
    return null;
end
$$;

create trigger currency_unsettles_the_states after update of currency on sku
    for each row when (old.currency is distinct from new.currency)
    execute function cost_states_unsettled();
