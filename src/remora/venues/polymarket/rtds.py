"""Messages of the real-time data stream: {"topic", "type", "timestamp", "payload"}.

`activity` carries trades with wallets (late and lossy: a hint beside the Data API, matched to it by content); the price
topics carry reference prices of other assets.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from remora.model import ids
from remora.model.errors import Ignored, Reason
from remora.model.facts import PriceTick
from remora.ports import Decoded, Record
from remora.venues.polymarket import wire
from remora.venues.polymarket.activity import trade
from remora.venues.polymarket.fills import VENUE, Placing
from remora.venues.polymarket.money import price_digits

SOURCE: Final = "polymarket.rtds"
_TRADES: Final = ("trades", "orders_matched")
_PRICES: Final = ("crypto_prices", "crypto_prices_chainlink", "equity_prices")


class RtdsDecoder:
    """Stream messages: trades of the activity topic, ticks of the price topics."""

    def __init__(self) -> None:
        # both types may tell the same match: each counts its own repeats, so that equal rows meet in one id
        self._placings = {kind: Placing(f"{SOURCE}.{kind}", newest_first=False) for kind in _TRADES}

    def decode(self, record: Record) -> Decoded:
        """All facts of one message."""
        out = Decoded()
        for where, value in wire.each(record.value):
            wire.collect(self._facts(value, record), out, where)
        return out

    def _facts(self, value: object, record: Record) -> Iterator[wire.Item]:
        row = wire.row(value)
        topic, kind = wire.text(row, "topic"), wire.text(row, "type")
        if topic == "activity" and kind in _TRADES:
            yield trade(wire.row(wire.need(row, "payload")), record, self._placings[kind])
        elif topic in _PRICES:
            yield from _prices(topic, wire.row(wire.need(row, "payload")), record)
        elif topic in ("activity", "comments", "clob_user", "clob_market"):
            yield Ignored(reason=Reason.NO_FACTS, detail=f"topic {topic}: nothing to book", where="topic")
        else:
            raise wire.Refused(Reason.UNKNOWN_VALUE, f"topic {wire.shown(topic)} is not known here", "topic")


def _prices(topic: str, payload: wire.Row, record: Record) -> Iterator[wire.Item]:
    symbol = wire.text(payload, "symbol").lower()
    points = [wire.row(item) for item in wire.listed(payload, "data")] or [payload]
    for point in points:
        yield _tick(topic, symbol, point, record)


def _tick(topic: str, symbol: str, point: wire.Row, record: Record) -> PriceTick:
    """One reference price, exact: `quote_atoms` of 10^-6 dollars for `asset_atoms` whole units.

    A price of more than 6 decimals is told for 10, 100 ... units, so that no digit is lost.
    """
    value = wire.decimal(point, "full_accuracy_value", "value")
    happened_at = wire.when(point, "timestamp")
    more = max(0, price_digits(value) - 6)
    quote_atoms = wire.as_number(value.scaleb(more), 6, "value")
    asset = f"symbol:{symbol}"
    parts = (topic, asset, happened_at, format(Decimal(value).normalize(), "f"))
    return PriceTick(
        id=ids.by_content(VENUE, "reference_price", parts, 0),
        source=SOURCE,
        happened_at=happened_at,
        seen_at=record.seen_at,
        asset=asset,
        quote="USDT" if symbol.endswith("usdt") else "USD",
        quote_atoms=quote_atoms,
        asset_atoms=10**more,
    )
