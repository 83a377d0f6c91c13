"""One executed Solana transaction, whatever form it came in: what all decoders of this venue read."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec


class Instruction(NamedTuple):
    """One executed instruction. inner is 0 for an outer instruction, else its place (from 1) among the inner ones.

    `parsed` holds jsonParsed's own reading where that form gave no data; then `data` is empty.
    """

    program: str
    accounts: tuple[str, ...]
    data: bytes
    outer: int
    inner: int
    parsed: dict[str, Any] | None = None

    @property
    def ordinal(self) -> int:
        """Place inside the transaction, as facts carry it."""
        return self.outer << 16 | self.inner


class TokenBalance(NamedTuple):
    """One token account before and after, in atoms (0 where it did not exist)."""

    account: str
    mint: str
    owner: str
    pre: int
    post: int
    decimals: int


class LogEvent(NamedTuple):
    """One `Program data:` line, attributed to the program on top of the invoke stack.

    ordinal: place of the program's n-th call of itself for its n-th line, counted by the log's invokes: the ordinal of
    the inner instruction that carries the same event (as long as nothing ran that logs no invoke).
    """

    program: str
    data: bytes
    ordinal: int = 0


class Transaction(msgspec.Struct, kw_only=True):
    """Keys, instructions in execution order (each outer one followed by its inner ones), balances, logs.

    keys: static keys, then loaded writable, then loaded readonly; keys[0] pays the fee. block_time: nanoseconds.
    lamports: account -> (before, after). log_events is None where the form carries no log.
    complete: False when the form holds logs only (no instructions and no balances).
    """

    signature: str
    source: str
    slot: int | None = None
    tx_index: int | None = None
    block_time: int | None = None
    seen_at: int | None = None
    failed: bool = False
    error: str = ""
    fee_lamports: int = 0
    keys: tuple[str, ...] = ()
    signers: frozenset[str] = frozenset()
    instructions: tuple[Instruction, ...] = ()
    lamports: dict[str, tuple[int, int]] = {}
    tokens: tuple[TokenBalance, ...] = ()
    log_events: tuple[LogEvent, ...] | None = None
    logs_truncated: bool = False
    complete: bool = True

    @property
    def payer(self) -> str:
        """Who paid the fee ('' where unknown). Not necessarily who traded."""
        return self.keys[0] if self.keys else ""
