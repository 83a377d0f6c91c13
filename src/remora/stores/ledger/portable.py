"""A ledger as Parquet files: the backup of makes that are no single file, restorable into any of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remora.model.errors import UsageError
from remora.stores.ledger.backup import sha256, write_manifest
from remora.stores.ledger.schema import Stored, arrow_schema

if TYPE_CHECKING:
    import pyarrow as pa


def write_tables(
    folder: Path, tables: Mapping[str, tuple[Sequence[Stored], Iterator[pa.RecordBatch]]], state: Mapping[str, Any]
) -> None:
    """Write each table's batches to `folder/NAME.parquet`, then the manifest. Raises UsageError for a full folder."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"the backup folder {folder} is not empty", hint="name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, dict[str, Any]] = {}
    for name, (columns, batches) in tables.items():
        path = folder / f"{name}.parquet"
        schema = arrow_schema(tuple(columns))
        with pq.ParquetWriter(path, schema) as writer:
            for batch in batches:
                writer.write_table(pa.Table.from_batches([batch]).cast(schema))
        files[path.name] = {"bytes": path.stat().st_size, "sha256": sha256(path)}
    write_manifest(folder, state, files)


def read_table(folder: Path, name: str) -> Iterator[pa.Table]:
    """The pieces of one table of such a backup."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(folder / f"{name}.parquet") as file:
        for batch in file.iter_batches():
            yield pa.Table.from_batches([batch])
