"""What is measured of each trader for the score, the parts that both venues share; see `scoreparts.Known` for the ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from remora.analysis.exact import Bools, Ints
from remora.analysis.past import POLYMARKET, Past
from remora.analysis.paths import Paths
from remora.analysis.profiles import Money, Profile
from remora.analysis.regimes import REGIMES, Regimes
from remora.analysis.scoreparts import Known, Population, wilson_low
from remora.analysis.scorerows import UNIT, Rows, bets_of, positions_of
from remora.analysis.scoretimes import Traded, periods, traded
from remora.model import units

Floats = NDArray[np.float64]

ROI_CAP: Final = 9.0
"""Returns above 10x count as 10x wherever returns are averaged: one lucky token must not be the whole mean."""
COVERED: Final = 0.9
"""Share of a token's profits that the payments seen must cover before anything can be said of who paid."""


class Traits(Protocol):
    """What the score reads of a wallet's behaviour, by wallet rank (see `behaviour.Behaviours`)."""

    @property
    def bot_score(self) -> Floats:
        """0..1, NaN unknown."""

    @property
    def bot_high(self) -> Floats:
        """The most it could be."""

    @property
    def suspicious(self) -> NDArray[np.integer]:
        """Number of findings (U-27)."""

    @property
    def excluded(self) -> Bools:
        """Infrastructure: never ranked."""


@dataclass(frozen=True)
class Evidence:
    """A venue's rows and what the tape says, worked out once. bet: number of each position's bet.

    counted: positions whose cost is large enough to be evidence, friendly ones left out; bets_counted likewise. friendly:
    won, but nothing of it organic. entered: first buy of each position. organic, organic_low: share of the gain that is
    organic, as far as is known, and at worst. regime: at the entry of each bet.
    """

    past: Past
    paths: Paths
    venue: int
    size: int
    money: Money
    held: Rows
    bets: Rows
    bet: Ints
    tape: Traded
    counted: Bools
    bets_counted: Bools
    entered: Ints
    organic: Floats
    organic_low: Floats
    friendly: Bools
    regime: NDArray[np.int8]
    idle_loss_days: int

    @cached_property
    def record(self) -> tuple[Floats, Floats, Floats]:
        """(wins, losses, decided bets of unknown money) by trader. A losing bet left alone for long is a loss too."""
        bets, size = self.bets, self.size
        settled, sound = bets.decided & self.bets_counted, bets.sound
        idle = bets.live & self.bets_counted & (self.past.as_of - bets.last_at > self.idle_loss_days * units.DAY)
        won = bets.count(settled & sound & (bets.profit > 0), size)
        lost = bets.count((settled & sound & (bets.profit <= 0)) | (idle & sound & (bets.profit < 0)), size)
        return won, lost, bets.count((settled | (idle & (bets.profit < 0))) & ~sound, size)


def evidence(
    past: Past, paths: Paths, regimes: Regimes, venue: int, profile: Profile, inorganic: Bools | None = None
) -> Evidence:
    """Everything the measures of a venue are made of. inorganic: rows of `past.positions` whose profit is known to be made
    among friends."""
    held, money = positions_of(past, venue), profile.money[venue]
    bets, bet = bets_of(held)
    tape = traded(past, venue, unit=UNIT[venue], count=profile.steady_weeks)
    entered = np.where(tape.bought_at[held.place] > 0, tape.bought_at[held.place], held.entered)
    organic, organic_low = _organic(past, held, bets, bet, tape, profile, inorganic)
    friendly = (organic == 0) & (bets.profit > 0) if profile.organic_only else np.zeros(len(bets), np.bool_)
    return Evidence(
        past, paths, venue, len(past.wallets), money, held, bets, bet, tape, _large(held.cost, money) & ~friendly[bet],
        _large(bets.cost, money) & ~friendly, entered, organic, organic_low, friendly, regimes.at(bets.entered),
        profile.idle_loss_days,
    )  # fmt: skip


def _large(cost: Floats, money: Money) -> Bools:
    return np.asarray((cost > 0) & (cost >= money.stake))


