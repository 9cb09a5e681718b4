-- A move may take units of one place for several causes at once: the wishes of a batch for one shelf.
-- It then says how many units are for which, in order; each of them is told as a line by itself, the
-- first at the line of the move. The previous release reads such a move as it is, as one line.
alter table move
    add column causes text[],
    add column parts bigint[],
    add constraint each_cause_has_its_part check (
        case when causes is null then parts is null
        else own_cause is null and cardinality(causes) = cardinality(parts) end
    ) not valid;
comment on column move.causes is 'what it is for, where it is for several causes';
comment on column move.parts is 'units of each of the causes; they add up to its quantity';

create view move_part as
select movement_id, (line + coalesce(place - 1, 0))::smallint as line, sku,
    coalesce(part.units, quantity) as quantity, source_node, source_state, target_node,
    target_state, seq, coalesce(part.cause, own_cause) as own_cause
from move
left join lateral unnest(causes, parts) with ordinality as part (cause, units, place) on true;
comment on view move_part is 'moves, one row for each cause that they are for';
