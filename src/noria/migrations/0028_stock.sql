-- Which units moved is part of the book, and only added to.

create trigger lots_moved_are_only_added before update or delete or truncate on move_lot
    for each statement execute function refuse_to_change_the_book();
create trigger serials_moved_are_only_added before update or delete or truncate on move_serial
    for each statement execute function refuse_to_change_the_book();
alter table move_lot enable always trigger lots_moved_are_only_added;
alter table move_serial enable always trigger serials_moved_are_only_added;
