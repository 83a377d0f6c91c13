"""Skill end to end: simulated trades are booked, clustered, pooled and judged as a ledger's are, and held against the truth.

    python benchmarks/truth_market.py [--seeds 20] [--size 1.0] [--worlds binary heavy mixed null thin routed] [--json]

T1 interval, T3 false among skilled, T4 against ranking by profit, T5 a world without skill, T9 a score that does not
change when trades are split or go through ten own wallets. Worlds: those of `remora.venues.simulated`, with as many
questions and coins as their names in WORLDS say. Exits 1 where a floor is missed; rows without a floor are told.

The true edge on Polymarket is what a wallet's bets bring on average after fees (`truth.net_edge`); on Solana what all bets
of the same foresight bring above matched entries, as verdicts measure it. Pooled wallets have their members' mean.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

import truth_table as tt
from remora.analysis.bets import Bets, bets
from remora.analysis.findings import Found, Rules
from remora.analysis.past import SOLANA
from remora.analysis.paths import Paths
from remora.analysis.scorebook import barred, found
from remora.analysis.shrinkage import Posterior, Prior, posterior
from remora.analysis.skill import SKILLED, Settings, summed
from remora.study.pasts import Records, past_of, pooled_of
from remora.venues.simulated.world import World, make
from truth_routed import halved, routed

VENUES: Final = ("solana", "polymarket")
_LONG: Final = {"days": 60, "stakes_sd": 1.7, "trades_per_wallet": 250.0}
_USUAL: Final = {"days": 30, "stakes_sd": 1.7, "trades_per_wallet": 120.0}
WORLDS: Final[dict[str, dict[str, Any]]] = {
    "binary": {"world": "binary", "wallets": 2_000, "markets": 4_000, **_LONG},
    "heavy": {"world": "heavy", "wallets": 2_000, "tokens": 3_000, **_USUAL},
    "mixed": {"world": "mixed", "wallets": 2_400, "markets": 1_500, "tokens": 3_000, **_USUAL},
    "null": {"world": "null", "wallets": 1_500, "markets": 800, "tokens": 1_500, **_USUAL},
    "thin": {"world": "binary", "wallets": 800, "days": 14},
}
"""thin: a trader has about ten events, all have the same eighty questions: what next to nothing can be told from. Stakes
vary between wallets as they do in the recordings (1.7 in logarithms)."""
SIZES: Final = ("wallets", "markets", "tokens")
BOARD: Final = 100
HANDS: Final = 10
"""Wallets that a trader's bets are routed through (T9)."""
LEAST: Final = 20
ROUTED: Final = 2
"""Traders of each venue and world to whom that is done."""
CHANGED: Final = 0.05
LIMIT: Final = Settings().fdr
_NOBODY: Final = (
    "one who knows the distribution hardly reaches more (told below): profit ranks well where edges are rewarded alike"
)
_POINT: Final = "19 of 20 traders have one and the same edge: an interval that holds it cannot leave out a tenth of them"
WHY: Final[dict[str, str]] = {
    f"T4 {where}: skilled in first 100, against ranking by profit": _NOBODY
    for where in ("binary, polymarket", "heavy, solana", "mixed, solana", "mixed, polymarket")
}
"""Floors that are missed, and why."""


@dataclass(frozen=True)
class Judged:
    """The traders of one venue in one world. One entry per judged trader that a verdict is not barred for; truth may be NaN.

    good: skilled, or a copy of one who is. knows: rank by one who knows how edges are distributed. profit: base units.
    """

    truth: Any
    good: Any
    edge: Any
    knows: Posterior
    low: Any
    high: Any
    profit: Any
    called: Any
    events: Any


def records(world: World) -> Records:
    """What a ledger would hold of a world."""
    return Records(world.trades, world.names, world.tables, world.infrastructure)


def scored(kept: Records, as_of: int) -> Found:
    """Everything that a scorebook works out."""
    return found(lambda: past_of(kept, as_of), lambda take, of: pooled_of(take(), kept, of), Rules())


