-- A term says what becomes of a customer's line below its minimum, or of no whole packs.

set local lock_timeout = '3s';

alter table partner_term
    add column odd_amounts text not null default 'sent'
        constraint odd_amounts_are_sent_charged_or_refused
            check (odd_amounts in ('sent', 'charged', 'refused'));
create index partner_term_refuses on partner_term (sku) where odd_amounts = 'refused';
