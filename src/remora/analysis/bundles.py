"""Ties by place on the chain: trades in one transaction, and repeated purchases in launch slots.

Departs from U-55 in one point: four wallets in one launch slot are tied surely only where more speaks for it, since
independent snipers meet there too (facts on Solana: the creation slot alone has many false positives). More is: they do
it again together, in most of the launches they take; or twice with the same odd amount. A common funder within a day ties
them by `funding`. One meeting alone is told at a confidence that ties nobody.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa

from remora.analysis.choices import beyond
from remora.analysis.edges import KINDS, METHODS, Edges, joined, no_edges
from remora.analysis.exact import Ints, compiled
from remora.analysis.firsts import Firsts
from remora.analysis.pairs import halves, key
from remora.analysis.past import SOLANA, Past
from remora.analysis.sentences import said
from remora.model.units import SECOND

CONFIDENCE: Final = 0.95
"""One entity (U-55)."""
LEAST_GROUP: Final = 4
"""Wallets in one launch slot that are looked at (U-55)."""
MOST_GROUP: Final = 48
"""A launch slot or transaction with more wallets is a crowd or a service and ties nobody."""
AGAIN: Final = 3
"""Launches in which two wallets stand in the launch slot together ..."""
MOSTLY: Final = 0.5
"""... which have to be so large a part of the launch slots of the one that took fewer, and three times chance ..."""
UNLIKELY: Final = 1e-3
"""... which gives as many less often than this. Or both take ..."""
NEARLY_ALWAYS: Final = 0.75
TWICE_CHANCE: Final = 2.0
"""... nearly the same launches (Jaccard), twice what chance gives: a recording may hold little but a fleet's launches."""
SAME_AMOUNT: Final = 0.05
"""Amounts within 5 % of each other are the same; round ones (whole hundredths of a SOL) prove nothing."""
ROUND: Final = 10_000_000
ONCE: Final = 0.3
ALIKE: Final = 0.6
LAUNCH_TIME: Final = SECOND
"""Where slots are unknown, the launch slot is the second of the launch."""


def bundle_edges(past: Past, first: Firsts) -> Edges:
    """Edges of kind same_tx_pattern."""
    return joined([_one_transaction(past), _launch_slots(past, first)])


def _one_transaction(past: Past) -> Edges:
    """Wallets that buy in the same Solana transaction: all of them signed it. (Elsewhere strangers' orders are matched.)"""
    tape = past.tape
    usable = np.ones(len(past.wallets), np.bool_)
    usable[list(past.infrastructure)] = False
    rows = np.flatnonzero((tape.tx >= 0) & (tape.venue == SOLANA) & (tape.side == 0) & usable[tape.wallet])
    order = np.lexsort((tape.wallet[rows], tape.tx[rows]))
    rows = rows[order]
    new = np.ones(len(rows), np.bool_)
    new[1:] = (tape.tx[rows][1:] != tape.tx[rows][:-1]) | (tape.wallet[rows][1:] != tape.wallet[rows][:-1])
    rows = rows[new]
    keys, left, _ = grouped(tape.tx[rows], tape.wallet[rows], 2)
    at = tape.at[rows[left]]
    unique, count, early, late = _summed(keys, at)
    evidence = said("bought in ", count, " common transactions")
    return _edges(unique, np.full(len(unique), CONFIDENCE), count, early, late, evidence)


