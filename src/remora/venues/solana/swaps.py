"""Exchanges of one asset for another that a wallet made with pools, read from the moves under each pool instruction.

A hop is one instruction of some program together with the token (or lamport) moves between the trader's custody and
accounts which that instruction names. Custody is the trader and the accounts that only pass assets on (routers' own
accounts: everything they got they gave away). Works for every program, known or not, because it needs no layout.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from remora.venues.solana import infrastructure
from remora.venues.solana.movements import ASSOCIATED, SYSTEM, TOKEN_PROGRAMS, WRAPPED_SOL, Move, Movements
from remora.venues.solana.transaction import Instruction, Transaction

SOL: Final = "SOL"
EVENT_CALL: Final = bytes.fromhex("e445a52e51cb9a1d")
_PLAIN: Final = TOKEN_PROGRAMS | {
    SYSTEM, ASSOCIATED, "ComputeBudget111111111111111111111111111111", "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr",
}  # fmt: skip


class Hop(NamedTuple):
    """One exchange: `given` of one asset to the pool, `got` of another from it (SOL stands for native and wrapped).

    instruction: the pool's instruction. legs: the moves it consists of.
    """

    instruction: Instruction
    given_asset: str
    given: int
    got_asset: str
    got: int
    legs: tuple[Move, ...]


class Swaps(NamedTuple):
    """What one wallet exchanged. passing: owners that only passed assets on.

    lopsided: instructions that only took or only gave (fees, deposits, liquidity), with their moves.
    """

    wallet: str
    hops: tuple[Hop, ...]
    passing: frozenset[str]
    lopsided: tuple[tuple[Instruction, tuple[Move, ...]], ...]


def of_wallet(tx: Transaction, movements: Movements, wallet: str, infra: Mapping[str, str]) -> Swaps:
    """All exchanges of a wallet in a transaction."""
    passing = passing_owners(movements.moves, tx.signers)
    custody = {wallet} | {
        owner for owner in passing if any({move.sender, move.owner} == {wallet, owner} for move in movements.moves)
    }
    grouped: dict[tuple[int, int], tuple[Instruction, list[Move]]] = {}
    for move in movements.moves:
        if move.kind not in {"token", "lamports"} or not move.amount or (move.sender in custody) == (move.owner in custody):
            continue
        outside = move.receiver if move.sender in custody else move.source
        if infra.get(move.owner) in {infrastructure.TIP, infrastructure.BOT_FEE}:
            continue
        if one := _naming(tx.instructions, move, outside):
            grouped.setdefault((one.outer, one.inner), (one, []))[1].append(move)
    hops: list[Hop] = []
    lopsided: list[tuple[Instruction, tuple[Move, ...]]] = []
    for one, moves in grouped.values():
        if hop := _hop(one, moves, custody):
            hops.append(hop)
        else:
            lopsided.append((one, tuple(moves)))
    return Swaps(wallet, tuple(hops), frozenset(custody - {wallet}), tuple(lopsided))


def asset_of(move: Move) -> str:
    """The move's asset with wrapped SOL as SOL."""
    return SOL if move.asset == WRAPPED_SOL else move.asset


def passing_owners(moves: Iterable[Move], signers: frozenset[str]) -> frozenset[str]:
    """Owners that gave away all they got, in every asset, and signed nothing."""
    flows: dict[str, dict[str, int]] = {}
    for move in moves:
        if move.kind == "token" and move.sender != move.owner:
            for owner, amount in ((move.sender, -move.amount), (move.owner, move.amount - move.withheld)):
                if owner and owner not in signers:
                    mine = flows.setdefault(owner, {})
                    mine[move.asset] = mine.get(move.asset, 0) + amount
    return frozenset(owner for owner, mine in flows.items() if not any(mine.values()))


def net(hops: Iterable[Hop]) -> dict[str, int]:
    """asset -> got minus given over all hops; intermediate assets that cancel out are absent."""
    total: dict[str, int] = {}
    for hop in hops:
        total[hop.given_asset] = total.get(hop.given_asset, 0) - hop.given
        total[hop.got_asset] = total.get(hop.got_asset, 0) + hop.got
    return {asset: amount for asset, amount in total.items() if amount}


def is_plain(one: Instruction) -> bool:
    """An instruction of the system, token, memo or budget programs, or a program's call to itself that carries an event."""
    return one.program in _PLAIN or one.data.startswith(EVENT_CALL)


def _naming(instructions: Sequence[Instruction], move: Move, account: str) -> Instruction | None:
    """The last program call before the move, under the same outer instruction, that names the account."""
    found = None
    for one in instructions:
        if (one.outer, one.inner) >= (move.outer, move.inner):
            break
        if one.outer == move.outer and account in one.accounts and not is_plain(one):
            found = one
    return found


def _hop(one: Instruction, moves: Sequence[Move], custody: set[str]) -> Hop | None:
    given: dict[str, int] = {}
    got: dict[str, int] = {}
    for move in moves:
        asset = asset_of(move)
        if move.sender in custody:
            given[asset] = given.get(asset, 0) + move.amount
        else:
            got[asset] = got.get(asset, 0) + move.amount - move.withheld
    if len(given) != 1 or len(got) != 1 or given.keys() == got.keys():
        return None
    ((gave, given_atoms),) = given.items()
    ((took, got_atoms),) = got.items()
    return Hop(one, gave, given_atoms, took, got_atoms, tuple(moves))
