-- Scorecards of nodes, and launches of stores, ask for a node's legs of some weeks, done or not.

create index leg_planned on leg (node, planned_at);
