-- Hand-overs that a person had to look at, and has; wrong codes that somebody has looked after.

create table hand_over_settlement (
    hand_over_id code primary key references hand_over,
    words text not null default '' constraint a_settled_hand_over_is_short check (
        length(words) <= 500
    ),
    actor text not null,
    settled_at timestamptz not null
);
comment on table hand_over_settlement is 'hand-overs without proof, or after they were given up, that somebody has looked after';

alter table collect_wrong_code add column settled_at timestamptz;
comment on column collect_wrong_code.settled_at is 'when somebody looked after it: from then on it counts no more';
