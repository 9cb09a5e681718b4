-- Whether a text names something as a whole word, in whatever letters: "Eva" is not in "evaluation".

create function mentions(said text, word text) returns boolean language sql immutable strict
parallel safe as $$
    select said ~* (
        '(?<![[:alnum:]])'
        || regexp_replace(word, '([^[:alnum:][:space:]])', '\\\1', 'g')
        || '(?![[:alnum:]])'
    )
$$;
comment on function mentions is 'whether a text names a word, bounded by what is no letter and no digit';
