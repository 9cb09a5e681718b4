-- What became of a message after it left: it arrived, or came back; and who could not be told.

alter table message
    add column delivered_at timestamptz,
    add column bounced_at timestamptz,
    add constraint a_message_arrived_or_came_back
        check (num_nonnulls(delivered_at, bounced_at) < 2),
    add constraint what_arrived_was_sent check (delivered_at is null or state = 'sent'),
    add constraint what_came_back_has_failed check (bounced_at is null or state = 'failed');
comment on column message.delivered_at is 'when it was with its reader, as whoever carries messages said';
comment on column message.bounced_at is 'when it came back, as whoever carries messages said';

create index message_failed on message (ended_at) where state = 'failed';

create view message_exception as
select 'message.failed'::text as kind, 'order:' || message.order_id as subject,
    null::text as node, message.ended_at as since,
    message.kind || ' ' || message.medium || ': ' || message.result as detail,
    (
        select sum((quantity - cancelled) * price_cents)::bigint
        from order_line
        where order_line.order_id = message.order_id
    ) as money_cents,
    customer_order.currency, 'operations'::text as owner,
    jsonb_build_object(
        'order', message.order_id, 'message', message.id, 'told', message.kind,
        'part', coalesce(part, asked_part), 'medium', message.medium, 'result', message.result,
        'has_come_back', bounced_at is not null
    ) as facts
from message
join customer_order on customer_order.id = message.order_id
where message.state = 'failed' and message.ended_at > noria_now() - '7 days'::interval
    and customer_order.stage not in ('delivered', 'cancelled')
    and not exists (
        select from message as later
        where later.order_id = message.order_id and later.id <> message.id
            and (
                later.medium = message.medium and later.planned_at > message.planned_at
                    and later.state in ('waiting', 'sent', 'failed')
                or later.kind = message.kind
                    and coalesce(later.part, later.asked_part)
                        = coalesce(message.part, message.asked_part)
                    and (
                        later.delivered_at is not null
                        or later.medium <> message.medium and later.state in ('waiting', 'sent')
                    )
            )
    );
comment on view message_exception is 'customers who could not be told of an order that is still on, and heard nothing else';

do $$
begin
    execute 'create or replace view every_exception as ' || rtrim(pg_get_viewdef('every_exception'), ';') || '
        union all
        select kind, subject, node, since, detail, money_cents, currency, owner, facts
        from message_exception';
end
$$;
