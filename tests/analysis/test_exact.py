"""Exact arithmetic: against Python's unbounded integers, up to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analysis.rows_strategy import FEW
from remora.analysis import exact

INT64 = 2**63 - 1
near_powers = st.builds(lambda power, by: max(0, min(INT64, 2**power + by)), st.integers(0, 63), st.integers(-3, 3))
amounts = st.one_of(st.integers(0, INT64), near_powers, st.integers(0, 1000))
signed = st.one_of(amounts, amounts.map(lambda value: -value))


def one(a: int, b: int, c: int) -> tuple[int, bool]:
    out, fits = exact.mul_div_each(*(np.array([value], np.int64) for value in (a, b, c)))
    return int(out[0]), bool(fits[0])


@FEW
@given(st.lists(st.tuples(signed, amounts, amounts.filter(bool)), min_size=1, max_size=50))
@example([(2**62, 2**62 - 1, 2**62)])
@example([(INT64, INT64, INT64)])
@example([(-INT64, INT64 - 1, INT64)])
@example([(2**50, 2**61 - 1, 2**61)])
def test_mul_div_is_the_floor_of_the_exact_quotient(cases: list[tuple[int, int, int]]) -> None:
    columns = [np.array(column, np.int64) for column in zip(*cases, strict=True)]
    out, fits = exact.mul_div_each(*columns)
    for (a, b, c), got, fine in zip(cases, out.tolist(), fits.tolist(), strict=True):
        want = a * b // c
        assert fine == (-INT64 <= want <= INT64)
        if fine:
            assert got == want


def test_mul_div_refuses_what_it_cannot_mean() -> None:
    assert one(5, 1, 0) == (0, False)
    assert one(5, -1, 3) == (0, False)
    assert one(INT64, 2, 1) == (0, False)


def test_a_part_of_a_lot_never_costs_more_than_the_lot() -> None:
    assert one(INT64, 2**62, 2**62) == (INT64, True)
    assert one(-7, 1, 2) == (-4, True)


@FEW
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-INT64, INT64)), max_size=30))
def test_group_sums_say_when_they_leave_64_bits(rows: list[tuple[int, int]]) -> None:
    group, values = (np.array([row[i] for row in rows], np.int64) for i in (0, 1))
    sums, fits = exact.group_sums(group, values, 4)
    for g in range(4):
        running, inside = 0, True
        for owner, value in rows:
            if owner == g:
                running += value
                inside &= -INT64 - 1 <= running <= INT64
        if fits[g]:
            assert int(sums[g]) == running
        assert bool(fits[g]) or not inside


@pytest.mark.parametrize(("a", "b", "fine"), [(INT64, 1, False), (-INT64, -2, False), (INT64, -1, True), (1, 2, True)])
def test_add_each_says_where_a_sum_wrapped(a: int, b: int, fine: bool) -> None:
    total, fits = exact.add_each(np.array([a]), np.array([b]))
    assert bool(fits[0]) is fine
    assert not fine or int(total[0]) == a + b


@FEW
@given(amounts, amounts, amounts.filter(bool))
def test_long_division_of_128_bits(high: int, low: int, divisor: int) -> None:
    high %= divisor
    quotient, rest = exact.wide_divide(np.uint64(high), np.uint64(low), np.uint64(divisor))
    assert (int(quotient), int(rest)) == divmod(high << 64 | low, divisor)
