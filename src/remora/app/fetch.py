"""`remora fetch`: the history of one wallet, market or token, page by page into the ledger.

Each page is decoded by the same kinds that read files, and committed with its quarantine and its cursor in one
transaction; a stop at any moment loses the page that was under way, and the next run asks for it again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

import msgspec

from remora.app import build
from remora.intake import importer, quarantine, recogniser
from remora.model.errors import Reason, UsageError
from remora.model.facts import Fact
from remora.model.ids import digest
from remora.ports import Batch, Context, Cursor, Fetcher, Kind, Ledger, Page, Quarantined, Stage

if TYPE_CHECKING:
    from remora.app.config import Settings


class StageReport(msgspec.Struct, kw_only=True):
    """One part of a fetch: how many pages and records it brought in this run, and whether it came to its end."""

    about: str
    pages: int = 0
    records: int = 0
    done: bool = False


class FetchReport(msgspec.Struct, kw_only=True):
    """What a fetch did: the counts of an import, and how complete the history is.

    complete: every part came to its end, nothing is missing and nothing was said against it. doubts: why the history may
    not be whole. missing: names of records that exist and could not be had. requests: questions asked, retries among them.
    """

    target: str
    venue: str
    what: str = ""
    facts: dict[str, int] = {}
    duplicates: int = 0
    quarantined: int = 0
    ignored: int = 0
    files: int = 0
    left_alone: list[str] = []
    complete: bool = False
    stages: list[StageReport] = []
    doubts: list[str] = []
    missing: list[str] = []
    notes: list[str] = []
    requests: int = 0
    retries: int = 0
    seconds: float = 0.0


OnProgress = Callable[[FetchReport], None]


@contextmanager
def shown_progress() -> Iterator[OnProgress | None]:
    """A line on standard error that follows a fetch, where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status("asking") as line:

        def show(report: FetchReport) -> None:
            stage = report.stages[-1]
            line.update(escape(f"{stage.about}: {stage.records:,} records, {report.requests:,} questions"))

        yield show


