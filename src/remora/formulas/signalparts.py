"""How a group of smart buyers stands: concentrated or spread, growing or fading, and what became of signals like it.

Concentration (U-04), diversity (U-05), momentum (U-06), risk (U-07), earlier signals of the same wallets (U-08), quality
from similar signals (U-09), false positives (U-36).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log, sqrt
from typing import Final

import msgspec

from remora.formulas.ranges import Range

NORMAL_90: Final = 1.6448536269514722
"""Half width of the middle 90 % of the normal distribution."""
PRIOR_STRENGTH: Final = 20.0
"""U-08: how many signals the global rate counts for."""
SIMILAR_LEAST: Final = 20
"""U-09: fewer similar signals than this say nothing."""
QUALITY_STEPS: Final = ((0.7, "high"), (0.5, "medium"))
RISK_STEPS: Final = ((35.0, "low"), (65.0, "medium"))
FALL: Final = -0.20
"""U-36: a signal whose price fell further than this in 24 h, without graduation, was false."""


class Spread(msgspec.Struct, frozen=True):
    """U-04: Herfindahl index of the money (0..1, 0 without any) and the largest share."""

    herfindahl: float
    top1_share: float


def concentration(lamports: Mapping[str, int]) -> Spread:
    """U-04 of the lamports by entity."""
    total = sum(lamports.values())
    if total <= 0:
        return Spread(0.0, 0.0)
    shares = sorted(amount / total for amount in lamports.values())
    return Spread(sum(share * share for share in shares), shares[-1])


def entropy(weights: Sequence[int]) -> float:
    """Shannon entropy of the weights divided by log(n): 1 when all are equal, 0 for fewer than two."""
    total = sum(weights)
    if len(weights) < 2 or total <= 0:
        return 0.0
    shares = sorted(part / total for part in weights if part > 0)
    return -sum(share * log(share) for share in shares) / log(len(weights))


def diversity(lamports: Mapping[str, int], funding: Mapping[str, str | None]) -> Range:
    """U-05: entropy of the money over entities x share of buyers with a funding source of their own; one buyer gives 0.

    funding: entity -> its source, None where unknown: then the source may or may not be its own, and the result is a range.
    """
    spread = entropy(list(lamports.values()))
    sources: dict[str, int] = {}
    for entity in lamports:
        source = funding.get(entity)
        if source is not None:
            sources[source] = sources.get(source, 0) + 1
    unknown = sum(1 for entity in lamports if funding.get(entity) is None)
    count = max(len(lamports), 1)
    return Range(spread * len(sources) / count, spread * (len(sources) + unknown) / count)


class Momentum(msgspec.Struct, frozen=True):
    """U-06: -1 (all in the older half) .. 1 (all in the newer), and entities per minute."""

    balance: float
    per_minute: float


def momentum(buys: Sequence[tuple[str, int, int]], start: int, end: int) -> Momentum:
    """U-06 of (entity, at, lamports) within start..end (nanoseconds). An empty window gives 0."""
    inside = [buy for buy in buys if start <= buy[1] <= end]
    total = sum(lamports for _, _, lamports in inside)
    minutes = (end - start) / 60_000_000_000
    if total <= 0 or minutes <= 0:
        return Momentum(0.0, 0.0)
    newer = sum(lamports for _, at, lamports in inside if 2 * at > start + end)
    return Momentum((2 * newer - total) / total, len({entity for entity, _, _ in inside}) / minutes)


class Risk(msgspec.Struct, frozen=True):
    """U-07: 0-100; the level where both ends agree, else 'unknown'."""

    points: Range
    level: str


def risk(
    *, herfindahl: float, diversity: Range, clustered_share: float | None, token_risk: Range, success: float | None
) -> Risk:
    """U-07: 25 x concentration + 20 x (1 - diversity) + 15 x clustered share + 25 x token risk / 100 + 15 x (1 - success).

    clustered_share or success None: unknown, which makes the result a range.
    """
    clustered = (0.0, 1.0) if clustered_share is None else (clustered_share, clustered_share)
    failed = (0.0, 1.0) if success is None else (1 - success, 1 - success)
    low, high = (
        25 * herfindahl + 20 * (1 - spread) + 15 * part + 25 * token / 100 + 15 * failure
        for spread, part, token, failure in (
            (diversity.high, clustered[0], token_risk.low, failed[0]),
            (diversity.low, clustered[1], token_risk.high, failed[1]),
        )
    )
    levels = {next((word for bound, word in RISK_STEPS if points < bound), "high") for points in (low, high)}
    return Risk(Range(low, high), levels.pop() if len(levels) == 1 else "unknown")


def shrunk_rate(successes: int, signals: int, global_rate: float, strength: float = PRIOR_STRENGTH) -> float:
    """U-08: (successes + strength x global rate) / (signals + strength)."""
    return (successes + strength * global_rate) / (signals + strength)


def wilson(successes: float, trials: float, z: float = NORMAL_90) -> Range:
    """Wilson's interval of a rate (90 % by default); 0..1 without trials."""
    if trials <= 0:
        return Range(0.0, 1.0)
    rate, square = successes / trials, z * z
    middle = (rate + square / (2 * trials)) / (1 + square / trials)
    half = z * sqrt(rate * (1 - rate) / trials + square / (4 * trials * trials)) / (1 + square / trials)
    return Range(max(middle - half, 0.0), min(middle + half, 1.0))


class Quality(msgspec.Struct, frozen=True):
    """U-09: the word, the success rate of similar signals and how sure it is (None where they are too few)."""

    word: str
    rate: float | None
    confidence: float | None


def quality(successes: int, similar: int, *, suspicious: bool = False) -> Quality:
    """U-09, U-14: 'suspicious', 'unknown' below 20 similar signals, else high > 0.7, medium > 0.5 of success, low.

    `similar` and `successes` count only signals whose outcome was known before this one.
    """
    if similar < SIMILAR_LEAST:
        return Quality("suspicious" if suspicious else "unknown", None, None)
    rate, interval = successes / similar, wilson(successes, similar)
    word = next((word for bound, word in QUALITY_STEPS if rate > bound), "low")
    return Quality("suspicious" if suspicious else word, rate, 1 - (interval.high - interval.low))


def false_positive(change_24h: float | None, *, graduated: bool) -> bool | None:
    """U-36: the price stood below -20 % at 24 h and the token did not graduate; None where the price is unknown."""
    if graduated:
        return False
    return None if change_24h is None else change_24h < FALL