def judged(world: World, told: Found) -> dict[str, Judged]:
    """By venue."""
    traders, skill = told.traders.past, told.skill
    placed = bets(traders, Paths.of(traders), told.kinds)
    apart = barred(told.kinds)
    profit = np.bincount(placed.trader, placed.gross, len(traders.wallets))
    edge, good = true_edges(world, told, placed)
    out = {}
    for number, venue in enumerate(VENUES):
        mine = (skill.unit == number) & (skill.n_bets > 0) & ~apart
        out[venue] = Judged(
            edge[mine], good[mine], skill.edge[mine], _knowing(edge[mine], placed, mine), skill.low[mine], skill.high[mine],
            profit[mine], skill.verdict[mine] == SKILLED, skill.n_effective[mine],
        )  # fmt: skip
    return out


def _knowing(edge: Any, placed: Bets, mine: Any) -> Posterior:
    """What one says who knows how the true edges of these traders are distributed: nobody can rank better."""
    sums = summed(placed, len(mine), Settings())
    known = edge[~np.isnan(edge)] if (~np.isnan(edge)).any() else np.zeros(1)
    theta = np.linspace(known.min() - 1e-6, known.max() + 1e-6, 301)
    mass = np.bincount(np.searchsorted((theta[1:] + theta[:-1]) / 2, known), minlength=len(theta)) / len(known)
    return posterior(Prior(theta, mass, 0.0), sums.raw[mine], np.maximum(sums.error[mine], 1e-9))


def true_edges(world: World, told: Found, placed: Bets) -> tuple[Any, Any]:
    """(true edge by trader, NaN where none is claimed; whether the trader, or whom it copies, is skilled)."""
    table, traders = world.truth["wallets"], told.traders.past
    rank = {name: int(place) for name, place in zip(told.wallets.names, told.traders.of, strict=True)}
    names = table["wallet"].to_pylist()
    edge_of = dict(zip(names, table["net_edge"].to_pylist(), strict=True))
    skilled_of = dict(zip(names, table["is_skilled"].to_pylist(), strict=True))
    total, good = np.zeros(len(traders.wallets)), np.zeros(len(traders.wallets), np.bool_)
    number = np.zeros(len(traders.wallets))
    for name, leader, structural in zip(names, table["leader"].to_pylist(), table["structural"].to_pylist(), strict=True):
        if name in rank:
            total[rank[name]] += np.nan if structural else edge_of[name]
            number[rank[name]] += 1
            good[rank[name]] |= skilled_of[name] or skilled_of.get(leader, False)
    edge = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    on_solana = told.skill.unit == SOLANA
    edge[on_solana] = _as_matched(edge, placed)[on_solana]
    return edge, good


def _as_matched(edge: Any, placed: Bets) -> Any:
    """What bets of the same foresight bring above matched entries: a line through all above the usual one, one below."""
    mine = np.flatnonzero((placed.venue == SOLANA) & ~np.isnan(edge[placed.trader]))
    if not len(mine):
        return edge
    usual = float(np.median(edge[placed.trader[mine]]))

    def shape(x: Any) -> Any:
        return np.stack([np.ones(len(x)), np.maximum(x - usual, 0), np.minimum(x - usual, 0)], axis=1)

    return shape(edge) @ np.linalg.lstsq(shape(edge[placed.trader[mine]]), placed.edge[mine], rcond=None)[0]


def first(value: Any) -> Any:
    """The places of the first BOARD."""
    return np.argsort(-value, kind="stable")[:BOARD]


