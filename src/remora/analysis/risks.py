"""How risky a cluster is, 0..1: the greatest of what its methods say (U-28, U-29, U-31)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from remora.analysis.edges import METHODS, Edges
from remora.analysis.exact import Bools, Ints
from remora.analysis.past import Ids, Moves
from remora.model.units import HOUR

Floats = NDArray[np.float64]

FUNDED: Final = 0.4
SIGN: Final = 0.2
"""Risk of a common funder, and of each sign: same amounts, same hour, tokens in common (U-28)."""
ALIKE: Final = 0.05
"""Amounts within this part of the cluster's median are the same."""


def risks(edges: Edges, usable: Bools, of: Ids, sure: Floats, moves: Moves | None) -> Floats:
    """Risk by cluster. sure: confidence by method and cluster, 0 where the method says nothing.

    Timing risks as much as its mean correlation (SYB-03), one transaction and patterns as much as they are sure. Money
    risks FUNDED and the signs.
    """
    count = sure.shape[1]
    money = [METHODS.index("funding"), METHODS.index("social_graph")]
    others = [n for n in range(len(METHODS)) if n not in money]
    inside = usable & (of[edges.a] == of[edges.b]) & (of[edges.a] >= 0)
    paid = inside & np.isin(edges.method, money)
    timed = paid & (edges.first_at >= 0) & (edges.last_at >= 0)
    near = timed & (edges.last_at - edges.first_at <= HOUR)
    cluster = of[edges.a]
    same_hour = 2 * np.bincount(cluster[near], minlength=count) > np.bincount(cluster[paid], minlength=count)
    in_common = (sure[others] > 0).any(axis=0)
    signs = same_hour.astype(np.int64) + in_common + _same_amounts(of, count, moves)
    sure = _with_correlation(edges, cluster, inside, sure)
    by_money = np.where((sure[money] > 0).any(axis=0), FUNDED + SIGN * signs, 0.0)
    return np.asarray(np.round(np.maximum(by_money, sure[others].max(axis=0, initial=0.0)), 6))


def _with_correlation(edges: Edges, cluster: Any, inside: Bools, sure: Floats) -> Floats:
    """What the methods say, timing by the mean correlation of the cluster's ties where it was measured."""
    timing = METHODS.index("timing_correlation")
    timed = inside & (edges.method == timing) & ~np.isnan(edges.correlation)
    n = np.bincount(cluster[timed], minlength=sure.shape[1])
    mean = np.bincount(cluster[timed], edges.correlation[timed], sure.shape[1]) / np.maximum(n, 1)
    found = sure.copy()
    found[timing] = np.where((n > 0) & (sure[timing] > 0), mean, sure[timing])
    return found


def _same_amounts(of: Ids, count: int, moves: Moves | None) -> Any:
    """Clusters in which most members' first payment was the same amount."""
    if moves is None or not len(moves):
        return np.zeros(count, np.bool_)
    first: Ints = np.full(len(of), -1, np.int64)
    first[moves.receiver[::-1]] = moves.amount[::-1]  # moves are sorted by time: the earliest is written last
    member = np.flatnonzero((of >= 0) & (first > 0))
    member = member[np.lexsort((first[member], of[member]))]
    amount, cluster = first[member].astype(np.float64), of[member]
    size = np.bincount(cluster, minlength=count)
    middle = np.searchsorted(cluster, np.arange(count)) + size // 2
    median = amount[np.minimum(middle, max(len(amount) - 1, 0))] if len(amount) else np.zeros(count)
    same = np.bincount(cluster[np.abs(amount - median[cluster]) <= ALIKE * median[cluster]], minlength=count)
    return (2 * same > np.bincount(of[of >= 0], minlength=count)) & (size >= 3)
