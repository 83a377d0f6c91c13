"""What is measured of each trader for the parts that only one venue has: tokens of Solana, markets of Polymarket."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from remora.analysis.exact import Bools, Ints
from remora.analysis.past import SOLANA
from remora.analysis.profiles import Profile
from remora.analysis.scorefacts import (
    ROI_CAP,
    Evidence,
    grouped_edge,
    mean_known,
    regimes_beaten,
    share_known,
)
from remora.analysis.scoreparts import Z90, Known, Population, wilson_low
from remora.model import units

Floats = NDArray[np.float64]

CATEGORIES_FULL: Final = 3
"""Categories with an edge for full points of breadth (PMW-03; the number is ours, as the three regimes of U-20)."""
LINE_HOURS: Final = 24
"""Where a market's closing is unknown its closing price is that of a day before the resolution (PMW-03; ours)."""
HIT: Final = 0.5


def base_rate(e: Evidence, profile: Profile) -> float:
    """Share of the tokens at hand that graduated; at least the share of all launches that do (GRD-12, U-19)."""
    tokens = e.past.tokens
    told = (tokens.launched_at > 0) | (tokens.graduated_at > 0)
    grown = float((tokens.graduated_at > 0).sum())
    return max(grown / max(float(told.sum()), 1.0), profile.base_rate_least)


def profit_of(e: Evidence, values: Floats, *, organic_only: bool) -> Floats:
    """Sum of a column of profits by trader. organic_only: what is known not to be organic of a gain does not count."""
    if organic_only:
        with np.errstate(invalid="ignore"):  # the most it could be may be infinite, and none of it organic
            gains = np.where(e.organic > 0, values * e.organic, 0.0)
        values = np.where(values > 0, gains, values)
    return e.bets.total(values, e.size)


def profits(e: Evidence, *, organic_only: bool) -> tuple[Known, Known]:
    """(profit in the home quote, profit in dollars)."""
    n, bets = e.bets.count(np.ones(len(e.bets), np.bool_), e.size), e.bets
    columns = (bets.profit, bets.worst, bets.best, bets.usd, bets.usd_worst, bets.usd_best)
    sums = [profit_of(e, values, organic_only=organic_only) for values in columns]
    return Known(sums[0], sums[1], sums[2], n), Known(sums[3], sums[4], sums[5], n)


def solana_measures(e: Evidence, profile: Profile, population: Population) -> dict[str, Known]:
    """Measures of the parts of tokens (U-16, U-19, U-20)."""
    won, lost, unsure = e.record
    sol, usd = profits(e, organic_only=profile.organic_only)
    graduation, hit, told, grown_at = _graduation(e, profile, population)
    return {
        "pnl_sol": sol,
        "pnl_usd": usd,
        "multiple": mean_multiple(e),
        "win_rate": share_known(won, won + lost, unsure, wilson=profile.wilson),
        "graduation": graduation,
        "early": _early(e, profile, hit, told, grown_at),
        "market_timing": regimes_beaten(e, profile, population),
    }


def mean_multiple(e: Evidence) -> Known:
    """Mean multiple of decided bets, each at most 10x, weighted by what was spent: dust weighs dust (U-16)."""
    bets, size = e.bets, e.size
    settled = bets.decided & e.bets_counted
    spent = bets.total(bets.spent, size, settled)
    n = bets.count(settled, size)
    ends = []
    for profit in (bets.profit, bets.worst, bets.best):
        total = bets.total(np.clip(profit, -bets.spent, ROI_CAP * bets.spent), size, settled)
        ends.append(1.0 + total / np.where(spent > 0, spent, 1.0))
    value, low, high = ends
    only = (n > 0) & (bets.count(settled & bets.sound, size) == 0)
    return Known(np.where(only, np.nan, value), low, high, n)


def _graduation(e: Evidence, profile: Profile, population: Population) -> tuple[Known, Bools, Bools, Ints]:
    """(lift of the hit rate over the base rate, entered before graduation, entries with a known fate, graduated_at).

    Only entries before the graduation count, above and below the line (GRD-03).
    """
    held, tokens = e.held, e.past.tokens
    grown_at = tokens.graduated_at[held.asset]
    told = (grown_at > 0) | (tokens.launched_at[held.asset] > 0)
    before = e.counted & (e.entered > 0) & ((grown_at <= 0) | (e.entered < grown_at))
    hit = before & (grown_at > 0)
    n, hits, unsure = (held.count(mask, e.size) for mask in (before & told, hit, before & ~told))
    base = population.base_rate or base_rate(e, profile)

    def lift(above: Floats, of: Floats) -> Floats:
        return (above + profile.lift_shrink * base) / (of + profile.lift_shrink) / base

    value = np.where((n == 0) & (unsure > 0), np.nan, lift(hits, n))
    return Known(value, lift(hits, n + unsure), lift(hits + unsure, n + unsure), n), hit, before & ~told, grown_at


