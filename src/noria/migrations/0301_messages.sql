-- What a customer withdrew from is known by its units also where no node takes it back.

create table withdrawn_unit (
    report code references customer_report,
    sku code references sku,
    units bigint not null,
    primary key (report, sku),
    constraint somebody_withdraws_from_something check (units > 0)
);

comment on table withdrawn_unit is 'what a customer withdrew from, where nobody takes returns: a person says where it goes';

create or replace view customer_exception as
select 'order.reported' as kind, 'order:' || report.order_id as subject, null::text as node,
    reported_at as since, trouble || ': ' || left(words, 200) as detail, worth.cents as money_cents,
    worth.currency, 'operations' as owner,
    jsonb_build_object('order', report.order_id, 'report', report.id, 'trouble', trouble,
        'words', left(words, 200), 'is_withdrawal',
        exists (select from withdrawn_unit where withdrawn_unit.report = report.id)) as facts
from customer_report as report
join order_worth as worth on worth.order_id = report.order_id
where settled_at is null;
