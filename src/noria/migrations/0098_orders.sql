-- Legs of the last days are counted by what their nodes are, without reading all there ever were.

create index leg_by_time on leg using brin (planned_at) with (autosummarize = on);
