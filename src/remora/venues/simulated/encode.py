"""The wire forms that a simulated market is written in: Pump.fun event bytes, log frames, Data API and Gamma rows."""

from __future__ import annotations

import struct
from base64 import b64encode
from typing import Any, Final

PUMP: Final = "6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P"
_TRADE: Final = bytes.fromhex("bddb7fd34ee661ee")
_CREATE: Final = bytes.fromhex("1b72a94ddeeb6376")
_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def base58(data: bytes) -> str:
    """Base58 text of some bytes."""
    number = int.from_bytes(data)
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = _ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def unbase58(text: str) -> bytes:
    """The 32 bytes of a base58 key."""
    number = 0
    for letter in text:
        number = number * 58 + _ALPHABET.index(letter)
    return number.to_bytes(32)


def trade_event(
    *, mint: str, user: str, creator: str, is_buy: bool, sol: int, tokens: int, fees: tuple[int, int],
    reserves: tuple[int, int, int, int], seconds: int,
) -> bytes:  # fmt: skip
    """A Pump.fun TradeEvent in the 225-byte form: virtual SOL, virtual token, real SOL, real token reserves after it."""
    fee, creator_fee = fees
    head = _TRADE + unbase58(mint) + struct.pack("<QQ?", sol, tokens, is_buy) + unbase58(user)
    state = struct.pack("<q4Q", seconds, *reserves)
    protocol = bytes(32) + struct.pack("<QQ", 95, fee)
    return head + state + protocol + unbase58(creator) + struct.pack("<QQ", 30, creator_fee)


def create_event(*, mint: str, curve: str, user: str, name: str, symbol: str, seconds: int) -> bytes:
    """A Pump.fun CreateEvent in the form of 2025-05."""

    def text(value: str) -> bytes:
        raw = value.encode()
        return struct.pack("<I", len(raw)) + raw

    return b"".join((
        _CREATE, text(name), text(symbol), text(""), unbase58(mint), unbase58(curve), unbase58(user), unbase58(user),
        struct.pack("<q4Q", seconds, 1_073_000_000_000_000, 30_000_000_000, 793_100_000_000_000, 1_000_000_000_000_000),
    ))  # fmt: skip


def logs_notification(signature: str, slot: int, events: list[bytes]) -> dict[str, Any]:
    """A logsSubscribe frame with these events of the Pump program."""
    data = [f"Program data: {b64encode(event).decode()}" for event in events]
    logs = [f"Program {PUMP} invoke [1]", *data, f"Program {PUMP} success"]
    value = {"signature": signature, "err": None, "logs": logs}
    return {
        "jsonrpc": "2.0", "method": "logsNotification",
        "params": {"result": {"context": {"slot": slot}, "value": value}, "subscription": 1},
    }  # fmt: skip


def activity_row(kind: str, wallet: str, seconds: int, condition: str, tx: str, **fields: Any) -> dict[str, Any]:
    """One row of the Data API's /activity."""
    row: dict[str, Any] = {
        "proxyWallet": wallet, "timestamp": seconds, "conditionId": condition, "type": kind, "transactionHash": tx,
        "size": 0, "usdcSize": 0, "price": 0, "asset": "", "side": "", "outcomeIndex": 999, "title": "",
        "slug": "", "outcome": "",
    }  # fmt: skip
    row.update(fields)
    return row
