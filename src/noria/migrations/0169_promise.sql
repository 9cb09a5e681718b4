-- Who puts a batch of wishes together knows what it changes. On a connection of its own it tells that
-- itself, with the statement that writes: nothing has to be worked out from the rows once more.

drop trigger balance_shifted on balance;
create trigger balance_shifted after update on balance
    referencing old table as before new table as after
    for each statement
    when (current_setting('noria.tells', true) is distinct from 'itself')
    execute function tell_levels_changed();

drop trigger reservation_made on reservation;
create trigger reservation_made after insert on reservation
    referencing new table as after
    for each statement
    when (current_setting('noria.tells', true) is distinct from 'itself')
    execute function tell_holds_changed();

create function tell_itself(bodies text[], terms int[], ends timestamptz[]) returns void
    language plpgsql
    as $$
declare
    done text;
begin
    if current_setting('noria.tells', true) = 'itself' then
        for number in 1 .. cardinality(bodies) loop
            done := tell_promise(replace(bodies[number], '@',
                ((extract(epoch from ends[terms[number]]) * 1000000)::bigint)::text));
        end loop;
    end if;
end
$$;
comment on function tell_itself is
    'what a statement changes, in lines as triggers tell them; @ is when holds end, by their term. Where noria.tells is not itself, triggers tell it';
