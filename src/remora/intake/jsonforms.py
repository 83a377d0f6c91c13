"""JSON files → records: lines, elements of one array, or one document, always streaming and with exact numbers."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator
from typing import Final

from remora.intake.lines import BOM, Cut, lines
from remora.intake.records import RAW_LIMIT, RECORD_LIMIT, Unreadable, json_record, unreadable
from remora.intake.sources import Damaged
from remora.model.errors import Reason
from remora.ports import Record

# a whole string (possessive: no backtracking), a bracket or comma, or the start of a string whose end is not here yet
_TOKEN: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},]|"', re.DOTALL)
_SPACE: Final = b" \t\r\n"


def jsonl(chunks: Iterable[bytes], file: str) -> Iterator[Record | Unreadable]:
    """One record per line; empty lines are passed over but numbered."""
    for number, line in enumerate(lines(chunks)):
        if isinstance(line, Cut):
            yield unreadable(number, line.head, line.reason, line.detail, raw_bytes=line.length)
        elif line and not line.isspace():
            yield json_record(line, number, file)


def document(chunks: Iterable[bytes], file: str) -> Iterator[Record | Unreadable]:
    """The elements of a top-level array one by one, or the whole document as one record."""
    stream = iter(chunks)
    start = b""
    try:
        for part in stream:
            start = (start + part).removeprefix(BOM).lstrip(_SPACE)
            if start:
                break
    except Damaged as error:
        yield unreadable(0, start, error.reason, error.detail)
        return
    if start.startswith(b"["):
        yield from _elements(start[1:], stream, file)
    elif start:
        yield _whole(start, stream, file)


def _whole(start: bytes, stream: Iterator[bytes], file: str) -> Record | Unreadable:
    held = bytearray(start)
    try:
        for part in stream:
            held += part
            if len(held) > RECORD_LIMIT:
                detail = f"one document of more than {RECORD_LIMIT >> 20} MiB; write its records as JSON lines"
                return unreadable(0, bytes(held[:RAW_LIMIT]), Reason.TOO_LARGE, detail, raw_bytes=len(held))
    except Damaged as error:
        return unreadable(0, bytes(held), error.reason, error.detail)
    return json_record(bytes(held), 0, file)


class _Scan:
    """Finds the commas between the elements of an array, across chunks. `at` is where the next token is searched."""

    def __init__(self, start: bytes) -> None:
        self.buffer = start
        self.at = 0
        self.depth = 0

    def boundary(self) -> tuple[int, bytes] | None:
        """Position and character of the next end of an element (',' or ']'), None where the buffer holds none."""
        depth = self.depth
        for token in _TOKEN.finditer(self.buffer, self.at):
            sign = self.buffer[token.start()]
            if sign == 0x2C:  # ,
                if depth == 0:
                    self.at = token.end()
                    return token.start(), b","
            elif sign in (0x5B, 0x7B):  # [ {
                depth += 1
            elif sign in (0x5D, 0x7D):  # ] }
                depth -= 1
                if depth < 0:
                    return token.start(), b"]"
            elif token.end() - token.start() == 1:  # a string that goes on in the next chunk
                return None
            self.at, self.depth = token.end(), depth
        return None


def _elements(start: bytes, stream: Iterator[bytes], file: str) -> Iterator[Record | Unreadable]:
    scan, number = _Scan(start), 0
    try:
        while True:
            ended = yield from _buffered(scan, number, file)
            number, done = ended
            if done:
                yield from _after(scan, number)
                return
            if len(scan.buffer) > RECORD_LIMIT:
                detail = f"an element of more than {RECORD_LIMIT >> 20} MiB; what follows it was not read"
                yield unreadable(number, scan.buffer, Reason.TOO_LARGE, detail, raw_bytes=len(scan.buffer))
                return
            part = next(stream, None)
            if part is None:
                break
            scan.buffer += part
    except Damaged as error:
        yield unreadable(number, scan.buffer, error.reason, error.detail)
        return
    yield unreadable(number, scan.buffer, Reason.TRUNCATED, "the file ends inside its array")


def _buffered(scan: _Scan, number: int, file: str) -> Generator[Record | Unreadable, None, tuple[int, bool]]:
    """Records of the elements that lie whole in the buffer. Returns the next number, and whether the array ended."""
    done, buffer, begin = False, scan.buffer, 0
    pieces: list[bytes] = []
    while (found := scan.boundary()) is not None:
        end, sign = found
        pieces.append(buffer[begin:end])
        begin = end + 1
        if sign == b"]":
            done = True
            break
    scan.buffer = buffer[begin:]
    scan.at -= begin
    if done:
        scan.at = 0
    for piece in pieces:
        text = piece.strip(_SPACE)
        if text:
            yield json_record(text, number, file)
            number += 1
        elif not (done and number == 0):
            yield unreadable(number, piece, Reason.BAD_JSON, "an empty element")
            number += 1
    return number, done


def _after(scan: _Scan, number: int) -> Iterator[Unreadable]:
    rest = scan.buffer.strip(_SPACE)
    if rest:
        yield unreadable(number, rest, Reason.BAD_JSON, "text after the end of the array was not read")
