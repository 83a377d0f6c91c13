"""Parquet files → records: dicts by column name, read batch by batch."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from remora.intake.records import Unreadable, unreadable
from remora.intake.sources import GZIP_MAGIC, ZSTD_MAGIC, Damaged, Source
from remora.model.errors import Reason
from remora.ports import Record

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS: Final = 8192


def rows(path: Path) -> Iterator[Record | Unreadable]:
    """One record per row. Compressed files are unpacked to a temporary file first: Parquet is read from its end."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with _seekable(path) as file, pq.ParquetFile(file) as table:
            for batch in table.iter_batches(batch_size=_BATCH_ROWS):
                for row in _plain(batch).to_pylist():
                    yield Record(value=row, number=number, raw=b"", file=path.name)
                    number += 1
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        yield unreadable(number, b"", Reason.TRUNCATED, f"not readable as Parquet from here on: {error}")
    except Damaged as error:
        yield unreadable(number, b"", error.reason, error.detail)


def columns(path: Path) -> tuple[str, ...]:
    """Names of the columns; empty where the file is no Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with _seekable(path) as file, pq.ParquetFile(file) as table:
            return tuple(table.schema_arrow.names)
    except (pa.ArrowException, OSError, Damaged):
        return ()


def raw(row: dict[str, Any]) -> bytes:
    """A row as JSON, for quarantine: Parquet has no bytes of a single row."""
    return msgspec.json.encode(row)


def _seekable(path: Path) -> Any:
    with path.open("rb") as file:
        magic = file.read(4)
    if not magic.startswith(GZIP_MAGIC) and magic != ZSTD_MAGIC:
        return path.open("rb")
    with ExitStack() as stack:
        spool = stack.enter_context(tempfile.TemporaryFile())
        for part in Source(path).chunks():  # raises where the stream is broken
            spool.write(part)
        spool.seek(0)
        stack.pop_all()  # the caller closes it
    return spool


def _plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Columns whose Python form would lose something, as something that keeps it.

    32-bit floats become the shortest decimal that names them, instants become text, dictionaries plain columns.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    arrays = []
    for column in batch.columns:
        kind = column.type
        if pa.types.is_dictionary(kind):
            column = column.dictionary_decode()  # noqa: PLW2901
        elif pa.types.is_float32(kind) or pa.types.is_float16(kind):
            column = pc.cast(pc.cast(column, pa.string()), pa.float64())  # noqa: PLW2901
        elif pa.types.is_timestamp(kind) or pa.types.is_date(kind):
            column = pc.cast(pc.cast(column, pa.timestamp("ns")), pa.string())  # noqa: PLW2901
        arrays.append(column)
    return cast("pa.RecordBatch", pa.RecordBatch.from_arrays(arrays, names=batch.schema.names))
