-- Reasons that nobody wrote are codes with their figures, and stand in no language.

set local lock_timeout = '3s';

do $$
declare
    was text := pg_get_viewdef('kept_rule');
    became text := replace(replace(was,
        '"left"((''not sold there: ''::text || exclusion.reason), 200)',
        'coalesce(nullif("left"(exclusion.reason, 200), ''''), ''not-sold-there'')'),
        '''not found there: a count is called''', '''not-found-there''');
begin
    if became not like '%not-sold-there%' or became not like '%not-found-there%' then
        raise exception 'the view kept_rule is not as this migration knows it';
    end if;
    execute 'create or replace view kept_rule as ' || rtrim(became, ';');
end
$$;

update node_trust set reason = 'partner-not-active' where reason = 'the partner is not active';
update node_trust
set reason = regexp_replace(
    reason,
    '^trust (\d+)%: counted (\S+) (\S+) UTC, expected every (\d+) min; (\d+) of (\d+) units refused;'
        ' a feed loses (\d+)%$',
    'figures trust=\1 counted_at=\2T\3 every_minutes=\4 refused_units=\5 asked_units=\6 lost=\7')
where reason like 'trust %';
