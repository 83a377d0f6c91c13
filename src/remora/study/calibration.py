"""Is the verdict on skill honest? It is put to traders whose skill is known, and held to the goals of quality 5e.

What is counted in each world and seed is in `Trial`; `check` puts many together and compares them with floors and aims.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from remora.analysis.past import POLYMARKET
from remora.analysis.shrinkage import Floats, Prior, posterior
from remora.analysis.skill import HARMFUL, SKILLED, Settings, Skill, judge, summed
from remora.study.skillworlds import World, edges, world

MEDIANS: Final = (27, 100, 300)
"""Median bets a trader, as quality 5c and T2 have them."""
_DRAWS: Final = 400_000


@dataclass(frozen=True)
class Trial:
    """One world: figures of the goals. called: verdict skilled; false: of these without an edge; oracle: called by who knows G.

    harmed: verdict harmful, wrongly: of these not losing. top, top_pnl, top_best: truly skilled in the first 100 by edge,
    by profit, by an oracle. luck: share of luck that the board announces, true_luck: what it is.
    """

    coverage: float
    coverage_top: float
    ece: float
    called: int
    false: int
    right: int
    oracle: int
    harmed: int
    wrongly: int
    top: float
    top_pnl: float
    top_best: float
    top_edge: float
    luck: float
    true_luck: float
    bets: int


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One goal: what was measured over all seeds, its floor and aim in words, and whether they are met."""

    id: str
    world: str
    what: str
    floor: str
    aim: str
    measured: float
    low: float
    high: float
    meets_floor: bool
    meets_aim: bool


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """The whole check. ok: every floor is held."""

    seeds: int
    traders: int
    ok: bool
    rows: tuple[Row, ...]


def expected_error(p: Floats, true: NDArray[np.bool_], bins: int = 10) -> float:
    """Expected calibration error: |mean p - share of true| over bins of equal width, weighted by their numbers."""
    place = np.minimum((p * bins).astype(np.int64), bins - 1)
    gap = np.bincount(place, p, bins) - np.bincount(place, true, bins)
    return float(np.abs(gap).sum() / max(len(p), 1))


def judged(given: World, oracle: Prior | None = None, settings: Settings | None = None) -> tuple[Skill, Trial]:
    """The verdicts on a world, and how true they are. oracle: the true distribution of edges, where it is known."""
    limits = settings or Settings()
    found = judge(given.bets, given.traders, limits)
    return found, trial(found, given, oracle, limits)


def trial(found: Skill, given: World, oracle: Prior | None, limits: Settings) -> Trial:
    """How true verdicts are. Traders without bets do not count."""
    some = found.n_bets > 0
    truth, skill = given.truth, np.where(some, found.edge, -np.inf)
    venue = int(given.bets.venue[0]) if len(given.bets) else POLYMARKET
    cost = limits.cost[venue]
    inside = (found.low <= truth) & (truth <= found.high)
    top = _first(skill, limits.board)
    profit = np.asarray(np.bincount(given.bets.trader, given.bets.gross, given.traders), np.float64)
    called, harmed = found.verdict == SKILLED, found.verdict == HARMFUL
    best, knows = top, called
    if oracle is not None:
        best, knows = _oracle(given, oracle, cost, limits)
    above = truth > cost
    return Trial(
        coverage=float(inside[some].mean()), coverage_top=float(inside[top].mean()),
        ece=expected_error(found.p_edge_gt_cost[some], above[some]), called=int(called.sum()),
        false=int((called & (truth <= 0)).sum()), right=int((called & above).sum()), oracle=int((knows & above).sum()),
        harmed=int(harmed.sum()), wrongly=int((harmed & (truth >= 0)).sum()), top=float((truth[top] > 0).mean()),
        top_pnl=float((truth[_first(profit, limits.board)] > 0).mean()), top_best=float((truth[best] > 0).mean()),
        top_edge=float(truth[top].mean()), luck=found.luck(top), true_luck=float(1 - above[top].mean()),
        bets=len(given.bets),
    )  # fmt: skip


def _first(value: Floats, number: int) -> NDArray[np.int64]:
    return np.argsort(-value, kind="stable")[:number]


