-- What is sold: SKUs, the barcodes that name them, the channels that sell them.

create table sku (
    code code primary key,
    name text not null constraint a_sku_has_a_name check (length(name) between 1 and 200),
    weight_g int not null default 0 constraint weight_is_not_negative check (weight_g >= 0),
    volume_cm3 int not null default 0 constraint volume_is_not_negative check (volume_cm3 >= 0),
    price_cents bigint not null default 0 constraint price_is_not_negative check (price_cents >= 0),
    cost_cents bigint not null default 0 constraint cost_is_not_negative check (cost_cents >= 0),
    currency text not null default 'EUR' constraint currency_is_iso_4217 check (currency ~ '^[A-Z]{3}$'),
    is_sold boolean not null default true,
    version bigint not null default 1,
    changed_at timestamptz not null default noria_now()
);

create table barcode (
    gtin text primary key constraint a_gtin_has_14_digits check (gtin ~ '^[0-9]{14}$'),
    sku code not null references sku,
    units int not null default 1 constraint a_pack_has_units check (units > 0)
);
comment on table barcode is 'GTIN, padded to 14 digits, of one unit or of a pack of `units`';
create index barcode_by_sku on barcode (sku);

create table channel (
    code code primary key,
    name text not null,
    version bigint not null default 1
);

create table exclusion (
    channel code not null references channel,
    sku code not null references sku,
    reason text not null,
    primary key (channel, sku)
);
comment on table exclusion is 'a SKU that a channel does not sell; every other one it does';
