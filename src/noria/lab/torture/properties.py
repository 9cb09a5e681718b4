"""Every property of the stock that is tried, under the name that selects it."""

from collections.abc import Callable

from noria.lab.torture import (
    crashes,
    deadlocks,
    events,
    histories,
    kills,
    labels,
    matrix,
    mutants,
    oversell,
    shortage,
    steps,
)
from noria.lab.torture.model import Place, Property, Tally

OnDatabase = Callable[[str, int, int], Tally]


def _fresh(run: OnDatabase) -> Callable[[Place, int, int], Tally]:
    """Trials on a database of their own."""

    def trials(place: Place, first: int, count: int) -> Tally:
        with place.database() as url:
            return run(url, first, count)

    return trials


def _histories(place: Place, first: int, trials: int) -> Tally:
    calls = histories.MANY_CALLS if place.is_long else histories.SOME_CALLS
    with place.database() as url:
        return histories.run(url, first, trials, calls)


PROPERTIES = (
    Property(
        name="oversell",
        says="64 callers at once, stock 1 to 50, one and several lines: sold = min(stock, demand)",
        trials="rounds",
        some=500,
        many=10_000,
        at_once=50,
        run=_fresh(oversell.run),
    ),
    Property(
        name="deadlocks",
        says="lines in any order: no deadlock is told to a caller",
        trials="requests",
        some=10_000,
        many=1_000_000,
        at_once=10_000,
        run=_fresh(deadlocks.run),
    ),
    Property(
        name="histories",
        says="what callers saw of a SKU is linearizable, lost answers included",
        trials="histories",
        some=50,
        many=500,
        at_once=10,
        run=_histories,
    ),
    Property(
        name="races",
        says="every pair of operations, held at a statement: the outcome is that of some order",
        trials="races",
        some=matrix.REPEATS * len(matrix.PAIRS),
        many=200 * len(matrix.PAIRS),
        at_once=matrix.REPEATS * len(matrix.PAIRS),
        run=_fresh(matrix.run),
    ),
    Property(
        name="kills",
        says="PostgreSQL killed under load: what was answered is there once, the rest gets settled",
        trials="kills",
        some=20,
        many=200,
        at_once=20,
        run=kills.run,
    ),
    Property(
        name="crashes",
        says="a server process killed under load: each request takes effect once",
        trials="kills",
        some=20,
        many=200,
        at_once=20,
        run=_fresh(crashes.run),
    ),
    Property(
        name="steps",
        says="random histories against a model: every balance and hold agrees, SKUs add up to zero",
        trials="steps",
        some=100_000,
        many=10_000_000,
        at_once=100_000,
        run=_fresh(steps.run),
    ),
    Property(
        name="mutants",
        says="faults planted in a copy of the code are found",
        trials="faults",
        some=len(mutants.FEW),
        many=len(mutants.MUTANTS),
        at_once=6,
        run=mutants.run,
    ),
    Property(
        name="labels",
        says="a carrier killed in mid-call: no label is bought twice, none is lost",
        trials="kills",
        some=10,
        many=200,
        at_once=50,
        run=labels.run,
    ),
    Property(
        name="events",
        says="carriers' events shuffled, doubled and late: the end is that of the ordered ones",
        trials="events",
        some=1_000,
        many=100_000,
        at_once=10_000,
        run=_fresh(events.run),
    ),
    Property(
        name="shortage",
        says="no connection, a statement that hangs, no disk: 503 or 429, nothing lost, soon back",
        trials="shortages",
        some=2,
        many=10,
        at_once=2,
        run=shortage.run,
    ),
)
