"""Marks: the latest price of an asset, its peak, and what counts as a collapse."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from remora.analysis.marks import PEAK_MIN_QUOTE_ATOMS, marks_of, peaks
from remora.analysis.names import Names

BIG = PEAK_MIN_QUOTE_ATOMS
NAMES = ("asset", "quote", "happened_at", "quote_atoms", "quantity_atoms")


def trades(*rows: tuple[int, int, int, int, int]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * 5
    return pa.table({name: pa.array(column, pa.int64()) for name, column in zip(NAMES, columns, strict=True)})


def test_last_price_and_peak_over_any_parts() -> None:
    rows = [(1, 9, 10, BIG, 100), (1, 9, 20, 5 * BIG, 100), (1, 9, 30, 2 * BIG, 100), (2, 9, 5, BIG, 7)]
    whole = peaks([trades(*rows)])
    assert whole.to_pylist()[0] == {
        "asset": 1, "quote": 9, "happened_at": 30, "quote_atoms": 2 * BIG, "quantity_atoms": 100,
        "peak_quote_atoms": 5 * BIG, "peak_quantity_atoms": 100,
    }  # fmt: skip
    for parts in ([rows[2:], rows[:2]], [rows[:1], rows[1:3], rows[3:]], [[], rows]):
        assert peaks([trades(*part) for part in parts]).equals(whole)


def test_a_crumb_sets_no_peak() -> None:
    table = peaks([trades((1, 9, 10, BIG, 1000), (1, 9, 20, BIG - 1, 1))])
    assert table["peak_quantity_atoms"].to_pylist() == [1000]


def test_a_collapse_is_compared_exactly() -> None:
    marks = marks_of(peaks([trades((1, 9, 10, 100 * BIG, 10), (1, 9, 20, 5 * BIG, 10), (2, 9, 10, 100 * BIG, 10),
                                   (2, 9, 20, 5 * BIG + 1, 10))]), Names({}))  # fmt: skip
    assert marks.collapsed(95).tolist() == [True, False]


def test_the_latest_row_counts_and_says_its_name() -> None:
    rows = trades((1, 9, 10, 5, 1), (1, 9, 20, 6, 1), (1, 9, 30, 7, 0)).append_column("mark", pa.array(["curve", "book", "x"]))
    marks = marks_of(rows, Names({}))
    assert (marks.quote_atoms.tolist(), marks.kinds[marks.name[0]]) == ([6], "book")
    place, known = marks.find(np.array([1, 2]))
    assert (place[0], known.tolist()) == (0, [True, False])
    assert marks.collapsed(95).tolist() == [False]


def test_nothing_is_known_of_nothing() -> None:
    assert marks_of(None, Names({})).find(np.array([1]))[1].tolist() == [False]
    assert peaks([]).num_rows == 0
