"""The kinds of Polymarket recordings that bear facts, and (from `others`) those that are named and left alone."""

from __future__ import annotations

from typing import Final

from remora.ports import Context, Decoder
from remora.venues.polymarket import observed
from remora.venues.polymarket.activity import ActivityDecoder
from remora.venues.polymarket.books import RecordedBooksDecoder
from remora.venues.polymarket.capture import CaptureDecoder
from remora.venues.polymarket.exports import BotFillsDecoder, HistoryDecoder, OrdersDecoder, RawFillsDecoder
from remora.venues.polymarket.gamma import ClobMarketDecoder, GammaDecoder, TokenMappingsDecoder
from remora.venues.polymarket.market_channel import EVENTS, MarketChannelDecoder
from remora.venues.polymarket.observed import ObservationDecoder
from remora.venues.polymarket.onchain import LogsDecoder
from remora.venues.polymarket.others import LEFT_ALONE
from remora.venues.polymarket.resolutions import ResolutionMapDecoder, ResultsTableDecoder
from remora.venues.polymarket.rtds import RtdsDecoder
from remora.venues.polymarket.shapes import Shape, StructureKind
from remora.venues.polymarket.user_channel import UserChannelDecoder


def _account(shape: Shape) -> bool:
    return shape.any("proxyWallet", "proxy_wallet") and shape.any("transactionHash", "transaction_hash")


def _activity(shape: Shape) -> bool:
    return _account(shape) and shape.has("type", "timestamp") and shape.lacks("bot_executed")


def _activity_log(shape: Shape) -> bool:
    return _account(shape) and shape.has("type", "timestamp", "bot_executed")


def _trades(shape: Shape) -> bool:
    return _account(shape) and shape.has("side", "size", "price") and shape.lacks("type")


def _positions(shape: Shape) -> bool:
    return shape.any("proxyWallet", "proxy_wallet") and shape.any("avgPrice", "avg_price")


def _logs(shape: Shape) -> bool:
    nested = (shape.inside("logs"), shape.inside("result"), shape.inside("params").inside("result"))
    return any(one.has("topics", "transactionHash") for one in (shape, *nested))


def _market_channel(shape: Shape) -> bool:
    if shape.has("event_type"):
        return shape.row["event_type"] in EVENTS if isinstance(shape.row["event_type"], str) else False
    if not shape.has("market") or shape.any("maker_address", "id", "book", "wallet"):
        return False
    return (
        shape.has("asset_id", "bids", "asks")
        or shape.has("asset_id", "new_tick_size")
        or shape.has("price_changes")
        or shape.has("asset_id", "price", "size", "side", "timestamp")
    )


def _user_channel(shape: Shape) -> bool:
    ours = shape.has("market", "asset_id", "maker_address", "owner", "side")
    return ours and (shape.has("taker_order_id") or shape.has("type", "order_type"))


def _rtds(shape: Shape) -> bool:
    return shape.has("topic", "type", "payload")


def _gamma(shape: Shape) -> bool:
    if shape.has("condition_id", "raw"):
        return shape.inside("raw").has("conditionId", "outcomes")
    nested = (shape.inside("markets"), shape.inside("events").inside("markets"))
    return any(one.has("conditionId", "outcomes") for one in (shape, *nested))


def _resolution_map(shape: Shape) -> bool:
    nested = shape.inside("resolutions")
    return any(
        one.has("condition_id") and one.any("resolved_outcome", "payouts", "payout_numerators") for one in (shape, nested)
    )


def _activity_decoder(context: Context) -> Decoder:
    return ActivityDecoder("polymarket.activity")


def _activity_log_decoder(context: Context) -> Decoder:
    return ActivityDecoder("polymarket.activity_log", one_row_answers=True)


def _trades_decoder(context: Context) -> Decoder:
    return ActivityDecoder("polymarket.trades")


BEARING: Final = (
    StructureKind("polymarket.activity", _activity_decoder, fields=_activity),
    StructureKind("polymarket.activity_log", _activity_log_decoder, fields=_activity_log),
    StructureKind("polymarket.trades", _trades_decoder, fields=_trades),
    StructureKind(
        "polymarket.positions", lambda context: ObservationDecoder("position", observed.position, ("data",)), fields=_positions
    ),
    StructureKind("polymarket.chain_logs", lambda context: LogsDecoder(context.infrastructure), fields=_logs),
    StructureKind("polymarket.market_channel", lambda context: MarketChannelDecoder(), fields=_market_channel),
    StructureKind("polymarket.user_channel", lambda context: UserChannelDecoder(), fields=_user_channel),
    StructureKind("polymarket.rtds", lambda context: RtdsDecoder(), fields=_rtds),
    StructureKind("polymarket.gamma", lambda context: GammaDecoder(), fields=_gamma),
    StructureKind(
        "polymarket.clob_markets", lambda context: ClobMarketDecoder(), fields=lambda shape: shape.has("condition_id", "tokens")
    ),
    StructureKind("polymarket.resolutions", lambda context: ResolutionMapDecoder(), fields=_resolution_map),
    StructureKind(
        "polymarket.token_mappings",
        lambda context: TokenMappingsDecoder(),
        fields=lambda shape: shape.has("token_id", "condition_id", "outcome_index"),
    ),
    StructureKind(
        "polymarket.books", lambda context: RecordedBooksDecoder(), fields=lambda shape: shape.has("collector_ts", "book")
    ),
    StructureKind(
        "polymarket.raw_fills", lambda context: RawFillsDecoder(), fields=lambda shape: shape.has("canonical_wallet", "trades")
    ),
    StructureKind(
        "polymarket.orders",
        lambda context: OrdersDecoder(),
        fields=lambda shape: shape.has("user", "token_id", "order_hash", "shares", "tx_hash"),
    ),
    StructureKind(
        "polymarket.stream_trades",
        lambda context: ObservationDecoder("stream_trade", observed.stream_trade),
        fields=lambda shape: shape.has("wallet", "market", "size", "price", "value", "tx_hash"),
    ),
    StructureKind(
        "polymarket.whale_trades",
        lambda context: ObservationDecoder("whale_trade", observed.whale_trade),
        fields=lambda shape: shape.has("tx", "wallet", "usd", "price", "firstPublishedAt"),
    ),
    StructureKind(
        "polymarket.whale_signals",
        lambda context: ObservationDecoder("whale_signal", observed.whale_signal),
        columns=("wallet", "whale_score", "condition_id", "side", "transaction_hash"),
    ),
    StructureKind(
        "polymarket.wallet_history",
        HistoryDecoder,
        columns=("marketName", "action", "usdcAmount", "tokenAmount", "tokenName", "timestamp", "hash"),
    ),
    StructureKind(
        "polymarket.bot_fills",
        BotFillsDecoder,
        columns=("timestampUnix", "slug", "size", "usdcSize", "price", "side", "outcome", "txHash"),
    ),
    StructureKind(
        "polymarket.results_table",
        lambda context: ResultsTableDecoder(),
        columns=("slug", "winner", "outcomes", "outcomePrices", "closed"),
    ),
    StructureKind(
        "polymarket.market_capture",
        lambda context: CaptureDecoder(),
        columns=("event_type", "asset_id", "best_bid", "best_ask", "bid_depth", "answer"),
    ),
)

KINDS: Final = (*BEARING, *LEFT_ALONE)
"""All kinds of this venue; a recording matches at most one of them."""
