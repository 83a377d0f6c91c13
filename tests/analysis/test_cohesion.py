"""Nearness against chance: learnt from links without labels, honest about strangers, blind to what is unknown."""

from __future__ import annotations

import numpy as np
import pytest

from remora.analysis.cohesion import SCALES, Closeness, group_evidence, learnt, pair_ratios, places

NEAR = Closeness(np.array([0.0] * (len(SCALES) - 1) + [0.8, 0.2]))


def pairs(seed: int, true: float, count: int = 4_000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places of 2 x count wallets, linked two by two; that share of the pairs lies within a hundredth."""
    rng = np.random.Generator(np.random.PCG64(seed))
    first = rng.random(count)
    other = np.where(rng.random(count) < true, first + rng.uniform(-0.01, 0.01, count), rng.random(count))
    a = np.arange(count, dtype=np.int32)
    return places(np.concatenate([first, other])), a, (a + count).astype(np.int32)


@pytest.mark.parametrize("true", [0.1, 0.5, 0.9])
def test_the_share_of_true_links_is_learnt_without_labels(true: float) -> None:
    u, a, b = pairs(1, true)
    _, shares = learnt([u], a, b, np.zeros(len(a), np.int64), (0.5,))
    assert shares[0] == pytest.approx(true, abs=0.12)


def test_each_kind_of_link_gets_its_own_share() -> None:
    u, a, b = pairs(2, 0.8)
    v, _, _ = pairs(3, 0.1)
    both = np.concatenate([u, v])
    ends = [np.concatenate([end, end + len(u)]) for end in (a, b)]
    _, shares = learnt([both], *ends, np.repeat([0, 1], len(a)), (0.5, 0.5))
    assert shares == pytest.approx([0.8, 0.1], abs=0.12)


def test_without_figures_the_prior_stands() -> None:
    near, shares = learnt([], np.zeros(1, np.int32), np.ones(1, np.int32), np.zeros(1, np.int64), (0.3, 0.7))
    assert near == []
    assert shares.tolist() == [0.3, 0.7]


def test_equal_values_are_no_nearer_than_they_are_rare() -> None:
    u = places(np.array([7.0] * 50 + list(range(100, 150)), np.float64))
    assert u[:50].max() - u[:50].min() == pytest.approx(0.49)
    assert np.isnan(places(np.array([np.nan, 1.0]))).tolist() == [True, False]


def test_random_groups_are_hardly_ever_taken_for_one_hand() -> None:
    """The ratio of a group has mean 1 or less under chance, so it exceeds 20 in one of 20 groups at most (Ville)."""
    rng = np.random.Generator(np.random.PCG64(5))
    u = places(rng.random(40_000))
    members = rng.permutation(40_000).astype(np.int32)
    groups, _ = group_evidence(u, members, np.arange(0, 40_001, 8), NEAR)
    assert (groups > np.log(20)).mean() <= 1 / 20
    assert np.median(groups) < 0


def test_a_stranger_in_a_close_group_stands_out() -> None:
    u = np.concatenate([np.linspace(0.5, 0.502, 9), [0.9], np.linspace(0, 1, 90)])
    groups, each = group_evidence(u, np.arange(10, dtype=np.int32), np.array([0, 10]), NEAR)
    assert groups[0] > 5
    assert each[9] < 0 < each[:9].min()


def test_what_is_unknown_says_nothing() -> None:
    u = np.array([0.1, np.nan, 0.1001])
    assert pair_ratios(u, np.array([0, 0]), np.array([1, 2]), NEAR)[0] == 1.0
    groups, each = group_evidence(u, np.arange(3, dtype=np.int32), np.array([0, 3]), NEAR)
    assert each[1] == 0.0
    assert groups[0] > 0
