"""Groups in a graph: connected components, and communities found by the Leiden method, compiled and always the same.

The quality that is raised is the constant Potts model, sum over groups of (weight inside - resolution x mass^2 / 2)
(Traag, Van Dooren, Nesterov 2011). With every mass 1 that is CPM; with mass = sum of a node's weights it is modularity
whose strictness does not depend on the size of the whole graph. So there is no resolution limit (modularity merges
small groups as the graph grows), and the groups of a component depend on that component alone: one new edge changes
nothing elsewhere (SYB-10). Nodes are visited in the order of their numbers and nothing is drawn by chance.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from remora.analysis.exact import Ints, compiled

Ids = NDArray[np.int32]
Floats = NDArray[np.float64]

_LEVELS: Final = 64  # every level at least halves what can still be merged; no graph that fits memory needs more
_ITERATIONS: Final = 2  # the second mends what the first merged too early; a third changes next to nothing
_GAIN: Final = 1e-12  # a smaller gain is rounding, and following it could go round in circles


class Graph(NamedTuple):
    """An undirected graph: the neighbours of node i are other[start[i]:start[i+1]], ascending, with their weights."""

    start: Ints
    other: Ids
    weight: Floats

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.start) - 1


def components(nodes: int, a: Ids, b: Ids) -> Ids:
    """Connected component of each of `nodes` nodes under the edges (a, b), numbered in the order of their first node."""
    return np.asarray(_components(nodes, _ids(a), _ids(b)))


def graph(nodes: int, a: Ids, b: Ids, weight: Floats) -> Graph:
    """The graph of edges (a, b, weight); several edges of one pair are added up, loops are dropped."""
    start, other, weights = _adjacency(nodes, _ids(a), _ids(b), np.ascontiguousarray(weight, np.float64))
    return Graph(start, other, weights)


def strengths(g: Graph) -> Floats:
    """Sum of the weights at each node."""
    return _sums(np.repeat(np.arange(g.nodes), np.diff(g.start)), g.weight, g.nodes)


def communities(g: Graph, *, resolution: float, mass: Floats | None = None) -> Ids:
    """Community of each node, numbered in the order of their first node; each is connected.

    resolution: the weight that a pair of nodes of mass 1 must have to stay together. mass: by node, default 1 (CPM).
    """
    group = np.arange(g.nodes, dtype=np.int32)
    whole = np.ones(g.nodes) if mass is None else np.ascontiguousarray(mass, np.float64)
    for _ in range(_ITERATIONS if g.nodes else 0):
        group = _improved(g, whole, group, resolution)
    return group


def _improved(g: Graph, here: Floats, group: Ids, resolution: float) -> Ids:
    """One iteration of the method from some groups: move, split into parts that hang together, make them nodes, repeat."""
    start, other, weight = g
    place = np.arange(g.nodes, dtype=np.int32)  # node of the present level that each first node is part of
    for _ in range(_LEVELS):
        _move(start, other, weight, here, group, resolution)
        if len(np.unique(group)) == len(group):
            break
        part = _renumbered(_refine(start, other, weight, here, group, resolution))
        parts = int(part.max()) + 1
        if parts == len(group):  # nothing within the groups may be merged: they are the answer
            break
        group_of_part = np.zeros(parts, np.int32)
        group_of_part[part] = group
        start, other, weight = _merged(start, other, weight, part, parts)
        here = _sums(part, here, parts)
        place, group = part[place], _renumbered(group_of_part)
    return _renumbered(group[place])


def _sums(group: Any, values: Floats, groups: int) -> Floats:
    return np.asarray(np.bincount(group, values, groups), np.float64)


def _ids(values: Any) -> Ids:
    return np.ascontiguousarray(values, np.int32)


@compiled
def root(parent: Any, i: Any) -> Any:
    """The first of i's set in a forest of parents, whose paths it shortens."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@compiled
