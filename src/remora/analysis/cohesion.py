"""How near together the members of a group are in one figure (first use, volume), against chance.

A figure is replaced by its place among everybody, 0..1, so that a rush of newcomers is no coincidence: two wallets that
have nothing to do with each other are uniform there. `closeness` learns from pairs that are linked how near one hand's
wallets are (a mixture of exponential distances, its weights by expectation-maximisation): no labels, no fixed window.
From it follow likelihood ratios of pairs, of members and of whole groups.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from remora.analysis.exact import Ints, compiled

Ids = NDArray[np.int32]
Floats = NDArray[np.float64]

SCALES: Final = tuple(2.0**-k for k in range(2, 12))
"""Mean distances of the mixture: from a quarter of everybody to one in two thousand."""
_ROUNDS: Final = 30
_PRIOR: Final = 2.0  # pairs that each scale is given beforehand, and links that each kind is: few links teach little
_PRIOR_LINKS: Final = 20.0
STRAY: Final = 0.15
"""Share of a true group's members whose figure tells nothing: they joined late, or took another's place."""
_SCATTER: Final = np.uint64(0x9E3779B97F4A7C15)  # times 1, 2, 3 ... this falls all over 64 bits
MOST: Final = 256
"""Members compared with each one: more add nothing."""


class Closeness(NamedTuple):
    """Weights, among linked pairs of one hand, of each of SCALES and last of no nearness at all."""

    weights: Floats


def places(values: Floats) -> Floats:
    """Place of each value among the known ones, in (0, 1), equal ones in a scattered order; NaN unknown.

    So a value that many share brings its holders no nearer together than it is rare, and names that begin alike do not.
    """
    out = np.full(len(values), np.nan)
    known = np.flatnonzero(~np.isnan(values))
    scattered = known.astype(np.uint64) * _SCATTER
    out[known[np.lexsort((scattered, values[known]))]] = (np.arange(len(known)) + 0.5) / max(len(known), 1)
    return out


def learnt(figures: list[Floats], a: Ids, b: Ids, kind: Ints, prior: tuple[float, ...]) -> tuple[list[Closeness], Floats]:
    """(closeness of one hand in each figure, share of one hand among the links of each kind), from linked pairs (a, b).

    figures: places by wallet, all weighed together; unknown ones say nothing. prior: shares of the kinds beforehand.
    """
    shares = np.array(prior)
    parts = [_densities(np.abs(u[a] - u[b])) for u in figures]
    weights = [np.full(len(SCALES) + 1, 1.0 / (len(SCALES) + 1)) for _ in figures]
    for _ in range(_ROUNDS if figures and len(a) else 0):
        ratios = [part @ weight for part, weight in zip(parts, weights, strict=True)]
        same = shares[kind] * np.prod(ratios, axis=0)
        belongs = same / (same + 1.0 - shares[kind])
        for n, (part, ratio) in enumerate(zip(parts, ratios, strict=True)):
            weights[n] = weights[n] * (part * (belongs / ratio)[:, None]).sum(axis=0) + _PRIOR
            weights[n] /= weights[n].sum()
        count = np.bincount(kind, minlength=len(shares))
        shares = (np.bincount(kind, belongs, len(shares)) + np.array(prior) * _PRIOR_LINKS) / (count + _PRIOR_LINKS)
    return [Closeness(weight) for weight in weights], shares


def _densities(distance: Floats) -> Floats:
    """Likelihood ratio of each distance by scale; 1 in every column where it is unknown."""
    ratios = np.ones((len(distance), len(SCALES) + 1))
    for n, h in enumerate(SCALES):
        ratios[:, n] = np.exp(-distance / h) / (h * (1.0 - np.exp(-1.0 / h))) / _chance(distance)
    ratios[np.isnan(distance)] = 1.0
    return ratios


def pair_ratios(u: Floats, a: Ids, b: Ids, near: Closeness) -> Floats:
    """Likelihood ratio of each pair, one hand against strangers; 1 where a place is unknown."""
    return np.asarray(_pairs(u, _ids(a), _ids(b), _table(near)))


def group_evidence(u: Floats, members: Ids, starts: Ints, near: Closeness) -> tuple[Floats, Floats]:
    """(log ratio of each group, log ratio of each member): members[starts[g]:starts[g+1]] are group g.

    A group's is exact: each member is foretold from those before it, so random groups exceed log(x) with probability at
    most 1/x (Ville). A member's is foretold from all others.
    """
    groups, each = _evidence(u, _ids(members), np.ascontiguousarray(starts, np.int64), _table(near), STRAY, MOST)
    return np.asarray(groups), np.asarray(each)


_STEPS: Final = 8192


def _chance(distance: Floats) -> Floats:
    """Density of the distance of two uniform places; held from falling to 0 at the far end."""
    return np.maximum(2.0 * (1.0 - distance), 0.05)


def _table(near: Closeness) -> Floats:
    """The ratio by distance, at _STEPS equal steps."""
    distance = (np.arange(_STEPS) + 0.5) / _STEPS
    total = near.weights[-1] * _chance(distance)
    for weight, h in zip(near.weights.tolist(), SCALES, strict=False):
        total += weight * np.exp(-distance / h) / (h * (1.0 - np.exp(-1.0 / h)))
    return np.asarray(total / _chance(distance))


def _ids(values: Any) -> Ids:
    return np.ascontiguousarray(values, np.int32)


@compiled
def _pairs(u: Any, a: Any, b: Any, table: Any) -> Any:
    out = np.ones(len(a))
    for i in range(len(a)):
        distance = abs(u[a[i]] - u[b[i]])
        if not np.isnan(distance):
            out[i] = table[min(int(distance * len(table)), len(table) - 1)]
    return out


@compiled
def _evidence(u: Any, members: Any, starts: Any, table: Any, stray: Any, most: Any) -> Any:
    groups, each = np.zeros(len(starts) - 1), np.zeros(len(members))
    for g in range(len(starts) - 1):
        low, high = starts[g], starts[g + 1]
        for i in range(low, high):
            if np.isnan(u[members[i]]):
                continue
            total, before, n, n_before = 0.0, 0.0, 0, 0
            step = max(1, (high - low) // most)
            for j in range(low + (i - low) % step, high, step):
                distance = abs(u[members[i]] - u[members[j]])
                if j == i or np.isnan(distance):
                    continue
                ratio = table[min(int(distance * len(table)), len(table) - 1)]
                total += ratio
                n += 1
                if j < i:
                    before += ratio
                    n_before += 1
            if n:
                each[i] = np.log(stray + (1.0 - stray) * total / n)
            if n_before:
                groups[g] += np.log(stray + (1.0 - stray) * before / n_before)
    return groups, each
