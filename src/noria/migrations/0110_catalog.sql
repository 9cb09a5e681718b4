-- How large a SKU is, packed: what decides which box it fits.

alter table sku
    add column length_mm int not null default 0,
    add column width_mm int not null default 0,
    add column height_mm int not null default 0,
    add column keeps_upright boolean not null default false,
    add column ships_as_is boolean not null default false,
    add constraint a_sku_is_as_large_as_it_is check (least(length_mm, width_mm, height_mm) >= 0);
comment on column sku.length_mm is 'packed; 0: not known, and its volume stands in';
comment on column sku.keeps_upright is 'its height stays its height in a box';
comment on column sku.ships_as_is is 'its own packaging is its parcel';
