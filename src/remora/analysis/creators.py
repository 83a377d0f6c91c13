"""Ties by launches: wallets that sign tokens whose fees go to the same owner."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa

from remora.analysis.bundles import grouped
from remora.analysis.edges import KINDS, METHODS, Edges, joined, no_edges
from remora.analysis.exact import Ints
from remora.analysis.pairs import halves, key
from remora.analysis.past import Past
from remora.analysis.sentences import names, said

MOST_SIGNERS: Final = 20
"""A fee owner of more signers is a platform."""
OFTEN: Final = 2
CONFIDENCE: Final = 0.7
"""How sure where both signed so many tokens for the same other owner. Anybody may name anybody as owner, so ..."""
UNSURE: Final = 0.4
"""... a single launch, and the tie between signer and owner, tie nobody."""


def creator_edges(past: Past) -> Edges:
    """Edges of kind same_creator."""
    tokens = past.tokens
    usable = np.ones(len(past.wallets) + 1, np.bool_)
    usable[list(past.infrastructure)] = False
    usable[-1] = False
    rows = np.flatnonzero(usable[tokens.creator] & usable[tokens.signer] & (tokens.creator != tokens.signer))
    pair = (tokens.creator[rows].astype(np.int64) << 32) | tokens.signer[rows]
    pair, times = np.unique(pair, return_counts=True)
    if not len(pair):
        return no_edges()
    owner, signer = halves(pair)
    few = np.bincount(owner)[owner] <= MOST_SIGNERS
    owner, signer, times = owner[few], signer[few], times[few]
    keys, left, right = grouped(owner, signer, 2)
    often = np.minimum(times[left], times[right])
    evidence = said(
        "signed ", times[left], " and ", times[right], " tokens whose fees go to ", names(past.wallets, owner[left])
    )
    fellows = _edges(keys, np.where(often >= OFTEN, CONFIDENCE, UNSURE), often, evidence)
    own = said("signed ", times, " tokens whose fees go to the other")
    return joined([fellows, _edges(key(owner, signer), np.full(len(owner), UNSURE), times, own)])


def _edges(keys: Ints, confidence: Any, count: Ints, evidence: pa.Array) -> Edges:
    a, b = halves(keys)
    n = len(keys)
    kind = np.full(n, KINDS.index("same_creator"), np.int8)
    method = np.full(n, METHODS.index("social_graph"), np.int8)
    return Edges(a, b, kind, method, confidence, count.astype(np.int32), np.full(n, -1), np.full(n, -1), evidence)
