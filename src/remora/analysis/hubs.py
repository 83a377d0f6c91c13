"""Which addresses serve the public, told from how their counterparties behave: exchanges, bridges, tools, popular people.

Three things speak for a private address (one hand's funder or collector): few counterparties; counterparties that
arrived together and did alike volumes (`cohesion`); counterparties that deal with each other, or share further small
addresses. Customers of a public address are strangers: nothing of that beyond chance. A list of entities helps, and is
not needed (S4).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from remora.analysis.cohesion import Closeness, group_evidence
from remora.analysis.communities import Graph, root
from remora.analysis.exact import Bools, Ints, compiled

Ids = NDArray[np.int32]
Floats = NDArray[np.float64]

LARGEST: Final = 500
"""More counterparties than this among the candidates: public, whatever they do (U-28)."""
SMALL_PRIOR: Final = 2.0
"""Log odds that an address of very few counterparties is private; falls by DEGREE_SLOPE per factor e of counterparties."""
LISTED_PRIOR: Final = 3.2
"""The same where a list of entities is given: then most that is public is on it."""
DEGREE_SLOPE: Final = 0.9
DEGREE_SCALE: Final = 15.0
TEMPER: Final = 0.7
"""Figures of one wallet are not independent of each other: their log ratios are summed at this weight."""
MOST_EVIDENCE: Final = 12.0
MANY: Final = 50
"""From so many counterparties on, most of them must be alike: a farm may be among the customers of a public address."""

LEAST_KNOT: Final = 3
MOSTLY_TIED: Final = 0.4
"""Part of the counterparties of a private address that have further ties among them, where there are any at all."""
TIED: Final = 4.0
APART: Final = 3.0


def private_odds(
    g: Graph, candidate: Bools, barred: Bools, figures: list[tuple[Floats, Closeness]], prior: float = SMALL_PRIOR
) -> Floats:
    """Log odds that each node is one hand's own, not the public's.

    g: everybody's links, both directions as one. barred: listed entities and other known public nodes (minus infinity).
    figures: (places, closeness) of each known figure of the candidates.
    """
    start, members = _candidate_neighbours(g, candidate)
    degree = np.diff(start)
    odds = prior - DEGREE_SLOPE * np.log1p(degree / DEGREE_SCALE)
    odds += TEMPER * _together(figures, members, start)
    barred = barred | (degree > LARGEST)
    odds += _shared(g, start, members, degree, barred)
    return np.where(barred, -np.inf, odds)


def _together(figures: list[tuple[Floats, Closeness]], members: Ids, start: Ints) -> Floats:
    """Log evidence that each node's counterparties are one hand: of all; of many, at most their median times their number."""
    whole, each = np.zeros(len(start) - 1), np.zeros(len(members))
    for u, near in figures:
        groups, one = group_evidence(u, members, start, near)
        whole += groups
        each += one
    degree = np.diff(start)
    order = np.lexsort((each, np.repeat(np.arange(len(degree)), degree)))
    some = np.flatnonzero(degree)
    middle = np.zeros(len(degree))
    middle[some] = each[order[start[:-1][some] + (degree[some] - 1) // 2]]
    mixed = np.where(degree >= MANY, np.minimum(whole, degree * middle), whole)
    return np.asarray(np.clip(mixed, -MOST_EVIDENCE, MOST_EVIDENCE))


def _candidate_neighbours(g: Graph, candidate: Bools) -> tuple[Ints, Ids]:
    kept = candidate[g.other]
    total = np.concatenate([np.zeros(1, np.int64), np.cumsum(kept)])
    return total[g.start], g.other[kept]


def _shared(g: Graph, start: Ints, members: Ids, degree: Ints, barred: Bools) -> Floats:
    """Log evidence of further ties among each node's counterparties: one knot of most of them, or several apart."""
    tied, second = _knots(g.start, g.other, start, members, degree, barred)
    one = (tied >= LEAST_KNOT) & (tied >= MOSTLY_TIED * degree)
    several = (second >= LEAST_KNOT) & (tied < MOSTLY_TIED * degree)
    return np.where(one, TIED, np.where(several, -APART, 0.0))


@compiled
def _knots(start: Any, other: Any, first: Any, members: Any, degree: Any, barred: Any) -> Any:
    """(counterparties of each node that are tied to another one, directly or over a third; size of the second knot)."""
    nodes = len(start) - 1
    tied, second = np.zeros(nodes, np.int32), np.zeros(nodes, np.int32)
    parent, size = np.full(nodes, -1, np.int32), np.zeros(nodes, np.int32)
    holder, touched = np.full(nodes, -1, np.int32), np.empty(nodes, np.int32)
    for x in range(nodes):
        if barred[x] or degree[x] < 3:
            continue
        for at in range(first[x], first[x + 1]):
            parent[members[at]], size[members[at]] = members[at], 1
        count = 0
        for at in range(first[x], first[x + 1]):
            c = members[at]
            for edge in range(start[c], start[c + 1]):
                y = other[edge]
                if y == x or barred[y]:
                    continue
                meets = y if parent[y] >= 0 else holder[y]
                if meets < 0:
                    holder[y], touched[count] = c, y
                    count += 1
                    continue
                i, j = root(parent, c), root(parent, meets)
                if i != j:
                    i, j = min(i, j), max(i, j)
                    parent[j] = i
                    size[i] += size[j]
                    size[j] = 0
        largest = 0
        for at in range(first[x], first[x + 1]):
            here = size[members[at]]
            if here > 1:
                tied[x] += here
            second[x] = max(second[x], min(here, largest))
            largest = max(largest, here)
        for at in range(first[x], first[x + 1]):
            parent[members[at]], size[members[at]] = -1, 0
        for t in range(count):
            holder[touched[t]] = -1
    return tied, second
