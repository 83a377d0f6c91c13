"""Calm, normal, wild: told from the past alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.pasts import past
from analysis.words import DAY, SOL, START, Story
from remora.analysis.regimes import REGIMES, Regimes
from remora.model.units import HOUR

HOURS = 24 * 40


def _market(wild_from: int, wild_to: int) -> Regimes:
    """Forty days of hourly prices that swing by 4 % an hour between two hours, and by a small amount that shrinks else."""
    at = START // HOUR * HOUR + np.arange(HOURS) * HOUR
    hour = np.arange(HOURS)
    swing = np.where((hour >= wild_from) & (hour < wild_to), 0.04, 0.002 - 1e-6 * hour)
    price = (150e6 * (1 + swing * (hour % 2))).astype(np.int64)
    return Regimes.of(replace(past(Story()), as_of=int(at[-1]), prices=(at, price)))


def _codes(regimes: Regimes, hours: list[int]) -> list[str]:
    found = regimes.at(START // HOUR * HOUR + np.array(hours) * HOUR)
    return ["unknown" if code < 0 else REGIMES[code] for code in found.tolist()]


def test_u_13_wild_hours_are_wild_and_the_first_week_is_unknown() -> None:
    regimes = _market(600, 640)
    assert _codes(regimes, [100, 620, 635]) == ["unknown", "wild", "wild"]
    assert _codes(regimes, [-5, 10**6]) == ["unknown", "unknown"]
    assert regimes.at(np.array([-1])).tolist() == [-1]


def test_a_regime_does_not_know_what_comes() -> None:
    quiet, later = _market(HOURS, HOURS), _market(700, 760)
    assert quiet.code[:700].tolist() == later.code[:700].tolist()
    assert set(quiet.code[720:760].tolist()) == {0}
    assert set(later.code[720:760].tolist()) == {2}


def test_no_price_and_no_trade_is_no_regime() -> None:
    regimes = Regimes.of(past(Story()))
    assert regimes.at(np.array([START, START + DAY])).tolist() == [-1, -1]


def test_without_a_price_the_money_traded_tells() -> None:
    story = Story()
    for hour in range(24 * 20):
        story.now = START + hour * HOUR
        story.buy("ann", "CAT", 1000, SOL * (1 + (hour % 2) * (9 if hour > 400 else hour % 3)))
    codes = Regimes.of(past(story)).at(np.array([START + 430 * HOUR, START + 100 * HOUR])).tolist()
    assert codes == [2, -1]
