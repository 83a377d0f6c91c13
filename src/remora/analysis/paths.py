"""What an asset cost at any instant, as its trades tell it: the last price before, the first after, the peak of a span."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from remora.analysis.exact import Bools, Ints, compiled
from remora.analysis.past import Past

Floats = NDArray[np.float64]

_BLOCK: Final = 32
"""Trades whose highest price is kept together: the table of peaks then takes a few bytes a trade."""


@dataclass(frozen=True)
class Paths:
    """Every priced trade, sorted by (asset, at, and then as the chain ordered them).

    start: [assets + 1], start[a]:start[a+1] are the trades of asset a. at: ns. price: home quote atoms per asset atom, as
    the pool or the counterparty saw it, before fees. money: home quote atoms that changed hands. Trades without an
    instant, a quantity or money tell no price and are left out.
    """

    start: Ints
    at: Ints
    price: Floats
    money: Ints

    @staticmethod
    def of(past: Past) -> Paths:
        """The paths of all assets of `past`."""
        tape = past.tape
        priced: Bools = (tape.at >= 0) & (tape.quantity > 0) & (tape.money >= 0)
        order = tape.by_asset
        order = order[priced[order]]
        money = tape.money[order]
        counts = np.bincount(tape.asset[order], minlength=len(past.assets))
        start = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])
        return Paths(start, tape.at[order], money / tape.quantity[order], money)

    def __len__(self) -> int:
        """Number of priced trades."""
        return len(self.at)

    def price_before(self, asset: NDArray[Any], at: Ints) -> Floats:
        """Price of the last trade at or before each instant; NaN where there is none, or asset or instant is unknown (-1)."""
        place = np.empty(len(asset), np.int64)
        _places(self.start, self.at, asset, at, 1, place)
        return self._priced(place - 1, asset)

    def price_after(self, asset: NDArray[Any], at: Ints, within: int | None = None) -> Floats:
        """Price of the first trade at or after each instant, what a follower could get; NaN as in `price_before`.

        within: NaN also where that trade comes more than so many ns later.
        """
        place = np.empty(len(asset), np.int64)
        _places(self.start, self.at, asset, at, 0, place)
        price = self._priced(place, asset)
        if within is not None and len(self.at):
            price[self.at[np.clip(place, 0, len(self.at) - 1)] > at + within] = np.nan
        return price

    def peak(self, asset: NDArray[Any], since: Ints, until: Ints) -> Floats:
        """Highest price among the trades of since <= at <= until; NaN where there are none or something is unknown (-1)."""
        first = np.empty(len(asset), np.int64)
        end = np.empty(len(asset), np.int64)
        _places(self.start, self.at, asset, since, 0, first)
        _places(self.start, self.at, asset, until, 1, end)
        out = np.full(len(asset), np.nan)
        _peaks(self.price, self._table, np.where(first < 0, end, first), end, out)
        return out

    def _priced(self, place: Ints, asset: NDArray[Any]) -> Floats:
        """Prices at `place`, NaN where that is no trade of the asset."""
        known = np.clip(asset, 0, max(len(self.start) - 2, 0))
        inside = (asset >= 0) & (place >= self.start[known]) & (place < self.start[np.minimum(known + 1, len(self.start) - 1)])
        out = np.full(len(asset), np.nan)
        out[inside] = self.price[place[inside]]
        return out

    @cached_property
    def _table(self) -> Floats:
        """table[k, b]: the highest price of the 2^k blocks from block b on (a sparse table)."""
        blocks = max(-(-len(self.price) // _BLOCK), 1)
        padded = np.full(blocks * _BLOCK, -np.inf)
        padded[: len(self.price)] = self.price
        rows = [padded.reshape(blocks, _BLOCK).max(axis=1)]
        while (span := 1 << (len(rows) - 1)) * 2 <= blocks:
            row = rows[-1].copy()
            row[: blocks - span] = np.maximum(row[: blocks - span], row[span:])
            rows.append(row)
        return np.stack(rows)


@compiled
def _places(start: Any, times: Any, asset: Any, at: Any, after: Any, out: Any) -> None:
    """First place of the asset's trades with times >= at (after = 0) or times > at (after = 1); -1 = unknown."""
    for i in range(len(asset)):
        if asset[i] < 0 or at[i] < 0:
            out[i] = -1
            continue
        low, high, wanted = start[asset[i]], start[asset[i] + 1], at[i] + after
        while low < high:
            middle = (low + high) >> 1
            if times[middle] < wanted:
                low = middle + 1
            else:
                high = middle
        out[i] = low


@compiled
def _peaks(price: Any, table: Any, first: Any, end: Any, out: Any) -> None:
    """Highest of price[first:end]: the ends trade by trade, the whole blocks between from two overlapping rows of the table."""
    for i in range(len(first)):
        low, high = first[i], end[i]
        if low < 0 or high <= low:
            continue
        best = -np.inf
        while low < high and low % _BLOCK != 0:
            best = max(best, price[low])
            low += 1
        while high > low and high % _BLOCK != 0:
            high -= 1
            best = max(best, price[high])
        blocks = (high - low) // _BLOCK
        if blocks > 0:
            level = 0
            while (2 << level) <= blocks:
                level += 1
            block = low // _BLOCK
            best = max(best, table[level, block], table[level, block + blocks - (1 << level)])
        out[i] = best
