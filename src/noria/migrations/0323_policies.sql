-- What the live policy says of a thing that holds everywhere, for views.

create function live_setting(name text, otherwise int) returns int
    language sql
    stable
    return coalesce(
        (
            select (policy_now(content) -> 'settings' ->> name)::int
            from policy_version
            where id = live_policy()
        ),
        otherwise
    );
comment on function live_setting is 'a setting of the live policy; versions older than the setting decide as otherwise';
