"""Runs and drawdowns against the obvious way."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analysis.rows_strategy import FEW
from remora.analysis.curves import drawdowns, runs


@FEW
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(-9, 9)), max_size=30))
def test_runs_and_drawdowns(rows: list[tuple[int, int]]) -> None:
    rows = sorted(rows, key=lambda row: row[0])
    group, values = (np.array([row[i] for row in rows], np.int64) for i in (0, 1))
    winning, losing = runs(group, values, 3)
    fall, fits = drawdowns(group, np.arange(len(rows)), values, 3)
    for g in range(3):
        mine = [value for owner, value in rows if owner == g]
        signs = "".join("w" if value > 0 else "l" if value < 0 else "." for value in mine)
        assert int(winning[g]) == max(map(len, "".join(c if c == "w" else " " for c in signs).split()), default=0)
        assert int(losing[g]) == max(map(len, "".join(c if c == "l" else " " for c in signs).split()), default=0)
        sums = [0, *np.cumsum(mine).tolist()]
        assert int(fall[g]) == max(max(sums[: i + 1]) - value for i, value in enumerate(sums))
    assert fits.all()


def test_one_instant_has_no_order() -> None:
    fall, _ = drawdowns(np.zeros(2, np.int64), np.array([5, 5]), np.array([-10, 30]), 1)
    assert fall.tolist() == [0]


def test_a_sum_beyond_64_bits_is_said() -> None:
    big = np.array([2**62, 2**62], np.int64)
    assert drawdowns(np.zeros(2, np.int64), np.array([1, 2]), big, 1)[1].tolist() == [False]
