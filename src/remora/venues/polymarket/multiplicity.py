"""Which occurrence of equal rows a row is: two equal fills of one answer are two, the same row polled again is one.

The Data API gives trades no id. An answer is sorted by time and equal rows carry the same time, so in one answer all
rows of one instant stand together. Equal rows are therefore counted within one run of rows of the same instant: two
equal fills are occurrences 0 and 1; when the same block comes again (another page, another poll, several polls in one
file), its first row begins a new run and is occurrence 0 again: the same fact. Only a poll repeated at once that
holds nothing but rows of one instant cannot be told from equal fills by its rows; there the reader must say where an
answer ends (`new_answer`), as the decoders do for every list or envelope, and for logs that keep one row a poll.
"""

from __future__ import annotations

from typing import Final

_MOST: Final = 65_536
_MIDDLE: Final = 2**40  # between the places of files read downwards and upwards: ordinals are never negative


class Occurrences:
    """Counts equal contents within one run of rows of the same instant. Holds at most _MOST contents."""

    def __init__(self) -> None:
        self._instant: int | None = None
        self._counts: dict[tuple[object, ...], int] = {}

    def new_answer(self) -> None:
        """What follows belongs to another answer."""
        self._instant = None
        self._counts.clear()

    def of(self, instant: int | None, content: tuple[object, ...]) -> int:
        """Which occurrence (from 0) of this content this is."""
        if instant != self._instant or len(self._counts) >= _MOST:
            self._counts.clear()
            self._instant = instant
        seen = self._counts.get(content, 0)
        self._counts[content] = seen + 1
        return seen


class FileOrder:
    """Places of rows for ordering within a second: newest-first files count down, oldest-first files count up.

    The first change of time decides; until then the source's habit (`newest_first`) is assumed.
    """

    def __init__(self, *, newest_first: bool) -> None:
        self._down = newest_first
        self._decided = False
        self._last: int | None = None
        self._rows = 0

    def place(self, instant: int | None) -> int:
        """The ordinal of the next row, which happened at `instant`."""
        if not self._decided and instant is not None:
            if self._last is not None and instant != self._last:
                self._down = instant < self._last
                self._decided = True
            self._last = instant
        self._rows += 1
        return _MIDDLE - self._rows if self._down else _MIDDLE + self._rows
