"""The parts of the score: from what was measured of each trader to points, column by column.

A measure is a `Known`: its value, and the least and most it could be once what is unknown is filled in. NaN as a value
means that data is missing: the part is left out and its group re-weighted (U-52). A trader who could have shown
something and did not (no decided position, no week with a sale) has the value 0: no evidence earns nothing.
Every part grows with its measure, so the range of the measure gives the range of the points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from remora.analysis import chance
from remora.analysis.exact import Bools
from remora.analysis.past import POLYMARKET, SOLANA
from remora.analysis.profiles import GROUP_MAX, GROUP_OF, GROUPS, Profile

Floats = NDArray[np.float64]
Z90: Final = 1.6448536269514722
"""Normal quantile of the two-sided 90 % interval."""


@dataclass(frozen=True)
class Known:
    """A measure by trader: low <= value <= high, value NaN where data is missing; n: how many observations are behind it."""

    value: Floats
    low: Floats
    high: Floats
    n: Floats

    @staticmethod
    def exact(values: Floats, n: Floats | None = None) -> Known:
        """Measures without doubt; NaN where missing (then the range is everything)."""
        values = np.asarray(values, np.float64)
        none = np.isnan(values)
        low, high = np.where(none, -np.inf, values), np.where(none, np.inf, values)
        return Known(values, low, high, np.where(none, 0.0, 1.0) if n is None else n)

    def where(self, mask: Bools, other: Known) -> Known:
        """This one where mask, else the other."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in ("value", "low", "high", "n"))
        return Known(*(np.where(mask, mine, theirs) for mine, theirs in pairs))


@dataclass(frozen=True)
class Part:
    """Points of one part by trader: 0 <= low <= points <= high <= max, points NaN without data. max 0: no such part there."""

    points: Floats
    max: Floats
    low: Floats
    high: Floats
    n: Floats


@dataclass(frozen=True)
class Population:
    """What a trader is compared with: by venue, profits in ascending order and the number of scored traders (U-16)."""

    profits: Mapping[int, Floats]
    traders: Mapping[int, int]
    base_rate: float = 0.0
    chances: Mapping[int, Floats] = field(default_factory=dict)


def percentiles(values: Floats) -> Floats:
    """Exact percentile ranks, 0..100 (SCR-13): 100 x (number below + half of the equal) / number; NaN stays NaN."""
    known = values[~np.isnan(values)]
    return rank_among(np.sort(known), values)


def rank_among(ascending: Floats, values: Floats) -> Floats:
    """Percentile of each value in a sorted column it may or may not be part of; ties share the middle of their places."""
    if not len(ascending):
        return np.where(np.isnan(values), np.nan, 50.0)
    below = np.searchsorted(ascending, values, side="left")
    upto = np.searchsorted(ascending, values, side="right")
    return np.where(np.isnan(values), np.nan, 50.0 * (below + upto) / len(ascending))


def wilson_low(wins: Floats, n: Floats) -> Floats:
    """Lower end of the 90 % Wilson interval (U-19); 0 where n is 0."""
    return chance.wilson(np.minimum(wins, n), n)[0]


def _clamped(values: Floats) -> Floats:
    return np.clip(values, 0.0, 1.0)


def profit_share(profit: Floats, venue: int, profile: Profile, population: Population) -> Floats:
    """Profit in the home quote -> 0..1: root of the percentile, or the logarithm with few wallets (U-16). Losses give 0."""
    money = profile.money[venue]
    compared = population.profits.get(venue, np.zeros(0))
    if min(population.traders.get(venue, 0), len(compared)) < profile.percentile_from:
        with np.errstate(invalid="ignore"):
            grown = np.log1p(np.maximum(profit, 0.0) / money.log_unit) / np.log1p(money.log_full)
        return np.where(np.isnan(profit), np.nan, _clamped(grown))
    rank = rank_among(compared, profit)
    return np.where(profit <= 0, 0.0, np.sqrt(rank / 100.0))


def usd_share(usd: Floats, profile: Profile) -> Floats:
    """min(1, usd / 100,000)^0.7 (U-16)."""
    return _clamped(usd / profile.usd_full) ** profile.usd_power


