"""Plans of wallets that hold for venues alike: which bet, when in and when out, how much; and who repeats whose."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from remora.venues.simulated import knobs as k
from remora.venues.simulated.cast import Cast, Floats, Ints
from remora.venues.simulated.knobs import Knobs

MINUTE = 60_000
NEVER = -1


@dataclass
class Bets:
    """One row per planned bet. what: the coin, or the outcome. enter, leave: milliseconds (leave NEVER: held to the end).

    size: lamports or micro-dollars.
    """

    wallet: Ints
    what: Ints
    enter: Ints
    leave: Ints
    size: Floats

    def __len__(self) -> int:
        """Number of bets."""
        return len(self.wallet)

    def take(self, rows: Ints) -> Bets:
        """Some of them."""
        return Bets(*(getattr(self, field.name)[rows] for field in fields(self)))


def joined(parts: list[Bets]) -> Bets:
    """Several lists as one."""
    return Bets(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Bets)))


def counts(rng: np.random.Generator, wallets: Ints, mean: float) -> Ints:
    """How many bets each wallet makes: few make many."""
    return np.maximum(1, np.round(mean * rng.gamma(1.6, 1 / 1.6, len(wallets)))).astype(np.int64)


def chiefs(cast: Cast) -> NDArray[np.bool_]:
    """The chiefs of farms that trade as others do: the others of the farm repeat them. Rings wash instead."""
    found = np.zeros(len(cast.role), np.bool_)
    found[cast.chief] = True
    alone: NDArray[np.bool_] = found & (cast.role == k.SYBIL) & ~washing(cast)
    return alone


def washing(cast: Cast) -> NDArray[np.bool_]:
    """Members of wash rings."""
    rings = np.append(cast.make == k.FARMS.index("wash"), False)
    found: NDArray[np.bool_] = rings[cast.group]
    return found


def echo(rng: np.random.Generator, bets: Bets, cast: Cast, behind: Ints, share: float) -> Bets:
    """Each bet of each leader, repeated by those of `behind` that follow (with the chance `share`), at the same instants.

    The size becomes the follower's own, in the leader's proportion.
    """
    order = np.argsort(bets.wallet, kind="stable")
    leaders = cast.leader[behind]
    start, end = (np.searchsorted(bets.wallet[order], leaders, side=side) for side in ("left", "right"))
    times = end - start
    place = np.repeat(start - np.cumsum(times) + times, times) + np.arange(times.sum())
    rows = order[place]
    who = np.repeat(behind, times)
    kept = rng.random(len(rows)) < share
    found = bets.take(rows[kept])
    found.size = found.size * cast.size[who[kept]] / cast.size[found.wallet]
    found.wallet = who[kept]
    return found


def along_line(at: Floats, x: Floats, y: Floats, weight: Ints | Floats) -> Floats:
    """What the straight line of least squares through (x, y) says at other places; flat where all x are one."""
    total = max(float(weight.sum()), 1e-300)
    middle, level = float((weight * x).sum()) / total, float((weight * y).sum()) / total
    spread = float((weight * (x - middle) ** 2).sum())
    slope = float((weight * (x - middle) * y).sum()) / spread if spread else 0.0
    return level + slope * (at - middle)


def delayed(bets: Bets, enter: Ints, leave: Ints) -> Bets:
    """The same bets, each so many milliseconds later into it and out of it."""
    bets.enter = bets.enter + enter
    bets.leave = np.where(bets.leave == NEVER, NEVER, np.maximum(bets.leave + leave, bets.enter + k.SLOT_MS))
    return bets


def repeated(rng: np.random.Generator, bets: Bets, cast: Cast, venue: int, knobs: Knobs) -> Bets:
    """The bets and all that repeats them: copiers at once, followers minutes later, farms in every make's own way."""
    copied = echo(rng, bets, cast, cast.of(k.COPIER, venue), 0.6)
    lag = rng.integers(2_000, 30_000, len(copied))
    parts = [bets, delayed(copied, lag, lag + rng.integers(0, 5_000, len(copied)))]
    heard = echo(rng, bets, cast, cast.of(k.FOLLOWER, venue), 0.3)
    heard = delayed(heard, rng.integers(1 * MINUTE, 6 * MINUTE, len(heard)), rng.integers(5 * MINUTE, 90 * MINUTE, len(heard)))
    return joined([*parts, heard, *_farms(rng, bets, cast, venue, knobs)])


def _farms(rng: np.random.Generator, bets: Bets, cast: Cast, venue: int, knobs: Knobs) -> list[Bets]:
    """What the members of farms add to their chiefs' bets; a split history is dealt out instead of repeated."""
    members = cast.of(k.SYBIL, venue)
    members = members[(cast.leader[members] >= 0) & ~washing(cast)[members]]
    make = np.array(k.FARMS)[cast.make[cast.group[members]]] if len(members) else np.array([], str)
    alike = echo(rng, bets, cast, members[(make != "split") & (make != "bundle") & (make != "copy")], 0.85)
    same_slot = echo(rng, bets, cast, members[make == "bundle"], 0.9)
    late = echo(rng, bets, cast, members[make == "copy"], 0.9)
    for part in (alike, same_slot, late):
        chief = cast.leader[part.wallet]
        noise = 1.0 + knobs.amount_noise * rng.normal(0.0, 1.0, len(part))
        part.size = part.size * cast.size[chief] / cast.size[part.wallet] * np.maximum(noise, 0.1)
    jitter = knobs.jitter_seconds * 1_000

    def wobble(count: int) -> Ints:
        return (rng.exponential(1.0, count) * jitter).astype(np.int64)

    parts = [
        delayed(alike, wobble(len(alike)), wobble(len(alike))),
        delayed(same_slot, np.zeros(len(same_slot), np.int64), wobble(len(same_slot))),
        delayed(late, 8_000 + wobble(len(late)), 8_000 + wobble(len(late))),
    ]
    dealt = members[make == "split"]
    for chief in np.unique(cast.leader[dealt]):
        hands = np.append(dealt[cast.leader[dealt] == chief], chief)
        own = np.flatnonzero(bets.wallet == chief)
        bets.wallet[own] = rng.choice(hands, len(own))
    return parts
