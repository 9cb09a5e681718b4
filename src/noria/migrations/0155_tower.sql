-- What a director looks at, by day: counted from orders and promises, counted again while they change,
-- so that years of them are read as some hundred rows.

create table trend_day (
    day date not null,
    currency text not null,
    orders bigint not null,
    cancelled bigint not null,
    units bigint not null,
    revenue_cents bigint not null,
    sent bigint not null,
    split bigint not null,
    cost_cents bigint not null,
    primary key (day, currency),
    constraint what_is_split_was_sent check (split <= sent and sent <= orders)
);
comment on table trend_day is 'orders by the day (UTC) on which they were placed, by currency; what is cancelled of them, and how they are sent';

create table trend_promise (
    day date primary key,
    settled bigint not null,
    kept bigint not null,
    constraint what_is_kept_is_settled check (kept <= settled)
);
comment on table trend_promise is 'promises by their last day, as far as they are settled';

create table trend_level (
    day date not null,
    currency text not null,
    risk_cents bigint not null,
    stock_units bigint not null,
    stock_cents bigint not null,
    primary key (day, currency)
);
comment on table trend_level is 'how much money was at risk, and what stock was worth, as it was first looked at on a day';

create table trend_cursor (
    only_one boolean primary key default true,
    through date not null,
    constraint there_is_one_trend_cursor check (only_one)
);
comment on table trend_cursor is 'days up to this one were counted; the last weeks of them are counted again';

create index promise_judged on promise (promised_to) where settled_at is not null;
