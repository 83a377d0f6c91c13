"""Accounts that are no people: by the dated lists, by labels, and by what no person can do."""

from __future__ import annotations

from typing import Final

import numpy as np

from remora.analysis.exact import Ints
from remora.analysis.past import Past
from remora.model.units import DAY

INFRASTRUCTURE_LABELS: Final = frozenset(("infrastructure", "exchange", "router", "bridge", "vault"))
SERVICE_WALLETS: Final = 500
"""A source that sent to more wallets than this is a service, not a friend (U-28)."""
TOKENS_A_DAY: Final = 160
"""A new token every six minutes for sixteen hours: nobody decides so often, a fee account or a program does."""
BUSY_DAYS: Final = 2
"""On so many days at least; one wild day is no proof."""
ALL_TOKENS_SHARE: Final = 0.02
"""Where the days are unknown: the share of all tokens (at least MANY_TOKENS of them) that no person trades."""
MANY_TOKENS: Final = 10 * TOKENS_A_DAY
MOST_TOKENS_SHARE: Final = 0.3
"""A trader of this share of all tokens is a venue's own account, however it trades."""


def no_people(past: Past) -> dict[int, str]:
    """Wallet rank -> what it is. The lists come first, then labels, then structure."""
    found: dict[int, str] = {}
    for wallet, what in (*_services(past), *_everywhere(past)):
        found[wallet] = what
    for wallet, kind in zip(past.labels.wallet.tolist(), past.labels.kind, strict=True):
        if kind in INFRASTRUCTURE_LABELS:
            found[wallet] = f"labelled {kind}"
    return dict(sorted((found | past.infrastructure).items()))


def _services(past: Past) -> list[tuple[int, str]]:
    moves = past.moves
    known = (moves.sender >= 0) & (moves.receiver >= 0) & (moves.sender != moves.receiver)
    pairs = np.unique((moves.sender[known].astype(np.int64) << 32) + moves.receiver[known])
    count = np.bincount(pairs >> 32, minlength=len(past.wallets))
    return [(int(w), f"service: sent to {count[w]} wallets") for w in np.flatnonzero(count > SERVICE_WALLETS)]


def _everywhere(past: Past) -> list[tuple[int, str]]:
    """Wallets of the presence lists in more new tokens than a person can trade; traders in most tokens there are."""
    found: list[tuple[int, str]] = []
    seen, n = past.seen, len(past.wallets)
    launched = past.tokens.launched_at[seen.asset]
    dated = launched >= 0
    day = np.where(dated, launched // DAY, -1)
    key, count = np.unique((seen.wallet[dated].astype(np.int64) << 32) + day[dated], return_counts=True)
    busy = np.bincount(key[count >= TOKENS_A_DAY] >> 32, minlength=n)
    most = _most(key >> 32, count, n)
    for w in np.flatnonzero(busy >= BUSY_DAYS):
        found.append((int(w), f"everywhere: seen in up to {most[w]} new tokens a day"))
    undated = np.bincount(seen.wallet[~dated], minlength=n)
    there = len(np.unique(seen.asset[~dated]))
    for w in np.flatnonzero(undated >= max(MANY_TOKENS, int(ALL_TOKENS_SHARE * there))):
        found.append((int(w), f"everywhere: seen in {undated[w]} of {there} tokens"))
    tape = past.tape
    pairs = np.ones(len(tape), np.bool_)
    pairs[1:] = (tape.wallet[1:] != tape.wallet[:-1]) | (tape.asset[1:] != tape.asset[:-1])
    traded = np.bincount(tape.wallet[pairs], minlength=n)
    assets = len(np.unique(tape.asset))
    for w in np.flatnonzero(traded >= max(MANY_TOKENS, int(MOST_TOKENS_SHARE * assets))):
        found.append((int(w), f"everywhere: traded {traded[w]} of {assets} tokens"))
    return found


def _most(wallet: Ints, count: Ints, wallets: int) -> Ints:
    most = np.zeros(wallets, np.int64)
    np.maximum.at(most, wallet, count)
    return most
