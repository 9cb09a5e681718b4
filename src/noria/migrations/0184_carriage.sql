-- A label that was bought before the address of its order changed is taken back, and another asked for.

alter table label add column told_edits int;
comment on column label.told_edits is 'how often the address of its order had changed when its carrier, or a person, was last told of it; null before that';

update label
set told_edits = (
    select count(*)
    from order_edit
    where order_edit.order_id = label.order_id and changes && array['recipient', 'place']
        and edited_at <= label.state_since
)
where state in ('bought', 'stuck') and not is_linked;

create or replace view carriage_exception as
select case trouble.kind when 'kept' then 'label.kept' else 'label.outdated' end as kind,
    'leg:' || label.leg_id as subject, label.node::text as node,
    trouble.since, label.account || ' ' || label.number || ': ' || trouble.detail as detail,
    case when trouble.kind = 'kept' then label.cents else worth.cents end as money_cents,
    worth.currency,
    case when node.kind = 'store' then 'store_manager' else 'operations' end as owner,
    jsonb_build_object('order', label.order_id, 'leg', label.leg_id, 'label', label.id,
        'box', label.box, 'carrier', label.account, 'number', label.number,
        'says', trouble.detail, 'is_kept', label.state = 'bought') as facts
from label_trouble as trouble
join label on label.id = trouble.label
join leg on leg.id = label.leg_id
join leg_worth as worth on worth.leg_id = label.leg_id
left join node on node.code = label.node
where trouble.settled_at is null and case trouble.kind
        when 'kept' then label.state = 'bought' and leg.withdrawn_at is not null
        when 'outdated' then leg.withdrawn_at is null and leg.shipped_at is null
            and (label.state = 'cancelled' or label.state = 'bought' and exists (
                select from label_trouble as kept where kept.label = label.id and kept.kind = 'kept'
            ))
    end;