def measured(one: Judged) -> dict[str, float]:
    """The figures of one venue of one world."""
    known = ~np.isnan(one.truth)
    inside = (one.low <= one.truth) & (one.truth <= one.high)
    board = first(one.edge)
    grain = 1e-3 + np.ptp(one.truth[known]) / 300 if known.any() else 0.0  # of the places that the knowing one has
    sure = (one.knows.low - grain <= one.truth) & (one.truth <= one.knows.high + grain)
    false = one.called & np.where(known, one.truth <= 0, ~one.good)
    return {
        "cover": float(inside[known].mean()), "cover_top": float(inside[board][known[board]].mean()),
        "cover_knowing": float(sure[known].mean()), "called": float(one.called.sum()),
        "false": float(false.sum() / max(one.called.sum(), 1)),
        "right": float(one.good[board].mean()), "by_profit": float(one.good[first(one.profit)].mean()),
        "knowing": float(one.good[first(one.knows.mean)].mean()), "base": float(one.good.mean()),
        "events": float(np.median(one.events)), "traders": float(len(one.edge)),
    }  # fmt: skip


def skill_rows(name: str, seeds: int, size: float) -> list[tt.Row]:
    """T1, T3, T4 (or T5) of one world."""
    values: dict[str, dict[str, list[float]]] = {venue: defaultdict(list) for venue in VENUES}
    for seed in range(seeds):
        world = make(seed, **_sized(name, size))
        for venue, one in judged(world, scored(records(world), world.ends_at)).items():
            for figure, value in measured(one).items() if len(one.edge) > 1 else ():
                values[venue][figure].append(value)
    rows = []
    for venue, found_here in values.items():
        if found_here:
            rows += _null_rows(venue, found_here) if name == "null" else _rows(f"{name}, {venue}", name, found_here)
    return rows


def _sized(name: str, size: float) -> dict[str, Any]:
    return {knob: round(value * size) if knob in SIZES else value for knob, value in WORLDS[name].items()}


def _null_rows(venue: str, values: dict[str, list[float]]) -> list[tt.Row]:
    some = [float(called > 0) for called in values["called"]]
    return [tt.judged("T5", f"null, {venue}", "runs in which somebody is called skilled", some, LIMIT, 0, more=False),
            tt.told("T5", f"null, {venue}", "traders judged", values["traders"])]  # fmt: skip


def _rows(where: str, name: str, values: dict[str, list[float]]) -> list[tt.Row]:
    cover, top = ("90 % interval covers", values["cover"]), ("90 % interval covers, first 100", values["cover_top"])
    ratio = float(np.mean(values["right"])) / max(float(np.mean(values["by_profit"])), 1e-9)
    about = [tt.told("", where, "traders judged", values["traders"]),
             tt.told("", where, "independent events of half of them", values["events"])]  # fmt: skip
    if name == "thin":
        return [*about, tt.told("T1", where, *cover), tt.told("T1", where, *top)]
    return [
        *about, tt.between("T1", where, *cover, (0.87, 0.93), (0.89, 0.91)), tt.judged("T1", where, *top, 0.78, 0.86),
        tt.told("T1", where, "that of one who knows the distribution covers", values["cover_knowing"]),
        tt.bounded("T3", where, "false among skilled (upper end)", values["false"], 1.2 * LIMIT, LIMIT),
        tt.told("T3", where, "called skilled", values["called"]),
        tt.judged("T4", where, "skilled in first 100, against ranking by profit", [ratio], 1.8, 2.5),
        tt.told("T4", where, "skilled in first 100", values["right"]),
        tt.told("T4", where, "the same, ranked by one who knows the distribution", values["knowing"]),
        tt.told("T4", where, "the same, ranked by profit", values["by_profit"]),
        tt.told("T4", where, "skilled among all", values["base"]),
    ]  # fmt: skip


