"""Points of which a part may be unknown: a range instead of a number that was lowered silently (TOK-39)."""

from __future__ import annotations

from collections.abc import Iterable
from math import nan

import msgspec


class Range(msgspec.Struct, frozen=True):
    """The points lie between `low` and `high`; equal where they are known."""

    low: float
    high: float

    @property
    def known(self) -> bool:
        """Nothing is missing."""
        return self.low == self.high

    @property
    def points(self) -> float:
        """The points where they are known, else NaN."""
        return self.low if self.known else nan

    def clamped(self, least: float, most: float) -> Range:
        """Both ends kept within least..most."""
        return Range(min(max(self.low, least), most), min(max(self.high, least), most))

    def times(self, factor: float) -> Range:
        """Both ends multiplied; factor >= 0."""
        return Range(self.low * factor, self.high * factor)


def known(points: float) -> Range:
    """Points that are known."""
    return Range(points, points)


def unknown(most: float, least: float = 0.0) -> Range:
    """Nothing is known but the bounds of the part."""
    return Range(least, most)


def either(points: float | None, most: float, least: float = 0.0) -> Range:
    """Known points, or the whole of the part where they are None."""
    return unknown(most, least) if points is None else known(points)


def total(parts: Iterable[Range]) -> Range:
    """Sum of parts: as known as its least known part."""
    low = high = 0.0
    for part in parts:
        low, high = low + part.low, high + part.high
    return Range(low, high)


def step(value: float, steps: tuple[tuple[float, float], ...], other: float = 0.0) -> float:
    """Points of the first step (bound, points) whose bound lies above `value`; `other` beyond the last. Bounds ascend."""
    return next((points for bound, points in steps if value < bound), other)


def step_down(value: float, steps: tuple[tuple[float, float], ...], other: float = 0.0) -> float:
    """Points of the first step (bound, points) whose bound lies below `value`; `other` beyond the last. Bounds descend."""
    return next((points for bound, points in steps if value > bound), other)
