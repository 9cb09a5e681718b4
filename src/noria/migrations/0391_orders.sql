-- What law lets nobody withdraw from is kept with the line that was bought: whoever bars a SKU later takes the
-- right from nobody who bought it before.

set local lock_timeout = '5s';
set local statement_timeout = '30s';

alter table order_line add column withdrawal_bar text;
comment on column order_line.withdrawal_bar is
    'why nobody withdraws from it, as it was when it was bought (sku.withdrawal_bar, or digital; none: they may); null: bought before this was kept, what its SKU says today stands in';
