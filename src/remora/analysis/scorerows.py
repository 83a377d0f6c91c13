"""What the score looks at: the bets of a venue with their money and how sure it is.

A bet is one token on Solana, and all outcomes of one market on Polymarket (PMW-08). Money is SOL or dollars as floats.
profit: realized after charges, plus what is lost on paper; a gain on paper is no profit, for a thin market's last price
is free to set. doubt: money whose cost or price nobody tells; the profit is that much uncertain, both ways. A trade
without a price counts as the trader's mean trade.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from remora.analysis.exact import Bools, Ints
from remora.analysis.figures import OPEN, PARTIAL
from remora.analysis.past import POLYMARKET, SOLANA, Past
from remora.model import units

Floats = NDArray[np.float64]
UNIT: Final = {SOLANA: float(units.LAMPORTS_PER_SOL), POLYMARKET: float(units.MICRO_PER_USDC)}
_MICRO: Final = float(units.MICRO_PER_USDC)


@dataclass(frozen=True)
class Rows:
    """Positions of one venue, or bets made of them; sorted by trader. place: row of `past.positions` (of a bet: the first).

    spent: cost of what was sold or written off; returned: what that brought. worst, best: ends of the profit, likewise of
    the dollars. decided: nothing is open and something of known cost was sold, paid out or written off. entered: first trade.
    """

    venue: int
    place: Ints
    trader: Ints
    asset: Ints
    market: Ints
    cost: Floats
    spent: Floats
    returned: Floats
    profit: Floats
    worst: Floats
    best: Floats
    usd: Floats
    usd_worst: Floats
    usd_best: Floats
    doubt: Floats
    live: Bools
    decided: Bools
    entered: Ints
    last_at: Ints
    sold_at: Ints

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.trader)

    @property
    def sound(self) -> Bools:
        """Where nothing about the money is unknown."""
        return np.asarray(self.doubt == 0)

    def total(self, values: Floats | Bools, size: int, mask: Bools | None = None) -> Floats:
        """Sum of `values` by trader, over the rows of the mask."""
        if mask is None:
            return np.bincount(self.trader, values, size).astype(np.float64)
        return np.bincount(self.trader[mask], values[mask], size).astype(np.float64)

    def count(self, mask: Bools, size: int) -> Floats:
        """Number of rows of the mask by trader."""
        return np.bincount(self.trader[mask], minlength=size).astype(np.float64)


def positions_of(past: Past, venue: int) -> Rows:
    """The positions of a venue, one row each."""
    place = np.flatnonzero(past.column("venue") == venue)
    take = {name: past.column(name)[place] for name in (
        "wallet", "asset", "market", "status", "first_at", "last_at", "last_sale_at",
    )}  # fmt: skip
    money = {name: past.column(f"{name}_quote_atoms")[place] / UNIT[venue] for name in (
        "cost", "proceeds", "realized_all_in", "cost_left", "sent_cost", "unmatched_proceeds", "unknown_cost_proceeds",
        "unrealized",
    )}  # fmt: skip
    live = (take["status"] == OPEN) | (take["status"] == PARTIAL)
    touched = (past.column("matched_sold_atoms")[place] > 0) | (past.column("written_off_quote_atoms")[place] > 0)
    marked = past.known("unrealized_quote_atoms")[place]
    left = np.maximum(money["cost_left"], 0.0)
    paper = np.where(marked, np.minimum(money["unrealized"], 0.0), 0.0)
    doubt = np.abs(money["unmatched_proceeds"]) + np.abs(money["unknown_cost_proceeds"])
    doubt += np.maximum(past.column("unpriced_trades")[place], 0) * _mean_trade(past, place, take["wallet"], money)
    profit = money["realized_all_in"] + paper
    worst = profit - doubt - np.where(marked, 0.0, left)
    usd, usd_worst, usd_best = _dollars(past, place, venue, profit, worst, profit + doubt)
    spent = money["cost"] - money["cost_left"] - np.maximum(money["sent_cost"], 0.0)
    market = np.where(take["market"] >= 0, take["market"], -2 - place) if venue == POLYMARKET else take["asset"]
    return Rows(
        venue, place, take["wallet"], take["asset"], market, money["cost"], spent, money["proceeds"],
        profit, worst, profit + doubt, usd, usd_worst, usd_best, doubt, live, touched & ~live,
        take["first_at"], take["last_at"], take["last_sale_at"],
    )  # fmt: skip


def _mean_trade(past: Past, place: Ints, trader: Ints, money: dict[str, Floats]) -> Floats:
    """Money of the trader's mean trade with a price; of everybody's where the trader has none."""
    size = len(past.wallets)
    trades = (past.column("buys")[place] + past.column("sells")[place] - past.column("unpriced_trades")[place]).astype(
        np.float64
    )
    turned = money["cost"] + money["proceeds"]
    count, moved = (np.bincount(trader, values, size) for values in (np.maximum(trades, 0.0), turned))
    everybody = moved.sum() / max(count.sum(), 1.0)
    return np.where(count > 0, moved / np.maximum(count, 1.0), everybody)[trader]


def _dollars(past: Past, place: Ints, venue: int, profit: Floats, worst: Floats, best: Floats) -> tuple[Floats, Floats, Floats]:
    """(dollars, least, most) of each position. Where they are unknown: profit at the mean SOL price, at its ends for the range;
    NaN without any SOL price. Dollars of Solana are before network charges."""
    if venue == POLYMARKET:
        return profit, worst, best
    booked = past.column("realized_micro_usd")[place] / _MICRO
    paper = np.where(past.known("unrealized_micro_usd")[place], past.column("unrealized_micro_usd")[place] / _MICRO, 0.0)
    known = past.known("realized_micro_usd")[place]
    prices = past.prices[1] / _MICRO
    prices = prices[prices > 0]
    low, middle, high = (prices.min(), float(np.median(prices)), prices.max()) if len(prices) else (np.nan,) * 3
    usd = np.where(known, booked + np.minimum(paper, 0.0), np.where(profit == 0, 0.0, profit * middle))
    exact = known & (worst == best)
    least = np.where(exact, usd, np.minimum(worst * low, worst * high))
    most = np.where(exact, usd, np.maximum(best * low, best * high))
    least, most = (np.where((worst == best) & (profit == 0), 0.0, end) for end in (least, most))
    with np.errstate(invalid="ignore"):
        least, most = np.fmin(least, usd), np.fmax(most, usd)
    return usd, np.where(np.isnan(least), -np.inf, least), np.where(np.isnan(most), np.inf, most)


def bets_of(rows: Rows) -> tuple[Rows, Ints]:
    """(one row per trader and market, on Solana the positions themselves; the bet that each position is in)."""
    if rows.venue == SOLANA or not len(rows):
        return rows, np.arange(len(rows))
    order = np.lexsort((rows.market, rows.trader))
    new = np.ones(len(rows), np.bool_)
    new[1:] = (np.diff(rows.trader[order]) != 0) | (np.diff(rows.market[order]) != 0)
    starts = np.flatnonzero(new)
    number = np.empty(len(rows), np.int64)
    number[order] = np.cumsum(new) - 1
    summed = {name: np.add.reduceat(getattr(rows, name)[order], starts) for name in (
        "cost", "spent", "returned", "profit", "worst", "best", "usd", "usd_worst", "usd_best", "doubt",
    )}  # fmt: skip
    live = np.logical_or.reduceat(rows.live[order], starts)
    decided = np.logical_or.reduceat(rows.decided[order], starts) & ~live
    entered = np.where(rows.entered > 0, rows.entered, np.iinfo(np.int64).max)[order]
    entered = np.minimum.reduceat(entered, starts)
    entered = np.where(entered == np.iinfo(np.int64).max, -1, entered)
    ends = {name: np.maximum.reduceat(getattr(rows, name)[order], starts) for name in ("last_at", "sold_at")}
    first = {name: getattr(rows, name)[order][starts] for name in ("place", "trader", "asset", "market")}
    bets = Rows(venue=rows.venue, live=live, decided=decided, entered=entered, **summed, **ends, **first)
    return bets, number
