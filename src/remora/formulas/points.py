"""Points of the 0-1000 score, one wallet at a time: decay, levels, factors and the change between full recalculations.

The analysis applies the same steps to whole columns; the live rules use these.
"""

from __future__ import annotations

from typing import Final

import msgspec

from remora.formulas.signalparts import wilson

TOP: Final = 1000.0
LEVELS: Final = ("none", "profitable", "smart_money", "expert", "elite")
LEVEL_FROM: Final = (0.0, 500.0, 700.0, 800.0, 900.0)
"""Lower ends of LEVELS, inclusive (UPD-05, D-03)."""
DECAY_STEPS: Final = ((7, 1.0), (14, 0.95), (30, 0.85), (60, 0.70), (90, 0.50))
"""(whole days since the last trade at most, factor) of the stepped policy (SCR-07)."""
DECAY_LAST: Final = 0.30
GENTLE_DAYS: Final = 60
GENTLE_LOSS: Final = 0.2
STALE_SECONDS: Final = 300
"""A cached score older than this is fetched again (U-12)."""
SIGNIFICANT: Final = 10.0
"""A change of more points than this asks for a full recalculation (UPD-03)."""
SHARP_SHARE: Final = 0.20
"""A score that moved by more than this share of itself is worth an alert (SCR-14)."""
TREND_SHARE: Final = 0.05
_PER_POINT: Final = 10.0
_GAIN_TOP: Final = 20.0
_LOSS_TOP: Final = 10.0
_GRADUATED: Final = 5.0
_ACTIVE: Final = 0.5
ACTIVE_FROM_SOL: Final = 0.1
ACTIVE_A_DAY: Final = 10
MOVED_TOP: Final = 50.0
"""Limits of U-39: trades this large earn the activity bonus, so many a day; the provisional change never exceeds this."""


def decay(days: int, policy: str = "stepped", floor: float = 0.0) -> float:
    """Factor after `days` whole days without a trade (SCR-07, D-07). policy: stepped or gentle; ValueError for another."""
    if policy == "gentle":
        return max(1.0 - GENTLE_LOSS, 1.0 - days / GENTLE_DAYS * GENTLE_LOSS, floor)
    if policy != "stepped":
        raise ValueError(f"no decay policy {policy!r}")
    return max(next((factor for most, factor in DECAY_STEPS if days <= most), DECAY_LAST), floor)


def level(points: float) -> str:
    """Name of the level of a score (UPD-05): boundaries belong to the upper level; NaN has none."""
    return next((name for name, low in zip(LEVELS[::-1], LEVEL_FROM[::-1], strict=True) if points >= low), LEVELS[0])


def cluster_factor(confidence: float, floor: float = 0.3) -> float:
    """Factor on profitability of a clustered wallet (SCR-03, D-11); confidence 0 = in no cluster."""
    return max(floor, 1.0 - confidence)


def reputation_factor(reputation: float, weight: float = 0.3) -> float:
    """Factor on profitability of a reputation of 0-100 (D-10)."""
    return 1.0 + weight * (reputation - 50.0) / 50.0


def market_factor(chance: float, low: float = 0.8, span: float = 0.4) -> float:
    """Factor on the score of the chance to win in the present regime (SCR-08, U-13); 0.5 is neutral."""
    return low + chance * span


def wilson_low(wins: float, n: float) -> float:
    """Lower end of the 90 % Wilson interval of a share (U-19); 0 where n is 0."""
    return wilson(wins, n).low


def copyability(trades: int, splits: int, merges: int) -> float:
    """0-100, copyable from 70 on (U-51): 100 - min(100, 50 (splits + merges) / trades + 30 merges / splits).

    Merges without any split: the ratio has no bound, so nothing is left.
    """
    if not trades or (merges and not splits):
        return 0.0
    return 100.0 - min(100.0, 50.0 * (splits + merges) / trades + (30.0 * merges / splits if splits else 0.0))


def trend(before: float, now: float) -> str:
    """rising, falling or stable: a move of more than 5 % (SCR-14 names the words, the 5 % are ours)."""
    if abs(now - before) <= TREND_SHARE * before:
        return "stable"
    return "rising" if now > before else "falling"


def moved_sharply(before: float, now: float) -> bool:
    """Whether a score moved by more than 20 % (SCR-14)."""
    return abs(now - before) > SHARP_SHARE * before


def is_stale(age_seconds: float) -> bool:
    """Whether a cached score must be fetched again (UPD-01, U-12)."""
    return age_seconds > STALE_SECONDS


class Provisional(msgspec.Struct, frozen=True):
    """A score between two full recalculations. moved: points since the full one; bonuses: activity bonuses of that day."""

    full: float
    moved: float = 0.0
    day: int = -1
    bonuses: int = 0

    @property
    def points(self) -> float:
        """What is shown: 0-1000."""
        return min(max(self.full + self.moved, 0.0), TOP)


def after_trade(
    score: Provisional, *, profit_sol: float | None, money_sol: float, day: int, graduated: bool
) -> tuple[Provisional, bool]:
    """(score after a trade, whether a full recalculation is due) by UPD-02, UPD-03 and the limits of U-39.

    profit_sol: what the trade realized, None where it realized nothing (a buy) or nobody knows. day: number of the
    UTC day of the trade.
    """
    change = 0.0
    if profit_sol is not None and profit_sol > 0:
        change = min(profit_sol / _PER_POINT, _GAIN_TOP) + (_GRADUATED if graduated else 0.0)
    elif profit_sol is not None:
        change = max(profit_sol / _PER_POINT, -_LOSS_TOP)
    bonuses = score.bonuses if day == score.day else 0
    if money_sol >= ACTIVE_FROM_SOL and bonuses < ACTIVE_A_DAY:
        bonuses += 1
        change += _ACTIVE
    moved = min(max(score.moved + change, -MOVED_TOP), MOVED_TOP)
    return Provisional(score.full, moved, day, bonuses), abs(change) > SIGNIFICANT
