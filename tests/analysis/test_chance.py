"""Intervals, tails and many tests at once, against figures worked out by hand and by definition."""

from __future__ import annotations

from math import exp, factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remora.analysis import chance
from remora.analysis.shrinkage import benjamini_hochberg


def test_wilson_by_hand() -> None:
    low, high = chance.wilson(np.array([2.0]), np.array([10.0]), z=1.96)
    assert (low[0], high[0]) == pytest.approx((0.0567, 0.5098), abs=1e-4)


def test_no_trials_know_nothing() -> None:
    low, high = chance.wilson(np.zeros(1), np.zeros(1))
    assert (low[0], high[0]) == (0.0, 1.0)


@given(st.integers(0, 500), st.integers(1, 500))
def test_the_interval_holds_the_share_and_stays_a_share(hits: int, more: int) -> None:
    n = float(hits + more)
    low, high = chance.wilson(np.array([float(hits)]), np.array([n]))
    assert 0 <= low[0] <= hits / n <= high[0] <= 1


def test_twelve_times_the_base_rate() -> None:
    lift, low, high = chance.ratio(np.array([12.0]), np.array([100.0]), 100, 10_000)
    assert lift[0] == pytest.approx(12)
    spread = exp(chance.NORMAL_90 * (1 / 12 - 1 / 100 + 1 / 100 - 1 / 10_000) ** 0.5)
    assert (low[0], high[0]) == pytest.approx((12 / spread, 12 * spread))


def test_no_hits_have_no_lower_end_and_no_base_no_lift() -> None:
    lift, low, high = chance.ratio(np.array([0.0]), np.array([50.0]), 10, 1000)
    assert (lift[0], low[0]) == (0.0, 0.0)
    assert 1 < high[0] < 20
    unknown = chance.ratio(np.array([3.0]), np.array([50.0]), 0, 0)
    assert np.isnan(unknown[0][0])
    assert (unknown[1][0], unknown[2][0]) == (0.0, np.inf)


@given(st.integers(0, 40), st.floats(0.01, 30))
def test_tails_are_the_sums_of_their_terms(count: int, mean: float) -> None:
    below = sum(exp(-mean) * mean**k / factorial(k) for k in range(count))
    assert chance.at_least(np.array([count]), np.array([mean]))[0] == pytest.approx(1 - below, abs=1e-9)


def test_a_far_tail_is_not_rounded_away() -> None:
    mean = 0.05
    expected = sum(exp(-mean) * mean**k / factorial(k) for k in range(11, 30))
    assert chance.at_least(np.array([11]), np.array([mean]))[0] == pytest.approx(expected, rel=1e-9)


def test_what_cannot_happen_and_what_must() -> None:
    assert chance.at_least(np.array([1, 0]), np.zeros(2)).tolist() == [0.0, 1.0]


def test_false_discovery_rates_by_hand() -> None:
    assert benjamini_hochberg(np.array([0.01, 0.04, 0.03, 0.5])).tolist() == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 0.5])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_false_discovery_rates_keep_the_order_and_bound_the_p(ps: list[float]) -> None:
    p = np.array(ps)
    q = benjamini_hochberg(p)
    order = np.argsort(p, kind="stable")
    assert (np.diff(q[order]) >= 0).all()
    assert (q >= p - 1e-12).all()
    assert (q <= 1).all()
