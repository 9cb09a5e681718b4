-- Who has a wave, and until when, is asked of the waves: a leg keeps only what its partner said.
alter table leg rename column begun_at to accepted_at;
update leg
set accepted_at = null
where accepted_at is not null and not exists (
    select from leg_answer where leg_answer.leg = leg.id and is_accepted
);
comment on column leg.accepted_at is 'when its partner said that it sends it: no cheaper plan takes it away';
