-- An audit keeps its place: what was killed goes on behind the last slice that it looked at.

alter table audit_run
    add column after_sku text,
    add column are_skus_done boolean not null default false;
comment on column audit_run.after_sku is 'the last SKU of the last slice that was looked at; null before the first';
