"""Who traded, when an event names a user that may be a router's account, a keeper or the Mayhem agent.

The order: the user, if it signed; else the signer whose tokens moved by the event's amount; else the owner whose
tokens did; else the event's user, flagged. Never simply the fee payer. A keeper signs, but trades for the owner of the
order it fills.
"""

from __future__ import annotations

from collections.abc import Mapping

from remora.model.errors import Undecodable
from remora.venues.solana import infrastructure, movements, orders, programs
from remora.venues.solana.transaction import Transaction


def trader(tx: Transaction, user: str, mint: str, atoms: int) -> tuple[str, tuple[str, ...]]:
    """The wallet behind an event's user, and flags: mayhem, order, attributed (not the event's user), unattributed.

    mint, atoms: what the event says was traded. A transaction that names no signers (log-only forms) cannot
    contradict the event: its user is taken as it is. Tokens bought for somebody else stay the buyer's trade; that they
    went on is a transfer (`transfers`).
    """
    if user == programs.MAYHEM_AGENT:
        return user, ("mayhem",)
    infra = infrastructure.load()
    if user in tx.signers or not tx.signers:
        owner = _order_owner(tx, infra)
        return (owner, ("order",)) if owner else (user, ())
    moved = {
        owner: abs(changes[mint])
        for owner, changes in movements.token_changes(tx).items()
        if mint in changes and infra.get(owner) not in infrastructure.NO_TRADERS
    }
    signing = sorted(signer for signer in tx.signers if moved.get(signer) == atoms)
    if len(signing) == 1:
        return signing[0], ("attributed",)
    if owner := _order_owner(tx, infra):
        return owner, ("order",)
    if not signing and user not in moved:
        real = sorted(owner for owner, n in moved.items() if n == atoms and movements.on_curve(owner))
        if len(real) == 1:
            return real[0], ("attributed",)
    return user, ("unattributed",)


def _order_owner(tx: Transaction, infra: Mapping[str, str]) -> str | None:
    if not orders.instructions(tx, infra):
        return None
    filled = orders.fill(tx, movements.read(tx), infra)
    return None if filled is None or isinstance(filled, Undecodable) else filled.owner
