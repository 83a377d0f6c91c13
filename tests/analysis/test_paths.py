from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remora.analysis.past import Tape
from remora.analysis.paths import Paths


@dataclass(frozen=True)
class Traded:
    """As much of a past as paths look at."""

    tape: Tape
    assets: list[str]


def traded(rows: list[tuple[int, int, int, int]], assets: int) -> Any:
    """A past of (asset, at, quantity, money) in this order; all trades are one wallet's."""
    order = sorted(range(len(rows)), key=lambda i: (rows[i][0], rows[i][1], i))
    columns: dict[str, Any] = {
        name: np.array([rows[i][k] for i in order], np.int64) for k, name in enumerate(("asset", "at", "quantity", "money"))
    }
    none = np.zeros(len(rows), np.int64)
    columns["asset"] = columns["asset"].astype(np.int32)
    small: dict[str, Any] = {name: none.astype(np.int32) for name in ("wallet", "market")} | {
        name: none.astype(np.int8) for name in ("venue", "side")
    }
    rest: dict[str, Any] = dict.fromkeys(("fee", "slot", "tx_index", "ordinal", "tx"), none)
    return Traded(Tape(**columns, **small, **rest, row=np.arange(len(rows))), [f"a{i}" for i in range(assets)])


def one(values: np.ndarray[Any, Any]) -> float:
    (value,) = values.tolist()
    return float(value)


def ask(method: Any, asset: int, *instants: int) -> float:
    return one(method(np.array([asset], np.int32), *(np.array([at], np.int64) for at in instants)))


def test_the_price_is_the_money_for_each_atom_at_its_instant() -> None:
    paths = Paths.of(traded([(0, 10, 4, 8), (0, 20, 2, 10), (2, 15, 1, 7)], 3))
    assert len(paths) == 3
    assert paths.price.tolist() == [2.0, 5.0, 7.0]
    assert paths.money.tolist() == [8, 10, 7]
    assert paths.start.tolist() == [0, 2, 2, 3]
    assert ask(paths.price_before, 0, 19) == 2.0
    assert ask(paths.price_before, 0, 20) == 5.0
    assert ask(paths.price_after, 0, 11) == 5.0
    assert ask(paths.price_after, 0, 10) == 2.0
    assert ask(paths.peak, 0, 0, 30) == 5.0
    assert ask(paths.peak, 0, 0, 19) == 2.0


def test_of_trades_in_one_instant_the_first_and_the_last_count() -> None:
    paths = Paths.of(traded([(0, 10, 1, 3), (0, 10, 1, 4), (0, 10, 1, 5)], 1))
    assert ask(paths.price_before, 0, 10) == 5.0
    assert ask(paths.price_after, 0, 10) == 3.0


@pytest.mark.parametrize(
    ("asset", "at"), [(0, 9), (1, 10), (-1, 10), (0, -1)], ids=["too early", "no trades", "no asset", "no time"]
)
def test_no_price_is_no_number(asset: int, at: int) -> None:
    paths = Paths.of(traded([(0, 10, 1, 3)], 2))
    assert np.isnan(ask(paths.price_before, asset, at))
    assert np.isnan(ask(paths.peak, asset, at, at))


def test_after_the_last_trade_a_follower_gets_nothing() -> None:
    paths = Paths.of(traded([(0, 10, 1, 3), (1, 30, 1, 3)], 2))
    assert np.isnan(ask(paths.price_after, 0, 11))
    assert np.isnan(ask(paths.price_after, -1, 11))


def test_a_trade_that_comes_too_late_is_no_price_for_a_follower() -> None:
    paths = Paths.of(traded([(0, 10, 1, 3)], 1))
    price, late = (paths.price_after(np.array([0]), np.array([4]), within)[0] for within in (6, 5))
    assert price == 3.0
    assert np.isnan(late)


def test_trades_without_time_or_quantity_tell_no_price() -> None:
    paths = Paths.of(traded([(0, -1, 1, 3), (0, 10, 0, 3), (0, 11, 1, 6)], 1))
    assert paths.price.tolist() == [6.0]


def test_nothing_traded_has_no_prices() -> None:
    paths = Paths.of(traded([], 2))
    assert len(paths) == 0
    assert np.isnan(ask(paths.price_before, 1, 5))
    assert np.isnan(ask(paths.price_after, 1, 5))
    assert np.isnan(ask(paths.peak, 1, 0, 5))
    assert len(paths.price_before(np.zeros(0, np.int32), np.zeros(0, np.int64))) == 0


trades = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 400), st.integers(1, 9), st.integers(0, 99)), max_size=300)


@given(trades, st.integers(0, 2), st.integers(-1, 401), st.integers(-1, 401))
def test_every_answer_is_that_of_reading_the_tape(rows: list[tuple[int, int, int, int]], asset: int, a: int, b: int) -> None:
    paths = Paths.of(traded(rows, 3))
    known = sorted((row for row in rows if row[0] == asset), key=lambda row: row[1])
    before = [money / quantity for _, at, quantity, money in known if at <= a]
    after = [money / quantity for _, at, quantity, money in known if at >= a]
    inside = [money / quantity for _, at, quantity, money in known if a <= at <= b]
    nan = float("nan")
    assert ask(paths.price_before, asset, a) == pytest.approx(before[-1] if before and a >= 0 else nan, nan_ok=True)
    assert ask(paths.price_after, asset, a) == pytest.approx(after[0] if after and a >= 0 else nan, nan_ok=True)
    assert ask(paths.peak, asset, a, b) == pytest.approx(max(inside) if inside and a >= 0 else nan, nan_ok=True)


@pytest.mark.parametrize("seed", range(5))
def test_the_peak_of_long_spans_is_that_of_reading_them(seed: int) -> None:
    chance = np.random.default_rng(seed)
    rows = [(int(a), int(at), 1, int(money)) for a, at, money in chance.integers(0, (2, 5_000, 10**6), (3_000, 3))]
    paths = Paths.of(traded(rows, 2))
    for asset in range(2):
        for since, until in np.sort(chance.integers(0, 5_000, (60, 2)), axis=1).tolist():
            inside = [money for a, at, _, money in rows if a == asset and since <= at <= until]
            assert ask(paths.peak, asset, since, until) == max(inside, default=float("nan")) or not inside
