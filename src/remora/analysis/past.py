"""All that was known at an instant T, in columns: what behaviour, relations, clusters, skill and score are worked out from.

Wallets, assets and markets are *ranks*: their places in the sorted list of their texts (`wallets`, `assets`,
`markets`). So equal facts give equal answers, to the byte, whatever order they were imported in. -1 stands for none and
for unknown. Instants are nanoseconds; money is base units of the home quote (lamports on Solana, micro-USDC on
Polymarket). Nothing here was learnt after T.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from remora.analysis.exact import Bools, Ints

Ids = NDArray[np.int32]
Codes = NDArray[np.int8]
Texts = list[str]

VENUES: Final = ("solana", "polymarket")
SOLANA, POLYMARKET = range(2)
BUY, SELL = range(2)


@dataclass(frozen=True)
class Tape:
    """Every trade with a price, sorted by (wallet, asset, at, slot, tx_index, ordinal, row).

    money: what the pool or counterparty got or gave, before fees; fee: the venue's (added to a buy, taken from a
    sale), both in the home quote. tx: number of the transaction (equal numbers = one transaction), -1 unknown.
    row: the ledger's number of the trade, from which `Ledger.trade_ids` gives its id.
    """

    wallet: Ids
    asset: Ids
    market: Ids
    venue: Codes
    side: Codes
    quantity: Ints
    money: Ints
    fee: Ints
    at: Ints
    slot: Ints
    tx_index: Ints
    ordinal: Ints
    tx: Ints
    row: Ints

    def __len__(self) -> int:
        """Number of trades."""
        return len(self.wallet)

    @cached_property
    def by_asset(self) -> Ints:
        """The order (asset, at, slot, tx_index, ordinal, place): tape.at[tape.by_asset] is the tape token by token."""
        return np.lexsort((self.ordinal, self.tx_index, self.slot, self.at, self.asset))

    def wallet_starts(self, wallets: int) -> Ints:
        """starts[w]:starts[w+1] are the trades of wallet w (length wallets + 1)."""
        return np.searchsorted(self.wallet, np.arange(wallets + 1)).astype(np.int64)

    def asset_starts(self, assets: int) -> Ints:
        """starts[a]:starts[a+1] are the places in `by_asset` of the trades of asset a (length assets + 1)."""
        return np.searchsorted(self.asset[self.by_asset], np.arange(assets + 1)).astype(np.int64)


@dataclass(frozen=True)
class Moves:
    """Transfers, sorted by (at, slot, tx, id). amount and at are -1 where nobody tells them; asset -1 likewise.

    kind: place in `kinds` (transfer, create_account, funding, sale_proceeds, airdrop ...). id: fact ids, for evidence.
    """

    sender: Ids
    receiver: Ids
    asset: Ids
    amount: Ints
    at: Ints
    slot: Ints
    tx: Ints
    kind: Codes
    kinds: Texts
    id: Texts

    def __len__(self) -> int:
        """Number of transfers."""
        return len(self.sender)


@dataclass(frozen=True)
class Tokens:
    """One row per asset rank: launch, graduation, and for outcome tokens their market and payout (-1 / NaN = unknown).

    launched_at / launch_slot / creator (fee owner) / signer (wallet that signed): from Launch facts. graduated_at:
    the curve was complete. market, outcome: place of the token among its market's outcomes. payout: dollars a share,
    NaN until resolved; resolved_at: when. untimed: it graduated, but nobody says when, so nothing can be said as of T.
    """

    launched_at: Ints
    launch_slot: Ints
    creator: Ids
    signer: Ids
    graduated_at: Ints
    market: Ids
    outcome: Codes
    payout: NDArray[np.float64]
    resolved_at: Ints
    untimed: Bools


@dataclass(frozen=True)
class Questions:
    """One row per market rank (Polymarket conditions). category: place in `categories`, -1 unknown.

    event: number of the event whose markets belong together (neg-risk id, else event slug, else the market itself).
    neg_risk: several markets, one winner. resolved_at -1 = not resolved.
    """

    category: Ids
    categories: Texts
    event: Ids
    neg_risk: Bools
    opens_at: Ints
    closes_at: Ints
    resolved_at: Ints


@dataclass(frozen=True)
class Seen:
    """Presence: a wallet was seen trading a token; nothing else is known. Sorted by (asset, wallet)."""

    wallet: Ids
    asset: Ids


@dataclass(frozen=True)
class Labels:
    """Somebody's opinions of addresses that were known at T, sorted by (wallet, kind, label)."""

    wallet: Ids
    kind: Texts
    label: Texts
    at: Ints


