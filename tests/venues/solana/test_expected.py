"""Every recorded transaction, against what a correct decoder says of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from remora.model.facts import Charge, Launch, Reserves, Trade
from remora.ports import Context
from remora.venues.solana import events, infrastructure, wire
from remora.venues.solana.programs import PUMP, PUMPSWAP
from remora.venues.solana.transaction import Transaction
from shared_data import DATA, shared
from solana_cases import decode, document

PROGRAM = {"pump": PUMP, "pumpswap": PUMPSWAP}
EVENT = {"TradeEvent": "bddb7fd34ee661ee", "CreateEvent": "1b72a94ddeeb6376", "BuyEvent": "67f4521f2cf57777"}
# The expectations name Jito's tips only; other relays' tips are charges, too.
JITO = {
    "96gYZGLnJYVFmbjzopPSU6QiEV5fGqZNyN9nmNhvrZU5", "HFqU5x63VTqvQss8hp11i4wVV8bD44PvwucfZ2bU7gRe",
    "Cw8CFyM9FkoMi7K7Crf6HNQqf4uEMzpKw6QNghXLvLkY", "ADaUMid9yfUytqMBgopwjb2DTLSokTSzL1zt6iGPaS49",
    "DfXygSm4jCyNCybVYYK6DwvWqjKee8pbDmJGcLWNDXjh", "ADuUkR4vqLUMWXxW9gh6D6L8pMSawimctcNZ5pGwDcEt",
    "DttWaMuVvTiduZRnguLF7jNxTgiMBZ1hyAumKUiL2KRL", "3AVi9Tg9Uo68tJfuvoKvqKNWKkC5wPdSSdeBnizKZ6jT",
}  # fmt: skip


def cases() -> list[tuple[str, int]]:
    """(file, place) of each expectation; empty where the recordings are absent: then the first test says so."""
    path = DATA / "solana" / "tx" / "expected.json"
    if not path.exists():
        return [("", 0)]
    expected = json.loads(path.read_text())
    return [(name, at) for name, one in expected.items() for at in range(len(one) if isinstance(one, list) else 1)]


def case(name: str, at: int) -> tuple[list[Transaction], dict[str, Any]]:
    expected = json.loads(shared("solana/tx/expected.json").read_text())[name]
    read = wire.read(document(name))
    assert not read.undecodable
    if isinstance(expected, list):
        assert len(read.transactions) == len(expected)
        return [read.transactions[at]], expected[at]
    return read.transactions, expected  # several encodings of one transaction


pytestmark = pytest.mark.parametrize(("name", "at"), cases())


def test_envelope_and_balances(name: str, at: int) -> None:
    read, expected = case(name, at)
    for tx in read:
        assert tx.signature == expected["signature"]
        assert tx.slot is None or tx.slot == expected["slot"]
        assert tx.block_time is None or tx.block_time == expected["block_time"] * 10**9
        assert tx.failed is not expected["success"]
        assert tx.payer == expected["fee_payer"]
        assert tx.payer in tx.signers
        assert tx.fee_lamports == expected["fee_lamports"]
        assert list(dict.fromkeys(one.program for one in tx.instructions if not one.inner)) == expected["top_level_programs"]
        before, after = tx.lamports[tx.payer]
        assert after - before == expected["fee_payer_sol_delta"]
        deltas: dict[str, int] = {}
        for row in tx.tokens:
            if row.owner == tx.payer:
                deltas[row.mint] = deltas.get(row.mint, 0) + row.post - row.pre
        wanted = expected["fee_payer_token_deltas"]
        assert {mint: delta for mint, delta in deltas.items() if delta} == {
            mint: delta for mint, delta in wanted.items() if delta
        }


def test_tips(name: str, at: int) -> None:
    read, expected = case(name, at)
    for tx in read:
        charges = [fact for fact in decode(tx, Context(infrastructure=infrastructure.load())).facts if isinstance(fact, Charge)]
        tips = [one for one in charges if one.kind == "tip" and one.recipient in JITO]
        assert sum(one.lamports for one in tips) == expected["jito_tip_lamports"]
        paid = sum(one.lamports for one in charges if one.kind in {"network", "priority"})
        assert paid == expected["fee_lamports"]


def test_events_in_order_with_their_lengths(name: str, at: int) -> None:
    read, expected = case(name, at)
    for tx in read:
        found = [(one.program, one.data[:8].hex(), len(one.data)) for one in events.of(tx, PROGRAM.values()).found]
        wanted = [(PROGRAM[one["program"]], EVENT[one["event"]], one["event_len"]) for one in expected["events"]]
        assert [one for one in found if one[1] in EVENT.values()] == wanted


def test_events_become_facts(name: str, at: int) -> None:
    read, expected = case(name, at)
    for tx in read:
        found = decode(tx)
        assert not found.undecodable
        launches = [fact for fact in found.facts if isinstance(fact, Launch)]
        trades = [fact for fact in found.facts if isinstance(fact, Trade) and "derived" not in fact.flags]
        states = {fact.id: fact for fact in found.facts if isinstance(fact, Reserves)}
        wanted = expected["events"]
        assert [one.asset for one in launches] == [one["mint"] for one in wanted if one["event"] == "CreateEvent"]
        for fact, one in zip(launches, (one for one in wanted if one["event"] == "CreateEvent"), strict=True):
            assert (fact.name, fact.symbol, fact.wallet, fact.market) == (
                one["name"], one["symbol"], one["user"], one["bonding_curve"],
            )  # fmt: skip
            assert fact.creator == one.get("creator", one["user"])
        told = [one for one in wanted if one["event"] != "CreateEvent"]
        assert len(trades) == len(told)
        for trade, one in zip(trades, told, strict=True):
            assert trade.happened_at == one["timestamp"] * 10**9
            assert trade.wallet == one["user"]
            if one["program"] == "pumpswap":  # the one recorded: a pool whose base is wrapped SOL
                assert (trade.side, trade.quote, trade.flags) == ("sell", "SOL", ("flipped",))
                assert (trade.quote_atoms, trade.quantity_atoms) == (one["base_amount"], one["user_quote_amount"])
                assert trade.market == one["pool"]
                continue
            assert (trade.asset, trade.side, trade.quantity_atoms) == (one["mint"], one["side"], one["token_amount"])
            assert (trade.quote, trade.quote_atoms) == ("SOL", one["sol_amount"])
            if "protocol_fee" in one:
                assert trade.venue_fee_quote_atoms == one["protocol_fee"] + one["creator_fee"] + one.get("cashback", 0)
            else:
                assert trade.flags == ("fee_computed",)
                assert trade.venue_fee_quote_atoms == one["sol_amount"] // 100
            state = states[trade.id + ":r"]
            assert state.virtual_quote_atoms == one["virtual_sol_reserves"]
            assert state.virtual_token_atoms == one["virtual_token_reserves"]
            assert state.market == trade.market
