-- A hold may name the units that it wants.

alter table reservation add column names_units boolean not null default false;
comment on column reservation.names_units is 'which ones stands in unit_claim';
