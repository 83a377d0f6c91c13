"""Order books: answers of the CLOB, snapshots of the market channel, recorded rows around them.

The venue writes the worst price first; facts hold the best first, whatever the order was.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

from remora.model import ids, units
from remora.model.errors import Reason
from remora.model.facts import BookSnapshot
from remora.ports import Decoded, Record
from remora.venues.polymarket import wire
from remora.venues.polymarket.fills import VENUE

SOURCE: Final = "polymarket.books"
_MOST_LEVELS: Final = 10_000


def book(row: wire.Row, record: Record, *, seen_at: int | None = None) -> BookSnapshot:
    """The snapshot of one book. Refuses prices outside (0, 1), repeated levels and a bid at or above the asks."""
    bids = _levels(wire.listed(row, "bids"), "bids")
    asks = _levels(wire.listed(row, "asks"), "asks")
    bids.reverse()
    if bids and asks and bids[0][0] >= asks[0][0]:
        raise wire.Refused(Reason.CONTRADICTION, "the best bid is not below the best ask: no book of one moment", "bids")
    asset, market = wire.token(row, "asset_id"), wire.condition(row, "market")
    happened_at = wire.when(row, "timestamp")
    return BookSnapshot(
        id=ids.by_content(VENUE, "book", (asset, happened_at, bids, asks), 0),
        source=SOURCE,
        happened_at=happened_at,
        seen_at=record.seen_at if seen_at is None else seen_at,
        asset=asset,
        market=market,
        bid_prices_micro_usdc=tuple(price for price, _ in bids),
        bid_sizes_atoms=tuple(size for _, size in bids),
        ask_prices_micro_usdc=tuple(price for price, _ in asks),
        ask_sizes_atoms=tuple(size for _, size in asks),
    )


def _levels(values: list[Any], where: str) -> list[tuple[int, int]]:
    """(price, size) in ascending price, empty levels left out."""
    if len(values) > _MOST_LEVELS:
        raise wire.Refused(Reason.TOO_LARGE, f"{len(values)} levels (at most {_MOST_LEVELS})", where)
    levels: list[tuple[int, int]] = []
    for value in values:
        level = wire.row(value)
        price = wire.number(level, units.USDC_DECIMALS, "price")
        if not 0 < price < units.MICRO_PER_USDC:
            raise wire.Refused(Reason.OUT_OF_RANGE, f"{wire.shown(level['price'])} is no price of a share", f"{where}.price")
        size = wire.number(level, wire.SHARE_DECIMALS, "size")
        if size:
            levels.append((price, size))
    levels.sort()
    if any(left[0] == right[0] for left, right in pairwise(levels)):
        raise wire.Refused(Reason.CONTRADICTION, "a price stands twice", where)
    return levels


class RecordedBooksDecoder:
    """Rows {"collector_ts", "book": {...}}: the recorder's clock says when the book could be known."""

    def decode(self, record: Record) -> Decoded:
        """The snapshot of one row."""
        out = Decoded()
        for where, value in wire.each(record.value):
            wire.collect(self._facts(value, record), out, where)
        return out

    def _facts(self, value: object, record: Record) -> Iterator[wire.Item]:
        row = wire.row(value)
        yield book(wire.row(wire.need(row, "book")), record, seen_at=wire.when(row, "collector_ts"))
