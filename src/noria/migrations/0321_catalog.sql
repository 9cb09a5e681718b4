-- What law lets nobody withdraw from, and why.

set local lock_timeout = '5s';

alter table sku
    add column withdrawal_bar text not null default 'none'
        constraint a_bar_to_withdrawal_is_known check (withdrawal_bar in (
            'none', 'made_to_specification', 'perishable', 'sealed_hygiene', 'sealed_media',
            'mixed', 'press'
        ));
comment on column sku.withdrawal_bar is
    'why nobody withdraws from it (EU 2011/83, article 16); sealed: once its seal is broken';
