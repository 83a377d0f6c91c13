"""Floor 3, the protocols: only where two makes exist, or where a floor is handed something from above.

Decoders are handed to `intake`; the ledger has a local make (DuckDB), a cluster make (ClickHouse) and, later, one
behind a socket. Arrow tables are what goes in and out of a ledger.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, Self

import msgspec

from remora.model.errors import Ignored, Undecodable
from remora.model.facts import Fact

if TYPE_CHECKING:
    import pyarrow as pa


# --- decoding -----------------------------------------------------------------------------------------------------


class Decoded(msgspec.Struct, kw_only=True):
    """What one raw record holds: facts, what was understood and left alone, and what could not be read."""

    facts: list[Fact] = []
    ignored: list[Ignored] = []
    undecodable: list[Undecodable] = []


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One raw record of a file or feed.

    value: the parsed document (dict, list, ...) or bytes for binary captures. raw: the bytes it was parsed from (for
    quarantine). number: its place in the file, from 0. seen_at: nanoseconds when it was received, where recorded.
    file: the name of its file, for messages and for ids of records without place or owner.
    """

    value: Any
    number: int = 0
    raw: bytes = b""
    seen_at: int | None = None
    file: str = ""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """The head of a file, from which its kind is recognised.

    form: json, jsonl, csv, parquet or capture (length-prefixed protobuf). name: path as text. records: the first few
    parsed records (CSV: dicts of text). columns: CSV or Parquet column names. document: for form json, the top-level
    value when it is one object, else None.
    """

    name: str
    form: str
    records: tuple[Any, ...] = ()
    columns: tuple[str, ...] = ()
    document: Any = None


class Decoder(Protocol):
    """Turns the raw records of one kind of file or feed into facts. Pure: the same record always gives the same facts.

    A decoder that needs memory across records (multiplicity, pool tables) is made anew per file by `Kind.open`.
    """

    def decode(self, record: Record) -> Decoded:
        """All facts of one record. Never raises for bad input: that is `Undecodable`."""
        ...


class Kind(Protocol):
    """One kind of recording that `import` and `decode` recognise."""

    name: str
    """e.g. 'solana.transactions', 'polymarket.activity'."""
    bears_facts: bool
    """False for recordings that are named and left alone (rankings, latencies ...)."""

    def matches(self, sample: Sample) -> bool:
        """Whether the sample looks like this kind. The first matching kind of the registry is taken."""
        ...

    def open(self, context: Context) -> Decoder:
        """A decoder for one file."""
        ...


class Context(msgspec.Struct, kw_only=True):
    """What decoders may know beside their record: dated data files and what earlier records taught.

    pools: pool account -> (base mint, quote mint), grown by the decoders themselves.
    infrastructure: address -> kind (tip, bot_fee, router, vault, keeper, exchange ...).
    lookups: named look-up tables for column maps (label -> address).
    owner: the wallet of exports of one's own history, which name none ('' where nobody said).
    """

    pools: dict[str, tuple[str, str]] = {}
    infrastructure: Mapping[str, str] = {}
    lookups: dict[str, Mapping[str, str]] = {}
    owner: str = ""


# --- fetching ------------------------------------------------------------------------------------------------------


class Page(msgspec.Struct, kw_only=True):
    """One piece of history that is stored as a whole: raw records, and how far the fetch has come once they are stored.

    kind: name of the kind that reads the records. cursor: JSON-able progress to go on from (None: nothing to remember).
    origin: the question, without host and keys. missing: names of records that exist and could not be had. doubts: why
    the history may not be whole; notes: what else people should know. done: nothing is left to ask.
    """

    records: Sequence[Record] = ()
    kind: str = ""
    cursor: dict[str, Any] | None = None
    origin: str = ""
    missing: Sequence[str] = ()
    doubts: Sequence[str] = ()
    notes: Sequence[str] = ()
    done: bool = False


Look = Callable[[str, str, Mapping[str, object]], set[str]]
"""(table, column, where) -> the texts that the ledger holds in that column."""


class Stage(Protocol):
    """One part of a fetch with a cursor of its own (name '' = it is always done anew)."""

    @property
    def name(self) -> str:
        """The name of its cursor."""
        ...

    @property
    def about(self) -> str:
        """What it brings, in a word."""
        ...

    def pages(self, cursor: Mapping[str, Any], look: Look) -> AsyncIterator[Page]:
        """Pages from where the cursor stands. Raises RemoraError when the source fails; earlier pages stay good."""
        ...


class Fetcher(Protocol):
    """Brings the history of one wallet, market or token from a venue's public interfaces, inside `async with`."""

    @property
    def venue(self) -> str:
        """Its name, as facts carry it."""
        ...

    @property
    def requests(self) -> int:
        """Questions asked so far, repeated ones included."""
        ...

    @property
    def retries(self) -> int:
        """How many of them were repeated."""
        ...

    def recognises(self, target: str) -> str | None:
        """The target as this venue writes it, or None where it is none of its addresses."""
        ...

    async def stages(self, target: str) -> tuple[str, Sequence[Stage]]:
        """What the target is (wallet, market, mint ...), and what has to be fetched, in order."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...


# --- the ledger ---------------------------------------------------------------------------------------------------


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """How far an import or a feed has come: `position` is the number of records done, `digest` proves it is the same input."""

    name: str
    position: int
    digest: str
    done: bool = False
    detail: str = "{}"


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """One record that could not be read: where it came from, why, and its bytes (cut at 64 KiB, with the full length)."""

    file: str
    record: int
    reason: str
    detail: str
    raw: bytes
    raw_bytes: int
    kind: str = ""
    where: str = ""
    id: int = 0


class Batch(msgspec.Struct, kw_only=True):
    """What is committed together: facts, quarantine and the cursor, in one transaction."""

    facts: Sequence[Fact] = ()
    quarantine: Sequence[Quarantined] = ()
    cursor: Cursor | None = None


class Committed(msgspec.Struct, frozen=True, kw_only=True):
    """What a commit brought: new rows and duplicates by fact type (snake case), and the ledger's new version."""

    version: int
    new: dict[str, int]
    duplicates: dict[str, int]
    quarantined: int


