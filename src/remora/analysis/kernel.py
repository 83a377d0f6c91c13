"""The compiled loops behind `lots`: one pass over rows, one state row per position, lots in a linked pool.

State and lots are rows of int64 so that one trade costs one or two cache misses; what a buy touches lies in the first
64 bytes of a state row. Lot number 0 means none. A lot of unknown cost holds UNKNOWN_COST as its cost.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from remora.analysis.exact import checked_add, compiled, mul_div, wide_divide

BUY: Final = 0
SELL: Final = 1
RECEIVE: Final = 2
SEND: Final = 3
SETTLE: Final = 4

# columns of a state row; the first two are the kernel's own (FIFO: first and last lot; average: mean instant)
HEAD: Final = 0
TAIL: Final = 1
HELD_KNOWN: Final = 2
COST_LEFT: Final = 3
BOUGHT: Final = 4
COST: Final = 5
LAST: Final = 6
BUYS: Final = 7
SOLD: Final = 8
MATCHED: Final = 9
PROCEEDS: Final = 10
REALIZED: Final = 11
WEIGHT_HIGH: Final = 12
WEIGHT_LOW: Final = 13
SELLS: Final = 14
FIRST: Final = 15
LAST_SALE: Final = 16
HELD_UNKNOWN: Final = 17
RECEIVED: Final = 18
SENT: Final = 19
SENT_COST: Final = 20
UNMATCHED_SOLD: Final = 21
UNMATCHED_PROCEEDS: Final = 22
UNKNOWN_SOLD: Final = 23
UNKNOWN_PROCEEDS: Final = 24
UNMATCHED_SENT: Final = 25
SETTLED: Final = 26
OVERFLOWED: Final = 27
STATE_WIDTH: Final = 28

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
_FAST_WEIGHT: Final = 1 << 61
_LOW_BITS: Final = np.uint64(0xFFFFFFFF)
_HALF: Final = np.uint64(32)


@compiled
def _add(state: Any, p: Any, column: Any, value: Any) -> None:
    total, fits = checked_add(state[p, column], value)
    state[p, column] = total
    if not fits:
        state[p, OVERFLOWED] = 1


@compiled
def _touch(state: Any, p: Any, at: Any) -> None:
    if at > 0:
        if state[p, FIRST] == 0 or at < state[p, FIRST]:
            state[p, FIRST] = at
        state[p, LAST] = max(at, state[p, LAST])


@compiled
def seconds_between(start: Any, end: Any) -> Any:
    """Whole seconds held; 0 where an instant is unknown (0 or less) or the order is reversed."""
    if start <= 0 or end <= start:
        return 0
    return (end - start) // _SECOND


@compiled
def weigh(high: Any, low: Any, part: Any, seconds: Any) -> Any:
    """Add part x seconds to the sum high x 2^32 + low. Exact for parts that sum below 2^63 and seconds below 2^32."""
    bottom = (np.uint64(part) & _LOW_BITS) * np.uint64(seconds) + np.uint64(low)
    high += (part >> 32) * seconds + np.int64(bottom >> _HALF)
    return high, np.int64(bottom & _LOW_BITS)


@compiled
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
def mean_seconds_each(state: Any, out: Any) -> None:
    """The mean of every position, weighted by matched quantity."""
    for p in range(len(state)):
        out[p] = mean_seconds(state[p, WEIGHT_HIGH], state[p, WEIGHT_LOW], state[p, MATCHED])


@compiled
def _sell(state: Any, p: Any, sale: Any, row: Any, quantity: Any, money: Any, at: Any, taken: Any) -> None:
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
    sale[SALE_ROW], sale[SALE_MATCHED], sale[SALE_UNKNOWN], sale[SALE_UNMATCHED] = row, matched, unknown, unmatched
    sale[SALE_COST], sale[SALE_PROCEEDS] = cost, proceeds
    sale[SALE_UNKNOWN_PROCEEDS], sale[SALE_UNMATCHED_PROCEEDS] = unknown_proceeds, unmatched_proceeds
    sale[SALE_SECONDS] = mean_seconds(high, low, matched)
    gain, fits = checked_add(proceeds, -cost)
    if not fits:
        state[p, OVERFLOWED] = 1
    _add(state, p, SOLD, quantity)
    state[p, MATCHED] += matched
    _add(state, p, PROCEEDS, proceeds)
    _add(state, p, REALIZED, gain)
    state[p, WEIGHT_HIGH] += high
    state[p, WEIGHT_LOW] += low
    if state[p, WEIGHT_LOW] > 0xFFFFFFFF:
        state[p, WEIGHT_HIGH] += state[p, WEIGHT_LOW] >> 32
        state[p, WEIGHT_LOW] &= 0xFFFFFFFF
    if unmatched > 0 or quantity == 0:
        _add(state, p, UNMATCHED_SOLD, unmatched)
        _add(state, p, UNMATCHED_PROCEEDS, unmatched_proceeds)
    if unknown > 0:
        _add(state, p, UNKNOWN_SOLD, unknown)
        _add(state, p, UNKNOWN_PROCEEDS, unknown_proceeds)
    state[p, LAST_SALE] = max(at, state[p, LAST_SALE])


@compiled
def _settlement(state: Any, p: Any, numerator: Any, denominator: Any) -> Any:
    """(quantity, payout) of everything held at numerator / denominator quote atoms per atom."""
    held, fits = checked_add(state[p, HELD_KNOWN], state[p, HELD_UNKNOWN])
    payout, held_fits = mul_div(held, numerator, denominator) if fits else (0, False)
    if not held_fits:
        state[p, OVERFLOWED] = 1
    if held > 0:
        state[p, SETTLED] += 1
    return held, payout


@compiled
def _send(state: Any, p: Any, quantity: Any, taken: Any) -> None:
    left = taken[0] + taken[1]
    _add(state, p, SENT, left)
    _add(state, p, SENT_COST, taken[2])
    if left < quantity:
        _add(state, p, UNMATCHED_SENT, quantity - left)


@compiled
def _fifo_take(state: Any, lots: Any, p: Any, want: Any, at: Any, free: Any) -> Any:
    """Take `want` off the oldest lots: ((matched, unknown, cost, weight high, weight low), first free lot)."""
    head, left = state[p, HEAD], want
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
                state[p, OVERFLOWED] = 1
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
    state[p, HEAD] = head
    state[p, HELD_KNOWN] -= matched
    state[p, HELD_UNKNOWN] -= unknown
    state[p, COST_LEFT] -= cost
    return (matched, unknown, cost, high, low), free


@compiled
def _fifo_put(state: Any, lots: Any, p: Any, lot: Any, quantity: Any, cost: Any, at: Any) -> None:
    lots[lot, LOT_QUANTITY], lots[lot, LOT_COST] = quantity, cost
    lots[lot, LOT_AT], lots[lot, LOT_NEXT] = at, 0
    if state[p, HEAD] == 0:
        state[p, HEAD] = lot
    else:
        lots[state[p, TAIL], LOT_NEXT] = lot
    state[p, TAIL] = lot


@compiled
def _acquire(state: Any, p: Any, kind: Any, quantity: Any, money: Any) -> None:
    if kind == BUY:
        state[p, BUYS] += 1
        _add(state, p, BOUGHT, quantity)
        _add(state, p, COST, money)
        _add(state, p, COST_LEFT, money)
        _add(state, p, HELD_KNOWN, quantity)
    else:
        _add(state, p, RECEIVED, quantity)
        _add(state, p, HELD_UNKNOWN, quantity)


@compiled
def fifo(rows: Any, state: Any, lots: Any, pool: Any, sales: Any, grouped: Any) -> Any:
    """Book rows in their order, oldest lots first. Returns how many sales were written.

    rows: (position, kind, quantity, money, at). pool: [first lot never used, first free lot]. grouped: rows of one
    position lie together, so the pool starts anew with each position.
    """
    position, kinds, quantities, moneys, ats = rows
    top, free, written, previous = pool[0], pool[1], 0, -1
    for row in range(len(position)):
        p, kind, quantity, money, at = position[row], kinds[row], quantities[row], moneys[row], ats[row]
        if grouped and p != previous:
            top, free, previous = 1, 0, p
        _touch(state, p, at)
        if kind in (BUY, RECEIVE):
            _acquire(state, p, kind, quantity, money)
            if free != 0:
                lot = free
                free = lots[lot, LOT_NEXT]
            else:
                lot = top
                top += 1
            _fifo_put(state, lots, p, lot, quantity, money if kind == BUY else UNKNOWN_COST, at)
            continue
        if kind == SETTLE:
            quantity, money = _settlement(state, p, quantity, money)
            if quantity == 0:
                continue
        taken, free = _fifo_take(state, lots, p, quantity, at, free)
        if kind == SEND:
            _send(state, p, quantity, taken)
        else:
            if kind == SELL:
                state[p, SELLS] += 1
            _sell(state, p, sales[written], row, quantity, money, at, taken)
            written += 1
    pool[0], pool[1] = top, free
    return written


@compiled
def _average_take(state: Any, p: Any, want: Any, at: Any) -> Any:
    """Take `want` off the two pools in proportion: known part floor(want x known / held), the rest of unknown cost."""
    known, unknown_held = state[p, HELD_KNOWN], state[p, HELD_UNKNOWN]
    held, fits = checked_add(known, unknown_held)
    if not fits:
        state[p, OVERFLOWED] = 1
        return 0, 0, 0, 0, 0
    part = want if want <= held else held
    if part == 0:
        return 0, 0, 0, 0, 0
    matched = part if unknown_held == 0 else mul_div(part, known, held)[0]
    unknown = part - matched
    cost = 0
    if matched > 0:
        cost = state[p, COST_LEFT] if matched == known else mul_div(state[p, COST_LEFT], matched, known)[0]
    high, low = weigh(0, 0, matched, seconds_between(state[p, HEAD], at))
    state[p, HELD_KNOWN] -= matched
    state[p, HELD_UNKNOWN] -= unknown
    state[p, COST_LEFT] -= cost
    return matched, unknown, cost, high, low


@compiled
def average(rows: Any, state: Any, lots: Any, pool: Any, sales: Any, grouped: Any) -> Any:
    """As `fifo`, at the average cost of what is held. The mean instant of purchase stands in the column HEAD."""
    position, kinds, quantities, moneys, ats = rows
    written = 0
    for row in range(len(position)):
        p, kind, quantity, money, at = position[row], kinds[row], quantities[row], moneys[row], ats[row]
        _touch(state, p, at)
        if kind in (BUY, RECEIVE):
            if kind == BUY and (state[p, HELD_KNOWN] == 0 or state[p, HEAD] <= 0):
                state[p, HEAD] = at
            elif kind == BUY and at > 0 and quantity > 0:
                held, fits = checked_add(state[p, HELD_KNOWN], quantity)
                if fits:
                    state[p, HEAD] += mul_div(at - state[p, HEAD], quantity, held)[0]
            _acquire(state, p, kind, quantity, money)
            continue
        if kind == SETTLE:
            quantity, money = _settlement(state, p, quantity, money)
            if quantity == 0:
                continue
        taken = _average_take(state, p, quantity, at)
        if kind == SEND:
            _send(state, p, quantity, taken)
        else:
            if kind == SELL:
                state[p, SELLS] += 1
            _sell(state, p, sales[written], row, quantity, money, at, taken)
            written += 1
    return written