def _early(e: Evidence, profile: Profile, hit: Bools, untold: Bools, grown_at: Ints) -> Known:
    """Mean minutes before graduation / 240, times the share of entries that are no reflex of the launch (U-20)."""
    held, size, past = e.held, e.size, e.past
    minutes = np.maximum((grown_at - e.entered) / (profile.early_minutes * units.MINUTE), 0.0)
    mean = mean_known(held.total(minutes, size, hit), held.count(hit, size), held.count(untold, size))
    mean = Known(np.minimum(mean.value, 1.0), np.minimum(mean.low, 1.0), np.minimum(mean.high, 1.0), mean.n)
    launched, launch_slot = past.tokens.launched_at[held.asset], past.tokens.launch_slot[held.asset]
    slot = e.tape.bought_slot[held.place]
    counted = e.counted & (e.entered > 0)
    late = e.entered - launched >= profile.not_before_seconds * units.SECOND
    late &= (slot < 0) | (launch_slot < 0) | (slot - launch_slot >= profile.not_before_slots)
    told = counted & (launched > 0)
    patient = mean_known(held.count(told & late, size), held.count(told, size), held.count(counted & ~told, size))
    # a single token of unknown fate excuses nobody who entered others of known fate
    blind = (held.count(e.counted & ~untold, size) == 0) & (held.count(untold, size) > 0)
    minutes_early = np.where(blind, np.nan, np.nan_to_num(mean.value))
    value = np.where(minutes_early == 0, 0.0, minutes_early * patient.value)
    return Known(value, mean.low * patient.low, mean.high * patient.high, mean.n)


def polymarket_measures(e: Evidence, profile: Profile, population: Population) -> dict[str, Known]:
    """Measures of the parts of markets (PMW-01 to PMW-03)."""
    _, usd = profits(e, organic_only=profile.organic_only)
    invested = e.bets.total(e.bets.cost, e.size)
    scale = np.where(invested > 0, invested, 1.0)
    back = Known(usd.value / scale, usd.low / scale, usd.high / scale, usd.n)
    net, paid, outcome, mine = _stakes(e)
    return {
        "pnl_usd": usd,
        "return": back,
        "omega": _omega(e, profile),
        "hit_rate": _hits(e, paid, outcome, mine),
        "edge": _edge(e, net, paid, outcome, mine),
        "closing_line": _closing_line(e, paid),
        "breadth": _breadth(e, profile, population),
    }


def _omega(e: Evidence, profile: Profile) -> Known:
    """Gains / losses of decided bets, at most 5; fewer than 10 show nothing (U-47)."""
    settled = e.bets.decided & e.bets_counted
    n = e.bets.count(settled, e.size)
    ends = []
    for profit in (e.bets.profit, e.bets.worst, e.bets.best):
        gains, pains = (e.bets.total(np.maximum(sign * profit, 0.0), e.size, settled) for sign in (1.0, -1.0))
        ratio = np.where(pains > 0, gains / np.where(pains > 0, pains, 1.0), np.where(gains > 0, profile.omega_full, 0.0))
        ends.append(np.where(n >= profile.omega_bets, np.minimum(ratio, profile.omega_full), 0.0))
    return Known(ends[0], ends[1], ends[2], n)


def _stakes(e: Evidence) -> tuple[Floats, Floats, Floats, Bools]:
    """(net shares, price paid, payout, resolved and counted) by position; shares of other outcomes are taken off (PMW-08)."""
    held, past = e.held, e.past
    bought = np.maximum(past.column("bought_atoms")[held.place], 0) / float(units.MICRO_PER_USDC)
    whole = np.bincount(e.bet, bought, len(e.bets))[e.bet]
    net = np.maximum(2.0 * bought - whole, 0.0)
    paid = np.clip(held.cost / np.where(bought > 0, bought, 1.0), 0.0, 1.0)
    outcome = past.tokens.payout[held.asset]
    resolved = (past.tokens.resolved_at[held.asset] > 0) | ~np.isnan(outcome)
    return net, paid, outcome, e.counted & (net > 0) & resolved


def _hits(e: Evidence, paid: Floats, outcome: Floats, mine: Bools) -> Known:
    """Lower bound of the hit rate less the mean price paid (PMW-02)."""
    held, size = e.held, e.size
    known = mine & ~np.isnan(outcome)
    n, won, dark = (held.count(mask, size) for mask in (known, known & (outcome > HIT), mine & ~known))
    price = held.total(paid, size, mine) / np.maximum(n + dark, 1.0)
    value = np.where((n == 0) & (dark > 0), np.nan, wilson_low(won, n) - price)
    return Known(value, wilson_low(won, n + dark) - price, wilson_low(won + dark, n + dark) - price, n)


