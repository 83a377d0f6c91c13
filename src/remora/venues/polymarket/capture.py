"""A recorded market-channel capture in columns, made by a recorder that took index 0 of a book as its best price.

The venue writes the worst level first, so its best_bid and best_ask are the worst prices (0.001 / 0.999): they are
kept as observations and never become prices. Only the price of a last trade, where the recorder did not turn it into
the other outcome's ("Normalized"), is a price.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from remora.model import ids, units
from remora.model.errors import Reason
from remora.model.facts import PriceTick
from remora.ports import Decoded, Record
from remora.venues.polymarket import wire
from remora.venues.polymarket.fills import VENUE
from remora.venues.polymarket.multiplicity import Occurrences
from remora.venues.polymarket.observed import Seen, observation

SOURCE: Final = "polymarket.market_capture"
_REASONS: Final = {
    "book": "the recorder took the first level as the best; the venue writes the worst first: not a price",
    "price_change": "one level of a book has changed: neither a trade nor a book",
    "last_trade_price": "the recorder turned this price into the other outcome's: not this token's price",
}
_TURNED: Final = "(Normalized)"


class CaptureDecoder:
    """Rows of the capture: a tick for each last trade in its own token's terms, an observation for all else."""

    def __init__(self) -> None:
        self._occurrences = Occurrences()

    def decode(self, record: Record) -> Decoded:
        """The fact of one row."""
        out = Decoded()
        wire.collect(self._facts(record), out)
        return out

    def _facts(self, record: Record) -> Iterator[wire.Item]:
        row = wire.row(record.value)
        event = wire.text(row, "event_type")
        if event not in _REASONS:
            raise wire.Refused(Reason.UNKNOWN_VALUE, f"no message of the market channel: {wire.shown(event)}", "event_type")
        asset, happened_at = wire.token(row, "asset_id"), wire.when(row, "timestamp")
        if event == "last_trade_price" and _TURNED not in wire.text(row, "answer"):
            yield self._tick(row, asset, happened_at, record)
            return
        market = f"gamma:{wire.name_text(row, 'market_id')}"
        seen = Seen(_REASONS[event], happened_at, None, asset, market)
        yield observation(row, f"capture_{event}", seen, record, self._occurrences)

    def _tick(self, row: wire.Row, asset: str, happened_at: int, record: Record) -> PriceTick:
        price = wire.number(row, units.USDC_DECIMALS, "price", half_even=True)
        if not 0 < price < units.MICRO_PER_USDC:
            raise wire.Refused(Reason.OUT_OF_RANGE, f"{wire.shown(row['price'])} is no price of a share", "price")
        parts = (asset, happened_at, price)
        return PriceTick(
            id=ids.by_content(VENUE, "last_trade", parts, self._occurrences.of(happened_at, parts)),
            source=SOURCE,
            happened_at=happened_at,
            seen_at=record.seen_at,
            asset=asset,
            quote=units.USDC,
            quote_atoms=price,
            asset_atoms=10**wire.SHARE_DECIMALS,
        )
