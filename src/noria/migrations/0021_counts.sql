-- What was counted, when, and by whom: the last word on each shelf.

create table shelf_mark (
    sku code not null references sku,
    node code not null references node,
    cause text not null constraint a_mark_names_its_cause check (length(cause) between 3 and 130),
    counted_at timestamptz not null,
    quantity bigint not null constraint a_shelf_holds_nothing_negative check (quantity >= 0),
    recorded_at timestamptz not null,
    primary key (sku, node)
);
comment on table shelf_mark is 'when somebody last said what a shelf holds: a fact from before then, told later, is in that figure already';

create table root_cause (
    code code primary key,
    en text not null constraint a_root_cause_reads_in_english check (length(en) between 1 and 200),
    fr text not null constraint a_root_cause_reads_in_french check (length(fr) between 1 and 200),
    is_offered boolean not null default true
);
comment on table root_cause is 'why the book was wrong: a list that operations keep';

insert into root_cause (code, en, fr) values
    ('unknown', 'Nobody knows', 'Cause inconnue'),
    ('theft', 'Stolen', 'Vol'),
    ('mis_pick', 'Another article was picked or sent', 'Erreur de prélèvement ou d''envoi'),
    ('receiving', 'Received otherwise than booked', 'Erreur de réception'),
    ('damaged', 'Broken, and not told', 'Casse non signalée'),
    ('unit_of_measure', 'A pack was taken for a unit, or a unit for a pack', 'Colis pris pour une unité, ou l''inverse'),
    ('till', 'The till rang up another article', 'Erreur de caisse'),
    ('misplaced', 'It lay in another place', 'Article mal rangé'),
    ('returned', 'A return was not booked', 'Retour non enregistré'),
    ('counting', 'The count before was wrong', 'Comptage précédent erroné');

create table count_task (
    id code primary key,
    node code not null references node,
    kind text not null constraint a_count_is_of_a_known_kind check (kind in ('cycle', 'full', 'sample')),
    is_blind boolean not null,
    policy jsonb not null,
    seed bigint,
    population bigint constraint a_population_is_not_negative check (population >= 0),
    opened_at timestamptz not null,
    opened_by text not null,
    ended_at timestamptz,
    ended_by text,
    is_cancelled boolean not null default false,
    constraint an_end_has_somebody check ((ended_at is null) = (ended_by is null)),
    constraint a_cancelled_count_has_ended check (ended_at is not null or not is_cancelled),
    constraint a_sample_says_how_it_was_drawn
        check ((kind = 'sample') = (seed is not null and population is not null))
);
create index count_task_by_node on count_task (node, opened_at);

create table count_line (
    task code not null references count_task,
    sku code not null references sku,
    why jsonb,
    stage text not null constraint a_counted_line_is_at_a_stage check (
        stage in ('open', 'recount', 'approval', 'settled', 'booked', 'superseded', 'dropped')
    ),
    round smallint not null default 1 constraint a_round_is_counted_from_1 check (round >= 1),
    expected bigint,
    counted bigint constraint a_count_is_not_negative check (counted >= 0),
    difference bigint,
    value_cents bigint,
    counted_at timestamptz,
    counted_by text,
    approved_at timestamptz,
    approved_by text,
    root_cause code references root_cause,
    note text not null default '',
    booked_at timestamptz,
    movement code,
    held_short bigint not null default 0
        constraint a_held_shortage_is_not_negative check (held_short >= 0),
    exposure double precision,
    signals bigint,
    chance double precision,
    is_unusual boolean not null default false,
    primary key (task, sku),
    constraint what_is_booked_was_counted check (stage <> 'booked' or counted is not null),
    constraint an_approval_has_somebody check ((approved_at is null) = (approved_by is null))
);
comment on column count_line.held_short is 'units that are missing but held for somebody: the book keeps them until a pick fails or they are given back';
comment on column count_line.chance is 'how likely so large a difference was there; null before it is booked';
create index count_line_by_shelf on count_line (sku, task);
create index count_line_unusual on count_line (booked_at) where is_unusual or held_short > 0;

create table count_reading (
    id code primary key,
    task code not null,
    sku code not null,
    round smallint not null,
    location text not null,
    quantity bigint not null constraint a_reading_is_not_negative check (quantity >= 0),
    is_last boolean not null,
    counted_at timestamptz not null,
    recorded_at timestamptz not null,
    actor text not null,
    foreign key (task, sku) references count_line
);
create index count_reading_by_line on count_reading (task, sku);

create table shelf_record (
    sku code not null,
    node code not null,
    since timestamptz not null,
    moves bigint not null,
    refused bigint not null,
    gaps bigint not null,
    primary key (sku, node)
);
comment on table shelf_record is 'what happened on a shelf since somebody counted it; learned by the worker, begun anew by a count';

create table shelf_record_progress (
    only_one boolean primary key default true constraint there_is_only_one_row check (only_one),
    learned_up_to timestamptz not null
);

create table accuracy_sample (
    task code primary key references count_task,
    node code not null references node,
    measured_at timestamptz not null,
    population bigint not null,
    sampled bigint not null constraint a_sample_has_somebody check (sampled > 0),
    accurate bigint not null,
    estimate double precision not null,
    lower double precision not null,
    upper double precision not null,
    constraint a_sample_is_within_its_population check (accurate <= sampled and sampled <= population)
);
create index accuracy_sample_by_node on accuracy_sample (node, measured_at);

create or replace view exception as
select 'order.waiting' as kind, 'order:' || customer_order.id as subject, null::text as node,
    stage_since as since, line.units || ' units wait for stock' as detail
from customer_order
cross join lateral (
    select sum(waiting) as units from order_line where order_id = customer_order.id
) as line
where stage = 'waiting' and stage_since < noria_now() - interval '24 hours'
union all
select 'promise.late', 'order:' || order_id, node, promised_to::timestamptz,
    'promised for ' || promised_to
from promise
where settled_at is null and withdrawn_at is null and promised_to < noria_now()::date
union all
select 'stock.gap', movement.cause, move.target_node, movement.recorded_at,
    move.quantity || ' of ' || move.sku || ' were not in the book'
from movement
join move on move.movement_id = movement.id
where movement.kind = 'found' and movement.reason = 'not in the book'
    and movement.recorded_at > noria_now() - interval '7 days'
union all
select 'pick.short', 'leg:' || pick.leg_id, pick.node, pick.picked_at,
    short_pick.quantity || ' of ' || short_pick.sku || ': ' || short_pick.reason
from short_pick
join pick on pick.leg_id = short_pick.leg_id
where pick.picked_at > noria_now() - interval '7 days'
union all
select 'receipt.discrepancy', 'receipt:' || receipt.id, receipt.node, receipt.recorded_at,
    discrepancy.sku || ': ' || discrepancy.received || ' of ' || discrepancy.expected || ', '
        || discrepancy.reason
from discrepancy
join receipt on receipt.id = discrepancy.receipt
where receipt.recorded_at > noria_now() - interval '7 days'
union all
select 'count.unusual', 'count:' || count_line.task, count_task.node, count_line.booked_at,
    difference || ' of ' || sku || ' against the book: chance hardly explains it'
from count_line
join count_task on count_task.id = count_line.task
where count_line.is_unusual and count_line.booked_at > noria_now() - interval '7 days'
union all
select 'count.held_short', 'count:' || count_line.task, count_task.node, count_line.booked_at,
    held_short || ' of ' || sku || ' are held for somebody and were not found'
from count_line
join count_task on count_task.id = count_line.task
where count_line.held_short > 0 and count_line.booked_at > noria_now() - interval '7 days';
