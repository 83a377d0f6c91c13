"""Who plays in a simulated world: each wallet's venue, role, skill, group and leader, drawn before anything happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from remora.venues.simulated import knobs as k
from remora.venues.simulated.knobs import Knobs

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

SOLANA, POLYMARKET = range(2)
_LARGEST_FARM: Final = 60


@dataclass
class Cast:
    """One row per trading wallet (rank in `World.wallets`).

    venue: 0 Solana, 1 Polymarket. role: place in ROLES. skill: -1..1 on Solana (how often the best, or worst, of several
    coins is taken), dollars a share on Polymarket (designed edge). group: -1 none; make: place in GROUPS by group.
    leader: whom a copier, follower or a farm's member follows, -1 nobody. size: money of a usual bet (lamports, or
    micro-dollars). chief: the first member of each group.
    """

    venue: Ints
    role: Ints
    skill: Floats
    group: Ints
    leader: Ints
    size: Floats
    make: Ints
    chief: Ints

    def of(self, role: int, venue: int) -> Ints:
        """Wallets of that role."""
        return np.flatnonzero((self.role == role) & (self.venue == venue))

    def members(self, group: int) -> Ints:
        """Wallets of a group, its chief first."""
        return np.flatnonzero(self.group == group)


def draw(rng: np.random.Generator, wallets: int, knobs: Knobs) -> Cast:
    """Roles by their shares, in an order that tells nothing."""
    on_solana = round(wallets * knobs.on_solana)
    venue = np.repeat(np.array([SOLANA, POLYMARKET]), [on_solana, wallets - on_solana])
    role = np.zeros(wallets, np.int64)
    for where, shares in zip((SOLANA, POLYMARKET), k.SHARES[knobs.world], strict=True):
        here = rng.permutation(np.flatnonzero(venue == where))
        wanted = {**shares, k.SYBIL: knobs.in_farms}
        counts = [_count(role_, share, len(here)) for role_, share in wanted.items()]
        role[here[: sum(counts)]] = np.repeat(list(wanted), counts)[: len(here)]
    cast = Cast(
        venue, role, _skills(rng, role, venue, knobs), np.full(wallets, -1), np.full(wallets, -1),
        np.where(venue == SOLANA, 0.05e9, 30e6) * np.exp(knobs.stakes_sd * rng.normal(0.0, 1.0, wallets)),
        np.zeros(0, np.int64), np.zeros(0, np.int64),
    )  # fmt: skip
    cast.size[role == k.WHALE] *= 40.0
    _group(rng, cast)
    _follow(rng, cast)
    return cast


def _count(role: int, share: float, size: int) -> int:
    """Wallets of a role; markets do not work without makers and developers."""
    least = 3 if role in (k.MAKER, k.DEV) and size >= 10 and share else 0
    return max(round(share * size), least)


def _skills(rng: np.random.Generator, role: Ints, venue: Ints, knobs: Knobs) -> Floats:
    """Positive for the skilled, negative for the harmful, zero for everybody else."""
    points = np.abs(rng.normal(knobs.edge, knobs.edge_sd, len(role)))
    foresight = np.clip(rng.normal(knobs.foresight, 0.15, len(role)), 0.05, 1.0)
    size = np.where(venue == SOLANA, foresight, points)
    return np.where(role == k.SKILLED, size, np.where(role == k.HARMFUL, -size, 0.0))


def _group(rng: np.random.Generator, cast: Cast) -> None:
    """Farms of every make in turn, then launch crews: a developer with bundlers and insiders."""
    makes: list[int] = []
    for venue in (SOLANA, POLYMARKET):
        waiting = rng.permutation(cast.of(k.SYBIL, venue))
        while len(waiting) >= 3:
            make = len(makes) % len(k.FARMS)
            if venue == POLYMARKET and k.FARMS[make] == "bundle":
                make = k.FARMS.index("star")
            size = int(min(_LARGEST_FARM, 3 + np.floor(rng.pareto(1.2) * 3)))
            members, waiting = np.split(waiting, [size if len(waiting) - size >= 3 else len(waiting)])
            cast.group[members] = len(makes)
            makes.append(make)
        cast.role[waiting] = k.CROWD
        pairs = cast.of(k.VOLUME, venue)
        for pair in np.split(pairs[: len(pairs) // 2 * 2], len(pairs) // 2) if len(pairs) > 1 else ():
            cast.group[pair] = len(makes)
            makes.append(k.FARMS.index("wash"))
    _crews(rng, cast, makes)
    cast.make = np.array(makes, np.int64)
    cast.chief = np.array([cast.members(number)[0] for number in range(len(makes))], np.int64)


def _crews(rng: np.random.Generator, cast: Cast, makes: list[int]) -> None:
    """Each crew has one developer and two to nine of the bundlers and insiders."""
    devs = rng.permutation(cast.of(k.DEV, SOLANA))
    helpers = rng.permutation(np.concatenate([cast.of(k.BUNDLER, SOLANA), cast.of(k.INSIDER, SOLANA)]))
    for dev in devs:
        if not len(helpers):
            return
        size = int(rng.integers(2, 10))
        crew, helpers = helpers[:size], helpers[size:]
        cast.group[crew] = cast.group[dev] = len(makes)
        cast.leader[crew] = dev
        makes.append(k.GROUPS.index("launch_crew"))
    cast.role[helpers] = k.CROWD


def _follow(rng: np.random.Generator, cast: Cast) -> None:
    """Copiers follow the skilled (else anybody), followers a KOL, members of a farm its chief."""
    for venue in (SOLANA, POLYMARKET):
        crowd = cast.of(k.CROWD, venue)
        for role, leads in ((k.COPIER, k.SKILLED), (k.FOLLOWER, k.KOL)):
            behind, leaders = cast.of(role, venue), cast.of(leads, venue)
            leaders = leaders if len(leaders) else crowd[: max(1, len(behind) // 8)]
            if len(leaders):
                cast.leader[behind] = rng.choice(leaders, len(behind))
            else:
                cast.role[behind] = k.CROWD
    farmed = cast.role == k.SYBIL
    cast.leader[farmed] = cast.chief[cast.group[farmed]]
    cast.leader[cast.chief[cast.make < len(k.FARMS)]] = -1
