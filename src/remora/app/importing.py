"""Files into the ledger, and single records decoded for the eye, with every kind this house knows."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from remora.app import build
from remora.intake import importer, maps
from remora.model.errors import Ignored, InputRefused, Undecodable
from remora.model.facts import Fact
from remora.model.units import rfc3339

if TYPE_CHECKING:
    from remora.ports import Kind, Ledger

_TIMES = frozenset(("happened_at", "seen_at", "starts_at", "ends_at", "closed_at"))


def run(
    ledger: Ledger,
    paths: Iterable[Path],
    *,
    kind: str | None = None,
    map_path: Path | None = None,
    strict: bool = False,
    owner: str | None = None,
) -> dict[str, Any]:
    """Import files and folders; the report as a document. Shows progress on standard error where that is a terminal."""
    kinds, forced = _kinds(kind, map_path)
    context = build.context(owner=owner)
    with _progress() as progress:
        report = importer.run(paths, kinds, ledger, kind=forced, context=context, strict=strict, progress=progress)
    document: dict[str, Any] = msgspec.to_builtins(report)
    if report.quarantined and not any((report.facts, report.duplicates, report.ignored)):
        raise InputRefused(
            f"none of the records could be read; {report.quarantined} are in quarantine",
            hint="`remora quarantine list` says why; check the kind and the column map",
        )
    return document


def decode_file(file: Path, *, kind: str | None = None, map_path: Path | None = None) -> dict[str, Any]:
    """Facts, ignored and undecodable parts of every record of a file."""
    kinds, forced = _kinds(kind, map_path)
    facts: dict[str, Fact] = {}  # one transaction written in several encodings is one
    ignored: list[Ignored] = []
    undecodable: list[Undecodable] = []
    for decoded in importer.decode(file, kinds, kind=forced, context=build.context()):
        facts.update((fact.id, fact) for fact in decoded.facts if fact.id not in facts)
        ignored.extend(decoded.ignored)
        undecodable.extend(decoded.undecodable)
    shown = [fact_document(fact) for fact in facts.values()]
    return {"facts": shown, "ignored": msgspec.to_builtins(ignored), "undecodable": msgspec.to_builtins(undecodable)}


def retry(ledger: Ledger) -> dict[str, int]:
    """Read the quarantine again."""
    return importer.retry(ledger, build.kinds(), context=build.context())


def fact_document(fact: Fact) -> dict[str, Any]:
    """A fact as JSON shows it: times as RFC 3339."""
    document: dict[str, Any] = msgspec.to_builtins(fact)
    for name in _TIMES & document.keys():
        if document[name] is not None:
            document[name] = rfc3339(document[name])
    return document


def _kinds(kind: str | None, map_path: Path | None) -> tuple[Sequence[Kind], str | None]:
    """The registry and the name of the kind that is forced; a map of the user's is a kind of its own, and forced."""
    if map_path is None:
        return build.kinds(), kind
    own = maps.load(map_path)
    return (own, *build.kinds()), kind or own.name


@contextmanager
def _progress() -> Iterator[importer.OnProgress | None]:
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(step: importer.Progress) -> None:
            text = f"{Path(step.file).name[:40]}  {step.facts:,} facts"
            bar.update(task, description=text, total=step.size_bytes, completed=step.done_bytes)

        yield show
