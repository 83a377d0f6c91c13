from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remora.analysis.matched import Matching, excess

HOUR = 3_600_000_000_000
FEW = Matching(windows=(HOUR, 0), entries=2, tokens=2)


def compared(rows: list[tuple[float, int, float, int]], matching: Matching = FEW) -> list[float]:
    """Excess of entries (value, token, price, at)."""
    columns = [np.array(column) for column in zip(*rows, strict=True)] if rows else [np.zeros(0)] * 4
    value, token, price, at = columns
    found = excess(value.astype(float), token.astype(np.int64), price.astype(float), at.astype(np.int64), matching)
    return [float(one) for one in found.value]


def test_an_entry_is_held_against_those_into_other_tokens() -> None:
    rows = [(0.6, 1, 1.0, 5), (0.0, 2, 1.0, 6), (-0.3, 3, 1.0, 7)]
    against = [0.6 + 0.15, 0.0 - 0.15, -0.3 - 0.3]
    centre = sum(against) / 3
    assert compared(rows) == pytest.approx([one - centre for one in against])


def test_its_own_token_is_left_out() -> None:
    """Ten friends in the same token are no benchmark: two other tokens are, wherever the friends stand."""
    friends = [(1.0, 1, 1.0, 5)] * 10
    found = compared([*friends, (0.0, 2, 1.0, 6), (0.0, 3, 1.0, 7)])
    assert len(set(found[:10])) == 1
    assert found[0] - found[10] == pytest.approx(1.0 + 10 / 11)


def test_too_few_others_tell_nothing() -> None:
    assert np.isnan(compared([(0.6, 1, 1.0, 5), (0.0, 2, 1.0, 6)])).all()
    assert compared([]) == []


def test_other_prices_are_no_match() -> None:
    rows = [(0.6, 1, 1.0, 5), (0.0, 2, 9.0, 6), (0.1, 3, 9.0, 7)]
    assert np.isnan(compared(rows)[0])


def test_the_hour_is_tried_before_all_time() -> None:
    """A good hour for everybody is no skill; with nobody else in the hour, all time is the match."""
    night = [(0.0, token, 1.0, token) for token in range(1, 5)]
    day = [(1.0, token, 1.0, 10 * HOUR + token) for token in range(5, 9)]
    assert compared(night + day) == pytest.approx([0.0] * 8)
    assert compared([*night, (1.0, 9, 1.0, 20 * HOUR)])[-1] > 0.7


@given(st.lists(st.tuples(st.floats(-3, 3), st.integers(0, 5)), max_size=30), st.floats(-1, 1))
def test_a_tide_that_lifts_all_is_no_skill(rows: list[tuple[float, int]], tide: float) -> None:
    still = compared([(value, token, 1.0, 5) for value, token in rows])
    lifted = compared([(value + tide, token, 1.0, 5) for value, token in rows])
    assert lifted == pytest.approx(still, nan_ok=True, abs=1e-9)
    known = [one for one in still if not np.isnan(one)]
    assert sum(known) == pytest.approx(0, abs=1e-9)


def test_variance_is_that_of_the_same_price_level() -> None:
    chance = np.random.default_rng(1)
    rows = [(float(chance.normal(0, 0.5)), i % 40, 1.0, 5) for i in range(400)]
    rows += [(float(chance.normal(0, 2.0)), i % 40, 64.0, 5) for i in range(400)]
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    found = excess(columns[0], columns[1].astype(np.int64), columns[2], columns[3].astype(np.int64), Matching())
    assert np.sqrt(found.variance[0]) == pytest.approx(0.5, rel=0.1)
    assert np.sqrt(found.variance[-1]) == pytest.approx(2.0, rel=0.1)