def _oracle(given: World, prior: Prior, cost: float, limits: Settings) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(the first by posterior mean, whom it calls skilled) of one who knows G: all P(edge > cost) >= 1 - tail."""
    sums = summed(given.bets, given.traders, limits)
    known = posterior(prior, sums.raw, np.maximum(sums.error, 1e-9), cost, limits.tail)
    some = sums.n > 0
    calls = some & (known.above_cost >= 1 - limits.tail) & (sums.n_effective >= limits.min_events)
    return _first(np.where(some, known.mean, -np.inf), limits.board), calls


def true_prior(kind: str, seed: int = 0) -> Prior:
    """The distribution that the traders of a binary world are drawn from."""
    drawn = edges(np.random.default_rng(seed), kind, _DRAWS)
    theta = np.concatenate([np.linspace(-0.1, -0.001, 100), [0.0], np.linspace(0.001, 0.1, 100)])
    place = np.searchsorted((theta[1:] + theta[:-1]) / 2, drawn)
    mass = np.bincount(place, minlength=len(theta)) / _DRAWS
    return Prior(theta, mass, float(np.mean(drawn == 0)))


def trials(kind: str, median: int, seeds: range, traders: int) -> dict[str, Floats]:
    """Columns of `Trial`, one row per seed."""
    oracle = true_prior(kind) if kind in ("binary", "null") else None
    rows = [astuple(judged(world(kind, seed, traders, median), oracle)[1]) for seed in seeds]
    table = np.array(rows, np.float64)
    return {one.name: table[:, k] for k, one in enumerate(fields(Trial))}


def dealt_anew(value: Floats, event: NDArray[np.int64], chance: np.random.Generator) -> Floats:
    """The values in another order, each staying inside its event."""
    out = np.empty(len(value))
    out[np.argsort(event, kind="stable")] = value[np.lexsort((chance.random(len(value)), event))]
    return out


def permuted(given: World, seed: int) -> tuple[float, float]:
    """(z of the mean edge of the skilled as it is, z after the results are dealt anew inside each event) (T8).

    A result is the surprise in units of its own standard deviation; what is dealt anew is compared with the mean of all.
    """
    chance = np.random.default_rng(seed)
    bets = given.bets
    score = bets.edge / np.sqrt(bets.variance)
    dealt = dealt_anew(score, bets.event, chance)
    group = given.truth[bets.trader] > 0
    number = np.sqrt(max(int(group.sum()), 1))
    return float(score[group].mean() * number), float((dealt[group].mean() - score.mean()) * number)


def check(seeds: int = 4, traders: int = 10_000, medians: tuple[int, ...] = MEDIANS) -> Document:
    """All goals over seeds 0..seeds-1. Intervals: mean +- 2 standard errors over the seeds."""
    ran = range(seeds)
    rows: list[Row] = []
    found = {median: trials("binary", median, ran, traders) for median in medians}
    for median, one in found.items():
        rows += _calibration(f"binary, {median} bets", one, _ECE[median])
    for kind in ("heavy", "mixed"):
        for median in medians[:2]:
            rows += _calibration(f"{kind}, {median} bets", trials(kind, median, ran, traders), _ECE[median])
    called = np.concatenate([trials("null", median, ran, traders)["called"] for median in medians])
    rows.append(_row("T5", "null", "called skilled where nobody is, a run", called, "<= .10 of runs", "0",
                     float(np.mean(called > 0)) <= 0.10, float(called.sum()) == 0))  # fmt: skip
    most = max(medians)
    power = found[most]["right"] / np.maximum(found[most]["oracle"], 1)
    rows.append(_at_least("T6", f"binary, {most} bets", "skilled found, of those an oracle finds", power, 0.8, 0.95))
    after = np.array([permuted(world("mixed", seed, min(traders, 4_000), 27), seed)[1] for seed in ran])
    rows.append(_row("T8", "mixed", "z of the skilled after dealing results anew", after, "within 2", "within 2",
                     abs(float(after.mean())) <= 2, abs(float(after.mean())) <= 2))  # fmt: skip
    return Document(seeds=seeds, traders=traders, ok=all(row.meets_floor for row in rows), rows=tuple(rows))


_ECE: Final = {27: (0.22, 0.12), 100: (0.13, 0.07), 300: (0.05, 0.03)}


def _calibration(where: str, one: dict[str, Floats], ece: tuple[float, float]) -> list[Row]:
    """T1 to T4 and the board's luck in one world."""
    cover = float(one["coverage"].mean())
    each = one["false"] / np.maximum(one["called"], 1)
    ratio = np.array([one["top"].mean() / max(one["top_pnl"].mean(), 1e-9)])
    limit = Settings().fdr
    bound = _bounds(each)[1]
    return [
        _row("T1", where, "90 % interval covers", one["coverage"], ".87-.93", ".89-.91",
             0.87 <= cover <= 0.93, 0.89 <= cover <= 0.91),
        _at_least("T1", where, "90 % interval covers, first 100", one["coverage_top"], 0.78, 0.86),
        _at_most("T2", where, "calibration error of P(edge > cost)", one["ece"], *ece),
        _row("T3", where, "false among skilled", each, f"<= {1.2 * limit:.2f}", f"<= {limit:.2f}",
             bool(bound <= 1.2 * limit), bool(bound <= limit)),
        _at_least("T4", where, "skilled in first 100, against ranking by profit", ratio, 1.8, 2.5),
        _row("T4", where, "truly skilled in first 100", one["top"], "", "", True, True),
        _row("5d", where, "luck announced less luck that was, first 100", one["luck"] - one["true_luck"], "", "", True, True),
    ]  # fmt: skip


def _bounds(values: Floats) -> tuple[float, float]:
    error = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
    return float(values.mean()) - 2 * error, float(values.mean()) + 2 * error


def _row(name: str, where: str, what: str, values: Floats, floor: str, aim: str, holds: bool, reaches: bool) -> Row:
    low, high = _bounds(values)
    return Row(
        id=name, world=where, what=what, floor=floor, aim=aim, measured=float(values.mean()), low=low, high=high,
        meets_floor=holds, meets_aim=reaches,
    )  # fmt: skip


def _at_least(name: str, where: str, what: str, values: Floats, floor: float, aim: float) -> Row:
    mean = float(values.mean())
    return _row(name, where, what, values, f">= {floor:g}", f">= {aim:g}", mean >= floor, mean >= aim)


def _at_most(name: str, where: str, what: str, values: Floats, floor: float, aim: float) -> Row:
    mean = float(values.mean())
    return _row(name, where, what, values, f"<= {floor:g}", f"<= {aim:g}", mean <= floor, mean <= aim)
