-- A wish that is held keeps no answer beside its reservations: they say all that it was told. What
-- was sent is remembered where its first line is held, so that the same id with other content is
-- still refused. The previous release makes reservations without it, and keeps answers.
alter table reservation add column digest bytea;
comment on column reservation.digest is
    'fingerprint of the wish whose first line this is; null: it came by another way, or from before';
