"""Logs: whose line it is, where it stands, and what a cut log still tells."""

from __future__ import annotations

from base64 import b64encode

import msgspec
import pytest

from remora.model.errors import Reason
from remora.model.facts import Reserves, Trade
from remora.venues.solana import events, logs, wire
from remora.venues.solana.events import SELF_CALL
from remora.venues.solana.programs import PUMP
from remora.venues.solana.transaction import Instruction
from solana_cases import bare, decode, document, log_frames, log_only, trade_event, transactions, tx_files

LAUNCHLAB = "LanMV9sAd7wArD4vJFi2qDdfnVhFxYSUg6eADduJ3uj"
ROUTER = "b1oomGGqPKGD6errbyfbVMBuzSC8WtAAYo8MwNafWW1"
DATA = "Program data: " + b64encode(trade_event()).decode()


def test_a_line_belongs_to_the_program_on_top_of_the_stack() -> None:
    found, truncated = logs.attribute(
        [
            f"Program {ROUTER} invoke [1]",
            DATA,
            f"Program {PUMP} invoke [2]",
            "Program log: Program 11111111111111111111111111111111 invoke [3]",
            DATA,
            f"Program {PUMP} invoke [3]",
            f"Program {PUMP} success",
            f"Program {PUMP} consumed 5 of 9 compute units",
            f"Program {PUMP} success",
            DATA,
            f"Program {ROUTER} failed: custom program error: 0x6f",
            DATA,
        ]
    )
    assert [one.program for one in found] == [ROUTER, PUMP, ROUTER, ""]
    assert found[1].ordinal == 2  # the self-call is the second inner instruction
    assert not truncated


def test_a_foreign_event_with_the_same_first_bytes_is_not_pump_s() -> None:
    found, _ = logs.attribute([f"Program {LAUNCHLAB} invoke [1]", DATA, f"Program {LAUNCHLAB} success"])
    assert found[0].data[:8].hex() == "bddb7fd34ee661ee"
    assert not [fact for fact in decode(bare(log_events=found)).facts if isinstance(fact, Trade)]
    own, _ = logs.attribute([f"Program {PUMP} invoke [1]", DATA, f"Program {PUMP} success"])
    assert [type(fact) for fact in decode(bare(log_events=own)).facts] == [Trade, Reserves]


def test_a_foreign_self_call_is_not_pump_s() -> None:
    data = SELF_CALL + trade_event()
    tx = bare(instructions=(Instruction(LAUNCHLAB, (), b"", 0, 0), Instruction(LAUNCHLAB, (), data, 0, 1)))
    assert events.of(tx, {PUMP}).found == []


def test_log_and_inner_instructions_give_the_same_events_and_places() -> None:
    compared = 0
    for path in tx_files():
        for tx in wire.read(document(path.name)).transactions:
            if not tx.failed and tx.log_events is not None:
                inner = events.of(tx, {PUMP}).found
                assert events.of(log_only(tx), {PUMP}).found == inner
                compared += len(inner)
    assert compared >= 18


@pytest.mark.parametrize("name", ["2024-07-21_pump_create_buy.json", "2026-07-29_pump_create_v2_buy_cashback.json"])
def test_log_only_facts_equal_those_of_the_full_transaction(name: str) -> None:
    (tx,) = transactions(name)
    full = {fact.id: fact for fact in decode(tx).facts}
    told = decode(log_only(tx)).facts
    assert len(told) == 3
    assert [full[fact.id] for fact in told] == told


def test_a_cut_log_tells_what_it_can_and_says_so() -> None:
    found, truncated = logs.attribute([f"Program {PUMP} invoke [1]", DATA, "Log truncated"])
    assert truncated
    read = decode(bare(log_events=found, logs_truncated=True))
    assert [type(fact) for fact in read.facts] == [Trade, Reserves]
    assert [one.reason for one in read.undecodable] == [Reason.LOG_TRUNCATED]


def test_a_cut_log_does_not_matter_where_inner_instructions_are() -> None:
    (tx,) = transactions("2026-07-29_pump_create_v2_buy_cashback.json")
    cut = msgspec.structs.replace(tx, log_events=tx.log_events[:1] if tx.log_events else None, logs_truncated=True)
    assert decode(cut).facts == decode(tx).facts
    assert not decode(cut).undecodable


def test_a_line_that_is_no_base64_keeps_its_number() -> None:
    lines = [f"Program {PUMP} invoke [1]", "Program data: ***", DATA, f"Program {PUMP} success"]
    found, _ = logs.attribute(lines)
    read = decode(bare(log_events=found))
    assert [one.reason for one in read.undecodable] == [Reason.TRUNCATED]
    assert read.facts[0].id.endswith(":e1")


def test_the_recorded_session() -> None:
    trades, launches, failed, other = 0, 0, 0, 0
    for frame in log_frames():
        for tx in wire.read(frame).transactions:
            assert tx.seen_at is not None
            read = decode(tx)
            assert not read.undecodable
            if tx.failed:
                assert not read.facts
                assert read.ignored[0].reason is Reason.FAILED_TRANSACTION
                failed += 1
                continue
            trades += sum(isinstance(fact, Trade) for fact in read.facts)
            launches += sum(type(fact).__name__ == "Launch" for fact in read.facts)
            other += not read.facts
    assert (trades, launches, failed, other) == (52, 1, 47, 0)
