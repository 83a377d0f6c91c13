"""Raydium LaunchLab (also Bonk.fun): which instructions trade, on which side, and where they name pool and mints.

There is no recording of LaunchLab: this is read from its published layout. Its TradeEvent shares the first eight bytes
with Pump's and has another layout, so it is not read at all; amounts come from the token moves under the instruction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from remora.model.facts import BUY, SELL, Side
from remora.venues.solana.transaction import Instruction

PROGRAM: Final = "LanMV9sAd7wArD4vJFi2qDdfnVhFxYSUg6eADduJ3uj"
_POOL: Final = 4
_SIDES: Final[Mapping[bytes, Side]] = {
    bytes.fromhex("faea0d7bd59c13ec"): BUY,  # buy_exact_in
    bytes.fromhex("18d3742869039938"): BUY,  # buy_exact_out
    bytes.fromhex("9527de9bd37c981a"): SELL,  # sell_exact_in
    bytes.fromhex("5fc8472208090ba6"): SELL,  # sell_exact_out
}


def pool_of(one: Instruction) -> str | None:
    """The pool that a LaunchLab trade instruction names, None for other instructions."""
    return one.accounts[_POOL] if side_of(one) and len(one.accounts) > _POOL else None


def side_of(one: Instruction) -> Side | None:
    """The side that a LaunchLab trade instruction says, None for other instructions."""
    return _SIDES.get(one.data[:8]) if one.program == PROGRAM else None
