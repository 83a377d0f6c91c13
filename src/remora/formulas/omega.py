"""Omega: what a wallet won for each dollar it lost on resolved markets of one category (U-47), plain and shrunken (OWR-08).

Gains and losses are net per market in base units (PMW-08). Categories are specific: there is no global Omega.
"""

from __future__ import annotations

from typing import Final

LEAST: Final = 0.1
MOST: Final = 5.0
"""U-47: the cap. Without it Omega measures the absence of losses."""
RESOLVED_LEAST: Final = 10
"""U-47: fewer resolved markets give no vote."""
LISTED_LEAST: Final = 5
"""PMW-05: fewer trades are not listed."""
PRIOR_BETS: Final = 5
"""OWR-08: k of the shrunken Omega, in median bets."""
GRADES: Final = ("S", "A", "B", "C", "D", "F")
GRADE_BOUNDS: Final = (3.0, 2.0, 1.5, 1.0, 0.5)
"""PMW-09: S above the first, A above the second ..."""
MOMENTA: Final = ("unknown", "down", "flat", "up")
FLAT: Final = 0.10
"""PMW-09: a change of at most so much is flat."""


def clamped(value: float) -> float:
    """0.1 .. 5.0; 0 becomes 0.1."""
    return min(max(value, LEAST), MOST)


def omega(gains: int, losses: int) -> float | None:
    """gains / losses, clamped; without losses 5.0; None where there is neither. Both are >= 0."""
    if losses > 0:
        return clamped(gains / losses)
    return MOST if gains > 0 else None


def shrunken(gains: int, losses: int, median_bet: int) -> float | None:
    """OWR-08: (gains + k) / (losses + k) with k = 5 median bets, clamped; None as `omega`, or where no bet is known."""
    k = PRIOR_BETS * median_bet
    return clamped((gains + k) / (losses + k)) if gains + losses > 0 and k > 0 else None


def grade(value: float | None) -> str | None:
    """PMW-09; None where there is no Omega."""
    if value is None:
        return None
    return next((word for word, bound in zip(GRADES, GRADE_BOUNDS, strict=False) if value > bound), GRADES[-1])


def momentum(older: float | None, newer: float | None) -> str:
    """PMW-09: the newer half of the resolved markets against the older one; up or down beyond 10 %."""
    if older is None or newer is None:
        return "unknown"
    return "up" if newer > older * (1 + FLAT) else "down" if newer < older * (1 - FLAT) else "flat"
