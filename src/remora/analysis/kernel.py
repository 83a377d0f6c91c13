"""The compiled loops behind `lots`: one pass over rows, one state row per position, lots in a linked pool.

Positions and lots are rows of int64, so that a trade in arrival order costs few cache misses: a position's hot row is
two lines of 64 bytes, a lot half a line. Lot number 0 means none. A lot of unknown cost holds UNKNOWN_COST as its cost.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from remora.analysis.exact import checked_add, compiled, inlined, mul_div, wide_divide
from remora.analysis.prefetch import prefetch

BUY: Final = 0
SELL: Final = 1
RECEIVE: Final = 2
SEND: Final = 3
SETTLE: Final = 4

# columns of a position's hot row: 64 bytes that every row touches, 64 that a sale touches too
# CHAIN: first lot | last lot << 32 under FIFO, the mean instant of purchase under average cost
# COUNTS: number of buys | number of sells << 32
CHAIN: Final = 0
HELD_KNOWN: Final = 1
COST_LEFT: Final = 2
BOUGHT: Final = 3
COST: Final = 4
FIRST: Final = 5
LAST: Final = 6
COUNTS: Final = 7
MATCHED: Final = 8
PROCEEDS: Final = 9
REALIZED: Final = 10
UNMATCHED_SOLD: Final = 11
UNMATCHED_PROCEEDS: Final = 12
WEIGHT_HIGH: Final = 13
WEIGHT_LOW: Final = 14
LAST_SALE: Final = 15
HOT_WIDTH: Final = 16

# columns of its cold row, which only transfers and settlements touch
HELD_UNKNOWN: Final = 0
RECEIVED: Final = 1
SENT: Final = 2
SENT_COST: Final = 3
UNKNOWN_SOLD: Final = 4
UNKNOWN_PROCEEDS: Final = 5
UNMATCHED_SENT: Final = 6
SETTLED: Final = 7
OVERFLOWED: Final = 8
COLD_WIDTH: Final = 9

LOT_QUANTITY: Final = 0
LOT_COST: Final = 1
LOT_AT: Final = 2
LOT_NEXT: Final = 3
LOT_WIDTH: Final = 4

SALE_ROW: Final = 0
SALE_MATCHED: Final = 1
SALE_UNKNOWN: Final = 2
SALE_UNMATCHED: Final = 3
SALE_COST: Final = 4
SALE_PROCEEDS: Final = 5
SALE_UNKNOWN_PROCEEDS: Final = 6
SALE_UNMATCHED_PROCEEDS: Final = 7
SALE_SECONDS: Final = 8
SALE_WIDTH: Final = 9

UNKNOWN_COST: Final = -(1 << 63)
_SECOND: Final = 1_000_000_000
_FAR: Final = 32  # rows ahead of need at which a position is fetched, and then its lot
_NEAR: Final = 12
_ONE_SELL: Final = 1 << 32
_LAST_FIELD: Final = 0xFFFFFFFF
_FAST_WEIGHT: Final = 1 << 61
_LOW_BITS: Final = np.uint64(0xFFFFFFFF)
_HALF: Final = np.uint64(32)


@inlined
def _add(table: Any, cold: Any, p: Any, column: Any, value: Any) -> None:
    total, fits = checked_add(table[p, column], value)
    table[p, column] = total
    if not fits:
        cold[p, OVERFLOWED] = 1


@inlined
def _touch(hot: Any, p: Any, at: Any) -> None:
    if at > 0:
        if hot[p, FIRST] == 0 or at < hot[p, FIRST]:
            hot[p, FIRST] = at
        hot[p, LAST] = max(at, hot[p, LAST])


@inlined
def seconds_between(start: Any, end: Any) -> Any:
    """Whole seconds held; 0 where an instant is unknown (0 or less) or the order is reversed."""
    if start <= 0 or end <= start:
        return 0
    return (end - start) // _SECOND


@inlined
def weigh(high: Any, low: Any, part: Any, seconds: Any) -> Any:
    """Add part x seconds to the sum high x 2^32 + low. Exact for parts that sum below 2^63 and seconds below 2^32."""
    bottom = (np.uint64(part) & _LOW_BITS) * np.uint64(seconds) + np.uint64(low)
    high += (part >> 32) * seconds + np.int64(bottom >> _HALF)
    return high, np.int64(bottom & _LOW_BITS)


@inlined
def mean_seconds(high: Any, low: Any, weight: Any) -> Any:
    """floor((high x 2^32 + low) / weight); 0 where nothing was weighed."""
    if weight <= 0:
        return 0
    if high == 0:
        return low // weight
    estimate = (float(high) * 4294967296.0 + float(low)) / float(weight)
    if estimate < 4294967296.0 and weight < _FAST_WEIGHT:  # corrected by the remainder, as exact.mul_div does
        mean = np.int64(estimate)
        total = (np.uint64(high) << _HALF) + np.uint64(low)
        rest = np.int64(total - np.uint64(mean) * np.uint64(weight))
        while rest < 0:
            rest += weight
            mean -= 1
        while rest >= weight:
            rest -= weight
            mean += 1
        return mean
    top = np.uint64(high) >> _HALF
    bottom = (np.uint64(high) << _HALF) | np.uint64(low)
    return np.int64(wide_divide(top, bottom, np.uint64(weight))[0])


@compiled
def mean_seconds_each(hot: Any, out: Any) -> None:
    """The mean of every position, weighted by matched quantity."""
    for p in range(len(hot)):
        out[p] = mean_seconds(hot[p, WEIGHT_HIGH], hot[p, WEIGHT_LOW], hot[p, MATCHED])


@inlined
def _sell(hot: Any, cold: Any, p: Any, sales: Any, n: Any, row: Any, quantity: Any, money: Any, at: Any, taken: Any) -> None:
    """Write one sale: how its net proceeds split (see `lots`), and what it adds to its position."""
    matched, unknown, cost, high, low = taken
    unmatched = quantity - matched - unknown
    proceeds, unknown_proceeds = 0, 0
    if matched == quantity and quantity > 0:
        proceeds = money
    elif quantity > 0:
        proceeds = mul_div(money, matched, quantity)[0] if matched > 0 else 0
        if unmatched == 0:
            unknown_proceeds = money - proceeds
        elif unknown > 0:
            unknown_proceeds = mul_div(money, unknown, quantity)[0]
    unmatched_proceeds = money - proceeds - unknown_proceeds
    sales[SALE_ROW, n], sales[SALE_MATCHED, n], sales[SALE_UNKNOWN, n], sales[SALE_UNMATCHED, n] = (
        row,
        matched,
        unknown,
        unmatched,
    )
    sales[SALE_COST, n], sales[SALE_PROCEEDS, n] = cost, proceeds
    sales[SALE_UNKNOWN_PROCEEDS, n], sales[SALE_UNMATCHED_PROCEEDS, n] = unknown_proceeds, unmatched_proceeds
    sales[SALE_SECONDS, n] = mean_seconds(high, low, matched)
    gain, fits = checked_add(proceeds, -cost)
    if not fits:
        cold[p, OVERFLOWED] = 1
    hot[p, MATCHED] += matched
    _add(hot, cold, p, PROCEEDS, proceeds)
    _add(hot, cold, p, REALIZED, gain)
    hot[p, WEIGHT_HIGH] += high
    hot[p, WEIGHT_LOW] += low
    if hot[p, WEIGHT_LOW] > 0xFFFFFFFF:
        hot[p, WEIGHT_HIGH] += hot[p, WEIGHT_LOW] >> 32
        hot[p, WEIGHT_LOW] &= 0xFFFFFFFF
    if unmatched > 0 or quantity == 0:
        _add(hot, cold, p, UNMATCHED_SOLD, unmatched)
        _add(hot, cold, p, UNMATCHED_PROCEEDS, unmatched_proceeds)
    if unknown > 0:
        _add(cold, cold, p, UNKNOWN_SOLD, unknown)
        _add(cold, cold, p, UNKNOWN_PROCEEDS, unknown_proceeds)
    hot[p, LAST_SALE] = max(at, hot[p, LAST_SALE])


@inlined
def _settlement(hot: Any, cold: Any, p: Any, numerator: Any, denominator: Any) -> Any:
    """(quantity, payout) of everything held at numerator / denominator quote atoms per atom."""
    held, fits = checked_add(hot[p, HELD_KNOWN], cold[p, HELD_UNKNOWN])
    payout, held_fits = mul_div(held, numerator, denominator) if fits else (0, False)
    if not held_fits:
        cold[p, OVERFLOWED] = 1
    if held > 0:
        cold[p, SETTLED] += 1
    return held, payout


@inlined
def _send(hot: Any, cold: Any, p: Any, quantity: Any, taken: Any) -> None:
    left = taken[0] + taken[1]
    _add(cold, cold, p, SENT, left)
    _add(cold, cold, p, SENT_COST, taken[2])
    if left < quantity:
        _add(cold, cold, p, UNMATCHED_SENT, quantity - left)


@inlined
def _fifo_take(hot: Any, cold: Any, lots: Any, p: Any, want: Any, at: Any, free: Any) -> Any:
    """Take `want` off the oldest lots: ((matched, unknown, cost, weight high, weight low), first free lot)."""
    chain, left = hot[p, CHAIN], want
    head = chain & _LAST_FIELD
    matched, unknown, cost, high, low = 0, 0, 0, 0, 0
    while left > 0 and head != 0:
        have, basis = lots[head, LOT_QUANTITY], lots[head, LOT_COST]
        part = have if have <= left else left
        spent = 0
        if basis == UNKNOWN_COST:
            unknown += part
        else:
            spent = basis if part == have else mul_div(basis, part, have)[0]
            matched += part
            cost, fits = checked_add(cost, spent)
            if not fits:
                cold[p, OVERFLOWED] = 1
            high, low = weigh(high, low, part, seconds_between(lots[head, LOT_AT], at))
        left -= part
        if part == have:
            following = lots[head, LOT_NEXT]
            lots[head, LOT_NEXT] = free
            free, head = head, following
        else:
            lots[head, LOT_QUANTITY] = have - part
            if basis != UNKNOWN_COST:
                lots[head, LOT_COST] = basis - spent
    hot[p, CHAIN] = head | (chain >> 32 << 32)
    hot[p, HELD_KNOWN] -= matched
    hot[p, COST_LEFT] -= cost
    if unknown > 0:
        cold[p, HELD_UNKNOWN] -= unknown
    return (matched, unknown, cost, high, low), free


@inlined
def _fifo_put(hot: Any, lots: Any, p: Any, lot: Any, quantity: Any, cost: Any, at: Any) -> None:
    lots[lot, LOT_QUANTITY], lots[lot, LOT_COST] = quantity, cost
    lots[lot, LOT_AT], lots[lot, LOT_NEXT] = at, 0
    chain = hot[p, CHAIN]
    head = chain & _LAST_FIELD
    if head == 0:
        head = lot
    else:
        lots[chain >> 32, LOT_NEXT] = lot
    hot[p, CHAIN] = head | (lot << 32)


@inlined
def _acquire(hot: Any, cold: Any, p: Any, kind: Any, quantity: Any, money: Any) -> None:
    if kind == BUY:
        hot[p, COUNTS] += 1
        _add(hot, cold, p, BOUGHT, quantity)
        _add(hot, cold, p, COST, money)
        _add(hot, cold, p, COST_LEFT, money)
        _add(hot, cold, p, HELD_KNOWN, quantity)
    else:
        _add(cold, cold, p, RECEIVED, quantity)
        _add(cold, cold, p, HELD_UNKNOWN, quantity)


@inlined
def _look_ahead(hot: Any, lots: Any, position: Any, kinds: Any, row: Any) -> None:
    """Fetch what rows a little later will touch: first their position, then the lot at its end or head."""
    far, near = position[row + _FAR], position[row + _NEAR]
    prefetch(hot, far, 0)
    if kinds[row + _FAR] == SELL:
        prefetch(hot, far, 1)
    chain = hot[near, CHAIN]
    prefetch(lots, chain >> 32 if kinds[row + _NEAR] == BUY else chain & _LAST_FIELD, 0)


@compiled
def fifo(rows: Any, state: Any, lots: Any, pool: Any, sales: Any, grouped: Any) -> Any:
    """Book rows in their order, oldest lots first. Returns how many sales were written.

    rows: (position, kind, quantity, money, at). state: (hot, cold). sales: one row per column. pool: [first lot never
    used, first free lot]. grouped: rows of one position lie together, so the pool starts anew with each position.
    """
    position, kinds, quantities, moneys, ats = rows
    hot, cold = state
    top, free, written, previous = pool[0], pool[1], 0, -1
    size = len(position)
    for row in range(size):
        if not grouped and row + _FAR < size:
            _look_ahead(hot, lots, position, kinds, row)
        p, kind, quantity, money, at = position[row], kinds[row], quantities[row], moneys[row], ats[row]
        if grouped and p != previous:
            top, free, previous = 1, 0, p
        _touch(hot, p, at)
        if kind == BUY or kind == RECEIVE:  # noqa: PLR1714, SIM109 (a tuple costs the compiled loop time)
            _acquire(hot, cold, p, kind, quantity, money)
            if free != 0:
                lot = free
                free = lots[lot, LOT_NEXT]
            else:
                lot = top
                top += 1
            _fifo_put(hot, lots, p, lot, quantity, money if kind == BUY else UNKNOWN_COST, at)
            continue
        if kind == SETTLE:
            quantity, money = _settlement(hot, cold, p, quantity, money)
            if quantity == 0:
                continue
        taken, free = _fifo_take(hot, cold, lots, p, quantity, at, free)
        if kind == SEND:
            _send(hot, cold, p, quantity, taken)
        else:
            if kind == SELL:
                hot[p, COUNTS] += _ONE_SELL
            _sell(hot, cold, p, sales, written, row, quantity, money, at, taken)
            written += 1
    pool[0], pool[1] = top, free
    return written


@inlined
def _average_take(hot: Any, cold: Any, p: Any, want: Any, at: Any) -> Any:
    """Take `want` off the two pools in proportion: known part floor(want x known / held), the rest of unknown cost."""
    known, unknown_held = hot[p, HELD_KNOWN], cold[p, HELD_UNKNOWN]
    held, fits = checked_add(known, unknown_held)
    if not fits:
        cold[p, OVERFLOWED] = 1
        return 0, 0, 0, 0, 0
    part = want if want <= held else held
    if part == 0:
        return 0, 0, 0, 0, 0
    matched = part if unknown_held == 0 else mul_div(part, known, held)[0]
    unknown = part - matched
    cost = 0
    if matched > 0:
        cost = hot[p, COST_LEFT] if matched == known else mul_div(hot[p, COST_LEFT], matched, known)[0]
    high, low = weigh(0, 0, matched, seconds_between(hot[p, CHAIN], at))
    hot[p, HELD_KNOWN] -= matched
    cold[p, HELD_UNKNOWN] -= unknown
    hot[p, COST_LEFT] -= cost
    return matched, unknown, cost, high, low


@compiled
def average(rows: Any, state: Any, lots: Any, pool: Any, sales: Any, grouped: Any) -> Any:
    """As `fifo`, at the average cost of what is held. The mean instant of purchase stands in the column HEAD."""
    position, kinds, quantities, moneys, ats = rows
    hot, cold = state
    written = 0
    for row in range(len(position)):
        p, kind, quantity, money, at = position[row], kinds[row], quantities[row], moneys[row], ats[row]
        _touch(hot, p, at)
        if kind == BUY or kind == RECEIVE:  # noqa: PLR1714, SIM109 (a tuple costs the compiled loop time)
            if kind == BUY and (hot[p, HELD_KNOWN] == 0 or hot[p, CHAIN] <= 0):
                hot[p, CHAIN] = at
            elif kind == BUY and at > 0 and quantity > 0:
                held, fits = checked_add(hot[p, HELD_KNOWN], quantity)
                if fits:
                    hot[p, CHAIN] += mul_div(at - hot[p, CHAIN], quantity, held)[0]
            _acquire(hot, cold, p, kind, quantity, money)
            continue
        if kind == SETTLE:
            quantity, money = _settlement(hot, cold, p, quantity, money)
            if quantity == 0:
                continue
        taken = _average_take(hot, cold, p, quantity, at)
        if kind == SEND:
            _send(hot, cold, p, quantity, taken)
        else:
            if kind == SELL:
                hot[p, COUNTS] += _ONE_SELL
            _sell(hot, cold, p, sales, written, row, quantity, money, at, taken)
            written += 1
    return written