def _components(nodes: Any, a: Any, b: Any) -> Any:
    parent = np.arange(nodes).astype(np.int32)
    for e in range(len(a)):
        i, j = root(parent, a[e]), root(parent, b[e])
        if i < j:  # the smaller number is the root, so roots come first
            parent[j] = i
        elif j < i:
            parent[i] = j
    number = np.zeros(nodes, np.int32)
    count = 0
    for i in range(nodes):
        first = root(parent, i)
        if first == i:
            number[i] = count
            count += 1
        else:
            number[i] = number[first]
    return number


@compiled
def _adjacency(nodes: Any, a: Any, b: Any, weight: Any) -> Any:
    """Sort both directions of every edge by (node, neighbour), by counting twice, then add up equal neighbours."""
    degree = np.zeros(nodes + 1, np.int64)
    for e in range(len(a)):
        if a[e] != b[e]:
            degree[a[e] + 1] += 1
            degree[b[e] + 1] += 1
    start = np.cumsum(degree)
    total = start[nodes]
    near, far, first = np.empty(total, np.int32), np.empty(total, np.int32), np.empty(total, np.float64)
    fill = start[:-1].copy()
    for e in range(len(a)):  # by neighbour
        if a[e] != b[e]:
            for turn in range(2):
                i, j = (a[e], b[e]) if turn == 0 else (b[e], a[e])
                at = fill[j]
                near[at], far[at], first[at] = i, j, weight[e]
                fill[j] += 1
    other, sums = np.empty(total, np.int32), np.empty(total, np.float64)
    fill = start[:-1].copy()
    for at in range(total):  # then by node, which keeps the order of neighbours
        i = near[at]
        if fill[i] > start[i] and other[fill[i] - 1] == far[at]:
            sums[fill[i] - 1] += first[at]
        else:
            other[fill[i]], sums[fill[i]] = far[at], first[at]
            fill[i] += 1
    out = 0
    begin = np.zeros(nodes + 1, np.int64)
    for i in range(nodes):
        for at in range(start[i], fill[i]):
            other[out], sums[out] = other[at], sums[at]
            out += 1
        begin[i + 1] = out
    return begin, other[:out].copy(), sums[:out].copy()


@compiled
def _move(  # noqa: PLR0912, PLR0915 - one loop, compiled as one
    start: Any, other: Any, weight: Any, mass: Any, group: Any, resolution: Any
) -> None:
    """Move nodes to the neighbouring group of greatest gain until no move gains; changes `group` (numbers < nodes)."""
    nodes = len(group)
    total = np.zeros(nodes, np.float64)
    members = np.zeros(nodes, np.int32)
    for i in range(nodes):
        total[group[i]] += mass[i]
        members[group[i]] += 1
    empty = np.empty(nodes, np.int32)
    empties = 0
    for k in range(nodes - 1, -1, -1):
        if members[k] == 0:
            empty[empties] = k
            empties += 1
    queue, waiting = np.arange(nodes).astype(np.int32), np.ones(nodes, np.bool_)
    head, length = 0, nodes
    towards, touched = np.zeros(nodes, np.float64), np.empty(nodes, np.int32)
    while length > 0:
        i = queue[head]
        head = head + 1 if head + 1 < nodes else 0
        length -= 1
        waiting[i] = False
        old, seen = group[i], 0
        for at in range(start[i], start[i + 1]):
            k = group[other[at]]
            if towards[k] == 0.0:
                touched[seen] = k
                seen += 1
            towards[k] += weight[at]
        best, gain = old, towards[old] - resolution * mass[i] * (total[old] - mass[i])
        if members[old] > 1 and gain < -_GAIN:  # better alone
            best, gain = -1, 0.0
        for t in range(seen):
            k = touched[t]
            value = towards[k] - resolution * mass[i] * total[k]
            if k != old and value > gain + _GAIN:
                best, gain = k, value
        for t in range(seen):
            towards[touched[t]] = 0.0
        if best != old:
            if best == -1:
                empties -= 1
                best = empty[empties]
            members[old] -= 1
            total[old] -= mass[i]
            if members[old] == 0:
                total[old] = 0.0
                empty[empties] = old
                empties += 1
            members[best] += 1
            total[best] += mass[i]
            group[i] = best
            for at in range(start[i], start[i + 1]):
                j = other[at]
                if not waiting[j] and group[j] != best:
                    waiting[j] = True
                    tail = head + length
                    queue[tail if tail < nodes else tail - nodes] = j
                    length += 1


