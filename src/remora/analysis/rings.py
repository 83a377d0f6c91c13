"""Ties by closed circles: money that comes back, and wallets that trade with each other through a pool (wash trades)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from remora.analysis.edges import KINDS, METHODS, Edges, joined, no_edges
from remora.analysis.exact import Bools, Ints, compiled
from remora.analysis.firsts import traders
from remora.analysis.flows import Flows, flows
from remora.analysis.pairs import halves, key
from remora.analysis.past import Past
from remora.analysis.sentences import money, said
from remora.model.units import SECOND

RETURNED: Final = 10
"""Money went both ways, neither way more than so many times the other: dust sent back is no circle."""
BOTH_WAYS: Final = 0.8
LARGEST_RING: Final = 20
RING: Final = 0.7
"""How sure: two wallets that pay each other; three to twenty that pay round."""
OPPOSITE_WITHIN: Final = 30 * SECOND
OPPOSITE_TRADES: Final = 4
"""Opposite trades of one token belong together within 30 s and four trades ..."""
SAME_QUANTITY: Final = 0.03
"""... where the quantities differ by less than 3 %."""
LEAST_WASHES: Final = 4
WASHED: Final = 0.2
"""So many of them, and so large a part of the trades of the one that has fewer, are no accident ..."""
WASH: Final = 0.85
"""... and this sure."""


def ring_edges(past: Past) -> Edges:
    """Edges of kinds funds_transfer (circles of money) and cotrade (wash trades)."""
    return joined([_circles(past), _washes(past)])


def _circles(past: Past) -> Edges:
    every, trading = flows(past), traders(past)
    private = ~every.service[every.sender] & ~every.service[every.receiver] & trading[every.sender] & trading[every.receiver]
    rows = np.flatnonzero(private)
    if not len(rows):
        return no_edges()
    mutual, one_way = _mutual(every, rows)
    rows = rows[one_way]
    sender, receiver = every.sender[rows], every.receiver[rows]
    start = np.searchsorted(sender, np.arange(len(past.wallets) + 1)).astype(np.int64)
    component = np.empty(len(past.wallets), np.int64)
    _components(start, receiver, component)
    size = np.bincount(component, minlength=len(past.wallets))[component]
    inside = (component[sender] == component[receiver]) & (size[sender] <= LARGEST_RING)
    return joined([mutual, _round(every, rows[inside & (size[sender] >= 3)], size)])


def _mutual(every: Flows, rows: Ints) -> tuple[Edges, Bools]:
    """(pairs that paid each other comparable sums, rows of those that were paid nothing back)."""
    forth = key(every.sender[rows], every.receiver[rows])
    order = np.argsort(forth, kind="stable")
    pair = np.flatnonzero(forth[order][1:] == forth[order][:-1])
    one, other = rows[order[pair]], rows[order[pair + 1]]
    one_way = np.ones(len(rows), np.bool_)
    one_way[order[pair]] = one_way[order[pair + 1]] = False
    x, y = every.total[one], every.total[other]
    even = np.maximum(x, y) <= RETURNED * np.minimum(x, y)
    one, other = one[even], other[even]
    dollars = every.dollars[one]
    evidence = said("paid each other: ", money(every.total[one], dollars), " and ", money(every.total[other], dollars))
    edges = _edges(
        key(every.sender[one], every.receiver[one]), "funds_transfer", "social_graph", BOTH_WAYS,
        every.count[one] + every.count[other], np.minimum(every.first_at[one], every.first_at[other]),
        np.maximum(every.last_at[one], every.last_at[other]), evidence,
    )  # fmt: skip
    return edges, one_way


def _round(every: Flows, rows: Ints, size: Ints) -> Edges:
    """Wallets whose payments lead back to them through others."""
    paid = money(every.total[rows], every.dollars[rows])
    evidence = said("money goes round among ", size[every.sender[rows]], " wallets, here ", paid)
    return _edges(
        key(every.sender[rows], every.receiver[rows]), "funds_transfer", "social_graph", RING, every.count[rows],
        every.first_at[rows], every.last_at[rows], evidence,
    )  # fmt: skip


@compiled
def _components(start: Any, to: Any, component: Any) -> None:
    """Strongly connected components (Tarjan 1972, without recursion): component[w] = the least wallet of its own."""
    n = len(start) - 1
    index, low = np.full(n, -1, np.int64), np.zeros(n, np.int64)
    on_stack, edge = np.zeros(n, np.bool_), start[:-1].copy()
    stack, path = np.empty(n, np.int64), np.empty(n, np.int64)
    height = depth = counter = 0
    for root in range(n):
        if index[root] >= 0:
            continue
        path[0] = root
        depth = 1
        while depth > 0:
            v = path[depth - 1]
            if index[v] < 0:
                index[v] = low[v] = counter
                counter += 1
                stack[height] = v
                height += 1
                on_stack[v] = True
            if edge[v] < start[v + 1]:
                w = to[edge[v]]
                edge[v] += 1
                if index[w] < 0:
                    path[depth] = w
                    depth += 1
                elif on_stack[w]:
                    low[v] = min(low[v], index[w])
                continue
            depth -= 1
            if depth > 0:
                low[path[depth - 1]] = min(low[path[depth - 1]], low[v])
            if low[v] == index[v]:
                begin = height
                least = v
                while stack[begin - 1] != v:
                    begin -= 1
                    least = min(least, stack[begin])
                for i in range(begin - 1, height):
                    component[stack[i]] = least
                    on_stack[stack[i]] = False
                height = begin - 1


def _washes(past: Past) -> Edges:
    """Pairs that again and again take the opposite side of each other's trade, with the same quantity."""
    tape, wallets = past.tape, len(past.wallets)
    usable = np.ones(wallets, np.bool_)
    usable[list(past.infrastructure)] = False
    order = tape.by_asset
    keys = np.empty(len(tape) * OPPOSITE_TRADES, np.int64)
    rows = np.empty(len(keys), np.int64)
    n = _opposite(order, tape.wallet, tape.asset, tape.side, tape.quantity, tape.at, usable, keys, rows)
    found, first, count = np.unique(keys[:n], return_index=True, return_counts=True)
    a, b = halves(found)
    trades = np.bincount(tape.wallet, minlength=wallets)
    fewer = np.minimum(trades[a], trades[b])
    sure = (count >= LEAST_WASHES) & (count >= WASHED * fewer)
    at = tape.at[rows[first[sure]]]
    evidence = said(
        count[sure], " times one sold what the other bought, the same quantity within 30 s, of ", fewer[sure], " trades"
    )
    return _edges(found[sure], "cotrade", "trading_pattern", WASH, count[sure], at, at, evidence)


