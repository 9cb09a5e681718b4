-- Bulk files: what was sent in until it is read, what was wrong with it, what was taken out.

create table file_import (
    id code primary key,
    kind text not null constraint an_import_has_a_kind
        check (kind in ('catalog', 'network', 'stock', 'orders')),
    name text not null,
    worksheet text,
    keep_good boolean not null,
    actor text not null,
    nodes text[],
    asked_at timestamptz not null default now(),
    finished_at timestamptz,
    lines_read int not null default 0,
    lines_good int not null default 0,
    lines_written int not null default 0,
    lines_unchanged int not null default 0,
    fault_count int not null default 0
);
comment on column file_import.nodes is 'where its sender may count stock; null: everywhere';
create index file_import_by_age on file_import (asked_at);

create table upload (
    import_id code primary key references file_import on delete cascade,
    content bytea not null
);
comment on table upload is 'the bytes of a file, from when it is sent until it has been read';

create table import_fault (
    import_id code not null references file_import on delete cascade,
    number int not null,
    line int not null,
    column_name text not null,
    code text not null,
    says_en text not null,
    says_fr text not null,
    primary key (import_id, number)
);

create table file_count (
    id code primary key,
    taken_at timestamptz not null default now()
);
comment on table file_count is 'counts of stock that came by file: the same one again is passed over';

create table file_export (
    id code primary key,
    kind text not null constraint an_export_has_a_kind
        check (kind in ('skus', 'nodes', 'stock', 'balances', 'movements', 'orders')),
    form text not null constraint an_export_is_csv_or_parquet check (form in ('csv', 'parquet')),
    actor text not null,
    nodes text[],
    asked_at timestamptz not null default now(),
    finished_at timestamptz,
    size_bytes bigint not null default 0
);
comment on column file_export.nodes is 'the nodes whose lines its sender may see; null: all';
create index file_export_by_age on file_export (asked_at);

create table export_chunk (
    export_id code not null references file_export on delete cascade,
    number int not null,
    content bytea not null,
    primary key (export_id, number)
);
comment on table export_chunk is 'a file that was taken out, in pieces, kept for 7 days';
