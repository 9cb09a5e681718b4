-- What a unit is worth left where it lies: opportunity prices, and the runs that work them out.

create table price_run (
    number bigint generated always as identity primary key,
    as_of timestamptz not null,
    moves_until bigint not null,
    orders int not null,
    skus int not null,
    futures int not null constraint a_run_looks_at_some_futures check (futures > 0),
    done int not null default 0 constraint no_more_is_done_than_there_is check (done <= futures),
    published_at timestamptz
);
comment on table price_run is 'one working out of opportunity prices: of which moment, from how many past orders, how far it is';
comment on column price_run.moves_until is 'the last move that it knew of';

create table price_part (
    run bigint not null references price_run on delete cascade,
    future int not null,
    record bytea not null,
    primary key (run, future)
);
comment on table price_part is 'the prices of one future while a run is under way, so that it goes on from there';

create table opportunity_price (
    sku code not null,
    node code not null,
    cents int not null constraint a_price_that_is_kept_is_positive check (cents > 0),
    primary key (sku, node)
);
comment on table opportunity_price is 'what a unit is worth left where it lies, by the last run that was published; what is not there is worth nothing';
