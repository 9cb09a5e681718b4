"""Learn how long deliveries take, and keep it as a run."""

from datetime import UTC, datetime

from noria.kit.db import Connection
from noria.promise.delivery import store
from noria.promise.delivery.calibrate import learned
from noria.promise.delivery.legs import SHAPES
from noria.promise.delivery.model import Journeys

KEPT_RUNS = 400
SECONDS_A_DAY = 86_400


def learn(tx: Connection, journeys: Journeys, *, now: datetime) -> int:
    """Learn from legs, open ones too, and keep it beside the runs before; the run's number."""
    moment = now.astimezone(UTC).timestamp() / SECONDS_A_DAY
    run = store.insert_run(tx, learned(SHAPES, journeys, moment), journeys.rows, now=now)
    store.forget_runs(tx, KEPT_RUNS)
    return run
