-- What stock is worth at a node, added up: whoever looks at a retailer's stock by node would else read
-- every shelf there is. It is written with the cost balances; what it was at an instant is that less what
-- came since.

create table cost_total (
    node code not null references node,
    currency text not null,
    units bigint not null,
    value_cents bigint not null,
    primary key (node, currency)
);
comment on table cost_total is 'units and their value at a node, in a currency: a cache of cost_balance';

insert into cost_total (node, currency, units, value_cents)
select node, currency, sum(units), sum(value_cents)
from cost_balance
join sku on sku.code = cost_balance.sku
group by node, currency;

create function cost_total_in_another_currency() returns trigger language plpgsql as $$
begin
    insert into cost_total as total (node, currency, units, value_cents)
    select node, told.currency, sum(told.sign * units), sum(told.sign * value_cents)
    from cost_balance
    cross join (values (old.currency, -1), (new.currency, 1)) as told (currency, sign)
    where cost_balance.sku = new.code
    group by node, told.currency
    order by node, told.currency
    on conflict (node, currency) do update
    set units = total.units + excluded.units,
        value_cents = total.value_cents + excluded.value_cents;
    return null;
end
$$;

create trigger currency_moves_the_total after update of currency on sku
    for each row when (old.currency is distinct from new.currency)
    execute function cost_total_in_another_currency();

create index value_entry_by_time on value_entry using brin (at) with (autosummarize = on);