@dataclass(frozen=True)
class Sales:
    """One row per sale, write-off of a rug or settlement, sorted by (position, at): position is the row of `positions`."""

    position: Ints
    at: Ints
    realized: Ints
    cost: Ints


@dataclass(frozen=True)
class Past:
    """All that was known at `as_of`. positions: the columns of the interface's table `positions` that `POSITION_COLUMNS`
    names, with ranks, sorted by (wallet, asset). infrastructure: wallet rank -> what it is (router, vault, exchange ...).
    prices: SOL in micro-dollars, (instants ascending, prices). version: the ledger's.
    """

    as_of: int
    version: int
    wallets: Texts
    assets: Texts
    markets: Texts
    tape: Tape
    positions: pa.Table
    sales: Sales
    moves: Moves
    tokens: Tokens
    questions: Questions
    seen: Seen
    labels: Labels
    infrastructure: dict[int, str]
    prices: tuple[Ints, Ints] = field(default_factory=lambda: (np.zeros(0, np.int64), np.zeros(0, np.int64)))

    def column(self, name: str) -> Ints:
        """An integer column of `positions`; null is -1 (ask `known` where -1 is a value)."""
        from remora.analysis.columns import ints

        return ints(self.positions[name])

    def known(self, name: str) -> Bools:
        """Where a column of `positions` is not null."""
        return np.asarray(self.positions[name].is_valid())

    @cached_property
    def venue(self) -> Codes:
        """Venue of each wallet (place in VENUES): that of its first position, else of its trades; -1 where it has neither."""
        venue = np.full(len(self.wallets), -1, np.int8)
        venue[self.tape.wallet[::-1]] = self.tape.venue[::-1]
        place = self.column("wallet")[::-1]
        venue[place] = self.column("venue")[::-1]
        return venue


POSITION_COLUMNS: Final[dict[str, Any]] = {
    "wallet": pa.int32(), "asset": pa.int32(), "market": pa.int32(), "venue": pa.int8(), "status": pa.int8(),
    "buys": pa.int32(), "sells": pa.int32(), "bought_atoms": pa.int64(), "sold_atoms": pa.int64(), "held_atoms": pa.int64(),
    "cost_quote_atoms": pa.int64(), "proceeds_quote_atoms": pa.int64(), "realized_quote_atoms": pa.int64(),
    "cost_left_quote_atoms": pa.int64(), "sent_cost_quote_atoms": pa.int64(),
    "unmatched_proceeds_quote_atoms": pa.int64(), "unknown_cost_proceeds_quote_atoms": pa.int64(),
    "matched_sold_atoms": pa.int64(), "realized_all_in_quote_atoms": pa.int64(),
    "unrealized_quote_atoms": pa.int64(), "realized_micro_usd": pa.int64(), "unrealized_micro_usd": pa.int64(),
    "first_at": pa.int64(), "last_at": pa.int64(), "last_sale_at": pa.int64(), "mark_at": pa.int64(),
    "unpriced_trades": pa.int32(), "written_off_quote_atoms": pa.int64(),
    "settled": pa.int64(),
}  # fmt: skip
"""Columns of `Past.positions`. status: place in `figures.STATUSES`. Meanings as in the interface's table; nullable as there."""
