"""The figures that come with the recordings, from raw records through our decoders."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from remora.model.facts import BookSnapshot, Deposit, Market, Observation, PriceTick, Redeem, Resolution, Reward, Trade
from remora.model.units import DAY, rfc3339
from remora.ports import Context
from shared_data import shared
from venues.polymarket.recorded import counts, values, whole


def facts(path: str, kind: type, context: Context | None = None) -> list:
    return [fact for fact in whole(shared(f"polymarket/{path}"), context).facts if isinstance(fact, kind)]


def distinct(found: list) -> list:
    return list({fact.id: fact for fact in found}.values())


def test_one_account_page_holds_trades_rewards_redeems_and_rebates() -> None:
    result = whole(shared("polymarket/smartmoney_signals/api_fixtures/activity_all.json"))
    assert counts(result) == {"trade": 42, "redeem": 2, "reward": 6}
    kinds = Counter(fact.kind for fact in result.facts if isinstance(fact, Reward))
    assert kinds == {"reward": 4, "maker_rebate": 1, "taker_rebate": 1}
    assert not result.undecodable


def test_the_fee_hidden_in_seven_taker_buys_is_five_per_cent_of_p_times_one_minus_p() -> None:
    path = shared("polymarket/smartmoney_signals/api_fixtures/activity_all.json")
    rows = {row["transactionHash"]: row for row in values(path)[3] if row["type"] == "TRADE"}
    charged = [fact for fact in whole(path).facts if isinstance(fact, Trade) and fact.venue_fee_quote_atoms]
    assert len(charged) == 7
    for trade in charged:
        row = rows[trade.tx]
        price = Decimal(row["price"])
        fee = Decimal(row["size"]) * price * (1 - price) * Decimal("0.05")
        assert abs(trade.venue_fee_quote_atoms - fee * 10**6) <= trade.quote_step_atoms + 5
    for trade in whole(path).facts:
        if isinstance(trade, Trade):
            assert trade.quote_atoms + trade.venue_fee_quote_atoms == Decimal(rows[trade.tx]["usdcSize"]) * 10**6


def test_a_hundred_polled_rows_are_three_facts() -> None:
    result = whole(shared("polymarket/data_api/activity_trades_2024-09.json.gz"))
    assert len(result.facts) == 100
    assert counts(result) == {"trade": 2, "redeem": 1}
    assert len(set(result.facts)) == 3, "repeats are the very same facts, so that nothing of them needs to be kept"


def test_a_wallets_own_history_adds_up_to_the_micro_dollar() -> None:
    path = "wallet_ui_history/history_export_2026-06-16_19.csv"
    trades = facts(path, Trade)
    by_side = {side: [trade for trade in trades if trade.side == side] for side in ("buy", "sell")}
    redeems = facts(path, Redeem)
    assert (len(by_side["buy"]), sum(trade.quote_atoms for trade in by_side["buy"])) == (392, 1_689_261_678)
    assert (len(by_side["sell"]), sum(trade.quote_atoms for trade in by_side["sell"])) == (173, 802_896_074)
    assert (len(redeems), sum(redeem.quote_atoms for redeem in redeems)) == (151, 856_741_464)
    assert sum(redeem.quote_atoms == 0 for redeem in redeems) == 6
    assert [(reward.kind, reward.quote_atoms) for reward in facts(path, Reward)] == [("maker_rebate", 1_102_000)]
    assert [(deposit.kind, deposit.quote_atoms) for deposit in facts(path, Deposit)] == [("deposit", 20_000_000)]
    assert {trade.wallet for trade in trades} == {"owner:history_export_2026-06-16_19"}
    assert len({trade.id for trade in trades}) == 565
    first = min(trades, key=lambda trade: (trade.happened_at, trade.ordinal))
    assert first.asset.startswith("slug:")
    assert first.asset.endswith(("#Up", "#Down"))


def test_the_owner_of_a_history_can_be_told() -> None:
    path = "wallet_ui_history/history_export_2026-06-16_19.csv"
    told = facts(path, Trade, Context(owner="0x" + "AB" * 20))
    assert {trade.wallet for trade in told} == {"0x" + "ab" * 20}


def test_a_bots_fills_cost_what_it_paid() -> None:
    trades = facts("bot_fills/btc_5m_fills_2026-03-23_24.csv.gz", Trade)
    assert len({trade.id for trade in trades}) == 18_395
    assert sum(trade.quote_atoms + trade.venue_fee_quote_atoms for trade in trades) == 187_266_849_123
    assert sum(trade.quantity_atoms for trade in trades) == 377_095_560_480
    assert len({trade.tx for trade in trades}) == 16_887
    assert len({trade.market for trade in trades}) == 122
    assert sum(trade.venue_fee_quote_atoms > 0 for trade in trades) == 2_397
    assert {flag for trade in trades for flag in trade.flags} == set()


def test_rows_of_one_second_keep_the_files_order_though_it_is_newest_first() -> None:
    trades = facts("bot_fills/btc_5m_fills_2026-03-23_24.csv.gz", Trade)
    ordered = sorted(trades, key=lambda trade: (trade.happened_at, trade.ordinal))
    assert ordered == trades[::-1]


def test_raw_fills_with_repeats_are_counted_once() -> None:
    trades = facts("pnl_truth/raw_fills_with_duplicates_3_wallets.json.gz", Trade)
    assert Counter(trade.wallet[:6] for trade in trades) == {"0x8a62": 468, "0x1e5d": 176, "0x880b": 302}
    once = distinct(trades)
    assert len(set(trades)) == len(once)
    assert Counter(trade.wallet[:6] for trade in once) == {"0x8a62": 256, "0x1e5d": 38, "0x880b": 294}
    first = [trade for trade in once if trade.wallet.startswith("0x8a62")]
    assert round(sum(trade.quote_atoms for trade in first if trade.side == "buy") / 10**6, 2) == 492.34
    assert round(sum(trade.quote_atoms for trade in first if trade.side == "sell") / 10**6, 2) == 1698.43
    at_once = Counter((trade.happened_at, trade.asset, trade.quantity_atoms, trade.quote_atoms) for trade in first)
    assert max(at_once.values()) == 2, "equal size bought and sold at once are both kept"


def test_orders_of_one_wallet() -> None:
    trades = facts("pnl_truth/orders_one_wallet_2025-09_10.json", Trade)
    sums = Counter[str]()
    for trade in trades:
        sums[trade.side] += trade.quote_atoms
    assert Counter(trade.side for trade in trades) == {"buy": 89, "sell": 11}
    assert {side: round(total / 10**6, 4) for side, total in sums.items()} == {"buy": 24_944.5018, "sell": 4_800.9147}
    assert (len({trade.tx for trade in trades}), len({trade.market for trade in trades}), len(distinct(trades))) == (
        99,
        14,
        100,
    )


def test_streams_without_side_or_size_are_observed_not_traded() -> None:
    stream = facts("whale_stream/realtime_trades_2025-12-20_14-15h.json.gz", Observation)
    assert (len(stream), len(distinct(stream))) == (5_855, 5_855)
    assert len({seen.wallet for seen in stream}) == 1_586
    large = facts("smartmoney_signals/whale_trades.jsonl.gz", Observation)
    assert (len(large), len({seen.wallet for seen in large})) == (609, 169)
    assert rfc3339(min(seen.happened_at for seen in large)) == "2026-07-15T21:25:14Z"
    assert len(facts("whale_stream/signals_2025-12-16.csv.gz", Observation)) == 1_097
    assert len(facts("whale_stream/signals_2025-12-17.csv.gz", Observation)) == 856


def test_active_markets() -> None:
    result = whole(shared("polymarket/gamma/active_markets_2026-03-11.jsonl.gz"))
    markets = [fact for fact in result.facts if isinstance(fact, Market)]
    assert (len(result.facts), len({market.market for market in markets})) == (23_955, 23_955)
    assert len({token for market in markets for token in market.token_ids}) == 47_910
    assert sum(market.neg_risk for market in markets) == 9_952
    assert Counter(market.tick_micro_usdc for market in markets) == {1_000: 6_595, 10_000: 17_360}
    assert {market.min_size_atoms for market in markets} == {5_000_000}
    assert sum(market.outcomes == ("Yes", "No") for market in markets) == 14_948
    assert len({market.event_slug for market in markets}) == 5_874
    assert {market.category for market in markets} == {None}
    assert not result.undecodable


def test_closed_is_not_resolved() -> None:
    result = whole(shared("polymarket/gamma/resolved_markets_with_tags_2024_2026.jsonl.gz"))
    resolutions = [fact for fact in result.facts if isinstance(fact, Resolution)]
    # 3,807 rows, 116 without prices (13 of them also without a condition id), 13 closed at other prices than 1 and 0
    assert (len(resolutions), len(result.undecodable)) == (3_678, 13)
    assert Counter(fact.payout_numerators for fact in resolutions) == {(0, 1): 2_630, (1, 0): 1_048}
    assert all(item.where.endswith("conditionId") for item in result.undecodable)
    categories = Counter(fact.category for fact in result.facts if isinstance(fact, Market))
    assert None not in categories, "each of these markets carries a root tag"


def test_five_minute_markets_resolve_by_their_prices() -> None:
    result = whole(shared("polymarket/gamma/btc5m_resolved_2026-07-24_part1.jsonl.gz"))
    markets = {fact.market: fact for fact in result.facts if isinstance(fact, Market)}
    winners = Counter(fact.outcomes[fact.payout_numerators.index(1)] for fact in result.facts if isinstance(fact, Resolution))
    assert winners == {"Up": 89, "Down": 106}
    assert {(market.fee_rate_millionths, market.fee_exponent) for market in markets.values()} == {(70_000, 1)}
    assert all(market.closed and len(market.token_ids) == 2 for market in markets.values())


def test_a_table_of_results_names_its_winners() -> None:
    result = whole(shared("polymarket/bot_fills/btc_5m_results_2026-03-26_04-21.csv.gz"))
    winners = Counter(fact.outcomes[fact.payout_numerators.index(1)] for fact in result.facts if isinstance(fact, Resolution))
    # 1,732 rows name a winner; one of them is not closed yet (0.995) and says so only by its larger price
    assert winners == {"Up": 866, "Down": 865}
    assert len(result.ignored) == 2


def test_a_resolution_map_says_nothing_where_it_has_no_result() -> None:
    result = whole(shared("polymarket/gamma/resolution_map_2025-10-26.json.gz"))
    assert Counter(fact.payout_numerators for fact in result.facts) == {(0, 1): 512, (1, 0): 274}
    assert len(result.ignored) == 1_120


def test_wrong_token_mappings_are_refused_row_by_row() -> None:
    result = whole(shared("polymarket/gamma/bad_token_mappings_trap.json.gz"))
    assert (len(result.undecodable), result.facts, result.ignored) == (120, [], [])


def test_recorded_books_have_the_best_price_first() -> None:
    books = facts("books/clob_books_2026-03-11T2141.jsonl.gz", BookSnapshot)
    assert len(books) == 60
    assert len({book.asset for book in books}) == 20
    first = {book.asset[:8]: book for book in reversed(books)}
    tops = {asset: (first[asset].bid_prices_micro_usdc[0], first[asset].ask_prices_micro_usdc[0]) for asset in first}
    assert tops["88275040"] == (520_000, 530_000)
    assert tops["10526756"] == (487_000, 490_000)
    assert tops["84414008"] == (18_000, 19_000)
    for book in books:
        assert list(book.bid_prices_micro_usdc) == sorted(book.bid_prices_micro_usdc, reverse=True)
        assert list(book.ask_prices_micro_usdc) == sorted(book.ask_prices_micro_usdc)


@pytest.mark.parametrize(
    ("asset", "dollars", "average"),
    [("88275040", 100, "0.555451"), ("88275040", 1000, "0.750759"), ("84414008", 100, "0.020074")],
)
def test_buying_through_a_recorded_book_costs_what_it_should(asset: str, dollars: int, average: str) -> None:
    books = facts("books/clob_books_2026-03-11T2141.jsonl.gz", BookSnapshot)
    book = next(book for book in books if book.asset.startswith(asset))
    left, shares = Decimal(dollars), Decimal(0)
    for price, size in zip(book.ask_prices_micro_usdc, book.ask_sizes_atoms, strict=True):
        each, depth = Decimal(price) / 10**6, Decimal(size) / 10**6
        spent = min(left, depth * each)
        shares += spent / each
        left -= spent
    assert round(Decimal(dollars) / shares, 6) == Decimal(average)


def test_a_capture_with_wrong_best_prices_gives_no_prices_from_them() -> None:
    path = "ws/nba_market_channel_2026-02-15_lossy.parquet"
    result = whole(shared(f"polymarket/{path}"))
    kinds = Counter(fact.kind for fact in result.facts if isinstance(fact, Observation))
    ticks = [fact for fact in result.facts if isinstance(fact, PriceTick)]
    assert kinds == {"capture_book": 464, "capture_price_change": 7_448, "capture_last_trade_price": 182 - len(ticks)}
    assert len(ticks) == 33
    assert not [tick for tick in ticks if tick.quote_atoms in (1_000, 999_000) and tick.asset_atoms != 10**6]


def test_messages_of_every_channel() -> None:
    found = {}
    for path in sorted(shared("polymarket/api_messages").iterdir()):
        if path.name.startswith(("ws_", "rtds_", "clob_book")):
            found[path.stem] = dict(counts(whole(path)))
    assert found == {
        "clob_book_response": {"book_snapshot": 1}, "ws_book_snapshot": {"book_snapshot": 1},
        "ws_market_book_msg": {"book_snapshot": 1}, "ws_last_trade": {"price_tick": 1},
        "ws_market_last_trade_msg": {"price_tick": 1}, "ws_market_best_bid_ask_msg": {"observation": 1},
        "ws_market_tick_size_msg": {"observation": 1}, "ws_tick_size_change": {"observation": 1},
        "ws_user_order_cancellation": {"observation": 1}, "ws_user_order_matched": {"observation": 1},
        "ws_user_order_msg": {"observation": 1}, "ws_user_order_placement": {"observation": 1},
        "ws_user_order_update": {"observation": 1}, "ws_user_trade_msg": {"observation": 1},
        "rtds_crypto_prices_subscribe": {"price_tick": 3}, "rtds_equity_prices_subscribe": {"price_tick": 3},
        "rtds_equity_prices_update": {"price_tick": 1},
    }  # fmt: skip


def test_floats_and_exact_numbers_give_the_same_facts() -> None:
    for name in ("smartmoney_signals/api_fixtures/activity_all.json", "gamma/gamma_markets_raw_page_25.json.gz"):
        path = shared(f"polymarket/{name}")
        assert whole(path).facts == whole(path, exact=False).facts


def test_positions_are_snapshots() -> None:
    result = whole(shared("polymarket/smartmoney_signals/api_fixtures/positions.json"))
    assert [fact.kind for fact in result.facts if isinstance(fact, Observation)] == ["position", "position"]


def test_times_lie_where_the_recordings_say() -> None:
    trades = facts("wallet_ui_history/history_export_2026-06-16_19.csv", Trade)
    assert max(t.happened_at for t in trades) - min(t.happened_at for t in trades) < 4 * DAY
    assert rfc3339(min(t.happened_at for t in trades)).startswith("2026-06-1")
