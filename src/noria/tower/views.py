"""Questions over all rooms."""

from noria.kit import clock
from noria.kit.db import Connection
from noria.orders import views as orders
from noria.promise import views as promises
from noria.stock import views as stock
from noria.tower import exception_views
from noria.tower.exception_table import BY_KIND
from noria.tower.model import Summary

TAKEN_BACK = ("declined", "short", "rerouted", "cancelled")


def summary(tx: Connection) -> Summary:
    """Today in figures."""
    counted = exception_views.by_kind(tx)
    return Summary(
        at=clock.now(tx),
        orders=orders.by_stage(tx),
        units=stock.units_by_state(tx),
        promises=promises.score(tx),
        exceptions={kind: counted.get(kind, 0) for kind in BY_KIND},
        taken_back=dict.fromkeys(TAKEN_BACK, 0) | _taken_back(tx),
        sent_from=_sent_from(tx),
    )


def _sent_from(tx: Connection) -> dict[str, int]:
    return dict(
        tx.execute(
            """
            select node.kind, sum(leg_line.quantity - leg_line.gone)::bigint as units
            from leg
            join leg_line on leg_line.leg_id = leg.id
            join node on node.code = leg.node
            where planned_at > noria_now() - interval '7 days' and withdrawn_at is null
            group by node.kind
            order by units desc, node.kind
            """
        ).fetchall()
    )


def _taken_back(tx: Connection) -> dict[str, int]:
    return dict(
        tx.execute(
            """
            select case
                    when exists (select from leg_answer where leg = id and not is_accepted)
                        then 'declined'
                    when exists (
                        select from timeline
                        where timeline.order_id = leg.order_id and timeline.leg = id
                            and kind = 'withdrawn'
                    ) then 'rerouted'
                    when exists (select from short_pick where leg_id = id) then 'short'
                    else 'cancelled'
                end as why, count(*)
            from leg
            where withdrawn_at > noria_now() - interval '7 days'
            group by why
            """
        ).fetchall()
    )
