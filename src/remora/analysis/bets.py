"""What each trader bet and what became of it, event by event, as a follower would have fared: the input of `skill`.

One bet is all that a trader did in one independent event. Polymarket: an event (neg-risk event, event of several
questions, else the market), counted when everything in it is sold or resolved; outcomes come from the resolution
(PMW-12), the net of all fills counts (PMW-08). Its edge is the follower's profit over the shares bought: the mean of
outcome minus price, weighted by shares (quality 5b.1). Solana: a token; its edge is the log of what came back over
what was paid, winsorised (quality 5b.9), less that of matched entries into other tokens (`matched`).

Both are net of the venue's fees and of a follower's delay: each trade is moved to the price that could be had so much
later (D-17). Profit on the spread that is gone by then is no edge; nor are rewards and charges part of it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final, Protocol

import msgspec
import numpy as np

from remora.analysis.exact import Bools, Ints, compiled
from remora.analysis.figures import CLOSED, RESOLVED
from remora.analysis.matched import Matching, excess
from remora.analysis.past import BUY, POLYMARKET, SOLANA, Codes, Ids, Past
from remora.analysis.paths import Paths
from remora.analysis.shrinkage import Floats

_SECOND: Final = 1_000_000_000
_HOLDS: Final = 40
"""Classes of holding time, by powers of two of a second."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """By venue (Solana, Polymarket) unless said otherwise.

    delay: of a follower, ns (D-17). wait: how much later the next trade may come and still be the follower's price.
    spread: dollars a share that a follower loses where Polymarket's tape has no such trade. least: base units a bet must
    have cost (0.01 SOL, $1). limit: log returns are cut there (95 % lost, twentyfold). sd: least standard deviation a
    share in dollars: a hedge that looks riskless is not.
    """

    delay: tuple[int, int] = (2 * _SECOND, 60 * _SECOND)
    wait: tuple[int, int] = (60 * _SECOND, 3_600 * _SECOND)
    spread: float = 0.005
    least: tuple[int, int] = (10_000_000, 1_000_000)
    limit: float = 3.0
    sd: float = 0.05
    matching: Matching = Matching()


class Excluding(Protocol):
    """As much of `Behaviours` as is asked here."""

    @property
    def excluded(self) -> Bools:
        """Wallets that are infrastructure."""


@dataclass(frozen=True)
class Bets:
    """One row per bet, sorted by (trader, at, event).

    trader: wallet rank. event: number of the independent event. category: place in `past.questions.categories`, -1 none.
    at: first entry, ns. edge: dollars per share, or log return over matched tokens. variance and third: second and
    third central moment of the edge if there is no skill: known from the prices paid, or that of the matched entries.
    stake: cost, gross: profit after venue fees without delay, both base units of the home quote. n: trades.
    """

    trader: Ids
    event: Ints
    category: Ids
    venue: Codes
    at: Ints
    edge: Floats
    variance: Floats
    third: Floats
    stake: Ints
    gross: Ints
    n: Ints

    def __len__(self) -> int:
        """Number of bets."""
        return len(self.trader)

    def where(self, mask: Bools) -> Bets:
        """The bets under the mask."""
        return Bets(**{one.name: getattr(self, one.name)[mask] for one in fields(self)})

    def by_category(self) -> tuple[Bets, Ids, Ids]:
        """The bets of known category with (trader, category) as the trader; and whose and which each such number is."""
        kept = self.where(self.category >= 0)
        width = int(kept.category.max(initial=0)) + 1
        pairs, group = np.unique(kept.trader.astype(np.int64) * width + kept.category, return_inverse=True)
        order = np.argsort(group, kind="stable")
        columns = {one.name: getattr(kept, one.name)[order] for one in fields(kept)}
        columns["trader"] = group[order].astype(np.int32)
        return Bets(**columns), (pairs // width).astype(np.int32), (pairs % width).astype(np.int32)


@dataclass(frozen=True)
class _Rows:
    """Positions that may be bets. dearer, cheaper: base units a follower pays more and gets less; sold: atoms, in trades."""

    wallet: Ints
    asset: Ints
    market: Ints
    at: Ints
    cost: Ints
    profit: Ints
    bought: Ints
    n: Ints
    dearer: Floats
    cheaper: Floats
    sold: Floats
    held: Ints
    decided: Bools


def bets(past: Past, paths: Paths, behaviours: Excluding | None = None, settings: Settings | None = None) -> Bets:
    """Every bet that is decided, or on Solana has a mark."""
    limits = settings or Settings()
    delayed = _delayed(past, paths, limits)
    venue = past.column("venue")
    parts = []
    for which, made in ((SOLANA, _token_bets), (POLYMARKET, _event_bets)):
        mask = (venue == which) & (past.column("cost_quote_atoms") > 0) & (past.column("first_at") >= 0)
        mask &= past.column("unpriced_trades") <= 0
        if behaviours is not None:
            mask &= ~behaviours.excluded[past.column("wallet")]
        parts.append(made(past, _rows(past, np.flatnonzero(mask), delayed, which), limits))
    columns = {one.name: np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(Bets)}
    order = np.lexsort((columns["event"], columns["at"], columns["trader"]))
    return Bets(**{name: column[order] for name, column in columns.items()})


def _delayed(past: Past, paths: Paths, limits: Settings) -> Floats:
    """By position: base units that a follower pays more and gets less; atoms sold in trades, instant of the last of these."""
    tape = past.tape
    price = np.divide(tape.money, tape.quantity, out=np.zeros(len(tape)), where=tape.quantity > 0)
    got = np.full(len(tape), np.nan)
    for venue in (SOLANA, POLYMARKET):
        mine = np.flatnonzero((tape.venue == venue) & (tape.at >= 0))
        asset, at = tape.asset[mine], tape.at[mine] + limits.delay[venue]
        later = paths.price_after(asset, at, limits.wait[venue])
        none = np.flatnonzero(np.isnan(later))
        if venue == SOLANA:  # a pool keeps its price until the next trade
            later[none] = paths.price_before(asset[none], at[none])
        else:
            away = np.where(tape.side[mine[none]] == BUY, limits.spread, -limits.spread)
            later[none] = np.clip(price[mine[none]] + away, 0.0, 1.0)
        got[mine] = np.where(at > past.as_of, price[mine], later)
    rise = np.where(np.isnan(got) | (tape.money < 0), 0.0, got - price) * tape.quantity
    sums = np.zeros((4, past.positions.num_rows))
    own = (past.column("wallet"), past.column("asset"))
    _to_positions(*own, tape.wallet, tape.asset, tape.side != BUY, tape.quantity, rise, tape.at, sums)
    return sums


@compiled
def _to_positions(
    wallet: Any, asset: Any, whose: Any, of: Any, sells: Any, quantity: Any, rise: Any, at: Any, sums: Any
) -> None:
    """Sums of trades by position; both are sorted by (wallet, asset)."""
    place, positions = 0, len(wallet)
    for i in range(len(whose)):
        while place < positions and (wallet[place] < whose[i] or (wallet[place] == whose[i] and asset[place] < of[i])):
            place += 1
        if place < positions and wallet[place] == whose[i] and asset[place] == of[i]:
            if sells[i]:
                sums[1, place] -= rise[i]
                sums[2, place] += quantity[i]
                sums[3, place] = max(sums[3, place], at[i])
            else:
                sums[0, place] += rise[i]


def _rows(past: Past, place: Ints, delayed: Floats, venue: int) -> _Rows:
    """Columns of the positions at `place`. What was sent away leaves with its cost; profit counts what is held at its mark."""
    column = {name: past.column(name)[place] for name in _READ}
    status = column["status"]
    left = column["cost_left_quote_atoms"] > 0
    marked = past.known("unrealized_quote_atoms")[place]
    bought = np.maximum(column["bought_atoms"], 0)
    dearer, cheaper, sold, last = delayed[:, place]
    cheaper = cheaper * np.minimum(bought / np.maximum(sold, 1.0), 1.0)  # what was received and sold is nobody's bet
    decided = (status == RESOLVED) | (status == CLOSED) if venue == POLYMARKET else marked | ~left
    return _Rows(
        wallet=column["wallet"], asset=column["asset"], market=column["market"], at=column["first_at"],
        cost=column["cost_quote_atoms"] - np.maximum(column["sent_cost_quote_atoms"], 0),
        profit=column["realized_quote_atoms"] + np.where(left & marked, column["unrealized_quote_atoms"], 0),
        bought=bought, n=column["buys"] + column["sells"], dearer=dearer, cheaper=cheaper, sold=sold,
        held=np.maximum((last - column["first_at"]) // _SECOND, 0).astype(np.int64), decided=decided,
    )  # fmt: skip


_READ: Final = (
    "wallet", "asset", "market", "status", "first_at", "cost_quote_atoms", "sent_cost_quote_atoms",
    "realized_quote_atoms", "unrealized_quote_atoms", "cost_left_quote_atoms", "bought_atoms", "buys", "sells",
)  # fmt: skip


# --- tokens ---------------------------------------------------------------------------------------------------------


def _token_bets(past: Past, rows: _Rows, limits: Settings) -> Bets:
    keep = rows.decided & (rows.cost >= limits.least[SOLANA]) & (rows.bought > 0)
    cost = rows.cost[keep]
    paid = np.maximum(cost + rows.dearer[keep], 1.0)
    back = cost + rows.profit[keep] - rows.cheaper[keep]
    bottom = np.exp(-limits.limit)
    value = np.log(np.clip(back / paid, bottom, 1 / bottom))
    level = cost / np.maximum(rows.bought[keep], 1)
    found = excess(value, rows.asset[keep], level, rows.at[keep], limits.matching)
    ok = ~np.isnan(found.value)
    token = rows.asset[keep][ok]
    first = int(past.questions.event.max(initial=-1)) + 1
    return Bets(
        trader=rows.wallet[keep][ok].astype(np.int32), event=token + first, category=np.full(len(token), -1, np.int32),
        venue=np.full(len(token), SOLANA, np.int8), at=rows.at[keep][ok], edge=found.value[ok],
        variance=found.variance[ok], third=found.third[ok], stake=cost[ok], gross=rows.profit[keep][ok], n=rows.n[keep][ok],
    )  # fmt: skip


# --- events of markets ----------------------------------------------------------------------------------------------


def _event_bets(past: Past, rows: _Rows, limits: Settings) -> Bets:
    questions, tokens = past.questions, past.tokens
    known = rows.market >= 0
    events = int(questions.event.max(initial=-1)) + 1
    event = np.where(known, _at(questions.event, rows.market), -1)
    event = np.where(event >= 0, event, events + rows.asset)
    exposure, price = _exposure(rows, _at(tokens.outcome, rows.asset))
    order = np.lexsort((rows.asset, rows.market, event, rows.wallet))
    keys = [column[order] for column in (rows.wallet, event)]
    new = np.ones(len(order), np.bool_)
    new[1:] = (keys[0][1:] != keys[0][:-1]) | (keys[1][1:] != keys[1][:-1])
    start = np.flatnonzero(new)
    if not len(start):
        return _no_bets()
    exclusive = known & _at(questions.neg_risk, rows.market).astype(np.bool_)
    second, third = np.zeros(len(start)), np.zeros(len(start))
    _risks(np.append(start, len(order)), rows.market[order], exclusive[order], exposure[order], price[order], second, third)

    def total(column: Any) -> Any:
        return np.add.reduceat(column[order], start)

    shares = np.maximum(total(rows.bought), 1).astype(np.float64)
    stake, gross = total(rows.cost), total(rows.profit)
    decided = np.logical_and.reduceat(rows.decided[order], start)
    keep = decided & (stake >= limits.least[POLYMARKET]) & (total(rows.bought) > 0)
    category = np.where(known, _at(questions.category, rows.market), -1)
    return Bets(
        trader=keys[0][start].astype(np.int32), event=keys[1][start], category=category[order][start].astype(np.int32),
        venue=np.full(len(start), POLYMARKET, np.int8), at=np.minimum.reduceat(rows.at[order], start),
        edge=(gross - total(rows.dearer + rows.cheaper)) / shares, variance=np.maximum(second / shares**2, limits.sd**2),
        third=third / shares**3, stake=stake, gross=gross, n=total(rows.n),
    ).where(keep)  # fmt: skip


def _exposure(rows: _Rows, outcome: Ints) -> tuple[Floats, Floats]:
    """(shares at risk, price), both of the market's first outcome: shares of the others count against it.

    What was sold before the end carries less risk: the share of p (1 - p) that all sold shares held as long have moved.
    """
    price = np.clip((rows.cost + rows.dearer) / np.maximum(rows.bought, 1), 0.001, 0.999)
    sold = np.minimum(rows.sold, rows.bought)
    hold = np.minimum(np.log2(rows.held + 1).astype(np.int64), _HOLDS - 1)
    gone = (sold >= rows.bought) & (rows.bought > 0) & rows.decided
    moved = np.square(rows.profit[gone] / np.maximum(rows.bought[gone], 1))
    told = np.bincount(hold[gone], moved, _HOLDS)
    could = np.bincount(hold[gone], price[gone] * (1 - price[gone]), _HOLDS)
    number = np.bincount(hold[gone], minlength=_HOLDS)
    part = np.where(number >= 100, np.minimum(told / np.maximum(could, 1e-12), 1.0), 1.0)
    kept, early = rows.bought - sold, part[hold]
    shares = np.sqrt(kept**2 + early * sold * (2 * kept + sold))  # what is sold at its price then moves with what is kept
    other = outcome > 0
    return np.where(other, -shares, shares), np.where(other, 1 - price, price)


@compiled
def _risks(start: Any, market: Any, exclusive: Any, exposure: Any, price: Any, second: Any, third: Any) -> None:
    """Second and third moment of each event's profit if prices tell the odds: outcomes net within a market, then

    one winner among exclusive questions, perfect correlation among others (the most they can have).
    """
    for i in range(len(second)):
        low, high = start[i], start[i + 1]
        apart, cubes, sign, bound = 0.0, 0.0, 0.0, 0.0
        mean, square, cube = 0.0, 0.0, 0.0
        place = low
        while place < high:
            end, net, weight, level = place, 0.0, 0.0, 0.0
            while end < high and (end == place or (market[end] == market[place] and market[end] >= 0)):
                net += exposure[end]
                weight += abs(exposure[end])
                level += abs(exposure[end]) * price[end]
                end += 1
            p = level / weight if weight > 0.0 else 0.5
            apart += abs(net) * np.sqrt(p * (1.0 - p))
            cubes += abs(net) ** 3 * (p * (1.0 - p)) ** 1.5
            sign += net**3 * p * (1.0 - p) * (1.0 - 2.0 * p)
            mean += net * p
            square += net * net * p
            cube += net**3 * p
            bound += p
            place = end
        if exclusive[low]:
            whole = max(bound, 1.0)  # prices that add up to more than a dollar are odds only in proportion
            mean, square, cube = mean / whole, square / whole, cube / whole
            second[i] = square - mean * mean
            third[i] = cube - 3.0 * mean * square + 2.0 * mean**3
        else:
            second[i] = apart * apart
            third[i] = sign / cubes * apart**3 if cubes > 0.0 else 0.0


def _at(column: Any, place: Ints) -> Ints:
    """column[place], and -1 where there is no such place."""
    if not len(column):
        return np.full(len(place), -1, np.int64)
    return np.where((place >= 0) & (place < len(column)), column[np.clip(place, 0, len(column) - 1)].astype(np.int64), -1)


def _no_bets() -> Bets:
    none, small, real = np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0)
    return Bets(small, none, small, np.zeros(0, np.int8), none, real, real, real, none, none, none)
