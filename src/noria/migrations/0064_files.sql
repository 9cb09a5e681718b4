-- Rules of what is kept back, and ASNs, come and go as files; a file can be tried without effect.

alter table file_import drop constraint an_import_has_a_kind;
alter table file_import add constraint an_import_has_a_kind check (
    kind in ('catalog', 'network', 'zonings', 'tariffs', 'stock', 'orders', 'keep-backs', 'asns')
);
alter table file_import add column is_preview boolean not null default false;
comment on column file_import.is_preview is 'it was read and tried, and nothing of it was kept';
alter table file_export drop constraint an_export_has_a_kind;
alter table file_export add constraint an_export_has_a_kind check (
    kind in (
        'skus', 'nodes', 'zonings', 'tariffs', 'stock', 'balances', 'movements', 'orders',
        'keep-backs', 'asns'
    )
);
