-- What a SKU asks of whoever sends it.

alter table sku
    add column is_hazardous boolean not null default false,
    add column is_bulky boolean not null default false,
    add column is_digital boolean not null default false;
