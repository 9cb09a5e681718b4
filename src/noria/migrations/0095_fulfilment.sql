-- Of parcels whose customer was erased no word is kept, also if their carrier says it again.

alter table parcel_number add column erased_at timestamptz;
comment on column parcel_number.erased_at is 'since when a carrier''s words for this parcel are not kept: they may name the customer';
