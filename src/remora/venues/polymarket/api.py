"""Polymarket's Data API, v1 (offsets) and v2 (cursors), behind one question: all rows of a feed between two seconds.

`Rows.left` are windows that were not covered and must be asked next; `Rows.cut` are seconds that hold more rows than the
interface gives out: those stay incomplete, and are said to be.

Limits of the sources that this file answers for:
    v1  offsets beyond 3,000 to 10,000 are refused (400) or silently empty, and pages are clamped: a window is believed
        only when it ends with an empty page before `safe_rows`; else it is halved. start=0 hides all but three years.
    v2  a market's feed ignores start and end and serves three years; trades under 0.01 shares are absent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from remora.model import units
from remora.ports import Record
from remora.venues.http import Answer, Http, Limit, Pairs, SourceFailed, TryAgain, origin, parsed, value_of

SAFE_ROWS: Final = 2_000  # below every cap seen so far, so that an end before it is an end
CERTAIN_ROWS: Final = 3_000  # the smallest cap seen: a second that ends beyond it may have been cut silently
HELD_ROWS: Final = 5_000  # v2: rows kept in memory before a part is handed on
GENESIS: Final = 1_590_969_600  # 2020-06-01: nothing was traded here before
_CLAMPED: Final = 20  # no page is clamped below this: a shorter first page needs no probe
_V1_PAGE: Final = {"activity": 500, "trades": 1_000, "positions": 500}
_V2_PAGE: Final = 1_000
LIMITS: Final = {  # half of what the source allows, so that other programs behind the same address live too
    "/activity": Limit(100, 10.0), "/trades": Limit(100, 10.0),
    "/v2/activity": Limit(100, 10.0), "/v2/trades": Limit(100, 10.0),
    "/positions": Limit(75, 10.0), "/v2/positions": Limit(75, 10.0), "/markets": Limit(150, 10.0),
}  # fmt: skip


class Feed(NamedTuple):
    """Whose rows: `wallet` or `market` is set; `name` is 'activity' (wallets only) or 'trades'."""

    name: str
    wallet: str = ""
    market: str = ""


class Window(NamedTuple):
    """Seconds lo to hi, both included. `token` goes on in the middle of a v2 walk that cannot be asked by time."""

    lo: int
    hi: int
    token: str = ""


class Rows(NamedTuple):
    """Rows of one window as records, windows left to ask, and seconds that stay cut. origin: the question, hostless."""

    records: list[Record]
    left: list[Window]
    cut: list[int]
    origin: str


class Reader(Protocol):
    """v1 or v2."""

    name: str

    async def rows(self, feed: Feed, window: Window) -> Rows:
        """Rows of the feed within the window, whole seconds only. Raises SourceFailed."""
        ...

    async def positions(self, wallet: str) -> list[Record]:
        """What the site says the wallet holds or held, for cross-checks only."""
        ...


class V1:
    """Data API v1: offset pages of a window."""

    name = "v1"

    def __init__(self, http: Http, base: str, *, safe_rows: int = SAFE_ROWS) -> None:
        self._http = http
        self._base = base
        self._safe_rows = safe_rows

    async def rows(self, feed: Feed, window: Window) -> Rows:
        """See `Reader`. One second is added on both sides, so that it does not matter whether bounds are inclusive."""
        lo, hi = window.lo, window.hi
        single = lo == hi
        records, whole, where = await self._between(feed, max(1, lo - 1), hi + 1, self._safe_rows)
        if not whole and not single:
            return Rows([], halves(window), [], where)
        if not whole:
            records, whole, where = await self._between(feed, lo, hi, None)
        inside = [record for record in records if lo <= second_of(record, lo) <= hi]
        return Rows(inside, [], [] if whole else [lo], where)

    async def positions(self, wallet: str) -> list[Record]:
        """All pages of /positions, sizes of any smallness."""
        params = [("user", wallet), ("sizeThreshold", "0")]
        records, _ = await self._pages("/positions", params, _V1_PAGE["positions"], None)
        return records

    async def _between(self, feed: Feed, start: int, end: int, most: int | None) -> tuple[list[Record], bool, str]:
        params = [("user", feed.wallet)] if feed.wallet else [("market", feed.market)]
        params += [("start", str(start)), ("end", str(end))]
        if feed.name == "activity":
            params += [("sortBy", "TIMESTAMP"), ("sortDirection", "ASC"), ("excludeDepositsWithdrawals", "false")]
        else:
            params += [("takerOnly", "false")]
        route = f"/{feed.name}"
        records, whole = await self._pages(route, params, _V1_PAGE[feed.name], most)
        if any(not start <= second_of(record, start) <= end for record in records):
            raise SourceFailed(
                f"{route} answers rows outside the asked time, so nothing can be said about completeness; use v2"
            )
        return records, whole, origin(route, params)

    async def _pages(self, route: str, params: Pairs, limit: int, most: int | None) -> tuple[list[Record], bool]:
        """Pages up to an empty one; whole is False when a cap came first: `most` rows, or what the source gives out."""
        records: list[Record] = []
        while most is None or len(records) < most:
            page = await self._page(route, params, limit, len(records))
            if page is None:  # the offset is refused
                return records, False
            if not page:
                return records, len(records) < CERTAIN_ROWS
            records += page
            if most is not None and len(records) == len(page) >= _CLAMPED:
                beyond = await self._page(route, params, 1, most)  # one question instead of all the pages up to there
                if beyond is None or beyond:
                    return records, False
        return records, False

    async def _page(self, route: str, params: Pairs, limit: int, offset: int) -> list[Record] | None:
        """One page; None when the offset is refused."""
        where = origin(route, params)

        def read(answer: Answer) -> list[Record] | None:
            if answer.status == 400 and offset:
                return None
            if answer.status >= 400:
                raise SourceFailed(
                    f"{where} is refused with {answer.status}: check the address, or use v2", status=answer.status
                )
            return records_of(parsed(answer, _ROWS) or [], answer, where, offset)

        return await self._http.get(self._base, route, [*params, ("limit", str(limit)), ("offset", str(offset))], read)


class V2:
    """Data API v2: cursor pages. A part that grows too long is cut between two seconds; the rest is left to ask."""

    name = "v2"

    def __init__(self, http: Http, base: str, *, held_rows: int = HELD_ROWS) -> None:
        self._http = http
        self._base = base
        self._held_rows = held_rows

    async def rows(self, feed: Feed, window: Window) -> Rows:
        """See `Reader`. Activity comes oldest first, trades newest first; any other order is refused."""
        route, params, rising = self._question(feed, window)
        where = origin(route, params)
        records: list[Record] = []
        tokens: list[tuple[int, str]] = []  # (rows before this page, its token)
        token: str | None = window.token
        while token is not None:
            tokens.append((len(records), token))
            answered = await self._page(route, params, token)
            if answered is None and len(tokens) == 1:  # the token of an earlier run grew old: walk again from the start
                tokens, token = [], ""
                continue
            page, following = _answered(answered, where)
            _in_order([*records[-1:], *page], rising, where)
            records += page
            if page and not rising and second_of(page[-1], window.lo) < window.lo:
                break
            if following is not None and self._enough(records, window):
                return self._part(feed, window, records, tokens, where)
            token = following
        return Rows(_inside(records, window), [], [], where)

    async def positions(self, wallet: str) -> list[Record]:
        """All pages of /v2/positions."""
        records: list[Record] = []
        token: str | None = ""
        while token is not None:
            answered = await self._page("/v2/positions", [("user", wallet), ("limit", str(_V2_PAGE))], token)
            page, token = _answered(answered, "/v2/positions")
            records += page
        return records

    def _question(self, feed: Feed, window: Window) -> tuple[str, list[tuple[str, str]], bool]:
        bounds = [("start", str(max(1, window.lo))), ("end", str(window.hi))]
        limit = ("limit", str(_V2_PAGE))
        if feed.name == "activity":
            more = [("sort_direction", "ASC"), ("exclude_deposits_withdrawals", "false")]
            return "/v2/activity", [("user", feed.wallet), *bounds, *more, limit], True
        who = [("user", feed.wallet), *bounds] if feed.wallet else [("condition", feed.market)]
        return "/v2/trades", [*who, ("taker_only", "false"), limit], False

    def _enough(self, records: Sequence[Record], window: Window) -> bool:
        inside = _inside(records, window)
        return len(inside) >= self._held_rows and second_of(inside[0], 0) != second_of(inside[-1], 0)

    def _part(self, feed: Feed, window: Window, records: list[Record], tokens: list[tuple[int, str]], where: str) -> Rows:
        """Hand on all but the last second, which may go on in the next page; the rest of the window is left."""
        edge = second_of(records[-1], window.lo)
        first = next(place for place, record in enumerate(records) if second_of(record, edge) == edge)
        if feed.name == "activity":
            rest = Window(edge, window.hi)
        elif feed.wallet:
            rest = Window(window.lo, edge)
        else:
            rest = Window(window.lo, edge, next(token for start, token in reversed(tokens) if start <= first))
        return Rows(_inside(records[:first], window), [rest], [], where)

    async def _page(self, route: str, params: Pairs, token: str) -> tuple[list[Record], str | None] | None:
        """One page and the token of the next (None: it was the last). None at all when the token is refused."""
        where = origin(route, params)

        def read(answer: Answer) -> tuple[list[Record], str | None] | None:
            if answer.status == 400 and token:
                return None
            if answer.status >= 400:
                raise SourceFailed(f"{where} is refused: {answer.status}; check the address", status=answer.status)
            envelope = parsed(answer, _Envelope)
            pagination = envelope.pagination
            if pagination.has_more and pagination.next_cursor in {None, "", token}:
                raise TryAgain("says that there is more, and not where")
            following = None if pagination.has_more is False else pagination.next_cursor or None
            return records_of(envelope.data or [], answer, where, 0), following

        return await self._http.get(self._base, route, [*params, *([("cursor", token)] if token else [])], read)


def _answered(page: tuple[list[Record], str | None] | None, where: str) -> tuple[list[Record], str | None]:
    if page is None:
        raise SourceFailed(f"{where} refuses its own page token")
    return page


class _Pagination(msgspec.Struct):
    has_more: bool | None = None
    next_cursor: str | None = None


class _Envelope(msgspec.Struct):
    data: list[msgspec.Raw] | None
    pagination: _Pagination


_ROWS: Any = list[msgspec.Raw] | None


def halves(window: Window) -> list[Window]:
    """The window in two, older first. Time before the venue existed is cut off instead of halved."""
    middle = (window.lo + window.hi) // 2
    if window.lo < GENESIS <= window.hi:
        middle = GENESIS - 1
    return [Window(window.lo, middle), Window(middle + 1, window.hi)]


def records_of(rows: Sequence[msgspec.Raw], answer: Answer, where: str, start: int) -> list[Record]:
    """The rows of an answer with their bytes."""
    return [
        Record(value=value_of(raw), number=start + place, raw=bytes(raw), seen_at=answer.fetched_at, file=where)
        for place, raw in enumerate(rows)
    ]


def second_of(record: Record, missing: int) -> int:
    """When a row says it happened, in seconds; `missing` for rows whose time cannot be read (the decoder refuses them)."""
    row = record.value
    told = row.get("timestamp", row.get("block_timestamp")) if isinstance(row, dict) else None
    try:
        if isinstance(told, str) and not told.isdecimal():
            return units.instant_of_text(told) // units.SECOND
        return units.instant(told, unit="s") // units.SECOND
    except units.BadNumber:
        return missing


def _inside(records: Sequence[Record], window: Window) -> list[Record]:
    return [record for record in records if window.lo <= second_of(record, window.lo) <= window.hi]


def _in_order(records: Sequence[Record], rising: bool, where: str) -> None:
    seconds = [second for record in records if (second := second_of(record, 0))]
    if seconds != sorted(seconds, reverse=not rising):
        raise SourceFailed(f"{where} answers rows out of order, so that parts of it cannot be told from the whole")
