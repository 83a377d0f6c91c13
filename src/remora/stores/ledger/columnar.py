"""The ledger over any engine: `ports.Ledger`, with commits, time travel and the rules shared by all makes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from remora.model.errors import StoreDamaged, UsageError
from remora.model.facts import type_name
from remora.ports import Batch, Committed, Cursor, Quarantined
from remora.stores.ledger.commit import Counters, Outcome, commit_facts
from remora.stores.ledger.dictionary import Names
from remora.stores.ledger.engine import Engine
from remora.stores.ledger.keys import keys64
from remora.stores.ledger.reading import Reader, check_columns
from remora.stores.ledger.schema import LAYOUTS, SUPPORT, Layout, arrow_schema

if TYPE_CHECKING:
    import pyarrow as pa


_PRICES_KEPT: Final = 1_000_000
"""Assets whose prices are kept in memory between two commits, some 50 MB."""


class ColumnLedger:
    """One opened ledger; `remora.ports.Ledger` says what its methods do."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        last = _last_commit(engine)
        self._digest: str = last["digest"]
        inexact = f"SELECT count(*) AS n FROM {engine.stored('trades')} t WHERE NOT t.exact"
        self._counters = Counters(
            version=last["version"],
            next_row=last["next_row"],
            next_quarantine=last["next_quarantine"],
            totals=msgspec.json.decode(last["totals"], type=dict[str, int]),
            inexact=int(engine.fetch(inexact)["n"][0].as_py()),
        )
        self._names = Names(engine, last["next_name"])
        self._reader = Reader(engine, self._names)
        self._latest: dict[tuple[int, bool], int | None] = {}
        self._prices: tuple[tuple[object, ...], pa.Table] | None = None

    # --- writing ---

    def commit(self, batch: Batch) -> Committed:
        """Write all or nothing; a batch that brings nothing new leaves the version as it is."""
        before = self._counters
        self._counters = msgspec.structs.replace(before, version=before.version + 1, totals=dict(before.totals))
        self._engine.begin()
        try:
            outcomes = commit_facts(self._engine, self._names, self._counters, batch.facts)
            quarantined = self._write_quarantine(batch.quarantine)
            moved = self._write_cursor(batch.cursor)
            if quarantined or moved or any(outcome.changed for outcome in outcomes.values()):
                self._publish()
            else:
                self._engine.rollback()
                self._names.drop()
                self._counters = before
        except BaseException:  # also a stop by the user: nothing half-written may stay; it is raised again
            self._counters = before
            self._names.drop()
            self._engine.rollback()
            raise
        return _committed(self._counters.version, outcomes, quarantined)

    def _write_quarantine(self, records: Sequence[Quarantined]) -> int:
        import pyarrow as pa

        if not records:
            return 0
        texts = [f"{r.file}\x1f{r.record}\x1f{r.reason}\x1f{r.detail}\x1f{r.where}\x1f{r.kind}" for r in records]
        keys = keys64([f"{text}\x1f{r.raw_bytes}\x1f{_short(r.raw)}" for text, r in zip(texts, records, strict=True)])
        probe = pa.table({"key": np.unique(keys)})
        sql = f"SELECT q.key AS key FROM {self._engine.stored('quarantine')} q JOIN probe p ON q.key = p.key"
        seen = set(self._engine.fetch(sql, {"probe": probe})["key"].to_pylist())
        rows: list[dict[str, Any]] = []
        for key, record in zip(keys.tolist(), records, strict=True):
            if key in seen:
                continue
            seen.add(key)
            told = msgspec.structs.asdict(record) | {"key": key, "version": self._counters.version}
            rows.append(told | {"id": self._counters.next_quarantine, "reason": str(record.reason)})
            self._counters.next_quarantine += 1
        if rows:
            self._engine.append("quarantine", pa.Table.from_pylist(rows, schema=arrow_schema(SUPPORT["quarantine"])))
        return len(rows)

    def _write_cursor(self, cursor: Cursor | None) -> bool:
        import pyarrow as pa

        if cursor is None or self.cursor(cursor.name) == cursor:
            return False
        row = msgspec.structs.asdict(cursor) | {"version": self._counters.version}
        self._engine.replace_cursor(pa.Table.from_pylist([row], schema=arrow_schema(SUPPORT["cursors"])))
        return True

    def _publish(self) -> None:
        import pyarrow as pa

        names = self._names.written()
        if names.num_rows:
            self._engine.append("names", names)
        counters = self._counters
        totals = msgspec.json.encode(counters.totals | {"names": self._names.next_id}, order="sorted").decode()
        chain = f"{self._digest}\x1f{counters.version}\x1f{counters.next_row}\x1f{counters.next_quarantine}\x1f{totals}"
        digest = blake2b(chain.encode(), digest_size=16).hexdigest()
        row = {
            "version": counters.version, "next_row": counters.next_row, "next_name": self._names.next_id,
            "next_quarantine": counters.next_quarantine, "totals": totals, "digest": digest,
        }  # fmt: skip
        self._engine.publish(pa.Table.from_pylist([row], schema=arrow_schema(SUPPORT["commits"])))
        counters.totals = msgspec.json.decode(totals, type=dict[str, int])
        self._digest = digest
        self._names.keep()

    def release(self, ids: Sequence[int]) -> None:
        """Remove quarantined records that have been read after all."""
        if ids:
            self._engine.forget([int(number) for number in ids])

    # --- reading ---

    def version(self) -> int:
        """The number of the last commit."""
        return self._counters.version

    def cursor(self, name: str) -> Cursor | None:
        """How far the import of that name has come."""
        return self._reader.cursor(name, self._counters.version)

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
        """Rows of one table as text, integers and lists, in canonical order."""
        version, layout = self._as_of(as_of_version), _layout(name)
        check_columns(layout, (*columns, *(where or {})))
        if not self._counters.totals.get(name):
            return iter(())
        return self._reader.table(layout, version, columns=columns, where=where or {}, until=until, parts=parts, part=part)

    def hidden(self, name: str, *, where: Mapping[str, object] | None = None) -> Iterator[pa.RecordBatch]:
        """Sightings of a table that are kept but not shown; column `standing` says why (repeated, disagrees, matched ...)."""
        return self._reader.hidden(_layout(name), where or {})

    def names(self, ids: Iterable[int]) -> dict[int, str]:
        """Texts of dictionary ids."""
        return self._names.texts(ids)

    def ids(self, names: Iterable[str]) -> dict[str, int]:
        """Dictionary ids of texts; unknown texts are absent."""
        return self._names.known(names)

    def book_trades(
        self,
        *,
        wallets: Sequence[int] | None = None,
        parts: int = 1,
        part: int = 0,
        until: int | None = None,
        as_of_version: int | None = None,
    ) -> pa.Table:
        """Trades as integer columns for booking; rows that tie on their order key are ordered by their id's key."""
        version = self._as_of(as_of_version)
        return self._reader.book_trades(version, wallets=wallets, parts=parts, part=part, until=until)

    def book_charges(
        self,
        *,
        kinds: Sequence[str],
        wallets: Sequence[int] | None = None,
        parts: int = 1,
        part: int = 0,
        until: int | None = None,
    ) -> pa.Table:
        """Charges of those kinds that name what was traded, as integer columns."""
        version = self._counters.version
        return self._reader.book_charges(version, kinds=kinds, wallets=wallets, parts=parts, part=part, until=until)

    def trade_ids(self, rows: Sequence[int], *, wallets: Sequence[int] | None = None) -> dict[int, str]:
        """Fact ids of trade row numbers."""
        return self._reader.trade_ids(rows, wallets)

    def counts(self) -> dict[str, int]:
        """Shown rows by table."""
        return self._reader.counts(self._counters.version)

    def last_prices(
        self, *, until: int | None = None, assets: Sequence[int] | None = None, peak_from_quote_atoms: int = 1_000_000,
        partial_sources: Sequence[str] = (),
    ) -> pa.Table:  # fmt: skip
        """Latest and highest trade price per asset. What was asked of all assets last answers later questions of some."""
        import pyarrow as pa

        version = self._counters.version
        question = (version, until, peak_from_quote_atoms, tuple(partial_sources))
        if assets is not None and self._prices is not None and self._prices[0] == question:
            known = self._prices[1]
            return known.filter(pa.array(np.isin(known["asset"].to_numpy(), np.array(assets, np.int64))))
        found = self._reader.last_prices(
            version, until=until, assets=assets, peak_from_quote_atoms=peak_from_quote_atoms, partial_sources=partial_sources
        )
        if assets is None and found.num_rows <= _PRICES_KEPT:
            self._prices = (question, found)
        return found

    def latest(self, *, known: bool = False) -> int | None:
        """When the latest trade or resolution happened (or was known); asked of the store once per version."""
        version = self._counters.version
        if (version, known) not in self._latest:
            self._latest = {key: at for key, at in self._latest.items() if key[0] == version}
            self._latest[version, known] = self._reader.latest(version, known=known)
        return self._latest[version, known]

    def quarantine(self, *, id: int | None = None) -> Iterator[Quarantined]:
        """What could not be read, oldest first."""
        return self._reader.quarantine(self._counters.version, id)

    def summary(self) -> dict[str, Any]:
        """Figures for `status`."""
        return self._reader.figures(self._counters.version) | {"bytes": self._engine.sizes()}

    # --- keeping ---

    def check(self) -> dict[str, int]:
        """Read every stored byte and recount; answers stored rows by table. Raises StoreDamaged."""
        self._engine.check()
        return check_totals(self._engine, self._counters.totals)

    def backup(self, folder: str) -> None:
        """A consistent copy of everything in `folder`, which must not exist or be empty."""
        state = {"version": self._counters.version, "digest": self._digest, "totals": self._counters.totals}
        self._engine.backup(folder, state)

    def rest(self) -> None:
        """Give back the memory that answers took, the store's and that of their columns."""
        import pyarrow as pa

        self._engine.rest()
        pa.default_memory_pool().release_unused()

    def close(self) -> None:
        """Write everything and let go of the files."""
        self._engine.close()

    def _as_of(self, version: int | None) -> int:
        return self._counters.version if version is None else min(version, self._counters.version)


