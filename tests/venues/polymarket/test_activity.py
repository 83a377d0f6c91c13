"""Data API rows of both versions: trades, sets, redemptions, income and cash."""

from __future__ import annotations

from typing import Any

import pytest

from remora.model.errors import Reason
from remora.model.facts import Conversion, Deposit, Merge, Redeem, Reward, Split, Trade
from remora.ports import Decoded, Record
from remora.venues.polymarket.activity import ActivityDecoder

WALLET = "0x" + "Ab" * 20
TX = "0x" + "1f" * 32
MARKET = "0x" + "2e" * 32
TOKEN = "7" * 77


def row(**fields: Any) -> dict[str, Any]:
    base = {
        "proxyWallet": WALLET, "timestamp": 1_784_064_509, "conditionId": MARKET, "type": "TRADE", "size": 10,
        "usdcSize": 5, "transactionHash": TX, "price": 0.5, "asset": TOKEN, "side": "BUY", "outcomeIndex": 0,
    }  # fmt: skip
    return base | fields


def other(kind: str, **fields: Any) -> dict[str, Any]:
    return row(type=kind, price=0, asset="", side="", outcomeIndex=999, size=7.5, usdcSize=7.5) | fields


def decode(value: object, decoder: ActivityDecoder | None = None) -> Decoded:
    return (decoder or ActivityDecoder("polymarket.activity")).decode(Record(value=value))


def test_a_trade() -> None:
    (trade,) = decode(row()).facts
    assert isinstance(trade, Trade)
    assert (trade.wallet, trade.asset, trade.market, trade.side) == (WALLET.lower(), TOKEN, MARKET, "buy")
    assert (trade.quantity_atoms, trade.quote, trade.quote_atoms, trade.venue_fee_quote_atoms) == (10**7, "USDC", 5 * 10**6, 0)
    assert (trade.exact, trade.tx, trade.happened_at) == (False, TX, 1_784_064_509 * 10**9)


def test_both_versions_and_both_feeds_name_a_fill_alike() -> None:
    new = {
        "data": [
            {
                "proxy_wallet": WALLET, "timestamp": 1_784_064_509, "condition_id": MARKET, "side": "BUY", "size": "10.0",
                "price": "0.50", "transaction_hash": TX, "token_id": TOKEN, "usdc_size": "5",
            }
        ],
        "pagination": {"next_cursor": None},
    }  # fmt: skip
    without_money = {name: value for name, value in row().items() if name not in ("type", "usdcSize")}
    found = [decode(value).facts[0] for value in (row(), new, without_money)]
    assert len({trade.id for trade in found}) == 1
    assert [trade.flags for trade in found] == [(), (), ("fee_unknown",)]


def test_two_equal_fills_of_one_answer_are_two_and_the_answer_polled_again_is_the_same() -> None:
    decoder = ActivityDecoder("polymarket.activity")
    answer = [row(), row(), row(timestamp=1_784_064_000, transactionHash="0x" + "3c" * 32)]
    first, second = decode(answer, decoder).facts, decode(answer, decoder).facts
    assert len({trade.id for trade in first}) == 3
    assert [trade.id for trade in first] == [trade.id for trade in second]
    by_rows = ActivityDecoder("polymarket.activity")
    rows = [decode(item, by_rows).facts[0].id for item in answer + answer]
    assert rows == [trade.id for trade in first] * 2


def test_a_log_that_keeps_one_row_a_poll_repeats_itself() -> None:
    decoder = ActivityDecoder("polymarket.activity_log", one_row_answers=True)
    assert len({decode(row(), decoder).facts[0].id for _ in range(3)}) == 1


def test_what_is_no_trade() -> None:
    kinds = ["SPLIT", "MERGE", "REDEEM", "CONVERSION"]
    found = [decode(other(kind)).facts[0] for kind in kinds]
    assert [type(fact) for fact in found] == [Split, Merge, Redeem, Conversion]
    assert {(fact.market, fact.quantity_atoms, fact.wallet) for fact in found} == {(MARKET, 7_500_000, WALLET.lower())}  # type: ignore[union-attr]
    redeem = found[2]
    assert isinstance(redeem, Redeem)
    assert (redeem.quote_atoms, redeem.asset, redeem.outcome) == (7_500_000, None, None)


