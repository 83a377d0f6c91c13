"""What is counted of a pair of wallets that meet: common tokens, how near in time, who came first, and what chance explains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from remora.analysis.exact import Bools, Ints, compiled
from remora.analysis.firsts import Firsts
from remora.analysis.pairs import candidates, halves, key
from remora.model.units import SECOND

Reals = NDArray[np.float64]

LEAST_COMMON: Final = 5
"""Pairs with fewer common tokens are not judged by time (U-29)."""
CLOSE: Final = 60 * SECOND
"""Who copies by hand or machine comes within a minute."""
STEADY: Final = 5 * SECOND
"""A lag is constant where it stays within so much of its median."""
_HABIT_SAMPLE: Final = 24


@dataclass(frozen=True)
class Meetings:
    """One row per pair (`key` ascending, see `pairs.halves`) that met in at least LEAST_COMMON tokens.

    common: tokens both bought. near: of these, first purchases within the window. expected: how many would be if the
    times were dealt out anew within each token. habit: likelihood that a time after opening of the one is near one of
    the other's in *another* token. before / same: how often the lower wallet came first, or in the same slot (same
    instant where the slot is unknown). lag: median nanoseconds from the lower to the higher wallet; steady: how often it
    was kept; close: how often the two were within a minute; equal: how
    often they paid the same within a tenth. first_at,
    last_at: of the common purchases. met: in how many they met (see `Firsts.reach`).
    """

    key: Ints
    common: Ints
    near: Ints
    before: Ints
    same: Ints
    lag: Ints
    steady: Ints
    close: Ints
    equal: Ints
    first_at: Ints
    last_at: Ints
    met: Ints
    expected: Reals
    habit: Reals

    def __len__(self) -> int:
        """Number of pairs."""
        return len(self.key)

    def take(self, rows: Any) -> Meetings:
        """Some of the rows."""
        return Meetings(**{name: getattr(self, name)[rows] for name in INTEGERS + FLOATS}, key=self.key[rows])


INTEGERS: Final = ("common", "near", "before", "same", "lag", "steady", "close", "equal", "first_at", "last_at", "met")
FLOATS: Final = ("expected", "habit")


def meetings(first: Firsts) -> Meetings:
    """All of a past."""
    return _often(measured(first, candidates(first.wallet, first.reach, able(first), LEAST_COMMON)))


def updated(old: Meetings, first: Firsts, touched: Bools) -> Meetings:
    """The meetings of a past that differs from that of `old` in the touched tokens only (by asset); equal to `meetings`.

    A count of meetings changes only where a token is touched, so only pairs that meet there can be new, and only pairs
    that both bought there have to be measured again: every figure is of common tokens. `old` has the numbers of the new past.
    """
    rows = np.flatnonzero(touched[first.asset])
    stirred = np.zeros(first.wallets, np.bool_)
    stirred[first.wallet[rows]] = True
    near_by = first.reach[rows] - rows + np.arange(len(rows))  # a token's rows are neighbours, so they stay so
    fresh = candidates(first.wallet[rows], near_by, able(first), 1)
    a, b = halves(old.key)
    again = stirred[a] & stirred[b]
    counted = _often(measured(first, np.union1d(fresh, old.key[again])))
    kept = old.take(~again)
    order = np.argsort(np.concatenate((kept.key, counted.key)), kind="stable")
    columns = {
        name: np.concatenate((getattr(kept, name), getattr(counted, name)))[order] for name in ("key", *INTEGERS, *FLOATS)
    }
    return Meetings(**columns)


def able(first: Firsts) -> Bools:
    """Wallets with tokens enough."""
    return np.asarray(first.tokens >= LEAST_COMMON)


def renumbered(old: Meetings, rank: Ints) -> Meetings:
    """The same with other numbers of the wallets, in the same order: rank[old] = new, -1 where the wallet is no more."""
    a, b = halves(old.key)
    gone = (rank[a] < 0) | (rank[b] < 0)
    kept = old.take(~gone)
    return Meetings(key=key(rank[a[~gone]], rank[b[~gone]]), **{name: getattr(kept, name) for name in INTEGERS + FLOATS})


def _often(met: Meetings) -> Meetings:
    return met.take(met.met >= LEAST_COMMON)


def measured(first: Firsts, keys: Ints) -> Meetings:
    """The figures of any pairs."""
    whole = np.zeros((len(keys), len(INTEGERS)), np.int64)
    parts = np.zeros((len(keys), len(FLOATS)))
    choices = first.choices
    _measure(
        keys, choices.row, choices.number, choices.start, first.asset, first.at, first.slot, first.money, first.upto,
        first.reach, first.chance, first.opened, whole, parts,
    )  # fmt: skip
    columns: dict[str, Any] = {name: whole[:, i] for i, name in enumerate(INTEGERS)}
    columns |= {name: parts[:, i] for i, name in enumerate(FLOATS)}
    return Meetings(key=keys, **columns)


@compiled
def _measure(
    keys: Any, mine: Any, number: Any, start: Any, asset: Any, at: Any, slot: Any, money: Any, upto: Any, reach: Any,
    chance: Any, opened: Any, whole: Any, parts: Any,
) -> None:  # fmt: skip
    for pair in range(len(keys)):
        a, b = keys[pair] >> 32, keys[pair] & 0xFFFFFFFF
        i, i_end, j, j_end = start[a], start[a + 1], start[b], start[b + 1]
        most = min(i_end - i, j_end - j)
        lag, after_a, after_b = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
        n = 0
        row = whole[pair]
        row[8] = np.int64(9223372036854775807)
        while i < i_end and j < j_end:
            if number[i] < number[j]:
                i += 1
            elif number[i] > number[j]:
                j += 1
            else:
                x, y = mine[i], mine[j]
                low, high = min(x, y), max(x, y)
                row[1] += high < upto[low]
                row[10] += high < reach[low]
                same = slot[x] == slot[y] if slot[x] >= 0 and slot[y] >= 0 else at[x] == at[y]
                row[3] += same
                row[2] += not same and x < y
                lag[n], after_a[n], after_b[n] = at[y] - at[x], at[x] - opened[asset[x]], at[y] - opened[asset[x]]
                row[8] = min(row[8], at[low])
                row[9] = max(row[9], at[high])
                row[7] += 10 * abs(money[x] - money[y]) <= min(money[x], money[y])
                parts[pair, 0] += chance[asset[x]]
                n += 1
                i += 1
                j += 1
        row[0] = n
        if n == 0:
            continue
        middle = np.sort(lag[:n])[n // 2]
        row[4] = middle
        for k in range(n):
            row[5] += abs(lag[k] - middle) <= STEADY
            row[6] += abs(lag[k]) <= CLOSE
        parts[pair, 1] = _habit(after_a[:n], after_b[:n])


@compiled
def _habit(a: Any, b: Any) -> Any:
    """Share of near times after opening, the one's in a token against the other's in another."""
    step = max(1, len(a) // _HABIT_SAMPLE)
    near = total = 0
    for i in range(0, len(a), step):
        for j in range(0, len(b), step):
            if i != j:
                total += 1
                near += abs(a[i] - b[j]) <= 10_000_000_000
    return near / total if total else 0.0
