"""Messages of the market channel: books, level changes, last trades, ticks, new and resolved markets. No wallets.

A message is one object or a list of them; `event_type` names it, and where a recording dropped the name its fields do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from remora.model import ids, units
from remora.model.errors import Reason
from remora.model.facts import Market, PriceTick, Resolution
from remora.ports import Decoded, Record
from remora.venues.polymarket import wire
from remora.venues.polymarket.books import book
from remora.venues.polymarket.categories import tags_of
from remora.venues.polymarket.fills import VENUE
from remora.venues.polymarket.gamma import sealed
from remora.venues.polymarket.multiplicity import Occurrences
from remora.venues.polymarket.observed import Seen, observation
from remora.venues.polymarket.resolutions import resolution

SOURCE: Final = "polymarket.market_channel"
_SHARE: Final = 10**wire.SHARE_DECIMALS


class MarketChannelDecoder:
    """Market-channel messages and bare book answers of the CLOB."""

    def __init__(self) -> None:
        self._occurrences = Occurrences()

    def decode(self, record: Record) -> Decoded:
        """All facts of one message, or of a list of messages."""
        out = Decoded()
        for where, value in wire.each(record.value):
            wire.collect(self._facts(value, record), out, where)
        return out

    def _facts(self, value: object, record: Record) -> Iterator[wire.Item]:
        row = wire.row(value)
        event = event_of(row)
        if event == "last_trade_price":
            yield self._last_trade(row, record)
        elif event == "price_change":
            yield from self._price_changes(row, record)
        else:
            yield _SINGLE[event](row, record)

    def _last_trade(self, row: wire.Row, record: Record) -> PriceTick:
        """The price of a trade of unknown wallets: a mark, not a trade."""
        asset, market, price = wire.token(row, "asset_id"), wire.condition(row, "market"), share_price(row, "price")
        happened_at = wire.when(row, "timestamp")
        size = wire.text_or(row, "", "size") if isinstance(row.get("size"), str) else wire.shown(row.get("size"))
        parts = (asset, market, price, happened_at, size, wire.shown(row.get("side")), wire.shown(row.get("transaction_hash")))
        return PriceTick(
            id=ids.by_content(VENUE, "last_trade", parts, self._occurrences.of(happened_at, parts)),
            source=SOURCE,
            happened_at=happened_at,
            seen_at=record.seen_at,
            asset=asset,
            quote=units.USDC,
            quote_atoms=price,
            asset_atoms=_SHARE,
            market=market,
        )

    def _price_changes(self, row: wire.Row, record: Record) -> Iterator[wire.Item]:
        changes = wire.listed(row, "price_changes", "changes")
        happened_at, market = wire.when(row, "timestamp"), wire.condition(row, "market")
        for value in changes:
            change = {**wire.row(value), "timestamp": row["timestamp"]}
            asset = wire.token(change if "asset_id" in change else row, "asset_id")
            share_price(change, "price")
            seen = Seen("one level of a book has changed: neither a trade nor a book", happened_at, None, asset, market)
            yield observation(change, "price_change", seen, record, self._occurrences)


def event_of(row: wire.Row) -> str:
    """The message's event type: as named, else by its fields. Refuses what is no message of this channel."""
    named = wire.text_or(row, "", "event_type")
    if named in EVENTS:
        return named
    if not named:
        for event, fields in _BY_FIELDS:
            if fields <= row.keys():
                return event
    raise wire.Refused(Reason.UNKNOWN_VALUE, f"no message of the market channel: {wire.shown(named)}", "event_type")


def share_price(row: wire.Row, name: str) -> int:
    """A price of a share in micro-dollars, strictly between 0 and 1 dollar."""
    price = wire.number(row, units.USDC_DECIMALS, name)
    if not 0 < price < units.MICRO_PER_USDC:
        raise wire.Refused(Reason.OUT_OF_RANGE, f"{wire.shown(row[name])} is no price of a share", name)
    return price


