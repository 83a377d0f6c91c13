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
_MIDDLE: Final = 2**31  # between the places of files read downwards and upwards: ordinals are never negative


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
    """Places of a wallet's rows within one instant, growing with time whichever way the file is sorted.

    Counted anew in each run of rows of one instant, so that the same rows of another poll get the same places. The
    first change of time tells how the file is sorted; until then the source's habit (`newest_first`) is assumed.
    """

    def __init__(self, *, newest_first: bool) -> None:
        self._down = newest_first
        self._decided = False
        self._instant: int | None = None
        self._rows: dict[str, int] = {}

    def new_answer(self) -> None:
        """What follows belongs to another answer, which may be sorted as before."""
        self._instant = None
        self._rows.clear()

    def place(self, instant: int | None, wallet: str) -> int:
        """The ordinal of the next row: of `wallet`, which happened at `instant`."""
        if instant != self._instant or len(self._rows) >= _MOST:
            if not self._decided and instant is not None and self._instant is not None:
                self._down = instant < self._instant
                self._decided = True
            self._instant = instant
            self._rows.clear()
        row = self._rows.get(wallet, 0)
        self._rows[wallet] = row + 1
        return _MIDDLE - row if self._down else _MIDDLE + row