def check_totals(engine: Engine, totals: Mapping[str, int]) -> dict[str, int]:
    """Compare stored rows with what the last commit counted. Raises StoreDamaged."""
    tables = [name for name in ("names", *LAYOUTS) if totals.get(name)]
    parts = [f"SELECT '{name}' AS name, count(*) AS n FROM {engine.stored(name)} t" for name in tables]
    found = engine.fetch(" UNION ALL ".join(parts)).to_pylist() if parts else []
    counted = {row["name"]: int(row["n"]) for row in found}
    for name in tables:
        if counted[name] != totals[name]:
            raise StoreDamaged(
                f"the ledger is damaged: table {name} holds {counted[name]} rows, the last commit counted {totals[name]}",
                hint="restore a backup (remora restore), or import into a new home",
            )
    return counted


def first_commit() -> dict[str, Any]:
    """The row of `commits` that an empty store starts with."""
    return {"version": 0, "next_row": 0, "next_name": 0, "next_quarantine": 1, "totals": "{}", "digest": ""}


def _last_commit(engine: Engine) -> dict[str, Any]:
    found = engine.fetch(f"SELECT * FROM {engine.stored('commits')} c ORDER BY c.version DESC LIMIT 1").to_pylist()
    if not found:
        raise StoreDamaged("the ledger is damaged: its list of commits is empty", hint="restore a backup (remora restore)")
    return dict(found[0])


def _layout(name: str) -> Layout:
    if name not in LAYOUTS:
        raise UsageError(f"the ledger has no table {name!r}", hint=f"tables: {', '.join(LAYOUTS)}")
    return LAYOUTS[name]


def _committed(version: int, outcomes: Mapping[str, Outcome], quarantined: int) -> Committed:
    by_type = {type_name(LAYOUTS[name].table.fact): outcome for name, outcome in outcomes.items()}
    return Committed(
        version=version,
        new={name: outcome.new for name, outcome in by_type.items()},
        duplicates={name: outcome.duplicates for name, outcome in by_type.items()},
        quarantined=quarantined,
    )


def _short(raw: bytes) -> str:
    return blake2b(raw, digest_size=16).hexdigest()
