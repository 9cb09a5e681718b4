"""The benchmark of the control tower, small: every question is asked, and finds something."""

from noria.lab import bench_tower
from noria.orders import search_views
from noria.tower import today_views


def test_every_question_is_asked(db, monkeypatch):
    for name, value in (("SKUS", 50), ("NODES", 3), ("OPEN", 40), ("ASKED", 2)):
        monkeypatch.setattr(bench_tower, name, value)
    found = list(bench_tower.measured(db, orders=400))
    assert found[0].figure == "fill_s"
    assert len({one.figure for one in found}) == len(found) > 10
    with db.transaction() as tx:
        assert len(search_views.orders(tx, text="o0000001")) == 10
        assert len(search_views.orders(tx, text="+336 00 00 79 07")) == 1
        steps = {step.stage: step.standing for step in today_views.today(tx).steps}
        assert (steps["waiting"], steps["sourced"]) == (2, 38)
