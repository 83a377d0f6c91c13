"""Files → facts → ledger: batch by batch, each with its quarantine and the file's cursor in one commit.

A file is known by the digest of its bytes, so a renamed copy is the same file and a grown one another; what both hold is
recognised by the facts' own ids. A half-imported file is decoded from its start (decoders remember what came before) and
committed from the first record that is not in the ledger yet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from time import monotonic
from typing import Final

import msgspec

from remora.intake import quarantine, readers, recogniser
from remora.intake.records import Unreadable
from remora.intake.sources import Source, digest
from remora.model.errors import InputRefused, Reason, Undecodable
from remora.model.facts import Fact, type_name
from remora.ports import Batch, Context, Cursor, Decoded, Decoder, Kind, Ledger, Quarantined, Record

BATCH_FACTS: Final = 50_000
BATCH_RECORDS: Final = 200_000
_BATCH_RAW_BYTES: Final = 32 << 20


class LeftAlone(msgspec.Struct, frozen=True):
    """A file that was not read, and why."""

    file: str
    reason: str
    kind: str = ""


class ImportReport(msgspec.Struct, kw_only=True):
    """What an import did. facts and duplicates: records new to the ledger, and known before. ignored: records without facts."""

    files: int = 0
    facts: dict[str, int] = {}
    duplicates: int = 0
    quarantined: int = 0
    ignored: int = 0
    left_alone: list[LeftAlone] = []
    seconds: float = 0.0


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far an import has come: bytes of the present file, and its records and facts so far."""

    file: str
    done_bytes: int
    size_bytes: int
    records: int
    facts: int


OnProgress = Callable[[Progress], None]


class _Job(msgspec.Struct, kw_only=True):
    """One file to import."""

    path: Path
    form: str
    kind: Kind
    digest: str
    cursor_name: str
    context: Context


def run(
    paths: Iterable[Path],
    kinds: Sequence[Kind],
    ledger: Ledger,
    *,
    kind: str | None = None,
    context: Context | None = None,
    strict: bool = False,
    progress: OnProgress | None = None,
    batch_facts: int = BATCH_FACTS,
    batch_records: int = BATCH_RECORDS,
) -> ImportReport:
    """Read files and folders into the ledger.

    Raises UsageError for paths and kinds that do not exist, InputRefused for a single file that is no kind of ours and,
    under `strict`, for the first file with a record that cannot be read (nothing of that file is written).
    """
    started = monotonic()
    report = ImportReport(facts={}, left_alone=[])
    forced = recogniser.named(kind, kinds) if kind else None
    base = _with_pools(context or Context(), ledger)
    waiting = False
    for path, single in readers.files(paths):
        job = _job(path, single=single, kinds=kinds, forced=forced, base=base, report=report)
        if job is None:
            continue
        report.files += 1
        if strict:
            _refuse_any(job)
        importing = _Import(job, ledger, report, batch_facts=batch_facts, batch_records=batch_records)
        importing.run(progress)
        waiting = waiting or importing.waits_for_pools
    if waiting and not strict:
        _again(ledger, kinds, base, report)
    report.seconds = monotonic() - started
    return report


def decode(path: Path, kinds: Sequence[Kind], *, kind: str | None = None, context: Context | None = None) -> Iterator[Decoded]:
    """What each record of a file says, nothing stored. Raises as `run` does for a single file."""
    forced = recogniser.named(kind, kinds) if kind else None
    base = context or Context()
    job = _job(path, single=True, kinds=kinds, forced=forced, base=base, report=ImportReport())
    if job is None:
        return
    decoder = job.kind.open(job.context)
    for item in readers.read(path, job.form):
        yield Decoded(undecodable=[item.problem]) if isinstance(item, Unreadable) else guarded(decoder, item)


def retry(ledger: Ledger, kinds: Sequence[Kind], *, context: Context | None = None) -> dict[str, int]:
    """Read quarantined records again; what now reads is committed and released.

    Records whose bytes were cut are read from their file where it still lies in its place.
    """
    base = _with_pools(context or Context(), ledger)
    items = list(ledger.quarantine())
    released, new = _reread(ledger, kinds, base, items)
    return {"tried": len(items), "released": len(released), "left": len(items) - len(released), "facts": sum(new.values())}


