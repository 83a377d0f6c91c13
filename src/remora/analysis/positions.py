"""Trades, transfers, complete sets, redemptions and resolutions → the tables `positions` and `sells`.

How to call it (everything is handed in, nothing is read here):

    wanted = names_needed(events, markets, resolutions, prices)      # texts whose dictionary ids are needed
    world = world_of(ledger.ids(wanted), markets=..., resolutions=..., prices=..., marks=ledger.last_prices(until=T))
    for part in range(parts):                                        # a part at a time keeps memory bounded
        trades = ledger.book_trades(parts=parts, part=part, until=T)
        books = book(trades, events, world, Rules(as_of=T), Scope(parts, part))
        texts = ledger.names(books.text_ids())
        table = positions_table(books, texts)                        # columns of the interface, as text and integers
        sells = sells_table(books, texts, ledger.trade_ids(books.trade_rows()))

    one wallet: book(ledger.book_trades(wallets=[w]), events, world, rules, Scope(wallets=frozenset([w])))

`events` (an `Events`), `markets`, `resolutions` and `prices` are rows of `Ledger.table` (pa.Table.from_batches), already
cut at T and free of what was retracted; any of them may be None. `books.positions` and `books.sells` are the same tables
with ids in place of texts: what `wallets.statistics` and `laws` take.

Beyond the interface's columns, positions carry: held of unknown cost, sendings and settlements apart, what was
unpriced (its quantity moves as received or sent, its money is not booked), what was written off as a rug, the mark's
name, instant and age, and the last sale. Unrealized counts only what is held at known cost: mark value of that part
minus cost_left; mark_quote_atoms values everything held. Books whose sums leave 64 bits are not in the tables: they are
`books.refused`, by wallet and asset.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa

from remora.analysis import lots
from remora.analysis.assemble import ALIASES, HOME_QUOTES, Assembled, World, assemble
from remora.analysis.convert import reference
from remora.analysis.dollars import Dollars, dollars_of
from remora.analysis.events import EVERYBODY, Events, Scope
from remora.analysis.figures import Rules, figures_of
from remora.analysis.lots import Booked, Method
from remora.analysis.marks import marks_of
from remora.analysis.names import NONE, Names
from remora.analysis.outcomes import Outcomes
from remora.model import ids, units

__all__ = [
    "Books", "Events", "Method", "Rules", "Scope", "book", "names_needed", "positions_table", "sells_table", "world_of",
]  # fmt: skip

TEXT_COLUMNS: Final = ("venue", "wallet", "asset", "market", "quote")
_NAMED: Final = ("wallet", "sender", "receiver", "asset", "market", "venue", "quote", "neg_risk_id")
_NO_EVENTS: Final = Events()
_RULES: Final = Rules()


@dataclass(frozen=True)
class Books:
    """What one booking gives. `positions` and `sells` hold ids; `rows` is what was booked (for `laws.audit`)."""

    positions: pa.Table
    sells: pa.Table
    refused: list[tuple[int, int]]
    notes: Counter[str]
    minted: dict[int, str]
    rows: Assembled
    booked: Booked
    fact_ids: list[str] = field(default_factory=list)

    def text_ids(self) -> list[int]:
        """Dictionary ids whose texts the tables need."""
        found: set[int] = {part for pair in self.refused for part in pair}
        for name in TEXT_COLUMNS:
            found.update(self.positions[name].unique().to_pylist())
        return sorted(found_id for found_id in found if found_id >= 0)

    def trade_rows(self) -> list[int]:
        """Row numbers of trades whose fact ids the table of sells needs."""
        return [row for row in self.sells["source"].to_pylist() if row >= 0]


def names_needed(events: Events = _NO_EVENTS, *tables: pa.Table | None) -> set[str]:
    """Every text of the given tables that a book may be about."""
    needed = {*HOME_QUOTES, *units.QUOTE_DECIMALS, *ALIASES}
    all_tables = [getattr(events, name) for name in Events.__dataclass_fields__]
    for table in (*all_tables, *tables):
        if table is None or not table.num_rows:
            continue
        for name in set(_NAMED) & set(table.column_names):
            needed.update(text for text in table[name].unique().to_pylist() if isinstance(text, str) and text)
        if "token_ids" in table.column_names:
            needed.update(token for tokens in table["token_ids"].to_pylist() for token in tokens or ())
        if {"slug", "outcomes"} <= set(table.column_names):
            for slug, outcomes in zip(table["slug"].to_pylist(), table["outcomes"].to_pylist(), strict=True):
                needed.update(ids.surrogate_asset(slug, outcome) for outcome in outcomes or ())
    return needed


def world_of(
    dictionary: Mapping[str, int], *, markets: pa.Table | None = None, resolutions: pa.Table | None = None,
    prices: pa.Table | None = None, marks: pa.Table | None = None,
) -> World:  # fmt: skip
    """What is known beside the trades. dictionary: `Ledger.ids(names_needed(...))`; marks: see `marks.marks_of`."""
    names = Names(dictionary)
    return World(names, Outcomes(markets, resolutions, names), reference(prices, names), marks_of(marks, names))


def book(trades: pa.Table, events: Events, world: World, rules: Rules = _RULES, scope: Scope = EVERYBODY) -> Books:
    """Book everything of the wallets in scope. See the head of this file; empty inputs give empty tables."""
    rows = assemble(trades, events, world, scope)
    booked = lots.book_grouped(rows.rows, rows.books, rules.method)
    dollars = dollars_of(rows, booked, world)
    columns, sound = figures_of(rows, booked, dollars, events.charges, world, rules)
    kept = np.flatnonzero(sound)
    refused = [(int(rows.wallet[i]), int(rows.asset[i])) for i in np.flatnonzero(~sound)]
    positions = pa.table({name: column.take(pa.array(kept)) for name, column in columns.items()})
    notes = rows.notes + Counter({"books_refused": len(refused)})
    sells = _sells(rows, booked, dollars, sound)
    return Books(positions, sells, refused, notes, world.names.minted, rows, booked, rows.fact_ids)


def _sells(rows: Assembled, booked: Booked, dollars: Dollars, sound: np.ndarray[Any, Any]) -> pa.Table:
    sales = booked.sales
    book_of = rows.rows.position[sales["row"]]
    kept = pa.array(sound[book_of])
    at = rows.rows.at[sales["row"]]
    columns = {
        "source": rows.source[sales["row"]], "wallet": rows.wallet[book_of], "asset": rows.asset[book_of],
        "matched_atoms": sales["matched"], "unmatched_atoms": sales["unmatched"],
        "unknown_cost_atoms": sales["unknown"], "cost_quote_atoms": sales["cost"],
        "proceeds_quote_atoms": sales["proceeds"], "realized_quote_atoms": sales["proceeds"] - sales["cost"],
        "held_seconds_weighted": sales["held_seconds"], "unmatched_proceeds_quote_atoms": sales["unmatched_proceeds"],
        "unknown_cost_proceeds_quote_atoms": sales["unknown_proceeds"],
    }  # fmt: skip
    table = {name: pa.array(column, pa.int64()) for name, column in columns.items()}
    table["realized_micro_usd"] = dollars.sales
    table["happened_at"] = pa.array(at, pa.int64(), mask=at <= 0)
    table["method"] = pa.array([str(booked.method)] * len(at), pa.string())
    return pa.table(table).filter(kept)


def positions_table(books: Books, texts: Mapping[int, str]) -> pa.Table:
    """`books.positions` with texts in place of ids."""
    return _named(books.positions, TEXT_COLUMNS, {**texts, **books.minted})


def sells_table(books: Books, texts: Mapping[int, str], trade_ids: Mapping[int, str]) -> pa.Table:
    """`books.sells` with texts in place of ids, and the id of the fact each sale comes from."""
    facts = books.fact_ids
    found = [trade_ids[row] if row >= 0 else facts[-1 - row] for row in books.sells["source"].to_pylist()]
    table = _named(books.sells, ("wallet", "asset"), {**texts, **books.minted})
    return table.drop_columns(["source"]).add_column(0, "fact_id", pa.array(found, pa.string()))


def _named(table: pa.Table, columns: Iterable[str], texts: Mapping[int, str]) -> pa.Table:
    for name in columns:
        encoded = table[name].combine_chunks().dictionary_encode()
        if isinstance(encoded, pa.ChunkedArray):
            encoded = encoded.combine_chunks()
        words = pa.array([None if i == NONE else texts[i] for i in encoded.dictionary.to_pylist()], pa.string())
        table = table.set_column(table.column_names.index(name), name, words.take(encoded.indices))
    return table