def _book(row: wire.Row, record: Record) -> wire.Item:
    return book(row, record)


def _best(row: wire.Row, record: Record) -> wire.Item:
    asset, market = wire.token(row, "asset_id"), wire.condition(row, "market")
    seen = Seen("best prices without sizes: no book", wire.when(row, "timestamp"), None, asset, market)
    return observation(row, "best_bid_ask", seen, record)


def _tick_size(row: wire.Row, record: Record) -> wire.Item:
    share_price(row, "new_tick_size")
    asset, market = wire.token(row, "asset_id"), wire.condition(row, "market")
    seen = Seen("the tick of a market has changed", wire.when(row, "timestamp"), None, asset, market)
    return observation(row, "tick_size_change", seen, record)


def _tokens(row: wire.Row) -> tuple[str, ...]:
    return tuple(wire.as_token(item, "assets_ids") for item in wire.listed(row, "assets_ids", "asset_ids"))


def _resolved(row: wire.Row, record: Record) -> Resolution:
    tokens, winner = _tokens(row), wire.token(row, "winning_asset_id")
    outcomes = tuple(wire.as_text(item, "outcomes") for item in wire.listed(row, "outcomes"))
    if len(tokens) < 2 or tokens.count(winner) != 1:
        raise wire.Refused(Reason.CONTRADICTION, "the winning token is not one of the market's", "winning_asset_id")
    named = wire.text_or(row, "", "winning_outcome")
    if outcomes and (len(outcomes) != len(tokens) or (named and outcomes[tokens.index(winner)] != named)):
        raise wire.Refused(Reason.CONTRADICTION, "the winning outcome is not the winning token's", "winning_outcome")
    return resolution(
        wire.condition(row, "market"),
        tuple(int(token == winner) for token in tokens),
        record,
        evidence="ws",
        happened_at=wire.when(row, "timestamp"),
        outcomes=outcomes,
        token_ids=tokens,
    )


def _new_market(row: wire.Row, record: Record) -> Market:
    tokens = _tokens(row)
    outcomes = tuple(wire.as_text(item, "outcomes") for item in wire.listed(row, "outcomes"))
    if len(outcomes) < 2 or len(tokens) != len(outcomes):
        raise wire.Refused(Reason.CONTRADICTION, f"{len(tokens)} tokens for {len(outcomes)} outcomes", "assets_ids")
    above = row.get("event_message")
    tags, category = tags_of(wire.listed(row, "tags"))
    return sealed(
        Market(
            id="",
            source=SOURCE,
            happened_at=wire.when(row, "timestamp"),
            seen_at=record.seen_at,
            market=wire.condition(row, "market", "condition_id"),
            slug=wire.text_or(row, "", "slug"),
            question=wire.text_or(row, "", "question"),
            outcomes=outcomes,
            token_ids=tokens,
            venue_market_id=None if wire.find(row, "id") is None else wire.name_text(row, "id"),
            event_slug=wire.text_or(above, "", "slug") or None if isinstance(above, dict) else None,
            category=category,
            tags=tags,
        )
    )


_SINGLE: Final[dict[str, Callable[[wire.Row, Record], wire.Item]]] = {
    "book": _book,
    "best_bid_ask": _best,
    "tick_size_change": _tick_size,
    "market_resolved": _resolved,
    "new_market": _new_market,
}
EVENTS: Final = frozenset((*_SINGLE, "last_trade_price", "price_change"))
_BY_FIELDS: Final = (
    ("book", {"asset_id", "bids", "asks"}),
    ("tick_size_change", {"asset_id", "new_tick_size"}),
    ("price_change", {"market", "price_changes"}),
    ("market_resolved", {"market", "winning_asset_id"}),
    ("best_bid_ask", {"asset_id", "best_bid", "best_ask", "spread"}),
    ("last_trade_price", {"asset_id", "price", "size", "side", "timestamp"}),
)
