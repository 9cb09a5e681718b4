"""How what waits would be sent once what comes for it is there: decided as it will be then."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from msgspec import structs

from noria.catalog import views as catalog
from noria.kit.db import Connection
from noria.network.diary_model import Agenda
from noria.network.scene_rules import schedule
from noria.partners import views as partners
from noria.policies import views as live
from noria.promise import atp_views, production_views
from noria.promise import shortage_views as shortages
from noria.sourcing import actions
from noria.sourcing import coming_rules as rules
from noria.sourcing.actions import Sight
from noria.sourcing.candidates import Around
from noria.sourcing.coming_rules import Coming
from noria.sourcing.ground import Register
from noria.sourcing.memory import scene_of
from noria.sourcing.model import Plan, Wish

FARTHEST = timedelta(days=120)
DAY = timedelta(days=1)


def foresee(
    tx: Connection, wishes: Sequence[Wish], *, load: Mapping[str, Agenda], now: datetime
) -> dict[str, Plan]:
    """The plan that each wish would get on the first day on which what comes is enough for it.

    What waits longer is served first. What comes on a day is begun on the next; what is made to
    order waits for its turn at who makes it. A wish of which nobody knows how it could be sent is
    left out. Nothing is written or locked.
    """
    codes = sorted({sku for wish in wishes for sku in wish.wanted})
    known = {
        channel: rules.coming(
            atp_views.picture(
                tx, codes, channel=channel, shopper=None, now=now, until=now.date() + FARTHEST
            )
        )
        for channel in sorted({wish.channel for wish in wishes}, key=str)
    }
    asked = [wish for wish in wishes if rules.days(known[wish.channel], wish.wanted)]
    if not asked:
        return {}
    ahead = shortages.ahead(tx, [f"order:{wish.order_id}" for wish in asked])
    times = _Times(tx, asked, known, load=load, now=now)
    plans = {
        wish.order_id: times.first(wish, ahead.get(f"order:{wish.order_id}", {})) for wish in asked
    }
    return {order: plan for order, plan in plans.items() if plan is not None}


class _Times:
    """The network on the days to come, each looked at once."""

    def __init__(
        self,
        tx: Connection,
        wishes: Sequence[Wish],
        known: Mapping[str | None, Coming],
        *,
        load: Mapping[str, Agenda],
        now: datetime,
    ) -> None:
        codes = sorted({sku for wish in wishes for sku in wish.wanted})
        nodes = {node for one in known.values() for some in one.units.values() for node in some}
        nodes |= {supply.node for one in known.values() for supply in one.supplies}
        nodes |= {wish.point for wish in wishes if wish.point is not None}
        self._known, self._load, self._now = known, load, now
        self._stage = actions.stage(tx, nodes, wishes, now)
        self._taken = production_views.taken(tx, self._stage.nodes, self._stage.holidays, now=now)
        terms = partners.prices_at(tx, codes, sorted(nodes), now.date())
        made = {
            channel: {(sku, node) for sku, makers in one.made.items() for node in makers}
            for channel, one in known.items()
        }
        self._policy, goods = live.live(tx), catalog.skus(tx, codes)
        self._around = {channel: Around(prices=terms, made=made[channel]) for channel in known}
        self._goods = goods
        self._sights: dict[date | None, Sight] = {}
        self._register = Register()

    def first(self, wish: Wish, ahead: Mapping[str, int]) -> Plan | None:
        """The plan on the first day on which all of it can be sent."""
        known = self._known[wish.channel]
        for day in rules.days(known, wish.wanted):
            there = rules.shelves(known, wish.wanted, ahead, day)
            if not rules.are_enough(there, wish.wanted):
                continue
            sight = self._made_later(self._sight(day), rules.made_before(known, wish.wanted, ahead))
            sight = structs.replace(
                sight,
                stocks={wish.channel: there},
                free={node: known.free[node] for node in there if node in known.free},
            )
            # Who refuses an order today is asked for it again on another day.
            then = wish if day is None else structs.replace(wish, without=frozenset())
            plan, _ = actions.decided(sight, [then], register=self._register)[wish.order_id]
            if plan.legs and not plan.short:
                return plan
        return None

    def _sight(self, day: date | None) -> Sight:
        if day not in self._sights:
            at = self._now
            if day is not None:
                at = max(at, datetime.combine(day + DAY, time.min, UTC))
            scene = scene_of(self._stage, at, self._taken)
            diaries = actions.diaries_of(scene, self._load, at)
            self._sights[day] = Sight(
                now=at,
                policy=self._policy,
                scene=actions.begun_on_days(scene, diaries),
                stocks={},
                free={},
                goods=self._goods,
                diaries=diaries,
                around=self._around,
            )
        return self._sights[day]

    def _made_later(self, sight: Sight, before: Mapping[str, int]) -> Sight:
        """The sight in which makers make so many units of others first."""
        if not before:
            return sight
        scene = sight.scene
        taken = {node: dict(days) for node, days in scene.taken.items()}
        for node, units in before.items():
            made = schedule(
                scene.nodes[node], units, taken[node], scene.holidays[node], scene.as_of
            )
            for day, count in made:
                taken[node][day] = taken[node].get(day, 0) + count
        return structs.replace(sight, scene=structs.replace(scene, taken=taken))
