"""What is worked out from past orders, asked for at the door: trials of policies, prices."""

from datetime import datetime
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct

from noria.kit import jobs
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import Fault, Invalid
from noria.kit.http import Door, Instant, posts
from noria.orders import trial_actions
from noria.orders.price_actions import PRICES_JOB
from noria.orders.trial_model import TRIAL_JOB, Side


class TrialBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Decide the orders placed from `since` to `until` again under each of these policies."""

    policies: Annotated[tuple[Side, ...], Meta(min_length=1, max_length=5)] = ("live",)
    since: Instant
    until: Instant


class TrialAsked(Struct, frozen=True, kw_only=True):
    """Where the trial goes on: GET /v1/jobs/{job} has its progress, and then its result."""

    job: str


@posts("/policies/trials", Permission.POLICIES_READ, status_code=202)
def post_trial(data: JSONBody[TrialBody], door: NamedDependency[Door]) -> Response[TrialAsked]:
    """Ask for a trial of policies on past orders. Nothing is written but its result."""
    if data.until <= data.since:
        raise Invalid(faults=[Fault("/until", "it ends before it begins")])

    def ask(tx: Connection, _: datetime) -> TrialAsked:
        for side in data.policies:
            trial_actions.side_of(tx, side)
        params = {
            "sides": list(data.policies),
            "since": data.since.isoformat(),
            "until": data.until.isoformat(),
        }
        return TrialAsked(job=jobs.enqueue(tx, TRIAL_JOB, params, asked_by=door.actor.id))

    return door.act(data, ask, status=202)


class PricesAsked(Struct, frozen=True, kw_only=True):
    """Where the work goes on: GET /v1/jobs/{job} has its progress, and then its result."""

    job: str


@posts("/opportunity-prices/runs", Permission.POLICIES_WRITE, status_code=202)
def post_price_run(door: NamedDependency[Door]) -> Response[PricesAsked]:
    """Work opportunity prices out anew. The worker does so each day, and as stock moves."""

    def ask(tx: Connection, _: datetime) -> PricesAsked:
        job = jobs.enqueue(
            tx, PRICES_JOB, {}, asked_by=door.actor.id, lock=PRICES_JOB, queueing_lock=PRICES_JOB
        )
        return PricesAsked(job=job)

    return door.act(None, ask, status=202)


routes = [post_trial, post_price_run]
