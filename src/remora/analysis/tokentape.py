"""What the tape tells of each token as of T: state of its curve, the last hour's flow, falls, a running sell-off.

A curve's trade tells the reserves by itself: with the product k of the virtual reserves, money m for q tokens gives
k q / m = T0 x T1, and T0 - T1 = +-q. So the state after each trade is exact, whatever was missed before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from remora.analysis.exact import Bools, Ints, compiled, group_sums
from remora.analysis.gather import key
from remora.analysis.past import BUY, Past
from remora.formulas import curve
from remora.formulas.technical import Event, Fall, Flow, next_event, selling_off
from remora.model.units import HOUR, MINUTE

Floats = NDArray[np.float64]

MINUTES: Final = 92
"""A sell-off lasts up to 60 minutes and looks back 30 more; one for the difference."""
STEPS: Final = 12
_SPANS: Final = 4
_PRODUCT: Final = float(curve.INITIAL_VIRTUAL_LAMPORTS) * float(curve.INITIAL_VIRTUAL_TOKEN_ATOMS)
_START: Final = float(curve.INITIAL_VIRTUAL_TOKEN_ATOMS)
_SOLD: Final = float(curve.INITIAL_REAL_TOKEN_ATOMS)
_COMPLETE: Final = 99.95
"""From this percentage on a curve counts as complete: what is left is less than the rounding of recorded amounts."""
_IMPOSSIBLE: Final = -1.0
"""A price so far below the first one cannot be the curve's."""
_DUST: Final = 100_000
"""Lamports: the price of less is mostly rounding, it tells no state."""
_FROM_START: Final = 5.0
"""A tape whose first trade found at most this percentage sold saw the curve begin."""
_LINKED: Final = 1e-4
_LINKS: Final = 3
"""One seen later is on the curve if at least so many trades, and half of all, begin where the one before ended. A pool's
trades do not: its product is another."""
_NEAR: Final = 0.02
"""Amounts that somebody rounded, or with a fee in them, still link this well."""
MAYBE_CURVE: Final = 1
LAUNCHED: Final = 2


@dataclass(frozen=True)
class TokenTape:
    """One row per asked token; NaN is unknown.

    price: lamports per atom, last trade. progress: percent, 100 once complete. velocity: percent an hour over the last
    hour, or since the first trade. steps: change of progress per 5 minutes, newest first, NaN before the first trade.
    buys, sells: lamports 0-5, 5-15, 15-30, 30-60 minutes ago. closes: price at 0, 1, 2 ... minutes ago. largest: share of
    one entity in the last hour's money. first_at, last_at: ns.
    """

    price: Floats
    progress: Floats
    velocity: Floats
    steps: Floats
    buys: Ints
    sells: Ints
    closes: Floats
    largest: Floats
    first_at: Ints
    last_at: Ints

    def flow(self, place: int) -> Flow:
        """The last hour's flow of a row."""
        largest = float(self.largest[place])
        buys, sells = (tuple(side[place].tolist()) for side in (self.buys, self.sells))
        return Flow(buys=buys, sells=sells, largest=None if np.isnan(largest) else largest)

    def steps_of(self, place: int) -> tuple[float, ...] | None:
        """The known 5-minute steps of a row; None where progress is unknown."""
        steps = self.steps[place]
        return None if np.isnan(self.progress[place]) else tuple(steps[~np.isnan(steps)].tolist())


def token_tape(past: Past, assets: Ints, on_curve: Ints, entity_of: Ints) -> TokenTape:
    """The tape of those assets (ranks, each with a trade at least).

    on_curve: LAUNCHED where its launch was seen, MAYBE_CURVE where its trades must tell, else 0.
    """
    tape, size = past.tape, len(assets)
    starts = tape.asset_starts(len(past.assets))
    first, end = starts[assets], starts[assets + 1]
    order = tape.by_asset
    price, progress, velocity = (np.full(size, np.nan) for _ in range(3))
    steps, closes = np.full((size, STEPS), np.nan), np.full((size, MINUTES), np.nan)
    flows = np.zeros((2, size, _SPANS), np.int64)
    complete = past.tokens.graduated_at[assets] >= 0
    _walk(
        order, first, end, tape.at, tape.side, tape.money, tape.quantity, past.as_of, on_curve, complete, price, progress,
        velocity, steps, closes, flows,
    )  # fmt: skip
    largest = _largest(past, order, first, end, entity_of)
    begun, ended = tape.at[order[first]], tape.at[order[end - 1]]
    return TokenTape(price, progress, velocity, steps, flows[0], flows[1], closes, largest, begun, ended)


