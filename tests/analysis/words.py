"""Books in a trader's words: build the tables a ledger would hand over, and read the answers back as dicts."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from remora.analysis import positions
from remora.analysis.events import EVERYBODY, Events, Scope
from remora.analysis.figures import Rules

SOL = 10**9
USD = 10**6
DAY = 86_400 * SOL
START = 1_750_000_000 * SOL
INT32 = ("wallet", "asset", "market", "quote", "venue", "program")
TRADE_COLUMNS = {
    **dict.fromkeys(INT32, pa.int32()), "side": pa.int8(), "quantity_atoms": pa.int64(), "quote_atoms": pa.int64(),
    "venue_fee_quote_atoms": pa.int64(), "happened_at": pa.int64(), "slot": pa.int64(), "tx_index": pa.int64(),
    "ordinal": pa.int64(), "row": pa.int64(), "placed": pa.bool_(),
}  # fmt: skip


class Story:
    """Things that happened, one after the other: `story.buy("ann", "CAT", 1000, 10)`; time moves a minute each."""

    def __init__(self, venue: str = "solana", quote: str = "SOL") -> None:
        self.venue, self.quote, self.now = venue, quote, START
        self.trades: list[dict[str, Any]] = []
        self.tables: dict[str, list[dict[str, Any]]] = {}
        self.dictionary: dict[str, int] = {}

    def id(self, text: str) -> int:
        return self.dictionary.setdefault(text, len(self.dictionary))

    def buy(self, wallet: str, asset: str, quantity: int, money: int, **more: Any) -> None:
        self._trade(0, wallet, asset, quantity, money, more)

    def sell(self, wallet: str, asset: str, quantity: int, money: int, **more: Any) -> None:
        self._trade(1, wallet, asset, quantity, money, more)

    def _trade(self, side: int, wallet: str, asset: str, quantity: int, money: int, more: dict[str, Any]) -> None:
        self.now += 60 * SOL
        row = len(self.trades)
        trade = {
            "wallet": self.id(wallet), "asset": self.id(asset), "market": self.id(more.pop("market", "pool")),
            "quote": self.id(more.pop("quote", self.quote)), "venue": self.id(self.venue), "program": -1, "side": side,
            "quantity_atoms": quantity, "quote_atoms": money, "venue_fee_quote_atoms": more.pop("fee", 0),
            "happened_at": self.now, "slot": row + 1, "tx_index": 0, "ordinal": 0, "row": row, "placed": True,
        }  # fmt: skip
        self.trades.append({**trade, **more})

    def tell(self, table: str, **record: Any) -> None:
        """A row of another table; venue, place and id are filled in."""
        self.now += 60 * SOL
        rows = self.tables.setdefault(table, [])
        place = {"venue": self.venue, "happened_at": self.now, "slot": None, "tx_index": None, "ordinal": 0}
        rows.append({"id": f"{table}:{len(rows)}", **place, **record})

    def market(self, market: str, tokens: tuple[str, ...] = ("YES", "NO"), **more: Any) -> None:
        described = {"slug": f"slug-{market}", "outcomes": ["Yes", "No"], "category": None, "neg_risk_id": None}
        self.tell("markets", market=market, token_ids=list(tokens), **{**described, **more})

    def resolve(self, market: str, paid: tuple[int, ...], whole: int = 1, **more: Any) -> None:
        described = {"outcomes": ["Yes", "No"], "token_ids": []}
        self.tell("resolutions", market=market, payout_numerators=list(paid), payout_denominator=whole, **{**described, **more})

    def price(self, micro_usd: int, at: int) -> None:
        """SOL cost so much from then on."""
        self.tell("prices", asset="SOL", quote="USD", quote_atoms=micro_usd, asset_atoms=SOL, happened_at=at)

    def trade_table(self) -> pa.Table:
        order = ("wallet", "asset", "happened_at", "slot", "tx_index", "ordinal", "row")
        rows = sorted(self.trades, key=lambda trade: tuple(trade[name] for name in order))
        columns = {name: pa.array([row[name] for row in rows], kind) for name, kind in TRADE_COLUMNS.items()}
        return pa.table(columns)

    def table(self, name: str) -> pa.Table | None:
        rows = self.tables.get(name)
        return pa.Table.from_pylist(rows) if rows else None

    def events(self) -> Events:
        return Events(**{name: self.table(name) for name in Events.__dataclass_fields__})

    def books(self, rules: Rules | None = None, marks: pa.Table | None = None, scope: Scope = EVERYBODY) -> positions.Books:
        events = self.events()
        others = [self.table(name) for name in ("markets", "resolutions", "prices")]
        for text in positions.names_needed(events):
            if text in ("SOL", "USDC", "USD", "solana", "polymarket"):
                self.id(text)
        world = positions.world_of(self.dictionary, markets=others[0], resolutions=others[1], prices=others[2], marks=marks)
        return positions.book(self.trade_table(), events, world, rules or Rules(), scope)

    def positions(self, rules: Rules | None = None, marks: pa.Table | None = None) -> dict[tuple[str, str], dict[str, Any]]:
        books = self.books(rules, marks)
        table = positions.positions_table(books, {i: text for text, i in self.dictionary.items()})
        return {(row["wallet"], row["asset"]): row for row in table.to_pylist()}

    def sells(self) -> list[dict[str, Any]]:
        books = self.books()
        trade_ids = {trade["row"]: f"trade:{trade['row']}" for trade in self.trades}
        return positions.sells_table(books, {i: text for text, i in self.dictionary.items()}, trade_ids).to_pylist()

    def mark(
        self, asset: str, money: int, quantity: int, *, at: int | None = None, peak: tuple[int, int] | None = None
    ) -> pa.Table:
        """One price for one asset in the story's quote."""
        row = {
            "asset": self.id(asset), "quote": self.id(self.quote), "quote_atoms": money, "quantity_atoms": quantity,
            "happened_at": self.now if at is None else at,
        }  # fmt: skip
        if peak:
            row |= {"peak_quote_atoms": peak[0], "peak_quantity_atoms": peak[1]}
        return pa.Table.from_pylist([row])
