"""Asking Gamma what markets are and how they ended, by condition id (`gamma` reads what it answers).

Open and closed markets are asked for apart, because a question that does not say `closed=true` answers nothing for
resolved markets. Ids are asked in chunks: at most 100, and no more than an address line carries.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from remora.ports import Record
from remora.venues.http import Answer, Http, SourceFailed, origin, parsed
from remora.venues.polymarket.api import records_of

MOST_IDS: Final = 100
LONGEST_QUERY: Final = 4_000
_TOO_LONG: Final = frozenset((413, 414, 431))
_ROWS: Any = list[msgspec.Raw] | None


class Described(NamedTuple):
    """Markets that one chunk of ids brought, and the ids that neither question answered."""

    records: list[Record]
    missing: list[str]
    origin: str


class Catalogue:
    """Metadata and resolutions of markets."""

    def __init__(self, http: Http, base: str) -> None:
        self._http = http
        self._base = base

    async def markets(self, conditions: Sequence[str]) -> AsyncIterator[Described]:
        """All the markets of these condition ids, a chunk at a time. Raises SourceFailed."""
        for chunk in chunks(conditions):
            yield await self._chunk(chunk)

    async def _chunk(self, conditions: Sequence[str]) -> Described:
        records: list[Record] = []
        missing = list(conditions)
        for closed in ("false", "true"):
            if missing:
                records += await self._ask(missing, closed)
                answered = {_condition(record) for record in records}
                missing = [condition for condition in missing if condition not in answered]
        return Described(records, missing, f"/markets of {len(conditions)} conditions")

    async def _ask(self, conditions: Sequence[str], closed: str) -> list[Record]:
        params = [("condition_ids", condition) for condition in conditions]
        params += [("closed", closed), ("limit", str(MOST_IDS)), ("include_tag", "true")]
        where = origin("/markets", [("closed", closed)])

        def read(answer: Answer) -> list[Record] | None:
            if answer.status in _TOO_LONG:
                return None
            if answer.status >= 400:
                raise SourceFailed(f"/markets is refused: {answer.status}", status=answer.status)
            return records_of(parsed(answer, _ROWS) or [], answer, where, 0)

        page = await self._http.get(self._base, "/markets", params, read)
        if page is not None:
            return page
        if len(conditions) == 1:
            raise SourceFailed("/markets finds even one id too long")
        middle = len(conditions) // 2
        return [*await self._ask(conditions[:middle], closed), *await self._ask(conditions[middle:], closed)]


def chunks(conditions: Sequence[str]) -> Iterator[list[str]]:
    """Ids in pieces that one question can hold."""
    chunk: list[str] = []
    length = 0
    for condition in conditions:
        cost = len(condition) + len("condition_ids=&")
        if chunk and (len(chunk) == MOST_IDS or length + cost > LONGEST_QUERY):
            yield chunk
            chunk, length = [], 0
        chunk.append(condition)
        length += cost
    if chunk:
        yield chunk


def _condition(record: Record) -> str:
    told = record.value.get("conditionId") if isinstance(record.value, dict) else None
    return told.lower() if isinstance(told, str) else ""
