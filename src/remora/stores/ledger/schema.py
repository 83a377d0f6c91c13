"""How tables lie in a store: the columns of `model.tables` plus the bookkeeping that time travel and look-ups need.

Every stored row is one *sighting*: what one source said of one fact. Bookkeeping columns:

    row        number of the stored row, never reused
    version    the commit that brought it
    ended      the commit as of which it is no longer shown (SHOWN while it is; = version if it never was)
    standing   why it is (not) shown: a `Standing`
    key        63-bit key of the fact's id (`keys`); always confirmed by comparing the id itself
    tx_key     trades only: key of the transaction, null where the source tells none
    fact_key   retractions only: key of the fact that is void

An id usually contains its transaction's signature; only what stands before and after it is kept (`id_head`, `id_tail`).
Names are ids of the table `names` (-1 = none), lists are JSON text. A shown row as of version v: version <= v < ended.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from remora.model.tables import TABLES, Table

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA_VERSION: Final = 1
SHOWN: Final = 2**63 - 1
NO_NAME: Final = -1

Physical = str
"""What a store must be able to hold: int64, int32, int8, bool, text, blob."""


class Standing(IntEnum):
    """Why a sighting is shown or not."""

    SHOWN = 0
    REPEATED = 1
    """Another source says the same of the same id."""
    DISAGREES = 2
    """Another source says something else of the same id, and is believed."""
    MATCHED = 3
    """An inexact trade that is the same trade as a shown one of another id."""
    RETRACTED = 4
    SUPERSEDED = 5
    """An older stored copy of a sighting that was written anew."""


class Stored(NamedTuple):
    """One stored column: its name, physical type and whether it may be null."""

    name: str
    physical: Physical
    nullable: bool


BOOKKEEPING: Final = (
    Stored("row", "int64", False),
    Stored("version", "int64", False),
    Stored("ended", "int64", False),
    Stored("standing", "int8", False),
)

SUPPORT: Final[dict[str, tuple[Stored, ...]]] = {
    "names": (Stored("id", "int32", False), Stored("name", "text", False)),
    "cursors": (
        Stored("name", "text", False),
        Stored("position", "int64", False),
        Stored("digest", "text", False),
        Stored("done", "bool", False),
        Stored("detail", "text", False),
        Stored("version", "int64", False),
    ),
    "quarantine": (
        Stored("id", "int64", False),
        Stored("key", "int64", False),
        Stored("file", "text", False),
        Stored("record", "int64", False),
        Stored("reason", "text", False),
        Stored("detail", "text", False),
        Stored("raw", "blob", False),
        Stored("raw_bytes", "int64", False),
        Stored("kind", "text", False),
        Stored("where", "text", False),
        Stored("version", "int64", False),
    ),
    "commits": (
        Stored("version", "int64", False),
        Stored("next_row", "int64", False),
        Stored("next_name", "int64", False),
        Stored("next_quarantine", "int64", False),
        Stored("totals", "text", False),
        Stored("digest", "text", False),
    ),
    "meta": (Stored("key", "text", False), Stored("value", "text", False)),
}
"""The tables beside the facts."""

_PHYSICAL: Final = {"int": "int64", "bool": "bool", "text": "text", "name": "int32", "texts": "text", "ints": "text"}


class Layout(NamedTuple):
    """One fact table as it is stored, and as frames carry it in memory.

    frame: columns of a frame (key, look-up keys, whole id, fact columns); stored: columns in the store.
    """

    table: Table
    frame: tuple[Stored, ...]
    stored: tuple[Stored, ...]
    split_id: bool

    @property
    def values(self) -> tuple[str, ...]:
        """The fact's own columns, in the order of its fields."""
        return tuple(column.name for column in self.table.columns)


def _layout(table: Table) -> Layout:
    columns = [
        Stored(column.name, _PHYSICAL[column.kind], column.nullable and column.kind != "name") for column in table.columns
    ]
    keys = [Stored("key", "int64", False)]
    if table.name == "trades":
        keys.append(Stored("tx_key", "int64", True))
    if table.name == "retractions":
        keys.append(Stored("fact_key", "int64", False))
    split = any(column.name == "tx" for column in columns)
    ids = [Stored("id_head", "text", False), Stored("id_tail", "text", True)] if split else [Stored("id", "text", False)]
    stored = (*BOOKKEEPING, *keys, *ids, *(column for column in columns if column.name != "id"))
    return Layout(table, (*keys, *columns), stored, split)


LAYOUTS: Final[dict[str, Layout]] = {name: _layout(table) for name, table in TABLES.items()}

TABLE_COLUMNS: Final[dict[str, tuple[Stored, ...]]] = {name: layout.stored for name, layout in LAYOUTS.items()} | SUPPORT
"""All stored tables."""


@cache
def arrow_type(physical: Physical) -> pa.DataType:
    """The Arrow type of a physical one."""
    import pyarrow as pa

    return {
        "int64": pa.int64(), "int32": pa.int32(), "int8": pa.int8(), "bool": pa.bool_(),
        "text": pa.string(), "blob": pa.binary(),
    }[physical]  # fmt: skip


@cache
def arrow_schema(columns: tuple[Stored, ...]) -> pa.Schema:
    """The Arrow schema of stored columns."""
    import pyarrow as pa

    return pa.schema([pa.field(column.name, arrow_type(column.physical)) for column in columns])


def id_sql(layout: Layout, alias: str = "") -> str:
    """The expression that gives a row's whole id."""
    dot = f"{alias}." if alias else ""
    if not layout.split_id:
        return f"{dot}id"
    return f"coalesce({dot}id_head || {dot}tx || {dot}id_tail, {dot}id_head)"
