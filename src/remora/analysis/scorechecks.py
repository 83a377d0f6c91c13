"""Around the score: is it consistent (SCR-17), and what stands behind a part (SCR-20)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from remora.analysis.exact import Bools, Ints
from remora.analysis.past import POLYMARKET, SOLANA, Past
from remora.analysis.paths import Paths
from remora.analysis.profiles import DEFAULT, GROUP_MAX, GROUP_OF, GROUPS, Profile
from remora.analysis.regimes import Regimes
from remora.analysis.score import Scores, level_of
from remora.analysis.scorefacts import Evidence, evidence, exit_figures
from remora.analysis.scoreparts import Floats, percentiles, position_score
from remora.formulas import points as scalar
from remora.model import units

_CLOSE: Final = 1e-6


def check(scores: Scores) -> list[str]:
    """What is wrong with scores, in words; nothing when all is well (SCR-17): ranges, sums, percentiles, levels."""
    wrong: list[str] = []

    def must(name: str, bad: Bools) -> None:
        if bad.any():
            wrong.append(f"{name}: {int(bad.sum())} traders, first {int(np.argmax(bad))}")

    p, low, high = scores.points, scores.low, scores.high
    known = ~np.isnan(p)
    must("points outside 0 to 1000", known & ~((p >= 0) & (p <= scalar.TOP)))
    must("points outside their range", known & ~((low <= p) & (p <= high)))
    must("no points and no reason", ~known & (scores.reason == 0))
    must("points in spite of a reason", known & (scores.reason > 0))
    for name, part in scores.parts.items():
        inside = np.isnan(part.points) | ((part.low <= part.points + _CLOSE) & (part.points <= part.high + _CLOSE))
        must(f"part {name} outside its range", ~(inside & (part.low >= 0) & (part.high <= part.max + _CLOSE)))
    must("parts do not add up", known & (np.abs(_again(scores) - p) > _CLOSE))
    same = (scores.percentile == percentiles(p)) | (np.isnan(scores.percentile) & ~known)
    must("percentile is not the rank of the points", ~same)
    must("level is not that of the points", scores.level != level_of(p))
    return wrong


def _again(scores: Scores) -> Floats:
    """Points from parts and factors, worked out the slow way."""
    totals = np.zeros((len(scores.points), 2))
    for place, most in enumerate(GROUP_MAX):
        names = [name for name, group in GROUP_OF.items() if group == GROUPS[place]]
        found = np.stack([scores.parts[name].points for name in names])
        reach = np.stack([scores.parts[name].max for name in names])
        told = ~np.isnan(found)
        known, all_of = np.where(told, reach, 0.0).sum(axis=0), reach.sum(axis=0)
        sums = np.where(told, found, 0.0).sum(axis=0) * most / np.where(known > 0, known, 1.0)
        if place == 0:
            sums = np.minimum(sums * scores.factors["cluster"] * scores.factors["reputation"], most * scores.factors["trust"])
        told = (known > 0) | (all_of == 0)
        totals += np.where(told[:, None], np.stack([sums, np.full(len(sums), most)], axis=1), 0.0)
    whole = totals[:, 0] * scalar.TOP / np.where(totals[:, 1] > 0, totals[:, 1], np.nan)
    return np.clip(whole * scores.factors["decay"] * scores.factors["market"], 0.0, scalar.TOP)


def behind(past: Past, trader: int, part: str, profile: Profile = DEFAULT) -> Ints:
    """Rows of `past.positions` that a part of a trader's score rests on (SCR-20). KeyError for a part that does not exist."""
    if part not in GROUP_OF:
        raise KeyError(part)
    mine = np.flatnonzero(past.column("wallet") == trader)
    money = np.array([profile.money[venue].stake for venue in (SOLANA, POLYMARKET)])
    unit = np.array([float(units.LAMPORTS_PER_SOL), float(units.MICRO_PER_USDC)])
    venue = past.column("venue")[mine]
    cost = past.column("cost_quote_atoms")[mine] / unit[venue]
    live = past.column("held_atoms")[mine] > 0
    sold = past.column("last_sale_at")[mine] > 0
    enough = cost >= money[venue]
    picked = np.ones(len(mine), np.bool_)
    if part in {"organic", "best"}:
        picked = enough & (past.column("realized_all_in_quote_atoms")[mine] > 0)
    elif part in {"graduation", "early"}:
        grown = past.tokens.graduated_at[past.column("asset")[mine]]
        before = (grown <= 0) | (past.column("first_at")[mine] < grown)
        picked = enough & before & ((grown > 0) | (part == "graduation"))
    elif part in {"sustained", "consistency"}:
        picked = sold | (past.column("written_off_quote_atoms")[mine] > 0)
    elif part in {"win_rate", "exit", "market_timing", "multiple", "omega", "breadth"}:
        picked = enough & ~live
    elif part in {"hit_rate", "edge", "closing_line"}:
        picked = enough & (past.tokens.resolved_at[past.column("asset")[mine]] > 0)
    return np.asarray(mine[picked], np.int64)


def position_scores(past: Past, paths: Paths, profile: Profile = DEFAULT) -> Floats:
    """0-100 by row of `past.positions` (U-53), for sorting only; NaN where nothing is known. Paper gains count here."""
    out = np.full(past.positions.num_rows, np.nan)
    regimes = Regimes(0, np.zeros(0, np.int8))
    for venue in (SOLANA, POLYMARKET):
        if not (past.column("venue") == venue).any():
            continue
        e = evidence(past, paths, regimes, venue, profile)
        cost = past.column("cost_quote_atoms")[e.held.place].astype(np.float64)
        gain = past.column("realized_all_in_quote_atoms")[e.held.place].astype(np.float64)
        marked = past.known("unrealized_quote_atoms")[e.held.place]
        gain = gain + np.where(marked, past.column("unrealized_quote_atoms")[e.held.place], 0)
        roi = np.where(e.held.sound & (cost > 0), gain / np.where(cost > 0, cost, 1.0), np.nan)
        out[e.held.place] = position_score(roi, exit_figures(e)[0], _earliness(e, profile))
    return out


def _earliness(e: Evidence, profile: Profile) -> NDArray[np.float64]:
    """Minutes before graduation / 240 of each position, 0..1; NaN where the token has not graduated."""
    grown = e.past.tokens.graduated_at[e.held.asset]
    minutes = (grown - e.entered) / (profile.early_minutes * units.MINUTE)
    return np.where((grown > 0) & (e.entered > 0), np.clip(minutes, 0.0, 1.0), np.nan)
