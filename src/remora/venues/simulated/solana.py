"""A simulated Solana, played to the end: every trade with its transaction, slot and fees, and which coins graduated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remora.formulas.fees import POOL_TIERS
from remora.venues.simulated import bets, coins, stage, trading
from remora.venues.simulated import knobs as k
from remora.venues.simulated.cast import SOLANA, Cast, Floats, Ints
from remora.venues.simulated.coins import DAY_MS, Coins
from remora.venues.simulated.knobs import Knobs

_LEAST_FOR_A_LINE = 100
_TRADE_COLUMNS = (*trading.COLUMNS[:-1], "tx", "n")


@dataclass
class Chain:
    """Trades coin by coin in the order of the chain, one row each; amounts in atoms, `at` in milliseconds.

    tx: number of the transaction (that of a coin's creation is the coin's own number); n: place of the trade's event in
    it. where: 0 curve, 1 pool. quote_left, base_left: reserves after it. completed: row that sold out each coin's curve,
    -1 none. edge: log return a bet by wallet, NaN unknown. transactions: how many, migrations (the last) included.
    """

    coins: Coins
    token: Ints
    wallet: Ints
    at: Ints
    side: Ints
    quantity: Ints
    money: Ints
    protocol: Ints
    creator: Ints
    liquidity: Ints
    where: Ints
    quote_left: Ints
    base_left: Ints
    tx: Ints
    n: Ints
    completed: Ints
    edge: Floats
    transactions: int

    def __len__(self) -> int:
        """Number of trades."""
        return len(self.token)

    @property
    def fee(self) -> Ints:
        """All the venue takes."""
        return self.protocol + self.creator + self.liquidity

    @property
    def graduated(self) -> Ints:
        """Coins whose curve was sold out."""
        return np.flatnonzero(self.completed >= 0)

    def migrated_at(self, token: Ints) -> Ints:
        """When the pools of graduated coins open (ms)."""
        return self.at[self.completed[token]] + trading.MIGRATION_MS // 2

    def migration(self, token: Ints) -> Ints:
        """The numbers of the transactions that open them."""
        return self.transactions - len(self.graduated) + np.searchsorted(self.graduated, token)


def play(rng: np.random.Generator, cast: Cast, knobs: Knobs, days: int, mean: float) -> Chain:
    """Draw the coins and the plans, and let the market run."""
    drawn = coins.draw(rng, cast, knobs, days)
    horizon = days * DAY_MS
    edge = np.zeros(len(cast.role))
    if not len(drawn):
        none = np.zeros(0, np.int64)
        return Chain(drawn, **dict.fromkeys(_TRADE_COLUMNS, none), completed=none, edge=edge, transactions=0)
    own, (worst, usual, best) = coins.bets(rng, cast, drawn, mean)
    designed = np.abs(cast.skill) * (np.where(cast.skill > 0, best, worst) - usual)
    planned = bets.repeated(rng, own, cast, SOLANA, knobs)
    wanted = stage.intents(rng, cast, drawn, planned, mean, horizon)
    rows, completed = _run(wanted, drawn, len(cast.role))
    column = dict(zip(trading.COLUMNS, rows.T.copy(), strict=True))
    edge = _edges(cast, column, designed)
    intent = column.pop("intent")
    launch = np.append(wanted["launch"], 0)[intent] > 0
    n = np.zeros(len(launch), np.int64)
    n[launch] = 1 + _place_in_run(column["token"][launch])
    tx = np.where(launch, column["token"], len(drawn) - 1 + np.cumsum(~launch))
    transactions = len(drawn) + int((~launch).sum()) + int((completed >= 0).sum())
    return Chain(drawn, **column, tx=tx, n=n, completed=completed, edge=edge, transactions=transactions)


def _edges(cast: Cast, column: dict[str, Ints], designed: Floats) -> Floats:
    """What a bet of each who bets by himself brings on average, net of fees: a straight line from design to what came out.

    Paths say what a skill is worth; the market, in which everybody moves the price, what is left of it. NaN for others.
    """
    key = column["token"] * len(cast.role) + column["wallet"]
    place, pair = np.unique(key, return_inverse=True)
    fee = column["protocol"] + column["creator"] + column["liquidity"]
    paid = np.bincount(pair, (column["money"] + fee) * (1 - column["side"]))
    got = np.bincount(pair, (column["money"] - fee) * column["side"])
    wallet = place % len(cast.role)
    alone = np.isin(cast.role, coins.BETTORS) & (cast.venue == SOLANA) & (cast.role != k.KOL)
    some = (paid > 0) & (got > 0) & alone[wallet]
    if some.sum() < _LEAST_FOR_A_LINE:
        return np.full(len(cast.role), np.nan)
    brought = np.log(got[some] / paid[some])
    return np.where(alone, bets.along_line(designed, designed[wallet[some]], brought, np.ones(len(brought))), np.nan)


def _run(wanted: dict[str, Ints], drawn: Coins, wallets: int) -> tuple[Ints, Ints]:
    """The rows that the machine wrote, wallets in place of pairs; and the row that completed each coin."""
    pairs, pair = np.unique(wanted["token"] * wallets + wanted["wallet"], return_inverse=True)
    rows = np.empty((2 * len(pair) + 1, len(trading.COLUMNS)), np.int64)
    completed = np.full(len(drawn), -1, np.int64)
    written = trading.run(
        wanted["token"], wanted["at"], pair.astype(np.int64), wanted["kind"], wanted["size"], wanted["tide"], drawn.paths,
        drawn.opens, drawn.lives, drawn.completes, k.SLOT_MS, len(pairs), np.array(POOL_TIERS, np.int64), rows, completed,
    )  # fmt: skip
    rows = rows[:written]
    token, who = rows[:, 0], rows[:, 1]
    makers = drawn.makers[token, np.clip(-1 - who, 0, trading.MAKERS - 1)]
    rows[:, 1] = np.where(who < 0, makers, pairs[np.maximum(who, 0)] % wallets)
    return rows, completed


def _place_in_run(values: NDArray[np.int64]) -> Ints:
    """0, 1, 2 ... within each run of equal values."""
    place = np.arange(len(values))
    first = np.r_[True, values[1:] != values[:-1]] if len(values) else np.zeros(0, np.bool_)
    return place - np.maximum.accumulate(np.where(first, place, 0))
