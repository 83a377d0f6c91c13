"""Files are recognised by what is in them."""

from __future__ import annotations

import json
from typing import Any

from remora.ports import Sample
from remora.venues.solana.kinds import KINDS
from shared_data import shared
from solana_cases import capture_messages, document, log_frames, portal_frames, tx_files


def kind_of(records: list[Any], form: str = "json") -> str | None:
    sample = Sample(name="anything", form=form, records=tuple(records), document=records[0] if len(records) == 1 else None)
    return next((kind.name for kind in KINDS if kind.matches(sample)), None)


def test_transactions_of_every_form() -> None:
    for path in tx_files():
        whole = document(path.name)
        name = kind_of(whole if isinstance(whole, list) else [whole])
        own = {"helius_enhanced": "solana.enhanced", "2024-12_solscan": "solana.solscan"}
        assert name == next((kind for head, kind in own.items() if path.name.startswith(head)), "solana.transactions")
    assert kind_of([document("2024-12_open.json")], "jsonl") == "solana.transactions"


def test_streams() -> None:
    logs = list(log_frames())[:20]
    assert kind_of(logs, "jsonl") == "solana.logs"
    assert kind_of([json.loads(frame["raw"]) for frame in logs], "jsonl") == "solana.logs"
    portal = list(portal_frames())[:20]
    assert kind_of(portal, "jsonl") == "solana.pumpportal"
    assert kind_of([json.loads(frame["raw"]) for frame in portal], "jsonl") == "solana.pumpportal"
    assert kind_of([next(capture_messages())], "capture") == "solana.yellowstone_capture"
    accounts = json.loads(shared("solana/streams/bonding_curve_accounts.json").read_text())
    assert kind_of(accounts[:5]) == "solana.curve_accounts"


def test_foreign_documents_are_nobody_s() -> None:
    for value in ({}, [], {"result": 5}, {"transactionHash": "0x1"}, {"proxyWallet": "0x", "side": "BUY"}, "x", None, 5):
        assert kind_of([value]) is None
    assert kind_of([b"\xff\xff\xff"], "capture") is None
    assert kind_of([], "capture") is None
    assert kind_of([{"txType": "buy"}], "csv") is None
