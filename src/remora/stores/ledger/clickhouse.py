"""The cluster make: the same ledger in a ClickHouse database, by DSN (extra `cluster`).

ClickHouse knows no transaction over several tables. What a commit writes carries its version, and counts only once
the row of `commits` is there, which is written last. What an interrupted commit left behind is taken back at opening:
each stored row remembers the commit that last changed it (`stamp`) and its standing before (`was`).

One process writes at a time; a second writer is noticed at its next commit.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from remora.model.errors import StoreDamaged, StoreError, StoreInUse, UsageError
from remora.stores.ledger.backup import Manifest, read_manifest
from remora.stores.ledger.columnar import ColumnLedger, check_totals, first_commit
from remora.stores.ledger.portable import read_table, write_tables
from remora.stores.ledger.schema import (
    LAYOUTS,
    SCHEMA_VERSION,
    SHOWN,
    SUPPORT,
    TABLE_COLUMNS,
    Standing,
    Stored,
    arrow_schema,
)

if TYPE_CHECKING:
    import pyarrow as pa

_TYPES: Final = {
    "int64": "Int64", "int32": "Int32", "int8": "Int8", "bool": "Bool", "text": "String", "blob": "String",
}  # fmt: skip
_CHANGES: Final = (Stored("stamp", "int64", False), Stored("was", "int8", False))
_ORDER: Final = {"names": "id", "cursors": "name, version", "quarantine": "id", "commits": "version", "meta": '"key"'}
_SETTINGS: Final = {
    "prefer_column_name_to_alias": 1,
    "insert_deduplicate": 0,  # what was taken back may be written again, byte for byte
    "async_insert": 0,
    "mutations_sync": 2,
    "lightweight_deletes_sync": 2,
    "optimize_read_in_order": 0,
}


def open_ledger(dsn: str, *, database: str = "remora") -> ColumnLedger:
    """Open the ledger in a database of a server (`http://user:password@host:8123`), made anew where there is none.

    Raises UsageError without the client library, StoreDamaged if rows are missing, StoreError if the server says no.
    """
    if not database.replace("_", "").isalnum():
        raise UsageError(f"{database!r} is no name for a database", hint="letters, digits and _")
    engine = ClickEngine(dsn, database)
    try:
        engine.prepare()
        ledger = ColumnLedger(engine)
        check_totals(engine, engine.totals())
    except (StoreError, UsageError):
        engine.close()
        raise
    return ledger


def restore(folder: Path, dsn: str, *, database: str = "remora") -> Manifest:
    """Put a backup of this make (Parquet files) into an empty database and prove it; answers what it holds.

    Raises UsageError for a database that holds something, InputRefused or StoreDamaged for a folder that is no backup.
    """
    manifest = read_manifest(folder)
    engine = ClickEngine(dsn, database)
    try:
        engine.prepare()
        engine.refill(folder)
        engine.check()
        check_totals(engine, manifest.totals)
    finally:
        engine.close()
    return manifest


class ClickEngine:
    """SQL over one ClickHouse database; see `Engine`."""

    small_int = "Int8"

    def __init__(self, dsn: str, database: str) -> None:
        self._database = database
        self._probes = uuid.uuid4().hex[:12]
        self._published = 0
        self._wrote = False
        with _told():
            admin = _client(dsn, "default")
            admin.command(f"CREATE DATABASE IF NOT EXISTS {database}")
            admin.close()
            self._client = _client(dsn, database)

    # --- opening ---

    def prepare(self) -> None:
        """Make missing tables, refuse another schema, take back an interrupted commit."""
        with _told():
            for table, columns in TABLE_COLUMNS.items():
                self._client.command(_create(table, columns))
            meta = {row["key"]: row["value"] for row in self.fetch("SELECT * FROM meta").to_pylist()}
            if not meta:
                self._insert("commits", _rows("commits", [first_commit()]))
                told = {"store_id": uuid.uuid4().hex, "schema_version": str(SCHEMA_VERSION)}
                self._insert("meta", _rows("meta", [{"key": key, "value": value} for key, value in told.items()]))
            elif meta.get("schema_version") != str(SCHEMA_VERSION):
                raise StoreError(
                    f"database {self._database} has schema {meta.get('schema_version')}, this program writes {SCHEMA_VERSION}",
                    hint="use the version of Remora that wrote it, or another database",
                )
            self._published = self._last("version")
            self._take_back()

    def refill(self, folder: Path) -> None:
        """Fill an empty database from a backup's files; the list of commits comes last."""
        if self._published:
            raise UsageError(f"database {self._database} is not empty: nothing is overwritten", hint="use another database")
        with _told():
            self._client.command("TRUNCATE TABLE meta")
            for table in sorted(TABLE_COLUMNS, key=lambda name: name == "commits"):
                if table == "commits":
                    self._client.command("TRUNCATE TABLE commits")
                for rows in read_table(folder, table):
                    self.append(table, rows)
        self._published = self._last("version")

    def totals(self) -> dict[str, int]:
        """What the last commit counted."""
        import msgspec

        found = self.fetch("SELECT totals FROM commits c ORDER BY c.version DESC LIMIT 1")["totals"].to_pylist()
        return msgspec.json.decode(found[0], type=dict[str, int]) if found else {}

    def _take_back(self) -> None:
        """Undo what a commit wrote that was never published."""
        version = self._published
        for table in LAYOUTS:
            left = self.fetch(f"SELECT max(t.stamp) AS n FROM {table} t")["n"][0].as_py()
            if not left or left <= version:
                continue
            columns = [column.name for column in (*TABLE_COLUMNS[table], *_CHANGES)]
            shown = int(Standing.SHOWN)
            undone = {"ended": f"if(t.was = {shown}, {SHOWN}, t.ended)", "standing": "t.was"}
            select = ", ".join(undone.get(name, f't."{name}"') for name in columns)
            names = ", ".join(f'"{name}"' for name in columns)
            where = f"t.stamp > {version} AND t.version <= {version}"
            self._client.command(f"INSERT INTO {table} ({names}) SELECT {select} FROM {self.stored(table)} t WHERE {where}")
            self._client.command(f"DELETE FROM {table} WHERE version > {version}")
        for table in ("cursors", "quarantine"):
            if self.fetch(f"SELECT count(*) AS n FROM {table} t WHERE t.version > {version}")["n"][0].as_py():
                self._client.command(f"DELETE FROM {table} WHERE version > {version}")
        next_name = self._last("next_name")
        if self.fetch(f"SELECT count(*) AS n FROM names t WHERE t.id >= {next_name}")["n"][0].as_py():
            self._client.command(f"DELETE FROM names WHERE id >= {next_name}")

    def _last(self, column: str) -> int:
        found = self.fetch(f"SELECT c.{column} AS n FROM commits c ORDER BY c.version DESC LIMIT 1")["n"].to_pylist()
        if not found:
            raise StoreDamaged(f"database {self._database} is damaged: its list of commits is empty", hint="restore a backup")
        return int(found[0])

    # --- SQL ---

    def fetch(self, sql: str, probes: Mapping[str, pa.Table] | None = None) -> pa.Table:
        """The whole answer."""
        with _told(), self._probed(sql, probes or {}) as query:
            return self._client.query_arrow(query)

    def stream(self, sql: str, probes: Mapping[str, pa.Table] | None = None) -> Iterator[pa.RecordBatch]:
        """The answer piece by piece."""
        with _told(), self._probed(sql, probes or {}) as query, self._client.query_arrow_stream(query) as batches:
            yield from batches

    @contextmanager
    def _probed(self, sql: str, probes: Mapping[str, pa.Table]) -> Iterator[str]:
        """The SQL with its probes as tables in memory."""
        names = {name: f"{name}_{self._probes}" for name in probes}
        for name, table in probes.items():
            fields = ", ".join(f'"{f.name}" {_probe_type(table, f)}' for f in table.schema)
            self._client.command(f"CREATE OR REPLACE TABLE {names[name]} ({fields}) ENGINE = Memory")
            if table.num_rows:
                self._client.insert_arrow(names[name], table)
        parts = ", ".join(f"{name} AS (SELECT * FROM {stored})" for name, stored in names.items())
        try:
            yield f"WITH {parts} {sql}" if parts else sql
        finally:
            for stored in names.values():
                self._client.command(f"DROP TABLE IF EXISTS {stored}")

    def stored(self, table: str) -> str:
        """Only the newest state of each row; of cursors, the published ones."""
        if table == "cursors":
            newest = f"WHERE version <= {self._published} ORDER BY name, version DESC LIMIT 1 BY name"
            return f"(SELECT * FROM cursors {newest})"
        return f"(SELECT * FROM {table} FINAL)" if table in LAYOUTS else table

    def whole(self, dividend: str, divisor: int) -> str:
        """Integer division."""
        return f"intDiv({dividend}, {divisor})"

    def literal(self, text: str) -> str:
        """A text as an SQL literal."""
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

    def latest(self, value: str, order: Sequence[str]) -> str:
        """Last by order, in each group."""
        return f"argMax({value}, tuple({', '.join(order)}))"

    # --- commits ---

    def begin(self) -> None:
        """Start a commit."""
        self._wrote = False

    def append(self, table: str, rows: pa.Table) -> None:
        """Add rows, which count once the commit is published."""
        self._wrote = True
        if table in LAYOUTS:
            rows = rows.append_column("stamp", rows["version"]).append_column("was", rows["standing"])
        with _told():
            self._insert(table, rows)

    def end(self, table: str, changes: pa.Table) -> None:
        """Write the rows anew with their new standing; the newest state of a row is the one that counts."""
        self._wrote = True
        version = self._published + 1
        new = {
            "ended": "c.new_ended",
            "standing": "c.new_standing",
            "stamp": str(version),
            "was": f"if(t.stamp = {version}, t.was, t.standing)",
        }
        columns = [column.name for column in (*TABLE_COLUMNS[table], *_CHANGES)]
        select = ", ".join(new.get(name, f't."{name}"') for name in columns)
        names = ", ".join(f'"{name}"' for name in columns)
        sql = f"SELECT {select} FROM {self.stored(table)} t JOIN changes c ON t.row = c.changed_row"
        renamed = changes.rename_columns(["changed_row", "new_ended", "new_standing"])
        with _told(), self._probed(sql, {"changes": renamed}) as query:
            self._client.command(f"INSERT INTO {table} ({names}) {query}")

    def replace_cursor(self, row: pa.Table) -> None:
        """A newer row of that name counts from its version on."""
        self.append("cursors", row)

    def publish(self, row: pa.Table) -> None:
        """Write the row of `commits`: now everything of this version counts."""
        version = row["version"][0].as_py()
        if self._last("version") != version - 1:
            raise StoreInUse(f"another process writes to database {self._database}", hint="let one process import at a time")
        with _told():
            self._insert("commits", row)
        self._published = version
        self._wrote = False

    def rollback(self) -> None:
        """Take back what was written."""
        if self._wrote:
            self._wrote = False
            with _told():
                self._take_back()

    def forget(self, ids: list[int]) -> None:
        """Delete quarantined records."""
        with _told():
            self._client.command(f"DELETE FROM quarantine WHERE id IN ({', '.join(map(str, ids))})")

    # --- keeping ---

    def check(self) -> None:
        """Read every column of every table; the server compares each block's checksum."""
        for table, columns in TABLE_COLUMNS.items():
            sums = ", ".join(f'groupBitXor(cityHash64("{column.name}")) AS sum_{n}' for n, column in enumerate(columns))
            self.fetch(f"SELECT {sums} FROM {self.stored(table)} t")

    def sizes(self) -> dict[str, int]:
        """Bytes of each table."""
        sql = (
            "SELECT p.table AS name, sum(p.bytes_on_disk) AS n FROM system.parts p "
            f"WHERE p.active AND p.database = {self.literal(self._database)} GROUP BY p.table ORDER BY p.table"
        )
        return {row["name"]: int(row["n"]) for row in self.fetch(sql).to_pylist()}

    def backup(self, folder: str, state: Mapping[str, Any]) -> None:
        """All tables as Parquet files."""
        tables = {name: (columns, self._whole_table(name, columns)) for name, columns in TABLE_COLUMNS.items()}
        write_tables(Path(folder), tables, state)

    def _whole_table(self, table: str, columns: Sequence[Stored]) -> Iterator[pa.RecordBatch]:
        names = ", ".join(f't."{column.name}"' for column in columns)
        return self.stream(f"SELECT {names} FROM {self.stored(table)} t")

    def rest(self) -> None:
        """Nothing is kept here: the server has the memory."""

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _insert(self, table: str, rows: pa.Table) -> None:
        self._client.insert_arrow(table, rows)


