"""The 14 signs of a bot, their weights (U-25), and which of them the data can tell of each wallet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from remora.analysis.exact import Bools, Ints
from remora.analysis.past import SOLANA, Past
from remora.analysis.roles import Roles
from remora.analysis.traits import Traits
from remora.model.units import DAY

Floats = NDArray[np.float64]

SIGNS: Final = (
    ("low balance", 0.15), ("common funding amount", 0.10), ("younger than a day", 0.20), ("younger than a week", 0.10),
    ("over 1000 trades within 30 days", 0.15), ("under 5 trades in over 30 days", 0.05), ("round amounts", 0.15),
    ("regular gaps", 0.20), ("only buys", 0.10), ("identical trades", 0.15), ("sells in the slot it bought in", 0.30),
    ("sandwiches", 0.25), ("sniper timing", 0.25), ("over 5 new tokens a day", 0.20),
)  # fmt: skip
"""Name and weight of each sign (U-25)."""
WEIGHTS: Final = np.array([weight for _, weight in SIGNS])
COMMON_FUNDED: Final = 5
"""So many wallets first funded with the very same amount make it a common one."""
REGULAR_CV: Final = 0.2
REGULAR_GAPS: Final = 10
IDENTICAL_SHARE: Final = 0.3
ROUND_SHARE: Final = 0.5
ENOUGH: Final = 5
"""Trades below which shares of them say nothing."""
NEW_TOKENS_A_DAY: Final = 5
SNIPER_TOKENS: Final = 3
SNIPER_SHARE: Final = 0.3
SLOT_TURNS: Final = 3
SLOT_SHARE: Final = 0.1


@dataclass(frozen=True)
class Signs:
    """present, known: one row per sign of SIGNS, one column per wallet; a sign that is not known is not present."""

    present: Bools
    known: Bools

    def low(self) -> Floats:
        """Weighted share of the signs that are there (U-25)."""
        return np.asarray(WEIGHTS @ self.present / WEIGHTS.sum())

    def high(self) -> Floats:
        """The share if all unknown signs were there too."""
        return np.asarray(WEIGHTS @ (self.present | ~self.known) / WEIGHTS.sum())


def signs(past: Past, t: Traits, r: Roles) -> Signs:
    """The signs of every wallet. Balances are not in the ledger: that sign stays unknown."""
    n = len(past.wallets)
    age, born = past.as_of - t.first_at, _born(t)
    seen = t.trades > 0
    some = t.trades >= ENOUGH
    on_solana = past.venue == SOLANA
    turns_known, launches = t.placed | ~on_solana, r.timed > 0
    false = np.zeros(n, np.bool_)
    rows: list[tuple[Bools, Bools]] = [
        (false, false),
        (_common_amount(t), t.funder >= 0),
        (born & (age < DAY), seen & (born | (age >= DAY))),
        (born & (age < 7 * DAY), seen & (born | (age >= 7 * DAY))),
        ((t.actions > 1000) & born & (age < 30 * DAY), seen & (born | (age >= 30 * DAY) | (t.actions <= 1000))),
        ((t.actions < 5) & (age > 30 * DAY) & seen, seen),
        (_share(t.round_buys, t.buys) > ROUND_SHARE, t.buys >= ENOUGH),
        ((t.gap_cv < REGULAR_CV) & (t.gaps >= REGULAR_GAPS), t.gaps >= REGULAR_GAPS),
        (on_solana & (t.sells == 0) & (t.entered >= ENOUGH), seen),
        (t.repeated > IDENTICAL_SHARE * t.trades, some),
        ((r.slot_turns >= SLOT_TURNS) & (2 * r.slot_turns > SLOT_SHARE * t.trades), turns_known),
        ((r.sandwiches >= SLOT_TURNS) & (2 * r.sandwiches > SLOT_SHARE * t.trades), turns_known),
        ((r.sniped >= SNIPER_TOKENS) & (_share(r.sniped, r.timed) >= SNIPER_SHARE), launches | ~on_solana),
        (on_solana & (t.entered > NEW_TOKENS_A_DAY * np.maximum(t.days, 1)), seen),
    ]
    known = np.stack([told & seen for _, told in rows])
    return Signs(np.stack([there for there, _ in rows]) & known, known)


def _share(part: Ints, whole: Ints) -> Floats:
    return np.asarray(part / np.maximum(whole, 1))


def _born(t: Traits) -> Bools:
    """Where the wallet's beginning was recorded: its first funding was seen. Else it may be older than its first trade."""
    return (t.funder >= 0) & (t.first_at >= 0)


def _common_amount(t: Traits) -> Bools:
    """Wallets whose first funding was of exactly the amount that at least COMMON_FUNDED wallets got."""
    have = t.funded > 0
    _, place, count = np.unique(t.funded[have], return_inverse=True, return_counts=True)
    common = np.zeros(len(have), np.bool_)
    common[have] = count[place] >= COMMON_FUNDED if have.any() else False
    return common
