-- Of each file that was brought in, what became of it the last time.

create view last_import as
select distinct on (kind, name) id, kind, name, lines_read, finished_at
from file_import
where finished_at is not null
order by kind, name, finished_at desc, id desc;

comment on view last_import is 'of files of one kind and name, the one that was brought in last';
