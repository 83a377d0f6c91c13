"""A second, simple make of the ledger for tests of intake: everything in dictionaries, one commit all or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pyarrow as pa

from remora.model.facts import Fact, type_name
from remora.model.tables import TABLES
from remora.ports import Batch, Committed, Cursor, Quarantined


class MemoryLedger:
    """What importing needs of the Ledger protocol. `fail_at`: the commit that dies before it writes anything."""

    def __init__(self, fail_at: int | None = None) -> None:
        self.facts: dict[str, Fact] = {}
        self.cursors: dict[str, Cursor] = {}
        self.held: dict[int, Quarantined] = {}
        self.commits = 0
        self.fail_at = fail_at
        self._next = 1

    def commit(self, batch: Batch) -> Committed:
        self.commits += 1
        if self.commits == self.fail_at:
            raise KeyboardInterrupt
        new: Counter[str] = Counter()
        duplicates: Counter[str] = Counter()
        for fact in batch.facts:
            (duplicates if fact.id in self.facts else new)[type_name(fact)] += 1
            self.facts.setdefault(fact.id, fact)
        for item in batch.quarantine:
            self.held[self._next] = msgspec.structs.replace(item, id=self._next)
            self._next += 1
        if batch.cursor:
            self.cursors[batch.cursor.name] = batch.cursor
        return Committed(version=self.commits, new=dict(new), duplicates=dict(duplicates), quarantined=len(batch.quarantine))

    def cursor(self, name: str) -> Cursor | None:
        return self.cursors.get(name)

    def table(self, name: str, *, columns: Sequence[str] = (), **_: Any) -> Iterator[pa.RecordBatch]:
        rows = [fact for fact in self.facts.values() if type(fact) is TABLES[name].fact]
        if rows:
            yield pa.RecordBatch.from_pylist([{column: getattr(row, column) for column in columns} for row in rows])

    def quarantine(self, *, id: int | None = None) -> Iterator[Quarantined]:
        yield from (item for item in list(self.held.values()) if id is None or item.id == id)

    def release(self, ids: Sequence[int]) -> None:
        for one in ids:
            self.held.pop(one, None)

    def export(self) -> list[bytes]:
        """All facts as sorted text: what two ledgers with the same content agree on."""
        return sorted(msgspec.json.encode(fact) for fact in self.facts.values())

    def counts(self) -> dict[str, int]:
        return dict(Counter(type_name(fact) for fact in self.facts.values()))
