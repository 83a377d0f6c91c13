"""Skill or luck: a verdict on every trader, from their decided bets and from what all others' bets tell.

The edge of a trader is the weighted mean of the edges of independent events; its error is known where the price tells
the odds (Polymarket), else estimated. Everybody's edges give the distribution that each one is shrunk towards
(`shrinkage`), one per venue and class of stakes. Verdicts as in `VERDICTS`; "cannot tell" is the default.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from remora.analysis.bets import Bets
from remora.analysis.exact import Bools, Ints
from remora.analysis.past import POLYMARKET, SOLANA, Codes, Texts
from remora.analysis.shrinkage import Floats, benjamini_hochberg, fitted, normal_cdf, null_share, posterior

VERDICTS: Final = ("cannot tell", "promising", "skilled", "harmful")
CANNOT_TELL, PROMISING, SKILLED, HARMFUL = range(4)
UNITS: Final = ("log return over matched tokens", "edge per dollar")
"""By venue: log return over matched entries into other tokens; dollars won per share that pays a dollar."""
REASONS: Final = (
    "no decided bets",
    "most of the profit lies in one event",
    "the evidence does not tell an edge from none",
    "its edge is likely above costs, but fewer than 30 independent events",
    "its edge is likely above costs, but not beyond what luck among so many traders brings",
    "above costs at the lower end of the interval, and in the set that holds few false discoveries",
    "loses against the price paid, beyond what bad luck among so many traders brings",
    "what was gained came from the kind of trading, not from picking: cannot be followed",
    "fewer than 10 independent events",
    "does better than others did with like entries, but its own bets lose money",
)  # fmt: skip
_NO_BETS, _ONE_EVENT, _NOISE, _FEW, _UNPROVEN, _PROVEN, _LOSES, _BARRED, _TOO_FEW, _LOSING = range(10)
METHOD: Final = "empirical Bayes over all traders, weights sqrt(stake / (stake + mean stake)), skew and t corrected"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of the verdicts (quality 5d, expectations idea 2); pairs are by venue (log return; dollars per share).

    cost: what an edge must exceed: spread and impact beyond the fees and delay that edges are net of. usual: size of an
    edge where there is one. least_events, min_events: independent events below which nothing can be told, and below which
    nobody is more than promising. stakes: limits between classes of mean stake, base units. world: traders that a class needs
    for a distribution of its own. prior_bets: weight of the known variance beside a trader's own.
    """

    cost: tuple[float, float] = (0.02, 0.01)
    usual: tuple[float, float] = (0.15, 0.02)
    tail: float = 0.05
    lfsr: float = 0.05
    fdr: float = 0.10
    least_events: int = 10
    min_events: int = 30
    max_concentration: float = 0.60
    promising: float = 0.50
    board: int = 100
    stakes: tuple[tuple[int, ...], tuple[int, ...]] = ((200_000_000, 2_000_000_000), (20_000_000, 500_000_000))
    world: int = 2_000
    prior_bets: float = 10.0


@dataclass(frozen=True)
class Skill:
    """One row per trader; floats are NaN for traders without decided bets.

    edge, low, high: posterior mean and ends of the 90 % interval, in `unit` (place in UNITS, -1 none). raw: the mean
    itself. p_edge_gt_cost, lfsr (local false sign rate), p_value (no edge, one-sided) and q_value (Benjamini-Hochberg).
    n_effective: independent events, discounted for uneven stakes; n_bets: events. concentration: share of the best
    event in all gains. rank_stability: how often the trader stays in the venue's first `board` when the bets are drawn
    again. verdict: place in VERDICTS; reason: why. null_share: by venue, the share of traders without an edge (Storey).
    """

    edge: Floats
    low: Floats
    high: Floats
    raw: Floats
    p_edge_gt_cost: Floats
    lfsr: Floats
    p_value: Floats
    q_value: Floats
    n_effective: Floats
    n_bets: Ints
    concentration: Floats
    rank_stability: Floats
    verdict: Codes
    reason_code: Codes
    unit: Codes
    null_share: tuple[float, float]

    @property
    def reason(self) -> Texts:
        """Why, in words, by trader."""
        return [REASONS[code] for code in self.reason_code.tolist()]

    def luck(self, board: Ints) -> float:
        """Expected share of luck of a board of these traders: 1 - mean P(edge > cost); 1 of an empty one (quality 5d)."""
        p = self.p_edge_gt_cost[board]
        return 1.0 - float(np.mean(np.nan_to_num(p))) if len(board) else 1.0


@dataclass(frozen=True)
class Sums:
    """What a trader's bets add up to: mean, standard error, z as a normal one, bets, effective bets, concentration, mean
    stake, and what was gained in all (base units, after venue fees, without delay)."""

    raw: Floats
    error: Floats
    z: Floats
    n: Ints
    n_effective: Floats
    concentration: Floats
    stake: Floats
    venue: Codes
    gain: Floats


