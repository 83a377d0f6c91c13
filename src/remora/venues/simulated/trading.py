"""The machine of a simulated Solana market: intents become trades on curves and, after completion, in pools.

Integer rules as the programs round. All amounts are atoms; instants are milliseconds since the world's start. Makers
trade before an intent where the price has left the coin's path by more than a few parts in a hundred.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import numba
import numpy as np

BUY_INTENT, SELL_INTENT, TIDE_INTENT = range(3)
"""Spend so many lamports; sell so many millionths of what is held; let the makers trade only."""
CURVE, POOL = range(2)
FLOOR_LAMPORTS: Final = 30_000_000_000
FLOOR_ATOMS: Final = 1_073_000_000_000_000
OUTSIDE_ATOMS: Final = 279_900_000_000_000
"""Virtual tokens that are not for sale: the curve is complete when the virtual reserve has come down to them."""
POOL_ATOMS: Final = 206_900_000_000_000
MIGRATION_FEE: Final = 15_000_001
MIGRATION_MS: Final = 4_000
MAKERS: Final = 3
"""Makers of one coin."""
COLUMNS: Final = (
    "token", "wallet", "at", "side", "quantity", "money", "protocol", "creator", "liquidity", "where", "quote_left",
    "base_left", "intent",
)  # fmt: skip
"""What `run` gives, one row per trade. where: CURVE or POOL; *_left: reserves after it (virtual ones of a curve);
fees by component in lamports; intent: -1 for trades of makers."""
_DEAD_BAND: Final = 0.05
_LARGEST_MOVE: Final = 0.04  # of the money in the reserves: nobody buys more at once
_TOO_DEAR: Final = 1.1  # of the path's price: bettors do not buy above it
_LEAST_LAMPORTS: Final = 1_000_000

_F = TypeVar("_F", bound=Callable[..., Any])


def _kernel(function: _F) -> _F:
    """Compile at the first call and keep the machine code on disk."""
    return cast("_F", numba.njit(cache=True, nogil=True, error_model="numpy")(function))


@_kernel
def floor_product(a: Any, b: Any, c: Any) -> Any:
    """floor(a x b / c) for quotients below 2^50: estimate, then correct by the true remainder (which wraps rightly)."""
    quotient = np.int64(float(a) * float(b) / float(c))
    rest = np.int64(np.uint64(a) * np.uint64(b) - np.uint64(quotient) * np.uint64(c))
    while rest < 0:
        rest += c
        quotient -= 1
    while rest >= c:
        rest -= c
        quotient += 1
    return quotient


@_kernel
def share_up(amount: Any, millionths: Any) -> Any:
    """One fee component: amount x rate, rounded up."""
    return -((-amount * millionths) // 1_000_000)


@_kernel
def pool_rates(quote: Any, base: Any, tiers: Any) -> Any:
    """Protocol, creator and liquidity rate of a canonical pool by its market cap (millionths)."""
    cap = float(quote) / float(base) * 1e15 / 1e9
    if cap < tiers[0, 0]:
        return 9_300, 3_000, 200
    creator = 0
    for row in range(tiers.shape[0]):
        if cap >= tiers[row, 0]:
            creator = tiers[row, 1]
    return 500, creator, 2_000


@_kernel
def _trade(rows: Any, n: Any, side: Any, amount: Any, state: Any, tiers: Any, may_complete: Any) -> Any:
    """Buy for `amount` lamports or sell `amount` atoms; write amounts into row n. Gives the quantity, 0 where refused.

    state: quote, base, where.
    """
    quote, base, where = state[0], state[1], state[2]
    if where == CURVE:
        protocol, creator, liquidity = 9_500, 3_000, 0
    else:
        protocol, creator, liquidity = pool_rates(quote, base, tiers)
    if side == 0:
        if where == CURVE:
            quantity = floor_product(amount - 1, base, quote + amount - 1)
            money = amount
            if quantity >= base - OUTSIDE_ATOMS:
                if not may_complete:
                    return 0
                quantity = base - OUTSIDE_ATOMS
                money = floor_product(quantity, quote, base - quantity) + 1
        else:
            quantity = floor_product(amount, base, quote + amount)
            money = floor_product(quantity, quote, base - quantity)
            if np.uint64(money) * np.uint64(base - quantity) != np.uint64(quantity) * np.uint64(quote):
                money += 1
    else:
        quantity = amount
        money = floor_product(quantity, quote, base + quantity)
    if quantity < 1 or money < 10_000:
        return 0
    rows[n, 3], rows[n, 4], rows[n, 5], rows[n, 9] = side, quantity, money, where
    rows[n, 6] = share_up(money, protocol)
    rows[n, 7] = share_up(money, creator)
    rows[n, 8] = share_up(money, liquidity)
    if side == 0:
        state[0], state[1] = quote + money + (rows[n, 8] if where == POOL else 0), base - quantity
    else:
        state[0], state[1] = quote - money + (rows[n, 8] if where == POOL else 0), base + quantity
    rows[n, 10], rows[n, 11] = state[0], state[1]
    return quantity


@_kernel
def _tide(
    rows: Any, n: Any, target: Any, state: Any, held: Any, last: Any, slot: Any, tiers: Any, may_complete: Any, turn: Any
) -> Any:
    """Bring the price to its path (quote atoms per base atom): the maker whose turn it is buys or sells. 1 where done."""
    quote, base = float(state[0]), float(state[1])
    gap = np.log(target * base / quote)
    if abs(gap) < _DEAD_BAND:
        return 0
    for step in range(MAKERS):
        maker = (turn + step) % MAKERS
        if last[maker] >= slot or (gap < 0 and held[maker] == 0):
            continue
        if gap > 0:
            done = _trade(rows, n, 0, np.int64(np.sqrt(quote * base * target) - quote) + 1, state, tiers, may_complete)
            held[maker] += done
        else:
            done = _trade(
                rows, n, 1, min(held[maker], np.int64(np.sqrt(quote * base / target) - base) + 1), state, tiers, False
            )
            held[maker] -= done
        if done:
            last[maker] = slot
            rows[n, 1] = -1 - maker
            rows[n, 12] = -1
            return 1
        return 0
    return 0


@_kernel
def _price(paths: Any, token: Any, part: Any) -> Any:
    """The path's price at a part (0..1) of the coin's life, between its steps by proportion."""
    steps = paths.shape[1] - 1
    place = min(max(part, 0.0), 1.0) * steps
    step = min(np.int64(place), steps - 1)
    rest = place - step
    return (paths[token, step] * (1.0 - rest) + paths[token, step + 1] * rest) * FLOOR_LAMPORTS / FLOOR_ATOMS


@_kernel
def _intend(rows: Any, n: Any, kind: Any, size: Any, capped: Any, mine: Any, state: Any, tiers: Any, may_complete: Any) -> Any:
    """One intent of a wallet that holds `mine` atoms; what it holds more (or less, negative) after it."""
    if kind == BUY_INTENT:
        money = min(size, np.int64(state[0] * _LARGEST_MOVE)) if capped else size
        return _trade(rows, n, 0, max(money, _LEAST_LAMPORTS), state, tiers, may_complete)
    part = mine if size >= 1_000_000 else np.int64(mine * (size / 1e6))
    return -_trade(rows, n, 1, part, state, tiers, False) if part > 0 else 0


@_kernel
def run(
    token: Any, at: Any, pair: Any, kind: Any, size: Any, tide: Any, paths: Any, opens: Any, lives: Any, completes: Any,
    slot_ms: Any, pairs: Any, tiers: Any, rows: Any, completed: Any,
) -> Any:  # fmt: skip
    """Play all intents, sorted by (token, at). Fills `rows` (COLUMNS) and `completed` (by token: row, or -1); their number.

    pair: number of the intent's (wallet, token), of `pairs`; tide: whether makers may trade before it. paths: price in
    units of the floor by token and step of its life. In `rows`, wallet is the pair's number, or -1 - maker.
    """
    held_by, last_by = np.zeros(pairs, np.int64), np.full(pairs, -1, np.int64)
    held, last = np.zeros(MAKERS, np.int64), np.full(MAKERS, -1, np.int64)
    state = np.zeros(3, np.int64)
    n, now, before, opens_pool = 0, -1, 0, 0
    for i in range(len(token)):
        if token[i] != now:
            now, before, opens_pool = token[i], -1, 0
            state[0], state[1], state[2] = FLOOR_LAMPORTS, FLOOR_ATOMS, CURVE
            held[:], last[:] = 0, -1
        target = _price(paths, now, (at[i] - opens[now]) / lives[now])
        for turn in range(2):
            if state[2] == CURVE and completed[now] >= 0:
                if at[i] < opens_pool:
                    continue
                state[0], state[1], state[2] = state[0] - FLOOR_LAMPORTS - MIGRATION_FEE, POOL_ATOMS, POOL
            done = 0
            if turn == 0 and tide[i]:
                when = max(at[i] - slot_ms, before, opens_pool)
                done = _tide(rows, n, target, state, held, last, when // slot_ms, tiers, completes[now], i)
            elif turn == 1 and kind[i] != TIDE_INTENT and last_by[pair[i]] < at[i] // slot_ms:
                if tide[i] and kind[i] == BUY_INTENT and state[0] > target * state[1] * _TOO_DEAR:
                    continue
                when = at[i]
                done = _intend(rows, n, kind[i], size[i], tide[i], held_by[pair[i]], state, tiers, completes[now])
                if done:
                    held_by[pair[i]] += done
                    last_by[pair[i]] = when // slot_ms
                    rows[n, 1], rows[n, 12] = pair[i], i
            if done:
                rows[n, 0], rows[n, 2], before = now, when, when
                if state[2] == CURVE and state[1] == OUTSIDE_ATOMS:
                    completed[now] = n
                    opens_pool = when + MIGRATION_MS
                n += 1
    return n
