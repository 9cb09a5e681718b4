create function all_there(there bigint, wanted bigint) returns void
    language plpgsql
    as $$
begin
    if there <> wanted then
        raise exception '% rows were to be changed, % are there', wanted, there
            using errcode = 'serialization_failure';
    end if;
end
$$;

comment on function all_there is 'breaks a statement that did not find all rows that it was to change';
