-- A movement may take units for several causes at once: the wishes of a batch. Each move then says
-- its own. The previous release reads such a movement as it is, with the cause of the whole.
alter table move
    add column own_cause text,
    add constraint a_cause_of_its_own_is_short check (length(own_cause) between 1 and 130) not valid;
comment on column move.own_cause is 'what it is for, where its movement is for several causes';

create or replace view entry as
select movement_id, line, sku, source_node as node, source_state as state, -quantity as change, seq,
    own_cause
from move
union all
select movement_id, line, sku, target_node, target_state, quantity, seq, own_cause from move;
