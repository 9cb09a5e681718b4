-- Who looks after exceptions is read in one pass over the notes, not by three questions for each.

create or replace view exception_care as
select kind, subject,
    (array_agg(person order by number desc) filter (where verb = 'assigned'))[1] as person,
    (array_agg(until order by number desc) filter (where verb = 'snoozed'))[1] as snoozed_until,
    count(*) filter (where verb = 'commented') as comments
from exception_note
group by kind, subject;
