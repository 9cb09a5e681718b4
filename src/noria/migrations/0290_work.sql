-- Goods that are sold by weight weigh what their labels say, not what the catalog does.

alter table scan add column weight_g bigint;
alter table scan add constraint a_scanned_unit_weighs_something check (weight_g > 0) not valid;
comment on column scan.weight_g is 'of one unit, where the code says it';
