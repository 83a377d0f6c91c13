"""Loops over the tape and the sales: weeks of profit, weeks of volume, first trades, trades with oneself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remora.analysis.exact import Bools, Ints, compiled
from remora.analysis.past import BUY, Past
from remora.model import units

Floats = NDArray[np.float64]
_MONDAY = 3  # 1970-01-01 was a Thursday: weeks begin on Monday


@dataclass(frozen=True)
class Periods:
    """By trader, over the latest active weeks (or months): how many, how many with a profit, mean and deviation of profit."""

    active: Floats
    profitable: Floats
    mean: Floats
    deviation: Floats


@dataclass(frozen=True)
class Traded:
    """Of the tape of one venue. By trader: first_at, last_at (-1 never), weekly [traders, weeks] money of the weeks up to the
    last trade. By position (row of `past.positions`): bought_at and bought_slot of the first buy (-1 none), self_traded: a
    purchase and a sale in one transaction."""

    first_at: Ints
    last_at: Ints
    weekly: Floats
    bought_at: Ints
    bought_slot: Ints
    self_traded: Bools


def weeks(at: Ints) -> Ints:
    """Number of the week of each instant."""
    return (at // units.DAY + _MONDAY) // 7


def months(at: Ints) -> Ints:
    """Number of the calendar month of each instant, from 1970 on."""
    return at.astype("datetime64[ns]").astype("datetime64[M]").astype(np.int64)


def periods(past: Past, venue: int, left_out: Bools, *, unit: float, least: float, take: int, monthly: bool = False) -> Periods:
    """Profit by week (or month) over the latest `take` of them that had a sale.

    left_out: positions whose gains do not count (their losses do). least: profit of a profitable week, in money.
    """
    wallet = np.ascontiguousarray(past.column("wallet"))
    mine = (past.sales.at > 0) & (past.column("venue")[past.sales.position] == venue)
    mine &= ~left_out[past.sales.position] | (past.sales.realized < 0)
    trader, at, realized = wallet[past.sales.position[mine]], past.sales.at[mine], past.sales.realized[mine] / unit
    number = months(at) if monthly else weeks(at)
    out = np.zeros((4, len(past.wallets)))
    if len(number):
        first = int(number.min())
        _periods(trader, number - first, realized, least, take, int(number.max()) - first + 1, out)
    return Periods(*out)


@compiled
def _periods(trader: Any, number: Any, realized: Any, least: Any, take: Any, span: Any, out: Any) -> None:
    """Rows are grouped by trader; the numbers within one may come in any order."""
    gained = np.zeros(span)
    used = np.zeros(span, np.bool_)
    i = 0
    while i < len(trader):
        who = trader[i]
        low, high = span, -1
        while i < len(trader) and trader[i] == who:
            gained[number[i]] += realized[i]
            used[number[i]] = True
            low, high = min(low, number[i]), max(high, number[i])
            i += 1
        active = won = total = square = 0.0
        for week in range(high, low - 1, -1):
            if used[week] and active < take:
                active += 1
                total += gained[week]
                square += gained[week] * gained[week]
                if gained[week] > 0 and gained[week] >= least:
                    won += 1
            gained[week], used[week] = 0.0, False
        out[0, who], out[1, who], out[2, who] = active, won, total / active
        out[3, who] = np.sqrt(max(square / active - (total / active) ** 2, 0.0))


def traded(past: Past, venue: int, *, unit: float, count: int) -> Traded:
    """What the tape of a venue tells of each trader and position. count: weeks of volume."""
    tape, size = past.tape, len(past.wallets)
    wallet, asset = (np.ascontiguousarray(past.column(name)) for name in ("wallet", "asset"))
    first, last = np.full(size, -1, np.int64), np.full(size, -1, np.int64)
    weekly = np.zeros((size, count))
    bought = np.full((2, len(wallet)), -1, np.int64)
    own = np.zeros(len(wallet), np.bool_)
    _spans(tape.wallet, tape.venue, tape.at, venue, first, last)
    _weekly(tape.wallet, tape.venue, tape.at, tape.money, venue, last, 7 * units.DAY, unit, weekly)
    order = (tape.wallet, tape.asset, tape.side, tape.at, tape.slot, tape.tx)
    _firsts(*order, wallet, asset, bought, own)
    return Traded(first, last, weekly, bought[0], bought[1], own)


@compiled
def _spans(wallet: Any, venue: Any, at: Any, wanted: Any, first: Any, last: Any) -> None:
    for i in range(len(wallet)):
        if venue[i] == wanted and at[i] > 0:
            who = wallet[i]
            if first[who] < 0 or at[i] < first[who]:
                first[who] = at[i]
            last[who] = max(last[who], at[i])


@compiled
def _weekly(wallet: Any, venue: Any, at: Any, money: Any, wanted: Any, last: Any, week: Any, unit: Any, out: Any) -> None:
    for i in range(len(wallet)):
        if venue[i] == wanted and at[i] > 0:
            back = (last[wallet[i]] - at[i]) // week
            if back < out.shape[1]:
                out[wallet[i], back] += money[i] / unit


@compiled
def _firsts(wallet: Any, asset: Any, side: Any, at: Any, slot: Any, tx: Any, of: Any, held: Any, bought: Any, own: Any) -> None:
    """Both sides are sorted by (wallet, asset): one walk joins them."""
    i = 0
    for place in range(len(of)):
        while i < len(wallet) and (wallet[i] < of[place] or (wallet[i] == of[place] and asset[i] < held[place])):
            i += 1
        before = -1
        while i < len(wallet) and wallet[i] == of[place] and asset[i] == held[place]:
            if side[i] == BUY and bought[0, place] < 0:
                bought[0, place], bought[1, place] = at[i], slot[i]
            if before >= 0 and tx[i] >= 0 and tx[i] == tx[before] and side[i] != side[before]:
                own[place] = True
            before = i
            i += 1
