-- Where a carrier tells by itself: an address of its own, whose secret part is kept as a digest.

create table carrier_hook (
    account code primary key references carrier_account,
    digest bytea not null unique constraint a_digest_is_whole check (length(digest) = 32),
    made_at timestamptz not null,
    actor text not null,
    heard_at timestamptz
);
comment on table carrier_hook is 'addresses at which carriers tell of parcels, and may do nothing else; one an account';
