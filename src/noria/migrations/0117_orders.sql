-- Orders are found by whatever is known of them: a number, a customer, a name, a phone, a parcel.

set lock_timeout = '5s';

create index customer_order_like_id on customer_order (lower(id) text_pattern_ops);
create index customer_order_like_customer on customer_order (lower(customer) text_pattern_ops);
create index parcel_number_like_number on parcel_number (lower(number) text_pattern_ops);

create function recipient_words(name text, email text, phone text) returns tsvector
language sql immutable parallel safe
return to_tsvector(
    'simple'::regconfig,
    regexp_replace(name || ' ' || email, '[^[:alnum:]]+', ' ', 'g') || ' '
        || right(regexp_replace(phone, '[^0-9]', '', 'g'), 9)
);

comment on function recipient_words is 'what a recipient is searched by: words of name and e-mail, the last nine digits of the phone';

create index recipient_by_words on recipient using gin (recipient_words(name, email, phone));