def guarded(decoder: Decoder, record: Record) -> Decoded:
    """Decode one record; a bug in a decoder costs this record, not the import."""
    try:
        return decoder.decode(record)
    except Exception as error:  # noqa: BLE001 - the one place where a plug-in's bug is caught; it is kept and counted
        detail = f"the decoder stopped with {type(error).__name__}: {error}"
        return Decoded(undecodable=[Undecodable(reason=Reason.CRASHED_DECODER, detail=detail[:400], where="record")])


def _job(
    path: Path, *, single: bool, kinds: Sequence[Kind], forced: Kind | None, base: Context, report: ImportReport
) -> _Job | None:
    """What is to be done with a file; None (and a line in the report) where it is left alone."""
    try:
        found = recogniser.recognise(path, kinds, forced)
    except OSError as error:
        if single:
            raise InputRefused(f"{path} cannot be read: {error.strerror}") from error
        report.left_alone.append(LeftAlone(str(path), f"cannot be read: {error.strerror}"))
        return None
    if found is None or found.kind is None:
        if single:
            form = "no table, JSON, Parquet or capture" if found is None else f"{found.form}, but of no known kind"
            raise InputRefused(f"{path} was not recognised: {form}", hint="name its --kind, or map its columns with --map")
        report.left_alone.append(LeftAlone(str(path), "not recognised"))
        return None
    if not found.kind.bears_facts:
        about = getattr(found.kind, "about", "") or "bears no facts"
        report.left_alone.append(LeftAlone(str(path), about, found.kind.name))
        return None
    name = digest(path)
    context = msgspec.structs.replace(base, lookups={**base.lookups, **recogniser.lookups(path, found.kind)})
    version = ":".join(filter(None, (name, found.kind.name, getattr(found.kind, "digest", ""))))
    return _Job(
        path=path, form=found.form, kind=found.kind, digest=name, cursor_name=f"import:{version}", context=context
    )  # fmt: skip


def _with_pools(context: Context, ledger: Ledger) -> Context:
    """The context with all pools the ledger knows, so that files may come in any order."""
    pools = dict(context.pools)
    for batch in ledger.table("pools", columns=("pool", "base_asset", "quote_asset")):
        for row in batch.to_pylist():
            pools.setdefault(row["pool"], (row["base_asset"], row["quote_asset"]))
    return msgspec.structs.replace(context, pools=pools)


def _refuse_any(job: _Job) -> None:
    """Read a whole file without writing; raise InputRefused at the first record that cannot be read."""
    decoder = job.kind.open(msgspec.structs.replace(job.context, pools=dict(job.context.pools)))
    for item in readers.read(job.path, job.form):
        problems = [item.problem] if isinstance(item, Unreadable) else guarded(decoder, item).undecodable
        if problems:
            first = problems[0]
            raise InputRefused(
                f"{job.path}, record {item.number}, {first.where or 'record'}: {first.reason}: {first.detail}",
                hint="nothing of this file was written; without --strict the rest of it is read",
            )


class _Import:
    """One file on its way into the ledger."""

    def __init__(self, job: _Job, ledger: Ledger, report: ImportReport, *, batch_facts: int, batch_records: int) -> None:
        self.job = job
        self.ledger = ledger
        self.report = report
        self.batch_facts = batch_facts
        self.batch_records = batch_records
        self.waits_for_pools = False
        self._facts: list[Fact] = []
        self._held: list[Quarantined] = []
        self._counts: Counter[str] = Counter()  # facts of the whole file by type, as the cursor tells them
        self._committed = 0

    def run(self, progress: OnProgress | None) -> None:
        """Read the file to its end, committing on the way; a file that is in the ledger already is only counted."""
        cursor = self.ledger.cursor(self.job.cursor_name)
        if cursor is not None and cursor.done:
            self.report.duplicates += sum(msgspec.json.decode(cursor.detail, type=dict[str, int]).values())
            return
        start = cursor.position if cursor else 0
        source = Source(self.job.path)
        decoder = self.job.kind.open(self.job.context)
        position = 0
        for position, item in enumerate(readers.read(self.job.path, self.job.form, source), 1):
            self._take(item, decoder, known=position <= start)
            if self._full(position):
                self._commit(position, done=False)
                if progress:
                    progress(self._progress(source, position))
        self._commit(position, done=True)
        if progress:
            progress(self._progress(source, position))

    def _take(self, item: Record | Unreadable, decoder: Decoder, *, known: bool) -> None:
        """Decode one record. `known`: it is in the ledger; it only teaches the decoder and is counted."""
        file, kind = str(self.job.path), self.job.kind.name
        if isinstance(item, Unreadable):
            if not known:
                self._held.append(quarantine.of_unreadable(item, file, kind))
            return
        decoded = guarded(decoder, item)
        self._counts.update([type_name(fact) for fact in decoded.facts])
        if known:
            return
        self._facts += decoded.facts
        if decoded.undecodable:
            self._held += quarantine.of_record(item, decoded.undecodable, file, kind)
            self.waits_for_pools |= any(problem.reason is Reason.UNKNOWN_POOL for problem in decoded.undecodable)
        elif not decoded.facts:
            self.report.ignored += 1

    def _full(self, position: int) -> bool:
        if len(self._facts) >= self.batch_facts or position - self._committed >= self.batch_records:
            return True
        return len(self._held) >= 64 and sum(len(item.raw) for item in self._held) >= _BATCH_RAW_BYTES

    def _commit(self, position: int, *, done: bool) -> None:
        detail = msgspec.json.encode(dict(sorted(self._counts.items()))).decode()
        cursor = Cursor(name=self.job.cursor_name, position=position, digest=self.job.digest, done=done, detail=detail)
        result = self.ledger.commit(Batch(facts=self._facts, quarantine=self._held, cursor=cursor))
        for name, count in result.new.items():
            self.report.facts[name] = self.report.facts.get(name, 0) + count
        self.report.duplicates += sum(result.duplicates.values())
        self.report.quarantined += len(self._held)
        self._facts, self._held, self._committed = [], [], position

    def _progress(self, source: Source, position: int) -> Progress:
        return Progress(
            file=str(self.job.path), done_bytes=source.consumed, size_bytes=source.size, records=position,
            facts=sum(self._counts.values()),
        )  # fmt: skip


