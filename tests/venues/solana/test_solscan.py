"""Solscan's forms are named and left alone, and agree with what we read from the transactions themselves."""

from __future__ import annotations

from typing import Any

from remora.model.errors import Reason
from remora.ports import Context, Sample
from remora.venues.solana import movements, solscan
from solana_cases import document, record, transactions

NAMES = ("2024-12_solscan_open.json", "2024-12_solscan_open1.json")


def test_named_and_left_alone() -> None:
    assert solscan.KIND.bears_facts is False
    for name in NAMES:
        value = document(name)
        assert solscan.KIND.matches(Sample(name="x", form="json", document=value))
        found = solscan.KIND.open(Context()).decode(record(value))
        assert (found.facts, found.undecodable) == ([], [])
        assert [one.reason for one in found.ignored] == [Reason.FOREIGN]
    assert not solscan.KIND.matches(Sample(name="solscan", form="json", document=document("2024-12_open.json")))
    assert not solscan.KIND.matches(Sample(name="solscan", form="json"))


def test_its_balance_changes_are_ours() -> None:
    data: dict[str, Any] = document(NAMES[0])["data"]
    (tx,) = transactions("2024-12_open.json")
    assert tx.signature == data["tx_hash"]
    for row in data["sol_bal_change"]:
        assert movements.lamport_change(tx, row["address"]) == int(row["change_amount"])


def test_its_transfers_are_our_moves() -> None:
    data: dict[str, Any] = document(NAMES[1])["data"]
    (tx,) = transactions("2024-12_open1.json")
    assert tx.signature == data["tx_hash"]
    ours = {(move.source, move.receiver, move.owner, move.amount) for move in movements.read(tx).moves}
    for row in data["transfers"]:
        wanted = row["source"], row["destination"], row["destination_owner"], int(row["amount_str"])
        opened = row["transfer_type"] == "ACTIVITY_SPL_CREATE_ACCOUNT"
        assert any(wanted == one or (opened and (wanted[:2], wanted[3]) == (one[:2], one[3])) for one in ours)
