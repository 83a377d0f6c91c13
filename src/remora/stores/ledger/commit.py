"""From a batch of facts to what must be added to a store and what must end: the same for every make."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from remora.model.facts import Fact
from remora.model.tables import TABLE_OF
from remora.stores.ledger.dictionary import Names
from remora.stores.ledger.engine import Engine
from remora.stores.ledger.frames import frame_of, look_up_keys, physical
from remora.stores.ledger.keys import keys64
from remora.stores.ledger.linking import linked, rows_by_key
from remora.stores.ledger.schema import LAYOUTS, SHOWN, Layout, Standing, arrow_schema
from remora.stores.ledger.sightings import Resolver, Sighting

if TYPE_CHECKING:
    import pyarrow as pa

_TOLD: Final = (Standing.SHOWN, Standing.RETRACTED)


class Counters(msgspec.Struct, kw_only=True):
    """Where a store stands: the version being written, next numbers, stored rows by table, stored inexact trades."""

    version: int
    next_row: int
    next_quarantine: int
    totals: dict[str, int]
    inexact: int = 0


class Outcome(msgspec.Struct, kw_only=True):
    """What the facts of one type brought, and whether anything was written."""

    new: int
    duplicates: int
    changed: bool


def commit_facts(engine: Engine, names: Names, counters: Counters, facts: Sequence[Fact]) -> dict[str, Outcome]:
    """Write the facts inside the running commit; `counters` move along. Answers by table."""
    by_table: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_table[TABLE_OF[type(fact)].name].append(fact)
    outcomes: dict[str, Outcome] = {}
    for name in sorted(by_table, key=lambda name: name != "retractions"):
        clerk = _Clerk(engine, names, counters, LAYOUTS[name])
        outcomes[name] = clerk.write(by_table[name])
    return outcomes


class _Clerk:
    """Writes the facts of one table."""

    def __init__(self, engine: Engine, names: Names, counters: Counters, layout: Layout) -> None:
        self._engine = engine
        self._names = names
        self._counters = counters
        self._layout = layout
        self._name = layout.table.name
        self._appended = 0

    def write(self, facts: Sequence[Fact]) -> Outcome:
        frame = frame_of(self._layout, facts, self._names)
        keys = frame["key"].to_numpy()
        stored = rows_by_key(self._engine, self._name, keys if self._counters.totals.get(self._name) else keys[:0])
        retracted = self._retracted(frame)
        contested = _repeated(keys) | np.isin(keys, stored["key"].to_numpy()) | retracted
        open_rows = ~_plain_repeats(frame, stored, contested)
        frame, contested = _filter(frame, open_rows), contested[open_rows]
        known, judged = self._linked(frame, contested, stored)
        plain = _filter(frame, ~(contested | judged))
        self._append(plain, SHOWN, Standing.SHOWN)
        grown, ended = self._resolve(_filter(frame, contested | judged), known)
        if self._name == "retractions":
            ended += self._void(frame)
        new = max(0, plain.num_rows + grown)
        return Outcome(new=new, duplicates=len(facts) - new, changed=bool(self._appended or ended))

    def _retracted(self, frame: pa.Table) -> np.ndarray:
        """Which rows of the frame a retraction may concern (by key)."""
        if self._name == "retractions" or not self._counters.totals.get("retractions"):
            return np.zeros(frame.num_rows, bool)
        sql = f"SELECT r.fact_key AS key FROM {self._engine.stored('retractions')} r JOIN probe p ON r.fact_key = p.key"
        found = self._engine.fetch(sql, {"probe": frame.select(["key"])})["key"].to_numpy()
        return np.isin(frame["key"].to_numpy(), found)

    def _linked(self, frame: pa.Table, contested: np.ndarray, stored: pa.Table) -> tuple[pa.Table, np.ndarray]:
        """Stored rows that are judged together with the frame, and which rows of the frame are linked to others."""
        import pyarrow as pa

        nothing = np.zeros(frame.num_rows, bool)
        if not frame.num_rows:
            return stored.slice(0, 0), nothing
        stored = _filter(stored, np.isin(stored["key"].to_numpy(), frame["key"].to_numpy()[contested]))
        if self._name != "trades":
            return stored, nothing
        inexact = not frame["exact"].to_numpy().all()
        if not inexact and not self._counters.inexact:
            return stored, nothing
        seeds = pa.concat_tables([frame, stored.select(frame.column_names)])
        others, judged = linked(self._engine, seeds, self._counters.inexact > 0)
        known = pa.concat_tables([stored, others.select(stored.column_names)])
        return known, judged[: frame.num_rows]

    def _resolve(self, frame: pa.Table, known: pa.Table) -> tuple[int, int]:
        """Settle contested and linked rows; answers how many more facts are told, and how many rows ended."""
        if not frame.num_rows:
            return 0, 0
        resolver = Resolver(self._layout)
        resolver.add_stored(known)
        resolver.add_new(frame)
        texts = self._names.texts(resolver.name_ids())
        sightings = resolver.resolve(texts, self._retracted_ids(resolver.ids()))
        before = sum(s.row is not None and s.standing in _TOLD for s in sightings)
        after = sum(s.wanted in _TOLD for s in sightings)
        self._append_sightings([s for s in sightings if s.row is None or s.rewrite or _revived(s)])
        return after - before, self._end([s for s in sightings if s.row is not None and (s.rewrite or s.wanted != s.standing)])

    def _retracted_ids(self, ids: Sequence[str]) -> set[str]:
        import pyarrow as pa

        if self._name == "retractions" or not self._counters.totals.get("retractions"):
            return set()
        sql = f"SELECT r.fact_id AS id FROM {self._engine.stored('retractions')} r JOIN probe p ON r.fact_key = p.key"
        return set(self._engine.fetch(sql, {"probe": pa.table({"key": keys64(ids)})})["id"].to_pylist())

    def _append_sightings(self, sightings: Sequence[Sighting]) -> None:
        """Write new sightings, and new copies of stored ones whose place in time changed."""
        version = self._counters.version
        for standing in Standing:
            some = [s for s in sightings if s.wanted == standing]
            if some:
                self._append(self._frame(some), SHOWN if standing == Standing.SHOWN else version, standing)

    def _frame(self, sightings: Sequence[Sighting]) -> pa.Table:
        import pyarrow as pa

        names = [name for name in self._layout.values if name != "seen_at"]
        types = {field.name: field.type for field in arrow_schema(self._layout.frame)}
        columns = zip(*(s.values for s in sightings), strict=True)
        told = dict(zip(names, columns, strict=True))
        if "ordinal" in told:
            told["ordinal"] = tuple(s.ordinal if o is None else o for s, o in zip(sightings, told["ordinal"], strict=True))
        ready = {name: pa.array(values, types[name]) for name, values in told.items()}
        ready["seen_at"] = pa.array([s.seen_at for s in sightings], pa.int64())
        ready |= look_up_keys(self._layout, ready)
        return pa.table({name: ready[name] for name in types})

    def _append(self, frame: pa.Table, ended: int, standing: Standing) -> None:
        import pyarrow as pa

        rows = frame.num_rows
        if not rows:
            return
        counters = self._counters
        bookkeeping = {
            "row": pa.array(np.arange(counters.next_row, counters.next_row + rows)),
            "version": pa.array(np.full(rows, counters.version)),
            "ended": pa.array(np.full(rows, ended)),
            "standing": pa.array(np.full(rows, int(standing), np.int8)),
        }
        self._engine.append(self._name, physical(self._layout, frame, bookkeeping))
        counters.next_row += rows
        counters.totals[self._name] = counters.totals.get(self._name, 0) + rows
        self._appended += rows
        if self._name == "trades":
            counters.inexact += int((~frame["exact"].to_numpy().astype(bool)).sum())

    def _end(self, sightings: Sequence[Sighting]) -> int:
        """Note the new standing of stored rows; a row that gets a new copy is superseded by it."""
        import pyarrow as pa

        if not sightings:
            return 0
        copied = [s.rewrite or _revived(s) for s in sightings]
        changes = pa.table({
            "row": pa.array([s.row for s in sightings], pa.int64()),
            "ended": pa.array([min(s.ended, self._counters.version) for s in sightings], pa.int64()),
            "standing": pa.array(
                [int(Standing.SUPERSEDED) if copy else int(s.wanted) for s, copy in zip(sightings, copied, strict=True)],
                pa.int8(),
            ),
        })  # fmt: skip
        self._engine.end(self._name, changes)
        return len(sightings)

    def _void(self, frame: pa.Table) -> int:
        """End the stored facts that the retractions of this frame name."""
        import pyarrow as pa

        ids = set(frame["fact_id"].to_pylist())
        ended = 0
        for name, total in self._counters.totals.items():
            if not total or name == "retractions" or name not in LAYOUTS:
                continue
            rows = rows_by_key(self._engine, name, frame["fact_key"].to_numpy())
            shown = _filter(rows, rows["standing"].to_numpy() == int(Standing.SHOWN))
            told = zip(shown["row"].to_pylist(), shown["id"].to_pylist(), strict=True)
            doomed = [row for row, fact_id in told if fact_id in ids]
            if doomed:
                version, standing = self._counters.version, int(Standing.RETRACTED)
                changes = pa.table({
                    "row": pa.array(doomed, pa.int64()),
                    "ended": pa.array([version] * len(doomed), pa.int64()),
                    "standing": pa.array([standing] * len(doomed), pa.int8()),
                })  # fmt: skip
                self._engine.end(name, changes)
                ended += len(doomed)
        return ended


def _revived(sighting: Sighting) -> bool:
    """A stored row that was hidden and is to be shown: it gets a new copy, so that earlier versions stay as they were."""
    return sighting.row is not None and sighting.wanted == Standing.SHOWN and sighting.standing != Standing.SHOWN


def _filter(table: pa.Table, mask: np.ndarray) -> pa.Table:
    import pyarrow as pa

    return table if mask.all() else table.filter(pa.array(mask))


def _repeated(keys: np.ndarray) -> np.ndarray:
    """Which keys occur more than once."""
    order = np.argsort(keys, kind="stable")
    same = np.diff(keys[order]) == 0
    repeated = np.zeros(len(keys), bool)
    repeated[order[1:][same]] = True
    repeated[order[:-1][same]] = True
    return repeated


def _plain_repeats(frame: pa.Table, stored: pa.Table, contested: np.ndarray) -> np.ndarray:
    """Rows of the frame that are stored already, word for word, and tell nothing earlier: nothing to do for them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    repeats = np.zeros(frame.num_rows, bool)
    keys, stored_keys = frame["key"].to_numpy(), stored["key"].to_numpy()
    ours = np.flatnonzero(contested & ~_repeated(keys))
    theirs = np.flatnonzero(~_repeated(stored_keys))
    _, left, right = np.intersect1d(keys[ours], stored_keys[theirs], return_indices=True)
    if not len(left):
        return repeats
    a, b = frame.take(pa.array(ours[left])), stored.take(pa.array(theirs[right]))
    same = np.ones(len(left), bool)
    for name in frame.column_names:
        if name == "ordinal":
            of_file = pc.and_(a["slot"].is_null(), pc.less_equal(b[name], a[name]))
            same &= pc.or_(pc.equal(a[name], b[name]), of_file).to_numpy()
        elif name != "seen_at":
            equal = pc.fill_null(pc.equal(a[name], b[name]), False)
            same &= pc.or_(equal, pc.and_(a[name].is_null(), b[name].is_null())).to_numpy()
    earlier = pc.less(a["seen_at"], pc.fill_null(b["seen_at"], SHOWN))
    same &= ~pc.fill_null(earlier, False).to_numpy()
    repeats[ours[left][same]] = True
    return repeats
