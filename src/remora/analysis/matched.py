"""Entries compared with entries into other tokens at the same time and price: what was picking, and what was the tide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from remora.analysis.exact import Bools, Ints
from remora.analysis.shrinkage import Floats

_HOUR: Final = 3_600_000_000_000


class Matching(msgspec.Struct, frozen=True, kw_only=True):
    """windows: lengths of time that entries may share, tried in turn (ns; 0 = all time). entries, tokens: so many others

    are needed for a comparison. bands: price levels per doubling (a curve of Pump rises fourteenfold: eight levels).
    """

    windows: tuple[int, ...] = (6 * _HOUR, 168 * _HOUR, 0)
    entries: int = 20
    tokens: int = 5
    bands: int = 2


@dataclass(frozen=True)
class Excess:
    """value: above the matched entries, NaN where too few match. variance, third: moments of values at that price level."""

    value: Floats
    variance: Floats
    third: Floats


def excess(value: Floats, token: Ints, price: Floats, at: Ints, matching: Matching) -> Excess:
    """Each entry's value less the mean of the entries into other tokens in its cell of (price level, window of time).

    Centred in each cell, so that the flow of entries as a whole has no edge. price > 0; at: ns.
    """
    out = np.full(len(value), np.nan)
    band = np.floor(matching.bands * np.log2(np.maximum(price, 1e-300))).astype(np.int64)
    for window in matching.windows:
        if not np.isnan(out).any():
            break
        cell = _numbered(band, at // window if window else np.zeros(len(at), np.int64))
        found = _against_others(value, token, cell, matching)
        out = np.where(np.isnan(out), found, out)
    known = ~np.isnan(out)
    level = _numbered(band, np.zeros(len(band), np.int64))
    variance, third = (_mean_by(level, out, known, power, matching.entries) for power in (2, 3))
    return Excess(out, variance, third)


def _numbered(a: Ints, b: Ints) -> Ints:
    """A number from 0 for each pair that occurs, in the order of the pairs."""
    if not len(a):
        return a
    width = int(b.max() - b.min()) + 1
    return np.unique((a - a.min()) * width + (b - b.min()), return_inverse=True)[1].astype(np.int64)


def _against_others(value: Floats, token: Ints, cell: Ints, matching: Matching) -> Floats:
    """value - mean of other tokens' entries in the cell, centred by cell; NaN where these are too few."""
    if not len(value):
        return value
    own = _numbered(cell, token)
    count, total = np.bincount(cell), np.bincount(cell, value)
    own_count, own_total = np.bincount(own), np.bincount(own, value)
    cell_of_own = np.zeros(len(own_count), np.int64)
    cell_of_own[own] = cell
    tokens = np.bincount(cell_of_own)
    others = count[cell] - own_count[own]
    enough = (others >= matching.entries) & (tokens[cell] - 1 >= matching.tokens)
    found = value - (total[cell] - own_total[own]) / np.maximum(others, 1)
    centre = np.bincount(cell, np.where(enough, found, 0.0)) / np.maximum(np.bincount(cell, enough), 1)
    return np.where(enough, found - centre[cell], np.nan)


def _mean_by(level: Ints, value: Floats, known: Bools, power: int, least: int) -> Floats:
    """Mean of value ** power by level, that of all where a level has fewer than `least`."""
    if not known.any():
        return np.full(len(value), np.nan)
    raised = np.where(known, value, 0.0) ** power
    number = np.bincount(level, known)
    mean = np.bincount(level, raised) / np.maximum(number, 1)
    return np.where(number >= least, mean, raised.sum() / known.sum())[level]
