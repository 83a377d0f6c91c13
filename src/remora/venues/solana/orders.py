"""Orders that a keeper executes for their owner (Jupiter limit orders and DCA): whose trade it is, and what was escrowed.

The owner's assets wait in an escrow (an account of a program); the keeper signs the fill, borrows them, swaps, hands the
owner what was agreed and keeps a margin. The trade is the owner's: what left the escrow against what reached the owner.
The keeper's margin and the order program's fee are never trades of anybody. Assets in an escrow still belong to the
owner's book: putting them there, or taking them back, is an observation and not a transfer, so that the later fill
finds the lots it sells.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from remora.model.errors import Reason, Undecodable
from remora.venues.solana import infrastructure, movements
from remora.venues.solana.movements import WRAPPED_SOL, Movements
from remora.venues.solana.swaps import SOL
from remora.venues.solana.transaction import Instruction, Transaction


class Fill(NamedTuple):
    """One executed order: what the escrow gave and what its owner got (SOL stands for native and wrapped)."""

    instruction: Instruction
    owner: str
    escrow: str
    given_asset: str
    given: int
    got_asset: str
    got: int


class Escrowed(NamedTuple):
    """Assets that an owner put into an escrow (positive) or took back (negative)."""

    instruction: Instruction
    owner: str
    escrow: str
    asset: str
    amount: int


def instructions(tx: Transaction, infra: Mapping[str, str]) -> list[Instruction]:
    """The instructions of order programs, outer and inner, without their events."""
    return [one for one in tx.instructions if infra.get(one.program) == infrastructure.ORDER and len(one.accounts) > 1]


def escrows(tx: Transaction, moved: Movements, infra: Mapping[str, str]) -> frozenset[str]:
    """Owners of token accounts that an order program names and no key pair can sign for."""
    named = {account for one in instructions(tx, infra) for account in one.accounts}
    owners = {moved.holders[account].owner for account in named if account in moved.holders}
    return frozenset(owner for owner in owners if owner in named and owner not in tx.signers and not movements.on_curve(owner))


def fill(tx: Transaction, moved: Movements, infra: Mapping[str, str]) -> Fill | Undecodable | None:
    """The executed order of a transaction, None where no escrow paid a keeper."""
    calls = instructions(tx, infra)
    if not calls:
        return None
    changes = movements.token_changes(tx)
    held = escrows(tx, moved, infra)
    paid = [(owner, mint, -n) for owner in held for mint, n in changes.get(owner, {}).items() if n < 0]
    if len(paid) != 1:
        return None
    escrow, mint, given = paid[0]
    asset = SOL if mint == WRAPPED_SOL else mint
    named = {account for one in calls for account in one.accounts}
    gains: dict[tuple[str, str], int] = {}
    for owner in named - held - tx.signers:
        if infra.get(owner) in infrastructure.NO_TRADERS or not movements.on_curve(owner) or owner in moved.holders:
            continue
        for got, n in _gains(tx, moved, owner, changes.get(owner, {})).items():
            if got != asset:
                gains[owner, got] = n
    where = f"instruction {calls[0].outer}.{calls[0].inner}"
    if not gains:
        if all(changes.get(signer, {}).get(mint, 0) <= 0 for signer in tx.signers):
            return _unclear("an escrow paid, and nobody is seen who was paid in exchange", where)
        return None
    if len(gains) > 1:
        return _unclear(f"an escrow paid, and {len(gains)} addresses gained in exchange", where)
    (((owner, got_asset), got_amount),) = gains.items()
    return Fill(calls[-1], owner, escrow, asset, given, got_asset, got_amount)


def escrowed(tx: Transaction, moved: Movements, infra: Mapping[str, str]) -> list[Escrowed]:
    """What signers put into escrows or took back, asset by asset."""
    calls = instructions(tx, infra)
    if not calls:
        return []
    held = escrows(tx, moved, infra)
    found: list[Escrowed] = []
    for move in moved.moves:
        if move.kind != "token" or not move.amount:
            continue
        call = next((one for one in reversed(calls) if one.outer == move.outer), None)
        if call and move.owner in held and move.sender in tx.signers:
            found.append(Escrowed(call, move.sender, move.owner, move.asset, move.amount))
        elif call and move.sender in held and move.owner in tx.signers:
            found.append(Escrowed(call, move.owner, move.sender, move.asset, -move.amount))
    return found


def _gains(tx: Transaction, moved: Movements, owner: str, changes: Mapping[str, int]) -> dict[str, int]:
    """What an owner gained, rent that came back from closed accounts left out."""
    gains = {mint: n for mint, n in changes.items() if n > 0 and mint != WRAPPED_SOL}
    sol = changes.get(WRAPPED_SOL, 0) + movements.lamport_change(tx, owner) - _rent_back(tx, owner, moved)
    if sol > 0:
        gains[SOL] = sol
    return gains


def _rent_back(tx: Transaction, owner: str, moved: Movements) -> int:
    """Lamports of accounts that ended in this transaction and can only have gone to the owner of the order.

    Token accounts name their receiver; accounts of the order program end without a word, and pay their owner.
    """
    closed = {move.source: move.receiver for move in moved.moves if move.kind == "close"}
    total = 0
    for account, (before, after) in tx.lamports.items():
        if before and not after and account not in tx.signers:
            wrapped = sum(row.pre for row in tx.tokens if row.account == account and row.mint == WRAPPED_SOL)
            if closed.get(account, owner) == owner:
                total += before - wrapped
    return total


def _unclear(detail: str, where: str) -> Undecodable:
    return Undecodable(reason=Reason.CONTRADICTION, detail=f"order fill: {detail}; left unbooked", where=where)