def routed_rows(seeds: int, size: float) -> list[tt.Row]:
    """T9."""
    values: dict[str, list[float]] = defaultdict(list)
    for seed in range(seeds):
        world = make(1_000 + seed, wallets=round(800 * size), days=30, trades_per_wallet=120.0)
        kept = records(world)
        base = scored(kept, world.ends_at)
        chosen = _busiest(world, base)
        before = _parts(base, chosen)
        values["halved"] += _changes(before, _parts(scored(halved(kept, chosen), world.ends_at), chosen))
        hands = {name: [f"{name[:-2]}{hand:02d}" for hand in range(HANDS)] for name in chosen}
        told = scored(routed(kept, hands, np.random.default_rng(seed)), world.ends_at)
        for name, own in hands.items():
            whole = _one_trader(told, own)
            values["found"].append(float(whole))
            if whole:
                at = [chosen.index(name)]
                values["routed"] += _changes(before[at], _parts(told, own[:1]))
                values["marked"] += (_points(told, own[:1]) / _points(base, [name]) - 1).tolist()
    where = "mixed"
    return [
        tt.judged("T9", where, "change of all parts of the points, every trade in two halves", values["halved"], CHANGED, 0.0,
                  more=False),
        tt.judged("T9", where, "change of all parts, through ten own wallets that are found", values["routed"], CHANGED, 0.01,
                  more=False),
        tt.judged("T9", where, "gain of points by that, after the mark-down of clusters", values["marked"], 0.01, 0.0,
                  more=False),
        tt.told("T9", where, "of such ten wallets, all are found", values["found"]),
    ]  # fmt: skip


def _busiest(world: World, base: Found) -> list[str]:
    """By venue, those of no group who hold no place in the market, have LEAST positions and the most points."""
    table, traders = world.truth["wallets"], base.traders.past
    rank = {name: int(base.traders.of[place]) for place, name in enumerate(base.wallets.names)}
    number = np.bincount(traders.column("wallet"), minlength=len(traders.wallets))
    chosen: list[str] = []
    for venue in VENUES:
        names = [
            name for name, group, structural, of in zip(
                *(table[column].to_pylist() for column in ("wallet", "group", "structural", "venue")), strict=True)
            if of == venue and group < 0 and not structural and name in rank and traders.wallets[rank[name]] == name
            and number[rank[name]] >= LEAST and base.scores.points[rank[name]] > 0
        ]  # fmt: skip
        chosen += sorted(names, key=lambda name: (-base.scores.points[rank[name]], name))[:ROUTED]
    return chosen


def _ranks(told: Found, names: list[str]) -> list[int]:
    rank = {name: int(trader) for name, trader in zip(told.wallets.names, told.traders.of, strict=True)}
    return [rank[name] for name in names]


def _points(told: Found, names: list[str]) -> Any:
    return told.scores.points[_ranks(told, names)]


def _parts(told: Found, names: list[str]) -> Any:
    """Points of every part, before the factor of clusters: one row per wallet."""
    return np.stack([np.nan_to_num(part.points[_ranks(told, names)]) for part in told.scores.parts.values()], axis=1)


def _changes(before: Any, after: Any) -> list[float]:
    return (np.abs(after - before).sum(axis=1) / before.sum(axis=1)).tolist()


def _one_trader(told: Found, own: list[str]) -> bool:
    """Whether these wallets were pooled into one trader."""
    rank = {name: int(trader) for name, trader in zip(told.wallets.names, told.traders.of, strict=True)}
    return len({rank.get(name, -1) for name in own}) == 1


def main() -> int:
    """Run, print, judge."""
    parser = tt.parser(__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--size", type=float, default=1.0, help="part of the usual wallets, questions and coins")
    parser.add_argument("--worlds", nargs="+", default=[*WORLDS, "routed"], choices=[*WORLDS, "routed"])
    asked = parser.parse_args()
    rows: list[tt.Row] = []
    for name in asked.worlds:
        rows += routed_rows(asked.seeds, asked.size) if name == "routed" else skill_rows(name, asked.seeds, asked.size)
    seeds = f"Seeds 0 to {asked.seeds - 1}, {asked.size:g} of the usual size"
    wide = {
        tt.key(row): _POINT for row in rows if row.world == "heavy, solana" and row.floor.startswith("0.87") and row.low > 0.93
    }
    return tt.show(tt.Section(title="Skill end to end, from trades", seeds=seeds, rows=tuple(rows), why=WHY | wide), asked.json)


if __name__ == "__main__":
    sys.exit(main())
