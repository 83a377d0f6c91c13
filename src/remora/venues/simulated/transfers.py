"""A simulated airdrop: who sent to whom, who a wallet is, and which wallets are one hand. Transfers only, no trades.

Innocents come from exchanges, bridges, disperse tools, market makers, friends and employers, and use the same contracts
as everybody. Sybils come in groups of two to hundreds. Amounts are wei, instants nanoseconds, volumes dollars.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from remora.model.units import DAY, HOUR, MINUTE, SECOND
from remora.venues.simulated.population import MAKES, Population, population

Ints = NDArray[np.int64]

START: Final = 1_700_000_000 * SECOND
SPAN: Final = 400 * DAY
ASSET: Final = "ETH"
HUBS: Final = {"exchange": 12, "bridge": 6, "disperse": 3, "market_maker": 4, "contract": 15}
_FINNEY: Final = 10**15  # a thousandth of an ether, in wei
_LARGEST_AMOUNT: Final = 9 * 10**18  # what 64 bits hold


def make_transfers(seed: int, *, candidates: int = 24_000, style: Population | None = None) -> dict[str, pa.Table]:
    """An airdrop of that seed, in the style given or in the seed's own.

    transfers: from, to, asset, amount (wei), happened_at (both null where the style has none), kind; in the order of time.
    entities: address, kind: the hubs that somebody listed. candidates: address, first_use_at, volume_usd.
    truth: address, group (-1 none), is_sybil, reported, make; one row per candidate. The same seed gives the same tables.
    """
    town = _Town(np.random.Generator(np.random.PCG64(seed)), candidates, style or population(seed))
    _settle(town)
    _join(town)
    _mingle(town)
    return town.tables()


class _Town:
    """Everything that grows while an airdrop is made: wallets as numbers (candidates first) and rows between them."""

    def __init__(self, rng: np.random.Generator, size: int, style: Population) -> None:
        self.rng, self.size, self.style = rng, size, style
        self.wallets = size
        self.rows: list[tuple[Ints, ...]] = []
        self.hubs = {kind: self.new(count) for kind, count in HUBS.items()}
        crowd = _bursts(rng, size)
        self.first_use = crowd
        self.volume = np.exp(rng.normal(6.5, 2.0, size))
        self.group = np.full(size, -1, np.int64)
        self.make = np.full(size, -1, np.int64)
        self.reported = np.zeros(size, np.bool_)

    def new(self, count: int) -> Ints:
        """Wallets that are no candidates."""
        self.wallets += count
        return np.arange(self.wallets - count, self.wallets)

    def hub(self, kind: str, count: int) -> Ints:
        """A hub of that kind for each of so many: few have most of the customers."""
        known = self.hubs[kind]
        share = 1.0 / np.arange(1, len(known) + 1)
        return self.rng.choice(known, count, p=share / share.sum())

    def send(self, sender: Any, receiver: Any, at: Any, amount: Any) -> None:
        """Rows; single values stand for all."""
        columns = np.broadcast_arrays(*(np.asarray(value, np.int64) for value in (sender, receiver, at, amount)))
        self.rows.append(tuple(np.atleast_1d(column).copy() for column in columns))

    def money(self, count: int, middle: float = 60.0, spread: float = 1.2) -> Ints:
        """Amounts as people send them: about `middle` finneys, half of them round."""
        finneys = np.exp(self.rng.normal(np.log(middle), spread, count))
        exact = (finneys * 10**6).astype(np.int64) * (_FINNEY // 10**6)
        round_ones = np.maximum(1, np.round(finneys / 5).astype(np.int64)) * 5 * _FINNEY
        return np.minimum(np.where(self.rng.random(count) < 0.5, round_ones, exact), _LARGEST_AMOUNT)

    def deposit(self, senders: Ints, at: Ints, address: Ints) -> None:
        """Send to a deposit address of an exchange, which forwards to the exchange's own wallet."""
        amount = self.money(len(senders), 80.0)
        self.send(senders, address, at, amount)
        opened = {int(number): int(hub) for number, hub in zip(np.unique(address), self._exchanges(address), strict=True)}
        hot = np.array([opened[int(number)] for number in address], np.int64)
        self.send(address, hot, at + 20 * MINUTE, amount - 21_000 * 10**10)

    def _exchanges(self, address: Ints) -> Ints:
        return self.hub("exchange", len(np.unique(address)))

    def tables(self) -> dict[str, pa.Table]:
        """What is told, and the truth."""
        names = self._names()
        who, truth = names[: self.size], np.arange(self.size)
        makes = np.array(["", *MAKES])
        return {
            "transfers": self._transfers(names),
            "entities": self._entities(names),
            "candidates": pa.table({
                "address": who, "first_use_at": pa.array(self.first_use // SECOND * SECOND),
                "volume_usd": pa.array(np.round(self.volume, 2)),
            }),
            "truth": pa.table({
                "address": who, "group": pa.array(self.group[truth]), "is_sybil": pa.array(self.group >= 0),
                "reported": pa.array(self.reported), "make": pa.array(makes[self.make + 1].tolist(), pa.string()),
            }),
        }  # fmt: skip

    def _names(self) -> list[str]:
        digits = self.rng.bytes(18 * self.wallets).hex()
        return [f"0x51a0{digits[36 * n : 36 * n + 36]}" for n in range(self.wallets)]

    def _entities(self, names: list[str]) -> pa.Table:
        """The biggest of each kind, and of the others as many as the style lists."""
        listed = [
            (names[number], kind)
            for kind, numbers in self.hubs.items()
            for place, number in enumerate(numbers.tolist())
            if place == 0 or self.rng.random() < self.style.listed
        ]
        return pa.table({"address": [name for name, _ in listed], "kind": [kind for _, kind in listed]})

    def _transfers(self, names: list[str]) -> pa.Table:
        sender, receiver, at, amount = (np.concatenate(column) for column in zip(*self.rows, strict=True))
        kept = np.flatnonzero((self.rng.random(len(at)) >= self.style.lost) & (sender != receiver))
        kept = kept[np.lexsort((receiver[kept], sender[kept], at[kept]))]
        if not self.style.with_times:
            kept = self.rng.permutation(kept)
        text = pa.array(names)
        return pa.table({
            "from": text.take(pa.array(sender[kept])), "to": text.take(pa.array(receiver[kept])),
            "asset": pa.array([ASSET] * len(kept)),
            "amount": pa.array(np.maximum(amount[kept], 1), mask=np.full(len(kept), not self.style.with_amounts)),
            "happened_at": pa.array(at[kept] // SECOND * SECOND, mask=np.full(len(kept), not self.style.with_times)),
            "kind": pa.array(["transfer"] * len(kept)),
        })  # fmt: skip


def _bursts(rng: np.random.Generator, count: int) -> Ints:
    """Instants at which people come: two in five at any time, the others in the days after some news."""
    news = rng.integers(0, SPAN * 9 // 10, 8)
    after = news[rng.integers(0, len(news), count)] + (rng.exponential(6.0, count) * DAY).astype(np.int64)
    any_time = rng.integers(0, SPAN, count)
    return START + 10 * DAY + np.where(rng.random(count) < 0.4, any_time, np.minimum(after, SPAN))


# --- sybils ---------------------------------------------------------------------------------------------------------


def _settle(town: _Town) -> None:
    """Draw who belongs to a group: sizes by a power law, until the share is reached."""
    rng, style = town.rng, town.style
    sizes = np.arange(2, max(3, min(style.largest, town.size // 4)) + 1)
    weight = sizes.astype(np.float64) ** -style.tail
    wanted, order, taken, number = int(town.size * style.sybil_share), rng.permutation(town.size), 0, 0
    makes = np.array(style.makes) / sum(style.makes)
    while taken < wanted:
        size = min(int(rng.choice(sizes, p=weight / weight.sum())), max(2, wanted - taken))
        members = order[taken : taken + size]
        town.group[members], town.make[members] = number, rng.choice(len(MAKES), p=makes)
        taken, number = taken + size, number + 1


def _join(town: _Town) -> None:
    """Tie the wallets of every group."""
    order = np.argsort(town.group, kind="stable")
    order = order[np.searchsorted(town.group[order], 0) :]
    starts = np.flatnonzero(np.diff(town.group[order], prepend=-1))
    for members in np.split(order, starts[1:]) if len(order) else ():
        _one_group(town, members)


def _one_group(town: _Town, members: Ints) -> None:
    rng, style, count = town.rng, town.style, len(members)
    spread = style.spread_hours * np.exp(rng.normal(0.0, 0.7)) * HOUR
    opened = int(_bursts(rng, 1)[0])
    at = opened + np.sort((rng.random(count) ** 1.5 * spread).astype(np.int64))
    town.first_use[members] = at
    town.volume[members] = np.exp(rng.normal(6.5, 1.2) + rng.normal(0.0, style.volume_sigma, count))
    if rng.random() < style.reported * min(1.5, 0.6 + count / 40):
        town.reported[members] = rng.random(count) < style.reported_members
    make = MAKES[int(town.make[members[0]])]
    funded = at - (rng.exponential(0.5, count) * HOUR).astype(np.int64) - MINUTE
    if rng.random() < style.hidden:
        _from_hubs(town, members, funded)
        return
    head = members[:1] if rng.random() < 0.4 else town.new(1)
    _from_hubs(town, head, np.array([funded.min() - DAY // 4]), 900.0)
    _fund(town, members, head, funded, make)
    if make == "convergence" or rng.random() < style.swept:
        _sweep(town, members, at)


def _fund(town: _Town, members: Ints, head: Ints, at: Ints, make: str) -> None:
    """The edges by which a group's money reaches its wallets."""
    rng, style, count = town.rng, town.style, len(members)
    place = np.arange(count)
    width = int(rng.integers(2, 6))
    parent = {
        "star": np.full(count, -1), "chain": place - 1, "tree": (place - 1) // width if count > 1 else place - 1,
        "convergence": np.full(count, -2), "mixed": np.where(place % 2 == 0, -1, place - 1),
    }[make]  # fmt: skip
    parent[0] = min(int(parent[0]), -1)
    parent = np.where(rng.random(count) < style.through_exchange, -2, parent)
    source = np.where(parent < 0, head[0], members[np.maximum(parent, 0)])
    _from_hubs(town, members[parent == -2], at[parent == -2])
    inner = np.flatnonzero((parent > -2) & (source != members))
    amount = np.full(len(inner), town.money(1)[0]) if rng.random() < 0.5 else town.money(len(inner), 40.0, 0.3)
    if make == "star" and rng.random() < style.by_disperse:
        tool = town.hub("disperse", 1)
        town.send(head, tool, at[inner].min(initial=at.min()) - MINUTE, int(amount.sum() or _FINNEY) % _LARGEST_AMOUNT)
        source[inner] = tool[0]
    _through_others(town, source[inner], members[inner], at[inner], amount)


def _through_others(town: _Town, source: Ints, target: Ints, at: Ints, amount: Ints) -> None:
    """Edges, some of them over one or more wallets that do nothing else."""
    rng, style = town.rng, town.style
    hops = np.where(rng.random(len(source)) < style.hopped, rng.integers(1, style.hops + 1, len(source)), 0)
    for step in range(style.hops, 0, -1):
        over = np.flatnonzero(hops >= step)
        middle = town.new(len(over))
        town.send(middle, target[over], at[over], amount[over])
        target, at, amount = target.copy(), at.copy(), amount.copy()
        target[over] = middle
        at[over] -= (rng.exponential(1.0, len(over)) * HOUR).astype(np.int64) + MINUTE
        amount[over] += _FINNEY
    town.send(source, target, at, amount)


def _from_hubs(town: _Town, wallets: Ints, at: Ints, middle: float = 60.0) -> None:
    """Money from exchanges (mostly the same one) and bridges."""
    count = len(wallets)
    usual = np.full(count, town.hub("exchange", 1)[0])
    hub = np.where(town.rng.random(count) < 0.7, usual, town.hub("exchange", count))
    hub = np.where(town.rng.random(count) < 0.2, town.hub("bridge", count), hub)
    town.send(hub, wallets, at, town.money(count, middle))


def _sweep(town: _Town, members: Ints, at: Ints) -> None:
    """Gather the money: in a collector, or at one deposit address of an exchange."""
    rng, count = town.rng, len(members)
    end = int(at.max()) + int(rng.exponential(60.0) * DAY) + DAY
    when = np.sort(end + (rng.exponential(4.0, count) * HOUR).astype(np.int64))
    target = town.new(1)
    if rng.random() < 0.5:
        town.deposit(members, when, np.repeat(target, count))
        return
    town.send(members, target, when, town.money(count, 40.0, 0.5))
    town.deposit(target, when[-1:] + HOUR, town.new(1))


# --- everybody ------------------------------------------------------------------------------------------------------


def _mingle(town: _Town) -> None:
    """Innocents' money, and what all candidates do with strangers."""
    rng, style = town.rng, town.style
    innocent = np.flatnonzero(town.group < 0)
    at, count = town.first_use[innocent], len(innocent)
    before = at - (rng.exponential(8.0, count) * HOUR).astype(np.int64) - MINUTE
    source = rng.choice(5, count, p=[0.66, 0.2, 0.04, 0.04, 0.06])
    kinds = ("exchange", "bridge", "disperse", "market_maker")
    for n, kind in enumerate(kinds):
        some = source == n
        town.send(town.hub(kind, int(some.sum())), innocent[some], before[some], town.money(int(some.sum())))
    lent = source == len(kinds)
    if len(innocent):
        town.send(rng.choice(innocent, int(lent.sum())), innocent[lent], before[lent], town.money(int(lent.sum()), 20.0))
    leaving = innocent[rng.random(count) < 0.5]
    town.deposit(leaving, _later(town, leaving), town.new(len(leaving)))
    _friends(town, innocent)
    _employers(town, innocent)
    everybody = np.arange(town.size)
    uses = np.repeat(everybody, rng.integers(1, 5, town.size))
    town.send(uses, town.hub("contract", len(uses)), _later(town, uses), town.money(len(uses), 30.0))
    paid = uses[rng.random(len(uses)) < 0.2]
    town.send(town.hub("contract", len(paid)), paid, _later(town, paid), town.money(len(paid), 30.0))
    buyers = rng.integers(0, town.size, int(town.size * style.purchases))
    town.send(buyers, rng.integers(0, town.size, len(buyers)), _later(town, buyers), town.money(len(buyers), 25.0))
    _dust(town, innocent)


def _later(town: _Town, wallets: Ints) -> Ints:
    """Some time after each wallet's first use."""
    rng = town.rng
    return town.first_use[wallets] + MINUTE + (rng.exponential(40.0, len(wallets)) * DAY).astype(np.int64)


def _friends(town: _Town, innocent: Ints) -> None:
    """Pairs of strangers to everybody else: a loan, sometimes given back."""
    some = town.rng.permutation(innocent)[: int(len(innocent) * town.style.friends) // 2 * 2]
    lenders, borrowers = some[::2], some[1::2]
    at = _later(town, lenders)
    town.send(lenders, borrowers, at, town.money(len(lenders), 20.0))
    back = town.rng.random(len(lenders)) < 0.4
    town.send(borrowers[back], lenders[back], at[back] + 9 * DAY, town.money(int(back.sum()), 20.0))


def _employers(town: _Town, innocent: Ints) -> None:
    """A firm pays five to sixty people, month after month, alike amounts at the same hour."""
    rng = town.rng
    staff = rng.permutation(innocent)[: int(len(innocent) * town.style.paid)]
    while len(staff) >= 5:
        people, staff = np.split(staff, [int(rng.integers(5, 61))])
        firm, wage = town.new(1), town.money(len(people), 700.0, 0.4)
        _from_hubs(town, firm, np.array([START + DAY]), 2_000.0)
        for month in range(int(rng.integers(1, 5))):
            payday = int(town.first_use[people].max()) + month * 30 * DAY
            town.send(firm, people, payday + rng.integers(0, HOUR, len(people)), wage)


def _dust(town: _Town, innocent: Ints) -> None:
    """Attackers send next to nothing to strangers; some of the attackers are candidates of a group themselves."""
    rng = town.rng
    victims = rng.permutation(innocent)[: int(len(innocent) * town.style.dusted)]
    sybils = np.flatnonzero(town.group >= 0)
    attackers: Sequence[int] = [*town.new(12).tolist(), *rng.choice(sybils, min(6, len(sybils)), replace=False).tolist()]
    sender = rng.choice(np.array(attackers, np.int64), len(victims))
    town.send(sender, victims, _later(town, victims), rng.integers(1, 10**12, len(victims)))
