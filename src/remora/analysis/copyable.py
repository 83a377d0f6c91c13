"""Whose trades can be copied at all (U-51, lessons 7 and 8): what speaks against a wallet, and what is not recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from remora.analysis.behaviour import BEHAVIOURS, Behaviours
from remora.analysis.exact import Bools
from remora.analysis.past import POLYMARKET, Past

AGAINST: Final = (
    "holds four hours or less (median)", "twenty trades a day or more", "half of its purchases cost 95 cents or more",
    "sells over 5 % more than it bought", "trades more than 1,000 markets", "stands on both sides of its markets",
)  # fmt: skip
NOT_RECORDED: Final = ("share of fills as maker", "splits and merges", "share of trades in the block of another's")
"""Also asked for by U-51; the past does not hold them."""
SHORT_HOLD_SECONDS: Final = 4 * 3600
TRADES_A_DAY: Final = 20
GRINDER_SHARE: Final = 0.5
SOLD_PERCENT: Final = 105
MANY_MARKETS: Final = 1000


@dataclass(frozen=True)
class Copyable:
    """against: one row per reason of AGAINST, one column per wallet."""

    against: Bools

    @property
    def fine(self) -> Bools:
        """Nothing that is recorded speaks against copying the wallet."""
        return np.asarray(~self.against.any(axis=0))

    def reasons(self, wallet: int) -> list[str]:
        """What speaks against one wallet."""
        return [text for text, there in zip(AGAINST, self.against[:, wallet], strict=True) if there]


def copyable(past: Past, found: Behaviours) -> Copyable:
    """What speaks against copying each wallet. Prices near a dollar and sales beyond purchases: Polymarket only."""
    t, r, n = found.traits, found.roles, len(past.wallets)
    there = past.venue == POLYMARKET
    wallet = past.column("wallet")
    bought, sold = (np.bincount(wallet, past.column(name) / 1e6, n) for name in ("bought_atoms", "sold_atoms"))
    makers = np.isin(found.behaviour, [BEHAVIOURS.index("market_maker"), BEHAVIOURS.index("volume_bot")])
    return Copyable(
        np.stack([
            t.held_seconds <= SHORT_HOLD_SECONDS,
            t.per_day() >= TRADES_A_DAY,
            there & (t.buys > 0) & (r.dear >= GRINDER_SHARE * t.buys),
            there & (100 * sold > SOLD_PERCENT * bought),
            there & (r.markets > MANY_MARKETS),
            makers,
        ])
    )  # fmt: skip
