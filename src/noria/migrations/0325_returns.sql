-- After how many days a return is for a person, the policy says.

create or replace view return_exception as
select case when rma.received_at is null then 'return.missing' else 'return.uninspected' end as kind,
    'return:' || rma.id as subject, rma.node::text as node,
    coalesce(rma.received_at, rma.asked_at) as since,
    rma.order_id || ': ' || goods.named as detail, goods.cents as money_cents,
    customer_order.currency,
    case when node.kind = 'store' then 'store_manager' else 'operations' end as owner,
    jsonb_build_object('order', rma.order_id, 'return', rma.id, 'goods', goods.named,
        'at', coalesce(rma.received_at, rma.asked_at), 'is_plain', goods.is_plain,
        'as_new', goods.as_new) as facts
from rma
join customer_order on customer_order.id = rma.order_id
left join node on node.code = rma.node
cross join lateral (
    select coalesce(string_agg(units || ' × ' || sku, ', ' order by sku), '0') as named,
        sum(units * (
            select max(price_cents)
            from order_line
            where order_line.order_id = rma.order_id and order_line.sku = inside.sku
        ))::bigint as cents,
        coalesce(bool_and(sku.tracking = 'untracked'), true) as is_plain,
        coalesce(jsonb_agg(jsonb_build_object('sku', inside.sku, 'quantity', units, 'grade', 'A',
            'disposition', 'restock') order by inside.sku), '[]') as as_new
    from (
        select rma_line.sku,
            case when rma.received_at is null then quantity else received end as units
        from rma_line
        where rma_id = rma.id
    ) as inside
    join sku on sku.code = inside.sku
    where units > 0
) as goods
where rma.closed_at is null
    and case when rma.received_at is null then rma.asked_at < noria_now()
            - make_interval(days => (select live_setting('return_missing_days', 21)))
        else rma.received_at < noria_now()
            - make_interval(days => (select live_setting('return_uninspected_days', 2))) end;
