"""A wallet and a token, one row each: when it first bought, how often and for how much it traded both ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from remora.analysis.exact import Bools, Ints, compiled
from remora.analysis.past import BUY, POLYMARKET, Ids, Past
from remora.model.units import SECOND

QUICK_TURN: Final = 300 * SECOND
"""A purchase and a sale within five minutes of each other stand on both sides of the market."""
CHEAP_PERCENT: Final = 10
DEAR_PERCENT: Final = 95
"""Outcome shares bought at 10 cents or less are lottery tickets; at 95 cents or more, grinding (lesson 7)."""
SNIPE_SLOTS: Final = 2
SNIPE_TIME: Final = 5 * SECOND
"""A sniper buys in the launch slot or the next 2, or within 5 s (U-25)."""


@dataclass(frozen=True)
class Entries:
    """One row per (wallet, asset) of the tape, in its order; start: its first row on the tape.

    bought_at, bought_slot: of the first purchase, -1 none or unknown. bought, sold: money. turns: changes between buying
    and selling; quick_turns: those within QUICK_TURN; slot_turns: purchases sold again in the same slot. cheap, dear:
    purchases of outcome shares at lottery or grinder prices. after: nanoseconds from launch to the first purchase, -1
    unknown. sniped: the purchase was within the sniper's window; own: the wallet created or signed the token.
    """

    wallet: Ids
    asset: Ids
    start: Ints
    bought_at: Ints
    bought_slot: Ints
    bought: Ints
    sold: Ints
    buys: Ids
    sells: Ids
    turns: Ids
    quick_turns: Ids
    slot_turns: Ids
    cheap: Ids
    dear: Ids
    after: Ints
    sniped: Bools
    own: Bools

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.wallet)

    def count(self, wallets: int, where: Bools | None = None) -> Ints:
        """Rows by wallet, all or those of a mask."""
        return np.bincount(self.wallet if where is None else self.wallet[where], minlength=wallets).astype(np.int64)

    def starts(self, wallets: int) -> Ints:
        """starts[w]:starts[w+1] are the rows of wallet w (length wallets + 1)."""
        return np.searchsorted(self.wallet, np.arange(wallets + 1)).astype(np.int64)


_LARGE: Final = ("bought_at", "bought_slot", "bought", "sold")
_COUNTS: Final = ("buys", "sells", "turns", "quick_turns", "slot_turns", "cheap", "dear")


@compiled
def _each(starts: Any, side: Any, at: Any, slot: Any, money: Any, quantity: Any, shares: Any, large: Any, counts: Any) -> None:
    for group in range(len(starts) - 1):
        large[0, group] = large[1, group] = -1
        for i in range(starts[group], starts[group + 1]):
            buys = side[i] == 0
            if buys:
                if counts[0, group] == 0:
                    large[0, group], large[1, group] = at[i], slot[i]
                counts[0, group] += 1
                large[2, group] += money[i]
                if shares[i]:
                    counts[5, group] += 100.0 * money[i] <= CHEAP_PERCENT * quantity[i]
                    counts[6, group] += 100.0 * money[i] >= DEAR_PERCENT * quantity[i]
            else:
                counts[1, group] += 1
                large[3, group] += money[i]
            if i > starts[group] and side[i] != side[i - 1]:
                counts[2, group] += 1
                counts[3, group] += at[i] - at[i - 1] <= QUICK_TURN
                counts[4, group] += not buys and slot[i] >= 0 and slot[i] == slot[i - 1]


def entries(past: Past) -> Entries:
    """The rows of a past. Vectorised; the tape is read once."""
    tape = past.tape
    new = np.ones(len(tape), np.bool_)
    new[1:] = (tape.wallet[1:] != tape.wallet[:-1]) | (tape.asset[1:] != tape.asset[:-1])
    start = np.flatnonzero(new)
    large = np.zeros((len(_LARGE), len(start)), np.int64)
    counts = np.zeros((len(_COUNTS), len(start)), np.int32)
    bounds = np.append(start, len(tape))
    _each(bounds, tape.side, tape.at, tape.slot, tape.money, tape.quantity, tape.venue == POLYMARKET, large, counts)
    figures: dict[str, Any] = {name: large[place] for place, name in enumerate(_LARGE)}
    figures |= {name: counts[place] for place, name in enumerate(_COUNTS)}
    wallet, asset, tokens = tape.wallet[start], tape.asset[start], past.tokens
    at, slot = figures["bought_at"], figures["bought_slot"]
    launched, launch_slot = tokens.launched_at[asset], tokens.launch_slot[asset]
    after = np.where((at >= 0) & (launched >= 0) & (at >= launched), at - launched, -1)
    timed, placed = after >= 0, (slot >= 0) & (launch_slot >= 0) & (at >= 0)
    sniped = (timed & (after <= SNIPE_TIME)) | (placed & (slot >= launch_slot) & (slot <= launch_slot + SNIPE_SLOTS))
    own = (tokens.creator[asset] == wallet) | (tokens.signer[asset] == wallet)
    return Entries(wallet=wallet, asset=asset, start=start, after=after, sniped=sniped & ~own, own=own, **figures)


def first_buyers(past: Past) -> Ids:
    """The wallet of each token's first purchase, by asset rank; -1 where nobody bought."""
    tape = past.tape
    found = np.full(len(past.assets), -1, np.int32)
    bought = tape.by_asset[tape.side[tape.by_asset] == BUY]
    found[tape.asset[bought][::-1]] = tape.wallet[bought][::-1]
    return found
