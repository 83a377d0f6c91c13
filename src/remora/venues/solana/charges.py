"""What a wallet paid beside the price: network and priority fee, tips, bot fees, rent; and rent that came back.

Of a failed transaction only the fee is left: it is really paid, everything else was undone. Rent of accounts that are
opened and closed in the same transaction is no charge. A charge belongs to the first trade of its wallet in the
transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from remora.model import ids, units
from remora.model.facts import SELL, Charge, Fact, Trade
from remora.ports import Context
from remora.venues.solana import infrastructure, programs, routed, swaps
from remora.venues.solana.movements import Move
from remora.venues.solana.roles import Reading, Role, classify, endowment
from remora.venues.solana.transaction import Transaction

SIGNATURE_LAMPORTS: Final = 5_000
"""The network's fee per signature; what is paid beyond it is the priority fee."""

Kind = Literal["network", "priority", "tip", "bot", "rent", "refund"]
_Found = tuple[str, Kind, int, str | None, int]


def decode(tx: Transaction, context: Context, facts: Iterable[Fact] = ()) -> list[Charge]:
    """The charges of a transaction, given the facts already read from it."""
    infra = context.infrastructure or infrastructure.load()
    trades = [fact for fact in facts if isinstance(fact, Trade)]
    found = _fees(tx)
    if not tx.failed and tx.complete:
        reading = classify(tx, infra, trades)
        found += _paid(tx, reading)
        found += _rents(tx, reading)
        found += _refunds(tx, reading, trades)
    return _facts(tx, found, trades)


def of_moves(tx: Transaction, paid: Iterable[Move], infra: Mapping[str, str], trades: Sequence[Trade]) -> list[Charge]:
    """Network and priority fee, and the payments to known tip and fee wallets, for forms that tell no more than that."""
    found = _fees(tx)
    for move in paid:
        kind: Kind = "tip" if infra.get(move.owner) == infrastructure.TIP else "bot"
        found.append((_payer(tx, move), kind, move.amount, move.owner, 0))
    return _facts(tx, found, trades)


def _fees(tx: Transaction) -> list[_Found]:
    if not tx.complete or not tx.payer:
        return []
    network = min(tx.fee_lamports, SIGNATURE_LAMPORTS * max(1, len(tx.signers)))
    return [(tx.payer, "network", network, None, 0), (tx.payer, "priority", tx.fee_lamports - network, None, 0)]


def _paid(tx: Transaction, reading: Reading) -> list[_Found]:
    """Tips and bot fees: lamports or wrapped SOL."""
    kinds: Mapping[Role, Kind] = {Role.TIP: "tip", Role.BOT: "bot"}
    return [
        (_payer(tx, move), kinds[role], move.amount, move.owner or move.receiver, move.ordinal)
        for move, role in reading.roles
        if role in kinds
    ]


def _payer(tx: Transaction, move: Move) -> str:
    """Who a payment is charged to: a router's own account pays for the one signer it works for."""
    if move.sender in tx.signers or len(tx.signers) != 1:
        return move.sender
    return next(iter(tx.signers))


def _rents(tx: Transaction, reading: Reading) -> list[_Found]:
    """Lamports put into accounts that stay, wrapped SOL left out: per payer and account."""
    put: dict[tuple[str, str], list[int]] = {}
    for move, role in reading.roles:
        if role is Role.RENT:
            entry = put.setdefault((move.source, move.receiver), [0, move.ordinal])
            entry[0] += move.amount - endowment(move, reading.moved)
    found: list[_Found] = []
    for (payer, account), (total, ordinal) in put.items():
        before, after = tx.lamports.get(account, (0, 0))
        if not after:
            continue
        holder = reading.moved.holders.get(account)
        opened_for_sol = holder is not None and holder.mint == programs.WSOL and not before
        lamports = min(total, after - wrapped(tx, account)[1]) if opened_for_sol else total
        found.append((payer, "rent", lamports, account, ordinal))
    return found


def _refunds(tx: Transaction, reading: Reading, trades: Sequence[Trade]) -> list[_Found]:
    """Lamports of accounts that existed before and were closed, to whom they went."""
    found: list[_Found] = []
    named: set[str] = set()
    for move, role in reading.roles:
        if role is Role.CLOSE and move.source not in named:
            named.add(move.source)
            before, after = tx.lamports.get(move.source, (0, 0))
            if before and not after:
                found.append((move.receiver, "refund", before - wrapped(tx, move.source)[0], move.source, move.ordinal))
    gone = {
        account: before
        for account, (before, after) in tx.lamports.items()
        if before and not after and account not in named and account not in tx.signers
    }
    if gone:
        found += _closed_by_programs(tx, reading, trades, gone)
    return found


def _closed_by_programs(tx: Transaction, reading: Reading, trades: Sequence[Trade], gone: Mapping[str, int]) -> list[_Found]:
    """Accounts that a program ended without a word: they went to the wallet that gained exactly as much unexplained."""
    wallets = sorted(set(tx.signers) | {trade.wallet for trade in trades})
    gainers = []
    for wallet in wallets:
        curve_sales = sum(
            trade.quote_atoms - trade.venue_fee_quote_atoms
            for trade in trades
            if trade.wallet == wallet and trade.side == SELL and trade.quote == swaps.SOL and trade.program == programs.PUMP
        )
        if routed.unexplained_lamports(tx, reading.moved, wallet) - curve_sales == sum(gone.values()):
            gainers.append(wallet)
    if len(gainers) != 1:
        return []
    return [(gainers[0], "refund", lamports, account, 0) for account, lamports in gone.items()]


def wrapped(tx: Transaction, account: str) -> tuple[int, int]:
    """Wrapped SOL in an account before and after, in lamports."""
    rows = [row for row in tx.tokens if row.account == account and row.mint == programs.WSOL]
    return sum(row.pre for row in rows), sum(row.post for row in rows)


def _facts(tx: Transaction, found: Sequence[_Found], trades: Sequence[Trade]) -> list[Charge]:
    first: dict[str, Trade] = {}
    for trade in sorted(trades, key=lambda one: one.ordinal):
        first.setdefault(trade.wallet, trade)
    counts: dict[str, int] = {}
    charges: list[Charge] = []
    for wallet, kind, lamports, recipient, ordinal in found:
        if not 0 < lamports <= units.INT64_MAX or not wallet:
            continue
        n = counts.get(kind, 0)
        counts[kind] = n + 1
        owned = first.get(wallet)
        charges.append(
            Charge(
                id=ids.solana_charge(tx.signature, kind, n),
                source=tx.source,
                happened_at=tx.block_time,
                seen_at=tx.seen_at,
                venue=ids.SOLANA,
                tx=tx.signature,
                slot=tx.slot,
                tx_index=tx.tx_index,
                ordinal=ordinal,
                wallet=wallet,
                kind=kind,
                lamports=lamports,
                recipient=recipient,
                trade_id=owned.id if owned else None,
                asset=owned.asset if owned else None,
            )
        )
    return charges
