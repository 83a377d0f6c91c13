"""The ledger's tables: one per fact type, its columns read off the fact's own fields.

Column kinds: `int` (64 bits), `bool`, `text`, `name` (text that repeats: stored as an id of the dictionary),
`texts` and `ints` (lists). A store adds `version` (which commit brought the row) and its own look-up keys.
"""

from __future__ import annotations

import types
import typing
from typing import Final, Literal, NamedTuple

import msgspec

from remora.model.facts import FACT_TYPES, Fact, type_name

ColumnKind = Literal["int", "bool", "text", "name", "texts", "ints"]

NAMES: Final = frozenset(
    ("wallet", "asset", "market", "quote", "source", "venue", "program", "sender", "receiver", "kind", "side", "creator",
     "recipient", "pool", "base_asset", "quote_asset", "stage", "destination", "address", "category", "author",
     "evidence", "reason", "neg_risk_id", "event_slug")
)  # fmt: skip

PLURALS: Final = {
    "trade": "trades", "charge": "charges", "transfer": "transfers", "launch": "launches", "graduation": "graduations",
    "pool_created": "pools", "reserves": "reserves", "market": "markets", "resolution": "resolutions", "split": "splits",
    "merge": "merges", "redeem": "redeems", "conversion": "conversions", "reward": "rewards", "deposit": "deposits",
    "price_tick": "prices", "candle": "candles", "book_snapshot": "books", "presence": "presences", "label": "labels",
    "observation": "observations", "retracted": "retractions",
}  # fmt: skip


class Column(NamedTuple):
    """One column: its name, kind and whether it may be null."""

    name: str
    kind: ColumnKind
    nullable: bool


class Table(NamedTuple):
    """One table, the fact type it holds, and its columns in the order of the struct's fields."""

    name: str
    fact: type[Fact]
    columns: tuple[Column, ...]


def _column(name: str, annotation: object) -> Column:
    options = typing.get_args(annotation) if isinstance(annotation, types.UnionType) else (annotation,)
    nullable = type(None) in options
    (core,) = (option for option in options if option is not type(None))
    if typing.get_origin(core) is tuple:
        return Column(name, "ints" if typing.get_args(core)[0] is int else "texts", nullable)
    if core is bool:
        return Column(name, "bool", nullable)
    if core is int:
        return Column(name, "int", nullable)
    return Column(name, "name" if name in NAMES else "text", nullable)


def _table(fact: type[Fact]) -> Table:
    hints = typing.get_type_hints(fact)
    fields = (field.name for field in msgspec.structs.fields(fact))
    return Table(PLURALS[type_name(fact)], fact, tuple(_column(name, hints[name]) for name in fields))


TABLES: Final[dict[str, Table]] = {table.name: table for table in map(_table, FACT_TYPES)}
TABLE_OF: Final[dict[type[Fact], Table]] = {table.fact: table for table in TABLES.values()}
