create index movement_not_in_the_book on movement (recorded_at)
where kind = 'found' and reason = 'not in the book';
comment on index movement_not_in_the_book is 'gaps of the last days, without reading every movement of theirs';
