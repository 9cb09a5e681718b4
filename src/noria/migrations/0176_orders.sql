alter table order_watch add column unsure_since timestamptz;
comment on column order_watch.unsure_since is 'since when its customer knows that it will not come as promised, and that nobody can say when instead; null: a day is known';
