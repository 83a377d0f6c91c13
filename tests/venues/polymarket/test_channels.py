"""Live messages: the market channel, our own orders and trades, and the real-time stream."""

from __future__ import annotations

from typing import Any

import pytest

from remora.model.errors import Reason
from remora.model.facts import BookSnapshot, Market, Observation, PriceTick, Resolution, Trade
from remora.ports import Decoded, Decoder, Record
from remora.venues.polymarket.activity import ActivityDecoder
from remora.venues.polymarket.market_channel import MarketChannelDecoder
from remora.venues.polymarket.rtds import RtdsDecoder
from remora.venues.polymarket.user_channel import UserChannelDecoder

MARKET = "0x" + "2e" * 32
TX = "0x" + "1f" * 32
ME = "0x" + "aa" * 20
THEM = "0x" + "bb" * 20
AT = "1766789469958"


def decode(decoder: Decoder, value: object) -> Decoded:
    return decoder.decode(Record(value=value))


def market(value: object) -> Decoded:
    return decode(MarketChannelDecoder(), value)


def test_a_book_is_stored_best_first_whatever_its_order() -> None:
    levels = [{"price": price, "size": "1"} for price in ("0.01", "0.48", "0.02")]
    asks = [{"price": price, "size": "2.5"} for price in ("0.99", "0.49", "0.5")]
    (book,) = market(
        {"event_type": "book", "market": MARKET, "asset_id": "7", "bids": levels, "asks": asks, "timestamp": AT}
    ).facts
    assert isinstance(book, BookSnapshot)
    assert book.bid_prices_micro_usdc == (480_000, 20_000, 10_000)
    assert book.ask_prices_micro_usdc == (490_000, 500_000, 990_000)
    assert book.ask_sizes_atoms == (2_500_000,) * 3
    assert book.happened_at == 1_766_789_469_958 * 10**6


@pytest.mark.parametrize(
    ("bid", "ask", "reason"),
    [
        ("0.5", "0.5", Reason.CONTRADICTION),
        ("0.6", "0.5", Reason.CONTRADICTION),
        ("0", "0.5", Reason.OUT_OF_RANGE),
        ("0.1", "1", Reason.OUT_OF_RANGE),
    ],
)
def test_a_book_that_cannot_be_is_refused(bid: str, ask: str, reason: Reason) -> None:
    row = {"market": MARKET, "asset_id": "7", "timestamp": AT}
    (refused,) = market(row | {"bids": [{"price": bid, "size": "1"}], "asks": [{"price": ask, "size": "1"}]}).undecodable
    assert refused.reason == reason


def test_a_last_trade_is_a_price_and_no_trade() -> None:
    row = {
        "event_type": "last_trade_price",
        "market": MARKET,
        "asset_id": "7",
        "price": "0.51",
        "side": "BUY",
        "size": "25",
        "timestamp": AT,
    }
    (tick,) = market(row).facts
    assert isinstance(tick, PriceTick)
    assert (tick.asset, tick.market, tick.quote, tick.quote_atoms, tick.asset_atoms) == ("7", MARKET, "USDC", 510_000, 10**6)


def test_level_changes_are_neither_trades_nor_books() -> None:
    changes = [{"asset_id": "7", "price": "0.5", "size": "200", "side": "BUY", "best_bid": "0.5", "best_ask": "1"}] * 2
    facts = market({"event_type": "price_change", "market": MARKET, "price_changes": changes, "timestamp": AT}).facts
    assert [type(fact) for fact in facts] == [Observation] * 2


def test_a_resolved_market_names_its_winner() -> None:
    row = {
        "event_type": "market_resolved",
        "market": MARKET,
        "assets_ids": ["7", "8"],
        "outcomes": ["Yes", "No"],
        "winning_asset_id": "8",
        "winning_outcome": "No",
        "timestamp": AT,
    }
    (fact,) = market(row).facts
    assert isinstance(fact, Resolution)
    assert (fact.payout_numerators, fact.evidence, fact.token_ids) == ((0, 1), "ws", ("7", "8"))
    for wrong in ({"winning_asset_id": "9"}, {"winning_outcome": "Yes"}):
        (refused,) = market(row | wrong).undecodable
        assert refused.reason == Reason.CONTRADICTION


def test_a_new_market() -> None:
    row = {
        "event_type": "new_market",
        "id": "1031769",
        "market": MARKET,
        "assets_ids": ["7", "8"],
        "outcomes": ["Up", "Down"],
        "question": "Up?",
        "slug": "up",
        "event_message": {"slug": "btc"},
        "tags": ["crypto"],
        "timestamp": AT,
    }
    (fact,) = market(row).facts
    assert isinstance(fact, Market)
    assert (fact.token_ids, fact.category, fact.event_slug) == (("7", "8"), "Crypto", "btc")


