"""Hostile input: whatever comes in, decoders answer with values, never with exceptions, and never hang."""

from __future__ import annotations

import copy
import json
import random
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remora.ports import Context, Decoded
from remora.venues.solana import curve_account, logs, pumpfun, pumpswap, wire
from remora.venues.solana.events import Event
from remora.venues.solana.fields import Malformed
from remora.venues.solana.kinds import CAPTURE, CURVE_ACCOUNTS, LOGS, PUMPPORTAL, TRANSACTIONS
from remora.venues.solana.programs import PUMP, PUMPSWAP
from solana_cases import (
    bare,
    capture_messages,
    document,
    log_frames,
    portal_frames,
    record,
    trade_event,
)  # fmt: skip

HOSTILE: list[Any] = [
    None, True, -1, 2**70, 1e30, float("nan"), "", "x", "<script>\u202e\x00", "1" * 9000,
    [], {}, [[]], {"": {}}, [None, {}], 0.5, 255, "🤡",
]  # fmt: skip
JSON_FORMS = (
    "2024-12_transfer.json", "2024-12_open4.json", "jsonparsed_4iZxoW1D2uP3.json",
    "2025-05-13_bloom_router_buy_blocksubscribe.json",
    "yellowstone_update_2025-07-04_pump_sell.json", "yellowstone_block_2025-06-04.json", "2025-10_two_gettransaction.json",
    "2024-12_error.json", "2024-12_solscan_open1.json",
)  # fmt: skip


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at]
    if isinstance(value, dict):
        for key, member in value.items():
            found += paths(member, (*at, key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            found += paths(member, (*at, index))
    return found


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    changed = copy.copy(value)
    changed[path[0]] = replaced(value[path[0]], path[1:], new)
    return changed


def removed(value: Any, path: tuple[Any, ...]) -> Any:
    changed = copy.copy(value)
    if len(path) == 1:
        del changed[path[0]]
    else:
        changed[path[0]] = removed(value[path[0]], path[1:])
    return changed


def mutations(value: Any, count: int, seed: int) -> list[Any]:
    """`count` documents with one or two places changed; every top place is removed once, too."""
    chance = random.Random(seed)
    places = paths(value)
    short = [path for path in places if 0 < len(path) <= 3]
    changed = [removed(value, path) for path in short]
    for _ in range(count):
        one = replaced(value, chance.choice(places), chance.choice(HOSTILE))
        if chance.random() < 0.2:
            one = replaced(one, chance.choice(paths(one)), chance.choice(HOSTILE))
        changed.append(one)
    return changed


@pytest.mark.parametrize("name", JSON_FORMS)
def test_a_transaction_with_a_wrong_value_anywhere_is_read_or_refused(name: str) -> None:
    decoder = TRANSACTIONS.open(Context())
    for changed in mutations(document(name), 120, seed=1):
        found = decoder.decode(record(changed))
        assert found.facts or found.ignored or found.undecodable


def test_frames_with_a_wrong_value_anywhere_are_read_or_refused() -> None:
    for kind, frames in ((LOGS, log_frames()), (PUMPPORTAL, portal_frames())):
        decoder = kind.open(Context())
        for number, frame in enumerate(frames):
            raw = json.loads(frame["raw"])
            for changed in [frame | {"raw": bad} for bad in HOSTILE] + mutations(raw, 12, seed=number):
                found = decoder.decode(record(changed))
                assert found.facts or found.ignored or found.undecodable


@given(st.binary(max_size=500))
def test_random_event_bytes(data: bytes) -> None:
    for head in (b"", *pumpfun._READERS, pumpfun.TRADE, *pumpswap._READERS, pumpswap.BUY, pumpswap.SELL):
        for module, program in ((pumpfun, PUMP), (pumpswap, PUMPSWAP)):
            found = Decoded(facts=[], ignored=[], undecodable=[])
            module.decode(bare(), Event(program, 0, head + data, 0), Context(), found)
            assert found.facts or found.ignored or found.undecodable


@given(st.integers(0, 450), st.integers(0, 449), st.binary(min_size=1, max_size=8))
def test_damaged_trade_events(length: int, at: int, noise: bytes) -> None:
    data = bytearray(trade_event(length=length, shareholders=2))
    data[at : at + len(noise)] = noise
    found = Decoded(facts=[], ignored=[], undecodable=[])
    pumpfun.decode(bare(), Event(PUMP, 0, bytes(data), 0), Context(), found)
    assert found.facts or found.ignored or found.undecodable


@given(st.binary(max_size=300))
def test_random_capture_messages(data: bytes) -> None:
    found = CAPTURE.open(Context()).decode(record(data))
    assert found.ignored or found.undecodable or found.facts


def test_damaged_capture_messages() -> None:
    decoder = CAPTURE.open(Context())
    chance = random.Random(3)
    for number, message in enumerate(capture_messages()):
        if number % 40:
            continue
        data = bytearray(message)
        data[chance.randrange(len(data))] = chance.randrange(256)
        found = decoder.decode(record(bytes(data)))
        assert found.ignored or found.undecodable or found.facts


@given(st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=80), st.sampled_from([
    "Program data: !!", "Program data: ", f"Program {PUMP} invoke [999]", f"Program {PUMP} success", "Log truncated",
    f"Program {PUMP} invoke [0]", f"Program {PUMP} failed: x", "Program data: vdt/007mYe4= AA==",
])), max_size=30))  # fmt: skip
def test_random_logs(lines: list[Any]) -> None:
    events, _ = logs.attribute(lines)
    assert len(events) == sum(isinstance(line, str) and line.startswith("Program data: ") for line in lines)


NAMES = ["result", "meta", "transaction", "block", "params", "method", "txType", "raw", "t_wall", "data"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda children: st.lists(children, max_size=4)
    | st.dictionaries(st.sampled_from(NAMES), children),
    max_leaves=12,
)  # fmt: skip


@given(json_values)
def test_random_documents(value: Any) -> None:
    wire.is_form(value)
    for kind in (TRANSACTIONS, LOGS, PUMPPORTAL, CURVE_ACCOUNTS):
        found = kind.open(Context()).decode(record(value))
        assert found.ignored or found.undecodable or found.facts or value == []


@given(st.binary(max_size=200))
def test_random_account_data(data: bytes) -> None:
    for head in (b"", curve_account.DISCRIMINATOR):
        with suppress(Malformed):
            assert curve_account.parse(head + data).supply_atoms >= 0


def test_deep_nesting_ends() -> None:
    deep: Any = {}
    for _ in range(3000):
        deep = [deep]
    found = TRANSACTIONS.open(Context()).decode(record(deep))
    assert found.undecodable
    assert not wire.is_form(json.loads("[" * 900 + "]" * 900))
