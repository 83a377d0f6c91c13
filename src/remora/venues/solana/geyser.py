"""Yellowstone updates written as JSON: byte arrays as {"type": "Buffer", "data": […]}, or as base58 or base64 text."""

from __future__ import annotations

import binascii
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final, Literal

from remora.model import ids, units
from remora.model.errors import Reason
from remora.venues.solana import base58, fields, logs
from remora.venues.solana.fields import Malformed
from remora.venues.solana.parts import BalanceRow, Compiled, decimals, in_order, lamports, resolve, token_balances
from remora.venues.solana.transaction import Instruction, Transaction

SOURCE: Final = "solana.yellowstone"
_Encoding = Literal["base58", "base64"]


def is_update(document: dict[str, Any]) -> bool:
    """Whether the document looks like a SubscribeUpdate with transactions (one, or a block of them)."""
    body = document.get("transaction")
    return isinstance(document.get("block"), dict) or (isinstance(body, dict) and isinstance(body.get("transaction"), dict))


def members(document: dict[str, Any], seen_at: int | None) -> Iterator[Callable[[], Transaction]]:
    """One maker per transaction of the update, votes left out; each may raise Malformed without spoiling the others."""
    seen = seen_at if seen_at is not None else _created(document.get("createdAt"))
    block = document.get("block")
    if isinstance(block, dict):
        stamp = block.get("blockTime")
        time = fields.seconds(stamp.get("timestamp") if isinstance(stamp, dict) else stamp, "block.blockTime")
        for info in fields.sequence(block.get("transactions"), "block.transactions"):
            if not _is_vote(info):
                yield partial(_transaction, info, block.get("slot"), time, seen)
        return
    body = fields.mapping(document.get("transaction"), "transaction")
    if not _is_vote(body.get("transaction")):
        yield partial(_transaction, body.get("transaction"), body.get("slot"), None, seen)


def _is_vote(info: object) -> bool:
    return isinstance(info, dict) and info.get("isVote") is True


def _created(value: object) -> int | None:
    """The server's stamp: the earliest moment at which the update could be known."""
    if not isinstance(value, str):
        return None
    try:
        return units.instant_of_text(value)
    except units.BadNumber as error:
        raise Malformed(error.reason, error.detail, "createdAt") from error


def _transaction(value: object, slot: object, block_time: int | None, seen_at: int | None) -> Transaction:
    info = fields.mapping(value, "transaction.transaction")
    meta = fields.mapping(info.get("meta"), "meta")
    body = fields.mapping(info.get("transaction"), "transaction")
    message = fields.mapping(body.get("message"), "transaction.message")
    encoding: _Encoding = "base58" if ids.is_solana_signature(info.get("signature")) else "base64"
    static = [_key(raw, encoding) for raw in fields.sequence(message.get("accountKeys"), "accountKeys")]
    header = fields.mapping(message.get("header"), "message.header")
    required = fields.integer(header.get("numRequiredSignatures", 0), "header.numRequiredSignatures", maximum=255)
    keys = (*static, *_keys(meta, "loadedWritableAddresses", encoding), *_keys(meta, "loadedReadonlyAddresses", encoding))
    raw_outer = fields.sequence(message.get("instructions"), "message.instructions")
    outer = [_instruction(raw, keys, (at, 0), encoding) for at, raw in enumerate(raw_outer)]
    inner = [_group(group) for group in fields.optional_sequence(meta.get("innerInstructions"), "innerInstructions")]
    instructions: list[Instruction] = []
    for instruction, raw_inner in in_order(outer, inner):
        instructions.append(instruction)
        instructions += [_instruction(raw, keys, (instruction.outer, at), encoding) for at, raw in enumerate(raw_inner, 1)]
    events, truncated = logs.attribute(fields.optional_sequence(meta.get("logMessages"), "meta.logMessages"))
    error = meta.get("err")
    return Transaction(
        signature=base58.signature_text(_bytes(info.get("signature"), "signature", encoding)),
        source=SOURCE,
        slot=fields.integer(slot, "slot", maximum=units.INT64_MAX),
        tx_index=fields.integer(info.get("index", 0), "index", maximum=units.INT64_MAX),
        block_time=block_time,
        seen_at=seen_at,
        failed=error is not None,
        error="" if error is None else str(error)[:200],
        fee_lamports=fields.integer(meta.get("fee", 0), "meta.fee", maximum=units.INT64_MAX),
        keys=keys,
        signers=frozenset(static[:required]),
        instructions=tuple(instructions),
        lamports=lamports(_amounts(meta, "preBalances"), _amounts(meta, "postBalances"), keys),
        tokens=token_balances(_balances(meta, "preTokenBalances"), _balances(meta, "postTokenBalances"), keys),
        log_events=None if meta.get("logMessagesNone") is True else events,
        logs_truncated=truncated,
    )