@compiled
def left_after(bought: Any, money: Any, tokens: Any) -> Any:
    """Virtual tokens left on the curve after somebody bought (or sold) `tokens` atoms for `money` lamports before fees."""
    root = np.sqrt(tokens * tokens + 4.0 * _PRODUCT * tokens / money)
    return (root - tokens) / 2 if bought else (root + tokens) / 2


@compiled
def _states(side: Any, money: Any, quantity: Any, rows: Any) -> Any:
    """Virtual tokens before and after each trade, as it tells them."""
    earlier, left = np.empty(len(rows)), np.empty(len(rows))
    for k in range(len(rows)):
        row = rows[k]
        bought = side[row] == BUY
        left[k] = left_after(bought, float(money[row]), float(quantity[row]))
        earlier[k] = left[k] + quantity[row] if bought else left[k] - quantity[row]
    return earlier, left


@compiled
def _linked(earlier: Any, left: Any) -> Any:
    """(whether the chain proves the curve; by trade, whether its money can be right).

    Money cannot be right where a trade does not follow from the last right one while the next one does; the last of all has
    no next, so there it is whether most others follow.
    """
    size = len(left)
    fits = np.ones(size, np.bool_)
    exact = near = 0
    last = left[0]
    for k in range(1, size):
        gap = abs(earlier[k] - last) / last
        exact += gap < _LINKED
        near += gap < _NEAR
        if gap >= _NEAR:
            if k + 1 < size:
                fits[k] = abs(earlier[k + 1] - last) / last >= _NEAR
            else:
                fits[k] = 2 * near < size - 1
        if fits[k]:
            last = left[k]
    return exact >= _LINKS and 2 * exact >= size - 1, fits


@compiled
def _go_on(values: Any) -> None:
    """Where nothing happened what was before (the next place) goes on."""
    for j in range(len(values) - 2, -1, -1):
        if np.isnan(values[j]):
            values[j] = values[j + 1]


