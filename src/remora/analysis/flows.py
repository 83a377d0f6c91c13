"""Money that moved between wallets, cleaned for ties: known amounts above dust, made on purpose, services marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from remora.analysis.exact import Bools, Ints
from remora.analysis.past import Ids, Past
from remora.model.units import LAMPORTS_PER_SOL, MICRO_PER_USDC, SOL, USDC

DUST: Final = {SOL: LAMPORTS_PER_SOL // 100, USDC: MICRO_PER_USDC}
"""Less is dust: 0.01 SOL (U-28), and a dollar. Nobody is tied by what anybody may send for nothing."""
SERVICE_DEGREE: Final = 500
"""Who paid more wallets than this is a service (U-28), and so is who was paid by more."""
KINDS: Final = frozenset(("transfer", "funding", "create_account"))
"""Transfers that somebody made on purpose: no proceeds of sales, fees, rents or mints."""


@dataclass(frozen=True)
class Flows:
    """One row per (sender, receiver), sorted so: the sum of what was sent, how often, and when first and last.

    dollars: it was USDC, not SOL. service: by wallet, listed or by its degree.
    """

    sender: Ids
    receiver: Ids
    total: Ints
    count: Ints
    first_at: Ints
    last_at: Ints
    dollars: Bools
    service: Bools

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.sender)


def flows(past: Past, before: Ints | None = None) -> Flows:
    """All flows; before: by wallet, only what it received until then (-1: everything)."""
    moves, wallets = past.moves, len(past.wallets)
    kept = _meant(past)
    listed = np.zeros(wallets, np.bool_)
    listed[list(past.infrastructure)] = True
    sender, receiver = moves.sender[kept], moves.receiver[kept]
    pair = np.unique((sender.astype(np.int64) << 32) | receiver)
    degree = np.bincount(pair >> 32, minlength=wallets), np.bincount(pair & 0xFFFFFFFF, minlength=wallets)
    service = listed | (degree[0] > SERVICE_DEGREE) | (degree[1] > SERVICE_DEGREE)
    if before is not None:
        limit = before[moves.receiver[kept]]
        kept = kept[(limit < 0) | (moves.at[kept] <= limit)]
    return _summed(past, kept, service)


def _meant(past: Past) -> Ints:
    """Rows of transfers of money that are no dust, between two different wallets at a known time; in their order."""
    moves = past.moves
    least = np.full(len(past.assets) + 1, np.iinfo(np.int64).max, np.int64)
    for place, name in enumerate(past.assets):
        if name in DUST:
            least[place] = DUST[name]
    meant = np.array([kind in KINDS for kind in moves.kinds] or [False])[moves.kind] if len(moves) else np.zeros(0, np.bool_)
    known = (moves.sender >= 0) & (moves.receiver >= 0) & (moves.at >= 0) & (moves.sender != moves.receiver)
    return np.flatnonzero(meant & known & (moves.amount >= least[moves.asset]))


def _summed(past: Past, rows: Ints, service: Bools) -> Flows:
    moves = past.moves
    rows = rows[np.lexsort((rows, moves.receiver[rows], moves.sender[rows]))]
    dollars = np.array([name == USDC for name in past.assets] or [False])[moves.asset[rows]]
    sender, receiver, amount, at = moves.sender[rows], moves.receiver[rows], moves.amount[rows], moves.at[rows]
    if not len(rows):
        return Flows(sender, receiver, amount, amount, at, at, dollars, service)
    new = np.ones(len(rows), np.bool_)
    new[1:] = (sender[1:] != sender[:-1]) | (receiver[1:] != receiver[:-1])
    start = np.flatnonzero(new)
    return Flows(
        sender[start], receiver[start], np.add.reduceat(amount, start), np.diff(np.append(start, len(rows))), at[start],
        np.maximum.reduceat(at, start), dollars[start], service,
    )  # fmt: skip
