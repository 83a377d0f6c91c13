"""Clusters: wallets of one hand, merged from the ties of all methods (SYB-01, U-31), each with its confidence and risk.

Each method finds its own groups (communities of its ties); groups of two methods become one cluster where they share at
least half of the smaller. A cluster depends on nothing outside its component of ties, so `updated` works out anew only
the components that changed, and gives what `clusters` would (SYB-10).
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import numpy as np
from numpy.typing import NDArray

from remora.analysis.communities import communities, components, graph, strengths
from remora.analysis.edges import METHODS, Edges
from remora.analysis.exact import Bools, Ints
from remora.analysis.past import Codes, Ids, Moves
from remora.analysis.risks import risks

Floats = NDArray[np.float64]

SMALLEST: Final = 3
"""Members of a cluster (SYB-01)."""
LEAST_TIE: Final = 0.5
"""A tie less sure than this makes no group."""
SHARED: Final = 0.5
"""Part of the smaller group's members that two groups must share to be one cluster (U-31)."""
SURE: Final = 0.8
"""Confidence from which a member does not count (U-15)."""
RESOLUTION: Final = 0.0002
"""A tie of weight 1 joins two groups only while the product of their strengths stays below 5,000."""
NONE, MEMBER, EXCLUDED = range(3)
"""Status of a wallet (U-15): in no cluster; in one that counts once; in one that does not count."""


@dataclass(frozen=True)
class Clusters:
    """Clusters, numbered in the order of their first member. By wallet: of (cluster or -1), confidence (0 where none),
    status. By cluster: ids ("c" and 12 digits of the hash of its earliest-seen member's address), kind (D-34), methods,
    cluster_confidence, risk, whitelisted, size.
    """

    of: Ids
    confidence: Floats
    status: Codes
    ids: list[str]
    kind: list[str]
    methods: list[tuple[str, ...]]
    cluster_confidence: Floats
    risk: Floats
    whitelisted: Bools
    size: Ints

    def __len__(self) -> int:
        """Number of clusters."""
        return len(self.ids)


@dataclass(frozen=True)
class Known:
    """What clusters are made of: ties, and by wallet its address, when it was first seen (-1 unknown), and whether it is
    infrastructure. whitelist: ids of clusters, or addresses of members, that are legitimate (SYB-07).
    """

    edges: Edges
    names: list[str]
    first_seen: Ints
    excluded: Bools
    whitelist: frozenset[str] = frozenset()
    moves: Moves | None = None


def cluster_id(earliest: str) -> str:
    """The id of the cluster whose earliest-seen member has this address."""
    return "c" + sha256(earliest.encode()).hexdigest()[:12]


def clusters(
    edges: Edges, wallets: int, *, names: list[str], first_seen: Ints, excluded: Bools,
    whitelist: frozenset[str] = frozenset(), moves: Moves | None = None,
) -> Clusters:  # fmt: skip
    """Merge ties of all methods into clusters of at least SMALLEST wallets; infrastructure is in none."""
    known = Known(edges, names, first_seen, excluded, whitelist, moves)
    usable = _usable(known)
    return _described(known, usable, _assigned(edges, usable, wallets))


def updated(before: Clusters, old: Known, new: Known) -> Clusters:
    """The clusters of `new`, regrouping only the components of ties that differ from `old`; wallets keep their ranks.

    Equal to `clusters` of `new`. Raises ValueError where the addresses differ.
    """
    if old.names != new.names:
        raise ValueError("wallets have other ranks now: work the clusters out from all ties")
    wallets, was, now = len(new.names), _usable(old), _usable(new)
    a, b = (np.concatenate([getattr(old.edges, end)[was], getattr(new.edges, end)[now]]) for end in ("a", "b"))
    component = components(wallets, a, b)
    stale = np.zeros(int(component.max(initial=-1)) + 1, np.bool_)
    stale[component[_changed(old.edges, was, new.edges, now)]] = True
    again = stale[component]
    fresh = _assigned(new.edges, now & again[new.edges.a], wallets)
    kept = np.where(before.of >= 0, before.of + int(fresh.max(initial=-1)) + 1, -1)
    return _described(new, now, np.where(again, fresh, kept))


