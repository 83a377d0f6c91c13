"""What many noisy estimates say about each one: empirical Bayes, false discoveries, the normal distribution.

theta ~ G, e | theta ~ N(theta, s^2). G is learnt from all estimates at once, as a mixture of a point at zero, normals
around zero and signed normals on a ladder of scales (after Stephens 2017), by EM over binned estimates, from a start
that counts as thirty of them. It corrects the winner's curse: the best of many are shrunk as much as the many tell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from remora.analysis.exact import Ints, compiled

Floats = NDArray[np.float64]

START: Final = ((0.0, 15.0), (0.5, 4.0), (1.0, 5.0), (2.0, 6.0))
"""What G starts from, in place of as many estimates: (spread in units of the usual edge, weight), half of it no edge at all.
Few or noisy bets do not tell zero from a small spread; without a start, or with one whose tails are short, intervals of
small worlds are too narrow."""
_SCALES: Final = 14
_ROUNDS: Final = 300
_GRID: Final = 160
"""Places of theta on either side of zero."""
_NOISE_LEVELS: Final = 24
_BIN: Final = 0.04
"""Width of a bin of asinh(e / 2s): fine where most estimates are, coarser in the tails."""


@dataclass(frozen=True)
class Prior:
    """G on a grid: `mass` of each place of `theta` (ascending, zero among them). null: mass of the point at zero."""

    theta: Floats
    mass: Floats
    null: float


@dataclass(frozen=True)
class Posterior:
    """By estimate: mean, spread (sd), ends of the interval, P(theta > cost), P(theta <= 0), P(theta >= 0)."""

    mean: Floats
    spread: Floats
    low: Floats
    high: Floats
    above_cost: Floats
    not_above_zero: Floats
    not_below_zero: Floats


def fitted(estimate: Floats, error: Floats, usual: float) -> Prior:
    """G of estimates with known standard errors (> 0). usual: the size of an edge where there is one, for the start."""
    small = min(float(np.quantile(error, 0.05)) if len(error) else usual, usual) / 4
    beyond = math.sqrt(float(np.max(np.square(estimate) - np.square(error), initial=0.0)))
    scales = np.geomspace(small, max(2 * beyond, 4 * usual), _SCALES)
    first = usual * np.array([spread for spread, _ in START])
    centre = np.concatenate([np.zeros(len(first) + _SCALES), scales, -scales])
    width = np.concatenate([first, scales, scales / 2, scales / 2])
    start = np.zeros(len(centre))
    start[: len(first)] = [weight for _, weight in START]
    weight = _weights(*_binned(estimate, error), centre, width, start)
    theta = _grid(small / 2, 1.5 * scales[-1] + float(np.max(np.abs(estimate), initial=0.0)))
    mass = _spread_over(theta, centre[1:], width[1:], weight[1:])
    mass[_GRID] += weight[0]
    return Prior(theta, mass / mass.sum(), float(weight[0]))


def posterior(
    prior: Prior, estimate: Floats, error: Floats, cost: float = 0.0, tail: float = 0.05, grain: float = 0.0
) -> Posterior:
    """What G and each estimate say of its theta; the interval leaves out 2 x tail, if it can as much on each side.

    grain: how far what G calls no edge may be from zero; an end of an interval at zero lies so far beyond it, since nobody's
    edge is zero to the last digit.
    """
    out = np.empty((7, len(estimate)))
    step = np.min(np.diff(prior.theta)) / 2  # a finer error than the grid would see one place only
    kept = prior.mass > 0
    _posteriors(prior.theta[kept], np.log(prior.mass[kept]), estimate, np.maximum(error, step), cost, tail, out)
    out[2, out[2] == 0.0] = -grain
    out[3, out[3] == 0.0] = grain
    return Posterior(*out)


def benjamini_hochberg(p: Floats) -> Floats:
    """q-values: the smallest q at which each p-value is in the set found at false-discovery rate q."""
    n = len(p)
    order = np.argsort(p, kind="stable")
    ratio = p[order] * n / np.arange(1, n + 1)
    q = np.empty(n)
    q[order] = np.minimum(np.minimum.accumulate(ratio[::-1])[::-1], 1.0)
    return q


def null_share(p: Floats, above: float = 0.5) -> float:
    """Storey's share of true nulls: p-values above `above`, over those expected there if all were null; at most 1."""
    return min(1.0, float(np.mean(p > above)) / (1 - above)) if len(p) else 1.0


def normal_cdf(z: Floats) -> Floats:
    """P(Z <= z)."""
    out = np.empty(len(z))
    _cdf_each(z, out)
    return out


def normal_quantile(p: Floats) -> Floats:
    """The inverse of `normal_cdf` (Wichura 1988, AS 241), to 1e-15; -inf and inf at 0 and 1."""
    q = p - 0.5
    out = np.empty(len(p))
    middle = np.abs(q) <= 0.425
    r = 0.180625 - q[middle] ** 2
    out[middle] = q[middle] * np.polyval(_CENTRE[0], r) / np.polyval(_CENTRE[1], r)
    rest = ~middle
    with np.errstate(divide="ignore"):
        depth = np.sqrt(-np.log(np.minimum(p[rest], 1 - p[rest])))
    near, far = np.minimum(depth, 5.0) - 1.6, np.where(np.isfinite(depth), depth, 27.0) - 5.0
    tail = np.where(
        depth <= 5, np.polyval(_NEAR[0], near) / np.polyval(_NEAR[1], near), np.polyval(_FAR[0], far) / np.polyval(_FAR[1], far)
    )
    out[rest] = np.sign(q[rest]) * np.where(np.isfinite(depth), tail, np.inf)
    return out


