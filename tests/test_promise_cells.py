"""Both layouts of the matrix hold the same numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noria.promise import cells
from noria.promise.cells import LARGEST, Dense, Filled, Sparse

PLACES = 4
UNITS = st.one_of(st.integers(1, 50), st.sampled_from([LARGEST - 1, LARGEST, LARGEST + 9]))
ROWS = st.lists(st.dictionaries(st.integers(0, PLACES - 1), UNITS), max_size=6)
CHANGES = st.lists(
    st.tuples(
        st.integers(0, 9), st.integers(0, PLACES - 1), st.sampled_from([-3, 1, 5, 2**31, -(2**31)])
    ),
    max_size=40,
)


def filled(rows):
    made = Filled()
    for start in range(0, len(rows), 2):
        some = rows[start : start + 2]
        made.add(
            [len(row) for row in some],
            np.array([place for row in some for place in row], np.int16),
            np.array([units for row in some for units in row.values()], np.int64),
        )
    return made


@settings(max_examples=150, deadline=None)
@given(rows=ROWS, changes=CHANGES)
def test_dense_and_sparse_and_a_dictionary_agree(rows, changes):
    dense = filled(rows).laid_out(PLACES)
    sparse = filled(rows).laid_out(PLACES, dense_cells=0)
    assert isinstance(dense, Dense)
    assert isinstance(sparse, Sparse)
    known = {(row, place): units for row, some in enumerate(rows) for place, units in some.items()}
    for row, place, change in changes:
        if known.get((row, place), 0) + change < 0:
            continue
        known[row, place] = known.get((row, place), 0) + change
        for one in (dense, sparse):
            one.add(row, place, change)
            assert one.get(row, place) == known[row, place]
    asked = [3, 0, 9, 0, -1]
    expected = [[known.get((row, place), 0) for place in range(PLACES)] for row in asked]
    for one in (dense, sparse):
        assert one.table(asked)[:, :PLACES].tolist() == expected


def test_sparse_is_laid_out_anew_when_many_cells_are_new(monkeypatch):
    monkeypatch.setattr(cells, "FRESH_CELLS", 5)
    sparse = filled([{1: 7}, {}, {0: 3}]).laid_out(PLACES, dense_cells=0)
    known = {(0, 1): 7, (2, 0): 3}
    for row in (7, 1, 0, 2, 4):
        for place in range(PLACES):
            sparse.add(row, place, row + place + 1)
            known[row, place] = known.get((row, place), 0) + row + place + 1
    assert not sparse._fresh or len(sparse._fresh) < 5
    assert {cell: sparse.get(*cell) for cell in known} == known
    assert sparse.table([4])[0, :PLACES].tolist() == [5, 6, 7, 8]


@pytest.mark.parametrize(("dense_cells", "kind"), [(2_000_000, Dense), (2_000, Sparse)])
def test_the_layout_goes_by_what_fits(dense_cells, kind):
    assert isinstance(filled([{0: 1}]).laid_out(10, dense_cells=dense_cells), kind)


def test_a_dense_row_that_is_new_finds_room():
    dense = filled([{0: 1}]).laid_out(PLACES)
    dense.add(5_000, 2, 8)
    assert dense.get(5_000, 2) == 8
    assert dense.get(9_999, 2) == 0
    assert dense.table([5_000, 9_999])[:, 2].tolist() == [8, 0]
