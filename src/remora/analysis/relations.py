"""Ties between wallets out of what they traded and who funded them: all methods but communities of transfers (SYB-01..04).

`relations` works them out from nothing. `begun` and `updated` do the same and keep what is costly, the meetings of
pairs, so that new trades cost what they touch (SYB-10); their edges are equal to those of `relations`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from remora.analysis.bundles import bundle_edges
from remora.analysis.cotiming import copying, timing_edges
from remora.analysis.creators import creator_edges
from remora.analysis.edges import Edges, joined
from remora.analysis.exact import Ints, compiled
from remora.analysis.firsts import Firsts, all_choices, firsts
from remora.analysis.funding import funding_edges, sweep_edges
from remora.analysis.meetings import Meetings, meetings, renumbered
from remora.analysis.meetings import updated as measured_again
from remora.analysis.past import Past, Texts
from remora.analysis.patterns import pattern_edges
from remora.analysis.rings import ring_edges


@dataclass(frozen=True)
class State:
    """What an update goes on from: the meetings of pairs, and by asset a digest of its first purchases."""

    wallets: Texts
    assets: Texts
    digest: Any
    met: Meetings


def relations(past: Past) -> Edges:
    """All ties of a past (but communities of generic transfers), with their evidence."""
    return begun(past)[0]


def begun(past: Past) -> tuple[Edges, State]:
    """The ties, and the state to go on from."""
    first = firsts(past)
    met = meetings(first)
    return _edges(past, first, met), State(past.wallets, past.assets, _digests(past, first), met)


def updated(state: State, past: Past) -> tuple[Edges, State]:
    """The ties of a later (or otherwise changed) past, counting anew only pairs of wallets whose tokens have changed."""
    rank = _ranks(state.assets, past.assets)
    if np.any(state.digest[rank < 0]):
        return begun(past)  # a token is no more: its purchases were withdrawn
    first = firsts(past)
    digest = _digests(past, first)
    before = np.zeros(len(past.assets), np.uint64)
    before[rank[rank >= 0]] = state.digest[rank >= 0]
    met = renumbered(state.met, _ranks(state.wallets, past.wallets))
    met = measured_again(met, first, digest != before)
    return _edges(past, first, met), State(past.wallets, past.assets, digest, met)


def _edges(past: Past, first: Firsts, met: Meetings) -> Edges:
    choices = all_choices(past, first)
    return joined([
        timing_edges(first, met, choices), bundle_edges(past, first), pattern_edges(past, choices, copying(met)),
        funding_edges(past, first, choices), sweep_edges(past, first, choices), ring_edges(past), creator_edges(past),
    ])  # fmt: skip


def _ranks(old: Texts, new: Texts) -> Ints:
    """Place of each old text among the new ones, -1 where it is no more."""
    found = pc.index_in(pa.array(old, pa.string()), value_set=pa.array(new, pa.string()))
    return np.asarray(found.cast(pa.int64()).fill_null(-1))


def _digests(past: Past, first: Firsts) -> Any:
    """By asset: a number that changes with its first purchases, whatever the numbers of the wallets; 0 without any."""
    texts = pa.array(past.wallets, pa.large_string())
    _, offsets, data = texts.buffers()
    hashes = np.zeros(len(past.wallets), np.uint64)
    if len(texts):
        _hash_texts(np.frombuffer(offsets, np.int64), np.frombuffer(data, np.uint8), hashes)
    digest = np.zeros(len(past.assets), np.uint64)
    _digest(hashes, first.wallet, first.asset, first.at, first.slot, first.place, first.opened, digest)
    return digest


@compiled
def _hash_texts(offsets: Any, data: Any, out: Any) -> None:
    for i in range(len(out)):
        value = np.uint64(14695981039346656037)  # FNV-1a
        for k in range(offsets[i], offsets[i + 1]):
            value = (value ^ np.uint64(data[k])) * np.uint64(1099511628211)
        out[i] = value


@compiled
def _digest(
    hashes: Any, wallet: Any, asset: Any, at: Any, slot: Any, place: Any, opened: Any, out: Any
) -> None:  # fmt: skip
    for i in range(len(wallet)):
        value = hashes[wallet[i]]
        for word in (at[i], slot[i], np.int64(place[i]), opened[asset[i]]):
            value = (value ^ np.uint64(word)) * np.uint64(0x9E3779B97F4A7C15)
            value ^= value >> np.uint64(29)
        out[asset[i]] += value
