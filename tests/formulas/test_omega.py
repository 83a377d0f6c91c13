"""Omega: capped, shrunken, graded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remora.formulas import omega

money = st.integers(0, 10**15)


@pytest.mark.parametrize(
    ("gains", "losses", "expected"),
    [(300, 100, 3.0), (100, 300, 1 / 3), (10**12, 1, 5.0), (100, 0, 5.0), (0, 100, 0.1), (0, 0, None), (1, 10**9, 0.1)],
)
def test_omega(gains: int, losses: int, expected: float | None) -> None:
    assert omega.omega(gains, losses) == pytest.approx(expected)


def test_ten_lucky_bets_do_not_reach_the_cap_once_shrunken() -> None:
    """Ten winning bets of 100 dollars at even odds: 1,000 won, nothing lost; k is 500."""
    assert omega.omega(1_000_000_000, 0) == 5.0
    assert omega.shrunken(1_000_000_000, 0, 100_000_000) == 3.0
    assert omega.shrunken(0, 0, 100_000_000) is None
    assert omega.shrunken(100, 50, 0) is None


@given(money, money, st.integers(1, 10**12))
def test_shrinking_goes_towards_one(gains: int, losses: int, bet: int) -> None:
    plain, shrunk = omega.omega(gains, losses), omega.shrunken(gains, losses, bet)
    if plain is None:
        assert shrunk is None
    else:
        assert shrunk is not None
        assert abs(shrunk - 1) <= abs(plain - 1) + 1e-12
        assert omega.LEAST <= shrunk <= omega.MOST


@pytest.mark.parametrize(
    ("value", "letter"),
    [(5.0, "S"), (3.0, "A"), (2.0, "B"), (1.5, "C"), (1.0, "D"), (0.5, "F"), (0.1, "F"), (None, None)],
)
def test_grades_begin_above_their_bounds(value: float | None, letter: str | None) -> None:
    assert omega.grade(value) == letter


@pytest.mark.parametrize(
    ("older", "newer", "word"),
    [
        (1.0, 1.2, "up"),
        (1.0, 1.1, "flat"),
        (1.0, 0.9, "flat"),
        (2.0, 1.0, "down"),
        (None, 1.0, "unknown"),
        (1.0, None, "unknown"),
    ],
)
def test_momentum_is_flat_within_a_tenth(older: float | None, newer: float | None, word: str) -> None:
    assert omega.momentum(older, newer) == word
