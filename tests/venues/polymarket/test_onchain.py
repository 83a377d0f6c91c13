"""OrderFilled logs of both exchange versions, as nodes give them."""

from __future__ import annotations

from typing import Any

from remora.model import units
from remora.model.errors import Reason
from remora.model.facts import Resolution, Retracted, Trade
from remora.ports import Decoded, Record
from remora.venues.polymarket.onchain import (
    CONDITION_RESOLUTION,
    CONDITIONAL_TOKENS,
    ORDER_FILLED_V1,
    ORDER_FILLED_V2,
    LogsDecoder,
)
from remora.venues.polymarket.refunds import FEE_REFUNDED
from shared_data import shared
from venues.polymarket.recorded import values, whole

V1 = "0x4bFb41d5B3570DeFd03C39a9A4D8dE6Bd8B8982E"
V2 = "0xE111180000d2663C0091e4f400237545B87B996B"
OWNER = "0x" + "a1" * 20
OTHER = "0x" + "b2" * 20
TX = "0x" + "cd" * 32
TOKEN = 2**250 + 7


def padded(address: str) -> str:
    return "0x" + "0" * 24 + address[2:].lower()


def log(
    topic: str, words: list[int], *, address: str | None, owner: str = OWNER, taker: str = OTHER, **fields: Any
) -> dict[str, Any]:
    return {
        "address": address,
        "topics": [topic, "0x" + "22" * 32, padded(owner), padded(taker)],
        "data": "0x" + "".join(f"{word:064x}" for word in words),
        "blockNumber": "0x5100000",
        "transactionHash": TX,
        "transactionIndex": "0x3",
        "logIndex": "0x1a",
        "blockTimestamp": "0x6a5f0000",
    } | fields


def decode(value: object, infrastructure: dict[str, str] | None = None) -> Decoded:
    return LogsDecoder(infrastructure or {}).decode(Record(value=value))


def v1(words: list[int], **fields: Any) -> Trade:
    (trade,) = decode(log(ORDER_FILLED_V1, words, address=V1, **fields)).facts
    assert isinstance(trade, Trade)
    return trade


def v2(words: list[int], **fields: Any) -> Trade:
    (trade,) = decode(log(ORDER_FILLED_V2, words, address=V2, **fields)).facts
    assert isinstance(trade, Trade)
    return trade


def test_the_known_fill() -> None:
    path = shared("polymarket/onchain/orderfilled_v2_known_fill.json")
    expected = values(path)[1]["expected"]
    trades = [fact for fact in whole(path).facts if isinstance(fact, Trade)]
    told = [
        {
            "wallet": trade.wallet,
            "side": trade.side.upper(),
            "shares": units.text_of(trade.quantity_atoms, 6),
            "usd": units.text_of(trade.quote_atoms, 6),
            "fee": units.text_of(trade.venue_fee_quote_atoms, 6),
            "token_id": trade.asset,
        }
        for trade in trades
    ]
    assert told == [{name: case.get(name, one[name]) for name in one} for one, case in zip(told, expected, strict=True)]
    assert {trade.flags for trade in trades} == {("exchange_unknown", "no_log_index")}
    assert not any(trade.exact for trade in trades)


def test_the_topics_are_those_of_the_recorded_list() -> None:
    topics = values(shared("polymarket/onchain/orderfilled_v2_known_fill.json"))[1]["topics"]
    assert (topics["OrderFilled_v1"], topics["OrderFilled_v2"]) == (ORDER_FILLED_V1, ORDER_FILLED_V2)
    assert topics["ConditionResolution"] == CONDITION_RESOLUTION


def test_v2_buy_and_sale_pay_their_fee_in_dollars() -> None:
    buy = v2([0, TOKEN, 6_200_000, 10_000_000, 117_800, 0, 0])
    sale = v2([1, TOKEN, 10_000_000, 6_200_000, 117_800, 0, 0])
    assert (buy.side, sale.side) == ("buy", "sell")
    for trade in (buy, sale):
        assert (trade.quantity_atoms, trade.quote_atoms, trade.venue_fee_quote_atoms) == (10_000_000, 6_200_000, 117_800)
        assert (trade.asset, trade.wallet, trade.exact, trade.flags) == (str(TOKEN), OWNER, True, ("maker",))
        assert trade.id == f"polymarket:{TX}:26"
        assert (trade.slot, trade.tx_index, trade.ordinal) == (0x5100000, 3, 26)
        assert trade.happened_at == 0x6A5F0000 * 10**9


def refunded(fee: int, *, back: int, to: str = OWNER, order: str = "22") -> dict[str, Any]:
    kept = f"0x{fee - back:064x}"
    return log(FEE_REFUNDED, [TOKEN, back], address=OTHER) | {
        "topics": [FEE_REFUNDED, "0x" + order * 32, padded(to), kept],
        "logIndex": "0x1b",
    }


def v1_with(words: list[int], refund: dict[str, Any]) -> Trade:
    (trade,) = decode([log(ORDER_FILLED_V1, words, address=V1), refund]).facts
    assert isinstance(trade, Trade)
    return trade


