"""The local make: one DuckDB file in the home folder, one process that owns it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from remora.model.errors import StoreDamaged, StoreError, StoreInUse
from remora.stores.ledger.backup import copy_out
from remora.stores.ledger.columnar import ColumnLedger, check_totals, first_commit
from remora.stores.ledger.engine import BATCH_ROWS
from remora.stores.ledger.lock import HomeLock
from remora.stores.ledger.schema import SCHEMA_VERSION, TABLE_COLUMNS
from remora.stores.ledger.sidecar import (
    LEDGER_FILE,
    RESTORE_HINT,
    Note,
    check_against,
    check_file,
    check_missing,
    read_note,
    sync_folder,
    write_note,
)

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_RESTING: Final = "32MB"
_TYPES: Final = {
    "int64": "BIGINT", "int32": "INTEGER", "int8": "TINYINT", "bool": "BOOLEAN", "text": "VARCHAR", "blob": "BLOB",
}  # fmt: skip


def open_ledger(home: Path, *, read_only: bool = False, memory_limit: str = "1GB", threads: int | None = None) -> ColumnLedger:
    """Open the ledger of a home folder, made anew where there is none.

    Raises StoreInUse if another process holds it, StoreDamaged if its files do not hold what was written, StoreError
    if it is of another version, or missing and `read_only`. memory_limit: of the database alone.
    """
    with ExitStack() as stack:
        lock = HomeLock.acquire(home)
        stack.callback(lock.release)
        note = read_note(home)
        if note is not None and note.state == "creating" and not read_only:
            _remove_unborn(home)
            note = None
        is_new = not (home / LEDGER_FILE).exists()
        if is_new:
            check_missing(note, home)
            if read_only:
                raise StoreError(f"there is no ledger in {home} yet", hint="bring something in first: remora import PATH")
            _create(home, memory_limit, threads)
        is_whole = check_file(home / LEDGER_FILE)
        connection = _connect(home, read_only, memory_limit, threads)
        stack.callback(connection.close)
        engine = DuckEngine(home, connection, lock, read_only=read_only, memory_limit=memory_limit)
        found = engine.state()
        check_against(note, home, found)
        check_totals(engine, found.totals)
        if not is_whole:
            engine.check()
        if not read_only:
            write_note(home, found)
        ledger = ColumnLedger(engine)
        stack.pop_all()
    return ledger


class DuckEngine:
    """SQL over one DuckDB file; see `Engine`."""

    small_int = "TINYINT"

    def __init__(
        self, home: Path, connection: duckdb.DuckDBPyConnection, lock: HomeLock, *, read_only: bool, memory_limit: str
    ) -> None:
        self._memory_limit = memory_limit
        self._home = home
        self._connection = connection
        self._lock = lock
        self._read_only = read_only
        self._in_commit = False

    # --- SQL ---

    def fetch(self, sql: str, probes: Mapping[str, pa.Table] | None = None) -> pa.Table:
        """The whole answer."""
        with _damage_named(self._home), _registered(self._connection, probes or {}):
            return self._connection.sql(sql).to_arrow_table()

    def stream(self, sql: str, probes: Mapping[str, pa.Table] | None = None) -> Iterator[pa.RecordBatch]:
        """The answer piece by piece, on a connection of its own."""
        cursor = self._connection.cursor()
        try:
            with _damage_named(self._home), _registered(cursor, probes or {}):
                reader = cursor.sql(sql).to_arrow_reader(BATCH_ROWS)
                yield from reader
                reader.close()
        finally:
            cursor.close()

    def stored(self, table: str) -> str:
        """Rows are updated in place: a table is its own newest state."""
        return table

    def whole(self, dividend: str, divisor: int) -> str:
        """Integer division."""
        return f"({dividend} // {divisor})"

    def literal(self, text: str) -> str:
        """A text as an SQL literal."""
        return "'" + text.replace("'", "''") + "'"

    def latest(self, value: str, order: Sequence[str]) -> str:
        """Last by order, in each group."""
        return f"arg_max({value}, row({', '.join(order)}))"

    # --- commits ---

    def begin(self) -> None:
        """Start the transaction."""
        if self._read_only:
            raise StoreError(f"the ledger in {self._home} was opened for reading only")
        self._connection.execute("BEGIN")
        self._in_commit = True

    def append(self, table: str, rows: pa.Table) -> None:
        """Add rows."""
        names = ", ".join(f'"{name}"' for name in rows.column_names)
        with _registered(self._connection, {"incoming": rows}):
            self._connection.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM incoming")

    def end(self, table: str, changes: pa.Table) -> None:
        """Note that rows are shown no longer, or why."""
        with _registered(self._connection, {"changes": changes}):
            self._connection.execute(
                f"UPDATE {table} SET ended = c.ended, standing = c.standing FROM changes c WHERE {table}.row = c.row"
            )

    def replace_cursor(self, row: pa.Table) -> None:
        """Put one cursor in place of the one of that name."""
        with _registered(self._connection, {"moved": row}):
            self._connection.execute("DELETE FROM cursors WHERE name IN (SELECT name FROM moved)")
        self.append("cursors", row)

    def publish(self, row: pa.Table) -> None:
        """Commit; then note beside the file what it holds now."""
        self.append("commits", row)
        with _damage_named(self._home):
            self._connection.execute("COMMIT")
        self._in_commit = False
        write_note(self._home, self.state())

    def rollback(self) -> None:
        """Give up the transaction."""
        if self._in_commit:
            self._in_commit = False
            self._connection.execute("ROLLBACK")

    def forget(self, ids: list[int]) -> None:
        """Delete quarantined records."""
        numbers = ", ".join(str(number) for number in ids)
        self._connection.execute(f"DELETE FROM quarantine WHERE id IN ({numbers})")

    # --- keeping ---

    def state(self) -> Note:
        """What the file says of itself. Raises StoreDamaged or, for another version of the program, StoreError."""
        import msgspec

        with _damage_named(self._home):
            meta = dict(self._connection.execute("SELECT key, value FROM meta").fetchall())
            sql = "SELECT version, digest, totals FROM commits ORDER BY version DESC LIMIT 1"
            last = next(iter(self._connection.execute(sql).fetchall()), None)
        if last is None or "store_id" not in meta:
            raise StoreDamaged(f"{self._home / LEDGER_FILE} is damaged: its description is empty", hint=RESTORE_HINT)
        if meta.get("schema_version") != str(SCHEMA_VERSION):
            raise StoreError(
                f"the ledger in {self._home} has schema {meta.get('schema_version')}, this program writes {SCHEMA_VERSION}",
                hint="use the version of Remora that wrote it, or import into a new home",
            )
        totals = msgspec.json.decode(last[2], type=dict[str, int])
        return Note(
            store_id=meta["store_id"], schema_version=SCHEMA_VERSION, state="ready",
            version=last[0], digest=last[1], totals=totals,
        )  # fmt: skip

    def check(self) -> None:
        """Read every column of every table, so that each block's checksum is compared."""
        with _damage_named(self._home):
            for table, columns in TABLE_COLUMNS.items():
                sums = ", ".join(f'bit_xor(hash("{column.name}"))' for column in columns)
                self._connection.execute(f"SELECT {sums} FROM {table}").fetchall()

    def sizes(self) -> dict[str, int]:
        """Bytes of each file of the store."""
        files = (self._home / LEDGER_FILE, self._home / f"{LEDGER_FILE}.wal")
        return {path.name: path.stat().st_size for path in files if path.exists()}

    def backup(self, folder: str, state: Mapping[str, Any]) -> None:
        """Copy the file after writing everything into it."""
        if not self._read_only:
            self._connection.execute("CHECKPOINT")
        files = [path for path in (self._home / LEDGER_FILE, self._home / f"{LEDGER_FILE}.wal") if path.exists()]
        copy_out(files, Path(folder), state)

    def rest(self) -> None:
        """Give back cached blocks and what the allocator kept: setting a lower limit does both at once."""
        import duckdb

        with suppress(duckdb.OutOfMemoryException):  # something is still in use: the old limit stays
            self._connection.execute(f"SET memory_limit = '{_RESTING}'")
        self._connection.execute(f"SET memory_limit = '{self._memory_limit}'")

    def close(self) -> None:
        """Write the log into the file, close it and let go of the lock."""
        self._connection.close()
        self._lock.release()


