"""Which purchases were made among friends: two members of a cluster in one token within ten minutes (U-17)."""

from __future__ import annotations

from typing import Final

import numpy as np

from remora.analysis.exact import Ints
from remora.analysis.past import BUY, Ids, Tape
from remora.model import units

MATES_WITHIN: Final = 10 * units.MINUTE
"""A mate that bought the same token within this time makes the profit inorganic (U-17)."""


def bought_together(tape: Tape, trader_of: Ids) -> Ints:
    """(trader << 32) + asset where two members bought within MATES_WITHIN of each other, ascending.

    tape: of wallets, before pooling; trader_of: trader rank of each wallet rank.
    """
    several = np.bincount(trader_of)[trader_of] > 1 if len(trader_of) else np.zeros(0, np.bool_)
    buys = np.flatnonzero((tape.side == BUY) & (tape.at > 0) & several[tape.wallet])
    trader, asset, at, wallet = trader_of[tape.wallet[buys]], tape.asset[buys], tape.at[buys], tape.wallet[buys]
    order = np.lexsort((wallet, at, asset, trader))
    trader, asset, at, wallet = trader[order], asset[order], at[order], wallet[order]
    mates = (trader[1:] == trader[:-1]) & (asset[1:] == asset[:-1]) & (wallet[1:] != wallet[:-1])
    near = np.flatnonzero(mates & (at[1:] - at[:-1] <= MATES_WITHIN))
    return np.unique((trader[near].astype(np.int64) << 32) + asset[near])
