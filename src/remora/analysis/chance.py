"""Small statistics of counts: intervals of a share and of a ratio of shares, tails of counts, many tests at once."""

from __future__ import annotations

from math import exp, lgamma, log
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from remora.analysis.exact import compiled

Floats = NDArray[np.float64]

NORMAL_90: Final = 1.6448536269514722
"""Half-width of the 90 % interval in standard deviations."""


def wilson(hits: Floats, n: Floats, z: float = NORMAL_90) -> tuple[Floats, Floats]:
    """(low, high) of a share by Wilson's interval (1927), 90 % by default; 0 and 1 where n is 0."""
    n, hits = np.asarray(n, np.float64), np.asarray(hits, np.float64)
    safe = np.where(n > 0, n, 1.0)
    share, extra = hits / safe, z * z / safe
    middle = (share + extra / 2) / (1 + extra)
    half = z * np.sqrt(share * (1 - share) / safe + extra / (4 * safe)) / (1 + extra)
    low, high = np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)
    low, high = np.where(hits <= 0, 0.0, low), np.where(hits >= n, 1.0, high)
    return np.where(n > 0, low, 0.0), np.where(n > 0, high, 1.0)


def ratio(hits: Floats, n: Floats, base_hits: float, base_n: float, z: float = NORMAL_90) -> tuple[Floats, Floats, Floats]:
    """(ratio, low, high) of two shares on the log scale (Katz et al. 1978); half a hit is added where there is none.

    The ratio is NaN where n or the base is 0; its ends are then 0 and infinity.
    """
    hits, n = np.asarray(hits, np.float64), np.asarray(n, np.float64)
    known = (n > 0) & (base_hits > 0) & (base_n > 0)
    top, of = np.where(hits > 0, hits, 0.5), np.where(hits > 0, n, n + 0.5)
    base = base_hits / base_n if base_n > 0 else np.nan
    plain = np.where(known, hits / np.where(n > 0, n, 1.0) / (base if base else np.nan), np.nan)
    safe = np.where(known, of, 1.0)
    variance = 1 / top - 1 / safe + (1 / base_hits - 1 / base_n if base_hits > 0 else 0.0)
    spread = np.exp(z * np.sqrt(np.maximum(variance, 0.0)))
    middle = top / safe / (base if base else np.nan)
    low = np.where(known & (hits > 0), middle / spread, 0.0)
    return plain, low, np.where(known, middle * spread, np.inf)


@compiled
def _tails(counts: Any, means: Any, out: Any) -> None:
    for i in range(len(counts)):
        k, mean = counts[i], means[i]
        if k <= 0 or mean <= 0.0:
            out[i] = 1.0 if k <= 0 else 0.0
            continue
        term = exp(k * log(mean) - mean - lgamma(k + 1.0))
        if k > mean:  # sum the tail itself: no cancellation
            total, j = 0.0, k
            while term > total * 1e-17 and j < k + 10_000:
                total += term
                j += 1
                term *= mean / j
            out[i] = min(total, 1.0)
        else:
            total, j = 0.0, k
            while j > 0 and (term > 0.0 or j == k):
                term *= j / mean
                j -= 1
                total += term
            out[i] = min(max(1.0 - total, 0.0), 1.0)


def at_least(counts: NDArray[np.int64], means: Floats) -> Floats:
    """P(X >= count) of Poisson counts with the given means."""
    out = np.zeros(len(counts))
    _tails(np.asarray(counts, np.int64), np.asarray(means, np.float64), out)
    return out


@compiled
def _binomial_tails(counts: Any, numbers: Any, shares: Any, out: Any) -> None:
    for i in range(len(counts)):
        k, n, share = counts[i], numbers[i], shares[i]
        if k <= 0 or share >= 1.0:
            out[i] = 1.0
            continue
        if k > n or share <= 0.0:
            out[i] = 0.0
            continue
        total = 0.0
        constant = lgamma(n + 1.0)
        for j in range(k, n + 1):
            total += exp(constant - lgamma(j + 1.0) - lgamma(n - j + 1.0) + j * log(share) + (n - j) * log(1.0 - share))
        out[i] = min(total, 1.0)


def at_least_of(counts: NDArray[np.int64], numbers: NDArray[np.int64], shares: Floats) -> Floats:
    """P(X >= count) of binomial counts: so many of each number, each with that probability."""
    out = np.zeros(len(counts))
    _binomial_tails(np.asarray(counts, np.int64), np.asarray(numbers, np.int64), np.asarray(shares, np.float64), out)
    return out
