-- A file may call its columns otherwise than we do; and locations and boxes come and go by the door.

alter table file_import add column columns text[];
comment on column file_import.columns is 'what each column of the file is to us, in its order; empty: left out; null: as the header says';
alter table file_import drop constraint an_import_has_a_kind;
alter table file_import add constraint an_import_has_a_kind check (
    kind in (
        'catalog', 'network', 'zonings', 'tariffs', 'stock', 'orders', 'keep-backs', 'asns',
        'channel-measures', 'locations', 'boxes'
    )
);
alter table file_export drop constraint an_export_has_a_kind;
alter table file_export add constraint an_export_has_a_kind check (
    kind in (
        'skus', 'nodes', 'zonings', 'tariffs', 'stock', 'balances', 'movements', 'orders',
        'keep-backs', 'asns', 'channel-measures', 'locations', 'boxes'
    )
);
