"""The control universe, base rates and the doors through which wallets came in (GRD-12, GRD-13).

Wallets found through winners have winners by construction. So a share of all launches, chosen by a hash that nothing
later can influence, is watched to its end; every rate is shown with its base rate there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from math import isnan
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from remora.analysis import chance
from remora.analysis.behaviour import Behaviours
from remora.analysis.entries import Entries, entries
from remora.analysis.exact import Bools, Ints
from remora.analysis.past import Codes, Past
from remora.analysis.shrinkage import benjamini_hochberg
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
    """The rate among all launches of the same age: hits, how many launches stand behind them (sampled ones weighed), and
    the variance of its logarithm (NaN: as of a plain count)."""

    hits: float
    n: float
    doubt: float = float("nan")

    @property
    def value(self) -> float:
        """The base rate; NaN without launches."""
        return self.hits / self.n if self.n > 0 else float("nan")

    @property
    def variance(self) -> float:
        """Of the logarithm of the rate."""
        if not self.hits > 0:
            return float("inf")
        return 1 / self.hits - 1 / self.n if isnan(self.doubt) else self.doubt


def measured(hits: Floats, failures: Floats, sampled: float) -> tuple[Floats, Floats, Floats, Floats]:
    """(rate, low, high, variance of its logarithm) where all hits were seen, but failures only with probability `sampled`.

    Of what was seen the share q are hits; then the rate is q s / (1 - q + q s). The 90 % interval is Wilson's of q, carried
    over; half a hit and failure are added for the variance. NaN, 0 and 1 where nothing was seen.
    """
    seen = hits + failures

    def carried(q: Floats) -> Floats:
        return np.asarray(q * sampled / (1 - q + q * sampled))

    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(seen > 0, carried(hits / seen), np.nan)
    low, high = (carried(end) for end in chance.wilson(hits, seen))
    h, f = np.where(hits > 0, hits, 0.5), np.where(failures > 0, failures, 0.5)
    q = h / (h + f)
    slope = (1 - q) + (1 - sampled) * q * (1 - q) / (1 - q + q * sampled)
    return value, low, high, slope**2 * (1 / h + 1 / f)


def rate(hits: Bools, base: Base | None = None, sampled: float = 1.0) -> Rate:
    """The share of hits with its interval and lift. sampled: probability with which a failure is among the records."""
    found, failed = np.array([float(hits.sum())]), np.array([float((~hits).sum())])
    value, low, high, doubt = (float(one[0]) for one in measured(found, failed, sampled))
    lift = _lifted(np.array([value]), found, np.array([doubt]), base or Base(0.0, 0.0))
    return Rate(value, low, high, float(len(hits)), (base or Base(0.0, 0.0)).value, *(float(one[0]) for one in lift))


def _lifted(value: Floats, hits: Floats, doubt: Floats, base: Base) -> tuple[Floats, Floats, Floats]:
    """(lift over the base rate, low, high) on the log scale (Katz et al. 1978); NaN, 0 and infinity where it is unknown."""
    with np.errstate(divide="ignore", invalid="ignore"):
        lift = value / base.value
    known = np.isfinite(lift) & (base.hits > 0)
    spread = np.exp(chance.NORMAL_90 * np.sqrt(np.where(known, doubt + (base.variance if base.hits > 0 else 0.0), 0.0)))
    low = np.where(known & (hits > 0), lift / spread, 0.0)
    high = np.where(known & (hits > 0), lift * spread, np.inf)
    return np.where(known, lift, np.nan), low, high


def sampling_weights(past: Past, rate_ppm: int | None) -> Floats:
    """1 / probability that a launch is in the ledger, by asset rank; 0 where it is not to be counted.

    rate_ppm None: the ledger holds all launches. Else it holds all graduates and, of the others, the control universe;
    other failed launches came in through a wallet somebody watches and say nothing about launches. A launch of which it is
    known that it graduated, but not when, is not counted.
    """
    launched = past.tokens.launched_at
    mature = (launched >= 0) & (launched <= past.as_of - MATURE) & ~past.tokens.untimed
    if rate_ppm is None:
        return mature.astype(np.float64)
    graduated = past.tokens.graduated_at >= 0
    weights = np.where(graduated, 1.0, np.where(universe(past, rate_ppm), MILLION / rate_ppm, 0.0))
    return np.where(mature, weights, 0.0)


def base_rate(past: Past, rate_ppm: int | None = None) -> Base:
    """How many of the launches that are at least a day old have graduated."""
    weights = sampling_weights(past, rate_ppm)
    return _base(past.tokens.graduated_at[weights > 0] >= 0, rate_ppm)


def _base(hits: Bools, rate_ppm: int | None) -> Base:
    """The rate of launches or entries together, failures counted for those that were not sampled."""
    sampled = _sampled(rate_ppm)
    found, failed = float(hits.sum()), float((~hits).sum())
    doubt = measured(np.array([found]), np.array([failed]), sampled)[3]
    return Base(found, found + failed / sampled, float(doubt[0]))


def _sampled(rate_ppm: int | None) -> float:
    return 1.0 if rate_ppm is None else rate_ppm / MILLION


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
    counted = sampling_weights(past, rate_ppm)[rows.asset] > 0
    graduated = past.tokens.graduated_at[rows.asset]
    early = (rows.bought_at >= 0) & ((graduated < 0) | (rows.bought_at < graduated)) & ~rows.own & counted
    if since is not None:
        early &= rows.bought_at > since[rows.wallet]
    wallet, hit, sampled = rows.wallet[early], graduated[early] >= 0, _sampled(rate_ppm)
    entered, completed = (np.bincount(which, minlength=n).astype(np.int64) for which in (wallet, wallet[hit]))
    hits, failures = completed.astype(np.float64), (entered - completed).astype(np.float64)
    value, low, high, doubt = measured(hits, failures, sampled)
    lift, lift_low, lift_high = _lifted(value, hits, doubt, base)
    crowd = _base(hit, rate_ppm)
    p = chance.at_least_of(completed, entered, np.full(n, hit.mean() if len(hit) else 0.0))  # among what is on record
    over = value / crowd.value if crowd.hits else np.full(n, np.nan)
    q = _q(p, entered > 0)
    return EntryRates(entered, completed, value, low, high, lift, lift_low, lift_high, over, p, q, base, crowd)


def _q(p: Floats, tested: Bools) -> Floats:
    q = np.ones(len(p))
    q[tested] = benjamini_hochberg(p[tested])
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
