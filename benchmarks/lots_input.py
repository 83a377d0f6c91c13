"""The trades that the booking benchmarks share: skewed wallets, plausible sizes, fees on, some sales of more than held."""

from __future__ import annotations

import numpy as np

from remora.analysis.lots import Rows

START_NS = 1_750_000_000 * 10**9


def arrivals(trades: int, seed: int = 1) -> tuple[Rows, int]:
    """(rows in arrival order, number of positions): ten trades a position on average, 45 % sales of what may be held."""
    random = np.random.default_rng(seed)
    positions = max(1, trades // 10)
    position = random.integers(0, positions, trades, np.int32)
    kind = (random.random(trades, np.float32) < 0.45).astype(np.int8)
    quantity = random.integers(1, 10**12, trades)
    money = quantity * random.integers(20, 60, trades) // 10_000 + 1
    fee = money // 100
    np.subtract(0, fee, out=fee, where=kind == 1)
    money += fee
    return Rows(position, kind, quantity, money, _instants(trades)), positions


def grouped(rows: Rows) -> Rows:
    """The same rows sorted by position."""
    order = np.argsort(rows.position, kind="stable")
    return Rows(*(column[order] for column in rows))


def covered(trades: int, *, largest: int = 1_000, closed: bool = False, seed: int = 1) -> tuple[Rows, int]:
    """Trades that never sell more than is held, at whole prices and a fee of 1 per trade, for peers that want it so.

    Fees make unit costs fractions, so costs are whole only without them: peers that book costs per unit get fee 0.
    closed: every position ends flat, and is flat only then (one cycle), with a fee of 1.
    """
    random = np.random.default_rng(seed)
    positions = max(1, trades // 10)
    who = random.integers(0, positions, trades, np.int32)
    last = np.zeros(trades, np.bool_)
    last[np.unique(who[::-1], return_index=True)[1]] = True
    last = last[::-1]
    kinds, sizes = (random.random(trades) < 0.45).astype(np.int8), random.integers(1, largest, trades)
    prices, held = random.integers(20, 60, trades), np.zeros(positions, np.int64)
    for i in range(trades):
        p, spare = who[i], held[who[i]] - (1 if closed else 0)
        if closed and last[i] and held[p]:
            kinds[i], sizes[i] = 1, held[p]
        elif kinds[i] and spare > 0:
            sizes[i] = min(sizes[i], spare)
        else:
            kinds[i] = 0
        held[p] += -sizes[i] if kinds[i] else sizes[i]
    fee = 1 if closed else 0
    money = sizes * prices + np.where(kinds == 1, -fee, fee)
    return Rows(who, kinds, sizes, money, _instants(trades)), positions


def _instants(trades: int) -> np.ndarray:
    return START_NS + np.arange(trades, dtype=np.int64) * 10**9