def _organic(
    past: Past, held: Rows, bets: Rows, bet: Ints, tape: Traded, profile: Profile, inorganic: Bools | None
) -> tuple[Floats, Floats]:
    """(share of each bet's gain that is organic as far as is known, and at worst): 0 for an own token, for trades with
    oneself, where a mate bought within 10 min (`inorganic`), where few paid; less than 1 where others gained little
    (U-17, PMW-01)."""
    bad = tape.self_traded[held.place] if inorganic is None else tape.self_traded[held.place] | inorganic[held.place]
    tokens = past.tokens
    own = (tokens.creator[held.asset] == held.trader) | (tokens.signer[held.asset] == held.trader)
    told = (tokens.creator[held.asset] >= 0) | (tokens.signer[held.asset] >= 0) | (held.venue == POLYMARKET)
    bad = bad | own
    paid, seen = _paid_by_strangers(bets, profile)
    known = np.bincount(bet[bad], minlength=len(bets)) > 0
    untold = np.bincount(bet[~told], minlength=len(bets)) > 0
    organic = np.where(known, 0.0, paid)
    return organic, np.where(untold | ~seen, 0.0, organic)


def _paid_by_strangers(bets: Rows, profile: Profile) -> tuple[Floats, Bools]:
    """(share of the gain that may count, whether that can be told) by bet.

    A payer put more into the token than it took out. Their number counts by money: (sum of x)^2 / sum of x^2; under
    `payers` nothing counts. A gain counts up to `beside` times what others gained. Where the payments do not cover the
    gains, others paid who are not in the data: nothing can be said, and all counts.
    """
    beside = profile.money[bets.venue].beside
    if not len(bets) or (profile.payers <= 0 and beside <= 0):
        return np.ones(len(bets)), np.ones(len(bets), np.bool_)
    place = bets.asset if bets.venue != POLYMARKET else np.unique(bets.market, return_inverse=True)[1]
    paid = np.maximum(bets.cost - bets.returned, 0.0)
    gained = np.maximum(bets.returned - bets.spent, 0.0)
    total, square, taken = (np.bincount(place, values) for values in (paid, paid * paid, gained))
    covered = ((total >= COVERED * taken) & (total > 0))[place]
    few = (total * total / np.where(square > 0, square, 1.0) < profile.payers * (1 - 1e-9))[place]
    share = np.ones(len(bets))
    if beside > 0:
        share = np.minimum(beside * np.maximum(taken[place] - gained, 0.0) / np.where(gained > 0, gained, 1.0), 1.0)
        share[gained == 0] = 1.0
    return np.where(covered, np.where(few, 0.0, share), 1.0), covered


def shared_measures(e: Evidence, profile: Profile, traits: Traits | None) -> dict[str, Known]:
    """Measures of the parts that both venues have."""
    measures = {"organic": _organic_share(e), "best": _best(e), "exit": exit_efficiency(e)}
    measures |= _in_time(e, profile)
    measures |= _activity(e, profile)
    if traits is not None:
        score = np.asarray(traits.bot_score, np.float64)
        top = np.maximum(np.nan_to_num(np.asarray(traits.bot_high, np.float64), nan=1.0), np.nan_to_num(score))
        known = ~np.isnan(score)
        high = np.where(known, 1.0 - score, 1.0)
        measures["behaviour"] = Known(1.0 - score, 1.0 - top, high, known.astype(np.float64))
    return measures


def _proof(gross: Floats, money: Money) -> Floats:
    """How far gross profit is proof: 0..1, full from `money.proof` on."""
    return np.minimum(gross / money.proof, 1.0) if money.proof > 0 else (gross > 0).astype(np.float64)


def _organic_share(e: Evidence) -> Known:
    """Organic profit / gross profit, times how far that is proof (U-17)."""
    bets, size = e.bets, e.size
    ends = []
    for profit, good in ((bets.profit, e.organic), (bets.worst, e.organic_low), (bets.best, e.organic)):
        gain = np.maximum(profit, 0.0)
        gross = bets.total(gain, size)
        ends.append(bets.total(gain, size, good > 0) / np.where(gross > 0, gross, 1.0) * _proof(gross, e.money))
    value, low, high = ends
    unsure = bets.count(~bets.sound, size) > 0
    high = np.where(unsure, 1.0, np.maximum(high, value))
    low = np.where(unsure, np.minimum(low, value) * 0.0, np.minimum(low, value))
    return Known(value, low, high, bets.count(bets.profit > 0, size))


def multiple_of(rows: Rows, profit: Floats) -> Floats:
    """1 + profit / cost of what was sold, at most 1 + ROI_CAP x, row by row; 1 where nothing was spent."""
    return 1.0 + np.where(rows.spent > 0, profit / np.where(rows.spent > 0, rows.spent, 1.0), 0.0)