Shape = Callable[[Floats, Profile], Floats]
SHAPES: Final[Mapping[str, Shape]] = {
    "multiple": lambda x, p: _clamped((x - 1) / (p.multiple_full - 1)),  # U-16
    "best": lambda x, p: _clamped((x - 1) / (p.best_full - 1)),  # U-16
    "return": lambda x, p: _clamped(x / p.return_full) ** p.usd_power,  # PMW-01
    "omega": lambda x, p: _clamped((x - 1) / (p.omega_full - 1)),  # PMW-01
    "hit_rate": lambda x, p: _clamped(x / p.hit_margin_full),  # PMW-02
    "edge": lambda x, p: _clamped(x / p.edge_full),  # PMW-02
    "closing_line": lambda x, p: _clamped(x / p.line_full),  # PMW-03
    "graduation": lambda x, p: _clamped(np.log(np.maximum(x, 1e-300)) / np.log(p.lift_full)),  # U-19
}
"""Measure -> 0..1. Parts that are not named here are measured as 0..1 already."""


def shaped(part: str, measure: Floats, venue: int, profile: Profile, population: Population) -> Floats:
    """Share 0..1 of the part's points; NaN where the measure is NaN."""
    if part == "pnl_sol" or (part == "pnl_usd" and venue == POLYMARKET):
        return profit_share(measure, venue, profile, population)
    if part == "pnl_usd":
        return usd_share(measure, profile)
    shape = SHAPES.get(part)
    return shape(measure, profile) if shape else _clamped(measure)


def parts_of(
    measures: Mapping[int, Mapping[str, Known]], venue: NDArray[np.int8], profile: Profile, population: Population
) -> dict[str, Part]:
    """Part -> points by trader. measures: venue -> part -> measure of every trader; venue: where each trader is scored.

    A part without a measure is missing data for everybody.
    """
    size = len(venue)
    found: dict[str, Part] = {}
    for name in GROUP_OF:
        columns = {key: np.zeros(size) for key in ("points", "max", "low", "high", "n")}
        for place in (SOLANA, POLYMARKET):
            most, mine = profile.weights(place).get(name, 0), venue == place
            if not most or not mine.any():
                continue
            measure = measures.get(place, {}).get(name) or Known.exact(np.full(size, np.nan))
            columns["max"][mine] = most
            columns["n"][mine] = measure.n[mine]
            for key, values in (("points", measure.value), ("low", measure.low), ("high", measure.high)):
                columns[key][mine] = most * shaped(name, values[mine], place, profile, population)
        found[name] = Part(**columns)
    return found


@dataclass(frozen=True)
class Grouped:
    """Points of the four groups by trader, [traders, 4]: points NaN where nothing of a group is known."""

    points: Floats
    low: Floats
    high: Floats


def grouped(parts: Mapping[str, Part]) -> Grouped:
    """Sums by group; the known parts of a group stand for the missing ones (U-52). The range fills them with 0 and all."""
    size = len(next(iter(parts.values())).max)
    points, low, high = (np.zeros((size, len(GROUPS))) for _ in range(3))
    reach, known = np.zeros((size, len(GROUPS))), np.zeros((size, len(GROUPS)))
    for name, part in parts.items():
        place = GROUPS.index(GROUP_OF[name])
        there = ~np.isnan(part.points)
        points[:, place] += np.where(there, part.points, 0.0)
        known[:, place] += np.where(there, part.max, 0.0)
        reach[:, place] += part.max
        low[:, place] += part.low
        high[:, place] += part.high
    most = np.array(GROUP_MAX)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(known > 0, points * most / known, np.where(reach > 0, np.nan, 0.0))
        stretch = np.where(reach > 0, most / reach, 0.0)
    return Grouped(scaled, low * stretch, high * stretch)


def position_score(roi: Floats, exit_efficiency: Floats, early: Floats) -> Floats:
    """0-100 of a position, for sorting only (U-53): 40 x ROI / 300 % + 30 x exit efficiency + 30 x early entry.

    What is NaN is left out and the rest re-weighted (U-52); NaN where nothing is known.
    """
    shares = np.stack([_clamped(roi / 3.0), _clamped(exit_efficiency), _clamped(early)])
    weights = np.array([40.0, 30.0, 30.0])[:, None] * ~np.isnan(shares)
    total = weights.sum(axis=0)
    summed = (np.where(np.isnan(shares), 0.0, shares) * weights).sum(axis=0)
    return np.where(total > 0, 100.0 * summed / np.maximum(total, 1.0), np.nan)