@pytest.mark.parametrize("kind", ["REWARD", "MAKER_REBATE", "TAKER_REBATE", "YIELD", "REFERRAL_REWARD"])
def test_income(kind: str) -> None:
    (fact,) = decode(other(kind, conditionId="")).facts
    assert isinstance(fact, Reward)
    assert (fact.kind, fact.quote, fact.quote_atoms) == (kind.lower(), "USDC", 7_500_000)


@pytest.mark.parametrize("kind", ["DEPOSIT", "WITHDRAWAL", "MIGRATION"])
def test_cash_is_never_income(kind: str) -> None:
    (fact,) = decode(other(kind, conditionId="")).facts
    assert isinstance(fact, Deposit)
    assert (fact.kind, fact.quote_atoms) == (kind.lower(), 7_500_000)


def test_a_tip_is_income_where_it_comes_in_and_cash_where_it_goes_out() -> None:
    received, sent = (decode(other("TIP", conditionId="", side=side)).facts[0] for side in ("IN", "OUT"))
    assert isinstance(received, Reward)
    assert isinstance(sent, Deposit)
    assert sent.kind == "tip_sent"


@pytest.mark.parametrize(
    ("fields", "reason", "where"),
    [
        ({"proxyWallet": "0x" + "a" * 39}, Reason.BAD_ADDRESS, "proxyWallet"),
        ({"conditionId": "0x" + "a" * 63}, Reason.BAD_ADDRESS, "conditionId"),
        ({"transactionHash": "0xabc"}, Reason.BAD_ADDRESS, "transactionHash"),
        ({"asset": ""}, Reason.MISSING_FIELD, "asset"),
        ({"asset": "0x12"}, Reason.BAD_ADDRESS, "asset"),
        ({"side": "HOLD"}, Reason.UNKNOWN_VALUE, "side"),
        ({"type": "DANCE"}, Reason.UNKNOWN_VALUE, "type"),
        ({"size": "1e30"}, Reason.OUT_OF_RANGE, "size"),
        ({"size": -1}, Reason.OUT_OF_RANGE, "size"),
        ({"size": 0}, Reason.OUT_OF_RANGE, "size"),
        ({"size": "0.0000001"}, Reason.TOO_PRECISE, "size"),
        ({"size": float("nan")}, Reason.BAD_NUMBER, "size"),
        ({"size": True}, Reason.WRONG_TYPE, "size"),
        ({"price": 1.01}, Reason.OUT_OF_RANGE, "price"),
        ({"price": 0}, Reason.OUT_OF_RANGE, "price"),
        ({"price": "١"}, Reason.BAD_NUMBER, "price"),
        ({"timestamp": "soon"}, Reason.BAD_TIME, "timestamp"),
        ({"timestamp": 10**40}, Reason.OUT_OF_RANGE, "timestamp"),
        ({"timestamp": None}, Reason.MISSING_FIELD, "timestamp"),
    ],
)
def test_what_cannot_be_read_names_its_field_and_the_rest_goes_on(fields: dict[str, Any], reason: Reason, where: str) -> None:
    result = decode([row(), row(**fields), row(side="SELL")])
    assert len(result.facts) == 2
    (refused,) = result.undecodable
    assert (refused.reason, refused.where) == (reason, f"[1].{where}")
    assert refused.detail


def test_the_address_with_39_digits_is_told_its_length() -> None:
    (refused,) = decode(row(proxyWallet="0xf9" + "c" * 37)).undecodable
    assert "39 digits" in refused.detail


def test_beyond_64_bits_is_refused() -> None:
    (refused,) = decode(row(size=2**63 // 10**6 + 1)).undecodable
    assert refused.reason == Reason.OUT_OF_RANGE
