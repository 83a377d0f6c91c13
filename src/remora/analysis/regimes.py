"""Regimes of the market, calm, normal or wild, as they could be told at each instant (U-13).

The unrest of an hour is the root of the sum of squared hourly log changes over 24 hours, of SOL/USD and of the money
traded on Solana. Its rank among the 90 days before (itself included) gives the regime: the lowest third is calm, the
highest wild. Only what was known at the start of the hour counts, so nothing looks ahead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from remora.analysis.exact import Ints, compiled
from remora.analysis.past import SOLANA, Codes, Past
from remora.model import units

Floats = NDArray[np.float64]

REGIMES: Final = ("calm", "normal", "wild")
UNKNOWN: Final = -1
_DAY_HOURS: Final = 24
_KNOWN_HOURS: Final = 18  # of 24, else the day's unrest is unknown
_LONG_HOURS: Final = 90 * _DAY_HOURS
_LEAST_HOURS: Final = 7 * _DAY_HOURS  # fewer hours of history rank nothing
_FRESH_HOURS: Final = 3  # a price older than this is no price of the hour
_DECIMALS: Final = 7
_MOST_HOURS: Final = 200_000  # 22 years: a longer span holds a wrong instant


@dataclass(frozen=True)
class Regimes:
    """first: the hour (since 1970) of the first code; code: regime at the start of each hour, -1 unknown."""

    first: int
    code: Codes

    @staticmethod
    def of(past: Past) -> Regimes:
        """Regimes up to `past.as_of`, out of the SOL price and the trades of Solana."""
        at, price = past.prices
        mine = (past.tape.venue == SOLANA) & (past.tape.at > 0)
        traded = past.tape.at[mine]
        last = past.as_of // units.HOUR
        starts = [int(times.min()) // units.HOUR for times in (at, traded) if len(times)]
        if not starts or last - min(starts) >= _MOST_HOURS:
            return Regimes(0, np.zeros(0, np.int8))
        first = min(starts)
        hours = last - first + 1
        ranks = np.stack([
            _rank(_unrest(_hourly_price(at, price, first, hours))),
            _rank(_unrest(_hourly_money(traded, past.tape.money[mine], first, hours))),
        ])  # fmt: skip
        known = ~np.isnan(ranks)
        count = known.sum(axis=0)
        rank = np.where(known, ranks, 0.0).sum(axis=0) / np.maximum(count, 1)
        code = np.minimum((rank * len(REGIMES)).astype(np.int8), len(REGIMES) - 1)
        return Regimes(first, np.where(count > 0, code, UNKNOWN).astype(np.int8))

    def at(self, instants: Ints) -> Codes:
        """Regime at each instant (places in REGIMES); -1 where it is unknown or the instant is."""
        place = instants // units.HOUR - self.first
        inside = (instants >= 0) & (place >= 0) & (place < len(self.code))
        if not len(self.code):
            return np.full(len(instants), UNKNOWN, np.int8)
        return np.where(inside, self.code[np.where(inside, place, 0)], UNKNOWN).astype(np.int8)


def _hourly_price(at: Ints, price: Ints, first: int, hours: int) -> Floats:
    """Log of the last price known at the start of each hour; NaN without a fresh one."""
    if not len(at):
        return np.full(hours, np.nan)
    start = (first + np.arange(hours, dtype=np.int64)) * units.HOUR
    place = np.searchsorted(at, start, side="right") - 1
    held = np.maximum(place, 0)
    fresh = (place >= 0) & (start - at[held] <= _FRESH_HOURS * units.HOUR) & (price[held] > 0)
    return np.where(fresh, np.log(np.maximum(price[held], 1)), np.nan)


def _hourly_money(at: Ints, money: Ints, first: int, hours: int) -> Floats:
    """Log of the money traded in the hour before the start of each hour; NaN where nobody traded."""
    place = at // units.HOUR - first + 1
    inside = (place >= 0) & (place < hours)
    total = np.bincount(place[inside], money[inside].astype(np.float64), hours)
    return np.where(total > 0, np.log(np.maximum(total, 1.0)), np.nan)


def _unrest(level: Floats) -> Floats:
    """Root of the sum of squared hourly changes over 24 hours, scaled up for missing ones; NaN where too few are known."""
    change = np.diff(level, prepend=np.nan) ** 2
    known = ~np.isnan(change)
    sums, counts = (np.concatenate(([0.0], np.cumsum(c))) for c in (np.where(known, change, 0.0), known.astype(np.float64)))
    end = np.arange(1, len(level) + 1)
    begin = np.maximum(end - _DAY_HOURS, 0)
    count = counts[end] - counts[begin]
    enough = count >= _KNOWN_HOURS
    unrest = np.sqrt(np.maximum(sums[end] - sums[begin], 0.0) / np.maximum(count, 1) * _DAY_HOURS)
    return np.where(enough, np.round(unrest, _DECIMALS), np.nan)  # equal hours must tie in spite of the sums' last digits


def _rank(unrest: Floats) -> Floats:
    """Share of the trailing 90 days that was calmer (ties count half), 0..1; NaN with less than a week of history."""
    out = np.full(len(unrest), np.nan)
    _ranks(unrest, out)
    return out


@compiled
def _ranks(unrest: Any, out: Any) -> None:
    for i in range(len(unrest)):
        if np.isnan(unrest[i]):
            continue
        less = equal = known = 0
        for j in range(max(0, i - _LONG_HOURS + 1), i + 1):
            if not np.isnan(unrest[j]):
                known += 1
                if unrest[j] < unrest[i]:
                    less += 1
                elif unrest[j] == unrest[i]:
                    equal += 1
        if known >= _LEAST_HOURS:
            out[i] = (less + 0.5 * equal) / known
