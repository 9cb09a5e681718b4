-- Whoever opens very many shelves at once is asked once for all of them whether their SKUs and nodes are
-- known; row by row, four look-ups and locks a shelf were a quarter of what a partner's feed cost. That
-- SKUs and nodes stay was kept by those keys, too: now it is said. The previous release deletes none.
create function balances_are_of_what_is_known() returns trigger language plpgsql as $$
begin
    if exists (
        select from (select distinct sku from after) as given
        where (select true from sku where code = given.sku) is null
    ) or exists (
        select from (select distinct node from after) as given
        where (select true from node where code = given.node) is null
    ) then
        raise exception 'a balance is of a SKU and a node that are known'
            using errcode = 'foreign_key_violation', constraint = 'a_balance_is_of_what_is_known';
    end if;
    return null;
end
$$;
create function refuse_to_forget_a_code() returns trigger language plpgsql as $$
begin
    raise exception 'a SKU or a node keeps its code, and stays'
        using errcode = 'foreign_key_violation', constraint = 'what_balances_are_of_stays';
end
$$;
create trigger balances_are_of_what_is_known after insert on balance
    referencing new table as after
    for each statement execute function balances_are_of_what_is_known();
create trigger skus_stay before delete or update of code or truncate on sku
    for each statement execute function refuse_to_forget_a_code();
create trigger nodes_stay before delete or update of code or truncate on node
    for each statement execute function refuse_to_forget_a_code();
alter table balance
    drop constraint balance_sku_fkey,
    drop constraint balance_node_fkey;
