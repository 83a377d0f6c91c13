"""Yellowstone updates as protobuf bytes: transactions → `Transaction` → facts; the rest is named and counted.

The length prefix of a capture file is taken off by the reader; here a record is one SubscribeUpdate.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from remora.model import units
from remora.model.errors import Ignored, Reason, Undecodable
from remora.ports import Context, Decoded, Record
from remora.venues.solana import base58, curve_account, logs
from remora.venues.solana.decode import decode_transaction
from remora.venues.solana.fields import Malformed
from remora.venues.solana.parts import BalanceRow, Compiled, in_order, lamports, resolve, token_balances
from remora.venues.solana.programs import PUMP
from remora.venues.solana.transaction import Instruction, Transaction

if TYPE_CHECKING:
    from remora.venues.solana.proto import geyser_pb2

SOURCE: Final = "solana.yellowstone"
_LEFT_ALONE: Final = {
    name: Ignored(reason=Reason.NO_FACTS, detail=f"yellowstone {name} update")
    for name in ("slot", "entry", "block_meta", "block", "vote", "transaction_status", "foreign account")
} | {name: Ignored(reason=Reason.ACKNOWLEDGEMENT, detail=f"yellowstone {name}") for name in ("ping", "pong")}


class CaptureDecoder:
    """Facts of one SubscribeUpdate at a time."""

    def __init__(self, context: Context) -> None:
        from remora.venues.solana.proto import geyser_pb2

        self._context = context
        self._update = geyser_pb2.SubscribeUpdate

    def decode(self, record: Record) -> Decoded:
        """All facts of one message. Never raises for bad bytes."""
        from google.protobuf.message import DecodeError

        found = Decoded(facts=[], ignored=[], undecodable=[])
        if not isinstance(record.value, bytes):
            found.undecodable.append(
                Undecodable(reason=Reason.WRONG_TYPE, detail="a capture's records are bytes", where="message")
            )
            return found
        try:
            update = self._update.FromString(record.value)
        except DecodeError as error:
            detail = f"no SubscribeUpdate: {error}"
            found.undecodable.append(Undecodable(reason=Reason.BAD_ENCODING, detail=detail, where="message"))
            return found
        try:
            self._dispatch(update, record, found)
        except Malformed as error:
            found.undecodable.append(error.undecodable())
        return found

    def _dispatch(self, update: geyser_pb2.SubscribeUpdate, record: Record, found: Decoded) -> None:
        kind = update.WhichOneof("update")
        seen_at = record.seen_at if record.seen_at is not None else _created(update)
        if kind == "transaction":
            body = update.transaction
            if body.transaction.is_vote:
                found.ignored.append(_LEFT_ALONE["vote"])
            else:
                self._add(transaction(body.transaction, body.slot, None, seen_at), found)
        elif kind == "block":
            block = update.block
            time = _time(block.block_time.timestamp) if block.HasField("block_time") else None
            others = [info for info in block.transactions if not info.is_vote]
            if not others:
                found.ignored.append(_LEFT_ALONE["block"])
            for info in others:
                try:
                    self._add(transaction(info, block.slot, time, seen_at), found)
                except Malformed as error:
                    found.undecodable.append(error.undecodable())
        elif kind == "account":
            self._account(update.account, seen_at, found)
        elif kind is None:
            raise Malformed(Reason.UNKNOWN_FORM, "a message without any known update", "message")
        else:
            found.ignored.append(_LEFT_ALONE[kind])

    def _add(self, tx: Transaction, found: Decoded) -> None:
        one = decode_transaction(tx, self._context)
        found.facts.extend(one.facts)
        found.ignored.extend(one.ignored)
        found.undecodable.extend(one.undecodable)

    def _account(self, update: geyser_pb2.AccountUpdate, seen_at: int | None, found: Decoded) -> None:
        account = update.account
        if _key(account.owner) != PUMP or account.data[:8] != curve_account.DISCRIMINATOR:
            found.ignored.append(_LEFT_ALONE["foreign account"])
            return
        state = curve_account.parse(account.data, lamports=account.lamports, slot=update.slot)
        found.facts.append(curve_account.observation(_key(account.pubkey), state, source=SOURCE, seen_at=seen_at))


def transaction(info: geyser_pb2.TransactionInfo, slot: int, block_time: int | None, seen_at: int | None) -> Transaction:
    """One transaction of a stream; without a block update there is no block time. Raises Malformed."""
    meta, message = info.meta, info.transaction.message
    static = [_key(key) for key in message.account_keys]
    loaded = [_key(key) for part in (meta.loaded_writable_addresses, meta.loaded_readonly_addresses) for key in part]
    keys = (*static, *loaded)
    outer = [resolve(_compiled(one), keys, at, 0) for at, one in enumerate(message.instructions)]
    instructions: list[Instruction] = []
    for instruction, inner in in_order(outer, [(group.index, list(group.instructions)) for group in meta.inner_instructions]):
        instructions.append(instruction)
        instructions += [resolve(_compiled(one), keys, instruction.outer, at) for at, one in enumerate(inner, 1)]
    events, truncated = logs.attribute(meta.log_messages)
    failed = meta.HasField("err")
    return Transaction(
        signature=base58.signature_text(info.signature),
        source=SOURCE,
        slot=_int64(slot, "slot"),
        tx_index=_int64(info.index, "index"),
        block_time=block_time,
        seen_at=seen_at,
        failed=failed,
        error=meta.err.err.hex()[:200] if failed else "",
        fee_lamports=_int64(meta.fee, "meta.fee"),
        keys=keys,
        signers=frozenset(static[: message.header.num_required_signatures]),
        instructions=tuple(instructions),
        lamports=lamports(meta.pre_balances, meta.post_balances, keys),
        tokens=token_balances(_rows(meta.pre_token_balances), _rows(meta.post_token_balances), keys),
        log_events=None if meta.log_messages_none else events,
        logs_truncated=truncated,
    )


class Link(NamedTuple):
    """A block and the block before it."""

    slot: int
    parent: int


class Gap(NamedTuple):
    """Slots first to last (both included) whose blocks were not heard."""

    first: int
    last: int


def link(message: bytes) -> Link | None:
    """What a block_meta update says of the chain; None for all other messages and for bytes that are none."""
    from google.protobuf.message import DecodeError

    from remora.venues.solana.proto import geyser_pb2

    try:
        update = geyser_pb2.SubscribeUpdate.FromString(message)
    except DecodeError:
        return None
    return Link(update.block_meta.slot, update.block_meta.parent_slot) if update.HasField("block_meta") else None


def gaps(links: Iterable[Link]) -> list[Gap]:
    """Where the chain of blocks is broken. A slot that its leader skipped is no gap: the next block names its parent."""
    chain = sorted(set(links))
    found: list[Gap] = []
    for before, after in pairwise(chain):
        if after.parent > before.slot:
            found.append(Gap(before.slot + 1, after.parent))
    return found


def _compiled(one: Any) -> Compiled:
    return Compiled(one.program_id_index, one.accounts, one.data)


def _rows(balances: Sequence[geyser_pb2.TokenBalance]) -> list[BalanceRow]:
    return [_row(row) for row in balances]


def _row(row: geyser_pb2.TokenBalance) -> BalanceRow:
    amount = row.ui_token_amount.amount or "0"
    if not (amount.isascii() and amount.isdigit() and len(amount) <= 20):
        raise Malformed(Reason.BAD_NUMBER, f"{amount[:40]!r} is no amount", "meta.tokenBalances")
    return BalanceRow(row.account_index, row.mint, row.owner, int(amount), row.ui_token_amount.decimals)


def _key(raw: bytes) -> str:
    if len(raw) != 32:
        raise Malformed(Reason.BAD_ADDRESS, f"a key has 32 bytes, got {len(raw)}", "account_keys")
    return base58.key_text(raw)


def _int64(value: int, where: str) -> int:
    if value > units.INT64_MAX:
        raise Malformed(Reason.OUT_OF_RANGE, f"{value} does not fit 64 signed bits", where)
    return value


def _time(seconds: int) -> int:
    try:
        return units.checked_instant(seconds * units.SECOND)
    except units.BadNumber as error:
        raise Malformed(error.reason, error.detail, "block_time") from error


def _created(update: geyser_pb2.SubscribeUpdate) -> int | None:
    """The server's stamp: the earliest moment at which the update could be known."""
    if not update.HasField("created_at"):
        return None
    stamp = update.created_at
    try:
        return units.checked_instant(stamp.seconds * units.SECOND + stamp.nanos)
    except units.BadNumber as error:
        raise Malformed(error.reason, error.detail, "created_at") from error
