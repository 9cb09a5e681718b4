-- Wishes are written before it is known whether they may be: what would forbid it is asked last, in
-- the same trip, and breaks the transaction.
create function only_if(it_holds boolean) returns void
language plpgsql as $$
begin
    if it_holds is not true then
        raise exception 'this has to be looked at one by one' using errcode = 'NW001';
    end if;
end
$$;
comment on function only_if is 'breaks a transaction that went the short way where the long one is due';
