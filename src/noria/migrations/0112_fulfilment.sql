-- Units may be told to be missing before the rest of a leg is picked, for several reasons.

alter table short_pick
    drop constraint short_pick_leg_id_fkey,
    drop constraint short_pick_pkey,
    drop constraint a_short_pick_says_why,
    add column told_at timestamptz,
    add constraint a_short_pick_says_why check (reason in ('not_found', 'damaged', 'expired', 'too_busy')),
    add primary key (leg_id, line, reason);
comment on column short_pick.told_at is 'when they were told to be missing; null: when the leg was picked';

create table box (
    node code not null references node,
    code code not null,
    length_mm int not null,
    width_mm int not null,
    height_mm int not null,
    tare_g int not null,
    max_weight_g int not null,
    primary key (node, code),
    constraint a_box_holds_something check (least(length_mm, width_mm, height_mm, max_weight_g) > 0 and tare_g >= 0)
);
comment on table box is 'the boxes that nodes pack in, as they are inside';

create table packing (
    leg_id code primary key,
    node code not null,
    packed_at timestamptz not null,
    recorded_at timestamptz not null,
    actor text not null
);
comment on table packing is 'legs whose boxes were closed before they were handed over';

create table packed_box (
    leg_id code not null references packing,
    number int not null,
    sscc text not null unique constraint a_packed_box_has_an_sscc check (sscc ~ '^[0-9]{18}$'),
    box code,
    length_mm int not null,
    width_mm int not null,
    height_mm int not null,
    weight_g int not null,
    units jsonb not null,
    primary key (leg_id, number),
    constraint a_packed_box_weighs_something check (weight_g > 0 and least(length_mm, width_mm, height_mm) >= 0)
);
comment on table packed_box is 'what is in each box of a leg, how large and heavy it is; box: as the node calls it';
