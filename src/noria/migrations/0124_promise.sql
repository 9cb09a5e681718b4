-- Demand that waits, and whether what is bought and comes will be enough for it.

create view supply_on_time as
select sku, node, expected_on, units
from coming
where expected_on >= noria_now()::date
union all
select sku, target, expected_on, dispatched - received
from transfer
join transfer_line on transfer_line.transfer = transfer.id
where dispatched_at is not null and received_at is null and expected_on >= noria_now()::date
    and dispatched > received;
comment on view supply_on_time is
    'units that documents bring from today on; what is late is not in it: nobody knows when it comes';

create view demand_cover as
with waits as (
    select demand, line, sku, units, since,
        sum(units) over (partition by sku order by since, demand, line)::bigint as until_here
    from expected_demand
), comes as (
    select sku, sum(units)::bigint as units
    from supply_on_time
    where sku in (select sku from expected_demand)
    group by sku
)
select demand, line, waits.sku, waits.units, since,
    least(greatest(until_here - coalesce(comes.units, 0), 0), waits.units) as uncovered
from waits
left join comes on comes.sku = waits.sku;
comment on view demand_cover is
    'units that no node sends yet, and how many of them no document brings: who waits longest is covered first';