def votes(found: Clusters, voters: Bools) -> Floats:
    """Votes of each wallet: 1 in no cluster; a cluster has 1 for all its voters together; 0 for excluded members (U-15).

    So putting a wallet's money into more wallets of one cluster never adds a vote.
    """
    counts = voters & (found.status != EXCLUDED)
    inside = counts & (found.of >= 0)
    together = np.bincount(found.of[inside], minlength=max(len(found), 1))
    return np.where(inside, 1.0 / np.maximum(together, 1)[np.maximum(found.of, 0)], counts.astype(np.float64))


def _usable(known: Known) -> Bools:
    edges = known.edges
    return (edges.confidence >= LEAST_TIE) & ~known.excluded[edges.a] & ~known.excluded[edges.b]


def _changed(old: Edges, was: Bools, new: Edges, now: Bools) -> Ints:
    """Wallets at the ends of ties that are in one of the two lists only, or weigh otherwise."""
    columns = [
        np.concatenate([getattr(old, name)[was], getattr(new, name)[now]])
        for name in ("a", "b", "method", "kind", "confidence")
    ]
    order = np.lexsort(columns[::-1])
    same = np.ones(max(len(order) - 1, 0), np.bool_)
    for column in columns:
        same &= column[order][1:] == column[order][:-1]
    alone = np.ones(len(order), np.bool_)
    alone[1:] &= ~same
    alone[:-1] &= ~same
    return np.concatenate([columns[0][order[alone]], columns[1][order[alone]]])


def _assigned(edges: Edges, usable: Bools, wallets: int) -> Ids:
    """Cluster of each wallet or -1: groups of each method, joined where they share members."""
    part = np.full((len(METHODS), wallets), -1, np.int64)
    tie = np.zeros((len(METHODS), wallets))
    parts = 0
    for method in range(len(METHODS)):
        group = _groups(edges, usable & (edges.method == method), wallets, tie[method])
        part[method] = np.where(group >= 0, group + parts, -1)
        parts = max(parts, int(part[method].max(initial=-1)) + 1)
    size = np.bincount(part[part >= 0], minlength=parts)
    joined = components(parts, *_overlapping(part, size))
    best, choice = np.zeros(wallets), np.full(wallets, -1, np.int64)
    for method in range(len(METHODS)):  # a wallet in two clusters goes where its ties are surest
        here = np.where(part[method] >= 0, joined[np.maximum(part[method], 0)] if parts else -1, -1)
        doubt = np.ones(wallets)
        for other in range(len(METHODS)):
            same = (part[other] >= 0) & (joined[np.maximum(part[other], 0)] == here) if parts else np.zeros(wallets, np.bool_)
            doubt = np.where(same, doubt * (1.0 - tie[other]), doubt)
        sure = np.where(here >= 0, 1.0 - doubt, 0.0)
        better = (sure > best) | ((sure == best) & (here >= 0) & (here < choice))
        best, choice = np.where(better, sure, best), np.where(better, here, choice)
    count = np.bincount(choice[choice >= 0], minlength=1)
    return np.where((choice >= 0) & (count[np.maximum(choice, 0)] >= SMALLEST), choice, -1).astype(np.int32)


def _groups(edges: Edges, kept: Bools, wallets: int, tie: Floats) -> Ids:
    """Groups of at least SMALLEST among some ties; writes into `tie` how sure each wallet's best one in its group is."""
    a, b, sure = edges.a[kept], edges.b[kept], edges.confidence[kept]
    if not len(a):
        return np.full(wallets, -1, np.int32)
    g = graph(wallets, a, b, sure)
    group = communities(g, resolution=RESOLUTION, mass=strengths(g))
    size = np.bincount(group)
    inside = group[a] == group[b]
    for ends in (a, b):
        np.maximum.at(tie, ends[inside], sure[inside])
    return np.where(size[group] >= SMALLEST, group, -1).astype(np.int32)


def _overlapping(part: Ints, size: Ints) -> tuple[Ids, Ids]:
    """Pairs of groups of different methods that share at least SHARED of the smaller."""
    left, right = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for first in range(len(part)):
        for second in range(first + 1, len(part)):
            both = (part[first] >= 0) & (part[second] >= 0)
            pair, shared = np.unique(part[first][both] * len(size) + part[second][both], return_counts=True)
            x, y = pair // max(len(size), 1), pair % max(len(size), 1)
            enough = shared >= SHARED * np.minimum(size[x], size[y])
            left.append(x[enough])
            right.append(y[enough])
    return np.concatenate(left).astype(np.int32), np.concatenate(right).astype(np.int32)


