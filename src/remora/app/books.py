"""Books out of a ledger: reads what a booking needs, as known at an instant, and hands it to the pure analysis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from remora.analysis import pooling
from remora.analysis.figures import CHARGED
from remora.analysis.positions import (
    Books as Booked,
)
from remora.analysis.positions import (
    Events,
    Method,
    Rules,
    Scope,
    book,
    names_needed,
    positions_table,
    sells_table,
    world_of,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from remora.analysis.assemble import World
    from remora.app.config import Settings
    from remora.ports import Ledger

PART_ROWS: Final = 200_000
"""Trades booked at once: what bounds the memory of a full booking."""
PARTIAL_SOURCES: Final = (
    "solana.amm_tape", "solana.curve_heads", "solana.slot0_bundles", "solana.round_trips", "solana.pumpportal",
    "solana.rpc", "solana.helius", "solana.shyft", "solana.yellowstone",
)  # fmt: skip
"""Sources that see some trades of a token only (its first minutes, one wallet, single transactions).

That they tell of no trade for a day does not mean that there was none: no position is written off on their word.
"""
_EVENT_TABLES: Final = ("transfers", "splits", "merges", "redeems", "conversions")
_TRANSFER_COLUMNS: Final = (
    "id", "sender", "receiver", "asset", "venue", "quantity_atoms", "happened_at", "slot", "tx_index", "ordinal",
)  # fmt: skip
_FEW_MARKETS: Final = 2_000


class Books:
    """All books of a ledger as of an instant (default: its latest record), or those of some wallets."""

    def __init__(
        self, ledger: Ledger, settings: Settings, *, until: int | None = None, wallets: Sequence[str] | None = None,
        as_of: int | None = None, joined: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        """until: only what was known by then. as_of: the instant that ages are counted to, where it is another.

        joined: wallets that are booked as one, each with the wallet that stands for them all (then `wallets` is theirs).
        """
        self.ledger = ledger
        self.until = until
        self._as_of = as_of
        self.method = Method(settings.books.method)
        self._rug = (settings.books.rug_quiet_hours, settings.books.rug_fall_percent)
        self._wallets = sorted(joined) if joined else wallets
        self._joined = joined or {}
        self.notes: Counter[str] = Counter()
        self.refused: list[tuple[str, str]] = []

    @cached_property
    def as_of(self) -> int | None:
        """The instant the books speak of: the one asked for, else that of the latest trade or resolution."""
        if self._as_of is not None or self.until is not None:
            return self.until if self._as_of is None else self._as_of
        return self.ledger.latest()

    @property
    def rules(self) -> Rules:
        """How is booked; the method's name stands in every answer."""
        hours, percent = self._rug
        return Rules(method=self.method, as_of=self.as_of, rug_quiet_hours=hours, rug_fall_percent=percent)

    def parts(self) -> Iterator[tuple[pa.Table, pa.Table]]:
        """(positions, sells) as tables with texts, one part of the wallets after the other."""
        for booked in self.booked():
            texts = self.ledger.names(booked.text_ids())
            wallets = None if self._wallets is None else list(self.ledger.ids(self._wallets).values())
            sells = sells_table(booked, texts, self.ledger.trade_ids(booked.trade_rows(), wallets=wallets))
            positions = positions_table(booked, texts)
            del booked, texts  # two parts at once would need twice the memory
            yield positions, sells
            del positions, sells

    def booked(self) -> Iterator[Booked]:
        """Bookings with ids in place of texts, one part of the wallets after the other."""
        for _, _, booked in self.pieces():
            yield booked

    def pieces(self) -> Iterator[tuple[pa.Table, World, Booked]]:
        """(trades as the ledger gives them, the world they were booked in, the booking), part after part."""
        if self._wallets is not None:
            ids = self.ledger.ids(self._wallets)
            trades = self.ledger.book_trades(wallets=list(ids.values()), until=self.until)
            scope = Scope(wallets=frozenset(ids.values()))
            yield self._joint(trades, ids, scope) if self._joined else self._book(trades, self._events(scope), scope)
            return
        parts = 1 + self._rows_to_book() // PART_ROWS
        for part in range(parts):
            scope = Scope(parts, part)
            trades = self.ledger.book_trades(parts=parts, part=part, until=self.until)
            yield self._book(trades, self._events(scope), scope)

    def _joint(self, trades: pa.Table, ids: Mapping[str, int], scope: Scope) -> tuple[pa.Table, World, Booked]:
        """Wallets of one hand booked as one: their moves among themselves vanish."""
        first = {ids[wallet]: ids[head] for wallet, head in self._joined.items() if wallet in ids}
        events = pooling.without_inner_moves(self._events(scope), self._joined)
        events = replace(events, charges=pooling.charged_together(events.charges, first))
        return self._book(pooling.together(trades, first), events, Scope(wallets=frozenset(first.values())))

    def _rows_to_book(self) -> int:
        """Trades, and transfers, which are read as texts and weigh as much as two."""
        counts = self.ledger.counts()
        return counts["trades"] + 2 * counts["transfers"]

    def _book(self, trades: pa.Table, events: Events, scope: Scope) -> tuple[pa.Table, World, Booked]:
        world = self._world(trades, events)
        booked = book(trades, events, world, self.rules, scope)
        self.notes += booked.notes
        if booked.refused:
            texts = {**self.ledger.names(booked.text_ids()), **booked.minted}
            self.refused += [(texts[wallet], texts[asset]) for wallet, asset in booked.refused]
        return trades, world, booked

    def _events(self, scope: Scope) -> Events:
        """What moved the books of the wallets in scope, and what they were charged."""
        charges = self.ledger.book_charges(
            kinds=CHARGED, wallets=None if scope.wallets is None else sorted(scope.wallets), parts=scope.parts,
            part=scope.part, until=self.until,
        )  # fmt: skip
        return Events(**{name: self._rows(name, scope) for name in _EVENT_TABLES}, charges=charges)

    def _rows(self, name: str, scope: Scope) -> pa.Table:
        """Rows of a table that concern the wallets in scope."""
        columns = _TRANSFER_COLUMNS if name == "transfers" else ()
        if self._wallets is None:
            return read(self.ledger, name, until=self.until, columns=columns, parts=(scope.parts, scope.part))
        if name != "transfers":
            return self._read(name, {"wallet": self._wallets})
        import pyarrow as pa

        sent = self._read(name, {"sender": self._wallets}, columns)
        received = self._read(name, {"receiver": self._wallets}, columns)
        again = set(sent["id"].to_pylist())
        fresh = [fact_id not in again for fact_id in received["id"].to_pylist()]
        return pa.concat_tables([sent, received.filter(pa.array(fresh, pa.bool_()))])

    def _world(self, trades: pa.Table, events: Events) -> World:
        if self._wallets is None:
            self._shared.names.learn(self.ledger.ids(names_needed(replace(events, charges=None))))
            return self._shared
        markets, resolutions = (self._about_markets(name, trades, events) for name in ("markets", "resolutions"))
        prices = self._prices
        needed = names_needed(replace(events, charges=None), markets, resolutions, prices)
        marks = self._marks(trades, events)
        return world_of(self.ledger.ids(needed), markets=markets, resolutions=resolutions, prices=prices, marks=marks)

    @cached_property
    def _shared(self) -> World:
        """What is known beside the trades, for all parts of a full booking."""
        markets, resolutions = self._everything["markets"], self._everything["resolutions"]
        dictionary = self.ledger.ids(names_needed(Events(), markets, resolutions, self._prices))
        return world_of(dictionary, markets=markets, resolutions=resolutions, prices=self._prices, marks=self._all_marks)

    def _about_markets(self, name: str, trades: pa.Table, events: Events) -> pa.Table:
        """Markets or resolutions of the wallets' own markets; all where they are many."""
        wanted = {i for i in trades["market"].unique().to_pylist() if i >= 0}
        texts = set(self.ledger.names(wanted).values())
        for table in (events.splits, events.merges, events.redeems, events.conversions):
            if table is not None:
                texts.update(table["market"].to_pylist())
        converts = events.conversions is not None and events.conversions.num_rows
        if len(texts) > _FEW_MARKETS or converts:
            return self._everything[name]
        return self._read(name, {"market": sorted(texts)})

    @cached_property
    def _everything(self) -> Mapping[str, pa.Table]:
        return {name: self._read(name) for name in ("markets", "resolutions")}

    @cached_property
    def _prices(self) -> pa.Table:
        return self._read("prices", {"asset": "SOL"})

    def _marks(self, trades: pa.Table, events: Events) -> pa.Table:
        """Last and highest prices of what the wallets asked for have touched; of everything where that is not plain."""
        rare = any(getattr(events, name).num_rows for name in ("splits", "merges", "conversions"))
        if rare:  # a complete set may hold outcomes that the wallet never traded
            return self._all_marks
        touched = {i for i in trades["asset"].unique().to_pylist() if i >= 0}
        moved = events.transfers
        if moved is not None:
            touched.update(self.ledger.ids({text for text in moved["asset"].to_pylist() if text}).values())
        return self.ledger.last_prices(until=self.until, assets=sorted(touched), partial_sources=PARTIAL_SOURCES)

    @cached_property
    def _all_marks(self) -> pa.Table:
        return self.ledger.last_prices(until=self.until, partial_sources=PARTIAL_SOURCES)

    def _read(self, name: str, where: Mapping[str, object] | None = None, columns: Sequence[str] = ()) -> pa.Table:
        return read(self.ledger, name, where, until=self.until, columns=columns)

    def table(self, name: str, conditions: Mapping[str, object]) -> Iterator[pa.RecordBatch]:
        """The booked table `positions` or `sells`, piece by piece, where columns equal the given texts."""
        for positions, sells in self.parts():
            table = positions if name == "positions" else sells
            yield from matching(table, conditions, name).to_batches(max_chunksize=65_536)


