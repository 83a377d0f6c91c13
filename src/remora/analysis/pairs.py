"""Which pairs of wallets meet often enough to be looked at: candidates, without ever holding all pairs.

Rows stand token by token; row i meets the rows i+1 .. upto[i]-1. A first walk counts meetings in a table of bytes that
several pairs may share, so its counts are never too low; a second walk keeps the meetings of pairs that can be often
enough, in pieces that are sorted and counted exactly. The result does not depend on the table.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from remora.analysis.exact import Bools, Ints, compiled

PIECE: Final = 1 << 23
"""Meetings sorted at once: what bounds the memory."""
_LEAST_BITS, _MOST_BITS = 16, 27
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)


def candidates(wallet: Any, upto: Ints, able: Bools, at_least: int) -> Ints:
    """Keys (see `halves`) of the pairs of wallets that meet at least so often, ascending. able: by wallet, who takes part."""
    meetings = int(_meetings(wallet, upto, able))
    if meetings == 0:
        return np.zeros(0, np.int64)
    bits = min(_MOST_BITS, max(_LEAST_BITS, int(2 * meetings).bit_length()))
    seen = np.zeros(1 << bits, np.uint8)
    if at_least > 1:
        _mark(wallet, upto, able, seen, 64 - bits)
    keys, counts = np.zeros(0, np.int64), np.zeros(0, np.int64)
    row, piece = 0, np.empty(PIECE, np.int64)
    while row < len(wallet):
        row, filled = _keep(wallet, upto, able, seen, 64 - bits, at_least, row, piece)
        keys, counts = _counted(keys, counts, piece[:filled])
    return np.asarray(keys[counts >= at_least], np.int64)


def halves(keys: Ints) -> tuple[Any, Any]:
    """The two wallets of each key, the lower first, as int32."""
    return (keys >> 32).astype(np.int32), (keys & 0xFFFFFFFF).astype(np.int32)


def key(a: Any, b: Any) -> Ints:
    """One number for two wallets in any order."""
    low, high = np.minimum(a, b).astype(np.int64), np.maximum(a, b).astype(np.int64)
    return np.asarray((low << 32) | high, np.int64)


def _counted(keys: Ints, counts: Ints, more: Ints) -> tuple[Ints, Ints]:
    fresh, often = np.unique(more, return_counts=True)
    if not len(keys):
        return fresh, often
    joined = np.concatenate((keys, fresh))
    order = np.argsort(joined, kind="stable")
    joined, often = joined[order], np.concatenate((counts, often))[order]
    start = np.flatnonzero(np.concatenate(([True], joined[1:] != joined[:-1])))
    return joined[start], np.add.reduceat(often, start)


@compiled
def _meetings(wallet: Any, upto: Any, able: Any) -> Any:
    total = 0
    for i in range(len(wallet)):
        if able[wallet[i]]:
            total += upto[i] - i - 1
    return total


@compiled
def _pair(a: Any, b: Any) -> Any:
    return (np.int64(a) << 32) | np.int64(b) if a < b else (np.int64(b) << 32) | np.int64(a)


@compiled
def _mark(wallet: Any, upto: Any, able: Any, seen: Any, shift: Any) -> None:
    for i in range(len(wallet)):
        if not able[wallet[i]]:
            continue
        for j in range(i + 1, upto[i]):
            if able[wallet[j]]:
                cell = (np.uint64(_pair(wallet[i], wallet[j])) * _MIX) >> np.uint64(shift)
                if seen[cell] < 255:
                    seen[cell] += 1


@compiled
def _keep(wallet: Any, upto: Any, able: Any, seen: Any, shift: Any, at_least: Any, row: Any, out: Any) -> Any:
    """Fills `out` from `row` on; (the first row that did not fit, how much was filled)."""
    filled = 0
    while row < len(wallet):
        if able[wallet[row]]:
            if filled + upto[row] - row > len(out):
                break
            for j in range(row + 1, upto[row]):
                if able[wallet[j]]:
                    pair = _pair(wallet[row], wallet[j])
                    if at_least <= 1 or seen[(np.uint64(pair) * _MIX) >> np.uint64(shift)] >= at_least:
                        out[filled] = pair
                        filled += 1
        row += 1
    return row, filled
