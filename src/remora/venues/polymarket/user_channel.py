"""Our own orders and trades: messages of the user channel and pages of the CLOB's trades.

A match is not final until it is on chain, so a trade is booked only when MINED or CONFIRMED and with its transaction;
earlier states are observations. When our side is MAKER our fill is inside `maker_orders`, never at the top level.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from remora.model.errors import Reason
from remora.model.facts import Observation
from remora.ports import Decoded, Record
from remora.venues.polymarket import fills, money, wire
from remora.venues.polymarket.fills import Fill, Placing
from remora.venues.polymarket.observed import Seen, observation

SOURCE: Final = "polymarket.user_channel"
_FINAL: Final = ("MINED", "CONFIRMED")
_ROLES: Final = ("TAKER", "MAKER")


class UserChannelDecoder:
    """`order` and `trade` messages, and {"data": [...]} pages of trades."""

    def __init__(self) -> None:
        self._placing = Placing(SOURCE, newest_first=False)

    def decode(self, record: Record) -> Decoded:
        """All facts of one message or page."""
        out = Decoded()
        if not isinstance(record.value, dict) or "data" in record.value:
            self._placing.new_answer()
        for where, value in wire.each(record.value, "data"):
            wire.collect(self._facts(value, record), out, where)
        return out

    def _facts(self, value: object, record: Record) -> Iterator[wire.Item]:
        row = wire.row(value)
        if wire.find(row, "taker_order_id") is None:
            yield _order(row, record)
            return
        status = wire.text_or(row, "", "status").upper()
        if status not in _FINAL:
            yield self._unfinished(row, record, f"a match in state {wire.shown(status)} is not final until it is on chain")
        elif wire.find(row, "transaction_hash") is None:
            yield self._unfinished(row, record, "the message names no transaction: it would count twice beside the chain's")
        elif wire.choice(row, _ROLES.__contains__, "trader_side") == "TAKER":
            yield self._fill(row, row, "size", "taker", record)
        else:
            yield from self._maker_fills(row, record)

    def _maker_fills(self, row: wire.Row, record: Record) -> Iterator[wire.Item]:
        owner = wire.text(row, "owner")
        ours = [order for order in map(wire.row, wire.listed(row, "maker_orders")) if order.get("owner") == owner]
        if not ours:
            raise wire.Refused(Reason.CONTRADICTION, "our side is MAKER, but none of the maker orders is ours", "maker_orders")
        for order in ours:
            yield self._fill(row, order, "matched_amount", "maker", record)

    def _fill(self, trade: wire.Row, order: wire.Row, size_name: str, role: str, record: Record) -> wire.Item:
        """Our part of a match: `order` holds wallet, token, side, size and price, `trade` the rest."""
        side, size, price = fills.side_of(order), fills.size_of(order, size_name), fills.price_of(order)
        paid = money.of_fill(size, price, None, side)
        free = role == "maker" or wire.text_or(trade, "", "fee_rate_bps") == "0"
        fill = Fill(
            wallet=wire.wallet(order, "maker_address"),
            asset=wire.token(order, "asset_id"),
            side=side,
            quantity_atoms=size,
            price=price,
            money=paid._replace(flags=()) if free else paid,
            happened_at=wire.when(trade, "match_time", "timestamp"),
            tx=wire.tx_hash(trade, "transaction_hash"),
            market=wire.condition(trade, "market"),
            flags=(role,),
        )
        return fills.trade(fill, record, self._placing)

    def _unfinished(self, row: wire.Row, record: Record, reason: str) -> Observation:
        seen = Seen(
            reason,
            wire.when(row, "timestamp", "match_time"),
            wire.wallet(row, "maker_address"),
            wire.token(row, "asset_id"),
            wire.condition(row, "market"),
        )
        return observation(row, "own_trade", seen, record)


def _order(row: wire.Row, record: Record) -> Observation:
    """An order's state: nothing has been traded by it alone. `size_matched` may be an empty text, status a sentence."""
    wire.text(row, "id")
    seen = Seen(
        "the state of an order, not a trade",
        wire.when(row, "timestamp", "created_at"),
        wire.wallet(row, "maker_address"),
        wire.token(row, "asset_id"),
        wire.condition(row, "market"),
    )
    return observation(row, "own_order", seen, record)
