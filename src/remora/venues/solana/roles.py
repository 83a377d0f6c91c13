"""What each move of a transaction was for: part of a trade, a tip, a fee, rent, a wrap, an order's escrow, or a transfer.

Transfers and charges are read from one and the same classification, so that no lamport is both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from remora.model.errors import Undecodable
from remora.model.facts import BUY, Fact, Trade
from remora.venues.solana import infrastructure, movements, orders, programs, routed, swaps
from remora.venues.solana.movements import Move, Movements
from remora.venues.solana.transaction import Instruction, Transaction

MOST_RENT: Final = 100_000_000
"""More lamports than any account of these venues needs: a larger payment into a program's account is a transfer."""
_FEE_SHARE: Final = 20
"""A payment beside a swap of up to one part in so many of its price is the front end's fee, a larger one a transfer."""

_TRADES: Final = frozenset(
    bytes.fromhex(first)
    for first in (
        "66063d1201daebea", "38fc74089edfcd5f", "33e685a4017f83ad", "b817ee6167c5d33d", "5df6823ce7e940b2",
        "c2ab1c46684d5b2f", "c62e1552b4d9e870",
    )
)  # fmt: skip
_EVENT_VENUES: Final = frozenset({programs.PUMP, programs.PUMPSWAP})


class Role(StrEnum):
    """The purpose of one move."""

    LEG = "leg"
    TIP = "tip"
    BOT = "bot"
    FEE = "fee"
    RENT = "rent"
    WRAP = "wrap"
    OWN = "own"
    CLOSE = "close"
    ESCROW = "escrow"
    LIQUIDITY = "liquidity"
    TRANSFER = "transfer"


class Reading(NamedTuple):
    """All moves of a transaction with their roles, in order."""

    moved: Movements
    roles: tuple[tuple[Move, Role], ...]


def classify(tx: Transaction, infra: Mapping[str, str], facts: Iterable[Fact]) -> Reading:
    """The role of every move, given the trades already read (events and derived)."""
    moved = movements.read(tx)
    trades = [fact for fact in facts if isinstance(fact, Trade)]
    known: dict[int, Role] = {}
    filled = orders.fill(tx, moved, infra)
    if filled is not None and not isinstance(filled, Undecodable):
        known |= {move.ordinal: Role.LEG for move in moved.moves if move.kind == "token" or _reaches(move, filled.owner)}
    elif filled is None:
        for entry in orders.escrowed(tx, moved, infra):
            known |= {
                move.ordinal: Role.ESCROW
                for move in moved.moves
                if move.kind == "token" and {move.sender, move.owner} == {entry.owner, entry.escrow}
            }
    known |= _event_groups(tx, moved, trades)
    for wallet in sorted(tx.signers):
        if infra.get(wallet) != infrastructure.KEEPER:
            known = _of_swaps(tx, moved, infra, trades, wallet) | known
    return Reading(moved, tuple((move, _role(move, moved, infra, known)) for move in moved.moves))


def endowment(move: Move, moved: Movements) -> int:
    """The part of a createAccount that is no rent: a wallet funded, a stake. Up to twice the rent all of it is rent.

    What a wrapped-SOL account gets beyond its rent is wrapped by its owner and belongs to neither.
    """
    holder = moved.holders.get(move.receiver)
    wraps = holder is not None and holder.mint == programs.WSOL
    return 0 if move.kind != "create" or wraps or move.amount <= 2 * move.rent else move.amount - move.rent


def _reaches(move: Move, owner: str) -> bool:
    """Lamports that a program paid out to the owner of an order."""
    return move.kind == "lamports" and move.inner > 0 and move.owner == owner


def _role(move: Move, moved: Movements, infra: Mapping[str, str], known: Mapping[int, Role]) -> Role:
    if move.kind in {"close", "create"}:
        return Role.CLOSE if move.kind == "close" else Role.RENT
    kind = infra.get(move.owner) or infra.get(move.receiver)
    if kind == infrastructure.TIP and swaps.asset_of(move) == swaps.SOL:
        return Role.TIP
    if kind == infrastructure.BOT_FEE and known.get(move.ordinal) is not Role.LEG:
        return Role.BOT if swaps.asset_of(move) == swaps.SOL else Role.FEE
    if role := known.get(move.ordinal):
        return role
    if move.kind == "lamports" and move.receiver in moved.allocated:
        return Role.RENT
    if move.sender == move.owner:
        return Role.WRAP if move.kind == "lamports" else Role.OWN
    holder = moved.holders.get(move.receiver)
    if move.kind != "lamports" or (holder is not None and holder.mint == programs.WSOL):
        return Role.FEE if kind == infrastructure.VENUE_FEE else Role.TRANSFER
    program_pays_rent = move.inner > 0 and move.amount <= MOST_RENT and not movements.on_curve(move.receiver)
    return Role.RENT if program_pays_rent else Role.TRANSFER