def _again(ledger: Ledger, kinds: Sequence[Kind], base: Context, report: ImportReport) -> None:
    """Read once more what missed a pool that a later file of the same import has told."""
    items = [item for item in ledger.quarantine() if item.reason == Reason.UNKNOWN_POOL]
    released, new = _reread(ledger, kinds, base, items)
    report.quarantined = max(0, report.quarantined - len(released))
    for name, count in new.items():
        report.facts[name] = report.facts.get(name, 0) + count


def _reread(
    ledger: Ledger, kinds: Sequence[Kind], base: Context, items: Sequence[Quarantined]
) -> tuple[list[int], Counter[str]]:
    """Decode quarantined records anew; commit what reads, release what reads whole. Returns released ids and new facts."""
    by_name = {kind.name: kind for kind in kinds}
    groups: dict[tuple[str, str], dict[int, list[Quarantined]]] = {}
    for item in items:
        groups.setdefault((item.file, item.kind), {}).setdefault(item.record, []).append(item)
    released: list[int] = []
    new: Counter[str] = Counter()
    for (file, name), records in groups.items():
        kind = by_name.get(name)
        facts: list[Fact] = []
        ids: list[int] = []
        for number, decoded in _decoded_again(Path(file), kind, base, records) if kind else ():
            facts += decoded.facts
            if not decoded.undecodable:
                ids += [item.id for item in records[number]]
            if len(facts) >= BATCH_FACTS:
                new.update(ledger.commit(Batch(facts=facts)).new)
                facts = []
        if facts:
            new.update(ledger.commit(Batch(facts=facts)).new)
        if ids:
            ledger.release(ids)
            released += ids
    return released, new


def _decoded_again(
    path: Path, kind: Kind, base: Context, records: dict[int, list[Quarantined]]
) -> Iterator[tuple[int, Decoded]]:
    """Read the file itself where it still is (decoders remember what came before a record), else from the bytes kept."""
    context = base
    if path.is_file():
        context = msgspec.structs.replace(base, lookups={**base.lookups, **recogniser.lookups(path, kind)})
        form = readers.form_of(path)
        decoder, last = kind.open(context), max(records)
        for item in readers.read(path, form) if form else ():
            decoded = Decoded(undecodable=[item.problem]) if isinstance(item, Unreadable) else guarded(decoder, item)
            if item.number in records and _same(item, records[item.number][0]):
                yield item.number, decoded
            if item.number >= last:
                return
        return
    decoder = kind.open(context)
    for number, held in sorted(records.items()):
        record = quarantine.restored(held[0], path.name)
        if record is not None:
            yield number, guarded(decoder, record)


def _same(item: Record | Unreadable, held: Quarantined) -> bool:
    """Whether the file still holds the bytes that were put aside."""
    return not item.raw or item.raw[: len(held.raw)] == held.raw