class Ledger(Protocol):
    """What happened on chain, in columns. One process owns the local make at a time.

    Order law: any permutation and any splitting of the same facts into batches gives the same sorted exports.
    """

    def commit(self, batch: Batch) -> Committed:
        """Write all or nothing. Facts known by id are duplicates; inexact trades are matched (see `Trade.exact`)."""
        ...

    def cursor(self, name: str) -> Cursor | None:
        """How far the import of that name has come."""
        ...

    def version(self) -> int:
        """The number of the last commit."""
        ...

    def table(
        self,
        name: str,
        *,
        columns: Sequence[str] = (),
        where: Mapping[str, object] | None = None,
        until: int | None = None,
        as_of_version: int | None = None,
        parts: int = 1,
        part: int = 0,
    ) -> Iterator[pa.RecordBatch]:
        """Rows of one table as text and integers, in the order (happened_at, slot, tx_index, ordinal, id).

        where: column = value (or one of a list of values). until: only facts that had happened, and were known
        (seen_at), by then; an unknown instant hides nothing.
        `part` of `parts`: rows whose wallet, sender or receiver is of that part (as in `book_trades`); tables without
        one are given whole.
        """
        ...

    def names(self, ids: Iterable[int]) -> dict[int, str]:
        """Texts of dictionary ids."""
        ...

    def ids(self, names: Iterable[str]) -> dict[str, int]:
        """Dictionary ids of texts; unknown texts are absent."""
        ...

    def book_trades(
        self,
        *,
        wallets: Sequence[int] | None = None,
        parts: int = 1,
        part: int = 0,
        until: int | None = None,
        as_of_version: int | None = None,
    ) -> pa.Table:
        """Trades as integer columns for booking, sorted by (wallet, asset, happened_at, slot, tx_index, ordinal, row).

        Columns (all int64 unless said): wallet, asset, market, quote, venue, program (dictionary ids, int32; -1 = none),
        side (int8: 0 buy, 1 sell), quantity_atoms, quote_atoms, venue_fee_quote_atoms, happened_at, slot, tx_index
        (-1 = unknown), ordinal, row (stable row number: give it to `trade_ids`), placed (bool: tx is known, so rows of
        one tx are ordered), tx (int64: equal numbers are one transaction, -1 = unknown). `part` of `parts`: wallets
        whose id % parts == part, so that memory stays bounded.
        """
        ...

    def book_charges(
        self,
        *,
        kinds: Sequence[str],
        wallets: Sequence[int] | None = None,
        parts: int = 1,
        part: int = 0,
        until: int | None = None,
    ) -> pa.Table:
        """Charges of those kinds that name the asset traded: wallet, asset (ids, int32), lamports (int64), in any order.

        Wallets and parts as in `book_trades`.
        """
        ...

    def trade_ids(self, rows: Sequence[int], *, wallets: Sequence[int] | None = None) -> dict[int, str]:
        """Fact ids of trade row numbers. wallets: whose trades they are, where that is known: it is faster."""
        ...

    def counts(self) -> dict[str, int]:
        """Rows by table."""
        ...

    def last_prices(
        self, *, until: int | None = None, assets: Sequence[int] | None = None, peak_from_quote_atoms: int = 1_000_000,
        partial_sources: Sequence[str] = (),
    ) -> pa.Table:  # fmt: skip
        """Latest trade price per asset (all, or those ids): asset, quote (ids), quote_atoms, quantity_atoms, happened_at.

        Beside it the trade of the highest price in the same quote among those of at least peak_from_quote_atoms (the
        price of less money is mostly rounding): peak_quote_atoms, peak_quantity_atoms; 0 where there is none, and
        where the latest trade comes from one of `partial_sources`: they do not see the whole market, so that their
        silence says nothing.
        """
        ...

    def latest(self, *, known: bool = False) -> int | None:
        """When the latest trade or resolution happened, in nanoseconds; None in an empty ledger.

        known: when the latest fact about wallets (presences, graduations and transfers too) could be known, which is
        later for what was heard live.
        """
        ...

    def quarantine(self, *, id: int | None = None) -> Iterator[Quarantined]:
        """What could not be read, oldest first."""
        ...

    def release(self, ids: Sequence[int]) -> None:
        """Remove quarantined records that have been read after all."""
        ...

    def summary(self) -> dict[str, Any]:
        """Figures for `status`: rows by table and venue, time range, sources, file sizes, imports, disagreements."""
        ...

    def check(self) -> dict[str, int]:
        """Read every stored byte and recount; stored rows by table. Raises StoreDamaged."""
        ...

    def backup(self, folder: str) -> None:
        """A consistent copy of everything in `folder`."""
        ...

    def rest(self) -> None:
        """Give back the memory that answers took; for one who has read and now works long without asking."""
        ...

    def close(self) -> None:
        """Write everything and let go of the files."""
        ...
