-- A carrier that does not answer when it is asked where parcels are is told once, until it answers.

set local lock_timeout = '5s';

alter table carrier_reply
    drop constraint a_reply_has_an_outcome,
    add constraint a_reply_has_an_outcome check (
        outcome in ('read', 'refused', 'unreadable', 'unanswered')
    ) not valid;
alter table carrier_reply validate constraint a_reply_has_an_outcome;

create or replace view parcel_exception as
select case progress
        when 'lost' then 'parcel.lost'
        when 'returning' then 'parcel.returning'
        when 'returned' then 'parcel.returned'
        when 'failed' then 'parcel.failed'
        else 'parcel.silent'
    end as kind,
    'leg:' || shipment.id as subject, shipment.node::text as node,
    coalesce(case when progress <> 'failed' then silent_since end, parcel_progress.since) as since,
    parcel_number.carrier || ' ' || parcel_number.number || ': '
        || coalesce(nullif(parcel_progress.label, ''), parcel_progress.code) as detail,
    coalesce(inside.cents, worth.cents) as money_cents, worth.currency, 'operations' as owner,
    jsonb_build_object('order', worth.order_id, 'leg', shipment.id, 'parcel', parcel.sscc,
        'is_known', inside.is_known, 'carrier', parcel_number.carrier, 'number', parcel_number.number,
        'progress', progress,
        'says', coalesce(nullif(parcel_progress.label, ''), parcel_progress.code)) as facts
from parcel_progress
join parcel_number using (carrier, number)
join parcel on parcel.sscc = parcel_number.sscc
join shipment on shipment.id = parcel.shipment_id
join leg on leg.id = shipment.id
cross join lateral (
    select order_id, cents, currency from leg_worth where leg_id = shipment.id offset 0
) as worth
cross join lateral (
    select is_known, cents from parcel_worth where sscc = parcel.sscc offset 0
) as inside
where (progress in ('failed', 'returning', 'returned', 'lost') or silent_since is not null)
    and leg.withdrawn_at is null
    and not exists (select from replaced_parcel where replaced_parcel.sscc = parcel.sscc)
    and not exists (select from delivery where delivery.shipment_id = shipment.id)
union all
select 'carrier.unreadable',
    'carrier:' || coalesce(account, carrier) || ' ' || left(md5(coalesce(detail, '')), 8), null,
    min(received_at),
    coalesce(account, carrier) || ': ' || coalesce(nullif(detail, ''), 'unreadable'), null, null,
    'integrator',
    jsonb_build_object('reply', max(id::text), 'carrier', coalesce(account, carrier),
        'replies', count(*), 'says', coalesce(nullif(detail, ''), 'unreadable'))
from carrier_reply
where outcome = 'unreadable' and settled_at is null
group by carrier, account, detail
union all
select case when refuses then 'carrier.refuses' else 'carrier.silent' end,
    'carrier:' || coalesce(account, carrier), null,
    case when refuses then refused_since else unanswered_since end,
    coalesce(account, carrier) || case when refuses then ' refuses' else ' does not answer' end,
    null, null, 'integrator',
    jsonb_build_object('reply', case when refuses then last_refused else last_unanswered end,
        'carrier', coalesce(account, carrier),
        'replies', case when refuses then refusals else unanswered end,
        'says', case when refuses then refused_says else unanswered_says end)
from (
    select carrier, account,
        count(*) filter (where outcome = 'refused') as refusals,
        min(received_at) filter (where outcome = 'refused') as refused_since,
        max(id::text) filter (where outcome = 'refused') as last_refused,
        (array_agg(detail order by received_at desc, id desc)
            filter (where outcome = 'refused'))[1] as refused_says,
        count(*) filter (where outcome = 'unanswered') as unanswered,
        min(received_at) filter (where outcome = 'unanswered') as unanswered_since,
        max(id::text) filter (where outcome = 'unanswered') as last_unanswered,
        (array_agg(detail order by received_at desc, id desc)
            filter (where outcome = 'unanswered'))[1] as unanswered_says,
        coalesce(min(received_at) filter (where outcome = 'refused')
                < noria_now() - interval '24 hours', false)
            or bool_or(outcome = 'refused' and detail ~ '^status 40[13]') as refuses
    from carrier_reply
    where outcome in ('refused', 'unanswered') and settled_at is null
    group by carrier, account
) as asked
where refuses
    or (unanswered >= 3 and unanswered_since <= noria_now() - interval '1 hour');