def _connect(home: Path, read_only: bool, memory_limit: str, threads: int | None) -> duckdb.DuckDBPyConnection:
    import duckdb

    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "threads": threads or os.cpu_count() or 1,
        "temp_directory": str(home / "tmp"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
    }
    with _damage_named(home):
        return duckdb.connect(str(home / LEDGER_FILE), read_only=read_only, config=settings)


def _create(home: Path, memory_limit: str, threads: int | None) -> None:
    """Make the tables. Until the note says 'ready', an unfinished file may be thrown away."""
    note = Note(store_id=uuid.uuid4().hex, schema_version=SCHEMA_VERSION, state="creating")
    write_note(home, note)
    connection = _connect(home, False, memory_limit, threads)
    try:
        connection.execute("BEGIN")
        for table, columns in TABLE_COLUMNS.items():
            fields = ", ".join(f'"{c.name}" {_TYPES[c.physical]}{"" if c.nullable else " NOT NULL"}' for c in columns)
            connection.execute(f"CREATE TABLE {table} ({fields})")
        first = first_commit()
        connection.execute(f"INSERT INTO commits VALUES ({', '.join('?' * len(first))})", list(first.values()))
        pairs = [("store_id", note.store_id), ("schema_version", str(SCHEMA_VERSION))]
        connection.executemany("INSERT INTO meta VALUES (?, ?)", pairs)
        connection.execute("COMMIT")
        connection.execute("CHECKPOINT")
    finally:
        connection.close()
    sync_folder(home)
    write_note(home, Note(store_id=note.store_id, schema_version=SCHEMA_VERSION, state="ready"))


def _remove_unborn(home: Path) -> None:
    """Remove what a process left behind that died while it made the store: nothing had been written yet."""
    for name in (LEDGER_FILE, f"{LEDGER_FILE}.wal"):
        (home / name).unlink(missing_ok=True)


@contextmanager
def _registered(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table]) -> Iterator[None]:
    for name, table in tables.items():
        connection.register(name, table)
    try:
        yield
    finally:
        for name in tables:
            connection.unregister(name)


@contextmanager
def _damage_named(home: Path) -> Iterator[None]:
    """Turn what the database says of a broken file into StoreDamaged."""
    import duckdb

    path = home / LEDGER_FILE
    try:
        yield
    except (duckdb.ResourceInUseException, duckdb.BinderException, duckdb.ParserException, duckdb.OutOfMemoryException):
        raise  # nothing is wrong with the file
    except duckdb.Error as error:
        text = str(error)
        first = text.splitlines()[0] if text else type(error).__name__
        if "lock on file" in text:
            raise StoreInUse(f"{path} is open in another program: {first}", hint="close it there") from error
        raise StoreDamaged(f"{path} is damaged or unreadable: {first}", hint=RESTORE_HINT) from error