def judge(
    bets: Bets, traders: int, settings: Settings | None = None, found_at: Ints | None = None, barred: Bools | None = None
) -> Skill:
    """The verdict on each of `traders`.

    found_at: instant by trader at which it was found through its winners; bets entered before do not count, -1 = all
    do (GRD-13). barred: traders whose profit comes from the kind of trading (market makers, snipers, tickets; PMW-02).
    """
    limits = settings or Settings()
    if found_at is not None:
        bets = bets.where(bets.at >= found_at[bets.trader])
    sums = summed(bets, traders, limits)
    columns = {name: np.full(traders, np.nan) for name in _BY_WORLD}
    shares = [1.0, 1.0]
    for venue in (SOLANA, POLYMARKET):
        of_venue = np.flatnonzero((sums.venue == venue) & (sums.n > 0))
        for world in _worlds(sums, of_venue, limits.stakes[venue], limits.world):
            _judge_world(sums, world, venue, limits, columns)
        p = columns["p_value"][of_venue]
        columns["q_value"][of_venue] = benjamini_hochberg(p)
        columns["q_loss"][of_venue] = benjamini_hochberg(1 - p)
        shares[venue] = null_share(p)
        columns["rank_stability"][of_venue] = _stability(columns, of_venue, sums.error[of_venue], limits.board)
    columns["rank_stability"][sums.n == 0] = 0.0
    cost = np.asarray(limits.cost)[np.maximum(sums.venue, 0)]
    verdict, reason = _verdicts(columns, sums, limits, cost, np.zeros(traders, np.bool_) if barred is None else barred)
    kept = {name: column for name, column in columns.items() if name in Skill.__dataclass_fields__}
    return Skill(
        **kept, raw=np.where(sums.n > 0, sums.raw, np.nan), n_effective=sums.n_effective, n_bets=sums.n,
        concentration=sums.concentration, verdict=verdict, reason_code=reason, unit=sums.venue,
        null_share=(shares[SOLANA], shares[POLYMARKET]),
    )  # fmt: skip


_FIRM: Final = 1_000.0
"""Bets' worth of belief that the known variance is right."""
_MOST: Final = 9.0
_GRAIN: Final = 0.1
"""Of the usual edge: smaller ones are called none."""
_TURNED: Final = (0.75, 4.0)
"""How far skewness may shrink or widen an error."""
_BY_WORLD: Final = (
    "edge", "low", "high", "p_edge_gt_cost", "lfsr", "p_value", "q_value", "q_loss", "loss", "gain", "spread", "rank_stability",
)  # fmt: skip


def summed(bets: Bets, traders: int, limits: Settings) -> Sums:
    """Means and errors by trader. A bet weighs sqrt(s / (s + mean stake)): usual and large stakes alike, dust hardly."""
    who = bets.trader
    n = np.bincount(who, minlength=traders)
    one = np.maximum(n, 1)
    stake = np.bincount(who, bets.stake, traders) / one
    weight = np.sqrt(bets.stake / (bets.stake + np.maximum(stake[who], 1.0)))
    weight = np.maximum(weight, 1e-6)
    total = np.maximum(np.bincount(who, weight, traders), 1e-12)
    raw = np.bincount(who, weight * bets.edge, traders) / total
    known: Floats = np.bincount(who, weight**2 * bets.variance, traders).astype(np.float64)
    skew = np.bincount(who, weight**3 * bets.third, traders) / np.maximum(known, 1e-100) ** 1.5
    n_effective = total**2 / np.maximum(np.bincount(who, weight**2, traders), 1e-300)
    gain = np.bincount(who, bets.gross, traders).astype(np.float64)
    venue = np.full(traders, -1, np.int8)
    venue[who[::-1]] = bets.venue[::-1]
    own = np.bincount(who, (weight * (bets.edge - raw[who])) ** 2, traders) * one / np.maximum(one - 1, 1)
    told = np.divide(own, known, out=np.ones(traders), where=known > 0)
    known = known * _level(told, n, venue)
    freedom = np.where(venue == POLYMARKET, np.inf, limits.prior_bets + n - 1)
    mixed = (limits.prior_bets * known + (one - 1) * own) / (limits.prior_bets + one - 1)
    error = np.sqrt(np.where(venue == POLYMARKET, known, mixed)) / total
    z = _normal_z(raw / np.maximum(error, 1e-300), skew, freedom)
    return Sums(raw, error, z, n, np.where(n > 0, n_effective, 0.0), _concentration(bets, traders), stake, venue, gain)


def _level(told: Floats, n: Ints, venue: Codes) -> Floats:
    """By trader: how much wider (above 1) or narrower bets scatter about their trader's mean than is known, all of a venue.

    What is known leaves out exits at will and correlation inside events, where it takes the most that can be.
    """
    out = np.ones(len(n))
    for one in (SOLANA, POLYMARKET):
        some = (venue == one) & (n > 1)
        weight = (n[some] - 1).astype(np.float64)
        out[venue == one] = (weight @ np.minimum(told[some], _MOST) + _FIRM) / (weight.sum() + _FIRM)
    return out


