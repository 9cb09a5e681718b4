"""Orders from the checkout to the doorstep, a few of them: the measure itself must not rot."""

from noria.lab import bench_journeys


def test_a_few_journeys_end_at_the_doorstep(db, monkeypatch):
    monkeypatch.setattr(bench_journeys, "SKUS", 10)
    figures = {one.figure: one for one in bench_journeys.measured(db, 4, callers=2)}
    assert figures["journeys_delivered"].value == 4
    assert figures["journeys_audit"].value == 0
    assert figures["journeys"].unit == "orders/s"
    for call in ("accept", "claim", "walk", "pick", "pack", "ship", "number", "track", "page"):
        assert figures[f"journeys_{call}"].asked, call
    assert figures["journeys_accept"].asked == 4


def test_a_caller_that_is_to_close_takes_no_more_orders():
    caller = bench_journeys._Caller(0, "", [("75001", "Paris")], ["one"])
    caller.is_closing = True
    caller.work()
    assert caller.trouble is None
    assert not caller.waited
