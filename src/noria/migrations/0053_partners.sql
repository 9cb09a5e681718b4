-- Partners whose stock we sell: who they are, what they charge, and what their feeds say.

create table partner (
    code code primary key,
    name text not null,
    kind text not null constraint a_partner_is_of_a_kind check (
        kind in ('supplier', 'printer', 'third_party', 'marketplace', 'digital')
    ),
    nodes text[] not null,
    is_active boolean not null default true,
    free_from_cents bigint constraint free_from_is_not_negative check (free_from_cents >= 0),
    shipping_cents bigint not null default 0
        constraint shipping_is_not_negative check (shipping_cents >= 0),
    version bigint not null default 1,
    changed_at timestamptz not null
);
comment on column partner.shipping_cents is 'what one parcel to our customer costs us beyond the goods';
comment on column partner.free_from_cents is 'goods of so much in one parcel are sent for nothing; null: never';

create table partner_node (
    node code primary key references node,
    partner code not null references partner
);
comment on table partner_node is 'whose stock a node holds: a node has one partner';
create index partner_node_by_partner on partner_node (partner);

create table partner_term (
    partner code not null references partner,
    sku code not null references sku,
    valid_from date not null,
    valid_until date,
    reference text,
    price_cents bigint not null constraint a_price_is_not_negative check (price_cents >= 0),
    minimum_units bigint not null default 1 constraint a_minimum_is_positive check (minimum_units > 0),
    pack_units bigint not null default 1 constraint a_pack_holds_units check (pack_units > 0),
    version bigint not null default 1,
    changed_at timestamptz not null,
    primary key (partner, sku, valid_from),
    constraint a_term_begins_before_it_ends check (valid_from <= valid_until)
);
comment on table partner_term is 'what a partner charges for a SKU from a day on, and in which amounts; the latest begun counts';
create index partner_term_by_reference on partner_term (partner, reference);
create index partner_term_by_sku on partner_term (sku);

create table feed_plan (
    partner code primary key references partner,
    plan jsonb not null,
    version bigint not null default 1,
    changed_at timestamptz not null
);
comment on table feed_plan is 'how to read a partner''s feed: its columns, words and codes, and where to fetch it';

create table feed (
    id code primary key,
    partner code not null references partner,
    name text not null,
    digest bytea not null,
    is_full boolean not null,
    is_preview boolean not null,
    counted_at timestamptz not null,
    sent_at timestamptz not null,
    actor text not null,
    state text not null constraint a_feed_has_a_state check (state in (
        'waiting', 'preview', 'held', 'booking', 'booked', 'rejected', 'unreadable'
    )),
    state_since timestamptz not null,
    lines_read bigint not null default 0,
    added bigint not null default 0,
    changed bigint not null default 0,
    unchanged bigint not null default 0,
    absent bigint not null default 0,
    unknown bigint not null default 0,
    fault_count bigint not null default 0,
    units_before bigint not null default 0,
    units_found bigint not null default 0,
    units_lost bigint not null default 0,
    booked_skus bigint not null default 0,
    booked_found bigint not null default 0,
    booked_lost bigint not null default 0
);
comment on table feed is 'what a partner said it has, once; added to units_lost: what the comparison saw, booked_*: what came of it';
create index feed_by_partner on feed (partner, sent_at desc);

create table feed_content (
    feed code primary key references feed on delete cascade,
    content bytea not null
);
comment on table feed_content is 'the bytes of a feed, until it is booked or rejected';

create table feed_fault (
    feed code not null references feed on delete cascade,
    number int not null,
    line int not null,
    column_name text not null,
    code text not null,
    says_en text not null,
    says_fr text not null,
    primary key (feed, number)
);

create unlogged table feed_line (
    feed code not null,
    line int not null,
    node code not null,
    key text not null,
    quantity bigint
);
comment on table feed_line is 'a feed as it was read, while it is worked on; null: the line is faulty, and says nothing of its SKU';
create index feed_line_by_feed on feed_line (feed);

create unlogged table feed_change (
    feed code not null,
    number bigint not null,
    line int,
    node code not null,
    sku code not null,
    fed bigint not null,
    known bigint not null,
    target bigint not null,
    primary key (feed, number)
);
comment on table feed_change is 'what a feed would change, in the order in which it is booked; made again from its content after a crash';
