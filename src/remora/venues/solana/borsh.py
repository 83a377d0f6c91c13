"""Reading the fields of an event in order, as far as they are there: layouts grow at the end and never change before it."""

from __future__ import annotations

from typing import Final

from remora.model import units
from remora.model.errors import Reason
from remora.venues.solana import base58
from remora.venues.solana.fields import Malformed

_MAX_TEXT: Final = 4096  # bytes of one text: more cannot stand in a transaction


class Reader:
    """A cursor over an event's bytes. Each read raises Malformed (naming the event) where the bytes end or lie."""

    def __init__(self, data: bytes, where: str, at: int = 8) -> None:
        self._data = data
        self._where = where
        self._at = at

    def more(self) -> bool:
        """Whether any byte is left: fields added by later versions of the program may be absent."""
        return self._at < len(self._data)

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        end = self._at + size
        if end > len(self._data):
            detail = f"{len(self._data)} bytes, field needs {end}"
            raise Malformed(Reason.TRUNCATED, detail, self._where)
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def u16(self) -> int:
        """2 bytes, unsigned."""
        return int.from_bytes(self.take(2), "little")

    def u64(self) -> int:
        """8 bytes, unsigned; refused beyond the signed 64 bits of the ledger."""
        value = int.from_bytes(self.take(8), "little")
        if value > units.INT64_MAX:
            raise Malformed(Reason.OUT_OF_RANGE, f"{value} does not fit 64 signed bits", self._where)
        return value

    def flag(self) -> bool:
        """1 byte, 0 or 1."""
        value = self.take(1)[0]
        if value > 1:
            raise Malformed(Reason.UNKNOWN_VALUE, f"expected 0 or 1, got {value}", self._where)
        return value == 1

    def key(self) -> str:
        """32 bytes as base58 text."""
        return base58.key_text(self.take(32))

    def text(self) -> str:
        """u32 length and UTF-8; what is no UTF-8 is replaced, since names are whatever strangers typed."""
        size = int.from_bytes(self.take(4), "little")
        if size > _MAX_TEXT:
            raise Malformed(Reason.TOO_LARGE, f"a text of {size} bytes", self._where)
        return self.take(size).decode("utf-8", "replace")

    def time(self) -> int:
        """i64 unix seconds as nanoseconds."""
        return instant(int.from_bytes(self.take(8), "little", signed=True), self._where)


def instant(seconds: int, where: str) -> int:
    """Unix seconds of the block clock as nanoseconds, else Malformed."""
    try:
        return units.checked_instant(seconds * units.SECOND)
    except units.BadNumber as error:
        raise Malformed(error.reason, error.detail, where) from error
