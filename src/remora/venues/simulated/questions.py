"""The questions of a simulated Polymarket: true probabilities, prices around them, and what came true.

Each event has two or more answers of which one is true. Signals about each answer arrive like a Brownian motion with a
drift for the true one; the probability that a reasoner holds is then an exact martingale. Prices miss it by an error
that lasts a while: who sees the error has an edge, everybody else has none. An event of two answers is one market; of
more, one neg-risk market an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from remora.venues.simulated import knobs as k
from remora.venues.simulated.bets import NEVER, Bets, chiefs, counts
from remora.venues.simulated.cast import POLYMARKET, Cast, Floats, Ints
from remora.venues.simulated.coins import DAY_MS
from remora.venues.simulated.knobs import Knobs

STEPS: Final = 64
TICK: Final = 0.001
CATEGORIES: Final = ("Politics", "Sports", "Crypto", "Geopolitics", "Economy")
RATES: Final = (0, 0, 200, 0, 300)
"""Fee rates by category, in ten-thousandths."""
_LEARNING: Final = 2.0
_LASTING: Final = 0.9
_OPTIONS: Final = 8
BETTORS: Final = (k.CROWD, k.SKILLED, k.HARMFUL, k.WHALE, k.KOL, k.LOTTERY)
"""Roles that choose bets by themselves."""


@dataclass
class Questions:
    """One row per market. opens, closes, resolves: ms. event: number; asks: place in its event. won: outcome 0 came true.

    truth, price: the first outcome's true probability and price at STEPS instants (the last is before it closes).
    """

    opens: Ints
    closes: Ints
    resolves: Ints
    event: Ints
    asks: Ints
    neg_risk: Ints
    category: Ints
    won: Ints
    truth: Floats
    price: Floats

    def __len__(self) -> int:
        """Number of markets."""
        return len(self.opens)

    def step(self, market: Ints, at: Ints) -> Ints:
        """The step of the path that holds at an instant."""
        part = (at - self.opens[market]) / (self.closes[market] - self.opens[market])
        return np.clip((part * STEPS).astype(np.int64), 0, STEPS - 1)


def draw(rng: np.random.Generator, cast: Cast, knobs: Knobs, days: int) -> Questions:
    """Markets spread over the days; some are not resolved at the end."""
    people = int((cast.venue == POLYMARKET).sum())
    wanted = (max(12, people // 10) if people else 0) if knobs.markets is None else knobs.markets
    answers: list[int] = []
    while sum(size if size > 2 else 1 for size in answers) < wanted:
        answers.append(int(rng.choice([2, 2, 2, 2, 3, 4, 5])))
    rows: list[tuple[int, ...]] = []
    paths: list[Floats] = []
    for event, size in enumerate(answers):
        prior = rng.dirichlet(np.full(size, 2.5))
        winner = int(rng.choice(size, p=prior))
        signal = np.cumsum(rng.normal(0.0, np.sqrt(1 / STEPS), (STEPS, size)), axis=0)
        when = np.arange(1, STEPS + 1)[:, None] / STEPS
        signal[:, winner] += _LEARNING * when[:, 0]
        weight = prior * np.exp(_LEARNING * signal - _LEARNING**2 * when / 2)
        truth = (weight / weight.sum(axis=1, keepdims=True)).T
        kept = 1 if size == 2 else size
        opens = int(rng.integers(0, int(days * DAY_MS * 0.85) + 1))
        life = int(np.clip(days * DAY_MS * 0.2 * np.exp(rng.normal(0.0, 0.8)), 3_600_000, days * DAY_MS))
        category = int(rng.integers(0, len(CATEGORIES)))
        base = (opens, opens + life, opens + life + int(rng.integers(600_000, 4 * 3_600_000)), event)
        rows += [(*base, ask, int(size > 2), category, int(ask == winner)) for ask in range(kept)]
        paths += list(truth[:kept])
    truth = np.array(paths).reshape(-1, STEPS)
    columns = np.array(rows, np.int64).reshape(-1, 8).T
    began, ended, known, number, asks, several, about, won = columns
    return Questions(began, ended, known, number, asks, several, about, won, truth, _prices(rng, truth, knobs))


def _prices(rng: np.random.Generator, truth: Floats, knobs: Knobs) -> Floats:
    """The truth and a lasting error around it, in ticks; the error shrinks where the answer is nearly known."""
    error = np.zeros_like(truth)
    fresh = rng.normal(0.0, knobs.mispricing, truth.shape)
    error[:, :1] = fresh[:, :1]
    for step in range(1, STEPS):
        error[:, step] = _LASTING * error[:, step - 1] + np.sqrt(1 - _LASTING**2) * fresh[:, step]
    room = 4 * truth * (1 - truth)
    bound = np.minimum(truth, 1 - truth) * 0.9
    return np.clip(np.round((truth + np.clip(error * room, -bound, bound)) / TICK) * TICK, 0.002, 0.998)


def bets(rng: np.random.Generator, cast: Cast, asked: Questions, mean: float, horizon: int) -> tuple[Bets, Floats]:
    """Bets (what = 2 x market + outcome) of those who choose by themselves; and the designed edge by wallet.

    A wallet sees several bets; with a chance it takes the one whose price lies farthest below the truth (above it, the
    harmful), so that its edge is on average the one designed. Lottery buyers take the least likely.
    """
    designed = np.zeros(len(cast.role))
    alone = np.isin(cast.role, BETTORS) | chiefs(cast)
    who = np.flatnonzero((cast.venue == POLYMARKET) & alone)
    wallet = np.repeat(who, counts(rng, who, mean))
    shape = (len(wallet), _OPTIONS)
    fame = rng.pareto(1.2, len(asked)) + 0.2
    market = rng.choice(len(asked), shape, p=fame / fame.sum())
    moment = rng.random(shape)
    at = (asked.opens[market] + moment * (asked.closes[market] - asked.opens[market])).astype(np.int64)
    outcome = rng.integers(0, 2, shape)
    step = asked.step(market, at)
    sign = 1 - 2 * outcome
    gap = sign * (asked.truth[market, step] - asked.price[market, step])
    gap[at >= horizon] = 0.0
    likely = np.where(outcome == 0, asked.truth[market, step], 1 - asked.truth[market, step])
    most = float(gap.max(axis=1).mean()) if len(wallet) else 1.0
    chance = np.minimum(np.abs(cast.skill[wallet]) / most, 1.0)
    designed[who] = np.clip(cast.skill[who], -most, most)
    chosen = np.where(cast.skill[wallet] > 0, gap.argmax(axis=1), gap.argmin(axis=1))
    chosen = np.where(rng.random(len(wallet)) < chance, chosen, 0)
    chosen = np.where(cast.role[wallet] == k.LOTTERY, likely.argmin(axis=1), chosen)
    row = np.arange(len(wallet))
    enter, picked = at[row, chosen], market[row, chosen]
    leave = enter + 60_000 + ((asked.closes[picked] - enter) * rng.random(len(wallet))).astype(np.int64)
    leave = np.where((rng.random(len(wallet)) < 0.7) | (leave >= asked.closes[picked]), NEVER, leave)
    size = cast.size[wallet] * np.exp(rng.normal(0.0, 0.7, len(wallet)))
    return Bets(wallet, 2 * picked + outcome[row, chosen], enter, leave, size), designed
