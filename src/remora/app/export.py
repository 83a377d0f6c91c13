"""Tables as files: Parquet, CSV or JSONL, written beside the target and moved into place when complete."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from remora.model.errors import UsageError
from remora.model.tables import TABLES

if TYPE_CHECKING:
    import pyarrow as pa

    from remora.app.books import Books
    from remora.app.config import Settings
    from remora.ports import Ledger

BOOKED = ("positions", "sells", "wallets")
SCORED = {
    "relations": "relations",
    "clusters": "clusters",
    "scores": "traders",
    "tokens": "tokens",
    "early_buyers": "early_buyers",
}
"""Tables of the scorebook, and what they are called there."""
LATER = ("signals", "outcomes", "decisions", "orders", "alerts")
FORMS = (".parquet", ".csv", ".jsonl")


def write(
    ledger: Ledger, settings: Settings, home: Path, table: str, to: Path, *, where: Iterable[str], until: int | None
) -> dict[str, Any]:
    """Write one table; returns its name, file and number of rows. UsageError for unknown tables, columns or forms."""
    if table not in TABLES and table not in BOOKED and table not in SCORED:
        when = " yet: it is not built" if table in LATER else ""
        raise UsageError(f"no table {table!r}{when}", hint=f"one of {', '.join([*BOOKED, *SCORED, *TABLES])}")
    check_form(to)
    conditions = _conditions(where)
    if table in BOOKED:
        from remora.app.books import Books

        batches = _booked(Books(ledger, settings, until=until), table, conditions)
    elif table in SCORED:
        batches = _scored(home, settings, table, conditions, until)
    else:
        known = {column.name for column in TABLES[table].columns}
        unknown = sorted(set(conditions) - known)
        if unknown:
            raise UsageError(f"--where: {table} has no column {unknown[0]!r}", hint=f"one of {', '.join(sorted(known))}")
        batches = ledger.table(table, where=conditions, until=until)
    return {"table": table, "file": str(to), "rows": save(batches, to)}


def save(batches: Iterator[pa.RecordBatch], to: Path) -> int:
    """Write batches to a file of the form its name tells, beside it first; the number of rows. UsageError for other forms."""
    check_form(to)
    part = to.with_name(f".{to.name}.part")
    try:
        rows = _WRITERS[to.suffix](batches, part)
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
    return rows


def check_form(to: Path) -> None:
    """UsageError where the file's name tells no form that can be written."""
    if to.suffix not in FORMS:
        raise UsageError(f"cannot write {to.name!r}", hint=f"end the file's name in one of {', '.join(FORMS)}")


def _booked(books: Books, table: str, conditions: dict[str, object]) -> Iterator[pa.RecordBatch]:
    if table != "wallets":
        yield from books.table(table, conditions)
        return
    from remora.app import ranking
    from remora.app.books import matching

    for statistics in ranking.statistics(books):
        yield from matching(statistics, conditions, table).to_batches(max_chunksize=65_536)


def _scored(
    home: Path, settings: Settings, table: str, conditions: dict[str, object], until: int | None
) -> Iterator[pa.RecordBatch]:
    """A table of the scorebook in force; `scores` has one row per wallet, with what is said of its trader."""
    from remora.app.analyse import Book
    from remora.app.books import matching

    book = Book(home, settings, as_of=until)
    rows = book.table(SCORED[table])
    if table == "scores":
        wallets = book.table("wallets").drop_columns(["reasons"])
        rows = wallets.join(rows.drop_columns(["venue"]), "trader").sort_by("wallet")
    yield from batches(matching(rows, conditions, table))


def batches(table: pa.Table) -> list[pa.RecordBatch]:
    """A table piece by piece; one without rows keeps its columns."""
    import pyarrow as pa

    found: list[pa.RecordBatch] = table.to_batches(max_chunksize=65_536)
    return found or [pa.RecordBatch.from_pylist([], schema=table.schema)]


def _conditions(where: Iterable[str]) -> dict[str, object]:
    out: dict[str, object] = {}
    for text in where:
        column, sign, value = text.partition("=")
        if not sign:
            raise UsageError(f"--where {text!r}: expected COLUMN=VALUE")
        out[column.strip()] = value
    return out


def _parquet(batches: Iterator[pa.RecordBatch], to: Path) -> int:
    import pyarrow.parquet as pq

    rows, writer = 0, None
    try:
        for batch in batches:
            writer = writer or pq.ParquetWriter(to, batch.schema, compression="zstd")
            writer.write_batch(batch)
            rows += batch.num_rows
    finally:
        if writer:
            writer.close()
    if writer is None:
        to.touch()
    return rows


def _jsonl(batches: Iterator[pa.RecordBatch], to: Path) -> int:
    rows, encode = 0, msgspec.json.encode
    with to.open("wb") as out:
        for batch in batches:
            out.writelines(encode(row) + b"\n" for row in batch.to_pylist())
            rows += batch.num_rows
    return rows


def _csv(batches: Iterator[pa.RecordBatch], to: Path) -> int:
    rows, writer = 0, None
    with to.open("w", newline="", encoding="utf-8") as out:
        for batch in batches:
            if writer is None:
                writer = csv.writer(out)
                writer.writerow(batch.schema.names)
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                writer.writerow([_cell(value) for value in row])
            rows += batch.num_rows
    return rows


def _cell(value: object) -> object:
    """A cell no spreadsheet takes for a formula: texts that begin like one get an apostrophe before them."""
    if isinstance(value, str):
        return f"'{value}" if value[:1] in "=+-@\t\r'" and value else value
    if isinstance(value, list):
        return _cell(msgspec.json.encode(value).decode())
    return value


_WRITERS = {".parquet": _parquet, ".csv": _csv, ".jsonl": _jsonl}