@compiled
def _refine(  # noqa: PLR0912 - one loop, compiled as one
    start: Any, other: Any, weight: Any, mass: Any, group: Any, resolution: Any
) -> Any:
    """Parts of each group that hang together: nodes that are still alone join the part of greatest gain in their group."""
    nodes = len(group)
    whole = np.zeros(nodes, np.float64)
    for i in range(nodes):
        whole[group[i]] += mass[i]
    part = np.arange(nodes).astype(np.int32)
    total, alone = mass.copy(), np.ones(nodes, np.bool_)
    outward = np.zeros(nodes, np.float64)  # weight from a part to the rest of its group
    for i in range(nodes):
        for at in range(start[i], start[i + 1]):
            if group[other[at]] == group[i]:
                outward[i] += weight[at]
    towards, touched = np.zeros(nodes, np.float64), np.empty(nodes, np.int32)
    for i in range(nodes):
        rest = whole[group[i]] - mass[i]
        if not alone[i] or outward[i] < resolution * mass[i] * rest - _GAIN:
            continue  # taken already, or hardly tied to its group
        seen = 0
        for at in range(start[i], start[i + 1]):
            j = other[at]
            if group[j] == group[i]:
                k = part[j]
                if towards[k] == 0.0:
                    touched[seen] = k
                    seen += 1
                towards[k] += weight[at]
        best, gain, tie = i, 0.0, 0.0
        for t in range(seen):
            k = touched[t]
            value = towards[k] - resolution * mass[i] * total[k]
            tied = outward[k] >= resolution * total[k] * (whole[group[i]] - total[k]) - _GAIN
            if tied and value > gain + _GAIN:
                best, gain, tie = k, value, towards[k]
        for t in range(seen):
            towards[touched[t]] = 0.0
        if best != i:
            part[i] = best
            alone[i], alone[best] = False, False
            total[best] += mass[i]
            outward[best] += outward[i] - 2.0 * tie
    return part


@compiled
def _merged(start: Any, other: Any, weight: Any, part: Any, parts: Any) -> Any:
    """The graph whose nodes are the parts: weights between two parts are added up, those inside are dropped."""
    nodes = len(part)
    first = np.zeros(parts + 1, np.int64)
    for i in range(nodes):
        first[part[i] + 1] += 1
    first = np.cumsum(first)
    order, fill = np.empty(nodes, np.int32), first[:-1].copy()
    for i in range(nodes):
        order[fill[part[i]]] = i
        fill[part[i]] += 1
    towards, touched = np.zeros(parts, np.float64), np.empty(parts, np.int32)
    begin = np.zeros(parts + 1, np.int64)
    far, sums = np.empty(len(other), np.int32), np.empty(len(other), np.float64)
    out = 0
    for p in range(parts):
        seen = 0
        for at in range(first[p], first[p + 1]):
            i = order[at]
            for edge in range(start[i], start[i + 1]):
                k = part[other[edge]]
                if k != p:
                    if towards[k] == 0.0:
                        touched[seen] = k
                        seen += 1
                    towards[k] += weight[edge]
        for t in range(seen):
            k = touched[t]
            far[out], sums[out] = k, towards[k]
            out += 1
            towards[k] = 0.0
        begin[p + 1] = out
    return begin, far[:out].copy(), sums[:out].copy()


def _renumbered(group: Ids) -> Ids:
    """The same groups, numbered in the order of their first node."""
    return np.asarray(_numbers(group))


@compiled
def _numbers(group: Any) -> Any:
    number = np.full(group.max() + 1, -1, np.int32)
    out = np.empty(len(group), np.int32)
    count = 0
    for i in range(len(group)):
        if number[group[i]] < 0:
            number[group[i]] = count
            count += 1
        out[i] = number[group[i]]
    return out
