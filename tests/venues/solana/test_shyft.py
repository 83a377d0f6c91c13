"""Shyft documents: 27 recorded ones in words, their roundings, and what they cannot tell."""

from __future__ import annotations

import copy
import gzip
import json
from decimal import Decimal
from typing import Any

import pytest

from remora.model.errors import Reason
from remora.model.facts import Charge, Observation, Trade
from remora.ports import Context, Decoded, Sample
from remora.venues.solana import shyft
from shared_data import shared
from solana_cases import document, record


def documents() -> list[Any]:
    packed = shared("solana/parsed/shyft_parsed_transactions.jsonl.gz").read_bytes()
    return [json.loads(line) for line in gzip.decompress(packed).decode().splitlines()]


def decode(value: Any) -> Decoded:
    return shyft.KIND.open(Context()).decode(record(value))


def trades(found: Decoded) -> list[Trade]:
    return [fact for fact in found.facts if isinstance(fact, Trade)]


def test_every_recorded_document_is_a_trade_of_its_signer() -> None:
    for at, value in enumerate(documents()):
        found = decode(value)
        assert found.undecodable == [], at
        assert {trade.wallet for trade in trades(found)} == {value["doc"]["result"]["fee_payer"]}, at
        assert not any(trade.exact for trade in trades(found))


RECORDED = [
    (3, "FQRm bought on the Pump curve, labelled as opening an account",
     [("buy", 1_767_513_343_086, "SOL", 293_333_332, 3_666_667)]),
    (1, "RFSq bought on PumpSwap through Trojan, labelled by its first instruction",
     [("buy", 7_006_057_814_672, "SOL", 5_000_000_001, 60_000_003)]),
    (2, "9RTv bought for exactly 15 SOL: such events write price and payment the other way round",
     [("buy", 17_795_733_707_960, "SOL", 14_822_134_386, 177_865_614)]),
    (7, "274v sold on PumpSwap", [("sell", 19_115_012_173, "SOL", 14_162_207_524, 42_486_624)]),
    (0, "63Py bought over PumpSwap and another pool through Jupiter",
     [("buy", 1_291_944_412_028, "SOL", 16_550_146_101, 157_226_390), ("buy", 57_306_183_590, "SOL", 761_649_352, 0)]),
    (13, "6S8G bought on Raydium CPMM through Axiom", [("buy", 6_718_437_151_947, "SOL", 14_850_000_000, 0)]),
    (18, "7ftw sold on Raydium v4 through OKX's own account", [("sell", 1_150_751_476_769, "SOL", 73_111_775_938, 0)]),
    (21, "4BdK sold on LaunchLab for USD1 and that for SOL", [("sell", 36_775_305_195_498, "SOL", 4_832_791_604, 0)]),
    (25, "9RTv bought with SOL over USD1", [("buy", 12_833_113_871_604, "SOL", 15_037_765_873, 0)]),
    (20, "4BdK sold on the Pump curve", [("sell", 40_929_375_194_946, "SOL", 4_072_697_035, 50_908_714)]),
]  # fmt: skip


@pytest.mark.parametrize(("at", "words", "wanted"), RECORDED, ids=[str(one[0]) for one in RECORDED])
def test_recorded_trades(at: int, words: str, wanted: list[tuple[Any, ...]]) -> None:
    found = trades(decode(documents()[at]))
    said = [(one.side, one.quantity_atoms, one.quote, one.quote_atoms, one.venue_fee_quote_atoms) for one in found]
    assert said == wanted, words


def test_events_and_balances_agree() -> None:
    """Where only balances are left, the same coins are traded; the money then lies between price and payment."""
    for value in documents():
        events = trades(decode(value))
        bare = copy.deepcopy(value)
        bare["doc"]["result"]["events"] = []
        derived = trades(decode(bare))
        if any(one.program == "6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P" and one.side == "sell" for one in events):
            continue  # a curve pays lamports without a transfer: only its event tells
        assert sum(one.quantity_atoms for one in derived) == sum(one.quantity_atoms for one in events)
        price = sum(one.quote_atoms for one in events)
        paid = sum(one.quote_atoms + one.venue_fee_quote_atoms for one in events)
        assert all("derived" in one.flags for one in derived)
        if derived[0].side == "buy":
            assert price <= sum(one.quote_atoms for one in derived) <= paid


def test_numbers_beyond_doubles_carry_their_step() -> None:
    (trade,) = trades(decode(documents()[6]))
    assert trade.quantity_atoms == 30_895_256_474_687_956
    assert trade.quantity_step_atoms == 4
    assert trade.quote_step_atoms == 1


def test_a_change_that_is_not_one_is_refused() -> None:
    value = documents()[3]
    value["doc"]["result"]["token_balance_changes"][0]["change_amount"] += 1
    found = decode(value)
    assert found.facts == []
    assert [one.reason for one in found.undecodable] == [Reason.CONTRADICTION]


def test_fee_tips_and_bot_fees_are_charges() -> None:
    facts = decode(documents()[13]).facts
    paid = {fact.kind: fact.lamports for fact in facts if isinstance(fact, Charge)}
    assert paid == {"network": 5_000, "priority": 1_000_000, "bot": 150_000_000, "tip": 1_000_000}
    tiny = [fact for fact in decode(documents()[5]).facts if isinstance(fact, Charge)]
    assert sum(fact.lamports for fact in tiny if fact.kind in {"network", "priority"}) == 35_001  # written as 3.5001e-05
    rounded = [fact.lamports for fact in decode(documents()[9]).facts if isinstance(fact, Charge) and fact.kind == "bot"]
    assert rounded == [16_022_032]  # written as 16022031.999999998


def test_readers_that_keep_decimals_change_nothing() -> None:
    for value in documents():
        kept = json.loads(json.dumps(value), parse_float=Decimal)
        assert decode(kept) == decode(value)


def test_sol_sent_without_a_place_is_observed_and_not_booked() -> None:
    seen = [fact for fact in decode(documents()[19]).facts if isinstance(fact, Observation)]
    assert [one.kind for one in seen] == ["transfer"]
    assert "17000000 lamports" in seen[0].reason


def test_a_failed_document_costs_its_fee_only() -> None:
    value = documents()[3]
    value["doc"]["result"]["status"] = "Fail"
    found = decode(value)
    assert {fact.kind for fact in found.facts if isinstance(fact, Charge)} == {"network", "priority"}
    assert all(isinstance(fact, Charge) for fact in found.facts)
    assert [one.reason for one in found.ignored] == [Reason.FAILED_TRANSACTION]


def test_every_wrapper_gives_the_same_facts() -> None:
    value = documents()[2]
    whole = decode(value).facts
    assert decode(value["doc"]).facts == whole
    assert decode(value["doc"]["result"]).facts == whole
    assert decode([value]).facts == whole


def test_ids_of_one_document_differ_and_repeat() -> None:
    for value in documents():
        names = [fact.id for fact in decode(value).facts]
        assert len(names) == len(set(names))
        assert names == [fact.id for fact in decode(value).facts]


def test_is_recognised_by_structure() -> None:
    values = tuple(documents()[:3])
    assert shyft.KIND.matches(Sample(name="x", form="jsonl", records=values))
    assert shyft.KIND.matches(Sample(name="x", form="json", document=values[0]["doc"]))
    assert not shyft.KIND.matches(Sample(name="shyft", form="json", document=document("2024-12_open.json")))
    assert not shyft.KIND.matches(Sample(name="shyft", form="json"))