def _edge(e: Evidence, net: Floats, paid: Floats, outcome: Floats, mine: Bools) -> Known:
    """Lower 90 % bound of (outcome - price) by share; bets on one event move together (PMW-02)."""
    held, size = e.held, e.size
    known = mine & ~np.isnan(outcome)
    dark = held.count(mine & ~known, size)
    market = np.where((held.market >= 0) & (held.market < len(e.past.markets)), held.market, 0)
    event = e.past.questions.event[market] if len(e.past.questions.event) else market
    group = np.where(held.market >= 0, event, held.market)
    ends = []
    for fill, over in ((np.nan, known), (0.0, mine), (1.0, mine)):
        result = np.where(np.isnan(outcome), fill, outcome)
        weight = held.total(net, size, over)
        gained = held.total(net * (result - paid), size, over) / np.where(weight > 0, weight, 1.0)
        pair = np.stack([held.trader[over], group[over]], axis=1)
        pairs, place = np.unique(pair, axis=0, return_inverse=True)
        spread = np.bincount(place.reshape(-1), (net * np.sqrt(paid * (1 - paid)))[over], len(pairs))
        error = np.sqrt(np.bincount(pairs[:, 0], spread**2, size)) / np.where(weight > 0, weight, 1.0)
        ends.append(gained - Z90 * error)
    n = held.count(known, size)
    return Known(
        np.where((n == 0) & (dark > 0), np.nan, ends[0]),
        np.where(dark > 0, ends[1], ends[0]),
        np.where(dark > 0, ends[2], ends[0]),
        n,
    )


def _closing_line(e: Evidence, paid: Floats) -> Known:
    """Mean of (closing price - price paid), price points (PMW-03)."""
    held, size, past = e.held, e.size, e.past
    inside = (held.market >= 0) & (held.market < len(past.markets))
    market = np.where(inside, held.market, 0)
    resolved = past.tokens.resolved_at[held.asset]
    closes = np.where(inside, past.questions.closes_at[market], -1) if len(past.markets) else np.full(len(held), -1)
    closed = (closes > 0) & (closes <= past.as_of) & ((resolved <= 0) | (closes < resolved))
    line = np.where(closed, closes, np.where(resolved > 0, resolved - LINE_HOURS * units.HOUR, -1))
    mine = e.counted & (line > 0) & (e.entered > 0) & (e.entered < line)
    gain = np.full(len(held), np.nan)
    gain[mine] = e.paths.price_before(held.asset[mine], line[mine]) - paid[mine]
    known = mine & ~np.isnan(gain)
    n, dark, total = held.count(known, size), held.count(mine & ~known, size), held.total(gain, size, known)
    of = np.maximum(n + dark, 1.0)
    value = np.where((n == 0) & (dark > 0), np.nan, total / np.maximum(n, 1.0))
    return Known(value, (total - dark) / of, (total + dark) / of, n)


def _breadth(e: Evidence, profile: Profile, population: Population) -> Known:
    """Half for categories with an edge (of three), half for regimes (PMW-03); one half alone where the other is unknown."""
    past = e.past
    regimes = regimes_beaten(e, profile, population)
    inside = (e.bets.market >= 0) & (e.bets.market < len(past.markets))
    market = np.where(inside, e.bets.market, 0)
    category = np.where(inside, past.questions.category[market], -1) if len(past.markets) else np.full(len(e.bets), -1)
    settled = e.bets.decided & e.bets.sound & e.bets_counted
    dark, n = e.bets.count(settled & (category < 0), e.size), e.bets.count(settled & (category >= 0), e.size)
    width = max(len(past.questions.categories), 1)
    beaten = grouped_edge(e, settled & (category >= 0), category.astype(np.int64), np.zeros(width), profile)
    share = np.minimum(beaten.sum(axis=1) / CATEGORIES_FULL, 1.0)
    share = np.where((n == 0) & (dark > 0), np.nan, share)
    halves = np.stack([share, regimes.value])
    known = ~np.isnan(halves)
    count = known.sum(axis=0)
    value = np.where(count > 0, np.where(known, halves, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)
    low = 0.5 * (np.where(dark > 0, 0.0, share) + regimes.low)
    high = 0.5 * (np.where(dark > 0, 1.0, share) + regimes.high)
    return Known(value, low, high, n)


def trust_cap(e: Evidence) -> Floats:
    """Most that trust can be (PMW-11): one winning market 0.3, under 5 % resolved 0.4, profit under $100 0.5, net losers 0.

    1 on Solana.
    """
    if e.venue == SOLANA:
        return np.ones(e.size)
    bets, size = e.bets, e.size
    everything = np.ones(len(bets), np.bool_)
    won, settled, n = (bets.count(mask, size) for mask in (bets.decided & (bets.profit > 0), bets.decided, everything))
    profit = bets.total(bets.profit, size)
    cap = np.where(won <= 1, 0.3, np.where(settled < 0.05 * n, 0.4, np.where(profit < 100.0, 0.5, 1.0)))
    return np.where(profit < 0, 0.0, cap)