def _described(known: Known, usable: Bools, cluster: Ids) -> Clusters:
    """Number the clusters by their first member, and say of each what is known."""
    member = np.flatnonzero(cluster >= 0)
    _, first, number = np.unique(cluster[member], return_index=True, return_inverse=True)
    of, count = np.full(len(cluster), -1, np.int32), len(first)
    of[member] = np.argsort(np.argsort(first))[number]
    sure_of_method, members_of_method = _by_method(known.edges, usable, of, count)
    speaks = members_of_method >= SMALLEST
    whole = 1.0 - np.prod(np.where(speaks, 1.0 - sure_of_method, 1.0), axis=0)
    confidence = np.where(of >= 0, _by_wallet(known.edges, usable, of), 0.0)
    earliest = _earliest(of, known.first_seen, count)
    ids = [cluster_id(known.names[i]) for i in earliest.tolist()]
    white = np.array([name in known.whitelist for name in ids], np.bool_)
    listed = np.array([name in known.whitelist for name in known.names], np.bool_) if known.whitelist else np.zeros(0, np.bool_)
    white[of[np.flatnonzero(listed & (of >= 0))] if len(listed) else []] = True
    out = (of >= 0) & (confidence >= SURE) & ~(white[np.maximum(of, 0)] if count else False)
    methods = [tuple(name for name, says in zip(METHODS, column, strict=True) if says) for column in speaks.T.tolist()]
    return Clusters(
        of, confidence, np.where(out, EXCLUDED, np.where(of >= 0, MEMBER, NONE)).astype(np.int8), ids,
        [_kind(names) for names in methods], methods, whole,
        risks(known.edges, usable, of, np.where(speaks, sure_of_method, 0.0), known.moves), white,
        np.bincount(of[of >= 0], minlength=count).astype(np.int64),
    )  # fmt: skip


def _kind(methods: tuple[str, ...]) -> str:
    """Kind (D-34): machines act in step; money makes a family; alike habits alone make a group of traders."""
    if "same_transaction" in methods or "timing_correlation" in methods:
        return "bot_network"
    if "funding" in methods or "social_graph" in methods:
        return "family"
    return "trading_group" if "trading_pattern" in methods else "unknown"


def _best(edges: Edges, usable: Bools, of: Ids, method: int) -> Floats:
    """By wallet: how sure its best tie of a method inside its cluster is."""
    rows = usable & (edges.method == method) & (of[edges.a] == of[edges.b]) & (of[edges.a] >= 0)
    best = np.zeros(len(of))
    for ends in (edges.a, edges.b):
        np.maximum.at(best, ends[rows], edges.confidence[rows])
    return best


def _by_method(edges: Edges, usable: Bools, of: Ids, count: int) -> tuple[Floats, Ints]:
    """(mean confidence of the members' best ties, members that have one), by method and cluster."""
    sure, members = np.zeros((len(METHODS), count)), np.zeros((len(METHODS), count), np.int64)
    for method in range(len(METHODS)):
        best = _best(edges, usable, of, method)
        tied = best > 0
        members[method] = np.bincount(of[tied], minlength=count)
        sure[method] = np.bincount(of[tied], best[tied], minlength=count) / np.maximum(members[method], 1)
    return sure, members


def _by_wallet(edges: Edges, usable: Bools, of: Ids) -> Floats:
    """1 - product over methods of (1 - best tie) (U-31)."""
    doubt = np.ones(len(of))
    for method in range(len(METHODS)):
        doubt *= 1.0 - _best(edges, usable, of, method)
    return 1.0 - doubt


def _earliest(of: Ids, first_seen: Ints, count: int) -> Ints:
    """Earliest-seen member of each cluster; unknown comes last, ties go to the lesser address."""
    member = np.flatnonzero(of >= 0)
    seen = np.where(first_seen[member] < 0, np.iinfo(np.int64).max, first_seen[member])
    member = member[np.lexsort((member, seen, of[member]))]
    return member[np.searchsorted(of[member], np.arange(count))]