_CENTRE: Final = (
    (2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
     1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0),
    (5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
     5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0),
)  # fmt: skip
_NEAR: Final = (
    (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258e0,
     3.64784832476320460504e0, 5.76949722146069140550e0, 4.63033784615654529590e0, 1.42343711074968357734e0),
    (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
     6.89767334985100004550e-1, 1.67638483018380384940e0, 2.05319162663775882187e0, 1.0),
)  # fmt: skip
_FAR: Final = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
     2.96560571828504891230e-1, 1.78482653991729133580e0, 5.46378491116411436990e0, 6.65790464350110377720e0),
    (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
     1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0),
)  # fmt: skip


def _binned(estimate: Floats, error: Floats) -> tuple[Floats, Floats, Floats]:
    """(mean estimate, mean error, number) by bin of equal noise and equal z: fitting costs the same for any number."""
    if not len(estimate):
        return np.zeros(0), np.ones(0), np.zeros(0)
    log = np.log(error)
    span = max(float(np.ptp(log)), 1e-9)
    level = np.minimum(((log - log.min()) / span * _NOISE_LEVELS).astype(np.int64), _NOISE_LEVELS - 1)
    place = np.rint(np.arcsinh(estimate / error / 2) / _BIN).astype(np.int64)
    key: Ints = level * (2**32) + (place - place.min())
    _, which = np.unique(key, return_inverse=True)
    number = np.bincount(which).astype(np.float64)
    return np.bincount(which, estimate) / number, np.bincount(which, error) / number, number


def _weights(e: Floats, s: Floats, number: Floats, centre: Floats, width: Floats, start: Floats) -> Floats:
    """Weights of the mixture's parts by EM, with `start` estimates' worth of each part beforehand."""
    variance = s[:, None] ** 2 + width[None, :] ** 2
    log = -0.5 * ((e[:, None] - centre[None, :]) ** 2 / variance + np.log(variance))
    like = np.exp(log - log.max(axis=1, keepdims=True)) if len(e) else log
    weight = np.full(len(centre), 0.5 / (len(centre) - 1))
    weight[0] = 0.5
    for _ in range(_ROUNDS):
        share = weight * ((number / (like @ weight)) @ like)
        share += start
        weight = share / share.sum()
    return weight


def _grid(step: float, end: float) -> Floats:
    """2 x _GRID + 1 places around zero: `step` apart near it, then ever wider, out to `end`."""
    low, high = 1e-9, 1.0
    for _ in range(60):  # the bend b with step x sinh(b n) / sinh(b) = end
        bend = (low + high) / 2
        reach = step * math.sinh(bend * _GRID) / math.sinh(bend)
        low, high = (bend, high) if reach < end else (low, bend)
    half = step * np.sinh(low * np.arange(1, _GRID + 1)) / math.sinh(low)
    return np.concatenate([-half[::-1], np.zeros(1), half])


def _spread_over(theta: Floats, centre: Floats, width: Floats, weight: Floats) -> Floats:
    """Mass of a mixture of normals in the cells around the places of a grid."""
    edges = np.concatenate([[-np.inf], (theta[1:] + theta[:-1]) / 2, [np.inf]])
    below = normal_cdf(((edges[None, :] - centre[:, None]) / width[:, None]).ravel()).reshape(len(centre), -1)
    mass: Floats = weight @ np.diff(below, axis=1)
    return mass


@compiled
def _cdf_each(z: Any, out: Any) -> None:
    for i in range(len(z)):
        out[i] = 0.5 * math.erfc(-z[i] / math.sqrt(2.0))


@compiled
def _posteriors(theta: Any, log_mass: Any, estimate: Any, error: Any, cost: Any, tail: Any, out: Any) -> None:
    places = len(theta)
    density = np.empty(places)
    for i in range(len(estimate)):
        top = -np.inf
        for j in range(places):
            z = (estimate[i] - theta[j]) / error[i]
            density[j] = log_mass[j] - 0.5 * z * z
            top = max(top, density[j])
        total, first, second, above, upper, lower = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for j in range(places):
            weight = math.exp(density[j] - top)
            density[j] = weight
            total += weight
            first += weight * theta[j]
            second += weight * theta[j] * theta[j]
            above += weight if theta[j] > cost else 0.0
            upper += weight if theta[j] > 0.0 else 0.0
            lower += weight if theta[j] < 0.0 else 0.0
        mean = first / total
        out[0, i], out[1, i] = mean, math.sqrt(max(second / total - mean * mean, 0.0))
        for j in range(places):
            density[j] /= total
        # equal tails; but what the point at zero leaves unused of one tail goes to the other, so that 2 tail is left out
        low, below = _cut(density, tail, 1)
        high, beyond = _cut(density, 2.0 * tail - below, -1)
        low, below = _cut(density, 2.0 * tail - beyond, 1)
        out[2, i], out[3, i] = theta[low], theta[high]
        out[4, i], out[5, i], out[6, i] = above / total, 1.0 - upper / total, 1.0 - lower / total


@compiled
def _cut(mass: Any, tail: Any, step: Any) -> Any:
    """(the place from one end at which the mass exceeds `tail`, the mass before it); step: 1 from below, -1 from above."""
    place = 0 if step > 0 else len(mass) - 1
    beyond = 0.0
    while 0 <= place + step < len(mass) and beyond + mass[place] <= tail + 1e-12:
        beyond += mass[place]
        place += step
    return place, beyond