def test_v1_keeps_only_the_part_of_its_fee_that_was_not_given_back() -> None:
    sale = v1_with([TOKEN, 0, 40_000_000, 24_000_000, 2_400_000], refunded(2_400_000, back=2_054_400))
    assert (sale.side, sale.quantity_atoms, sale.quote_atoms, sale.venue_fee_quote_atoms) == (
        "sell",
        40_000_000,
        24_000_000,
        345_600,
    )
    buy = v1_with([0, TOKEN, 24_000_000, 40_000_000, 4_000_000], refunded(4_000_000, back=3_424_000))
    # $24 bought 40 shares, 0.576 of them stayed with the venue: 39.424 arrived, worth $23.6544, and $0.3456 was the fee
    assert (buy.side, buy.quantity_atoms, buy.quote_atoms, buy.venue_fee_quote_atoms) == (
        "buy",
        39_424_000,
        23_654_400,
        345_600,
    )
    assert buy.flags == ("maker", "fee_in_shares")
    maker = v1_with([0, TOKEN, 24_000_000, 40_000_000, 4_000_000], refunded(4_000_000, back=4_000_000))
    assert (maker.quantity_atoms, maker.quote_atoms, maker.venue_fee_quote_atoms, maker.flags) == (
        40_000_000,
        24_000_000,
        0,
        ("maker",),
    )


def test_a_v1_fee_without_its_refund_is_unknown_and_not_booked() -> None:
    words = [0, TOKEN, 24_000_000, 40_000_000, 4_000_000]
    others = [refunded(4_000_000, back=1, order="23"), refunded(4_000_000, back=1, to=OTHER), refunded(3_000_000, back=1)]
    for trade in (v1(words), *(v1_with(words, refund) for refund in others)):
        assert (trade.quantity_atoms, trade.quote_atoms, trade.venue_fee_quote_atoms) == (40_000_000, 24_000_000, 0)
        assert (trade.flags, trade.quantity_step_atoms) == (("maker", "fee_unknown"), 4_000_001)
    assert v1([0, TOKEN, 24_000_000, 40_000_000, 0]).flags == ("maker",)


def test_the_owner_of_the_takers_order_is_the_trader() -> None:
    trade = v2([0, TOKEN, 6_200_000, 10_000_000, 0, 0, 0], taker=V2)
    assert (trade.wallet, trade.flags) == (OWNER, ("taker",))


def test_the_exchange_itself_is_no_trader() -> None:
    result = decode(log(ORDER_FILLED_V2, [0, TOKEN, 6_200_000, 10_000_000, 0, 0, 0], address=V2, owner=V2))
    assert (result.facts, [item.reason for item in result.ignored]) == ([], [Reason.NO_FACTS])
    result = decode(log(ORDER_FILLED_V2, [0, TOKEN, 6_200_000, 10_000_000, 0, 0, 0], address=V2), {OWNER: "exchange"})
    assert not result.facts


def test_a_fill_with_oneself_says_so() -> None:
    assert v2([0, TOKEN, 6_200_000, 10_000_000, 0, 0, 0], taker=OWNER).flags == ("maker", "self_fill")


def test_a_copy_of_the_event_from_another_contract_is_refused() -> None:
    (refused,) = decode(log(ORDER_FILLED_V2, [0, TOKEN, 1, 2, 0, 0, 0], address=OTHER)).undecodable
    assert (refused.reason, refused.where) == (Reason.UNKNOWN_VALUE, "address")


def test_a_removed_log_takes_its_fact_back() -> None:
    (fact,) = decode(log(ORDER_FILLED_V2, [0, TOKEN, 1, 2, 0, 0, 0], address=V2, removed=True)).facts
    assert isinstance(fact, Retracted)
    assert fact.fact_id == v2([0, TOKEN, 1, 2, 0, 0, 0]).id


def test_prices_outside_zero_and_one_are_refused() -> None:
    for given, received in ((0, 10), (10, 10), (11, 10), (2**64, 2**65)):
        (refused,) = decode(log(ORDER_FILLED_V2, [0, TOKEN, given, received, 0, 0, 0], address=V2)).undecodable
        assert refused.reason == Reason.OUT_OF_RANGE


def test_data_of_the_wrong_length_is_refused() -> None:
    for words in ([], [0], [0] * 6, [0] * 8):
        (refused,) = decode(log(ORDER_FILLED_V2, words, address=V2)).undecodable
        assert refused.reason == Reason.UNKNOWN_FORM


def test_every_envelope_of_a_node_is_read() -> None:
    one = log(ORDER_FILLED_V2, [0, TOKEN, 1, 2, 0, 0, 0], address=V2)
    answers: list[object] = [
        one,
        [one],
        {"jsonrpc": "2.0", "id": 1, "result": [one]},
        {"jsonrpc": "2.0", "method": "eth_subscription", "params": {"subscription": "0x1", "result": one}},
        {"logs": [one]},
    ]
    assert [len(decode(answer).facts) for answer in answers] == [1] * 5


def test_a_condition_pays_what_its_oracle_reported() -> None:
    market = "0x" + "0e" * 32
    topics = [CONDITION_RESOLUTION, market, padded(OTHER), "0x" + "11" * 32]
    data = [2, 64, 2, 5, 5]
    (fact,) = decode(log("", data, address=CONDITIONAL_TOKENS) | {"topics": topics}).facts
    assert isinstance(fact, Resolution)
    assert (fact.market, fact.payout_numerators, fact.payout_denominator, fact.evidence) == (market, (1, 1), 2, "chain")
    (refused,) = decode(log("", [2, 64, 3, 1, 0], address=CONDITIONAL_TOKENS) | {"topics": topics}).undecodable
    assert refused.reason == Reason.UNKNOWN_FORM


def test_other_events_of_the_venue_are_named() -> None:
    result = decode(
        {
            **log(ORDER_FILLED_V2, [], address=V2),
            "topics": ["0x63bf4d16b7fa898ef4c4b2b6d90fd201e9c56313b65638af6088d149d2ce956c"],
        }
    )
    assert [item.detail.split(":")[0] for item in result.ignored] == ["OrdersMatched V1"]