def test_a_list_of_messages_goes_on_after_a_bad_one() -> None:
    good = {"event_type": "tick_size_change", "market": MARKET, "asset_id": "7", "new_tick_size": "0.001", "timestamp": AT}
    result = market([good, {"event_type": "surprise"}, 7, good | {"asset_id": "8"}])
    assert (len(result.facts), len(result.undecodable)) == (2, 2)


def own(**fields: Any) -> dict[str, Any]:
    base = {
        "event_type": "trade",
        "id": "t1",
        "taker_order_id": "0x1",
        "market": MARKET,
        "asset_id": "7",
        "side": "BUY",
        "size": "25",
        "price": "0.5",
        "fee_rate_bps": "0",
        "status": "CONFIRMED",
        "match_time": "1766789469",
        "owner": "key",
        "maker_address": ME,
        "transaction_hash": TX,
        "trader_side": "TAKER",
        "maker_orders": [],
    }
    return base | fields


def test_our_fill_as_taker() -> None:
    (trade,) = decode(UserChannelDecoder(), own()).facts
    assert isinstance(trade, Trade)
    assert (trade.wallet, trade.quantity_atoms, trade.quote_atoms, trade.flags, trade.exact) == (
        ME,
        25 * 10**6,
        12_500_000,
        ("taker",),
        False,
    )


def test_our_fill_as_maker_is_inside_the_maker_orders() -> None:
    orders = [
        {"owner": "key", "maker_address": ME, "asset_id": "8", "side": "SELL", "matched_amount": "10", "price": "0.4"},
        {"owner": "stranger", "maker_address": THEM, "asset_id": "8", "side": "SELL", "matched_amount": "15", "price": "0.4"},
    ]
    (trade,) = decode(UserChannelDecoder(), own(trader_side="MAKER", maker_orders=orders, maker_address=THEM)).facts
    assert isinstance(trade, Trade)
    assert (trade.wallet, trade.asset, trade.side, trade.quantity_atoms, trade.flags) == (ME, "8", "sell", 10**7, ("maker",))
    (refused,) = decode(UserChannelDecoder(), own(trader_side="MAKER", maker_orders=orders[1:])).undecodable
    assert refused.reason == Reason.CONTRADICTION


@pytest.mark.parametrize(
    "fields", [{"status": "MATCHED"}, {"status": "RETRYING"}, {"status": "FAILED"}, {"transaction_hash": ""}]
)
def test_a_match_is_not_final_until_it_is_on_chain(fields: dict[str, Any]) -> None:
    assert [type(fact) for fact in decode(UserChannelDecoder(), own(**fields)).facts] == [Observation]


def test_an_order_is_not_a_trade_and_its_size_matched_may_be_empty() -> None:
    order = {
        "event_type": "order",
        "id": "0x1",
        "market": MARKET,
        "asset_id": "7",
        "side": "BUY",
        "maker_address": ME,
        "owner": "key",
        "size_matched": "",
        "status": "order canceled by the user",
        "type": "CANCELLATION",
        "timestamp": AT,
    }
    (seen,) = decode(UserChannelDecoder(), order).facts
    assert isinstance(seen, Observation)
    assert seen.kind == "own_order"


def test_a_trade_of_the_stream_is_the_data_apis_trade() -> None:
    row = {
        "proxyWallet": ME,
        "asset": "7",
        "conditionId": MARKET,
        "side": "BUY",
        "size": 3,
        "price": 0.25,
        "timestamp": 1_766_789_469,
        "transactionHash": TX,
    }
    decoder = RtdsDecoder()
    ids = [
        decode(decoder, {"topic": "activity", "type": kind, "payload": row}).facts[0].id
        for kind in ("trades", "orders_matched")
    ]
    polled = decode(ActivityDecoder("polymarket.trades"), [row]).facts[0].id
    assert ids == [polled, polled]


def test_reference_prices_lose_no_digit() -> None:
    row = {
        "topic": "crypto_prices",
        "type": "update",
        "payload": {"symbol": "btcusdt", "value": 61164.12345678, "timestamp": 1_780_726_209_000},
    }
    (tick,) = decode(RtdsDecoder(), row).facts
    assert isinstance(tick, PriceTick)
    assert (tick.asset, tick.quote, tick.quote_atoms, tick.asset_atoms) == ("symbol:btcusdt", "USDT", 6_116_412_345_678, 100)
