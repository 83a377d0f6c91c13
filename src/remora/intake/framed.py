"""Captures of a binary stream → records: a length of four bytes (big-endian), then that many bytes of a message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from remora.intake.records import RECORD_LIMIT, Unreadable, unreadable
from remora.intake.sources import Damaged
from remora.model.errors import Reason
from remora.ports import Record

_PREFIX: Final = 4


def capture(chunks: Iterable[bytes], file: str) -> Iterator[Record | Unreadable]:
    """One record per message. After an impossible length nothing more can be found, so reading ends there."""
    buffer, number = b"", 0
    try:
        for part in chunks:
            buffer = buffer + part if buffer else part
            at, end = 0, len(buffer)
            while end - at >= _PREFIX:
                size = int.from_bytes(buffer[at : at + _PREFIX])
                if size > RECORD_LIMIT:
                    detail = f"a message of {size:,} bytes: no capture, or damaged here; what follows was not read"
                    yield unreadable(number, buffer[at:], Reason.TOO_LARGE, detail)
                    return
                if end - at < _PREFIX + size:
                    break
                message = buffer[at + _PREFIX : at + _PREFIX + size]
                yield Record(value=message, number=number, raw=message, file=file)
                number += 1
                at += _PREFIX + size
            buffer = buffer[at:]
    except Damaged as error:
        yield unreadable(number, buffer, error.reason, error.detail)
        return
    if buffer:
        yield unreadable(number, buffer, Reason.TRUNCATED, "the capture ends inside a message")
