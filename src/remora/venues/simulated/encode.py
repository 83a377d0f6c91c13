"""The wire forms that a simulated market is written in: bytes of events in base64, log frames, rows of activity.

Whole columns at once: an event is a row of a matrix of bytes whose width divides by three, so that the base64 of all rows
is the base64 of each, one after the other.
"""

from __future__ import annotations

import struct
from base64 import b64encode
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from remora.venues.simulated import names

Bytes = NDArray[np.uint8]

TRADE: Final = bytes.fromhex("bddb7fd34ee661ee")
CREATE: Final = bytes.fromhex("1b72a94ddeeb6376")
COMPLETE: Final = bytes.fromhex("5f72619cd42e9808")
MIGRATION: Final = bytes.fromhex("bde95db95c94ea94")
POOL_BUY: Final = bytes.fromhex("67f4521f2cf57777")
POOL_SELL: Final = bytes.fromhex("3e2f370aa503dc2a")
_TRADE_BYTES: Final = 225
_POOL_BYTES: Final = 249


def keys(texts: Iterable[str]) -> Bytes:
    """The bytes of keys, one row each."""
    return np.frombuffer(b"".join(map(names.raw, texts)), np.uint8).reshape(-1, 32)


def _number(values: Any) -> Bytes:
    return np.ascontiguousarray(values, "<i8").view(np.uint8).reshape(-1, 8)


def _put(rows: Bytes, fields: dict[int, Bytes]) -> list[str]:
    """Write fields at their places; the base64 of each row."""
    for place, field in fields.items():
        rows[:, place : place + field.shape[1]] = field
    text, width = b64encode(rows.tobytes()).decode(), rows.shape[1] // 3 * 4
    return [text[place : place + width] for place in range(0, len(text), width)]


def curve_trades(column: dict[str, Any], mint: Bytes, user: Bytes, creator: Bytes) -> list[str]:
    """Pump.fun TradeEvents in the 225-byte form, as base64. column: seconds, money, quantity, side, quote, base, fees."""
    rows = np.zeros((len(mint), _TRADE_BYTES), np.uint8)
    return _put(rows, {
        0: np.frombuffer(TRADE, np.uint8)[None], 8: mint, 40: _number(column["money"]), 48: _number(column["quantity"]),
        56: (1 - column["side"]).astype(np.uint8)[:, None], 57: user, 89: _number(column["seconds"]),
        97: _number(column["quote"]), 105: _number(column["base"]), 113: _number(column["quote"] - 30_000_000_000),
        121: _number(column["base"] - 279_900_000_000_000), 161: _number([95]), 169: _number(column["protocol"]),
        177: creator, 209: _number([30]), 217: _number(column["creator"]),
    })  # fmt: skip


def pool_trades(column: dict[str, Any], pool: Bytes, user: Bytes) -> list[str]:
    """PumpSwap BuyEvents and SellEvents, as base64. column as for the curve, and liquidity; reserves are those after it."""
    rows = np.zeros((len(pool), _POOL_BYTES), np.uint8)
    sells = column["side"] == 1
    kind = np.where(sells[:, None], np.frombuffer(POOL_SELL, np.uint8), np.frombuffer(POOL_BUY, np.uint8))
    fee = column["protocol"] + column["creator"] + column["liquidity"]
    sign = np.where(sells, -1, 1)
    return _put(rows, {
        0: kind, 8: _number(column["seconds"]), 16: _number(column["quantity"]),
        48: _number(column["base"] + sign * column["quantity"]),
        56: _number(column["quote"] - sign * column["money"] - column["liquidity"]), 64: _number(column["money"]),
        80: _number(column["liquidity"]), 96: _number(column["protocol"]), 112: _number(column["money"] + sign * fee),
        120: pool, 152: user,
    })  # fmt: skip


def create_event(mint: bytes, curve: bytes, user: bytes, name: str, symbol: str, seconds: int) -> str:
    """A Pump.fun CreateEvent in the form of 2025-05, as base64."""

    def text(value: str) -> bytes:
        spelt = value.encode()
        return struct.pack("<I", len(spelt)) + spelt

    start = (seconds, 1_073_000_000_000_000, 30_000_000_000, 793_100_000_000_000, 1_000_000_000_000_000)
    said = (CREATE, text(name), text(symbol), text(""), mint, curve, user, user, struct.pack("<q4Q", *start))
    return b64encode(b"".join(said)).decode()


def complete_event(user: bytes, mint: bytes, curve: bytes, seconds: int) -> str:
    """A Pump.fun CompleteEvent, as base64."""
    return b64encode(COMPLETE + user + mint + curve + struct.pack("<q", seconds)).decode()


def migration_event(user: bytes, mint: bytes, curve: bytes, pool: bytes, amounts: tuple[int, int, int], seconds: int) -> str:
    """A CompletePumpAmmMigrationEvent, as base64. amounts: tokens, lamports, fee."""
    head = MIGRATION + user + mint + struct.pack("<QQQ", *amounts)
    return b64encode(head + curve + struct.pack("<q", seconds) + pool).decode()


def event_log(program: str, data: str) -> str:
    """The log lines of one event inside a frame's text (quotes escaped)."""
    return f'\\"Program {program} invoke [1]\\",\\"Program data: {data}\\",\\"Program {program} success\\"'


def frame(signature: str, slot: int, seconds: int, logs: str) -> str:
    """A recorded logsSubscribe frame, heard 0.8 seconds after the block's clock, as one line."""
    return (
        f'{{"t_wall": {seconds}.8, "raw": "{{\\"jsonrpc\\":\\"2.0\\",\\"method\\":\\"logsNotification\\",\\"params\\":'
        f'{{\\"result\\":{{\\"context\\":{{\\"slot\\":{slot}}},\\"value\\":{{\\"signature\\":\\"{signature}\\",'
        f'\\"err\\":null,\\"logs\\":[{logs}]}}}},\\"subscription\\":1}}}}"}}\n'
    )


def activity_row(
    wallet: str, seconds: int, market: tuple[str, str], tx: str, side: str, size: str, dollars: str, price: str, asset: str,
    outcome: int,
) -> str:  # fmt: skip
    """One trade of the Data API's /activity as JSON. market: condition, slug."""
    return (
        f'{{"proxyWallet": "{wallet}", "timestamp": {seconds}, "conditionId": "{market[0]}", "type": "TRADE", '
        f'"transactionHash": "{tx}", "size": {size}, "usdcSize": {dollars}, "price": {price}, "asset": "{asset}", '
        f'"side": "{side}", "outcomeIndex": {outcome}, "slug": "{market[1]}", "outcome": "{("Yes", "No")[outcome]}"}}'
    )
