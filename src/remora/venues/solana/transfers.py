"""SOL and tokens that moved between owners without a trade.

Owners, not token accounts. No transfers: legs of trades, wrapping, moves between accounts of one owner, rent, tips and
fees in SOL (`charges`), escrows of orders (`orders`). kind: transfer, create_account (a wallet or stake opened with
more than its rent), mint, burn, liquidity (into or out of a pool), fee (paid in a token, or to a venue). Wrapped SOL
counts as SOL.

Tokens bought for somebody else are a trade of the buyer and a transfer to the receiver; so are tokens that a front end
kept. Both are found because the buyer's balance does not show what was bought.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from remora.model import ids, units
from remora.model.facts import BUY, Fact, Trade, Transfer
from remora.ports import Context
from remora.venues.solana import infrastructure, movements, swaps
from remora.venues.solana.movements import Move
from remora.venues.solana.roles import Reading, Role, classify, endowment
from remora.venues.solana.transaction import Transaction

_KINDS: Final[Mapping[Role, str]] = {Role.TRANSFER: "transfer", Role.LIQUIDITY: "liquidity", Role.FEE: "fee"}


def decode(tx: Transaction, context: Context, facts: Iterable[Fact] = ()) -> list[Transfer]:
    """The transfers of a transaction, given the facts already read from it. Nothing of a failed one."""
    if tx.failed or not tx.complete:
        return []
    infra = context.infrastructure or infrastructure.load()
    trades = [fact for fact in facts if isinstance(fact, Trade)]
    reading = classify(tx, infra, trades)
    found: list[Transfer] = []
    for move, role in reading.roles:
        given = endowment(move, reading.moved)
        if 0 < given <= units.INT64_MAX and tx.lamports.get(move.receiver, (0, 0))[1]:
            found.append(_transfer(tx, move, move.sender, move.owner, given, kind="create_account"))
        kind = _KINDS.get(role)
        if kind is None or not 0 < move.amount - move.withheld <= units.INT64_MAX or not (move.sender or move.owner):
            continue
        if move.kind in {"mint", "burn"}:
            kind = move.kind
        amount = move.amount - move.withheld
        found.append(_transfer(tx, move, move.sender, move.owner, amount, kind=kind))
    found += _passed_on(tx, reading, trades, found, infra)
    return found


def _passed_on(
    tx: Transaction, reading: Reading, trades: Sequence[Trade], found: Sequence[Transfer], infra: Mapping[str, str]
) -> list[Transfer]:
    """Tokens a trade booked for one wallet while another owner's balance took (or gave) them."""
    changes = movements.token_changes(tx)
    beyond: dict[tuple[str, str], int] = {}
    for trade in trades:
        key = trade.wallet, trade.asset
        beyond[key] = beyond.get(key, 0) + (trade.quantity_atoms if trade.side == BUY else -trade.quantity_atoms)
    booked = {(one.receiver, one.asset or ""): 0 for one in found} | {(one.sender, one.asset or ""): 0 for one in found}
    for one in found:
        booked[one.receiver, one.asset or ""] += one.quantity_atoms or 0
        booked[one.sender, one.asset or ""] -= one.quantity_atoms or 0
    result: list[Transfer] = []
    for (wallet, asset), traded in beyond.items():
        difference = traded + booked.get((wallet, asset), 0) - changes.get(wallet, {}).get(asset, 0)
        for move in _touching(reading, wallet, asset, buying=difference > 0):
            other = move.owner if difference > 0 else move.sender
            moved = changes.get(other, {}).get(asset, 0) - booked.get((other, asset), 0)
            if not 0 < moved * (1 if difference > 0 else -1) <= abs(difference) or (other, asset) in beyond:
                continue
            fee = infra.get(other) in infrastructure.NO_TRADERS
            sender, receiver = (wallet, other) if difference > 0 else (other, wallet)
            flags = () if fee else ("bought_for_other",) if difference > 0 else ("sold_for_other",)
            result.append(_transfer(tx, move, sender, receiver, abs(moved), kind="fee" if fee else "transfer", flags=flags))
            difference -= moved
            if not difference:
                break
    return result


def _touching(reading: Reading, wallet: str, asset: str, *, buying: bool) -> list[Move]:
    """Legs of a trade that ended at (or came from) somebody else's account; one per such owner."""
    seen: dict[str, Move] = {}
    for move, role in reading.roles:
        other = move.owner if buying else move.sender
        if role is Role.LEG and move.kind == "token" and move.asset == asset and other not in {"", wallet}:
            seen.setdefault(other, move)
    return list(seen.values())


def _transfer(
    tx: Transaction, move: Move, sender: str, receiver: str, amount: int, *, kind: str, flags: tuple[str, ...] = ()
) -> Transfer:
    return Transfer(
        id=ids.solana_transfer(tx.signature, move.outer, move.inner),
        source=tx.source,
        happened_at=tx.block_time,
        seen_at=tx.seen_at,
        venue=ids.SOLANA,
        tx=tx.signature,
        slot=tx.slot,
        tx_index=tx.tx_index,
        ordinal=move.ordinal,
        sender=sender,
        receiver=receiver,
        asset=swaps.asset_of(move),
        quantity_atoms=amount,
        kind=kind,
        flags=flags,
    )
