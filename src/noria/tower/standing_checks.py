"""What rows of exceptions say again of what the rooms' views say."""

from noria.kit.checks import Check
from noria.kit.errors import Text

CHECKS = (
    Check(
        name="exception.standing",
        question=Text(
            "Does the work list say what the rooms say, but for what came since it was looked at?",
            "La liste de travail dit-elle ce que disent les services, hors nouveautés\u202f?",
        ),
        of="exceptions",
        statement="""
            select 'exception:' || coalesce(said.kind, known.kind) || ' '
                    || coalesce(said.subject, known.subject) as subject,
                coalesce(said.facts, known.facts) ->> 'sku' as sku,
                coalesce(said.node, known.node) as node,
                coalesce(said.owner || ' ' || said.money_cents, said.owner, 'nothing') as expected,
                coalesce(known.owner || ' ' || known.money_cents, known.owner, 'nothing') as found
            from said_exception as said
            full join standing_exception as known using (key, nth)
            join exception_look as look on true
            where coalesce(said.kind, known.kind) <> 'audit.difference'
                and (said.since, said.money_cents, said.currency, said.owner, said.facts,
                    said.due_at, said.person, said.snoozed_until)
                is distinct from (known.since, known.money_cents, known.currency, known.owner,
                    known.facts, known.due_at, known.person, known.snoozed_until)
                and coalesce(said.since <= look.at, true)
                and not exists (
                    select from event
                    where event.seq > look.seq and event.subject in (
                        said.subject, known.subject, 'order:' || said.order_id,
                        'order:' || known.order_id
                    )
                )
        """,
        compared="select count(*) from standing_exception where kind <> 'audit.difference'",
    ),
)
"""An audit looks before it asks: what happens in between has an event, or came just now.

What audits found themselves is left out: it changes with each of them.
"""
