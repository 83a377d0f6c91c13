"""The trades that the booking benchmarks share: skewed wallets, plausible sizes, fees on, some sales of more than held."""

from __future__ import annotations

import numpy as np

from remora.analysis.lots import Rows

START_NS = 1_750_000_000 * 10**9


def arrivals(trades: int, seed: int = 1) -> tuple[Rows, int]:
    """(rows in arrival order, number of positions): ten trades a position on average, 45 % sales of what may be held."""
    random = np.random.default_rng(seed)
    positions = max(1, trades // 10)
    position = random.integers(0, positions, trades).astype(np.int32)
    kind = (random.random(trades) < 0.45).astype(np.int8)
    quantity = random.integers(1, 10**12, trades)
    price = random.integers(20, 60, trades)
    gross = quantity * price // 10_000 + 1
    fee = gross // 100
    money = np.where(kind == 0, gross + fee, gross - fee)
    at = START_NS + np.arange(trades, dtype=np.int64) * 10**9
    return Rows(position, kind, quantity, money, at), positions


def grouped(rows: Rows) -> Rows:
    """The same rows sorted by position."""
    order = np.argsort(rows.position, kind="stable")
    return Rows(*(column[order] for column in rows))


def covered(trades: int, seed: int = 1) -> tuple[Rows, int]:
    """Trades that never sell more than is held, for peers that refuse it."""
    rows, positions = arrivals(trades, seed)
    held = np.zeros(positions, np.int64)
    kind, quantity = rows.kind.copy(), rows.quantity.copy()
    for i, (p, k, q) in enumerate(zip(rows.position.tolist(), kind.tolist(), quantity.tolist(), strict=True)):
        if k and held[p]:
            quantity[i] = min(q, held[p])
            held[p] -= quantity[i]
        else:
            kind[i] = 0
            held[p] += q
    gross = quantity * 40 // 10_000 + 1
    money = np.where(kind == 0, gross + gross // 100, gross - gross // 100)
    return rows._replace(kind=kind, quantity=quantity, money=money), positions
