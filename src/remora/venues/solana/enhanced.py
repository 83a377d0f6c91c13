"""Helius enhanced-transaction objects: the transaction inside them, read by the same rules as every other form.

Their labels (`type`, `source`, `description`) are hints that are often wrong and are not used. The object carries the
instructions whole and changes instead of balances; so an account that the transaction itself opened or closed is known
to have begun or ended empty, and of any other account only its change means anything.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from remora.model import units
from remora.model.errors import Reason
from remora.ports import Context, Decoded, Decoder, Record, Sample
from remora.venues.solana import base58, fields, movements
from remora.venues.solana.decode import decode_transaction
from remora.venues.solana.fields import Malformed
from remora.venues.solana.parts import MAX_INSTRUCTIONS
from remora.venues.solana.transaction import Instruction, TokenBalance, Transaction

SOURCE: Final = "solana.enhanced"
_UNKNOWN_BALANCE: Final = 1 << 62
"""Stands for the balance of an account of which only the change is told."""
_KEYS: Final = frozenset({"accountData", "feePayer", "instructions", "signature"})


def transaction(document: dict[str, Any], seen_at: int | None = None) -> Transaction:
    """The transaction of one enhanced object. Raises Malformed."""
    payer = fields.address(document.get("feePayer"), "feePayer")
    instructions = _instructions(fields.sequence(document.get("instructions"), "instructions"))
    changes: dict[str, int] = {payer: 0}
    tokens: list[TokenBalance] = []
    for at, raw in enumerate(fields.sequence(document.get("accountData"), "accountData")):
        where = f"accountData[{at}]"
        row = fields.mapping(raw, where)
        account = fields.address(row.get("account"), f"{where}.account")
        changes[account] = _change(row.get("nativeBalanceChange"), f"{where}.nativeBalanceChange")
        for each in fields.optional_sequence(row.get("tokenBalanceChanges"), f"{where}.tokenBalanceChanges"):
            tokens.append(_token(fields.mapping(each, where), f"{where}.tokenBalanceChanges"))
    error = document.get("transactionError")
    bare = Transaction(
        signature=fields.signature(document.get("signature"), "signature"),
        source=SOURCE,
        slot=None if document.get("slot") is None else fields.integer(document["slot"], "slot", maximum=units.INT64_MAX),
        block_time=fields.seconds(document.get("timestamp"), "timestamp"),
        seen_at=seen_at,
        failed=error is not None,
        error="" if error is None else str(error)[:200],
        fee_lamports=fields.integer(document.get("fee"), "fee", maximum=units.INT64_MAX),
        keys=tuple(changes),
        instructions=instructions,
        tokens=tuple(tokens),
    )
    moved = movements.read(bare)
    # Whoever pays in an outer System instruction has signed it; the object names no other signers.
    signers = frozenset(
        {payer} | {move.source for move in moved.moves if not move.inner and move.kind in {"lamports", "create"}}
    )
    opened = {move.receiver for move in moved.moves if move.kind == "create"} | moved.allocated
    closed = {move.source for move in moved.moves if move.kind == "close"}
    lamports = {account: _balances(change, account in opened, account in closed) for account, change in changes.items()}
    return msgspec.structs.replace(bare, signers=signers, lamports=lamports)


def _balances(change: int, opened: bool, closed: bool) -> tuple[int, int]:
    if opened:
        return 0, max(change, 0)
    if closed:
        return max(-change, 0), 0
    return _UNKNOWN_BALANCE, _UNKNOWN_BALANCE + change


def _instructions(raw: list[Any]) -> tuple[Instruction, ...]:
    found: list[Instruction] = []
    for outer, each in enumerate(raw):
        where = f"instructions[{outer}]"
        one = fields.mapping(each, where)
        found.append(_instruction(one, outer, 0, where))
        inside = fields.optional_sequence(one.get("innerInstructions"), f"{where}.innerInstructions")
        if len(found) + len(inside) > MAX_INSTRUCTIONS or outer > 0xFFFF:
            raise Malformed(Reason.TOO_LARGE, f"more than {MAX_INSTRUCTIONS} instructions", where)
        for inner, raw_inner in enumerate(inside, 1):
            place = f"{where}.innerInstructions[{inner - 1}]"
            found.append(_instruction(fields.mapping(raw_inner, place), outer, inner, place))
    return tuple(found)


def _instruction(one: dict[str, Any], outer: int, inner: int, where: str) -> Instruction:
    named = [fields.address(account, f"{where}.accounts") for account in fields.sequence(one.get("accounts"), where)]
    data = base58.decode(fields.text(one.get("data"), f"{where}.data"), f"{where}.data")
    return Instruction(fields.address(one.get("programId"), f"{where}.programId"), tuple(named), data, outer, inner)


def _token(row: dict[str, Any], where: str) -> TokenBalance:
    raw = fields.mapping(row.get("rawTokenAmount"), f"{where}.rawTokenAmount")
    change = _change(raw.get("tokenAmount"), f"{where}.rawTokenAmount.tokenAmount")
    return TokenBalance(
        fields.address(row.get("tokenAccount"), f"{where}.tokenAccount"),
        fields.address(row.get("mint"), f"{where}.mint"),
        fields.address(row.get("userAccount"), f"{where}.userAccount"),
        max(-change, 0),
        max(change, 0),
        fields.integer(raw.get("decimals"), f"{where}.rawTokenAmount.decimals", maximum=255),
    )


def _change(value: object, where: str) -> int:
    """A whole number with sign, as JSON number or text."""
    if isinstance(value, str) and value.startswith("-"):
        return -fields.integer(value[1:], where)
    if type(value) is int and value < 0:
        return -fields.integer(-value, where)
    return fields.integer(value, where)


class EnhancedDecoder:
    """Facts of enhanced objects, one per record or a list of them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def decode(self, record: Record) -> Decoded:
        """All facts of one record. Never raises for bad input."""
        found = Decoded(facts=[], ignored=[], undecodable=[])
        for document in record.value if isinstance(record.value, list) else [record.value]:
            try:
                tx = transaction(fields.mapping(document, "document"), record.seen_at)
            except Malformed as error:
                found.undecodable.append(error.undecodable())
                continue
            one = decode_transaction(tx, self._context)
            found.facts.extend(one.facts)
            found.ignored.extend(one.ignored)
            found.undecodable.extend(one.undecodable)
        return found


class EnhancedKind:
    """Answers of the Helius Enhanced Transactions API, and its webhooks."""

    name = SOURCE
    bears_facts = True

    def matches(self, sample: Sample) -> bool:
        """The first record is an enhanced object."""
        values = sample.records or (sample.document,)
        first = values[0][0] if isinstance(values[0], list) and values[0] else values[0]
        return sample.form in {"json", "jsonl"} and isinstance(first, dict) and first.keys() >= _KEYS

    def open(self, context: Context) -> Decoder:
        """A decoder for one file."""
        return EnhancedDecoder(context)


KIND: Final = EnhancedKind()
