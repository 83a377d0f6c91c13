"""Trades of a cluster with itself: one member sells a token while another buys it (U-27)."""

from __future__ import annotations

from typing import Final

import numpy as np

from remora.analysis.exact import Ints
from remora.analysis.past import Ids, Past
from remora.model.units import MINUTE

NEAR: Final = MINUTE
"""A sale and a purchase of two members, with no other member's trade between, within a minute are one event."""


def self_trades(past: Past, of: Ids) -> Ints:
    """Events by wallet (both sides count it). of: cluster number by wallet, -1 none."""
    tape, n = past.tape, len(past.wallets)
    order = tape.by_asset
    order = order[of[tape.wallet[order]] >= 0]
    by_cluster = order[np.argsort(of[tape.wallet[order]], kind="stable")]
    first, second = by_cluster[:-1], by_cluster[1:]
    event = (of[tape.wallet[first]] == of[tape.wallet[second]]) & (tape.asset[first] == tape.asset[second])
    event &= (tape.wallet[first] != tape.wallet[second]) & (tape.side[first] != tape.side[second])
    event &= tape.at[second] - tape.at[first] <= NEAR
    both = np.concatenate((tape.wallet[first[event]], tape.wallet[second[event]]))
    return np.bincount(both, minlength=n).astype(np.int64)
