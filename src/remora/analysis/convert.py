"""Reference prices: what one quote was worth in dollars at an instant, exactly as its source wrote it.

A price holds from its instant until the next one, for at most PRICE_HOLDS_NS (hourly prices, one of which may be
missing). Where none holds, nothing is converted: the caller says so instead of guessing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from remora.analysis.columns import ints
from remora.analysis.exact import Bools, Ints, mul_div_each
from remora.analysis.names import Names
from remora.model import units

PRICE_HOLDS_NS: Final = 2 * units.HOUR
DOLLARS: Final = (units.USD, units.USDC)
"""Quotes that count as dollars, in micro-dollars."""


@dataclass(frozen=True)
class Reference:
    """Prices of SOL by time: `micro_usd[i]` for `lamports[i]` from `at[i]` on (ascending)."""

    at: Ints
    micro_usd: Ints
    lamports: Ints

    def _find(self, at: Ints) -> tuple[Ints, Bools]:
        place = np.searchsorted(self.at, at, side="right") - 1
        known = (place >= 0) & (at > 0)
        place = np.where(known, place, 0)
        if len(self.at):
            known &= at - self.at[place] < PRICE_HOLDS_NS
        return place, known

    def to_usd(self, lamports: Ints, at: Ints) -> tuple[Ints, Bools]:
        """floor(lamports in micro-dollars) at each instant, and where a price holds (elsewhere 0)."""
        if not len(self.at):
            return np.zeros(len(at), np.int64), np.zeros(len(at), np.bool_)
        place, known = self._find(at)
        value, fits = mul_div_each(lamports, self.micro_usd[place], self.lamports[place])
        return np.where(known & fits, value, 0), known & fits

    def to_sol(self, micro_usd: Ints, at: Ints) -> tuple[Ints, Bools]:
        """floor(micro-dollars in lamports) at each instant, and where a price holds (elsewhere 0)."""
        if not len(self.at):
            return np.zeros(len(at), np.int64), np.zeros(len(at), np.bool_)
        place, known = self._find(at)
        value, fits = mul_div_each(micro_usd, self.lamports[place], self.micro_usd[place])
        return np.where(known & fits, value, 0), known & fits


NO_REFERENCE: Final = Reference(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64))


def reference(prices: pa.Table | None, names: Names) -> Reference:
    """SOL in dollars out of the table `prices` (asset, quote, quote_atoms, asset_atoms, happened_at); others are left out.

    Of two prices of one instant the smaller counts, whatever their order in the table.
    """
    if prices is None or prices.num_rows == 0:
        return NO_REFERENCE
    asset, quote = names.column(prices["asset"]), names.column(prices["quote"])
    at, usd, sol = (ints(prices[name]) for name in ("happened_at", "quote_atoms", "asset_atoms"))
    keep = (asset == names.id(units.SOL)) & np.isin(quote, [names.id(text) for text in DOLLARS])
    keep &= (at > 0) & (usd > 0) & (sol > 0)
    at, usd, sol = at[keep], usd[keep], sol[keep]
    order = np.lexsort((sol, usd, at))
    at, usd, sol = at[order], usd[order], sol[order]
    first = np.ones(len(at), np.bool_)
    first[1:] = at[1:] != at[:-1]
    return Reference(at[first], usd[first], sol[first])
