"""Reference prices: which one holds when, and exact conversion both ways."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from remora.analysis.convert import PRICE_HOLDS_NS, reference
from remora.analysis.names import Names

SOL = 10**9
HOUR = 3600 * SOL
NOON = 1_750_000_000 * SOL


def prices(*rows: tuple[int, int]) -> pa.Table:
    return pa.Table.from_pylist(
        [{"asset": "SOL", "quote": "USD", "quote_atoms": usd, "asset_atoms": SOL, "happened_at": at} for at, usd in rows]
    )


def to_usd(table: pa.Table, lamports: int, at: int) -> int | None:
    value, known = reference(table, Names({})).to_usd(np.array([lamports]), np.array([at]))
    return int(value[0]) if known[0] else None


def test_the_latest_price_before_holds() -> None:
    table = prices((NOON, 100_000_000), (NOON + HOUR, 120_000_000))
    assert to_usd(table, 2 * SOL, NOON) == 200_000_000
    assert to_usd(table, 2 * SOL, NOON + HOUR - 1) == 200_000_000
    assert to_usd(table, 2 * SOL, NOON + HOUR) == 240_000_000


def test_no_price_before_the_first_or_long_after_the_last() -> None:
    table = prices((NOON, 100_000_000))
    assert to_usd(table, SOL, NOON - 1) is None
    assert to_usd(table, SOL, NOON + PRICE_HOLDS_NS - 1) == 100_000_000
    assert to_usd(table, SOL, NOON + PRICE_HOLDS_NS) is None
    assert to_usd(table, SOL, -1) is None


def test_conversion_floors_and_refuses_what_does_not_fit() -> None:
    table = prices((NOON, 3))
    assert to_usd(table, 333_333_333, NOON) == 0
    assert to_usd(table, 333_333_334, NOON) == 1
    back, known = reference(table, Names({})).to_sol(np.array([1, 2**62]), np.array([NOON, NOON]))
    assert (int(back[0]), known.tolist()) == (333_333_333, [True, False])


def test_other_assets_and_empty_prices_are_left_out() -> None:
    odd = prices((NOON, 0), (NOON, 5)).append_column("x", pa.array([1, 2]))
    assert to_usd(odd, SOL, NOON) == 5
    assert to_usd(prices((NOON, 7), (NOON, 6)), SOL, NOON) == to_usd(prices((NOON, 6), (NOON, 7)), SOL, NOON) == 6
    assert reference(None, Names({})).to_usd(np.array([1]), np.array([NOON]))[1].tolist() == [False]