def _best(e: Evidence) -> Known:
    """Multiple of the best decided organic bet (U-16)."""
    bets = e.bets
    ends = []
    for profit, good in ((bets.profit, e.organic), (bets.worst, e.organic_low), (bets.best, e.organic)):
        top = np.zeros(e.size)
        pick = bets.decided & (good > 0) & e.bets_counted
        np.maximum.at(top, bets.trader[pick], multiple_of(bets, profit * good)[pick])
        ends.append(top)
    value, low, high = ends
    return Known(value, np.minimum(low, value), np.maximum(high, value), bets.count(bets.decided & e.bets_counted, e.size))


def share_known(won: Floats, n: Floats, unsure: Floats, *, wilson: bool) -> Known:
    """A share with its range when `unsure` more observations go all against it, or all for it; NaN if only such exist."""

    def rate(above: Floats, of: Floats) -> Floats:
        return wilson_low(above, of) if wilson else np.where(of > 0, above / np.maximum(of, 1.0), 0.0)

    value = np.where((n == 0) & (unsure > 0), np.nan, rate(won, n))
    return Known(value, rate(won, n + unsure), rate(won + unsure, n + unsure), n)


def mean_known(total: Floats, n: Floats, unsure: Floats) -> Known:
    """A mean of figures of 0..1 with its range when `unsure` more are all 0, or all 1; 0 without any, NaN if all are unsure."""
    value = np.where((n == 0) & (unsure > 0), np.nan, total / np.maximum(n, 1.0))
    all_of = np.maximum(n + unsure, 1.0)
    return Known(value, total / all_of, (total + unsure) / all_of, n)


def exit_figures(e: Evidence) -> tuple[Floats, Bools]:
    """(average exit price / highest price while holding, closed positions that count) by position (U-20); NaN unknown."""
    held, past = e.held, e.past
    closed = held.decided & e.counted
    pick = np.flatnonzero(closed)
    place = held.place[pick]
    sold = past.column("matched_sold_atoms")[place]
    price = past.column("proceeds_quote_atoms")[place] / np.maximum(sold, 1)
    peak = e.paths.peak(held.asset[pick], e.entered[pick], held.sold_at[pick])
    figure = np.where(sold > 0, np.clip(price / np.where(peak > 0, peak, np.nan), 0.0, 1.0), 0.0)
    out = np.full(len(held), np.nan)
    out[pick] = np.where(held.sound[pick], figure, np.nan)
    return out, closed


def exit_efficiency(e: Evidence) -> Known:
    """Mean exit efficiency of closed positions (U-20)."""
    figure, closed = exit_figures(e)
    known = closed & ~np.isnan(figure)
    n, unsure = e.held.count(known, e.size), e.held.count(closed & ~known, e.size)
    return mean_known(e.held.total(figure, e.size, known), n, unsure)


def _in_time(e: Evidence, profile: Profile) -> dict[str, Known]:
    """Sustained profit (U-18; months on Polymarket, PMW-01) and consistency 1 / (1 + CV) of weekly profit (U-19)."""
    unit = UNIT[e.venue]
    left_out = np.zeros(e.past.positions.num_rows, np.bool_)
    left_out[e.held.place] = e.friendly[e.bet]
    by_week = periods(e.past, e.venue, left_out, unit=unit, least=e.money.week, take=profile.weeks)
    long = by_week
    if e.venue == POLYMARKET:
        long = periods(e.past, e.venue, left_out, unit=unit, least=e.money.week, take=profile.weeks, monthly=True)
    sustained = long.profitable / np.maximum(long.active, 1) * np.minimum(long.active / profile.weeks_needed, 1.0)
    mean = by_week.mean
    even = np.where(mean > 0, mean / np.maximum(mean + by_week.deviation, 1e-300), 0.0)
    even *= np.minimum(by_week.active / profile.weeks_needed, 1.0)
    unsure = e.bets.count(~e.bets.sound, e.size) > 0
    none = {"sustained": long.active, "consistency": by_week.active}
    found = {}
    for name, values in (("sustained", sustained), ("consistency", even)):
        missing = unsure & (none[name] == 0)
        found[name] = Known(
            np.where(missing, np.nan, values), np.where(unsure, 0.0, values), np.where(unsure, 1.0, values), none[name]
        )
    return found


