-- What is wrong with a label and waits for a person; labels of legs that are not sent are taken back.

create table label_trouble (
    label code not null references label,
    kind text not null constraint a_trouble_has_a_kind check (
        kind in ('kept', 'outdated', 'unprinted', 'doubled', 'unlinked')
    ),
    since timestamptz not null,
    detail text not null default '',
    settled_at timestamptz,
    primary key (label, kind)
);
comment on table label_trouble is 'what is wrong with labels, until a person has seen to it or the label is over';
create index label_trouble_open on label_trouble (since) where settled_at is null;

insert into label_trouble (label, kind, since, detail)
select label.id, 'kept', label.state_since, carrier_call.detail
from carrier_call
join label on label.id = carrier_call.subject
where carrier_call.kind = 'cancel' and carrier_call.state = 'declined'
    and label.state = 'bought' and not label.is_linked;

create view carriage_exception as
select 'label.kept' as kind, 'leg:' || label.leg_id as subject, label.node::text as node,
    trouble.since, label.account || ' ' || label.number || ': ' || trouble.detail as detail,
    label.cents as money_cents, customer_order.currency,
    case when node.kind = 'store' then 'store_manager' else 'operations' end as owner,
    jsonb_build_object('order', label.order_id, 'leg', label.leg_id, 'label', label.id,
        'box', label.box, 'carrier', label.account, 'number', label.number,
        'says', trouble.detail) as facts
from label_trouble as trouble
join label on label.id = trouble.label
join leg on leg.id = label.leg_id
join customer_order on customer_order.id = label.order_id
left join node on node.code = label.node
where trouble.settled_at is null and trouble.kind = 'kept' and label.state = 'bought'
    and leg.withdrawn_at is not null;
comment on view carriage_exception is 'what went wrong with carriers and waits for a person: gone when its cause is';

-- Whatever else is on the work list by now stays on it.
do $$
begin
    execute 'create or replace view every_exception as '
        || rtrim(pg_get_viewdef('every_exception'), ';')
        || ' union all select * from carriage_exception';
end
$$;
