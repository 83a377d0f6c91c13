"""First purchases, token by token in the order they were made, and wallet by wallet: what ties out of trades start from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from remora.analysis.choices import Choices, chosen
from remora.analysis.exact import Bools, Ints, compiled
from remora.analysis.past import SOLANA, Ids, Past
from remora.model.units import SECOND

WINDOW: Final = 10 * SECOND
WINDOW_SLOTS: Final = 25
"""Two first purchases are near within 10 s or 25 Solana slots (U-29)."""
NEIGHBOURS: Final = 64
"""... and with fewer than so many buyers between them: a fuller crowd tells nothing, and its pairs would fill the memory."""

REACH: Final = 300 * SECOND
REACH_BUYERS: Final = 16
"""A copier comes at most five minutes and 16 buyers behind the one it copies; who is further is not looked for."""


@dataclass(frozen=True)
class Firsts:
    """One row per (wallet, asset) that bought at a known time, sorted by (asset, at, slot, tx_index, ordinal, wallet).

    Infrastructure is left out. slot: Solana's, -1 unknown or another chain. place: how many bought the token before.
    money: paid for the first purchase. start[a]:start[a+1]: rows of asset a. opened: by asset, when it was launched or
    else first bought, -1 never bought.
    """

    wallet: Ids
    asset: Ids
    at: Ints
    slot: Ints
    money: Ints
    place: Ids
    start: Ints
    opened: Ints
    wallets: int

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.wallet)

    @cached_property
    def tokens(self) -> Ints:
        """Tokens first bought, by wallet."""
        return np.bincount(self.wallet, minlength=self.wallets)

    @cached_property
    def upto(self) -> Ints:
        """By row: one past the last later row of its token that is near it."""
        upto = np.empty(len(self), np.int64)
        _near_until(self.asset, self.at, self.slot, upto)
        return upto

    @cached_property
    def reach(self) -> Ints:
        """By row: one past the last later row of its token that it meets: near, or within the reach of a copier."""
        reach = self.upto.copy()
        _extend(self.asset, self.at, reach)
        return reach

    @cached_property
    def choices(self) -> Choices:
        """The tokens bought, wallet by wallet."""
        return chosen(self.wallet, self.asset, self.opened, self.wallets)

    @cached_property
    def chance(self) -> Any:
        """By asset: how likely two of its buyers are near when the times are dealt out anew (U-29), NaN below two buyers."""
        buyers = np.diff(self.start).astype(np.float64)
        near = np.zeros(len(buyers))
        np.add.at(near, self.asset, (self.upto - np.arange(len(self)) - 1).astype(np.float64))
        return np.where(buyers > 1, near / np.maximum(buyers * (buyers - 1) / 2, 1), np.nan)


def firsts(past: Past) -> Firsts:
    """The first purchases of a past."""
    tape, wallets, assets = past.tape, len(past.wallets), len(past.assets)
    usable = np.ones(wallets, np.bool_)
    usable[list(past.infrastructure)] = False
    rows = np.empty(len(tape), np.int64)
    rows = rows[: _pick(tape.wallet, tape.asset, tape.side, tape.at, usable, rows)]
    slot = np.where(tape.venue[rows] == SOLANA, tape.slot[rows], -1)
    asset = tape.asset[rows]
    order = np.sort((asset.astype(np.int64) << 32) | np.arange(len(asset))) & 0xFFFFFFFF
    start = np.searchsorted(asset[order], np.arange(assets + 1)).astype(np.int64)
    rows, slot = rows[order], slot[order]
    _sort_tokens(start, rows, tape.at[rows], slot, tape.tx_index[rows], tape.ordinal[rows], order)
    rows, slot = rows[order], slot[order]
    return assembled(tape.wallet[rows], tape.at[rows], slot, tape.money[rows], start, past.tokens.launched_at, wallets)


def assembled(wallet: Ids, at: Ints, slot: Ints, money: Ints, start: Ints, launched: Ints, wallets: int) -> Firsts:
    """First purchases out of columns that are in order already; launched: by asset, -1 unknown."""
    bought = np.diff(start) > 0
    asset = np.repeat(np.arange(len(bought), dtype=np.int32), np.diff(start))
    opened = np.where(bought, at[np.minimum(start[:-1], max(len(at) - 1, 0))] if len(at) else -1, -1)
    opened = np.where(bought & (launched >= 0), np.minimum(launched, opened), opened)
    place = (np.arange(len(wallet)) - start[asset]).astype(np.int32)
    return Firsts(wallet.astype(np.int32), asset, at, slot, money, place, start, opened, wallets)


def all_choices(past: Past, first: Firsts) -> Choices:
    """The tokens that wallets bought or were seen trading."""
    seen = past.seen
    usable = np.ones(first.wallets, np.bool_)
    usable[list(past.infrastructure)] = False
    kept = usable[seen.wallet]
    if not kept.any():
        return first.choices
    bought = (first.asset.astype(np.int64) << 32) | first.wallet
    pair = np.unique(np.concatenate((bought, (seen.asset[kept].astype(np.int64) << 32) | seen.wallet[kept])))
    opened = np.where(first.opened >= 0, first.opened, past.tokens.launched_at)
    return chosen((pair & 0xFFFFFFFF).astype(np.int32), (pair >> 32).astype(np.int32), opened, first.wallets)


@compiled
def _pick(wallet: Any, asset: Any, side: Any, at: Any, usable: Any, out: Any) -> Any:
    n = 0
    for i in range(len(wallet)):
        if side[i] != 0 or at[i] < 0 or asset[i] < 0 or not usable[wallet[i]]:
            continue
        if n > 0 and wallet[out[n - 1]] == wallet[i] and asset[out[n - 1]] == asset[i]:
            continue
        out[n] = i
        n += 1
    return n


@compiled
def _sort_tokens(start: Any, row: Any, at: Any, slot: Any, index: Any, ordinal: Any, order: Any) -> None:
    """order: of each token's rows by time; what is equal stays in the order of wallets."""
    for token in range(len(start) - 1):
        low, high = start[token], start[token + 1]
        order[low:high] = low + np.argsort(at[low:high], kind="mergesort")
        for i in range(low + 1, high):
            moved = order[i]
            j = i
            while j > low:
                other = order[j - 1]
                if at[other] != at[moved] or slot[other] < slot[moved]:
                    break
                if slot[other] == slot[moved]:
                    if index[other] < index[moved]:
                        break
                    if index[other] == index[moved] and ordinal[other] <= ordinal[moved]:
                        break
                order[j] = other
                j -= 1
            order[j] = moved


@compiled
def _near_until(asset: Any, at: Any, slot: Any, upto: Any) -> None:
    for i in range(len(asset)):
        j = i + 1
        while j < len(asset) and asset[j] == asset[i] and j - i <= NEIGHBOURS and near(at, slot, i, j):
            j += 1
        upto[i] = j


@compiled
def _extend(asset: Any, at: Any, reach: Any) -> None:
    for i in range(len(asset)):
        j = reach[i]
        while j < len(asset) and j - i <= REACH_BUYERS and asset[j] == asset[i] and at[j] - at[i] <= REACH:
            j += 1
        reach[i] = j


@compiled
def near(at: Any, slot: Any, i: Any, j: Any) -> Any:
    """Whether two rows are within 10 s or, where both are known, 25 slots."""
    if abs(at[j] - at[i]) <= WINDOW:
        return True
    return slot[i] >= 0 and slot[j] >= 0 and abs(slot[j] - slot[i]) <= WINDOW_SLOTS


def traders(past: Past) -> Bools:
    """By wallet: seen trading, and no infrastructure."""
    found = np.zeros(len(past.wallets), np.bool_)
    found[past.tape.wallet] = True
    found[past.seen.wallet] = True
    found[list(past.infrastructure)] = False
    return found