def _activity(e: Evidence, profile: Profile) -> dict[str, Known]:
    """Steady volume, diversification, longevity (U-21)."""
    weekly = e.tape.weekly
    mean, deviation = weekly.mean(axis=1), weekly.std(axis=1)
    active = (weekly > 0).sum(axis=1).astype(np.float64)
    steady = np.where(mean > 0, 1.0 - deviation / np.where(mean > 0, mean, 1.0), 0.0)
    hidden = np.bincount(e.held.trader[e.held.doubt > 0], minlength=e.size) > 0
    blind = hidden & (active == 0)
    steady = np.clip(steady, 0.0, 1.0)
    total, square = e.bets.total(e.bets.cost, e.size), e.bets.total(e.bets.cost**2, e.size)
    tokens = total * total / np.where(square > 0, square, 1.0) / profile.tokens_full
    first = np.full(e.size, np.iinfo(np.int64).max, np.int64)
    known = e.held.entered > 0
    np.minimum.at(first, e.held.trader[known], e.held.entered[known])
    seen = first < np.iinfo(np.int64).max
    age = np.where(seen, (e.past.as_of - np.where(seen, first, 0)) / units.DAY, np.nan) / profile.age_full_days
    return {
        "volume": Known(np.where(blind, np.nan, steady), np.where(hidden, 0.0, steady), np.where(hidden, 1.0, steady), active),
        "diversification": Known.exact(tokens, e.bets.count(e.bets.cost > 0, e.size)),
        "longevity": Known(age, np.nan_to_num(age), np.ones(e.size), seen.astype(np.float64)),
    }


def capped_roi(rows: Rows) -> Floats:
    """Profit / cost of what was sold, between -1 and ROI_CAP."""
    return np.clip(multiple_of(rows, rows.profit) - 1.0, -1.0, ROI_CAP)


def regime_means(e: Evidence) -> Floats:
    """Mean capped return of all decided bets by regime: what a single trader's is shrunk towards."""
    good = e.bets.decided & e.bets.sound & e.bets_counted & (e.regime >= 0)
    code = e.regime[good].astype(np.int64)
    count = np.bincount(code, minlength=len(REGIMES))
    return np.bincount(code, capped_roi(e.bets)[good], len(REGIMES)) / np.maximum(count, 1)


def regimes_beaten(e: Evidence, profile: Profile, population: Population) -> Known:
    """Share of the regimes with a positive shrunk return, at least 5 decided bets in each (U-20)."""
    good = e.bets.decided & e.bets.sound & e.bets_counted
    known = good & (e.regime >= 0)
    toward = population.chances.get(e.venue, np.zeros(len(REGIMES)))
    beaten = grouped_edge(e, known, e.regime.astype(np.int64), toward, profile)
    n, dark = e.bets.count(known, e.size), e.bets.count(e.bets.decided & e.bets_counted & ~known, e.size)
    value = np.minimum(beaten.sum(axis=1) / len(REGIMES), 1.0)
    return Known(
        np.where((n == 0) & (dark > 0), np.nan, value), np.where(dark > 0, 0.0, value), np.where(dark > 0, 1.0, value), n
    )


def grouped_edge(e: Evidence, known: Bools, group: Ints, toward: Floats, profile: Profile) -> Bools:
    """[traders, groups]: enough decided bets and a positive mean return there, shrunk towards everybody's."""
    width = len(toward)
    key = e.bets.trader[known].astype(np.int64) * width + group[known]
    n = np.bincount(key, minlength=e.size * width).reshape(e.size, width)
    total = np.bincount(key, capped_roi(e.bets)[known], e.size * width).reshape(e.size, width)
    shrunk = (total + profile.regime_shrink * np.minimum(toward, 0.0)) / (n + profile.regime_shrink)
    return np.asarray((n >= profile.regime_positions) & (shrunk > 0))


def market_chance(e: Evidence, now: int, profile: Profile) -> Floats:
    """Shrunk chance to win in the present regime; 0.5 without 10 decided bets in it, or where the regime is unknown (U-13)."""
    mine = e.bets.decided & e.bets.sound & e.bets_counted & (e.regime == now)
    n, won = e.bets.count(mine, e.size), e.bets.count(mine & (e.bets.profit > 0), e.size)
    shrunk = (won + 0.5 * profile.regime_shrink) / (n + profile.regime_shrink)
    return np.where((n >= profile.market_positions) & (now >= 0), shrunk, 0.5)


def as_mapping(measures: Mapping[str, Known]) -> dict[str, Known]:
    """Measures with low <= value <= high made sure of (rounding may cross them by one part in 10^15)."""
    return {
        name: Known(m.value, np.fmin(m.low, m.value), np.fmax(m.high, m.value), m.n) for name, m in sorted(measures.items())
    }
