"""Worlds of bets with known skill: what `skill` is measured on (quality 5c, 5e). Bets are drawn straight, without trades.

binary: prices tell the odds, each trader wins its edge more often. heavy: token multiples with a tail index of 1.3.
mixed: traders share events, a tenth copies others at a worse price, a twentieth are wallets of five-handed traders, of
whom four in five are pooled, as if found. null: binary without anybody skilled; the losers stay.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from remora.analysis.bets import Bets
from remora.analysis.past import POLYMARKET, SOLANA
from remora.analysis.shrinkage import Floats

Ints = NDArray[np.int64]

WORLDS: Final = ("binary", "heavy", "mixed", "null")
SKILLED_SHARE: Final = {"binary": 0.08, "heavy": 0.05, "mixed": 0.08, "null": 0.0}
LOSING_SHARE: Final = 0.22
EDGE, EDGE_SPREAD = 0.03, 0.025
LOSS, LOSS_SPREAD = 0.02, 0.015
_LOG_EDGE, _LOG_SPREAD = 0.30, 0.10
_LOG_LOSS, _LOG_LOSS_SPREAD = 0.15, 0.10
TAIL_INDEX: Final = 1.3
_CUT: Final = 3.0
_COPIED, _ONE_HAND, _HANDS = 0.10, 0.05, 5
_FOUND: Final = 0.8
_COPY_COST: Final = 0.005


@dataclass(frozen=True)
class World:
    """Bets, and the true edge of each trader in the bets' unit."""

    bets: Bets
    truth: Floats

    @property
    def traders(self) -> int:
        """Number of traders."""
        return len(self.truth)


