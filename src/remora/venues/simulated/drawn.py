"""Everything that was drawn for a simulated world, and its trades as a ledger gives them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from remora.venues.simulated import knobs as k
from remora.venues.simulated import names
from remora.venues.simulated.cast import Cast, Floats, Ints
from remora.venues.simulated.coins import DAY_MS
from remora.venues.simulated.fills import Fills
from remora.venues.simulated.funding import Funding
from remora.venues.simulated.knobs import Knobs
from remora.venues.simulated.questions import Questions
from remora.venues.simulated.solana import Chain

FIXED: tuple[str, ...] = ("SOL", "USDC", "USD", "solana", "polymarket", names.PUMP, names.PUMPSWAP)
_SOL, _USDC, _, _ON_SOLANA, _ON_POLYMARKET, _PUMP, _PUMPSWAP = range(len(FIXED))
_TRADES_PER_BET = 2.5
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
class Drawn:
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
