"""A group of smart buyers: spread, momentum, risk, quality."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remora.formulas import signalparts as parts
from remora.formulas.ranges import Range, known

MINUTE = 60_000_000_000


def test_concentration() -> None:
    assert parts.concentration({"a": 50, "b": 25, "c": 25}) == parts.Spread(0.375, 0.5)
    assert parts.concentration({"a": 7}) == parts.Spread(1.0, 1.0)
    assert parts.concentration({}) == parts.Spread(0.0, 0.0)


def test_diversity_needs_two_buyers_and_own_funding() -> None:
    assert parts.diversity({"a": 5}, {"a": "x"}) == known(0.0)
    assert parts.diversity({"a": 5, "b": 5}, {"a": "x", "b": "y"}) == known(pytest.approx(1.0))
    assert parts.diversity({"a": 5, "b": 5}, {"a": "x", "b": "x"}) == known(pytest.approx(0.5))
    assert parts.diversity({"a": 5, "b": 5}, {"a": "x"}) == Range(pytest.approx(0.5), pytest.approx(1.0))


def test_momentum() -> None:
    buys = [("a", 1 * MINUTE, 10), ("b", 8 * MINUTE, 30), ("b", 9 * MINUTE, 0), ("late", 20 * MINUTE, 99)]
    assert parts.momentum(buys, 0, 10 * MINUTE) == parts.Momentum(0.5, 0.2)
    assert parts.momentum([("a", MINUTE, 5)], 0, 10 * MINUTE).balance == -1.0
    assert parts.momentum([], 0, 10 * MINUTE) == parts.Momentum(0.0, 0.0)


def test_risk_levels() -> None:
    def at(herfindahl: float, success: float | None = 1.0) -> parts.Risk:
        return parts.risk(
            herfindahl=herfindahl, diversity=known(1.0), clustered_share=0.0, token_risk=known(0.0), success=success
        )

    assert at(0.4) == parts.Risk(known(10.0), "low")
    worst = parts.risk(herfindahl=1, diversity=known(0.0), clustered_share=1.0, token_risk=known(100.0), success=0.0)
    assert worst == parts.Risk(known(100.0), "high")
    assert at(1.0, None) == parts.Risk(Range(25.0, 40.0), "unknown")
    assert at(0.0, None).level == "low"


def test_few_signals_are_drawn_to_the_global_rate() -> None:
    assert parts.shrunk_rate(0, 0, 0.3) == pytest.approx(0.3)
    assert parts.shrunk_rate(20, 20, 0.3) == pytest.approx(0.65)


def test_wilson_against_a_known_interval() -> None:
    """Newcombe 1998, 81 of 263 at 95 %: .2553 to .3662."""
    found = parts.wilson(81, 263, 1.959964)
    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)
    assert parts.wilson(0, 0) == Range(0.0, 1.0)


@given(st.integers(1, 1000), st.data())
def test_wilson_holds_the_rate(trials: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, trials))
    found = parts.wilson(successes, trials)
    assert 0 <= found.low <= successes / trials + 1e-12
    assert successes / trials - 1e-12 <= found.high <= 1


@pytest.mark.parametrize(
    ("successes", "similar", "word"), [(19, 19, "unknown"), (15, 20, "high"), (35, 50, "medium"), (25, 50, "low")]
)  # fmt: skip
def test_quality(successes: int, similar: int, word: str) -> None:
    found = parts.quality(successes, similar)
    assert found.word == word
    assert (found.confidence is None) == (similar < 20)
    assert parts.quality(successes, similar, suspicious=True).word == "suspicious"


def test_false_positives() -> None:
    assert parts.false_positive(-0.21, graduated=False) is True
    assert parts.false_positive(-0.20, graduated=False) is False
    assert parts.false_positive(-0.9, graduated=True) is False
    assert parts.false_positive(None, graduated=False) is None
