"""What bets on questions become: fills at the market's price, with the venue's fee; beside them makers and wash rings."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from remora.venues.simulated import knobs as k
from remora.venues.simulated.bets import NEVER, Bets
from remora.venues.simulated.cast import POLYMARKET, Cast, Ints
from remora.venues.simulated.questions import RATES, Questions

CENTISHARE_ATOMS = 10_000
MILLI_MICRO = 1_000
_LEAST_CENTISHARES = 500
_MICRO_PER_CENTISHARE = 5_000  # at one half: sizes do not depend on the price, so that they do not weigh the edge


@dataclass
class Fills:
    """One row per fill. what: 2 x market + outcome. at: ms. side: 0 buy, 1 sell. shares: hundredths. price: thousandths of
    a dollar. fee: micro-dollars. taker: pays it."""

    wallet: Ints
    what: Ints
    at: Ints
    side: Ints
    shares: Ints
    price: Ints
    taker: Ints
    fee: Ints

    @property
    def quantity(self) -> Ints:
        """Share atoms."""
        return self.shares * CENTISHARE_ATOMS

    @property
    def money(self) -> Ints:
        """Micro-dollars before the fee: exact, since shares are hundredths and prices thousandths."""
        return self.shares * self.price * 10

    def __len__(self) -> int:
        """Number of fills."""
        return len(self.wallet)


def fills(rng: np.random.Generator, cast: Cast, asked: Questions, planned: Bets, mean: float, horizon: int) -> Fills:
    """All fills before the horizon, in the order of time; nobody has two in one second."""
    closes = asked.closes[planned.what // 2] if len(asked) else planned.enter
    planned = planned.take(np.flatnonzero((planned.enter < closes) & (planned.enter < horizon)))
    price = _price(asked, planned.what, planned.enter)
    shares = np.maximum(_LEAST_CENTISHARES, (planned.size / _MICRO_PER_CENTISHARE).astype(np.int64))
    out = np.flatnonzero((planned.leave != NEVER) & (planned.leave < np.minimum(asked.closes[planned.what // 2], horizon)))
    sold = planned.take(out)
    rows = [
        (planned.wallet, planned.what, planned.enter, np.zeros_like(price), shares, price, np.ones_like(price)),
        (sold.wallet, sold.what, sold.leave, np.ones(len(out), np.int64), shares[out], _price(asked, sold.what, sold.leave),
         np.ones(len(out), np.int64)),
        *_makers(rng, cast, asked, mean), *_rings(rng, cast, asked, mean),
    ]  # fmt: skip
    wallet, what, at, side, many, cost, taker = (np.concatenate(column).astype(np.int64) for column in zip(*rows, strict=True))
    found = Fills(wallet, what, at, side, many, cost, taker, np.zeros_like(at))
    found = _take(found, np.flatnonzero(found.at < horizon))
    found = _take(found, np.lexsort((found.side, found.at, found.wallet)))
    _one_a_second(found)
    rate = np.array(RATES)[asked.category[found.what // 2]] * found.taker
    found.fee = _fee(found.shares, found.price, rate)
    return _take(found, np.lexsort((found.wallet, found.at)))


def _take(found: Fills, rows: Ints) -> Fills:
    return Fills(*(getattr(found, field.name)[rows] for field in fields(Fills)))


def _price(asked: Questions, what: Ints, at: Ints) -> Ints:
    """What a share costs at an instant, in thousandths."""
    market = what // 2
    first = np.round(asked.price[market, asked.step(market, at)] * 1_000).astype(np.int64)
    return np.where(what % 2 == 0, first, 1_000 - first)


def _fee(shares: Ints, price: Ints, rate: Ints) -> Ints:
    """shares x rate x p (1 - p) in micro-dollars, to the fifth decimal, halves up (rate in ten-thousandths)."""
    numerator = shares * rate * price * (1_000 - price)
    return (2 * numerator + 10**7) // (2 * 10**7) * 10


def _one_a_second(found: Fills) -> None:
    """Move fills of one wallet that share a second apart; rows are sorted by (wallet, at)."""
    place = np.arange(len(found))
    second = found.at // 1_000 - place + found.wallet * 10**10
    found.at = (np.maximum.accumulate(second) + place - found.wallet * 10**10) * 1_000


def _makers(rng: np.random.Generator, cast: Cast, asked: Questions, mean: float) -> list[tuple[Ints, ...]]:
    """Makers buy both outcomes a tick below the price within a minute, and sell what they hold a tick above it."""
    rows: list[tuple[Ints, ...]] = []
    for maker in cast.of(k.MAKER, POLYMARKET) if len(asked) else ():
        count = max(4, int(mean * rng.uniform(3, 8)))
        market = rng.choice(rng.choice(len(asked), min(len(asked), 12), replace=False), count)
        at = (asked.opens[market] + rng.random(count) * 0.9 * (asked.closes[market] - asked.opens[market])).astype(np.int64)
        shares = np.maximum(_LEAST_CENTISHARES, (np.full(count, cast.size[maker]) / 5_000).astype(np.int64))
        one = np.ones(count, np.int64)
        for outcome in (0, 1):
            what, when = 2 * market + outcome, at + rng.integers(0, 60_000, count)
            rows.append((one * maker, what, when, one * 0, shares, np.maximum(_price(asked, what, at) - 5, 1), one * 0))
            back = rng.random(count) < 0.7
            later = when + rng.integers(120_000, 900_000, count)
            price = np.minimum(_price(asked, what, at) + 5, 999)
            rows.append(tuple(column[back] for column in (one * maker, what, later, one, shares, price, one * 0)))
    return rows


def _rings(rng: np.random.Generator, cast: Cast, asked: Questions, mean: float) -> list[tuple[Ints, ...]]:
    """Rings that trade the same shares round and round at one price."""
    rows: list[tuple[Ints, ...]] = []
    for ring in np.flatnonzero(cast.make == k.FARMS.index("wash")) if len(asked) else ():
        members = cast.members(int(ring))
        if cast.venue[members[0]] != POLYMARKET:
            continue
        count = max(6, int(mean * len(members) / 2))
        market = rng.integers(0, len(asked), max(1, count // 10)).repeat(10)
        start = asked.opens[market] + (asked.closes[market] - asked.opens[market]) // 3
        at = start + np.tile(np.arange(10), len(market) // 10) * 45_000
        who, what = members[np.arange(len(market)) % len(members)], 2 * market
        price, one = _price(asked, what, start), np.ones(len(market), np.int64)
        shares = np.maximum(_LEAST_CENTISHARES, (cast.size[members[0]] / 10 / price).astype(np.int64))
        rows.append((who, what, at, one * 0, shares, price, one))
        rows.append((who, what, at + 30_000, one, shares, price, one))
    return rows
