"""The price of a fake: the cheapest farm that reaches 700 points, in SOL (expectations, idea 8).

What counts as cost is what does not come back: venue fees less the creator's share (the farm made the token), network
fees, new tokens and wallets, what strangers take out of a pump, losses in real tokens, liquidity locked by a graduation,
an aged wallet if it is bought. Capital comes back and is printed apart, as are the days. The search is random, then
refined around the best; the same generator state gives the same answer. A price found is an upper bound of the true one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from remora.analysis.past import SOLANA
from remora.analysis.paths import Paths
from remora.analysis.profiles import Profile
from remora.analysis.score import score
from remora.analysis.scoreparts import Population
from remora.study.farmworld import CREATOR, CURVE_FULL, FEE, LAST_DAY, RECIPE, Luck, column, pumps, records_of
from remora.study.pasts import past_of

Floats = NDArray[np.float64]

GOAL: Final = 700.0
CREATE_SOL: Final = 0.02
"""A new token: rent and network."""
TRADE_SOL: Final = 0.0003
"""Network, priority fee and tip of a trade; token accounts are closed and their rent comes back."""
WALLET_SOL: Final = 0.001
"""A throw-away wallet: funded through an exchange, emptied afterwards."""
LEAK: Final = 0.02
"""Of what is pushed into an own token strangers take so much; snipers watch every launch."""
REAL_LOSS: Final = 0.05
"""Of the money put into a real token, lost on the mean with delay and slippage."""
LOCKED_SOL: Final = 17.6
"""An own token pushed to graduation: of 85 SOL in its pool the tokens held (79 %) bring back 67.4."""
AGED_WALLET_SOL: Final = 0.1
BATCH: Final = 64
_KEPT: Final = 12  # recipes that are refined
_POINTS_PER_E: Final = 60.0  # points lacking that weigh as much as a price e times as high
_SHARE_RANDOM: Final = 0.3  # of an island's budget
ISLANDS: Final = 4

_BOUNDS: Final = {
    "tokens": (1, 40), "stake": (0.01, 30), "multiple": (1.05, 14), "weeks": (1, 16), "payers": (1, 20), "winners": (0, 6),
    "grown": (0, 2), "late": (0, 25), "copies": (0, 15), "real_stake": (0.01, 1), "aged_days": (0, 120), "bought": (0, 1),
}  # fmt: skip
_SMOOTH: Final = ("stake", "multiple", "real_stake")


class Farm(msgspec.Struct, frozen=True):
    """The cheapest farm found. sol: its price; capital_sol: needed at once, comes back; days: until it stands. reached: False
    where none was found, then it is the one with the most points."""

    reached: bool
    sol: float
    capital_sol: float
    days: float
    points: float
    recipe: dict[str, float]
    words: str


class FakePrice(msgspec.Struct, frozen=True):
    """What 700 points cost by one formula. unseen: no wallet of the farm is linked to another; seen: all are known to be one
    hand, pooled, with the cluster factor of `confidence`."""

    profile: str
    version: str
    goal: float
    unseen: Farm
    seen: Farm
    confidence: float
    evaluations: int


@dataclass(frozen=True)
class _Clean:
    """A farm that behaves like people: nothing to see for the detector of bots."""

    bot_score: Floats
    bot_high: Floats
    suspicious: NDArray[np.int64]
    excluded: NDArray[np.bool_]


def crowd(chance: np.random.Generator, traders: int = 5000) -> Population:
    """A population to compare with when none is at hand: 35 % of traders in profit, with a heavy tail (index 1.3) such that
    0.4 % of all made more than $10,000 at $150 a SOL; 0.66 % of launches graduate; a trade loses 10 % on the mean."""
    profits = 2.0 * (chance.random(int(0.35 * traders)) ** (-1 / 1.3) - 1.0)
    return Population({SOLANA: np.sort(profits)}, {SOLANA: traders}, 0.0066, {SOLANA: np.full(3, -0.1)})


def cost_of(recipes: Floats) -> tuple[Floats, Floats, Floats]:
    """(SOL lost, SOL needed at once, days) of each recipe."""
    one = {name: column(recipes, name) for name in RECIPE}
    team = 1 + one["winners"]
    stake = one["stake"] * team
    pump = pumps(stake, one["multiple"])
    turned = stake + pump.pushed + pump.proceeds + pump.left
    trades = 2 * one["tokens"] * (team + one["payers"]) + 2 * (one["late"] + one["copies"])
    real = (one["late"] + one["copies"]) * one["real_stake"]
    grown = np.minimum(one["grown"], one["tokens"])
    lost = one["tokens"] * (turned * (FEE - CREATOR) + CREATE_SOL + LEAK * pump.pushed)
    lost += trades * TRADE_SOL + (one["payers"] + one["winners"]) * WALLET_SOL + real * (2 * FEE + REAL_LOSS)
    lost += grown * (LOCKED_SOL + 2 * CURVE_FULL * (FEE - CREATOR)) + AGED_WALLET_SOL * one["bought"]
    capital = np.maximum(stake + pump.pushed, np.where(grown > 0, CURVE_FULL, 0.0)) + one["real_stake"] + lost
    days = np.maximum(7 * one["weeks"], np.where(one["bought"] > 0, 0.0, one["aged_days"]))
    return lost, capital, days


def points_of(recipes: Floats, luck: Luck, profile: Profile, against: Population, *, confidence: float | None = None) -> Floats:
    """Points of the shown wallet of each recipe; confidence: with which the farm was found out, None = it was not."""
    past = past_of(records_of(recipes, luck, found_out=confidence is not None), LAST_DAY)
    size = len(past.wallets)
    rank = {name: place for place, name in enumerate(past.wallets)}
    mine = np.array([rank[f"farm:{i}"] for i in range(len(recipes))])
    sure = np.zeros(size)
    inorganic = None
    if confidence is not None:
        sure[mine] = confidence
        own = np.array([name.startswith("own:") for name in past.assets], np.bool_)
        inorganic = own[past.column("asset")]
    habits = _Clean(np.zeros(size), np.zeros(size), np.zeros(size, np.int64), np.zeros(size, np.bool_))
    scores = score(past, Paths.of(past), habits, profile, cluster_confidence=sure, inorganic=inorganic, against=against)
    return np.asarray(scores.points[mine])


def price_of_a_fake(
    profile: Profile, chance: np.random.Generator, *, evaluations: int = 4000, against: Population | None = None,
    confidence: float = 0.8, start: Floats | None = None, told: Callable[[int, float], None] | None = None,
) -> FakePrice:  # fmt: skip
    """Search the cheapest farm, unseen with most of the budget and seen with a quarter.

    against: profits of real traders to compare with (`score.population_of`), else `crowd`. start: recipes to begin from.
    told: called after each batch with (evaluations so far, best price so far).
    """
    luck = Luck.drawn(chance)
    population = against or crowd(chance)
    quarter = evaluations // 4
    first = np.zeros((0, len(RECIPE))) if start is None else start
    unseen = _search(lambda r: points_of(r, luck, profile, population), chance, evaluations - quarter, first, told)

    def judged(recipes: Floats) -> Floats:
        return points_of(recipes, luck, profile, population, confidence=confidence)

    seen = _search(judged, chance, quarter, first, told)
    return FakePrice(profile.name, profile.version, GOAL, unseen, seen, confidence, evaluations)


def _search(
    judge: Callable[[Floats], Floats], chance: np.random.Generator, budget: int, start: Floats,
    told: Callable[[int, float], None] | None,
) -> Farm:  # fmt: skip
    """Islands that begin at random and step around their best, ever shorter; then the best of all islands, refined."""
    found, marks = np.zeros((0, len(RECIPE))), np.zeros((0, 2))
    if len(start):
        found, marks = _kept(found, marks, start, np.column_stack([cost_of(start)[0], np.nan_to_num(judge(start))]))
    used = len(start)
    for island in range(ISLANDS + 1):
        share = (budget - len(start)) // (ISLANDS + 1) if island < ISLANDS else budget - used
        own, own_marks = (found, marks) if island == ISLANDS else (found[:0], marks[:0])
        spent = 0
        while spent < share:
            many = min(BATCH, share - spent)
            done = spent / share
            if island < ISLANDS and done < _SHARE_RANDOM:
                tried = _random(chance, many)
            else:
                tried = _near(own, chance, many, (1.0 - done) * (0.4 if island == ISLANDS else 1.0))
            points = np.nan_to_num(judge(tried))
            own, own_marks = _kept(own, own_marks, tried, np.column_stack([cost_of(tried)[0], points]))
            spent += many
            if told:
                told(used + spent, float(own_marks[0, 0]))
        used += spent
        found, marks = _kept(found, marks, own, own_marks)
    return _farm(found[0], float(marks[0, 1]))


def _kept(best: Floats, marks: Floats, tried: Floats, told: Floats) -> tuple[Floats, Floats]:
    """The best recipes of both tables with their (price, points): the cheapest that reaches the goal first, then by merit."""
    best, marks = np.concatenate([best, tried]), np.concatenate([marks, told])
    lacking = np.maximum(GOAL - marks[:, 1], 0.0)
    merit = np.log(marks[:, 0]) + lacking / _POINTS_PER_E
    order = np.argsort(merit, kind="stable")
    winner = np.lexsort((marks[:, 0], lacking))[:1]
    order = np.concatenate([winner, order[order != winner[0]]])[:_KEPT]
    return best[order], marks[order]


def _random(chance: np.random.Generator, many: int) -> Floats:
    """Recipes spread evenly over the orders of magnitude."""
    columns = []
    for name, (low, high) in _BOUNDS.items():
        drawn = chance.random(many)
        if name in _SMOOTH:
            columns.append(low * (high / low) ** drawn)
        else:
            columns.append(np.floor((low + 1) * ((high + 2) / (low + 1)) ** drawn) - 1)
    return _inside(np.column_stack(columns))


def _near(best: Floats, chance: np.random.Generator, many: int, heat: float) -> Floats:
    """Steps away from the best recipes: some columns, by a factor or by ones."""
    base = best[chance.integers(0, len(best), many)]
    other = best[chance.integers(0, len(best), many)]
    base = np.where(chance.random(base.shape) < 0.2, other, base)
    change = chance.random(base.shape) < 0.1 + 0.25 * heat
    factor = np.exp(chance.normal(0, 0.5 * heat + 0.03, base.shape))
    step = chance.integers(-2, 3, base.shape)
    smooth = np.array([name in _SMOOTH for name in RECIPE])
    moved = np.where(smooth, base * factor, np.round(base * factor) + step)
    return _inside(np.where(change, moved, base))


def _inside(recipes: Floats) -> Floats:
    low, high = (np.array([_BOUNDS[name][end] for name in RECIPE], np.float64) for end in (0, 1))
    return np.clip(recipes, low, high)


def _farm(recipe: Floats, points: float) -> Farm:
    lost, capital, days = (float(values[0]) for values in cost_of(recipe[None, :]))
    one = {name: round(float(value), 4) for name, value in zip(RECIPE, recipe, strict=True)}
    return Farm(points >= GOAL, lost, capital, days, points, one, words_of(one))


def words_of(recipe: dict[str, float]) -> str:
    """The recipe in a sentence or three."""
    r = recipe
    said = [
        f"{r['tokens']:.0f} own tokens over {r['weeks']:.0f} weeks: the shown wallet puts {r['stake']:.2f} SOL into each and "
        f"takes out {r['multiple']:.2f} times as much, paid by {r['payers']:.0f} throw-away wallets"
        + (f", and {r['winners']:.0f} wallets beside it win as much each" if r["winners"] else "")
    ]
    if r["grown"]:
        said.append(f"{r['grown']:.0f} of them are pushed to graduation")
    if r["late"] or r["copies"]:
        said.append(
            f"{r['late']:.0f} real tokens bought shortly before their graduation and {r['copies']:.0f} early behind good "
            f"wallets, {r['real_stake']:.2f} SOL each"
        )
    if r["aged_days"]:
        said.append(f"the wallet is {r['aged_days']:.0f} days old, " + ("bought so" if r["bought"] else "by waiting"))
    return "; ".join(said) + "."
