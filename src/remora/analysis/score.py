"""The 0-1000 score of every trader of a past (SCR-01 to SCR-20), by the formula that a profile fixes.

Order (SCR-09): parts; their groups, missing parts left out (U-52); cluster and reputation on profitability, at most 600;
sum; decay; market; 0 to 1000. `low` and `high` run the same with what is unknown filled in at worst and at best. The
range is about missing data, not about luck: that is what the skill certificate is for.

A trader with bets on both venues is scored where it has more decided bets (Solana when equal).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from remora.analysis.exact import Bools, Ints
from remora.analysis.past import POLYMARKET, SOLANA, Codes, Past
from remora.analysis.paths import Paths
from remora.analysis.profiles import DEFAULT, GROUP_MAX, Profile
from remora.analysis.regimes import Regimes
from remora.analysis.scorefacts import (
    Evidence,
    Traits,
    as_mapping,
    evidence,
    market_chance,
    regime_means,
    shared_measures,
)
from remora.analysis.scoreparts import Floats, Known, Part, Population, grouped, parts_of, percentiles
from remora.analysis.scorevenues import base_rate, polymarket_measures, profit_of, solana_measures, trust_cap
from remora.formulas import points as scalar
from remora.model import units

NEUTRAL: Final = 50.0
BOT_FROM: Final = 0.6
"""Bot score from which on a wallet counts as a bot (U-25)."""
SYBIL_FROM: Final = 0.8
"""Cluster confidence from which on a member is excluded (U-15) and its reputation falls (U-26)."""
REPUTATION_BETS: Final = 10
"""Decided bets that a win rate needs before it earns reputation; U-26 names none, and one win would be 100 %."""
QUICK_DAYS: Final = 14
QUICK_FROM: Final = 700.0
REASONS: Final = ("", "infrastructure", "nothing traded", "nothing known")
"""Why a trader has no points."""


@dataclass(frozen=True)
class Standing:
    """What acts on the points, by trader. reputation 0..100; idle_days: whole days since the last trade, -1 unknown; chance:
    to win in the present regime; trust: most that profitability may use (1 = all of it); reason: place in REASONS."""

    cluster_confidence: Floats
    reputation: Known
    idle_days: Ints
    chance: Floats
    trust: Floats
    reason: Codes


@dataclass(frozen=True)
class Scores:
    """By trader: points with their range (NaN where `reason` says why), percentile rank 0..100, level (place in points.LEVELS),
    parts, groups ([traders, 4] after re-weighting, before factors) and every factor (SCR-09, SCR-12). percentiles: of score,
    pnl_sol, pnl_usd, win_rate and graduated (SCR-13). counted_at: instant; version: id of the formula (SCR-19)."""

    points: Floats
    low: Floats
    high: Floats
    percentile: Floats
    level: Codes
    venue: Codes
    parts: dict[str, Part]
    groups: NDArray[np.float64]
    factors: dict[str, Floats]
    reputation: Floats
    percentiles: dict[str, Floats]
    reason: Codes
    counted_at: int
    version: str


def score(
    past: Past, paths: Paths, behaviours: Traits | None = None, profile: Profile = DEFAULT, *,
    cluster_confidence: Floats | None = None, verified: Bools | None = None, inorganic: Bools | None = None,
    against: Population | None = None,
) -> Scores:  # fmt: skip
    """Points of every trader of `past`.

    cluster_confidence: by trader, 0 = in no cluster. verified: checked by people, reputation at least 60 (U-26).
    inorganic: rows of `past.positions` made among friends (`among_mates`). against: the population to compare with;
    by default the traders of this past.
    """
    size = len(past.wallets)
    regimes = Regimes.of(past)
    now = int(regimes.at(np.array([past.as_of]))[0])
    excluded = np.zeros(size, np.bool_) if behaviours is None else np.array(behaviours.excluded, np.bool_)
    excluded[[wallet for wallet in past.infrastructure if wallet < size]] = True
    found = {
        venue: evidence(past, paths, regimes, venue, profile, inorganic)
        for venue in (SOLANA, POLYMARKET)
        if (past.column("venue") == venue).any()
    }
    venue = _venue_of(found, size)
    population = against or population_of(found, venue, excluded, profile)
    confidence = np.zeros(size) if cluster_confidence is None else cluster_confidence
    measures: dict[int, dict[str, Known]] = {}
    for place, e in found.items():
        own = solana_measures if place == SOLANA else polymarket_measures
        measures[place] = as_mapping({**shared_measures(e, profile, behaviours), **own(e, profile, population)})
    parts = parts_of(measures, venue, profile, population)
    standing = _standing(found, measures, venue, now, profile, behaviours, confidence, verified, excluded)
    ranks = _other_percentiles(found, venue, profile)
    return summed(parts, standing, venue, profile, counted_at=past.as_of, ranks=ranks)


def summed(
    parts: dict[str, Part], standing: Standing, venue: Codes, profile: Profile, *, counted_at: int = 0,
    ranks: Mapping[str, Floats] | None = None,
) -> Scores:  # fmt: skip
    """Parts and standing -> scores, in the order of SCR-09."""
    groups = grouped(parts)
    floor, weight = profile.cluster_floor, profile.reputation_weight
    cluster = np.maximum(floor, 1.0 - standing.cluster_confidence)
    decay = decay_of(standing.idle_days, profile)
    market = profile.market_low + profile.market_span * standing.chance
    totals, reputations = [], []
    for points, rep in (
        (groups.points, standing.reputation.value), (groups.low, standing.reputation.low),
        (groups.high, standing.reputation.high),
    ):  # fmt: skip
        factor = 1.0 + weight * (rep - NEUTRAL) / NEUTRAL
        profitability = np.minimum(points[:, 0] * cluster * factor, GROUP_MAX[0] * standing.trust)
        total = _total(np.column_stack([profitability, points[:, 1:]]))
        totals.append(np.clip(total * decay * market, 0.0, scalar.TOP))
        reputations.append(factor)
    points, low, high = totals
    reason = np.where((standing.reason == 0) & np.isnan(points), REASONS.index("nothing known"), standing.reason).astype(
        np.int8
    )
    points, low, high = (np.where(reason > 0, np.nan, ends) for ends in (points, np.fmin(low, points), np.fmax(high, points)))
    percentile = percentiles(points)
    return Scores(
        points=points, low=low, high=high, percentile=percentile, level=level_of(points), venue=venue, parts=parts,
        groups=groups.points, factors={
            "cluster": cluster, "reputation": reputations[0], "decay": decay, "market": market,
            "trust": standing.trust,
        },
        reputation=standing.reputation.value, percentiles={"score": percentile, **(ranks or {})}, reason=reason,
        counted_at=counted_at, version=profile.version,
    )  # fmt: skip


def _total(groups: Floats) -> Floats:
    """Sum of the groups; the known ones stand for those of which nothing is known (U-52). NaN where none is known."""
    known = ~np.isnan(groups)
    most = np.array(GROUP_MAX)
    reach = np.where(known, most, 0.0).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(reach > 0, np.where(known, groups, 0.0).sum(axis=1) * scalar.TOP / reach, np.nan)


def decay_of(idle_days: Ints, profile: Profile) -> Floats:
    """Decay factor of each trader (SCR-07, D-07); 1 where no instant of a trade is known."""
    days = np.maximum(idle_days, 0)
    longest = scalar.DECAY_STEPS[-1][0] + 1
    table = np.array([scalar.decay(day, profile.decay, profile.decay_floor) for day in range(longest + 1)])
    return table[np.minimum(days, longest)]


def level_of(points: Floats) -> Codes:
    """Place in points.LEVELS (UPD-05); 0 without points."""
    return (np.searchsorted(np.array(scalar.LEVEL_FROM[1:]), np.nan_to_num(points), side="right")).astype(np.int8)


def _venue_of(found: Mapping[int, Evidence], size: int) -> Codes:
    """Where each trader is scored: where it has more decided bets, then more bets; -1 = nowhere."""
    decided, bets = np.zeros((2, size)), np.zeros((2, size))
    for venue, e in found.items():
        decided[venue] = e.bets.count(e.bets.decided, size)
        bets[venue] = e.bets.count(np.ones(len(e.bets), np.bool_), size)
    first = (decided[0] > decided[1]) | ((decided[0] == decided[1]) & (bets[0] >= bets[1]))
    return np.where(bets.sum(axis=0) == 0, -1, np.where(first, SOLANA, POLYMARKET)).astype(np.int8)


def population_of(found: Mapping[int, Evidence], venue: Codes, excluded: Bools, profile: Profile) -> Population:
    """The traders of a past as what others are compared with (U-16): profits, their number, base rate, returns by regime."""
    sums, counts, chances, base = {}, {}, {}, 0.0
    for place, e in found.items():
        mine = (venue == place) & ~excluded
        profit = profit_of(e, e.bets.profit, organic_only=profile.organic_only)[mine]
        sums[place] = np.sort(profit[profit > 0] if profile.percentile_of_profitable else profit)
        counts[place] = int(mine.sum())
        chances[place] = regime_means(e)
        base = base_rate(e, profile) if place == SOLANA else base
    return Population(sums, counts, base, chances)


def _standing(
    found: Mapping[int, Evidence], measures: Mapping[int, Mapping[str, Known]], venue: Codes, now: int, profile: Profile,
    traits: Traits | None, confidence: Floats, verified: Bools | None, excluded: Bools,
) -> Standing:  # fmt: skip
    size = len(venue)
    chance, trust, last = np.full(size, 0.5), np.ones(size), np.full(size, -1, np.int64)
    earned = Known.exact(np.zeros(size))
    as_of = 0
    for place, e in found.items():
        mine = venue == place
        chance = np.where(mine, market_chance(e, now, profile), chance)
        trust = np.where(mine, trust_cap(e), trust)
        seen = np.full(size, -1, np.int64)
        np.maximum.at(seen, e.held.trader, e.held.last_at)
        last = np.where(mine, np.where(e.tape.last_at > 0, e.tape.last_at, seen), last)
        earned = _earned(e, measures[place], profile).where(mine, earned)
        as_of = e.past.as_of
    idle = np.where(last > 0, np.maximum(as_of - last, 0) // units.DAY, -1)
    reason = np.where(excluded, REASONS.index("infrastructure"), np.where(venue < 0, REASONS.index("nothing traded"), 0))
    reputation = reputation_of(earned, traits, confidence, verified)
    return Standing(confidence, reputation, idle, chance, trust, reason.astype(np.int8))


def _earned(e: Evidence, measures: Mapping[str, Known], profile: Profile) -> Known:
    """Reputation that figures earn (U-26): +10 win rate above 60 %, +10 above 75 %; +10 mean multiple above 2, +10 above 5;
    +10 more than 10 graduated tokens."""
    won, lost, unsure = e.record
    multiple = measures.get("multiple") or Known.exact(np.ones(e.size))
    hits = _graduated(e)
    ends = []
    for above, of, times in (
        (won, won + lost, np.nan_to_num(multiple.value)), (won, won + lost + unsure, np.nan_to_num(multiple.low)),
        (won + unsure, won + lost + unsure, np.nan_to_num(multiple.high)),
    ):  # fmt: skip
        rate = np.where(of >= REPUTATION_BETS, above / np.maximum(of, 1.0), 0.0)
        enough = of >= REPUTATION_BETS
        earned = 10.0 * (rate > 0.60) + 10.0 * (rate > 0.75) + 10.0 * (enough & (times > 2)) + 10.0 * (enough & (times > 5))
        ends.append(earned + 10.0 * (hits > 10))
    return Known(ends[0], np.minimum(ends[1], ends[0]), np.maximum(ends[2], ends[0]), won + lost)


def _graduated(e: Evidence) -> Floats:
    """Tokens bought before they graduated, by trader."""
    if e.venue != SOLANA:
        return np.zeros(e.size)
    grown_at = e.past.tokens.graduated_at[e.held.asset]
    return e.held.count(e.counted & (e.entered > 0) & (grown_at > 0) & (e.entered < grown_at), e.size)


def reputation_of(earned: Known, traits: Traits | None, confidence: Floats, verified: Bools | None) -> Known:
    """Reputation 0..100 (U-26): 50 and what was earned; -20 bot, -30 sybil, -10 a suspicious finding; verified at least 60."""
    taken = np.where(confidence >= SYBIL_FROM, 30.0, 0.0)
    surely, maybe = taken, taken
    if traits is not None:
        taken = taken + 10.0 * np.asarray(traits.suspicious, np.float64)
        surely = taken + 20.0 * (np.nan_to_num(np.asarray(traits.bot_score)) >= BOT_FROM)
        maybe = taken + 20.0 * (np.fmax(np.asarray(traits.bot_high), np.nan_to_num(np.asarray(traits.bot_score))) >= BOT_FROM)
    floor = np.zeros(len(taken)) if verified is None else np.where(verified, 60.0, 0.0)
    value, low, high = (
        np.maximum(np.clip(NEUTRAL + plus - minus, 0.0, 100.0), floor)
        for plus, minus in ((earned.value, surely), (earned.low, maybe), (earned.high, surely))
    )
    return Known(value, low, high, earned.n)


def _other_percentiles(found: Mapping[int, Evidence], venue: Codes, profile: Profile) -> dict[str, Floats]:
    """Percentiles of profit, win rate and graduated tokens among all traders of the same venue (SCR-13)."""
    size = len(venue)
    out = {name: np.full(size, np.nan) for name in ("pnl_sol", "pnl_usd", "win_rate", "graduated")}
    for place, e in found.items():
        mine = venue == place
        won, lost, _ = e.record
        home, usd = (profit_of(e, values, organic_only=False) for values in (e.bets.profit, e.bets.usd))
        columns = {"pnl_usd": usd, "win_rate": won / np.where(won + lost > 0, won + lost, np.nan)}
        if place == SOLANA:
            columns |= {"pnl_sol": home, "graduated": _graduated(e)}
        for name, values in columns.items():
            out[name][mine] = percentiles(values[mine])
    return out


def quick_risers(past: Past, scores: Scores) -> Bools:
    """Traders with 700 points or more within 14 days of their first trade (U-35): to be shown with a sybil check."""
    first = np.full(len(past.wallets), np.iinfo(np.int64).max, np.int64)
    at = past.column("first_at")
    np.minimum.at(first, past.column("wallet")[at > 0], at[at > 0])
    young = past.as_of - np.minimum(first, past.as_of) <= QUICK_DAYS * units.DAY
    return np.asarray(young & (first <= past.as_of) & (np.nan_to_num(scores.points) >= QUICK_FROM))
