"""The coins of a simulated world: who launches them, how long they live and the path their price is drawn to.

A coin's price is the curve's floor plus an excess that is a geometric walk with a downward drift: the chance that the
excess ever grows k-fold falls like k^-tail, nobody can foresee it from the past, and most coins die.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from remora.venues.simulated import knobs as k
from remora.venues.simulated.bets import NEVER, Bets, chiefs, counts
from remora.venues.simulated.cast import SOLANA, Cast, Floats, Ints
from remora.venues.simulated.knobs import Knobs

STEPS: Final = 96
DAY_MS: Final = 86_400_000
_STEP_SIGMA: Final = 0.4
COMPLETE_EXCESS: Final = 14.6
"""What sells a curve out, in units of its floor: the price of the last token less one, and the makers' slack above it."""
_OPTIONS: Final = 6
_STILLBORN: Final = 0.5  # of the launches nobody comes to
_HOLD: Final = 0.06  # of a coin's life
_CREW_PART: Final = 0.3  # of the money that lifts a coin to the start of its path; the makers bring the rest
BETTORS: Final = (k.CROWD, k.SKILLED, k.HARMFUL, k.WHALE, k.KOL)
"""Roles that choose coins by themselves."""


@dataclass
class Coins:
    """One row per launch. opens, lives: milliseconds. dev: wallet. rug_at: milliseconds or -1. completes: will graduate.

    paths: price in units of the floor at each of STEPS + 1 instants of its life. makers: the wallets that make its market.
    """

    opens: Ints
    lives: Ints
    dev: Ints
    rug_at: Ints
    completes: NDArray[np.bool_]
    paths: Floats
    makers: Ints
    first_lamports: int

    def __len__(self) -> int:
        """Number of launches."""
        return len(self.opens)

    def price(self, coin: Ints, at: Ints) -> Floats:
        """The path's price (units of the floor) at instants."""
        place = np.clip((at - self.opens[coin]) / self.lives[coin], 0.0, 1.0) * STEPS
        step = np.minimum(place.astype(np.int64), STEPS - 1)
        rest = place - step
        found: Floats = self.paths[coin, step] * (1 - rest) + self.paths[coin, step + 1] * rest
        return found


def draw(rng: np.random.Generator, cast: Cast, knobs: Knobs, days: int) -> Coins:
    """Launches spread over the days, with the wanted rate of graduations."""
    devs, makers = cast.of(k.DEV, SOLANA), cast.of(k.MAKER, SOLANA)
    solana = int((cast.venue == SOLANA).sum())
    number = (max(4, round(0.6 * solana)) if knobs.tokens is None else knobs.tokens) if len(devs) and len(makers) else 0
    opens = np.sort(rng.integers(0, int(days * DAY_MS * 0.95) + 1, number))
    lives = np.clip(3 * 3_600_000 * np.exp(rng.normal(0.0, 1.5, number)), 600_000, days * DAY_MS / 2).astype(np.int64)
    lives = np.minimum(lives, days * DAY_MS - opens)
    walk = np.cumsum(rng.normal(-knobs.tail * _STEP_SIGMA**2 / 2, _STEP_SIGMA, (number, STEPS)), axis=1)
    excess = np.exp(np.concatenate([np.zeros((number, 1)), walk], axis=1))
    rug_step = np.where(rng.random(number) < knobs.rugs, rng.integers(3, 50, number), STEPS + 1)
    excess[np.arange(STEPS + 1) >= rug_step[:, None]] = 0.0
    highest = excess.max(axis=1, initial=0.0)
    graduates = round(knobs.graduation_rate * number)
    first = COMPLETE_EXCESS / np.sort(highest)[number - graduates] if graduates else 0.25
    first = float(np.clip(first, 0.02, 10.0))
    excess *= first
    busy = 1.0 / np.arange(1, len(devs) + 1) ** 0.7
    return Coins(
        opens, lives, rng.choice(devs, number, p=busy / busy.sum()) if number else np.zeros(0, np.int64),
        np.where(rug_step <= STEPS, opens + lives * rug_step // STEPS, -1),
        (np.argsort(np.argsort(-highest, kind="stable"), kind="stable") < graduates), 1.0 + excess,
        makers[(rng.integers(0, max(1, len(makers)), number)[:, None] + np.arange(3)) % max(1, len(makers))]
        if number else np.zeros((0, 3), np.int64),
        int(_CREW_PART * 30e9 * (np.sqrt(1.0 + first) - 1.0)),
    )  # fmt: skip


def bets(rng: np.random.Generator, cast: Cast, coins: Coins, mean: float) -> tuple[Bets, list[float]]:
    """Bets of those who choose coins by themselves; and what the worst, any and the best of several bring (log returns).

    People come where the price has risen, never where it will. A wallet of skill s sees with chance |s| which of its bets
    the paths will reward most, and takes that one (the worst where s is negative).
    """
    who = np.flatnonzero((cast.venue == SOLANA) & (np.isin(cast.role, BETTORS) | chiefs(cast)))
    wallet = np.repeat(who, counts(rng, who, mean))
    fame = (rng.pareto(1.5, len(coins)) + 0.05) * np.where(rng.random(len(coins)) < _STILLBORN, 0.03, 1.0)
    draw_to = fame[:, None] * np.sqrt(coins.paths[:, :STEPS] - 1.0 + 1e-3) * np.exp(-np.arange(STEPS) / 30.0)
    edges = np.cumsum(draw_to.ravel())
    shape = (len(wallet), _OPTIONS)
    cell = np.minimum(np.searchsorted(edges, rng.random(shape) * edges[-1]), len(edges) - 1)
    coins_, step = np.divmod(cell, STEPS)
    enters = coins.opens[coins_] + ((step + rng.random(shape)) / STEPS * coins.lives[coins_]).astype(np.int64) + 1_000
    leaves = enters + 5_000 + (rng.exponential(_HOLD, shape) * coins.lives[coins_]).astype(np.int64)
    gain = np.log(coins.price(coins_, leaves) / coins.price(coins_, enters))
    skill = cast.skill[wallet]
    chosen = np.where(skill > 0, gain.argmax(axis=1), gain.argmin(axis=1))
    chosen = np.where(rng.random(len(wallet)) < np.abs(skill), chosen, 0)
    coin, enter, leave = (option[np.arange(len(wallet)), chosen] for option in (coins_, enters, leaves))
    leave = np.where(rng.random(len(wallet)) < 0.06, NEVER, leave)
    spread = np.where(np.arange(len(cast.size)) % 3 == 0, 0.03, 0.6)  # a third always bets alike amounts
    size = cast.size[wallet] * np.exp(rng.normal(0.0, 1.0, len(wallet)) * spread[wallet])
    ends = [float(part.mean()) if len(wallet) else 0.0 for part in (gain.min(axis=1), gain, gain.max(axis=1))]
    return Bets(wallet, coin, enter, leave, size), ends