async def fetch(
    target: str, *, ledger: Ledger, settings: Settings, kinds: Sequence[Kind] | None = None,
    fetchers: Sequence[Fetcher] | None = None, progress: OnProgress | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Bring the history of an address into the ledger; the report (`FetchReport`) as a document.

    kinds and fetchers default to those of the house. progress hears the report so far after every page. Raises UsageError
    for an address of no known form, SourceFailed when a source cannot be read (what was stored stays).
    """
    _quiet_retries()
    fetcher, name = _who(target, fetchers if fetchers is not None else build.fetchers(settings))
    report = FetchReport(target=name, venue=fetcher.venue)
    started = monotonic()
    job = _Fetch(ledger, kinds if kinds is not None else build.kinds(), report)
    async with fetcher:
        report.what, stages = await fetcher.stages(name)
        for stage in stages:
            async for page in stage.pages(job.begin(stage), job.look):
                job.store(stage, page)
                report.requests, report.retries = fetcher.requests, fetcher.retries
                if progress:
                    progress(report)
        report.requests, report.retries = fetcher.requests, fetcher.retries
    job.end()
    report.seconds = monotonic() - started
    document: dict[str, Any] = msgspec.to_builtins(report)
    return document


def _who(target: str, fetchers: Sequence[Fetcher]) -> tuple[Fetcher, str]:
    for fetcher in fetchers:
        name = fetcher.recognises(target)
        if name is not None:
            return fetcher, name
    raise UsageError(
        f"{target[:100]!r} is no address of a venue known here",
        hint="Polymarket: 0x and 40 (wallet) or 64 (market) hex digits; Solana: a base58 wallet or mint",
    )


def _quiet_retries() -> None:
    """Retries are counted in the report; the library's own lines about them would end up on standard output."""
    from stamina import instrumentation

    instrumentation.set_on_retry_hooks([])


class _Fetch:
    """Pages on their way into the ledger."""

    def __init__(self, ledger: Ledger, kinds: Sequence[Kind], report: FetchReport) -> None:
        self._ledger = ledger
        self._kinds = kinds
        self._report = report
        self._context = self._with_pools()
        self._position = 0
        self._waits_for_pools = False

    def look(self, table: str, column: str, where: Mapping[str, object]) -> set[str]:
        """The texts that the ledger holds in a column."""
        found: set[str] = set()
        for batch in self._ledger.table(table, columns=(column,), where=where):
            found.update(value for value in batch.column(0).to_pylist() if value is not None)
        return found

    def begin(self, stage: Stage) -> dict[str, Any]:
        """The cursor that a stage goes on from."""
        self._report.stages.append(StageReport(about=stage.about))
        cursor = self._ledger.cursor(stage.name) if stage.name else None
        self._position = cursor.position if cursor else 0
        return msgspec.json.decode(cursor.detail, type=dict[str, Any]) if cursor else {}

    def store(self, stage: Stage, page: Page) -> None:
        """Decode a page and commit it with its cursor."""
        facts, held = self._decoded(page)
        self._position += len(page.records)
        self._commit(facts, held, self._cursor(stage, page))
        here, report = self._report.stages[-1], self._report
        here.pages += 1
        here.records += len(page.records)
        here.done = page.done
        report.files += 1
        report.doubts += [doubt for doubt in page.doubts if doubt not in report.doubts]
        report.notes += [note for note in page.notes if note not in report.notes]
        report.missing += page.missing

    def end(self) -> None:
        """Read once more what missed a pool that a later page told, and judge the whole."""
        report = self._report
        if self._waits_for_pools:
            again = importer.retry(self._ledger, self._kinds, context=build.context())
            report.notes.append(f"{again['released']} records waited for a pool and were read again")
        report.complete = all(stage.done for stage in report.stages) and not report.doubts and not report.missing

    def _decoded(self, page: Page) -> tuple[list[Fact], list[Quarantined]]:
        """Facts and quarantine of a page. A decoder of its own per page: equal rows are counted within it."""
        facts: list[Fact] = []
        held: list[Quarantined] = []
        if not page.records:
            return facts, held
        kind = recogniser.named(page.kind, self._kinds)
        decoder = kind.open(self._context)
        for record in page.records:
            decoded = importer.guarded(decoder, record)
            facts += decoded.facts
            if decoded.undecodable:
                held += quarantine.of_record(record, decoded.undecodable, record.file, kind.name)
                self._waits_for_pools |= any(problem.reason is Reason.UNKNOWN_POOL for problem in decoded.undecodable)
            elif not decoded.facts:
                self._report.ignored += 1
        return facts, held

    def _cursor(self, stage: Stage, page: Page) -> Cursor | None:
        if page.cursor is None or not stage.name:
            return None
        detail = msgspec.json.encode(page.cursor).decode()
        return Cursor(name=stage.name, position=self._position, digest=digest((stage.name,)), done=page.done, detail=detail)

    def _commit(self, facts: list[Fact], held: list[Quarantined], cursor: Cursor | None) -> None:
        if not facts and not held and cursor is None:
            return
        result = self._ledger.commit(Batch(facts=[_history(fact) for fact in facts], quarantine=held, cursor=cursor))
        for name, count in result.new.items():
            self._report.facts[name] = self._report.facts.get(name, 0) + count
        self._report.duplicates += sum(result.duplicates.values())
        self._report.quarantined += len(held)

    def _with_pools(self) -> Context:
        """What decoders may know: the dated lists, and every pool the ledger knows."""
        pools: dict[str, tuple[str, str]] = {}
        for batch in self._ledger.table("pools", columns=("pool", "base_asset", "quote_asset")):
            pools.update((row["pool"], (row["base_asset"], row["quote_asset"])) for row in batch.to_pylist())
        return msgspec.structs.replace(build.context(), pools=pools)


def _history(fact: Fact) -> Fact:
    """A fact that was not heard live: it could be known when it happened, not only when we asked for it."""
    return fact if fact.seen_at is None else msgspec.structs.replace(fact, seen_at=None)