def matching(table: pa.Table, conditions: Mapping[str, object], name: str) -> pa.Table:
    """Rows whose columns equal the given texts. UsageError for a column the table lacks."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from remora.model.errors import UsageError

    for column, value in conditions.items():
        if column not in table.column_names:
            raise UsageError(f"--where: {name} has no column {column!r}", hint=f"one of {', '.join(table.column_names)}")
        table = table.filter(pc.equal(pc.cast(table[column], pa.string()), pa.scalar(str(value))))
    return table


def read(
    ledger: Ledger,
    name: str,
    where: Mapping[str, object] | None = None,
    *,
    until: int | None = None,
    columns: Iterable[str] = (),
    parts: tuple[int, int] = (1, 0),
) -> pa.Table:
    """Rows of a ledger table as one Arrow table (with its columns also where it has no rows). parts: (of how many, which)."""
    import pyarrow as pa

    from remora.model.tables import TABLES

    of, part = parts
    batches = list(ledger.table(name, where=where, until=until, columns=tuple(columns), parts=of, part=part))
    if batches:
        return pa.Table.from_batches(batches)
    types = {
        "int": pa.int64(), "bool": pa.bool_(), "texts": pa.list_(pa.string()), "ints": pa.list_(pa.int64()),
    }  # fmt: skip
    kinds = {column.name: types.get(column.kind, pa.string()) for column in TABLES[name].columns}
    return pa.schema([(column, kinds[column]) for column in columns or kinds]).empty_table()
