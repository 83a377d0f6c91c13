"""Everything that wallets of a simulated Solana intend: launches, snipers, crews, wash trades and bets, as one list."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from remora.venues.simulated import knobs as k
from remora.venues.simulated.bets import MINUTE, NEVER, Bets
from remora.venues.simulated.cast import SOLANA, Cast, Ints
from remora.venues.simulated.coins import STEPS, Coins
from remora.venues.simulated.trading import BUY_INTENT, SELL_INTENT, TIDE_INTENT

ALL: int = 1_000_000
_QUICK_MAKERS = 0.8  # of the coins have makers in their very first slot: there snipers come too late
_COLUMNS = ("token", "at", "wallet", "kind", "size", "tide", "launch")


@dataclass
class Intents:
    """Rows that grow: token, at (ms), wallet, kind, size (lamports, or millionths of what is held), tide, launch.

    tide: makers may trade before it. launch: it is part of the transaction that creates the coin.
    """

    parts: dict[str, list[Ints]] = field(default_factory=lambda: {name: [] for name in _COLUMNS})

    def add(self, token: Ints, at: Any, wallet: Any, kind: int, size: Any, *, tide: bool = False, launch: Any = False) -> None:
        """Rows; single values stand for all."""
        columns = np.broadcast_arrays(token, at, wallet, kind, size, tide, launch)
        for name, column in zip(_COLUMNS, columns, strict=True):
            self.parts[name].append(column.astype(np.int64))

    def sorted(self, horizon: int) -> dict[str, Ints]:
        """All rows before the horizon, coin by coin in the order of time; what creates a coin comes first."""
        columns = {name: np.concatenate(parts) if parts else np.zeros(0, np.int64) for name, parts in self.parts.items()}
        order = np.lexsort((-columns["launch"], columns["at"], columns["token"]))
        order = order[columns["at"][order] < horizon]
        return {name: column[order] for name, column in columns.items()}


def intents(rng: np.random.Generator, cast: Cast, coins: Coins, planned: Bets, mean: float, horizon: int) -> dict[str, Ints]:
    """What everybody wants to do, sorted."""
    found = Intents()
    _launches(rng, cast, coins, found)
    _snipers(rng, cast, coins, mean, found)
    _washing(rng, cast, coins, mean, found)
    if len(planned):
        found.add(planned.what, planned.enter, planned.wallet, BUY_INTENT, planned.size.astype(np.int64), tide=True)
        out = planned.take(np.flatnonzero(planned.leave != NEVER))
        halves = rng.random(len(out)) < 0.2
        half = out.take(np.flatnonzero(halves))
        found.add(half.what, (half.enter + half.leave) // 2, half.wallet, SELL_INTENT, ALL // 2, tide=True)
        found.add(out.what, out.leave, out.wallet, SELL_INTENT, ALL, tide=True)
    quick = np.flatnonzero(rng.random(len(coins)) < _QUICK_MAKERS)
    found.add(quick, coins.opens[quick], 0, TIDE_INTENT, 0, tide=True)
    finishing = np.flatnonzero(coins.completes)
    token = np.repeat(finishing, STEPS)
    at = coins.opens[token] + coins.lives[token] * np.tile(np.arange(1, STEPS + 1), len(finishing)) // STEPS
    found.add(token, at, 0, TIDE_INTENT, 0, tide=True)
    return found.sorted(horizon)


def _launches(rng: np.random.Generator, cast: Cast, coins: Coins, found: Intents) -> None:
    """The developer buys in the creating transaction, his bundlers there or in the same slot; insiders seconds later."""
    for number in range(len(coins)):
        dev = coins.dev[number]
        token, opens, life = np.array([number]), int(coins.opens[number]), int(coins.lives[number])
        crew = np.flatnonzero(cast.leader == dev) if cast.group[dev] >= 0 else np.zeros(0, np.int64)
        bundlers = crew[cast.role[crew] == k.BUNDLER]
        own = coins.first_lamports if not len(bundlers) else int(coins.first_lamports * rng.uniform(0.4, 0.7))
        found.add(token, opens, dev, BUY_INTENT, max(own, 20_000_000), launch=True)
        rug = int(coins.rug_at[number])
        leaves = rug if rug >= 0 else opens + int(life * rng.uniform(0.2, 0.9))
        found.add(token, leaves, dev, SELL_INTENT, ALL)
        if len(bundlers):
            size = (coins.first_lamports - own) / len(bundlers) * rng.uniform(0.9, 1.1, len(bundlers))
            found.add(
                np.repeat(token, len(bundlers)), opens, bundlers, BUY_INTENT, size.astype(np.int64), launch=number % 2 == 0
            )
            away = opens + int(life * rng.uniform(0.02, 0.2)) + rng.integers(400, 8_000, len(bundlers))
            found.add(np.repeat(token, len(bundlers)), away, bundlers, SELL_INTENT, ALL)
        for insider in crew[cast.role[crew] == k.INSIDER]:
            top = opens + life * int(coins.paths[number].argmax()) // STEPS
            early = opens + int(rng.integers(1_500, 12_000))
            found.add(token, early, insider, BUY_INTENT, int(cast.size[insider] * rng.uniform(0.8, 1.2)))
            found.add(
                token, max(top, early + 20_000) if rug < 0 else max(early + 5_000, rug - 30_000), insider, SELL_INTENT, ALL
            )


def _snipers(rng: np.random.Generator, cast: Cast, coins: Coins, mean: float, found: Intents) -> None:
    """Machines that buy alike amounts within three slots of a launch and are gone within minutes."""
    snipers = cast.of(k.SNIPER, SOLANA)
    for sniper in snipers:
        count = min(len(coins), max(3, int(mean * rng.uniform(2, 5))))
        token = rng.choice(len(coins), count, replace=False)
        enter = coins.opens[token] + rng.integers(0, 1_200, count)
        found.add(token, enter, sniper, BUY_INTENT, int(cast.size[sniper]))
        found.add(token, enter + rng.integers(4_000, 4 * MINUTE, count), sniper, SELL_INTENT, ALL)


def _washing(rng: np.random.Generator, cast: Cast, coins: Coins, mean: float, found: Intents) -> None:
    """Rings that buy and sell the same coin round and round in alike amounts, so that it seems alive."""
    rings = np.flatnonzero(cast.make == k.FARMS.index("wash")) if len(coins) else ()
    for ring in rings:
        members = cast.members(int(ring))
        if cast.venue[members[0]] != SOLANA:
            continue
        rounds = max(3, int(mean * len(members) * rng.uniform(0.4, 1.2)))
        tokens = rng.integers(0, len(coins), max(1, rounds // 12))
        token = np.repeat(tokens, 12)
        start = coins.opens[token] + 30_000 + (np.repeat(rng.random(len(tokens)), 12) * coins.lives[token] / 2).astype(np.int64)
        at = start + np.tile(np.arange(12), len(tokens)) * 9_000
        who = members[np.arange(len(token)) % len(members)]
        size = cast.size[members[0]] * rng.uniform(0.97, 1.03, len(token))
        found.add(token, at, who, BUY_INTENT, size.astype(np.int64))
        found.add(token, at + 6_000, who, SELL_INTENT, ALL)
