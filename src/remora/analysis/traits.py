"""How a wallet trades (WAL-04): pace, sizes, entries after launch, holding, money, tokens; one row per wallet rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from remora.analysis.entries import Entries
from remora.analysis.exact import Bools, Ints, compiled
from remora.analysis.figures import RUGGED
from remora.analysis.past import Codes, Ids, Past
from remora.model.units import DAY, HOUR, MINUTE, SECOND

Floats = NDArray[np.float64]

PAUSE: Final = 10 * MINUTE
"""Trades further apart than this are separate sittings: a night's sleep says nothing about the hand's speed."""
ROUND_LAMPORTS: Final = 100_000_000
ROUND_MICRO_USD: Final = 10_000_000
"""Round amounts: whole tenths of a SOL, whole tens of dollars, with or without the venue's fee."""
SIZINGS: Final = ("unknown", "fixed", "proportional", "variable")
TAKINGS: Final = ("unknown", "quick", "holder", "mixed")
FIXED_CV, PROPORTIONAL_CV = 0.1, 0.5
"""Sizing pattern by the coefficient of variation of purchases (WAL-04)."""
QUICK_HOLD: Final = HOUR
LONG_HOLD: Final = DAY
MOSTLY: Final = 0.7
"""Profit taking: so large a share of the finished positions held under an hour, or over a day."""
FEW: Final = 3
"""Below so many values a spread means nothing."""


@dataclass(frozen=True)
class Traits:
    """Figures by wallet rank; NaN and -1 = unknown.

    actions: trades, the fills of one transaction (or of one instant, side and token) counted once. gaps: between
    actions of one sitting; mean_gap in seconds, gap_cv their spread, fast_gaps those under a second. repeated: most
    trades of one exact side and amount. round_buys: purchases of round amounts. volume: money of all trades.
    days: calendar days (UTC) with a trade. funder: sender of the first transfer before the first trade; funded its
    amount. tokens: assets traded; entered: bought. response_ms: median from launch to first purchase (U-32);
    entry_seconds: mean of it, entry_cv its spread. held_seconds: median of finished positions. rugged: share of positions.
    """

    trades: Ints
    actions: Ints
    gaps: Ints
    mean_gap: Floats
    gap_cv: Floats
    fast_gaps: Ints
    repeated: Ints
    buys: Ints
    sells: Ints
    round_buys: Ints
    volume: Ints
    size_cv: Floats
    sizing: Codes
    first_at: Ints
    last_at: Ints
    days: Ints
    tokens: Ints
    entered: Ints
    response_ms: Floats
    entry_seconds: Floats
    entry_cv: Floats
    held_seconds: Floats
    taking: Codes
    rugged: Floats
    funder: Ids
    funded: Ints
    placed: Bools

    def per_day(self) -> Floats:
        """Actions per day with a trade; NaN without one."""
        return np.where(self.days > 0, self.actions / np.maximum(self.days, 1), np.nan)


@compiled
def _pace(starts: Any, at: Any, tx: Any, asset: Any, side: Any, money: Any, out: Any, gap_sums: Any) -> None:
    """out: actions, gaps, fast gaps, repeated, days, first, last. gap_sums: sum, sum of squares in seconds."""
    for w in range(len(starts) - 1):
        low, high = starts[w], starts[w + 1]
        if low == high:
            continue
        order = np.argsort(at[low:high], kind="mergesort") + low
        last, row = order[0], out[w]
        row[0], row[4], row[5], row[6] = 1, 1, at[last], at[order[-1]]
        for k in range(1, high - low):
            i = order[k]
            one = tx[i] >= 0 and tx[i] == tx[last]
            if not one and tx[i] < 0 and at[i] == at[last]:
                one = asset[i] == asset[last] and side[i] == side[last]
            if not one:
                gap = at[i] - at[last]
                row[0] += 1
                row[4] += at[i] // DAY != at[last] // DAY
                if gap <= PAUSE:
                    seconds = gap / 1e9
                    row[1] += 1
                    row[2] += gap < SECOND
                    gap_sums[w, 0] += seconds
                    gap_sums[w, 1] += seconds * seconds
            last = i
        sizes = np.sort(money[low:high] * 2 + side[low:high])
        run = 1
        row[3] = 1
        for k in range(1, high - low):
            run = run + 1 if sizes[k] == sizes[k - 1] else 1
            row[3] = max(row[3], run)


@compiled
def medians(starts: Any, values: Any, out: Any) -> None:
    """Median of each slice of `values`; NaN of an empty one."""
    for w in range(len(starts) - 1):
        if starts[w] < starts[w + 1]:
            out[w] = np.median(values[starts[w] : starts[w + 1]])


def median_of(wallet: Ids, values: Floats, wallets: int) -> Floats:
    """Median by wallet of rows sorted by wallet; NaN where there are none."""
    out = np.full(wallets, np.nan)
    medians(np.searchsorted(wallet, np.arange(wallets + 1)).astype(np.int64), np.asarray(values, np.float64), out)
    return out


def _spread(count: Ints, total: Floats, squares: Floats) -> tuple[Floats, Floats]:
    """(mean, coefficient of variation) from sums; NaN below FEW values."""
    n = np.where(count >= FEW, count, np.nan)
    mean = total / n
    variance = np.maximum(squares / n - mean * mean, 0.0) * n / (n - 1)
    return mean, np.sqrt(variance) / np.where(mean > 0, mean, np.nan)


