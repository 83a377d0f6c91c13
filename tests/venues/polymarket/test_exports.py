"""Exports of histories: noise, surrogates, actions nobody knows."""

from __future__ import annotations

from typing import Any

import pytest

from remora.model.errors import Reason
from remora.model.facts import Deposit, Redeem, Trade
from remora.ports import Context, Decoded, Record
from remora.venues.polymarket.exports import HistoryDecoder, RawFillsDecoder, stem

HASH = "0x" + "ab" * 32


def history(**fields: Any) -> Decoded:
    row = {
        "marketName": "Up or Down?",
        "action": "Buy",
        "usdcAmount": "2.88806",
        "tokenAmount": "3",
        "tokenName": "Down",
        "timestamp": "1781844799",
        "hash": HASH,
    }
    return HistoryDecoder(Context()).decode(Record(value=row | fields, file="my/history.csv.gz"))


def test_binary_noise_is_rounded_half_even_to_six_digits() -> None:
    (trade,) = history(usdcAmount="4.946540000000001").facts
    assert isinstance(trade, Trade)
    assert trade.quote_atoms == 4_946_540
    assert history(usdcAmount="0.0000005").facts[0].quote_atoms == 0  # type: ignore[union-attr]
    assert history(usdcAmount="0.0000015").facts[0].quote_atoms == 2  # type: ignore[union-attr]


def test_owner_and_outcome_are_surrogates() -> None:
    (trade,) = history().facts
    assert isinstance(trade, Trade)
    assert (trade.wallet, trade.asset, trade.market) == ("owner:history", "slug:Up or Down?#Down", "slug:Up or Down?")
    assert trade.flags == ("fee_included",)


def test_a_redeem_names_no_outcome() -> None:
    (redeem,) = history(action="Redeem", tokenName="", usdcAmount="3").facts
    assert isinstance(redeem, Redeem)
    assert (redeem.market, redeem.asset, redeem.outcome, redeem.quantity_atoms, redeem.quote_atoms) == (
        "slug:Up or Down?",
        None,
        None,
        3 * 10**6,
        3 * 10**6,
    )


def test_a_deposit_is_cash() -> None:
    (fact,) = history(action="Deposit", marketName="Deposited funds", tokenName="USDC").facts
    assert isinstance(fact, Deposit)


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"action": "Dance"}, "action"),
        ({"usdcAmount": "-1"}, "usdcAmount"),
        ({"usdcAmount": "1e30"}, "usdcAmount"),
        ({"tokenAmount": "0"}, "tokenAmount"),
        ({"hash": HASH[:-1]}, "hash"),
        ({"timestamp": "x"}, "timestamp"),
        ({"tokenName": ""}, "tokenName"),
    ],
)
def test_what_cannot_be_read_names_its_field(fields: dict[str, str], where: str) -> None:
    (refused,) = history(**fields).undecodable
    assert refused.where == where


def test_several_rows_of_one_hash_are_several_trades() -> None:
    decoder = HistoryDecoder(Context())
    row = {
        "marketName": "M",
        "action": "Sell",
        "usdcAmount": "1",
        "tokenAmount": "3",
        "tokenName": "Up",
        "timestamp": "1781844799",
        "hash": HASH,
    }
    found = [decoder.decode(Record(value=row, number=n, file="h.csv")).facts[0].id for n in range(2)]
    assert len(set(found)) == 2


def test_stems() -> None:
    assert [stem(name) for name in ("a/b/c.csv.gz", "c.jsonl", "c", ".hidden", "x\\y.csv")] == ["c", "c", "c", ".hidden", "y"]


def test_raw_fills_of_a_bad_wallet_are_refused_one_by_one() -> None:
    fill = {
        "timestamp": "2025-09-05 15:30:28",
        "asset_id": "7",
        "side": "SELL",
        "size": 30_000_000,
        "price": 0.999,
        "cost": 29_970_000,
    }
    value = {"canonical_wallet": "0x" + "a" * 39, "trades": [fill, fill]}
    result = RawFillsDecoder().decode(Record(value=value))
    assert [item.reason for item in result.undecodable] == [Reason.BAD_ADDRESS] * 2
