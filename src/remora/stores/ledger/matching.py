"""Which inexact trades are the same trade: by transaction (or second), wallet, asset, side, amounts and multiplicity.

A pure function of a *set* of trades, so that neither their order of arrival nor how they were batched can matter:

1. Trades with an exact event id are trades of their own.
2. The others come source by source, the most precise first. Rows of one source are different trades; each may be the
   same trade as one already there that no source of its own has told, if quantity and money agree within the larger
   of both last digits (money with or without the venue's fee). Equal amounts find each other first; then as many
   as possible. So k rows of one source and m of another are max(k, m) trades.
3. First inside each transaction; then trades without a transaction, against all of the same second.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

import msgspec

BRUTE_FORCE_ROWS: Final = 400
"""Up to so many rows left over on each side the best assignment is searched; beyond, neighbours are taken in order."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One trade as its best sighting tells it. second: of happened_at, None if unknown. sources: all that tell its id."""

    id: str
    tx: str
    wallet: str
    asset: str
    side: str
    second: int | None
    quantity_atoms: int
    quote: str
    quote_atoms: int
    fee_atoms: int
    exact: bool
    quantity_step: int
    quote_step: int
    sources: frozenset[str]

    def precision(self) -> tuple[int, int, str]:
        """What rows are taken by: the most precise first, then by name of source."""
        return (self.quote_step, self.quantity_step, min(self.sources))


class _Cluster:
    """One trade: the candidate that stands for it, and who told it."""

    __slots__ = ("leader", "members", "sources")

    def __init__(self, leader: Candidate) -> None:
        self.leader = leader
        self.sources = set(leader.sources)
        self.members = [leader]

    def add(self, candidate: Candidate) -> None:
        self.members.append(candidate)
        self.sources |= candidate.sources


def leaders(candidates: Iterable[Candidate]) -> dict[str, str]:
    """For each candidate's id the id of the trade that it is (itself, if it stands for one)."""
    parts: dict[tuple[str, str, str], list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        parts[candidate.wallet, candidate.asset, candidate.side].append(candidate)
    found: dict[str, str] = {}
    for part in parts.values():
        for cluster in _clusters(part):
            found.update((member.id, cluster.leader.id) for member in cluster.members)
    return found


def _clusters(part: Sequence[Candidate]) -> list[_Cluster]:
    done: list[_Cluster] = []
    by_second: dict[int, list[_Cluster]] = defaultdict(list)
    placed = sorted((c for c in part if c.tx), key=lambda c: c.tx)
    for _, group in groupby(placed, key=lambda c: c.tx):
        for cluster in _absorb([], list(group)):
            if cluster.leader.second is None:
                done.append(cluster)
            else:
                by_second[cluster.leader.second].append(cluster)
    loose: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in part:
        if not candidate.tx and candidate.second is None:
            done.append(_Cluster(candidate))
        elif not candidate.tx:
            loose[candidate.second or 0].append(candidate)
    for second in sorted(by_second.keys() | loose.keys()):
        done += _absorb(by_second[second], loose[second])
    return done


def _absorb(clusters: list[_Cluster], candidates: list[Candidate]) -> list[_Cluster]:
    """Add candidates to the clusters: what agrees joins, the rest are trades of their own."""
    clusters = sorted(clusters, key=lambda cluster: cluster.leader.id)
    clusters += [_Cluster(c) for c in sorted((c for c in candidates if c.exact), key=lambda c: c.id)]
    inexact = sorted((c for c in candidates if not c.exact), key=lambda c: (c.precision(), c.id))
    for _, block in groupby(inexact, key=Candidate.precision):
        left = _join_equal(clusters, list(block))
        left = _join_close(clusters, left)
        clusters += [_Cluster(candidate) for candidate in left]
    return clusters


def _join_equal(clusters: list[_Cluster], block: list[Candidate]) -> list[Candidate]:
    """Join candidates to clusters of the very same amounts, one to one; give back those left over."""
    same: dict[tuple[int, int], list[_Cluster]] = defaultdict(list)
    for cluster in reversed(clusters):
        same[cluster.leader.quantity_atoms, cluster.leader.quote_atoms].append(cluster)
    left: list[Candidate] = []
    joined: list[tuple[_Cluster, Candidate]] = []
    for candidate in block:
        waiting = same[candidate.quantity_atoms, candidate.quote_atoms]
        place = next((i for i in range(len(waiting) - 1, -1, -1) if _may_join(waiting[i], candidate)), None)
        if place is None:
            left.append(candidate)
        else:
            joined.append((waiting.pop(place), candidate))
    for cluster, candidate in joined:
        cluster.add(candidate)
    return left


def _join_close(clusters: list[_Cluster], block: list[Candidate]) -> list[Candidate]:
    """Join as many candidates as possible to clusters that agree within precision; give back those left over."""
    if not block:
        return []
    free = sorted(
        (cluster for cluster in clusters if any(not cluster.sources & c.sources for c in block)),
        key=lambda cluster: (cluster.leader.quantity_atoms, cluster.leader.quote_atoms, cluster.leader.id),
    )
    block = sorted(block, key=lambda c: (c.quantity_atoms, c.quote_atoms, c.id))
    if len(free) > BRUTE_FORCE_ROWS or len(block) > BRUTE_FORCE_ROWS:
        taken = _in_order(free, block)
    else:
        options = [[j for j, cluster in enumerate(free) if _may_join(cluster, c)] for c in block]
        taken = _assign(options)
    for row, place in taken.items():
        free[place].add(block[row])
    return [candidate for row, candidate in enumerate(block) if row not in taken]


def _in_order(free: list[_Cluster], block: list[Candidate]) -> dict[int, int]:
    """Take neighbours from two sorted lists in one pass: linear, for very large groups."""
    taken: dict[int, int] = {}
    place = 0
    for row, candidate in enumerate(block):
        while place < len(free):
            cluster = free[place]
            if _may_join(cluster, candidate):
                taken[row] = place
                place += 1
                break
            if cluster.leader.quantity_atoms > candidate.quantity_atoms:
                break
            place += 1
    return taken


def _assign(options: list[list[int]]) -> dict[int, int]:
    """The largest one-to-one assignment of rows to places (augmenting paths, without recursion)."""
    holder: dict[int, int] = {}
    held: dict[int, int] = {}
    for start in range(len(options)):
        came_from: dict[int, int] = {}
        queue = [start]
        end: int | None = None
        while queue and end is None:
            row = queue.pop(0)
            for place in options[row]:
                if place in came_from:
                    continue
                came_from[place] = row
                if place not in holder:
                    end = place
                    break
                queue.append(holder[place])
        while end is not None:
            row = came_from[end]
            previous = held.get(row)
            holder[end], held[row] = row, end
            end = previous
    return held


def _may_join(cluster: _Cluster, candidate: Candidate) -> bool:
    return not cluster.sources & candidate.sources and agree(cluster.leader, candidate)


def agree(a: Candidate, b: Candidate) -> bool:
    """Whether two trades tell the same amounts, within the larger of both last digits."""
    if a.quote != b.quote or abs(a.quantity_atoms - b.quantity_atoms) > max(a.quantity_step, b.quantity_step):
        return False
    step = max(a.quote_step, b.quote_step)
    gap = a.quote_atoms - b.quote_atoms
    gaps = (gap, gap + a.fee_atoms, gap - a.fee_atoms, gap + b.fee_atoms, gap - b.fee_atoms)
    return any(abs(value) <= step for value in gaps)
