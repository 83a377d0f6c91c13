"""The history of a Polymarket wallet or market as pages that are stored whole, each with the cursor to go on from.

A page holds whole seconds only, because rows have no ids: equal rows of one transaction are told apart by counting
them, and a transaction lies in one second. The cursor names what is left: everything up to `until` that lies in no
pending window is stored. The youngest minutes are stored too, but asked again next time: the source is late and shifts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from remora.model import units
from remora.ports import Page, Record
from remora.venues.polymarket.api import Feed, Reader, Rows, Window, second_of

ACTIVITY: Final = "polymarket.activity"
TRADES: Final = "polymarket.trades"
SETTLED_AFTER: Final = 300  # seconds until the source has surely indexed what happened


class Progress(msgspec.Struct, kw_only=True):
    """How far the fetch of one feed has come; kept as JSON in the ledger's cursor.

    until: second up to which all is stored, apart from `pending`. cut: seconds with more rows than the source gives
    out. windows, rows: asked and brought over all runs. oldest, newest: seconds of the rows brought. extra: rows that
    only /trades told.
    """

    until: int = 0
    pending: list[tuple[int, int, str]] = []
    cut: list[int] = []
    windows: int = 0
    rows: int = 0
    oldest: int | None = None
    newest: int | None = None
    extra: int = 0


async def pages(
    reader: Reader, feed: Feed, cursor: Mapping[str, Any], *, now: int, cross_check: bool = False
) -> AsyncIterator[Page]:
    """History of the feed up to `now` (seconds), from where `cursor` stands. The last page is `done`.

    cross_check: also read /trades (makers included) of every window of a wallet's activity, and hand over the trades
    that /activity did not tell. Raises SourceFailed; what was yielded before stays good.
    """
    state = _progress(cursor)
    left = _plan(state, now)
    while left:
        before = msgspec.to_builtins(state)
        window = left.pop(0)
        rows = await reader.rows(feed, window)
        left[:0] = rows.left
        surplus: list[Record] = []
        if cross_check and (covered := _covered(window, rows)):
            surplus = await _untold(reader, feed, covered, rows.records, state)
        _count(state, rows, surplus)
        state.pending = [(item.lo, min(item.hi, state.until), item.token) for item in left if item.lo <= state.until]
        if surplus:  # stored first, under the old cursor: a stop in between asks the window again
            yield Page(records=grouped(surplus), kind=TRADES, cursor=before, origin=surplus[0].file)
        if rows.records or not left:
            doubts = [] if left else _doubts(reader, feed, state)
            notes = [f"{state.extra} trades were told by /trades only"] if state.extra and not left else []
            yield Page(
                records=grouped(rows.records), kind=ACTIVITY if feed.name == "activity" else TRADES,
                cursor=msgspec.to_builtins(state), origin=rows.origin, doubts=doubts, notes=notes, done=not left,
            )  # fmt: skip


def _progress(cursor: Mapping[str, Any]) -> Progress:
    """The cursor of an earlier run. One that cannot be read starts anew: what is stored already is recognised."""
    try:
        return msgspec.convert(dict(cursor), Progress)
    except msgspec.ValidationError:
        return Progress()


def _plan(state: Progress, now: int) -> list[Window]:
    """What is still to ask, oldest first; from here on `state` holds the promise that goes with it."""
    left = [Window(*item) for item in state.pending]
    if state.until < now:
        left.append(Window(state.until + 1, now))
    state.until = max(state.until, now - SETTLED_AFTER, 0)
    return left


def _covered(window: Window, rows: Rows) -> Window | None:
    """The part of the window that these rows cover (activity is read from its old end)."""
    if not rows.left:
        return window
    return Window(window.lo, rows.left[0].lo - 1) if rows.records else None


async def _untold(reader: Reader, feed: Feed, window: Window, known: Sequence[Record], state: Progress) -> list[Record]:
    """Rows of /trades for every trade that it tells more often than /activity did."""
    trades: list[Record] = []
    left = [window]
    while left:
        rows = await reader.rows(Feed("trades", wallet=feed.wallet), left.pop(0))
        left[:0] = rows.left
        trades += rows.records
        state.cut = sorted({*state.cut, *rows.cut})
    told = Counter(_identity(record) for record in known if _is_trade(record))
    here = Counter(_identity(record) for record in trades)
    return [record for record in trades if here[_identity(record)] > told[_identity(record)]]


def _is_trade(record: Record) -> bool:
    return isinstance(record.value, dict) and record.value.get("type", "TRADE") == "TRADE"


def _identity(record: Record) -> tuple[object, ...]:
    """What names a trade in both feeds; sizes to four decimals, since the feeds may write different last digits."""
    row = record.value if isinstance(record.value, dict) else {}
    return (
        str(row.get("transactionHash", row.get("transaction_hash"))).lower(),
        str(row.get("asset", row.get("token_id"))),
        str(row.get("side")),
        _rounded(row.get("size")),
    )


def _rounded(size: object) -> int | str:
    try:
        return units.atoms(size, 4, half_even=True)
    except units.BadNumber:
        return str(size)


def grouped(records: Sequence[Record]) -> Sequence[Record]:
    """Rows of one second side by side, as equal ones are counted; answers that are in order either way stay as they are."""
    seconds = [second_of(record, 0) for record in records]
    if seconds == sorted(seconds) or seconds == sorted(seconds, reverse=True):
        return records
    return sorted(records, key=lambda record: second_of(record, 0))


def _count(state: Progress, rows: Rows, surplus: Sequence[Record]) -> None:
    state.windows += 1
    state.rows += len(rows.records)
    state.extra += len(surplus)
    state.cut = sorted({*state.cut, *rows.cut})
    seconds = [second for record in rows.records if (second := second_of(record, 0))]
    if seconds:
        state.oldest = min(seconds) if state.oldest is None else min(state.oldest, *seconds)
        state.newest = max(seconds) if state.newest is None else max(state.newest, *seconds)


def _doubts(reader: Reader, feed: Feed, state: Progress) -> list[str]:
    """Why the history may not be whole although all windows were asked."""
    words = []
    if not state.rows:
        words.append("the source answered no rows; that alone does not prove that there were none")
    if state.cut:
        words.append(f"{len(state.cut)} seconds hold more rows than the source gives out: they are incomplete")
    if feed.market and reader.name == "v2":
        words.append("the source serves a market's last three years and no trades under 0.01 shares")
    return words