@compiled
def _opposite(order: Any, wallet: Any, asset: Any, side: Any, quantity: Any, at: Any, usable: Any, keys: Any, rows: Any) -> Any:
    """Each trade finds at most one partner: the next opposite one with the same quantity."""
    n = 0
    for i in range(len(order)):
        x = order[i]
        if not usable[wallet[x]] or at[x] < 0 or asset[x] < 0:
            continue
        for j in range(i + 1, min(i + 1 + OPPOSITE_TRADES, len(order))):
            y = order[j]
            if asset[y] != asset[x] or at[y] - at[x] > OPPOSITE_WITHIN:
                break
            if side[y] == side[x] or wallet[y] == wallet[x] or not usable[wallet[y]]:
                continue
            if abs(quantity[x] - quantity[y]) <= SAME_QUANTITY * min(quantity[x], quantity[y]):
                a, b = min(wallet[x], wallet[y]), max(wallet[x], wallet[y])
                keys[n] = (np.int64(a) << 32) | np.int64(b)
                rows[n] = x
                n += 1
                break
    return n


def _edges(keys: Ints, kind: str, method: str, confidence: float, count: Ints, early: Ints, late: Ints, evidence: Any) -> Edges:
    a, b = halves(keys)
    n = len(keys)
    edges = Edges(
        a, b, np.full(n, KINDS.index(kind), np.int8), np.full(n, METHODS.index(method), np.int8), np.full(n, confidence),
        count.astype(np.int32), early, late, evidence,
    )  # fmt: skip
    return joined([edges])
