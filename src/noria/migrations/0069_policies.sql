create function policy_now(content jsonb) returns jsonb
    language sql
    immutable
    return case
        when content::text not like '%"overtime_cents"%' then content
        else jsonb_set(
            content #- '{settings,overtime_cents}',
            '{overrides}',
            coalesce(
                (
                    select jsonb_agg(kept order by place)
                    from (
                        select one #- '{sets,overtime_cents}' as kept, place
                        from jsonb_array_elements(content -> 'overrides')
                            with ordinality as given (one, place)
                    ) as override
                    where kept -> 'sets' <> '{}'
                ),
                '[]'
            )
        )
    end;

comment on function policy_now is 'a policy without settings that are no more: overtime costs what its node says';
