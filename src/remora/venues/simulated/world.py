"""A market with known truth: everything that happens in it, in columns, drawn from one seed.

`make` gives a `World`; `writing.write` writes it in the forms of real recordings. The same seed and knobs give the same
world, to the byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from remora.venues.simulated import bets, cast, fills, funding, names, questions, solana, tables, truth
from remora.venues.simulated.cast import POLYMARKET, SOLANA, Cast, Floats, Ints
from remora.venues.simulated.coins import DAY_MS
from remora.venues.simulated.drawn import Drawn, Spelling
from remora.venues.simulated.fills import Fills
from remora.venues.simulated.funding import Funding
from remora.venues.simulated.knobs import Knobs, WorldName
from remora.venues.simulated.questions import Questions
from remora.venues.simulated.solana import Chain

_TRADES_PER_BET = 2.5


@dataclass
class World(Drawn):
    """One simulated market: `trades` and `names`, `tables`, `infrastructure`, `truth`, and all columns they come from."""

    @cached_property
    def tables(self) -> dict[str, pa.Table]:
        """Launches, graduations, pools, markets, resolutions, transfers, prices and labels, as `Ledger.table` gives them."""
        return tables.of(self)

    @cached_property
    def truth(self) -> dict[str, pa.Table]:
        """What nobody is told: wallets, groups, tokens, markets."""
        return truth.of(self)


def make(seed: int, *, wallets: int = 1_000, days: int = 14, world: WorldName = "mixed", **knobs: Any) -> World:
    """The world of that seed. knobs: fields of `Knobs`. TypeError for a knob that does not exist."""
    chosen = Knobs(world=world, **knobs)
    rng = np.random.Generator(np.random.PCG64(seed))
    people = cast.draw(rng, wallets, chosen)
    mean = chosen.trades_per_wallet / _TRADES_PER_BET
    chain = solana.play(rng, people, chosen, days, 2.0 * mean)
    asked = questions.draw(rng, people, chosen, days)
    placed, designed = _bet(rng, people, asked, chosen, days, mean)
    first, last, need = _spans(people, chain, placed, days)
    money = funding.funding(rng, people, chosen, first, last, need)
    hours = days * 24 + 72
    cents = np.exp(np.log(15_000) + np.cumsum(rng.normal(0.0, 0.006, hours))).astype(np.int64)
    return World(
        seed, days, chosen, people, chain, asked, placed, money, cents, np.where(people.venue == SOLANA, chain.edge, designed),
        _spell(rng, people, money, chain, asked),
    )  # fmt: skip


def _bet(
    rng: np.random.Generator, people: Cast, asked: Questions, chosen: Knobs, days: int, mean: float
) -> tuple[Fills, Floats]:
    """Fills of Polymarket, and the designed edges."""
    if not len(asked):
        none = np.zeros(0, np.int64)
        return Fills(*[none] * 8), np.zeros(len(people.role))
    horizon = days * DAY_MS
    own, designed = questions.bets(rng, people, asked, 2.0 * mean, horizon)
    planned = bets.repeated(rng, own, people, POLYMARKET, chosen)
    return fills.fills(rng, people, asked, planned, 2.0 * mean, horizon), designed


def _spans(people: Cast, chain: Chain, placed: Fills, days: int) -> tuple[Ints, Ints, Ints]:
    """First and last trade of each wallet (ms; the middle of all days where it has none), and its largest buy."""
    who, at = np.concatenate([chain.wallet, placed.wallet]), np.concatenate([chain.at, placed.at])
    money = np.concatenate([(chain.money + chain.fee) * (1 - chain.side), (placed.money + placed.fee) * (1 - placed.side)])
    middle = days * DAY_MS // 2
    first, last = np.full(len(people.role), 2**62), np.full(len(people.role), -1)
    need = np.zeros(len(people.role), np.int64)
    np.minimum.at(first, who, at)
    np.maximum.at(last, who, at)
    np.maximum.at(need, who, money)
    return np.where(last < 0, middle, first), np.where(last < 0, middle, last), need


def _spell(rng: np.random.Generator, people: Cast, money: Funding, chain: Chain, asked: Questions) -> Spelling:
    """Texts for everything, drawn last, so that they tell nothing of what they name."""
    venue = np.append(people.venue, np.array(money.venue_of_other, np.int64))
    wallets = np.empty(len(venue), object)
    wallets[venue == SOLANA] = names.keys(rng, int((venue == SOLANA).sum()))
    wallets[venue == POLYMARKET] = names.hashes(rng, int((venue == POLYMARKET).sum()), "51a0", 20)
    mints = names.keys(rng, len(chain.coins), "pump")
    return Spelling(
        wallets.tolist(), mints, [names.curve_of(mint) for mint in mints], names.keys(rng, len(chain.graduated)),
        names.hashes(rng, len(asked)), names.outcomes(rng, 2 * len(asked)),
    )  # fmt: skip
