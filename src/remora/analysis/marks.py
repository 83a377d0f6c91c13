"""At what price what is held is valued, how old that price is, and which tokens have collapsed.

A mark is a price with a name (`last_trade`, `curve`, `candle`, `book` ...), an instant and the exact ratio
quote_atoms / quantity_atoms. A token has collapsed when its last price is at least `fall_percent` below its peak.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa

from remora.analysis.columns import ints
from remora.analysis.exact import Bools, Ints
from remora.analysis.names import NONE, Names

LAST_TRADE: Final = "last_trade"
PEAK_MIN_QUOTE_ATOMS: Final = 1_000_000
"""Trades of less money than this (0.001 SOL, 1 dollar) set no peak: their price is mostly rounding."""


@dataclass(frozen=True)
class Marks:
    """One mark per asset, ascending by asset id. peak_* 0: the peak is unknown. name: place in `kinds`."""

    asset: Ints
    quote: Ints
    quote_atoms: Ints
    quantity_atoms: Ints
    at: Ints
    name: Ints
    kinds: tuple[str, ...]
    peak_quote_atoms: Ints
    peak_quantity_atoms: Ints
    _fallen: dict[int, Bools] = field(default_factory=dict, compare=False, repr=False)

    def find(self, assets: Ints) -> tuple[Ints, Bools]:
        """Place of each asset's mark (0 where there is none), and where there is one."""
        if not len(self.asset):
            return np.zeros(len(assets), np.int64), np.zeros(len(assets), np.bool_)
        place = np.minimum(np.searchsorted(self.asset, assets), len(self.asset) - 1)
        return place, self.asset[place] == assets

    def collapsed(self, fall_percent: int) -> Bools:
        """Which marks lie at least `fall_percent` below their peak, compared exactly; worked out once."""
        known = self._fallen.get(fall_percent)
        if known is None:
            known = self._fallen[fall_percent] = self._compared(fall_percent)
        return known

    def _compared(self, fall_percent: int) -> Bools:
        columns = (self.quote_atoms, self.quantity_atoms, self.peak_quote_atoms, self.peak_quantity_atoms)
        left = 100 - fall_percent
        return np.array(
            [
                bool(top and top_size) and last * top_size * 100 <= top * size * left
                for last, size, top, top_size in zip(*(column.tolist() for column in columns), strict=True)
            ],
            np.bool_,
        )


def marks_of(table: pa.Table | None, names: Names) -> Marks:
    """Marks out of `Ledger.last_prices` (asset, quote, quote_atoms, quantity_atoms, happened_at).

    Optional columns: `mark` (its name, else last_trade), `peak_quote_atoms` and `peak_quantity_atoms` (see `peaks`).
    Rows of no quantity are left out; of several rows of one asset the latest counts.
    """
    if table is None or table.num_rows == 0:
        empty = np.zeros(0, np.int64)
        return Marks(empty, empty, empty, empty, empty, empty, (LAST_TRADE,), empty, empty)
    has = set(table.column_names)
    asset, quote = names.column(table["asset"]), names.column(table["quote"])
    quote_atoms, quantity, at = (ints(table[name]) for name in ("quote_atoms", "quantity_atoms", "happened_at"))
    zeros = np.zeros(len(asset), np.int64)
    peak = [ints(table[f"peak_{name}"]) if f"peak_{name}" in has else zeros for name in ("quote_atoms", "quantity_atoms")]
    texts = table["mark"].to_pylist() if "mark" in has else [LAST_TRADE] * len(asset)
    kinds = tuple(sorted(set(texts)))
    name = np.array([kinds.index(text) for text in texts], np.int64)
    order = np.lexsort((quantity, quote_atoms, at, asset))
    order = order[quantity[order] > 0]
    last = np.ones(len(order), np.bool_)
    last[:-1] = asset[order][1:] != asset[order][:-1]
    pick = order[last]
    return Marks(
        asset[pick], quote[pick], quote_atoms[pick], quantity[pick], at[pick], name[pick], kinds, peak[0][pick], peak[1][pick]
    )


def peaks(parts: Iterable[pa.Table]) -> pa.Table:
    """Marks with peaks out of all trades (tables of `Ledger.book_trades`, in parts): per (asset, quote), then per asset.

    The last price is that of the latest trade; the peak is the highest price in the same quote among trades of at
    least PEAK_MIN_QUOTE_ATOMS. Columns as `marks_of` reads them.
    """
    best: dict[tuple[int, int], list[int]] = {}
    for table in parts:
        for key, figures in _peaks_of(table).items():
            have = best.get(key)
            best[key] = figures if have is None else _better(have, figures)
    latest: dict[int, tuple[int, int, int, int]] = {}
    for (asset, quote), figures in best.items():
        latest[asset] = max(latest.get(asset, (NONE, 0, 0, 0)), (figures[0], figures[1], -figures[2], quote))
    rows = [(asset, pick[3], *best[asset, pick[3]]) for asset, pick in sorted(latest.items())]
    columns = list(zip(*rows, strict=True)) or [()] * 7
    names = ("asset", "quote", "happened_at", "quote_atoms", "quantity_atoms", "peak_quote_atoms", "peak_quantity_atoms")
    return pa.table({name: pa.array(column, pa.int64()) for name, column in zip(names, columns, strict=True)})


def _better(a: list[int], b: list[int]) -> list[int]:
    """Later last price and higher peak of two; ties go to the larger figures, whatever the order."""
    last = max(a[:3], b[:3])
    top = a[3:] if a[3] * b[4] > b[3] * a[4] or not b[4] else b[3:]
    return last + top


def _peaks_of(table: pa.Table) -> dict[tuple[int, int], list[int]]:
    asset, quote, quote_atoms, quantity, at = (
        ints(table[name]) for name in ("asset", "quote", "quote_atoms", "quantity_atoms", "happened_at")
    )
    kept = quantity > 0
    asset, quote, quote_atoms, quantity, at = (column[kept] for column in (asset, quote, quote_atoms, quantity, at))
    big = quote_atoms >= PEAK_MIN_QUOTE_ATOMS
    price = np.where(big, quote_atoms / np.maximum(quantity, 1), -1.0)
    by_time = np.lexsort((quantity, quote_atoms, at, quote, asset))
    by_price = np.lexsort((quantity, quote_atoms, price, quote, asset))
    same = (asset[by_time][1:] == asset[by_time][:-1]) & (quote[by_time][1:] == quote[by_time][:-1])
    ends = np.flatnonzero(np.append(~same, True)) if len(asset) else np.zeros(0, np.int64)
    last, top = by_time[ends], by_price[ends]
    columns = [asset[last], quote[last], at[last], quote_atoms[last], quantity[last]]
    columns += [np.where(big[top], quote_atoms[top], 0), np.where(big[top], quantity[top], 0)]
    return {(row[0], row[1]): list(row[2:]) for row in zip(*(column.tolist() for column in columns), strict=True)}
