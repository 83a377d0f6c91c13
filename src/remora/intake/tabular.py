"""CSV and tab-separated files → records: dicts of text by column name."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from remora.intake.lines import Cut, lines
from remora.intake.records import Unreadable, unreadable
from remora.model.errors import Reason
from remora.ports import Record

_JOINED_LINES: Final = 2000  # a quoted cell may hold line feeds; beyond this its quote was never closed
_JOINED_BYTES: Final = 1 << 20


class Layout(msgspec.Struct, frozen=True):
    """How the cells of a file are divided, what its columns are called, and whether its first line says so."""

    delimiter: str
    columns: tuple[str, ...]
    headed: bool


def layout(first_line: bytes) -> Layout | None:
    """Read it off the first line; columns of files without a heading are called 1, 2, 3 ... None: no text table."""
    try:
        text = first_line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        return None
    if not text.strip() or "\0" in text:
        return None
    delimiter = max("\t,;|", key=lambda sign: (text.count(sign), sign == ","))
    cells = _cells(text, delimiter)
    if cells is None:
        return None
    if any(any(letter.isalpha() for letter in cell) and not _is_number(cell) for cell in cells):
        return Layout(delimiter, _distinct(cells), True)
    if len(cells) < 2:
        return None
    return Layout(delimiter, tuple(str(n + 1) for n in range(len(cells))), False)


def _cells(text: str, delimiter: str) -> list[str] | None:
    """The cells of one row (its quoted cells may hold line feeds); None where it is no row."""
    if '"' not in text:
        return text.split(delimiter)
    try:
        return next(csv.reader((f"{part}\n" for part in text.split("\n")), delimiter=delimiter), None)
    except csv.Error:
        return None


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _distinct(names: list[str]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    out = []
    for name in (name.strip() for name in names):
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return tuple(out)


def rows(chunks: Iterable[bytes], file: str) -> Iterator[Record | Unreadable]:
    """One record per row, its cells by column name; numbers count data rows from 0."""
    stream = _pushing(lines(chunks))
    first = next(stream, b"")
    shape = None if isinstance(first, Cut) else layout(first)
    if shape is None:
        raw = first.head if isinstance(first, Cut) else first
        yield unreadable(0, raw, Reason.UNKNOWN_FORM, "the first line is no heading or row of a table")
        return
    if not shape.headed:
        stream.push([first])
    number = -1
    for line in stream:
        if isinstance(line, Cut):
            number += 1
            yield unreadable(number, line.head, line.reason, line.detail, raw_bytes=line.length)
            continue
        if not line or line == b"\r":
            continue
        number += 1
        if b'"' in line and line.count(b'"') % 2:
            joined = _joined(line, stream)
            if joined is None:
                yield unreadable(number, line, Reason.TRUNCATED, "a quote is never closed")
                continue
            line = joined  # noqa: PLW2901
        yield _row(line, number, shape, file)


def _row(line: bytes, number: int, shape: Layout, file: str) -> Record | Unreadable:
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        return unreadable(number, line, Reason.BAD_ENCODING, f"not UTF-8: {error.reason} at byte {error.start}")
    if "\0" in text:
        return unreadable(number, line, Reason.BAD_ENCODING, "holds NUL bytes")
    text = text.removesuffix("\r")
    cells = _cells(text, shape.delimiter)
    if cells is None:
        return unreadable(number, line, Reason.WRONG_TYPE, "no row of a table: its quotes are in disorder")
    if len(cells) != len(shape.columns):
        reason = Reason.MISSING_FIELD if len(cells) < len(shape.columns) else Reason.WRONG_TYPE
        return unreadable(number, line, reason, f"{len(cells)} cells under {len(shape.columns)} columns")
    return Record(value=dict(zip(shape.columns, cells, strict=True)), number=number, raw=line, file=file)


class _pushing:  # noqa: N801 - an iterator, used like a function
    """An iterator that takes items back."""

    def __init__(self, source: Iterator[bytes | Cut]) -> None:
        self._source = source
        self._held: list[bytes | Cut] = []

    def __iter__(self) -> _pushing:
        return self

    def __next__(self) -> bytes | Cut:
        return self._held.pop() if self._held else next(self._source)

    def push(self, items: list[bytes | Cut]) -> None:
        """Give items back, to come out again in this order."""
        self._held.extend(reversed(items))


def _joined(line: bytes, stream: _pushing) -> bytes | None:
    """The line and those that follow until its quote is closed; None (and nothing consumed) where it never is."""
    taken: list[bytes | Cut] = []
    parts, size = [line], len(line)
    while len(taken) < _JOINED_LINES and size < _JOINED_BYTES:
        following = next(stream, None)
        if following is None:
            break
        taken.append(following)
        if isinstance(following, Cut):
            break
        parts.append(following)
        size += len(following) + 1
        if following.count(b'"') % 2:
            return b"\n".join(parts)
    stream.push(taken)
    return None
