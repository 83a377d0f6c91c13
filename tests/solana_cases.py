"""Recorded and constructed Solana records for the tests: documents, transactions, and event bytes by layout."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from struct import pack
from typing import Any

import msgspec

from remora.ports import Context, Decoded, Record
from remora.venues.solana import wire
from remora.venues.solana.decode import decode_transaction
from remora.venues.solana.transaction import Transaction
from shared_data import shared

SIGNATURE = "5" * 87
KEYS = [bytes([n]) * 32 for n in range(1, 30)]


def tx_files() -> list[Path]:
    """All recorded transaction files but the expectations."""
    return sorted(path for path in shared("solana/tx").glob("*.json") if path.name != "expected.json")


def document(name: str) -> Any:
    """One recorded document."""
    return json.loads(shared(f"solana/tx/{name}").read_text(encoding="utf-8-sig"))


def transactions(name: str) -> list[Transaction]:
    """The transactions of one recorded document; fails the test where any cannot be read."""
    read = wire.read(document(name))
    assert not read.undecodable
    return read.transactions


def log_frames() -> Iterator[Any]:
    """The recorded logsSubscribe frames, with their wrapper."""
    for line in shared("solana/streams/helius_logs_subscribe_pumpfun_part1.jsonl").read_text().splitlines():
        yield json.loads(line)


def portal_frames() -> Iterator[Any]:
    """The recorded PumpPortal frames, with their wrapper."""
    for line in shared("solana/streams/pumpportal_session_part1.jsonl").read_text().splitlines():
        yield json.loads(line)


def capture_messages() -> Iterator[bytes]:
    """The recorded Yellowstone updates."""
    data = gzip.decompress(shared("solana/streams/yellowstone_slots_entries_meta.bin.gz").read_bytes())
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 4 + size]
        at += 4 + size


def decode(tx: Transaction, context: Context | None = None) -> Decoded:
    """All facts of a transaction."""
    return decode_transaction(tx, context or Context())


def record(value: Any) -> Record:
    """A record as the reader hands it on."""
    return Record(value=value)


def log_only(tx: Transaction) -> Transaction:
    """The same transaction as a log-only feed would tell it."""
    return msgspec.structs.replace(tx, instructions=(), lamports={}, tokens=(), keys=(), signers=frozenset(), complete=False)


def bare(**changes: Any) -> Transaction:
    """A log-only transaction without anything in it."""
    return Transaction(**({"signature": SIGNATURE, "source": "test", "complete": False, "slot": 7} | changes))


def trade_event(
    *,
    length: int = 400,
    mint: bytes = KEYS[0],
    user: bytes = KEYS[1],
    sol: int = 1_000_000,
    tokens: int = 35_000_000_000,
    buy: int = 1,
    seconds: int = 1_780_000_000,
    fee: int = 9_500,
    creator_fee: int = 3_000,
    cashback: int = 0,
    name: bytes = b"buy",
    shareholders: int = 0,
    quote_mint: bytes = bytes(32),
    quote: tuple[int, int, int] = (1_000_000, 30_001_000_000, 1_000_000),
) -> bytes:
    """A TradeEvent by its layout, cut to `length` bytes: what older versions of the program wrote."""
    data = bytes.fromhex("bddb7fd34ee661ee") + mint + pack("<QQB", sol, tokens, buy) + user
    data += pack("<qQQQQ", seconds, 30_000_000_000 + sol, 1_073_000_000_000_000 - tokens, sol, 793_100_000_000_000 - tokens)
    data += KEYS[2] + pack("<QQ", 95, fee) + KEYS[3] + pack("<QQ", 30, creator_fee)
    data += pack("<BQQQq", 1, 0, 0, 0, 0) + pack("<I", len(name)) + name + b"\0"
    data += pack("<QQQQ", 30, cashback, 5_000, fee // 2) + pack("<I", shareholders) + (KEYS[4] + pack("<H", 9)) * shareholders
    data += quote_mint + pack("<QQQ", *quote)
    return data[:length]
