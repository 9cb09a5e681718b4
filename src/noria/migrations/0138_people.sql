-- The trail is asked by what was done, too: newest first, whatever else there is.

set lock_timeout = '5s';

create index trail_by_action on trail (action, seq);
