-- Batches that go out one behind the other on one connection: one that broke takes with it those that
-- were sent behind it, for they would be decided before it.

create function follows(before text, this text) returns void
    language plpgsql
    as $$
declare
    done text;
begin
    if this <> '' then
        if coalesce(current_setting('noria.followed', true), '') <> before then
            raise exception 'the batch before this one was not held' using errcode = 'NW002';
        end if;
        done := set_config('noria.followed', this, false);
    end if;
end
$$;
comment on function follows is
    'break, unless the session committed last what was before this; what is undone is forgotten by it';
