"""Where the money of a simulated world comes from: exchanges, friends, employers, and the one hand behind a group."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from remora.venues.simulated import knobs as k
from remora.venues.simulated.cast import POLYMARKET, SOLANA, Cast, Floats, Ints
from remora.venues.simulated.knobs import Knobs

HUBS: Final = {"exchange": 6, "bridge": 2, "disperse": 2, "market_maker": 1}
_HOUR: Final = 3_600_000
_MINUTE: Final = 60_000
_UNIT: Final = (10**7, 10**4)  # a hundredth of a SOL, a cent
_DIRECT: Final = ("exchange", "copy", "convergence")
"""Makes whose members come from an exchange one by one: how they trade, or sweep, betrays them."""


@dataclass
class Funding:
    """Transfers: sender, receiver (wallets; from `first_other` on they trade nothing), amount, at (ms), venue.

    hubs: [(wallet, kind, venue, listed)]. employed: innocents who share an employer with others.
    dusted: innocents that got dust from an attacker. payer: who funded each trading wallet.
    """

    others: int
    venue_of_other: list[int] = field(default_factory=list)
    rows: list[tuple[Ints, ...]] = field(default_factory=list)
    hubs: list[tuple[int, str, int, bool]] = field(default_factory=list)
    dusted: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    payer: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    employed: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def new(self, count: int, venue: int) -> Ints:
        """Wallets that trade nothing."""
        first = self.others + len(self.venue_of_other)
        self.venue_of_other += [venue] * count
        return np.arange(first, first + count)

    def send(self, sender: Any, receiver: Any, amount: Any, at: Any, venue: Any) -> None:
        """Rows; single values stand for all."""
        columns = np.broadcast_arrays(*(np.asarray(value, np.int64) for value in (sender, receiver, amount, at, venue)))
        self.rows.append(tuple(np.atleast_1d(column).copy() for column in columns))

    def sorted(self) -> tuple[Ints, ...]:
        """(sender, receiver, amount, at, venue) in the order of time."""
        columns = [np.concatenate(column) for column in zip(*self.rows, strict=True)]
        order = np.lexsort((columns[1], columns[0], columns[3]))
        return tuple(column[order] for column in columns)


def funding(rng: np.random.Generator, cast: Cast, knobs: Knobs, first: Ints, last: Ints, need: Ints) -> Funding:
    """Everybody's money, before the first trade of each: first, last trade (ms) and the largest buy by wallet."""
    found = Funding(others=len(cast.role))
    found.payer = np.full(len(cast.role), -1, np.int64)
    amount = (need * (1.5 + rng.exponential(2.0, len(need)))).astype(np.int64) + np.where(
        cast.venue == SOLANA, 5 * 10**7, 10**7
    )
    unit = np.array(_UNIT)[cast.venue]
    amount = np.where(rng.random(len(need)) < 0.6, (amount // unit + 1) * unit, amount)
    for venue in (SOLANA, POLYMARKET):
        if not (cast.venue == venue).any():
            continue
        hubs = {kind: found.new(count, venue) for kind, count in HUBS.items()}
        for kind, numbers in hubs.items():
            found.hubs += [(int(n), kind, venue, bool(i == 0 or rng.random() < knobs.listed)) for i, n in enumerate(numbers)]
        _innocents(rng, cast, knobs, found, hubs, venue, first, amount)
        for group in range(len(cast.make)):
            if cast.venue[cast.chief[group]] == venue:
                _family(rng, cast, knobs, found, hubs, group, first, last, amount)
        _dust(rng, cast, knobs, found, venue, first)
        _customers(rng, knobs, found, np.append(hubs["exchange"], hubs["bridge"]), venue, int(last.max()))
    return found


def _pick(rng: np.random.Generator, hubs: Ints, count: int) -> Ints:
    share = 1.0 / np.arange(1, len(hubs) + 1) ** 0.6
    return rng.choice(hubs, count, p=share / share.sum())


def _innocents(
    rng: np.random.Generator, cast: Cast, knobs: Knobs, found: Funding, hubs: dict[str, Ints], venue: int, first: Ints,
    amount: Ints,
) -> None:  # fmt: skip
    """Mostly from exchanges; some from bridges, tools, makers' desks, friends who came before, and an employer."""
    here = np.flatnonzero((cast.venue == venue) & (cast.group < 0))
    here = here[np.argsort(first[here], kind="stable")]
    at = first[here] - _MINUTE - (np.exp(rng.normal(0.0, 1.6, len(here))) * 10 * _HOUR).astype(np.int64)
    rest = 1.0 - knobs.friends
    way = rng.choice(5, len(here), p=[0.78 * rest, 0.10 * rest, 0.08 * rest, 0.04 * rest, knobs.friends])
    payer = np.select([way == n for n in range(4)], [_pick(rng, hubs[kind], len(here)) for kind in hubs], -1)
    friend = here[(rng.random(len(here)) * np.arange(len(here))).astype(np.int64)]
    payer = np.where((way == 4) & (friend != here), friend, np.where(way == 4, hubs["exchange"][0], payer))
    staff = np.flatnonzero(rng.random(len(here)) < 0.02)
    for people in np.array_split(staff, max(1, len(staff) // 12)) if len(staff) >= 5 else ():
        firm = found.new(1, venue)
        found.send(hubs["exchange"][0], firm, int(amount[here[people]].sum()) * 2, int(at[people].min()) - _HOUR, venue)
        payer[people] = firm[0]
        found.employed = np.append(found.employed, here[people])
    found.send(payer, here, amount[here], at, venue)
    found.payer[here] = payer
    more = rng.random(len(here)) < 0.3  # people fill up again
    found.send(_pick(rng, hubs["exchange"], int(more.sum())), here[more], amount[here[more]], at[more] + 30 * _HOUR, venue)


def _family(
    rng: np.random.Generator, cast: Cast, knobs: Knobs, found: Funding, hubs: dict[str, Ints], group: int, first: Ints,
    last: Ints, amount: Ints,
) -> None:  # fmt: skip
    """One group's money, as its make says."""
    make, venue = k.GROUPS[int(cast.make[group])], int(cast.venue[cast.chief[group]])
    members = cast.members(group)
    if make == "launch_crew":
        members = np.concatenate([members[cast.role[members] == k.DEV], members[cast.role[members] != k.DEV]])
    place, count = np.arange(len(members)), len(members)
    parent = {"chain": place - 1, "split": place - 1, "tree": (place - 1) // 3}.get(make, np.zeros(count, np.int64))
    direct = np.full(count, make in _DIRECT) | (rng.random(count) < knobs.through_exchange)
    direct[0] = True
    opened = int(first[members].min()) - 8 * _HOUR
    at = opened + place * _HOUR // max(1, count) + rng.integers(0, _MINUTE, count)
    at[0] = opened - _HOUR
    alike = int(np.median(amount[members]))
    money = np.where(place == 0, alike * count, (alike * (1 + knobs.amount_noise * rng.normal(0, 1, count)))).astype(np.int64)
    money = np.maximum(money, alike // 2)
    usual = _pick(rng, hubs["exchange"], 1)[0]
    found.send(usual, members[direct], money[direct], at[direct], venue)
    found.payer[members] = np.where(direct, usual, members[np.maximum(parent, 0)])
    own = np.flatnonzero(~direct)
    source = members[parent[own]]
    if rng.random() < knobs.by_disperse and len(own) and (parent == 0).all():
        tool = hubs["disperse"][0]
        found.send(members[0], tool, int(money[own].sum()), int(at[own].min()) - _MINUTE, venue)
        source = np.full(len(own), tool)
        found.payer[members[own]] = tool
    _over(rng, knobs, found, source, members[own], money[own], at[own], venue)
    end = int(last[members].max()) + _HOUR
    if make == "convergence":
        collector = found.new(1, venue)
        found.send(members, collector, money * 3 // 4, end + rng.integers(0, _HOUR, count), venue)
        found.send(collector, usual, int(money.sum()) // 2, end + 3 * _HOUR, venue)
    if make == "wash":
        found.send(members, np.roll(members, -1), money // 3, end + place * _MINUTE, venue)


def _over(
    rng: np.random.Generator, knobs: Knobs, found: Funding, source: Ints, target: Ints, amount: Ints, at: Ints, venue: int
) -> None:
    """Edges, some over one or more wallets that do nothing else."""
    hops = np.where(rng.random(len(source)) < knobs.hopped, rng.integers(1, max(2, knobs.hops + 1), len(source)), 0)
    hops = np.minimum(hops, knobs.hops)
    for step in range(knobs.hops, 0, -1):
        some = np.flatnonzero(hops >= step)
        middle = found.new(len(some), venue)
        found.send(middle, target[some], amount[some], at[some], venue)
        target, at = target.copy(), at.copy()
        target[some] = middle
        at[some] -= rng.integers(1, 5, len(some)) * _MINUTE
    found.send(source, target, amount, at, venue)


def _dust(rng: np.random.Generator, cast: Cast, knobs: Knobs, found: Funding, venue: int, first: Ints) -> None:
    """Attackers, strangers and chiefs of farms, send next to nothing to innocents, some to dozens."""
    here = np.flatnonzero((cast.venue == venue) & (cast.group < 0))
    victims = rng.permutation(here)[: round(len(here) * knobs.dusted)]
    chiefs = cast.chief[cast.venue[cast.chief] == venue] if len(cast.chief) else np.zeros(0, np.int64)
    attackers = np.concatenate([found.new(3, venue), chiefs[:5]])
    at: Floats = first[victims] + rng.exponential(20.0, len(victims)) * _HOUR
    found.send(rng.choice(attackers, len(victims)), victims, rng.integers(1, 1_000, len(victims)), at.astype(np.int64), venue)
    found.dusted = np.append(found.dusted, victims)


def _customers(rng: np.random.Generator, knobs: Knobs, found: Funding, hubs: Ints, venue: int, end: int) -> None:
    """People who have nothing to do with these markets: what makes a hub a hub."""
    count = knobs.hub_customers
    strangers = found.new(count * len(hubs), venue)
    amount = (np.exp(rng.normal(0.0, 1.5, len(strangers))) * 30 + 1).astype(np.int64) * _UNIT[venue]
    found.send(np.repeat(hubs, count), strangers, amount, rng.integers(0, max(1, end), len(strangers)), venue)
