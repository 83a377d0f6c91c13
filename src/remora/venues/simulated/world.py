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

from remora.venues.simulated import bets, cast, fills, funding, names, questions, solana
from remora.venues.simulated import knobs as k
from remora.venues.simulated.cast import POLYMARKET, SOLANA, Cast, Floats, Ints
from remora.venues.simulated.coins import DAY_MS
from remora.venues.simulated.fills import Fills
from remora.venues.simulated.funding import Funding
from remora.venues.simulated.knobs import Knobs, WorldName
from remora.venues.simulated.questions import Questions
from remora.venues.simulated.solana import Chain

FIXED: tuple[str, ...] = ("SOL", "USDC", "USD", "solana", "polymarket", names.PUMP, names.PUMPSWAP)
_SOL, _USDC, _, _ON_SOLANA, _ON_POLYMARKET, _PUMP, _PUMPSWAP = range(len(FIXED))
_TRADES_PER_BET = 2.75
FILL_ORDINAL = 2**31
"""The place that a reader of activity rows gives to the only row of a wallet in its second."""


@dataclass
class Spelling:
    """The texts of everything that has a number: wallets (others included), coins and markets."""

    wallets: list[str]
    mints: list[str]
    curves: list[str]
    pools: list[str]
    conditions: list[str]
    outcomes: list[str]


@dataclass
class World:
    """One simulated market. Ids of `trades` are places in `names`; wallets are numbered as in `cast` and `spelling`."""

    seed: int
    days: int
    knobs: Knobs
    cast: Cast
    chain: Chain
    asked: Questions
    fills: Fills
    funding: Funding
    prices: Ints
    designed: Floats
    spelling: Spelling

    @property
    def ends_at(self) -> int:
        """The instant (ns) after which nothing happens but resolutions."""
        return k.START + self.days * DAY_MS * k.MS

    @cached_property
    def names(self) -> list[str]:
        """The texts of all ids."""
        told = self.spelling
        return [*FIXED, *told.wallets, *told.mints, *told.curves, *told.pools, *told.conditions, *told.outcomes]

    @cached_property
    def signatures(self) -> list[str]:
        """Transactions of the chain by number."""
        return names.signatures(np.random.Generator(np.random.PCG64((self.seed, 1))), self.chain.transactions)

    @cached_property
    def tables(self) -> dict[str, pa.Table]:
        """Launches, graduations, pools, markets, resolutions, transfers, prices and labels, as `Ledger.table` gives them."""
        from remora.venues.simulated import tables

        return tables.of(self)

    @cached_property
    def truth(self) -> dict[str, pa.Table]:
        """What nobody is told: wallets, groups, tokens, markets."""
        from remora.venues.simulated import truth

        return truth.of(self)

    @cached_property
    def infrastructure(self) -> dict[str, str]:
        """Address -> kind of the exchanges, bridges and tools that somebody listed."""
        return {self.spelling.wallets[number]: kind for number, kind, _, listed in self.funding.hubs if listed}

    @cached_property
    def trades(self) -> pa.Table:
        """All trades, as `Ledger.book_trades` gives them."""
        columns = {
            name: np.concatenate([np.broadcast_to(np.asarray(part, np.int64), (size,)) for part, size in zip(
                parts, (len(self.chain), len(self.fills)), strict=True)])
            for name, parts in self._trade_columns().items()
        }  # fmt: skip
        order = np.lexsort([columns[name] for name in (
            "row", "ordinal", "tx_index", "slot", "happened_at", "asset", "wallet")])  # fmt: skip
        narrow: dict[str, Any] = {
            **dict.fromkeys(("wallet", "asset", "market", "quote", "venue", "program"), pa.int32()), "side": pa.int8(),
            "placed": pa.bool_(),
        }  # fmt: skip
        return pa.table({
            name: pa.array(column[order]).cast(narrow.get(name, pa.int64())) for name, column in columns.items()
        })  # fmt: skip

    def _trade_columns(self) -> dict[str, tuple[Any, Any]]:
        """Each column's part of the chain and of the questions."""
        told, chain, placed = self.spelling, self.chain, self.fills
        mints = len(FIXED) + len(told.wallets)
        curves = mints + len(told.mints)
        pools = curves + len(told.curves)
        conditions = pools + len(told.pools)
        outcomes = conditions + len(told.conditions)
        pool_of = np.searchsorted(chain.graduated, chain.token)
        return {
            "wallet": (len(FIXED) + chain.wallet, len(FIXED) + placed.wallet),
            "asset": (mints + chain.token, outcomes + placed.what),
            "market": (np.where(chain.where == 0, curves + chain.token, pools + pool_of), conditions + placed.what // 2),
            "quote": (_SOL, _USDC),
            "venue": (_ON_SOLANA, _ON_POLYMARKET),
            "program": (np.where(chain.where == 0, _PUMP, _PUMPSWAP), -1),
            "side": (chain.side, placed.side),
            "quantity_atoms": (chain.quantity, placed.quantity),
            "quote_atoms": (chain.money, placed.money),
            "venue_fee_quote_atoms": (chain.fee, placed.fee),
            "happened_at": (seconds(chain.at) * 10**9, seconds(placed.at) * 10**9),
            "slot": (slots(chain.at), -1),
            "tx_index": (-1, -1),
            "ordinal": (chain.n << 16 | 1, FILL_ORDINAL),
            "row": (np.arange(len(chain)), len(chain) + np.arange(len(placed))),
            "placed": (1, 1),
            "tx": (chain.tx, chain.transactions + np.arange(len(placed))),
        }


def seconds(at: Ints) -> Ints:
    """Unix seconds of milliseconds since the start."""
    return k.START_SECONDS + at // 1_000


def slots(at: Ints) -> Ints:
    """Slots of milliseconds since the start."""
    return k.FIRST_SLOT + at // k.SLOT_MS


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
