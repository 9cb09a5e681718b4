-- Of a file it is told which lines are new and which change something, with examples; and every table
-- of the network and the catalog can be taken out.

alter table file_import add column lines_new integer not null default 0;
alter table file_import add column examples jsonb not null default '[]';
comment on column file_import.lines_new is 'of lines_written, those that say what was not there';
comment on column file_import.examples is 'the first lines that are new or change something, with what';
alter table file_export drop constraint an_export_has_a_kind;
alter table file_export add constraint an_export_has_a_kind check (
    kind in (
        'skus', 'nodes', 'zonings', 'tariffs', 'stock', 'balances', 'movements', 'orders',
        'keep-backs', 'asns', 'channel-measures', 'locations', 'boxes', 'services', 'lanes',
        'channels', 'exclusions', 'assortment-rules', 'channel-networks', 'partner-terms',
        'purchase-orders', 'transfers', 'receipts', 'promises'
    )
);
