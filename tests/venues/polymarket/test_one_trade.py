"""One fill told by every source of the venue is one trade in the ledger; two equal fills stay two."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from remora.model.facts import Trade
from remora.ports import Batch, Context, Decoder, Ledger, Record
from remora.stores.ledger.duckdb import open_ledger
from remora.venues.polymarket.activity import ActivityDecoder
from remora.venues.polymarket.onchain import ORDER_FILLED_V2, LogsDecoder
from remora.venues.polymarket.rtds import RtdsDecoder
from shared_data import shared
from venues.polymarket.recorded import values

EXCHANGE = "0xe111180000d2663c0091e4f400237545b87b996b"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(tmp_path)
    yield opened
    opened.close()


def put(ledger: Ledger, decoder: Decoder, value: object) -> int:
    """Commit what the decoder reads; how many trades there are then."""
    result = decoder.decode(Record(value=value))
    assert not result.undecodable
    ledger.commit(Batch(facts=result.facts))
    return ledger.counts()["trades"]


def recorded_trades() -> list[dict[str, Any]]:
    path = shared("polymarket/smartmoney_signals/api_fixtures/activity_all.json")
    return [row for row in values(path, exact=False)[3] if row["type"] == "TRADE"]


def as_logs(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The chain's own record of the same fills, as the second exchange writes it."""
    logs = []
    for index, fact in enumerate(ActivityDecoder("polymarket.activity").decode(Record(value=rows)).facts):
        assert isinstance(fact, Trade)
        amounts = [fact.quote_atoms, fact.quantity_atoms] if fact.side == "buy" else [fact.quantity_atoms, fact.quote_atoms]
        words = [0 if fact.side == "buy" else 1, int(fact.asset), *amounts, fact.venue_fee_quote_atoms, 0, 0]
        pad = "0x" + "0" * 24
        logs.append(
            {
                "address": EXCHANGE,
                "topics": [ORDER_FILLED_V2, "0x" + "22" * 32, pad + fact.wallet[2:], pad + "bb" * 20],
                "data": "0x" + "".join(f"{word:064x}" for word in words),
                "transactionHash": fact.tx,
                "logIndex": hex(index),
                "blockNumber": "0x5100000",
                "blockTimestamp": hex((fact.happened_at or 0) // 10**9),
            }
        )
    return logs


def test_every_source_tells_the_same_42_trades(ledger: Ledger) -> None:
    rows = recorded_trades()
    plain = [{name: value for name, value in row.items() if name not in ("type", "usdcSize")} for row in rows]
    coarse = [{**row, "price": round(row["price"], 4)} for row in plain]
    new = [
        {
            "proxy_wallet": row["proxyWallet"],
            "token_id": row["asset"],
            "condition_id": row["conditionId"],
            "side": row["side"],
            "size": str(row["size"]),
            "price": str(row["price"]),
            "timestamp": row["timestamp"],
            "transaction_hash": row["transactionHash"],
        }
        for row in rows
    ]
    stream = [{"topic": "activity", "type": "orders_matched", "payload": row} for row in coarse]
    assert put(ledger, ActivityDecoder("polymarket.activity"), rows) == 42
    assert put(ledger, ActivityDecoder("polymarket.activity"), rows) == 42
    assert put(ledger, ActivityDecoder("polymarket.trades"), plain) == 42
    assert put(ledger, ActivityDecoder("polymarket.trades"), {"data": new, "pagination": {}}) == 42
    assert put(ledger, RtdsDecoder(), stream) == 42
    assert put(ledger, LogsDecoder({}), as_logs(rows)) == 42
    paid = sum(
        row["quote_atoms"] + row["venue_fee_quote_atoms"] for batch in ledger.table("trades") for row in batch.to_pylist()
    )
    assert paid == sum(round(row["usdcSize"] * 10**6) for row in rows)


def test_two_equal_fills_stay_two_whoever_tells_them(ledger: Ledger) -> None:
    row = recorded_trades()[-1]
    rows = [row, row]
    plain = [{name: value for name, value in item.items() if name not in ("type", "usdcSize")} for item in rows]
    assert put(ledger, ActivityDecoder("polymarket.trades"), plain[:1]) == 1
    assert put(ledger, ActivityDecoder("polymarket.activity"), rows) == 2
    assert put(ledger, ActivityDecoder("polymarket.trades"), plain) == 2
    assert put(ledger, LogsDecoder({}), as_logs(rows)) == 2


def test_maker_and_taker_of_one_match_are_one_trade_each(ledger: Ledger) -> None:
    taker = recorded_trades()[-1]
    maker = taker | {"proxyWallet": "0x" + "cc" * 20, "side": "SELL"}
    assert put(ledger, ActivityDecoder("polymarket.activity"), [taker, maker]) == 2
    assert put(ledger, LogsDecoder(Context().infrastructure), as_logs([taker, maker])) == 2