def _bytes(value: object, where: str, encoding: _Encoding) -> bytes:
    if isinstance(value, str):
        if encoding == "base58":
            return base58.decode(value, where)
        try:
            return binascii.a2b_base64(value, strict_mode=True)
        except (binascii.Error, ValueError) as error:
            raise Malformed(Reason.BAD_ENCODING, f"not base64: {error}", where) from error
    if isinstance(value, dict):
        value = value["data"] if "data" in value else [value[key] for key in value]  # {} and {"0": 7, …}: bytes dumped naively
    try:
        return bytes(fields.optional_sequence(value, where))
    except (TypeError, ValueError) as error:
        raise Malformed(Reason.WRONG_TYPE, f"not a list of bytes: {error}", where) from error


def _key(value: object, encoding: _Encoding) -> str:
    if isinstance(value, str) and encoding == "base58":
        return fields.address(value, "accountKeys")
    raw = _bytes(value, "accountKeys", encoding)
    if len(raw) != 32:
        raise Malformed(Reason.BAD_ADDRESS, f"a key has 32 bytes, got {len(raw)}", "accountKeys")
    return base58.key_text(raw)


def _keys(meta: dict[str, Any], name: str, encoding: _Encoding) -> list[str]:
    return [_key(raw, encoding) for raw in fields.optional_sequence(meta.get(name), f"meta.{name}")]


def _group(value: object) -> tuple[int, list[Any]]:
    group = fields.mapping(value, "innerInstructions[]")
    index = fields.integer(group.get("index", 0), "innerInstructions[].index", maximum=255)
    return index, fields.sequence(group.get("instructions"), "innerInstructions[].instructions")


def _instruction(raw: object, keys: Sequence[str], place: tuple[int, int], encoding: _Encoding) -> Instruction:
    where = f"instruction {place[0]}.{place[1]}"
    one = fields.mapping(raw, where)
    program = fields.integer(one.get("programIdIndex", 0), where, maximum=255)
    compiled = Compiled(program, _bytes(one.get("accounts"), where, encoding), _bytes(one.get("data"), where, encoding))
    return resolve(compiled, keys, *place)


def _amounts(meta: dict[str, Any], name: str) -> list[int]:
    return [fields.integer(value, f"meta.{name}") for value in fields.sequence(meta.get(name), f"meta.{name}")]


def _balances(meta: dict[str, Any], name: str) -> list[BalanceRow]:
    rows: list[BalanceRow] = []
    for value in fields.optional_sequence(meta.get(name), f"meta.{name}"):
        row = fields.mapping(value, f"meta.{name}")
        shown = fields.mapping(row.get("uiTokenAmount"), f"meta.{name}.uiTokenAmount")
        owner = row.get("owner") or ""
        rows.append(
            BalanceRow(
                fields.integer(row.get("accountIndex", 0), f"meta.{name}.accountIndex", maximum=255),
                fields.address(row.get("mint"), f"meta.{name}.mint"),
                owner and fields.address(owner, f"meta.{name}.owner"),
                fields.integer(shown.get("amount", 0), f"meta.{name}.amount"),
                decimals(shown.get("decimals", 0), f"meta.{name}.decimals"),
            )
        )
    return rows
