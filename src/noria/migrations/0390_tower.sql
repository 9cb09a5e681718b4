-- An audit keeps its place among nodes too: sums of nodes are compared in slices, as those of SKUs are.

set local lock_timeout = '5s';
set local statement_timeout = '30s';

alter table audit_run
    add column after_node text,
    add column are_nodes_done boolean not null default false;
comment on column audit_run.after_node is 'the last node of the last slice of nodes that was looked at; null before the first';