def _normal_z(t: Floats, skew: Floats, freedom: Floats) -> Floats:
    """The normal deviate of equal probability: Wallace (1959) for estimated errors, Wilson-Hilferty (1931) for skewness."""
    finite = np.where(np.isfinite(freedom), freedom, 1.0)
    wallace = (8 * finite + 1) / (8 * finite + 3) * np.sqrt(finite * np.log1p(t * t / finite)) * np.sign(t)
    z = np.where(np.isfinite(freedom), wallace, t)
    shape = 4 / np.maximum(skew * skew, 1e-12)
    turned = z * np.sign(skew)  # of a gamma distribution with the long tail upwards
    cube = np.cbrt(np.maximum(1 + turned / np.sqrt(shape), 1e-12))
    bent = 3 * np.sqrt(shape) * (cube - 1 + 1 / (9 * shape)) * np.sign(skew)
    out: Floats = np.where(np.abs(skew) > 1e-3, bent, z)
    return out


def _concentration(bets: Bets, traders: int) -> Floats:
    """Share of the best event in all that was gained; NaN where nothing was."""
    gain: Floats = np.maximum(bets.gross, 0).astype(np.float64)
    total = np.bincount(bets.trader, gain, traders)
    best = np.zeros(traders)
    np.maximum.at(best, bets.trader, gain)
    share = np.full(traders, np.nan)
    np.divide(best, total, out=share, where=total > 0)
    return share


def _worlds(sums: Sums, traders: Ints, limits: tuple[int, ...], least: int) -> list[Ints]:
    """Traders by class of mean stake; all together where a class is too small to have a distribution of its own."""
    if not len(traders):
        return []
    level = np.digitize(sums.stake[traders], limits)
    parts = [traders[level == k] for k in range(len(limits) + 1)]
    return parts if min(len(part) for part in parts) >= least else [traders]


def _judge_world(sums: Sums, world: Ints, venue: int, limits: Settings, into: dict[str, Floats]) -> None:
    raw, z = sums.raw[world], sums.z[world]
    error = np.maximum(sums.error[world], 1e-9)
    t = raw / error
    # where skewness or few bets make an outlier tell less (or more) than its z, its error is the one that agrees
    agrees = np.where(np.sign(z) == np.sign(t), np.abs(t) / np.maximum(np.abs(z), 1e-9), np.inf)
    error *= np.where(np.abs(t) > 0.5, np.clip(agrees, *_TURNED), 1.0)
    prior = fitted(raw, error, limits.usual[venue])
    found = posterior(prior, raw, error, limits.cost[venue], limits.tail, _GRAIN * limits.usual[venue])
    into["edge"][world], into["low"][world], into["high"][world] = found.mean, found.low, found.high
    into["p_edge_gt_cost"][world], into["spread"][world] = found.above_cost, found.spread
    into["gain"][world], into["loss"][world] = found.not_above_zero, found.not_below_zero
    into["lfsr"][world] = np.minimum(found.not_above_zero, found.not_below_zero)
    into["p_value"][world] = normal_cdf(-z)


def _stability(columns: dict[str, Floats], traders: Ints, error: Floats, board: int) -> Floats:
    """Share of redrawn bets that leave the trader in the first `board`: the posterior mean moves by its variance / error."""
    if len(traders) <= board:
        return np.ones(len(traders))
    edge = columns["edge"][traders]
    ranked = np.sort(edge)[::-1]
    limit = (ranked[board - 1] + ranked[board]) / 2
    moves = np.square(columns["spread"][traders]) / np.maximum(error, 1e-9)
    return normal_cdf((edge - limit) / np.maximum(moves, 1e-12))


def _verdicts(c: dict[str, Floats], sums: Sums, limits: Settings, cost: Floats, barred: Bools) -> tuple[Codes, Codes]:
    """(verdict, reason); the later line of the list wins."""
    events = np.round(sums.n_effective, 6)  # ten equal stakes are ten events
    enough = events >= limits.min_events
    with np.errstate(invalid="ignore"):
        likely = (c["p_edge_gt_cost"] >= limits.promising) & (c["edge"] > cost)
        sure = (c["low"] > cost) & (c["p_edge_gt_cost"] >= 1 - limits.tail)
        skilled = enough & sure & (c["gain"] <= limits.lfsr) & (c["q_value"] <= limits.fdr)
        harmful = enough & (c["loss"] <= limits.lfsr) & (c["q_loss"] <= limits.fdr) & (c["high"] < 0)
        one_event = ~harmful & (sums.concentration >= limits.max_concentration)
    verdict = np.full(len(sums.n), CANNOT_TELL, np.int8)
    reason = np.full(len(sums.n), _NOISE, np.int8)
    for where, word, why in (
        (likely & enough, PROMISING, _UNPROVEN), (likely & ~enough, PROMISING, _FEW), (skilled, SKILLED, _PROVEN),
        ((skilled | likely) & (sums.gain <= 0), CANNOT_TELL, _LOSING), (one_event, CANNOT_TELL, _ONE_EVENT),
        (events < limits.least_events, CANNOT_TELL, _TOO_FEW), (harmful, HARMFUL, _LOSES),
        (barred & ~harmful, CANNOT_TELL, _BARRED), (sums.n == 0, CANNOT_TELL, _NO_BETS),
    ):  # fmt: skip
        verdict[where], reason[where] = word, why
    return verdict, reason
