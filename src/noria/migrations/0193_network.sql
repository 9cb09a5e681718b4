-- Until now nobody asked whether a node takes returns: those that were sent some do.
update node
set does_take_returns = true, version = version + 1, changed_at = now()
where not does_take_returns and exists (select from rma where rma.node = node.code);
