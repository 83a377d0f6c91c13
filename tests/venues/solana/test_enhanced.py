"""Helius enhanced objects: the same facts as the transaction inside them."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from remora.model.errors import Reason
from remora.model.facts import Charge, Trade, Transfer
from remora.ports import Context, Decoded, Record, Sample
from remora.venues.solana import enhanced
from solana_cases import document, record

NAME = "helius_enhanced_pumpswap_sell_axiom.json"


def decode(value: Any) -> Decoded:
    return enhanced.KIND.open(Context()).decode(record(value))


def test_8rva_sold_23_million_for_5_81_sol_on_pumpswap_through_axiom() -> None:
    found = decode(document(NAME))
    (trade,) = [fact for fact in found.facts if isinstance(fact, Trade)]
    assert trade.wallet.startswith("8rvAsD")
    assert (trade.side, trade.quantity_atoms, trade.quote, trade.quote_atoms, trade.venue_fee_quote_atoms) == (
        "sell", 23_123_944_189_748, "SOL", 5_813_500_745, 72_668_761,
    )  # fmt: skip
    assert trade.id.endswith("pAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA:e0")
    assert trade.exact
    assert not found.undecodable


def test_its_sol_adds_up_to_the_lamport() -> None:
    facts = decode(document(NAME)).facts
    (trade,) = [fact for fact in facts if isinstance(fact, Trade)]
    paid = {fact.kind: fact.lamports for fact in facts if isinstance(fact, Charge)}
    assert paid == {"network": 5_000, "priority": 10_105_000, "tip": 10_100_000, "bot": 59_004_673}
    assert not [fact for fact in facts if isinstance(fact, Transfer)]
    assert trade.quote_atoms - trade.venue_fee_quote_atoms - sum(paid.values()) == 5_661_617_311  # its native change


def test_labels_are_not_believed() -> None:
    value = document(NAME) | {"type": "UNKNOWN", "source": "NOBODY", "tokenTransfers": [], "nativeTransfers": []}
    assert decode(value).facts == decode(document(NAME)).facts


def test_without_its_event_the_trade_is_derived() -> None:
    value = document(NAME)
    for one in value["instructions"]:
        one["innerInstructions"] = [inner for inner in one["innerInstructions"] if inner["programId"] != one["programId"]]
    (trade,) = [fact for fact in decode(value).facts if isinstance(fact, Trade)]
    assert (trade.quantity_atoms, trade.quote_atoms) == (23_123_944_189_748, 5_740_831_984)  # what reached the wallet
    assert "derived" in trade.flags


def test_a_failed_one_costs_its_fee_only() -> None:
    facts = decode(document(NAME) | {"transactionError": {"InstructionError": [3, "Custom"]}}).facts
    assert {fact.kind for fact in facts if isinstance(fact, Charge)} == {"network", "priority"}
    assert all(isinstance(fact, Charge) for fact in facts)


def test_lists_are_read_one_by_one_and_a_bad_member_names_its_field() -> None:
    bad = copy.deepcopy(document(NAME))
    bad["accountData"][2]["nativeBalanceChange"] = "many"
    found = decode([bad, document(NAME)])
    assert [(one.reason, one.where) for one in found.undecodable] == [(Reason.WRONG_TYPE, "accountData[2].nativeBalanceChange")]
    assert len([fact for fact in found.facts if isinstance(fact, Trade)]) == 1


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_is_recognised_by_structure(form: str) -> None:
    value = document(NAME)
    assert enhanced.KIND.matches(Sample(name="x", form=form, records=(value,)))
    assert enhanced.KIND.matches(Sample(name="x", form=form, document=value))
    assert not enhanced.KIND.matches(Sample(name=NAME, form=form, records=(document("2024-12_open.json"),)))
    assert not enhanced.KIND.matches(Sample(name=NAME, form="csv", records=(value,)))
    assert not enhanced.KIND.matches(Sample(name=NAME, form=form))


def test_seen_at_is_handed_on() -> None:
    found = enhanced.KIND.open(Context()).decode(Record(value=document(NAME), seen_at=1_800_000_000_000_000_000))
    assert {fact.seen_at for fact in found.facts} == {1_800_000_000_000_000_000}