def traits(past: Past, rows: Entries) -> Traits:
    """The figures of every wallet."""
    tape, n = past.tape, len(past.wallets)
    starts = tape.wallet_starts(n)
    out, seconds = np.zeros((n, 7), np.int64), np.zeros((n, 2))
    out[:, 5:] = -1
    _pace(starts, tape.at, tape.tx, tape.asset, tape.side, tape.money, out, seconds)
    mean_gap, gap_cv = _spread(out[:, 1], seconds[:, 0], seconds[:, 1])
    bought = tape.side == 0
    buyer, money = tape.wallet[bought], tape.money[bought]
    buys = np.bincount(buyer, minlength=n).astype(np.int64)
    step = np.where(tape.venue[bought] == 0, ROUND_LAMPORTS, ROUND_MICRO_USD)
    is_round = (money % step == 0) | ((money + tape.fee[bought]) % step == 0)
    sizes = money / 1e6
    _, size_cv = _spread(buys, totals(buyer, sizes, n), totals(buyer, sizes * sizes, n))
    trades = np.diff(starts)
    entry = _entries(rows, n)
    held = _holding(past, n)
    funder, funded = first_funder(past, out[:, 5])
    return Traits(
        trades=trades, actions=out[:, 0], gaps=out[:, 1], mean_gap=mean_gap, gap_cv=gap_cv, fast_gaps=out[:, 2],
        repeated=out[:, 3], buys=buys, sells=trades - buys, round_buys=_count(buyer[is_round], n),
        volume=sums(starts, tape.money), size_cv=size_cv, sizing=_sizing(size_cv), first_at=out[:, 5], last_at=out[:, 6],
        days=out[:, 4], tokens=rows.count(n), entered=rows.count(n, rows.buys > 0), **entry, **held,
        funder=funder, funded=funded, placed=_count(tape.wallet[tape.slot >= 0], n) * 2 > trades,
    )  # fmt: skip


def _count(wallet: Ids, wallets: int) -> Ints:
    return np.bincount(wallet, minlength=wallets).astype(np.int64)


def totals(wallet: Ids, values: NDArray[Any], wallets: int) -> Floats:
    """Sum of a column by wallet, as floats."""
    return np.asarray(np.bincount(wallet, values, wallets), np.float64)


def sums(starts: Ints, values: NDArray[Any]) -> Ints:
    """Exact sums of slices of a column."""
    total = np.concatenate((np.zeros(1, np.int64), np.cumsum(values, dtype=np.int64)))
    return np.asarray(total[starts[1:]] - total[starts[:-1]], np.int64)


def _sizing(cv: Floats) -> Codes:
    known = np.select([cv < FIXED_CV, cv < PROPORTIONAL_CV], [1, 2], 3)
    return np.where(np.isnan(cv), 0, known).astype(np.int8)


def _entries(rows: Entries, n: int) -> dict[str, Any]:
    known = (rows.after >= 0) & ~rows.own
    wallet, seconds = rows.wallet[known], rows.after[known] / SECOND
    count = _count(wallet, n)
    _, cv = _spread(count, totals(wallet, seconds, n), totals(wallet, seconds * seconds, n))
    mean = totals(wallet, seconds, n) / np.where(count > 0, count, np.nan)
    return {"response_ms": median_of(wallet, seconds * 1000, n), "entry_seconds": mean, "entry_cv": cv}


def _holding(past: Past, n: int) -> dict[str, Any]:
    """Median time from first purchase to last sale of what was sold, profit taking, and the share of rugged positions."""
    wallet = past.column("wallet")
    first, last, left = past.column("first_at"), past.column("last_sale_at"), past.column("held_atoms")
    done = (first > 0) & (last >= first) & (left == 0)
    owner, seconds = wallet[done].astype(np.int32), (last - first)[done] / SECOND
    count = np.maximum(_count(owner, n), 1)
    quick = totals(owner, seconds < QUICK_HOLD / SECOND, n) / count
    long = totals(owner, seconds > LONG_HOLD / SECOND, n) / count
    taking = np.select([quick >= MOSTLY, long >= MOSTLY], [1, 2], 3)
    held = median_of(owner, seconds, n)
    positions = _count(wallet.astype(np.int32), n)
    rugged = _count(wallet[past.column("status") == RUGGED].astype(np.int32), n)
    return {
        "held_seconds": held,
        "taking": np.where(_count(owner, n) < FEW, 0, taking).astype(np.int8),
        "rugged": np.where(positions > 0, rugged / np.maximum(positions, 1), np.nan),
    }


def first_funder(past: Past, first_trade: Ints) -> tuple[Ids, Ints]:
    """(sender, amount) of each wallet's first incoming transfer of money before its first trade; -1 unknown."""
    moves, n = past.moves, len(past.wallets)
    funder, funded = np.full(n, -1, np.int32), np.full(n, -1, np.int64)
    rows = np.flatnonzero(money_moves(past) & (moves.receiver >= 0) & (moves.sender >= 0) & (moves.at >= 0))
    to = moves.receiver[rows]
    rows = rows[(first_trade[to] < 0) | (moves.at[rows] <= first_trade[to])][::-1]
    funder[moves.receiver[rows]], funded[moves.receiver[rows]] = moves.sender[rows], moves.amount[rows]
    return funder, funded


DUST_LAMPORTS: Final = 10_000_000
"""Transfers below 0.01 SOL tie nobody to anybody: address poisoning costs less."""
MONEY: Final = ("SOL", "USDC", "USD")


def money_moves(past: Past) -> Bools:
    """Which transfers are of money and above dust; those of unknown asset and amount count as links."""
    moves = past.moves
    money = np.array([rank for rank, text in enumerate(past.assets) if text in MONEY], np.int64)
    is_money = np.isin(moves.asset, money) | (moves.asset < 0)
    above = (moves.amount < 0) | (moves.amount >= DUST_LAMPORTS)
    return np.asarray(is_money & above & (moves.sender != moves.receiver), np.bool_)
