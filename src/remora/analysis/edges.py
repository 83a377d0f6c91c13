"""Ties between two wallets, each with its kind, the method that found it, how sure it is, and its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from remora.analysis.exact import Ints
from remora.analysis.past import Codes, Ids

KINDS: Final = ("funding", "funds_transfer", "same_tx_pattern", "timing_correlation", "cotrade", "same_creator")
"""Kinds of relationship (D-35)."""
METHODS: Final = ("funding", "timing_correlation", "trading_pattern", "social_graph", "same_transaction")
"""Methods of detection (D-34, SYB-01)."""


@dataclass(frozen=True)
class Edges:
    """One row per pair and kind, sorted by (a, b, kind); a < b are wallet ranks. first_at/last_at -1 = unknown.

    confidence: 0..1, how likely the two are one hand by this evidence alone. count: how often it was seen. evidence:
    a sentence with the figures behind it (shared tokens, share within 10 s against chance, source and amount ...).
    strength: the correlation in time beyond chance, 0..1 (U-29); NaN for ties of other kinds. None: all of them.
    """

    a: Ids
    b: Ids
    kind: Codes
    method: Codes
    confidence: NDArray[np.float64]
    count: Ids
    first_at: Ints
    last_at: Ints
    evidence: pa.Array
    strength: NDArray[np.float64] | None = None

    @property
    def correlation(self) -> NDArray[np.float64]:
        """`strength`, NaN where nothing was correlated."""
        return np.full(len(self.a), np.nan) if self.strength is None else self.strength

    def __len__(self) -> int:
        """Number of edges."""
        return len(self.a)


def no_edges() -> Edges:
    """None."""
    none = np.zeros(0, np.int32)
    times = np.zeros(0, np.int64)
    return Edges(
        none, none, none.astype(np.int8), none.astype(np.int8), np.zeros(0), none, times, times, pa.array([], pa.string())
    )


def joined(parts: list[Edges]) -> Edges:
    """Several lists of edges as one, sorted; one row per (pair, kind): the surest is kept, counts and times are joined."""
    if not parts:
        return no_edges()
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("a", "b", "kind", "method", "confidence", "count", "first_at", "last_at", "correlation")
    }
    evidence = pa.concat_arrays([part.evidence for part in parts])
    order = np.lexsort((columns["method"], -columns["confidence"], columns["kind"], columns["b"], columns["a"]))
    columns = {name: column[order] for name, column in columns.items()}
    evidence = evidence.take(pa.array(order))
    start = np.zeros(len(order), np.bool_)
    start[:1] = True
    for name in ("a", "b", "kind"):
        start[1:] |= columns[name][1:] != columns[name][:-1]
    place = np.flatnonzero(start)
    group = np.cumsum(start) - 1
    count = np.bincount(group, columns["count"], len(place)).astype(np.int32) if len(place) else columns["count"]
    first = np.where(columns["first_at"] < 0, np.iinfo(np.int64).max, columns["first_at"])
    first = np.minimum.reduceat(first, place) if len(place) else first
    last = np.maximum.reduceat(columns["last_at"], place) if len(place) else columns["last_at"]
    first = np.where(first == np.iinfo(np.int64).max, -1, first)
    kept = {name: columns[name][place] for name in ("a", "b", "kind", "method", "confidence")}
    return Edges(
        **kept, count=count, first_at=first, last_at=last, evidence=evidence.take(pa.array(place)),
        strength=columns["correlation"][place],
    )  # fmt: skip
