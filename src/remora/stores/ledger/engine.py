"""What a make of the ledger must be able to do; everything else is shared.

An engine runs SQL over the stored tables of `schema`. The SQL handed to it keeps to what DuckDB and ClickHouse have in
common; the few places where they differ are asked of the engine itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 65_536
"""Rows per record batch of a streamed answer."""


class Engine(Protocol):
    """One opened store. Not safe for use by several threads at once."""

    small_int: str
    """The SQL name of an 8-bit integer."""

    def fetch(self, sql: str, probes: Mapping[str, pa.Table] | None = None) -> pa.Table:
        """The whole answer. `probes` are small tables that the SQL may name."""
        ...

    def stream(self, sql: str, probes: Mapping[str, pa.Table] | None = None) -> Iterator[pa.RecordBatch]:
        """The answer piece by piece, in its order."""
        ...

    def stored(self, table: str) -> str:
        """How to name a table in FROM so that only the newest state of each row is read."""
        ...

    def whole(self, dividend: str, divisor: int) -> str:
        """The SQL for integer division of non-negative numbers."""
        ...

    def literal(self, text: str) -> str:
        """A text as an SQL literal."""
        ...

    def latest(self, value: str, order: Sequence[str]) -> str:
        """The SQL for `value` of the row that is last by `order` in its group."""
        ...

    def begin(self) -> None:
        """Start a commit."""
        ...

    def append(self, table: str, rows: pa.Table) -> None:
        """Add rows: exactly the stored columns of the table."""
        ...

    def end(self, table: str, changes: pa.Table) -> None:
        """Set `ended` and `standing` of rows: columns row, ended, standing."""
        ...

    def replace_cursor(self, row: pa.Table) -> None:
        """Put one cursor in place of the one of that name."""
        ...

    def publish(self, row: pa.Table) -> None:
        """Finish the commit with its row of `commits`: from now on it counts."""
        ...

    def rollback(self) -> None:
        """Give up the commit begun."""
        ...

    def forget(self, ids: list[int]) -> None:
        """Delete quarantined records."""
        ...

    def sizes(self) -> dict[str, int]:
        """Bytes on disk by file or table."""
        ...

    def check(self) -> None:
        """Read every stored byte. Raises StoreDamaged."""
        ...

    def backup(self, folder: str, state: Mapping[str, Any]) -> None:
        """A consistent copy in an empty folder, with `state` (version, rows by table) in its manifest."""
        ...

    def rest(self) -> None:
        """Give back memory that the next answers can take anew."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...
