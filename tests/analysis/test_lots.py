"""The booking kernel: its rules in small numbers, and equality with the plain oracle on everything else."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.rows_strategy import FEW, POSITIONS, Line, grouped, lines
from remora.analysis import lots, oracle
from remora.analysis.lots import Kind, Method

INT64 = 2**63 - 1
SECOND = 10**9
METHODS = [method.value for method in Method]


def fifo(*rows: Line) -> lots.Booked:
    return lots.book_grouped(lots.rows_of(list(rows)), 1)


def figures(booked: lots.Booked, *names: str) -> list[int]:
    return [int(booked.positions[name][0]) for name in names]


def test_the_oldest_lot_goes_first() -> None:
    booked = fifo((0, 0, 10, 100, 1), (0, 0, 10, 300, 2), (0, 1, 15, 600, 3))
    assert booked.sales["cost"].tolist() == [100 + 150]
    assert figures(booked, "realized", "cost_left", "held") == [350, 150, 5]


def test_part_of_a_lot_costs_the_floor_and_the_rest_stays() -> None:
    booked = fifo((0, 0, 3, 10, 1), (0, 1, 1, 0, 2), (0, 1, 1, 0, 3), (0, 1, 1, 0, 4))
    assert booked.sales["cost"].tolist() == [3, 3, 4]
    assert figures(booked, "cost_left") == [0]


def test_proceeds_of_a_sale_split_to_the_unit() -> None:
    """7 known, 2 received, 4 from nowhere: 100 is floor(700/13) = 53, floor(200/13) = 15, and the rest 32."""
    booked = fifo((0, 0, 7, 70, 1), (0, 2, 2, 0, 2), (0, 1, 13, 100, 3))
    names = ("matched", "unknown", "unmatched", "proceeds", "unknown_proceeds", "unmatched_proceeds")
    assert [int(booked.sales[name][0]) for name in names] == [7, 2, 4, 53, 15, 32]
    assert figures(booked, "realized", "unmatched_proceeds", "unknown_proceeds") == [53 - 70, 32, 15]


def test_without_unmatched_the_unknown_part_gets_the_rest() -> None:
    booked = fifo((0, 0, 1, 70, 1), (0, 2, 2, 0, 2), (0, 1, 3, 100, 3))
    assert figures(booked, "proceeds", "unknown_proceeds", "unmatched_proceeds") == [33, 67, 0]


def test_a_loss_in_fees_floors_downwards() -> None:
    booked = fifo((0, 0, 1, 0, 1), (0, 1, 2, -3, 2))
    assert figures(booked, "proceeds", "unmatched_proceeds") == [-2, -1]


def test_what_is_sent_takes_its_cost_along_and_is_no_profit() -> None:
    booked = fifo((0, 0, 10, 100, 1), (0, 3, 4, 0, 2), (0, 3, 9, 0, 3))
    names = ("sent", "sent_cost", "unmatched_sent", "realized", "held", "cost_left")
    assert figures(booked, *names) == [10, 100, 3, 0, 0, 0]


def test_a_settlement_sells_all_that_is_held() -> None:
    booked = fifo((0, 0, 5, 40, 1), (0, 2, 2, 0, 2), (0, 4, 1, 2, 3))
    assert figures(booked, "settled", "sells", "sold", "proceeds", "unknown_proceeds") == [1, 0, 7, 2, 1]
    assert fifo((0, 0, 5, 40, 1), (0, 1, 5, 9, 2), (0, 4, 1, 1, 3)).sales["row"].tolist() == [1]


def test_a_sale_of_nothing_is_unmatched() -> None:
    booked = fifo((0, 0, 5, 40, 1), (0, 1, 0, 9, 2))
    assert figures(booked, "realized", "unmatched_proceeds", "held") == [0, 9, 5]


def test_a_purchase_of_nothing_is_spent_by_the_next_sale() -> None:
    booked = fifo((0, 0, 0, 7, 1), (0, 0, 5, 40, 2), (0, 1, 5, 50, 3))
    assert figures(booked, "realized", "cost_left") == [3, 0]


def test_held_seconds_are_weighted_by_quantity() -> None:
    start = 10**18
    rows = [(0, 0, 30, 1, start), (0, 0, 10, 1, start + 100 * SECOND), (0, 1, 40, 9, start + 200 * SECOND)]
    assert figures(fifo(*rows), "held_seconds") == [(30 * 200 + 10 * 100) // 40]


def test_held_seconds_of_huge_quantities_do_not_wrap() -> None:
    start, late = 10**18, 10**18 + 3 * 10**9 * SECOND
    assert figures(fifo((0, 0, 2**62, 1, start), (0, 1, 2**62, 9, late)), "held_seconds") == [3 * 10**9]


def test_average_cost_is_another_answer_and_says_so() -> None:
    rows = lots.rows_of([(0, 0, 10, 100, 1), (0, 0, 10, 300, 2), (0, 1, 10, 400, 3)])
    by_method = {method: lots.book_grouped(rows, 1, method) for method in Method}
    assert int(by_method[Method.FIFO].positions["realized"][0]) == 300
    assert int(by_method[Method.AVERAGE].positions["realized"][0]) == 200
    assert [booked.method.value for booked in by_method.values()] == ["fifo", "average"]


def test_average_cost_takes_known_and_unknown_in_proportion() -> None:
    rows = lots.rows_of([(0, 0, 6, 60, 1), (0, 2, 3, 0, 2), (0, 1, 3, 90, 3)])
    booked = lots.book_grouped(rows, 1, Method.AVERAGE)
    assert figures(booked, "matched_sold", "unknown_sold", "realized") == [2, 1, 60 - 20]


@pytest.mark.parametrize(
    "rows",
    [
        [(0, 0, INT64, 1, 1), (0, 0, 1, 1, 2)],
        [(0, 0, 1, INT64, 1), (0, 0, 1, 1, 2)],
        [(0, 0, INT64, 1, 1), (0, 2, 1, 0, 2)],
        [(0, 1, 1, -INT64, 1), (0, 1, 1, -INT64, 2)],
        [(0, 0, 1, INT64, 1), (0, 1, 1, -INT64, 2)],
    ],
)
def test_sums_beyond_64_bits_are_reported_never_wrapped(rows: list[Line]) -> None:
    for method in Method:
        assert lots.book_grouped(lots.rows_of(rows), 1, method).overflowed.tolist() == [True]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(1, 0, 1, 1, 1)], "position"),
        ([(-1, 0, 1, 1, 1)], "position"),
        ([(0, 7, 1, 1, 1)], "kind"),
        ([(0, 0, -1, 1, 1)], "negative"),
        ([(0, 0, 1, -(2**63), 1)], "money"),
        ([(0, 4, 1, 0, 1)], "denominator"),
    ],
)
def test_rows_that_mean_nothing_are_refused(rows: list[Line], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        lots.book_grouped(lots.rows_of(rows), 1)


def test_rows_out_of_group_are_refused() -> None:
    rows = lots.rows_of([(1, 0, 1, 1, 1), (0, 0, 1, 1, 1)])
    with pytest.raises(ValueError, match="sorted"):
        lots.book_grouped(rows, 2)
    with pytest.raises(ValueError, match="int32"):
        lots.book_grouped(rows._replace(position=rows.position.astype(np.int64)), 2)
    with pytest.raises(ValueError, match="length"):
        lots.book_grouped(rows._replace(at=rows.at[:1]), 2)


def test_no_rows_no_books() -> None:
    lots.warm_up()
    booked = lots.book_grouped(lots.rows_of([]), 0)
    assert all(len(column) == 0 for column in (*booked.positions.values(), *booked.sales.values()))


def equal_to_oracle(rows: list[Line], booked: lots.Booked, row_of: np.ndarray | None = None) -> None:
    """Every figure of every position and sale, except where the kernel says that sums left 64 bits."""
    figures, sales = oracle.book(rows, str(booked.method))
    for position, want in figures.items():
        if booked.overflowed[position]:
            assert max(abs(value) for value in totals(rows, position)) > INT64 // 8
            continue
        assert {name: int(booked.positions[name][position]) for name in want} == want
    got = [dict(zip(booked.sales, values, strict=True)) for values in zip(*booked.sales.values(), strict=True)]
    if row_of is not None:
        got = sorted(({**sale, "row": row_of[sale["row"]]} for sale in got), key=lambda sale: sale["row"])
    assert len(got) == len(sales)
    for have, want in zip(got, sales, strict=True):
        if not booked.overflowed[rows[want["row"]][0]]:
            assert {name: int(value) for name, value in have.items()} == want


def totals(rows: list[Line], position: int) -> list[int]:
    mine = [row for row in rows if row[0] == position]
    return [sum(row[2] for row in mine), sum(abs(row[3]) for row in mine)]


@FEW
@given(lines(), st.sampled_from(METHODS))
def test_kernel_equals_oracle_in_arrival_order_and_grouped(rows: list[Line], method: str) -> None:
    table = lots.rows_of(rows)
    equal_to_oracle(rows, lots.book_arrivals(table, POSITIONS, Method(method)))
    together, order = grouped(table)
    equal_to_oracle(rows, lots.book_grouped(together, POSITIONS, Method(method)), order)


@FEW
@given(lines(), st.lists(st.integers(0, 40), max_size=4), st.sampled_from(METHODS))
def test_cutting_into_batches_changes_nothing(rows: list[Line], cuts: list[int], method: str) -> None:
    table = lots.rows_of(rows)
    whole = lots.book_arrivals(table, POSITIONS, Method(method))
    book = lots.ArrivalBook(POSITIONS, Method(method), capacity=1)
    bounds = sorted({0, len(rows), *(min(cut, len(rows)) for cut in cuts)})
    costs: list[int] = []
    for low, high in itertools.pairwise(bounds):
        costs += book.apply(lots.Rows(*(column[low:high] for column in table)))["cost"].tolist()
    assert costs == whole.sales["cost"].tolist()
    for name, column in book.positions().items():
        assert column.tolist() == whole.positions[name].tolist()
    assert book.overflowed().tolist() == whole.overflowed.tolist()


@FEW
@given(lines(), st.randoms(use_true_random=False))
def test_how_positions_are_interleaved_changes_nothing(rows: list[Line], random: object) -> None:
    """Any shuffle that keeps the order inside each position gives the same figures."""
    queues = [[row for row in rows if row[0] == position] for position in range(POSITIONS)]
    turns = [row[0] for row in rows]
    random.shuffle(turns)  # type: ignore[attr-defined]
    shuffled = [queues[turn].pop(0) for turn in turns]
    one, other = (lots.book_arrivals(lots.rows_of(order), POSITIONS) for order in (rows, shuffled))
    for name, column in one.positions.items():
        assert column.tolist() == other.positions[name].tolist()


@FEW
@given(lines())
def test_the_laws_hold(rows: list[Line]) -> None:
    booked = lots.book_arrivals(lots.rows_of(rows), POSITIONS)
    p = {name: column.astype(object) for name, column in booked.positions.items()}
    for i in np.flatnonzero(~booked.overflowed):
        kept = p["sold"][i] - p["unmatched_sold"][i] + p["sent"][i] + p["held"][i]
        assert p["bought"][i] + p["received"][i] == kept
        assert p["realized"][i] - p["cost_left"][i] - p["sent_cost"][i] == p["proceeds"][i] - p["cost"][i]
    for i, row in enumerate(booked.sales["row"].tolist()):
        if rows[row][1] == Kind.SELL and not booked.overflowed[rows[row][0]]:
            parts = [int(booked.sales[name][i]) for name in ("proceeds", "unknown_proceeds", "unmatched_proceeds")]
            assert sum(parts) == rows[row][3]
