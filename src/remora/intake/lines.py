"""Byte chunks → lines, of bounded length."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from typing import Final, NamedTuple

from remora.intake.records import RAW_LIMIT, RECORD_LIMIT
from remora.intake.sources import Damaged
from remora.model.errors import Reason

BOM: Final = b"\xef\xbb\xbf"
_ENDLESS: Final = 1 << 30  # beyond this no end of a record is searched any more


class Cut(NamedTuple):
    """A line that is no whole line: too long, or cut off by a damaged stream."""

    head: bytes
    length: int
    reason: Reason
    detail: str


def lines(chunks: Iterable[bytes], *, limit: int = RECORD_LIMIT) -> Iterator[bytes | Cut]:
    """Lines without their line feed (a carriage return stays). The last one may lack its end."""
    stream = iter(chunks)
    rest, first = b"", True
    try:
        for part in stream:
            buffer = rest + part if rest else part
            if first and len(buffer) >= 3:
                buffer, first = buffer.removeprefix(BOM), False
            found = buffer.split(b"\n")
            rest = found.pop()
            yield from found
            while len(rest) > limit:
                following = yield from _skipped(rest, stream)
                if following is None:
                    return
                found = following.split(b"\n")
                rest = found.pop()
                yield from found
    except Damaged as error:
        yield Cut(rest[:RAW_LIMIT], len(rest), error.reason, error.detail)
        return
    if first:
        rest = rest.removeprefix(BOM)
    if rest:
        yield rest


def _skipped(start: bytes, chunks: Iterator[bytes]) -> Generator[Cut, None, bytes | None]:
    """Pass over the rest of a line that is too long; returns what follows it, None where nothing does."""
    head, length = start[:RAW_LIMIT], len(start)
    for part in chunks:
        end = part.find(b"\n")
        if end >= 0:
            yield Cut(head, length + end, Reason.TOO_LARGE, f"a record of {length + end:,} bytes")
            return part[end + 1 :]
        length += len(part)
        if length > _ENDLESS:
            break
    yield Cut(head, length, Reason.TOO_LARGE, f"a record of {length:,} bytes or more; what follows it was not read")
    return None