def _client(dsn: str, database: str) -> Any:
    try:
        import clickhouse_connect
    except ImportError as error:
        raise UsageError("the ClickHouse client is not installed", hint="pip install 'remora[cluster]'") from error
    return clickhouse_connect.get_client(dsn=dsn, database=database, settings=dict(_SETTINGS))


def _create(table: str, columns: Sequence[Stored]) -> str:
    """DDL: fact tables keep the newest state of each row, near the others of its wallet where there is one."""
    facts = table in LAYOUTS
    stored = (*columns, *_CHANGES) if facts else columns
    fields = ", ".join(f'"{column.name}" {_column_type(column)}' for column in stored)
    engine = "ReplacingMergeTree(stamp)" if facts else "MergeTree"
    order = _ORDER.get(table, "row")
    if table == "trades":
        order = "wallet, asset, row"
    return (
        f"CREATE TABLE IF NOT EXISTS {table} ({fields}) ENGINE = {engine} ORDER BY ({order}) "
        "SETTINGS fsync_after_insert = 1, fsync_part_directory = 1"
    )


def _column_type(column: Stored) -> str:
    plain = _TYPES[column.physical]
    return f"Nullable({plain})" if column.nullable else plain


def _probe_type(table: pa.Table, field: pa.Field) -> str:
    names = {"int64": "Int64", "int32": "Int32", "int8": "Int8", "bool": "Bool", "string": "String"}
    plain = names[str(field.type)]
    return f"Nullable({plain})" if table[field.name].null_count else plain


def _rows(table: str, rows: list[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    return pa.Table.from_pylist(rows, schema=arrow_schema(SUPPORT[table]))


@contextmanager
def _told() -> Iterator[None]:
    """Turn what the server refuses into StoreError."""
    from clickhouse_connect.driver.exceptions import ClickHouseError

    try:
        yield
    except ClickHouseError as error:
        raise StoreError(f"ClickHouse: {str(error).splitlines()[0][:300]}", hint="look at the server's log") from error