def _launch_slots(past: Past, first: Firsts) -> Edges:
    """Wallets that stand in launch slots together, the creator's own purchase left out."""
    rows = launch_rows(past, first)
    keys, left, right = grouped(first.asset[rows], first.wallet[rows], LEAST_GROUP)
    left, right = rows[left], rows[right]
    unique, together, early, late = _summed(keys, first.at[left])
    if not len(unique):
        return no_edges()
    taken = np.bincount(first.wallet[rows], minlength=first.wallets)
    a, b = halves(unique)
    fewer, launches = np.minimum(taken[a], taken[b]), len(np.unique(first.asset[rows]))
    chance = taken[a] * taken[b] / launches
    repeated = (together >= MOSTLY * fewer) & beyond(together, chance, AGAIN, UNLIKELY)
    always = together >= NEARLY_ALWAYS * (taken[a] + taken[b] - together)
    repeated |= always & (together >= AGAIN) & (together >= TWICE_CHANCE * chance)
    x, y = first.money[left], first.money[right]
    alike = np.abs(x - y) <= SAME_AMOUNT * np.minimum(x, y)
    alike &= (x % ROUND != 0) | (y % ROUND != 0)
    amounts = np.bincount(np.searchsorted(unique, keys), alike, len(unique)).astype(np.int64)
    sure = np.select([repeated, (amounts == together) & (together > 1)], [CONFIDENCE, ALIKE], ONCE)
    evidence = said(
        "bought in the first slot on record together ", together, " times, of ", taken[a], " and ", taken[b],
        " such purchases; with odd amounts within 5 % of each other ", amounts, " times",
    )  # fmt: skip
    return _edges(unique, sure, together, early, late, evidence)


def launch_rows(past: Past, first: Firsts) -> Ints:
    """Rows of `first` in the launch slot: of the Launch, else of the first purchase seen; where slots are unknown, in the
    second of the launch."""
    tokens = past.tokens
    opening = first.slot[np.minimum(first.start[:-1], max(len(first) - 1, 0))] if len(first) else tokens.launch_slot
    slot = np.where(tokens.launch_slot >= 0, tokens.launch_slot, opening)[first.asset]
    at = tokens.launched_at[first.asset]
    by_slot = (slot >= 0) & (first.slot >= 0)
    inside = np.where(by_slot, slot == first.slot, (at >= 0) & (first.at >= at) & (first.at - at < LAUNCH_TIME))
    own = (first.wallet == tokens.creator[first.asset]) | (first.wallet == tokens.signer[first.asset])
    return np.flatnonzero(inside & ~own)


def grouped(group: Any, wallet: Any, at_least: int) -> tuple[Ints, Ints, Ints]:
    """(keys, left rows, right rows) of all pairs inside groups of at_least..MOST_GROUP rows; equal groups are neighbours."""
    start = np.flatnonzero(np.concatenate(([True], group[1:] != group[:-1]))) if len(group) else np.zeros(0, np.int64)
    size = np.diff(np.append(start, len(group)))
    fits = (size >= at_least) & (size <= MOST_GROUP)
    start, size = start[fits], size[fits]
    left = np.empty(int((size * (size - 1) // 2).sum()), np.int64)
    right = np.empty(len(left), np.int64)
    _all_pairs(start, size, left, right)
    return key(wallet[left], wallet[right]), left, right


@compiled
def _all_pairs(start: Any, size: Any, left: Any, right: Any) -> None:
    n = 0
    for group in range(len(start)):
        for i in range(start[group], start[group] + size[group]):
            for j in range(i + 1, start[group] + size[group]):
                left[n], right[n] = i, j
                n += 1


def _summed(keys: Ints, at: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """(keys once, how often, first, last)."""
    if not len(keys):
        none = np.zeros(0, np.int64)
        return none, none, none, none
    order = np.argsort(keys, kind="stable")
    keys, at = keys[order], at[order]
    start = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    count = np.diff(np.append(start, len(keys)))
    return keys[start], count, np.minimum.reduceat(at, start), np.maximum.reduceat(at, start)


def _edges(keys: Ints, confidence: Any, count: Ints, early: Ints, late: Ints, evidence: pa.Array) -> Edges:
    a, b = halves(keys)
    kind = np.full(len(keys), KINDS.index("same_tx_pattern"), np.int8)
    method = np.full(len(keys), METHODS.index("same_transaction"), np.int8)
    return Edges(a, b, kind, method, np.asarray(confidence, np.float64), count.astype(np.int32), early, late, evidence)
