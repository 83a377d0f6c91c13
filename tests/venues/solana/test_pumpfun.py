"""Launches, completions, migrations and rewards, by their layouts (no recording holds the last three)."""

from __future__ import annotations

from struct import pack

import pytest

from remora.model.errors import Reason
from remora.model.facts import Fact, Graduation, Launch, PoolCreated, Reward
from remora.ports import Context
from remora.venues.solana import base58, wire
from remora.venues.solana.decode import decode_transaction
from remora.venues.solana.programs import PUMP, PUMPSWAP, USDC_MINT, WSOL
from remora.venues.solana.transaction import LogEvent
from solana_cases import KEYS, bare, document, log_frames, trade_event

USER, MINT, CURVE, CREATOR, POOL = KEYS[:5]
TIME = 1_780_000_000
text = base58.key_text


def facts(*events: tuple[str, bytes], context: Context | None = None) -> list[Fact]:
    lines = tuple(LogEvent(program, data, n) for n, (program, data) in enumerate(events))
    found = decode_transaction(bare(log_events=lines), context or Context())
    assert not found.undecodable
    return found.facts


def refused(data: bytes) -> Reason:
    found = decode_transaction(bare(log_events=(LogEvent(PUMP, data),)), Context())
    assert not found.facts
    (problem,) = found.undecodable
    return problem.reason


def words(*parts: bytes) -> bytes:
    return b"".join(pack("<I", len(part)) + part for part in parts)


OLD_CREATE = bytes.fromhex("1b72a94ddeeb6376") + words(b"Cat \xe2\x80\xae", b"CAT", b"ipfs://x") + MINT + CURVE + USER
CREATE_2025 = OLD_CREATE + CREATOR + pack("<qQQQQ", TIME, 1, 2, 3, 10**15)
CREATE_2026 = CREATE_2025 + KEYS[9] + b"\1" + b"\1" + base58.decode(USDC_MINT) + pack("<Q", 5)


def test_a_launch_of_each_generation() -> None:
    (old,) = facts((PUMP, OLD_CREATE))
    assert isinstance(old, Launch)
    assert (old.name, old.symbol, old.uri) == ("Cat \u202e", "CAT", "ipfs://x")  # kept as typed: showing is another's duty
    assert (old.asset, old.wallet, old.creator, old.market) == (text(MINT), text(USER), text(USER), text(CURVE))
    assert (old.happened_at, old.supply_atoms, old.quote, old.flags) == (None, None, "SOL", ())
    (middle,) = facts((PUMP, CREATE_2025))
    assert isinstance(middle, Launch)
    assert (middle.creator, middle.happened_at, middle.supply_atoms) == (text(CREATOR), TIME * 10**9, 10**15)
    (new,) = facts((PUMP, CREATE_2026 + b"tomorrow"))
    assert isinstance(new, Launch)
    assert (new.quote, new.flags) == ("USDC", ("mayhem_coin", "cashback_coin"))


def test_an_old_launch_is_dated_by_the_trade_beside_it() -> None:
    launch, trade, _ = facts((PUMP, OLD_CREATE), (PUMP, trade_event(seconds=TIME)))
    assert launch.happened_at == trade.happened_at == TIME * 10**9


def test_names_that_are_no_text_are_kept_readable() -> None:
    (launch,) = facts((PUMP, bytes.fromhex("1b72a94ddeeb6376") + words(b"\xff\xfe", b"", b"") + MINT + CURVE + USER))
    assert isinstance(launch, Launch)
    assert launch.name == "\ufffd\ufffd"


@pytest.mark.parametrize("length", range(8, len(OLD_CREATE), 7))
def test_a_short_launch_is_refused(length: int) -> None:
    assert refused(OLD_CREATE[:length]) is Reason.TRUNCATED


def test_a_lying_length_is_refused() -> None:
    assert refused(bytes.fromhex("1b72a94ddeeb6376") + b"\xff\xff\xff\xff" + b"x" * 90) is Reason.TOO_LARGE


def test_completion() -> None:
    data = bytes.fromhex("5f72619cd42e9808") + USER + MINT + CURVE + pack("<q", TIME)
    (done,) = facts((PUMP, data))
    assert isinstance(done, Graduation)
    assert (done.stage, done.asset, done.wallet, done.market) == ("complete", text(MINT), text(USER), text(CURVE))
    assert (done.happened_at, done.quote) == (TIME * 10**9, "SOL")
    (usdc,) = facts((PUMP, data + base58.decode(USDC_MINT)))
    assert isinstance(usdc, Graduation)
    assert usdc.quote == "USDC"


MIGRATION = (
    bytes.fromhex("bde95db95c94ea94") + USER + MINT + pack("<QQQ", 206_900_000_000_000, 84_990_359_056, 15_000_001)
    + CURVE + pack("<q", TIME) + POOL
)  # fmt: skip


def test_migration_names_the_pool_for_later_swaps() -> None:
    context = Context()
    moved, pool = facts((PUMP, MIGRATION), context=context)
    assert isinstance(moved, Graduation)
    assert isinstance(pool, PoolCreated)
    assert (moved.stage, moved.pool, moved.destination) == ("migrated", text(POOL), PUMPSWAP)
    assert (moved.quantity_atoms, moved.quote_atoms, moved.quote) == (206_900_000_000_000, 84_990_359_056, "SOL")
    assert (pool.pool, pool.base_asset, pool.quote_asset, pool.flags) == (text(POOL), text(MINT), WSOL, ("canonical",))
    assert context.pools == {text(POOL): (text(MINT), WSOL)}
    assert facts((PUMP, MIGRATION), context=context) == [moved, pool]  # the same again, whatever was learnt


def test_rewards() -> None:
    fee, cashback = facts(
        (PUMP, bytes.fromhex("7a027f010ebf0caf") + pack("<q", TIME) + CREATOR + pack("<Q", 77)),
        (PUMP, bytes.fromhex("e2d6f62107f293e5") + USER + pack("<QqQQ", 88, TIME, 1, 2)),
    )
    assert isinstance(fee, Reward)
    assert isinstance(cashback, Reward)
    assert (fee.kind, fee.wallet, fee.quote, fee.quote_atoms) == ("creator_fee", text(CREATOR), "SOL", 77)
    assert (cashback.kind, cashback.wallet, cashback.quote_atoms) == ("cashback", text(USER), 88)
    assert {fee.happened_at, cashback.happened_at} == {TIME * 10**9}


def test_an_unknown_event_is_named_and_left_alone() -> None:
    found = decode_transaction(bare(log_events=(LogEvent(PUMP, b"12345678 and more"),)), Context())
    assert (found.facts, found.undecodable) == ([], [])
    assert found.ignored[0].reason is Reason.NO_FACTS
    assert b"12345678".hex() in found.ignored[0].detail


def test_a_failed_transaction_is_void_and_pays_its_fee() -> None:
    (tx,) = wire.read(document("2024-12_error.json")).transactions
    found = decode_transaction(tx, Context())
    assert {type(fact).__name__ for fact in found.facts} == {"Charge"}
    assert found.ignored[0].reason is Reason.FAILED_TRANSACTION


def test_the_recorded_launch_and_its_curve() -> None:
    launches = [
        fact for frame in log_frames() for tx in wire.read(frame).transactions
        for fact in decode_transaction(tx, Context()).facts if isinstance(fact, Launch)
    ]  # fmt: skip
    (one,) = launches
    assert one.supply_atoms == 10**15
    assert one.happened_at is not None