@compiled
def _walk(
    order: Any, first: Any, end: Any, at: Any, side: Any, money: Any, quantity: Any, now: Any, on_curve: Any, complete: Any,
    price: Any, progress: Any, velocity: Any, steps: Any, closes: Any, flows: Any,
) -> None:  # fmt: skip
    """Every trade of every token once, in order; see TokenTape for what comes out."""
    minute = 60_000_000_000
    marks = np.empty(13)
    for i in range(len(first)):
        rows = order[first[i] : end[i]]
        for row in rows:
            age = now - at[row]
            if age < 60 * minute:
                span = 0 if age < 5 * minute else 1 if age < 15 * minute else 2 if age < 30 * minute else 3
                flows[1 if side[row] != BUY else 0, i, span] += money[row]
        rows = rows[money[rows] >= _DUST]
        if len(rows) == 0:
            continue
        earlier, left = _states(side, money, quantity, rows)
        proved, fits = _linked(earlier, left)
        start = (_START - earlier[0]) / _SOLD * 100
        seen = on_curve[i] > 1 or _IMPOSSIBLE < start <= _FROM_START or proved
        last = hour_ago = after = np.nan
        done, possible = False, True
        marks[:] = np.nan
        closes[i, 91] = money[rows[0]] / quantity[rows[0]]  # before its first trade a token costs what that paid
        for k in range(len(rows)):
            if on_curve[i] > 0 and not fits[k]:
                continue
            row = rows[k]
            last = money[row] / quantity[row]
            after = (_START - left[k]) / _SOLD * 100
            done = done or (after >= _COMPLETE and (k == 0 or abs(earlier[k] - left[k - 1]) < _NEAR * left[k - 1]))
            possible = possible and (done or after > _IMPOSSIBLE)
            after = 100.0 if done else min(max(after, 0.0), 100.0)
            age = now - at[row]
            if age >= 60 * minute:
                hour_ago = after
            marks[min(12, age // (5 * minute))] = after
            closes[i, min(91, age // minute)] = last
        price[i] = last
        _go_on(closes[i])
        _go_on(marks)
        if not complete[i] and not (on_curve[i] > 0 and possible and seen):
            continue
        progress[i] = 100.0 if complete[i] else after
        if np.isnan(hour_ago):
            velocity[i] = (progress[i] - max(start, 0.0)) / (max(now - at[rows[0]], minute) / (60.0 * minute))
        else:
            velocity[i] = progress[i] - hour_ago
        for j in range(12):
            steps[i, j] = marks[j] - marks[j + 1]


def _largest(past: Past, order: Ints, first: Ints, end: Ints, entity_of: Ints) -> Floats:
    """The largest share of one entity in each token's money of the last hour; NaN without any."""
    tape, size = past.tape, len(first)
    lengths = end - first
    place = np.repeat(np.arange(size), lengths)
    rows = order[np.arange(len(place)) + np.repeat(first - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths)]
    recent = past.as_of - tape.at[rows] < HOUR
    rows, place = rows[recent], place[recent]
    keys, group = np.unique(key(place, entity_of[tape.wallet[rows]]), return_inverse=True)
    sums, _ = group_sums(group, tape.money[rows], len(keys))
    most, whole = np.zeros(size, np.int64), group_sums(place, tape.money[rows], size)[0]
    np.maximum.at(most, keys >> 32, sums)
    return np.where(whole > 0, most / np.maximum(whole, 1), np.nan)


def falls(closes: Floats, as_of: int) -> list[Fall]:
    """Fall and running sell-off of each row of closes at `as_of`, replayed minute by minute over the last hour (TOK-26)."""
    size = len(closes)
    drops = [np.maximum(1 - closes[:, : MINUTES - 30] / closes[:, back : MINUTES - 30 + back], 0.0) for back in (5, 15, 30)]
    red = np.zeros((size, MINUTES), np.int64)
    for minute in range(MINUTES - 2, -1, -1):
        red[:, minute] = np.where(closes[:, minute] < closes[:, minute + 1], red[:, minute + 1] + 1, 0)
    span = MINUTES - 31
    wild: Bools = (drops[0] > 0.10) | (drops[1] > 0.15) | (drops[2] > 0.20) | (red[:, : MINUTES - 30] >= 3)
    stirred = np.any(wild[:, : span + 1], axis=1)
    return [
        _replayed([drop[i, : span + 1].tolist() for drop in drops], red[i].tolist(), closes[i].tolist(), as_of)
        if stirred[i]
        else _fall([drop[i].tolist() for drop in drops], red[i].tolist(), 0)
        for i in range(size)
    ]


def _fall(drops: list[list[float]], red: list[int], minute: int) -> Fall:
    return Fall(drop_5m=drops[0][minute], drop_15m=drops[1][minute], drop_30m=drops[2][minute], red_minutes=red[minute])


def _replayed(drops: list[list[float]], red: list[int], closes: Sequence[float], as_of: int) -> Fall:
    event: Event | None = None
    for minute in range(len(drops[0]) - 1, -1, -1):
        fall = _fall(drops, red, minute)
        if event is not None or selling_off(fall):
            event = next_event(event, fall, as_of - minute * MINUTE, closes[minute])
    last = _fall(drops, red, 0)
    if event is None:
        return last
    drop = max(0.0, 1 - closes[0] / event.start_price)
    return Fall(
        drop_5m=last.drop_5m, drop_15m=last.drop_15m, drop_30m=last.drop_30m, red_minutes=last.red_minutes,
        event_minutes=(as_of - event.at) / MINUTE, event_drop=drop,
    )  # fmt: skip
