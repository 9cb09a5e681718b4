"""The chain in which counting is tried: the same errors for everybody, and an interval that holds."""

from noria.lab import bench_counts


def test_directed_counts_find_more_than_random_ones_and_intervals_cover_the_truth():
    figures = {
        one.figure: one
        for one in bench_counts.measured(1, nodes=3, shelves=120, days=120, per_day=3, samples=300)
    }
    assert figures["counts_cents"].against_random > 1.2
    assert figures["counts_left_wrong"].against_random > 1.2
    assert 0.92 <= figures["accuracy_interval"].value <= 0.98


def test_each_way_of_counting_meets_the_same_errors():
    world = bench_counts.planted(3, 2, 40, 60)
    told = [bench_counts.lived(world, choose, 2) for choose in bench_counts.WAYS.values()]
    assert {one.counts for one in told} == {2 * 2 * 60}
    nobody = bench_counts.lived(world, lambda *_: [], 0)
    assert all(one.wrong_cent_days < nobody.wrong_cent_days for one in told)
