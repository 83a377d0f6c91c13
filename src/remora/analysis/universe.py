"""The control universe, base rates and the doors through which wallets came in (GRD-12, GRD-13).

Wallets found through winners have winners by construction. So a share of all launches, chosen by a hash that nothing
later can influence, is watched to its end; every rate is shown with its base rate there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from remora.analysis import chance
from remora.analysis.behaviour import Behaviours
from remora.analysis.entries import Entries, entries
from remora.analysis.exact import Bools, Ints
from remora.analysis.past import Codes, Past
from remora.model.units import DAY

Floats = NDArray[np.float64]

DEFAULT_RATE_PPM: Final = 10_000
"""1 % of all launches (`universe.sample_rate`)."""
MILLION: Final = 1_000_000
MATURE: Final = DAY
"""A launch younger than this is not judged: it may still graduate."""
DOORS: Final = ("graduate", "universe", "added")
GRADUATE, UNIVERSE, ADDED = range(3)


def in_universe(mint: str, rate_ppm: int = DEFAULT_RATE_PPM) -> bool:
    """Whether a launch is watched: the first 64 bits of SHA-256 of its mint, as a fraction, lie below the rate.

    A mint that is in at one rate is in at every higher one.
    """
    number = int.from_bytes(sha256(mint.encode()).digest()[:8], "big")
    return number * MILLION < rate_ppm << 64


def universe(past: Past, rate_ppm: int = DEFAULT_RATE_PPM) -> Bools:
    """The launches of a past that are watched, by asset rank."""
    inside = np.zeros(len(past.assets), np.bool_)
    for asset in np.flatnonzero(past.tokens.launched_at >= 0).tolist():
        inside[asset] = in_universe(past.assets[asset], rate_ppm)
    return inside


@dataclass(frozen=True)
class Rate:
    """A share with its 90 % interval, and how many times the base rate it is. n: what it rests on (effective, if weighted)."""

    value: float
    low: float
    high: float
    n: float
    base: float
    lift: float
    lift_low: float
    lift_high: float

    def __str__(self) -> str:
        """For people: '2.4 % (1.1-5.0 %), 12 times the base rate (8-17)'."""
        text = f"{100 * self.value:.2g} % ({100 * self.low:.2g}-{100 * self.high:.2g} %)"
        if not self.base > 0:
            return f"{text}, base rate unknown"
        return f"{text}, {self.lift:.2g} times the base rate ({self.lift_low:.2g}-{self.lift_high:.2g})"


@dataclass(frozen=True)
class Base:
    """The rate among all launches of the same age: weighted hits and number (both as effective counts)."""

    hits: float
    n: float

    @property
    def value(self) -> float:
        """The base rate; NaN without launches."""
        return self.hits / self.n if self.n > 0 else float("nan")


def rate(hits: Bools, weights: Floats | None = None, base: Base | None = None) -> Rate:
    """The share of hits, each weighted by 1 / its probability of being sampled; interval by the effective number."""
    share, n = _weighted(hits, weights)
    low, high = chance.wilson(np.array(share * n), np.array(n))
    base = base or Base(0.0, 0.0)
    lift, lift_low, lift_high = chance.ratio(np.array(share * n), np.array(n), base.hits, base.n)
    return Rate(share, float(low), float(high), n, base.value, float(lift), float(lift_low), float(lift_high))


def _weighted(hits: Bools, weights: Floats | None) -> tuple[float, float]:
    """(weighted share, effective number (sum w)^2 / sum w^2)."""
    if not len(hits):
        return float("nan"), 0.0
    if weights is None:
        return float(hits.mean()), float(len(hits))
    total = float(weights.sum())
    return float(weights[hits].sum()) / total, total * total / float((weights * weights).sum())


def sampling_weights(past: Past, rate_ppm: int | None) -> Floats:
    """1 / probability that a launch is in the ledger, by asset rank; 0 where it is not to be counted.

    rate_ppm None: the ledger holds all launches. Else it holds all graduates and, of the others, the control universe;
    other failed launches came in through a wallet somebody watches and say nothing about launches.
    """
    launched = past.tokens.launched_at
    mature = (launched >= 0) & (launched <= past.as_of - MATURE)
    if rate_ppm is None:
        return mature.astype(np.float64)
    graduated = past.tokens.graduated_at >= 0
    weights = np.where(graduated, 1.0, np.where(universe(past, rate_ppm), MILLION / rate_ppm, 0.0))
    return np.where(mature, weights, 0.0)


def base_rate(past: Past, rate_ppm: int | None = None) -> Base:
    """How many of the launches that are at least a day old have graduated."""
    weights = sampling_weights(past, rate_ppm)
    counted = weights > 0
    share, n = _weighted(past.tokens.graduated_at[counted] >= 0, weights[counted])
    return Base(share * n if n else 0.0, n)


@dataclass(frozen=True)
class EntryRates:
    """By wallet: launches it entered before they graduated or failed, how many completed, and that as a rate with lift.

    Launches that graduate draw more buyers, so the average entry beats the base rate of launches. crowd: the rate of all
    entries together; crowd_lift: the wallet's rate over it. p: probability of so many completions by chance at the
    crowd's rate; q: false discovery rate (Benjamini-Hochberg).
    """

    entered: Ints
    completed: Ints
    value: Floats
    low: Floats
    high: Floats
    lift: Floats
    lift_low: Floats
    lift_high: Floats
    crowd_lift: Floats
    p: Floats
    q: Floats
    base: Base
    crowd: Base


def entry_rates(past: Past, rate_ppm: int | None = None, since: Ints | None = None, rows: Entries | None = None) -> EntryRates:
    """Entry hit rate of every wallet against the base rate of launches of the same age.

    since: by wallet, only entries after this instant count (`judged_from`). Own tokens never count.
    """
    rows = entries(past) if rows is None else rows
    n, base = len(past.wallets), base_rate(past, rate_ppm)
    weights = sampling_weights(past, rate_ppm)[rows.asset]
    graduated = past.tokens.graduated_at[rows.asset]
    early = (rows.bought_at >= 0) & ((graduated < 0) | (rows.bought_at < graduated)) & ~rows.own & (weights > 0)
    if since is not None:
        early &= rows.bought_at > since[rows.wallet]
    wallet, hit, weight = rows.wallet[early], graduated[early] >= 0, weights[early]
    entered, completed = (np.bincount(which, minlength=n).astype(np.int64) for which in (wallet, wallet[hit]))
    total, squares = np.bincount(wallet, weight, n), np.bincount(wallet, weight * weight, n)
    effective = total * total / np.where(squares > 0, squares, 1.0)
    value = np.bincount(wallet[hit], weight[hit], n) / np.where(total > 0, total, np.nan)
    hits = np.nan_to_num(value) * effective
    low, high = chance.wilson(hits, effective)
    lift, lift_low, lift_high = chance.ratio(hits, effective, base.hits, base.n)
    share, size = _weighted(hit, weight)
    crowd = Base(share * size if size else 0.0, size)
    p = chance.at_least(np.floor(hits + 1e-9).astype(np.int64), effective * (crowd.value if crowd.n else 0.0))
    over = value / crowd.value if crowd.hits else np.full(n, np.nan)
    q = _q(p, entered > 0)
    return EntryRates(entered, completed, value, low, high, lift, lift_low, lift_high, over, p, q, base, crowd)


def _q(p: Floats, tested: Bools) -> Floats:
    q = np.ones(len(p))
    q[tested] = chance.q_values(p[tested])
    return q


@dataclass(frozen=True)
class Doors:
    """By wallet: door (place in DOORS, -1 none) and found_at, when it could be found through it (-1 never)."""

    door: Codes
    found_at: Ints

    def judged_from(self) -> Ints:
        """Only trades after this instant may prove skill: found_at of those found through winners, else -1 (GRD-13)."""
        return np.where(self.door == GRADUATE, self.found_at, -1)

    def table(self, past: Past) -> pa.Table:
        """wallet, door, found_at of the wallets that came in."""
        rows = np.flatnonzero(self.door >= 0)
        columns: dict[str, Any] = {
            "wallet": pa.array([past.wallets[w] for w in rows.tolist()], pa.string()),
            "door": pa.array(DOORS, pa.string()).take(pa.array(self.door[rows], pa.int64())),
            "found_at": pa.array(self.found_at[rows], pa.int64()),
        }
        return pa.table(columns)


def doors(
    past: Past, behaviours: Behaviours | None = None, *, rate_ppm: int = DEFAULT_RATE_PPM,
    added: Mapping[str, int] | None = None, rows: Entries | None = None,
) -> Doors:  # fmt: skip
    """Through which door each wallet came in first; of equals the one that chose it without looking at outcomes.

    added: address -> when somebody added it by hand. Infrastructure comes in through none.
    """
    rows = entries(past) if rows is None else rows
    n, never = len(past.wallets), np.iinfo(np.int64).max
    found = np.full((len(DOORS), n), never, np.int64)
    graduated = past.tokens.graduated_at[rows.asset]
    early = (rows.bought_at >= 0) & (graduated >= 0) & (rows.bought_at < graduated)
    np.minimum.at(found[GRADUATE], rows.wallet[early], graduated[early])
    watched = universe(past, rate_ppm)[rows.asset] & (rows.bought_at >= 0)
    np.minimum.at(found[UNIVERSE], rows.wallet[watched], rows.bought_at[watched])
    place = {text: rank for rank, text in enumerate(past.wallets)} if added else {}
    for address, at in (added or {}).items():
        if address in place and at <= past.as_of:
            found[ADDED, place[address]] = at
    if behaviours is not None:
        found[:, behaviours.excluded] = never
    order = np.array([UNIVERSE, ADDED, GRADUATE])
    first = order[np.argmin(found[order], axis=0)]
    at = found[first, np.arange(n)]
    none = at == never
    return Doors(np.where(none, -1, first).astype(np.int8), np.where(none, -1, at))