def world(kind: str, seed: int, traders: int, median_bets: int) -> World:
    """A world of `WORLDS`; bets per trader are lognormal (mean 1.8 times the median). Equal seeds give equal worlds."""
    chance = np.random.default_rng([WORLDS.index(kind), seed, median_bets])
    number = np.clip(chance.lognormal(np.log(median_bets), 1.1, traders), 1, 40 * median_bets).astype(np.int64)
    truth = edges(chance, kind, traders)
    who = np.repeat(np.arange(traders), number)
    usual = chance.lognormal(np.log(1e8), 1.2, traders)
    stake = np.maximum(usual[who] * chance.lognormal(0.0, 1.2, len(who)), 1.0)
    if kind == "heavy":
        return _heavy(chance, truth, who, stake)
    if kind == "mixed":
        return _mixed(chance, truth, who, stake, max(traders // 4, 40 * median_bets))
    price = chance.uniform(0.1, 0.9, len(who))
    won = chance.random(len(who)) < price + truth[who]
    return World(_binary(who, np.arange(len(who)), price, won, stake), truth)


def edges(chance: Generator, kind: str, traders: int) -> Floats:
    """True edges of as many drawn traders: some above zero, more below, most at zero."""
    lot = chance.random(traders)
    gain, loss = ((_LOG_EDGE, _LOG_SPREAD), (_LOG_LOSS, _LOG_LOSS_SPREAD)) if kind == "heavy" else (
        (EDGE, EDGE_SPREAD), (LOSS, LOSS_SPREAD)
    )  # fmt: skip
    skilled = np.minimum(np.abs(chance.normal(*gain, traders)), 0.09 if kind != "heavy" else 1.0)
    losing = -np.minimum(np.abs(chance.normal(*loss, traders)), 0.09 if kind != "heavy" else 1.0)
    return np.where(lot < SKILLED_SHARE[kind], skilled, np.where(lot > 1 - LOSING_SHARE, losing, 0.0))


def _binary(who: Ints, event: Ints, price: Floats, won: Any, stake: Floats) -> Bets:
    """Bets at prices of a dollar's share; the stake buys stake / price shares."""
    edge = won - price
    return _bets(
        who, event, POLYMARKET, edge, price * (1 - price), price * (1 - price) * (1 - 2 * price), stake, stake * edge / price
    )


def _bets(
    who: Ints, event: Ints, venue: int, edge: Floats, variance: Floats, third: Floats, stake: Floats, gross: Floats
) -> Bets:
    n = len(who)
    return Bets(
        trader=who.astype(np.int32), event=event.astype(np.int64), category=np.zeros(n, np.int32),
        venue=np.full(n, venue, np.int8), at=np.arange(n), edge=edge, variance=variance, third=third,
        stake=stake.astype(np.int64), gross=np.clip(gross, -1e17, 1e17).astype(np.int64), n=np.ones(n, np.int64),
    )  # fmt: skip


def _multiples(chance: Generator, size: int) -> Floats:
    """Log multiples of tokens: seven of ten lose, the others have a Pareto tail."""
    lost = np.log(chance.uniform(0.02, 0.95, size))
    gained = -np.log(chance.random(size)) / TAIL_INDEX
    return np.where(chance.random(size) < 0.7, lost, gained)


def _heavy(chance: Generator, shift: Floats, who: Ints, stake: Floats) -> World:
    """Skill multiplies what comes back; the edge is of the winsorised log, the profit of the multiple itself."""
    base = _multiples(chance, 200_000)
    centre = np.clip(base, -_CUT, _CUT)
    ladder = np.linspace(-1.0, 1.0, 81)
    means = np.array([np.clip(base + step, -_CUT, _CUT).mean() for step in ladder]) - centre.mean()
    log = _multiples(chance, len(who)) + shift[who]
    edge = np.clip(log, -_CUT, _CUT) - centre.mean()
    variance, third = (np.full(len(who), np.mean((centre - centre.mean()) ** power)) for power in (2, 3))
    gross = stake * np.expm1(np.minimum(log, 20.0))
    bets = _bets(who, np.arange(len(who)), SOLANA, edge, variance, third, stake, gross)
    return World(bets, np.interp(shift, ladder, means))


def _mixed(chance: Generator, truth: Floats, who: Ints, stake: Floats, events: int) -> World:
    """Shared events: skill is to stand on the winning side more often; copies stand where their leader stands."""
    traders = len(truth)
    price = chance.uniform(0.1, 0.9, events)
    happened = chance.random(events) < price
    event = chance.integers(0, events, len(who))
    key = np.unique(who * events + event)  # one bet for each trader and event
    who, event, stake = key // events, key % events, stake[: len(key)]
    odds = price[event] * (1 - price[event])
    # P(right side) = 1/2 + d gives the mean edge 4 d p (1 - p); d is set so that every bet has the trader's edge
    right = chance.random(len(who)) < 0.5 + np.clip(truth[who] / (4 * odds), -0.5, 0.5)
    yes = happened[event] == right
    paid, won = np.where(yes, price[event], 1 - price[event]), right
    bets = _binary(who, event, paid, won, stake)
    leader, copies = _leaders(chance, traders)
    told = _copied(bets, leader, copies)
    one_hand = (leader != np.arange(traders)) & ~copies
    pooled = one_hand & (chance.random(traders)[leader] < _FOUND)  # their bets are their leader's, which is judged alone
    return World(told.where(~pooled[told.trader]), truth[leader] - np.where(copies, _COPY_COST, 0.0))


def _leaders(chance: Generator, traders: int) -> tuple[Ints, Any]:
    """(whose bets each trader makes, who of them pays the cost of a copy)."""
    lot = chance.random(traders)
    leader = np.arange(traders)
    copies = lot < _COPIED
    number = int(copies.sum())
    led = chance.choice(np.flatnonzero(lot > 0.5), max(number // _HANDS, 1))
    leader[copies] = led[np.arange(number) % len(led)]
    hands = np.flatnonzero((lot >= _COPIED) & (lot < _COPIED + _ONE_HAND))
    leader[hands] = hands[np.arange(len(hands)) // _HANDS * _HANDS]
    return leader, copies


def _copied(bets: Bets, leader: Ints, dearer: Any) -> Bets:
    """Each trader's bets replaced by its leader's; some pay the cost of a copy."""
    start = np.searchsorted(bets.trader, np.arange(len(leader) + 1))
    number = np.diff(start)[leader]
    who = np.repeat(np.arange(len(leader)), number)
    first = np.concatenate([[0], np.cumsum(number)[:-1]])
    row = start[leader][who] + np.arange(len(who)) - first[who]
    taken = Bets(**{one.name: getattr(bets, one.name)[row] for one in fields(bets)})
    return replace(taken, trader=who.astype(np.int32), edge=taken.edge - np.where(dearer[who], _COPY_COST, 0.0))