# --- trades with events --------------------------------------------------------------------------------------------


def _event_groups(tx: Transaction, moved: Movements, trades: Sequence[Trade]) -> dict[int, Role]:
    """Moves between a Pump or PumpSwap trade instruction and the event it ends with.

    Rent among them (a creator's vault at its first fee) is what was paid beyond price and fee, to an account that was
    empty before.
    """
    known: dict[int, Role] = {}
    rest = [trade for trade in trades if trade.program in _EVENT_VENUES and "derived" not in trade.flags]
    if not rest:
        return known
    for start, end in _groups(tx.instructions):
        inside = [
            move
            for move in moved.moves
            if start.ordinal < move.ordinal < end and move.kind in {"token", "lamports", "mint", "burn"}
        ]
        known |= {move.ordinal: Role.LEG for move in inside}
        trade = next((one for one in rest if one.program == start.program and _matches(one, inside)), None)
        if trade is None:
            continue
        rest.remove(trade)
        paid = [move for move in inside if move.kind == "lamports" and move.sender in tx.signers]
        price = trade.quote_atoms + trade.venue_fee_quote_atoms if trade.side == BUY and trade.quote == swaps.SOL else 0
        beyond = sum(move.amount for move in paid) - price
        rent = next((move for move in paid if move.amount == beyond and tx.lamports.get(move.receiver, (1, 0))[0] == 0), None)
        if rent is not None and start.program == programs.PUMP:
            known[rent.ordinal] = Role.RENT
    return known


def _groups(instructions: Sequence[Instruction]) -> Iterable[tuple[Instruction, int]]:
    """Trade instructions of the event venues, each with the ordinal of the event that ends it."""
    start: Instruction | None = None
    for one in instructions:
        if start is not None and one.outer != start.outer:
            yield start, (start.outer + 1) << 16
            start = None
        if one.program in _EVENT_VENUES and one.data[:8] in _TRADES:
            if start is not None:
                yield start, one.ordinal
            start = one
        elif start is not None and one.program == start.program and one.data.startswith(swaps.EVENT_CALL):
            yield start, one.ordinal
            start = None
    if start is not None:
        yield start, (start.outer + 1) << 16


def _matches(trade: Trade, inside: Sequence[Move]) -> bool:
    return any(move.asset == trade.asset for move in inside)


def _into_a_pool(move: Move, moved: Movements, infra: Mapping[str, str]) -> bool:
    """Lamports that went where shares came from, and not into a new account or to the venue's fee wallet."""
    return move.receiver not in moved.allocated and infra.get(move.owner) != infrastructure.VENUE_FEE


# --- derived trades ------------------------------------------------------------------------------------------------


def _of_swaps(
    tx: Transaction, moved: Movements, infra: Mapping[str, str], trades: Sequence[Trade], wallet: str
) -> dict[int, Role]:
    """Legs of a wallet's swaps, what its router passed on, the fee taken beside, and liquidity."""
    found = swaps.of_wallet(tx, moved, wallet, infra)
    hops = routed.own_hops(found, [trade for trade in trades if "derived" not in trade.flags])
    known = {move.ordinal: Role.LEG for hop in hops for move in hop.legs}
    custody = {wallet} | found.passing
    mine = [trade for trade in trades if trade.wallet == wallet]
    swapping = {hop.instruction.outer for hop in found.hops} | {trade.ordinal >> 16 for trade in mine}
    prices = [hop.given if hop.given_asset == swaps.SOL else hop.got for hop in hops]
    price = max(prices + [trade.quote_atoms for trade in mine if trade.quote == swaps.SOL], default=0)
    for move in moved.moves:
        if move.kind not in {"token", "mint", "burn"} or not move.sender + move.owner:
            continue
        passed_on = (move.sender in found.passing or move.owner in found.passing) and move.kind == "token"
        elsewhere = move.outer in swapping and move.sender not in custody and move.owner not in custody
        if passed_on or elsewhere:
            known.setdefault(move.ordinal, Role.LEG)
    for one, moves in found.lopsided:
        shares = any(
            move.outer == one.outer and move.kind in {"mint", "burn"} and wallet in {move.sender, move.owner}
            for move in moved.moves
        )
        for move in moves:
            if shares and (move.kind == "token" or _into_a_pool(move, moved, infra)):
                known.setdefault(move.ordinal, Role.LIQUIDITY)
            elif one.outer in swapping and move.sender in custody and swaps.asset_of(move) == swaps.SOL:
                vault = move.kind == "lamports" and not movements.on_curve(move.receiver)
                if not vault and move.amount * _FEE_SHARE <= price:
                    known.setdefault(move.ordinal, Role.BOT)
    sold = {trade.ordinal for trade in mine if "fee_unknown" in trade.flags}
    for one, moves in found.lopsided:
        if one.ordinal in sold:
            known |= {move.ordinal: Role.LEG for move in moves}
    return known
