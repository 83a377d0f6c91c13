"""A file or folder → records, streaming: memory does not grow with the file.

Forms: json (array or one document), jsonl, csv (also tab-separated, with or without heading), parquet, capture.
Each may be compressed (.gz, .zst).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from remora.intake import columnar, framed, jsonforms, tabular
from remora.intake.lines import BOM
from remora.intake.records import RECORD_LIMIT, Unreadable, parse
from remora.intake.sources import Source, head, inner_suffix
from remora.model.errors import Undecodable, UsageError
from remora.ports import Record, Sample

SAMPLE_RECORDS: Final = 8
_SEARCHED_RECORDS: Final = 100  # a file may begin with records that cannot be read
_CAPTURES: Final = (".bin", ".pb", ".capture")
_TABLES: Final = (".csv", ".tsv")
_LINES: Final = (".jsonl", ".ndjson")


def files(paths: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    """Every file of the paths, folders in the order of their names; True for a file that was named itself.

    Hidden files and folders are passed over. UsageError for a path that does not exist.
    """
    for path in paths:
        if path.is_dir():
            for inner in sorted(path.rglob("*")):
                hidden = any(part.startswith(".") for part in inner.relative_to(path).parts)
                if inner.is_file() and not hidden:
                    yield inner, False
        elif path.is_file():
            yield path, True
        else:
            raise UsageError(f"no such file or folder: {path}")


def form_of(path: Path) -> str | None:
    """The form of a file by its beginning, and by its name where that says more. None: none of ours."""
    start, suffix = head(path), inner_suffix(path)
    if not start:
        return None
    text = start.removeprefix(BOM).lstrip()
    if start.startswith(b"PAR1"):
        form = "parquet"
    elif suffix in _CAPTURES or (suffix == "" and _is_framed(start)):
        form = "capture"
    elif suffix in _LINES:
        form = "jsonl"
    elif text[:1] == b"[" and suffix not in _TABLES:
        form = "json"
    elif text[:1] == b"{" and suffix not in _TABLES:
        form = "jsonl" if _is_lines(text) else "json"
    elif suffix in _TABLES or (suffix in {"", ".txt"} and _is_table(start)):
        form = "csv"
    else:
        return None
    return form


def _is_framed(start: bytes) -> bool:
    size = int.from_bytes(start[:4])
    return b"\0" in start[:4] and 0 < size <= RECORD_LIMIT


def _is_lines(text: bytes) -> bool:
    """Whether the first line is a value of its own and another one follows."""
    first, _, rest = text.partition(b"\n")
    if not rest.strip() or not rest.lstrip().startswith(b"{"):
        return False
    return not isinstance(parse(first), Undecodable)


def _is_table(start: bytes) -> bool:
    shape = tabular.layout(start.partition(b"\n")[0])
    return shape is not None and len(shape.columns) > 1


def read(path: Path, form: str, source: Source | None = None) -> Iterator[Record | Unreadable]:
    """All records of a file, in its order. `source`: to follow how far reading has come."""
    if form == "parquet":
        return columnar.rows(path)
    chunks = (source or Source(path)).chunks()
    if form == "json":
        return jsonforms.document(chunks, path.name)
    if form == "jsonl":
        return jsonforms.jsonl(chunks, path.name)
    if form == "csv":
        return tabular.rows(chunks, path.name)
    return framed.capture(chunks, path.name)


def sample(path: Path) -> Sample | None:
    """The head of a file, from which its kind is recognised; None where its form is none of ours."""
    form = form_of(path)
    if form is None:
        return None
    readable = (item.value for item in islice(read(path, form), _SEARCHED_RECORDS) if isinstance(item, Record))
    found = list(islice(readable, SAMPLE_RECORDS))
    columns: tuple[str, ...] = ()
    if form == "parquet":
        columns = columnar.columns(path)
    elif form == "csv":
        shape = tabular.layout(head(path).partition(b"\n")[0])
        columns = shape.columns if shape else ()
    single = form == "json" and len(found) == 1 and head(path).removeprefix(BOM).lstrip()[:1] == b"{"
    return Sample(name=path.as_posix(), form=form, records=tuple(found), columns=columns, document=found[0] if single else None)
