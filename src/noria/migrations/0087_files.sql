-- What channels did comes and goes as a file.

alter table file_import drop constraint an_import_has_a_kind;
alter table file_import add constraint an_import_has_a_kind check (
    kind in (
        'catalog', 'network', 'zonings', 'tariffs', 'stock', 'orders', 'keep-backs', 'asns',
        'channel-measures'
    )
);
alter table file_export drop constraint an_export_has_a_kind;
alter table file_export add constraint an_export_has_a_kind check (
    kind in (
        'skus', 'nodes', 'zonings', 'tariffs', 'stock', 'balances', 'movements', 'orders',
        'keep-backs', 'asns', 'channel-measures'
    )
);
