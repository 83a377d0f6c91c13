from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remora.analysis.shrinkage import (
    Prior,
    benjamini_hochberg,
    fitted,
    normal_cdf,
    normal_quantile,
    null_share,
    posterior,
)

USUAL = 0.02


def drawn(truth: np.ndarray[tuple[int], np.dtype[np.float64]], error: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Estimates of the truth with normal errors."""
    return truth + np.random.default_rng(seed).normal(0, error, len(truth)), np.full(len(truth), error)


@pytest.mark.parametrize(
    ("p", "z"),
    [
        (0.5, 0.0),
        (0.975, 1.959963984540054),
        (0.05, -1.6448536269514722),
        (1e-10, -6.361340902404056),
        (1 - 1e-3, 3.090232306167813),
    ],
)
def test_the_quantile_is_the_tables(p: float, z: float) -> None:
    assert normal_quantile(np.array([p]))[0] == pytest.approx(z, abs=1e-12)


def test_the_quantile_has_no_end() -> None:
    assert normal_quantile(np.array([0.0, 1.0])).tolist() == [-math.inf, math.inf]


@given(st.floats(-7.5, 5))
def test_cdf_and_quantile_undo_each_other(z: float) -> None:
    assert normal_quantile(normal_cdf(np.array([z])))[0] == pytest.approx(z, abs=1e-8)


def test_benjamini_hochberg_by_hand() -> None:
    q = benjamini_hochberg(np.array([0.01, 0.04, 0.03, 0.2]))
    assert q.tolist() == pytest.approx([0.04, 0.04 * 4 / 3, 0.04 * 4 / 3, 0.2])
    assert benjamini_hochberg(np.zeros(0)).tolist() == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.floats(0.01, 0.5))
def test_the_set_at_q_is_that_of_the_definition(p: list[float], rate: float) -> None:
    ranked = sorted(p)
    largest = max((k for k in range(1, len(p) + 1) if ranked[k - 1] <= rate * k / len(p)), default=0)
    found = int((benjamini_hochberg(np.array(p)) <= rate * (1 + 1e-12)).sum())
    assert found >= largest
    assert all(value <= rate * found / len(p) * (1 + 1e-9) for value in ranked[:found])


def test_the_null_share_counts_the_flat_half() -> None:
    assert null_share(np.linspace(0, 1, 1001)) == pytest.approx(1.0, abs=0.01)
    assert null_share(np.concatenate([np.full(60, 0.001), np.linspace(0, 1, 40)])) == pytest.approx(0.4, abs=0.02)
    assert null_share(np.zeros(0)) == 1.0


def test_two_places_weighed_by_hand() -> None:
    prior = Prior(np.array([0.0, 1.0]), np.array([0.75, 0.25]), 0.75)
    found = posterior(prior, np.array([1.0]), np.array([1.0]), cost=0.5)
    here = 0.25 / (0.25 + 0.75 * math.exp(-0.5))
    assert found.mean[0] == pytest.approx(here)
    assert found.above_cost[0] == pytest.approx(here)
    assert found.not_above_zero[0] == pytest.approx(1 - here)
    assert found.not_below_zero[0] == pytest.approx(1.0)
    assert found.spread[0] == pytest.approx(math.sqrt(here * (1 - here)))
    assert (found.low[0], found.high[0]) == (0.0, 1.0)


def test_what_zero_leaves_of_one_tail_goes_to_the_other() -> None:
    prior = Prior(np.array([-1.0, 0.0, 1.0, 2.0]), np.array([0.02, 0.85, 0.05, 0.08]), 0.85)
    found = posterior(prior, np.array([0.0]), np.array([1e6]))
    assert (found.low[0], found.high[0]) == (0.0, 1.0), "2 % below, 8 % above"
    even = posterior(prior, np.array([0.0]), np.array([1e6]), tail=0.005)
    assert (even.low[0], even.high[0]) == (-1.0, 2.0)


def test_nobodys_edge_is_zero_to_the_last_digit() -> None:
    """An interval of nothing but the point at zero reaches a grain to either side; one that ends elsewhere stays."""
    prior = Prior(np.array([-1.0, 0.0, 1.0]), np.array([0.01, 0.95, 0.04]), 0.95)
    found = posterior(prior, np.array([0.0, 9.0]), np.array([1e6, 1.0]), grain=0.1)
    assert (found.low.tolist(), found.high.tolist()) == ([-0.1, 1.0], [0.1, 1.0])


def test_nothing_seen_leaves_the_start() -> None:
    prior = fitted(np.zeros(0), np.zeros(0), USUAL)
    found = posterior(prior, np.array([0.4]), np.array([0.5]), cost=0.01)
    assert prior.null == pytest.approx(0.5)
    assert found.mean[0] == pytest.approx(0.0, abs=0.002)
    assert 0.05 < found.above_cost[0] < 0.25


def test_few_and_noisy_estimates_keep_an_open_mind() -> None:
    """Fifty traders of thirty bets cannot show that all are alike: the interval stays as wide as edges usually are."""
    estimate, error = drawn(np.zeros(50), 0.08)
    found = posterior(fitted(estimate, error, USUAL), estimate, error)
    assert np.median(found.high - found.low) > USUAL


def test_of_pure_noise_nothing_is_left() -> None:
    estimate, error = drawn(np.zeros(5_000), 0.05)
    found = posterior(fitted(estimate, error, USUAL), estimate, error, cost=0.01)
    assert np.abs(found.mean).mean() < 0.05 * 0.05, "a twentieth of the noise"
    assert np.abs(found.mean).max() < np.abs(estimate).max() / 2
    assert found.above_cost.max() < 0.9
    assert found.not_above_zero.min() > 0.05


def test_a_normal_world_is_shrunk_by_the_known_factor() -> None:
    truth = np.random.default_rng(7).normal(0, 0.04, 20_000)
    estimate, error = drawn(truth, 0.03)
    found = posterior(fitted(estimate, error, USUAL), estimate, error)
    middle = np.abs(estimate) < 0.1
    slope = np.polyfit(estimate[middle], found.mean[middle], 1)[0]
    assert slope == pytest.approx(0.04**2 / (0.04**2 + 0.03**2), abs=0.03)
    assert found.spread[middle].mean() == pytest.approx(0.04 * 0.03 / 0.05, abs=0.002)


@pytest.mark.parametrize("seed", range(3))
def test_the_best_of_many_are_covered_too(seed: int) -> None:
    """The raw interval covers hardly any of the first 100; the shrunk one does (T1)."""
    chance = np.random.default_rng(seed)
    truth = np.where(chance.random(10_000) < 0.1, np.abs(chance.normal(0.04, 0.02, 10_000)), 0.0)
    estimate, error = drawn(truth, 0.04, seed)
    found = posterior(fitted(estimate, error, USUAL), estimate, error)
    best = np.argsort(-found.mean)[:100]
    inside = (found.low <= truth) & (truth <= found.high)
    assert 0.87 < inside.mean() < 0.96
    assert inside[best].mean() > 0.75
    raw = np.abs(truth - estimate) <= 1.645 * error
    assert raw[np.argsort(-estimate)[:100]].mean() < 0.4


@given(st.lists(st.floats(-0.5, 0.5), min_size=2, max_size=60), st.floats(0.01, 0.3))
def test_a_better_result_never_lowers_the_opinion(values: list[float], error: float) -> None:
    estimate = np.sort(np.array(values))
    errors = np.full(len(values), error)
    found = posterior(fitted(estimate, errors, USUAL), estimate, errors, cost=0.01)
    for column in (found.mean, found.above_cost, -found.not_above_zero, found.not_below_zero):
        assert (np.diff(column) >= -1e-9).all()
    assert (found.low <= found.high).all()
    assert ((found.above_cost >= 0) & (found.above_cost <= 1 + 1e-12)).all()


def test_the_order_of_traders_does_not_matter() -> None:
    estimate, error = drawn(np.random.default_rng(3).normal(0, 0.03, 2_000), 0.05)
    turned = posterior(fitted(estimate[::-1], error, USUAL), estimate[::-1], error)
    straight = posterior(fitted(estimate, error, USUAL), estimate, error)
    assert turned.mean[::-1] == pytest.approx(straight.mean, abs=1e-9)
