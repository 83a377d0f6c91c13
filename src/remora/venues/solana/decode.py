"""One transaction → all its facts: events first, then what only balances and instructions tell."""

from __future__ import annotations

from typing import Final

import msgspec

from remora.model.errors import Ignored, Reason, Undecodable
from remora.ports import Context, Decoded
from remora.venues.solana import charges, events, pumpfun, pumpswap, raydium, routed, transfers
from remora.venues.solana.programs import PUMP, PUMPSWAP
from remora.venues.solana.transaction import Transaction

_PROGRAMS: Final = frozenset((PUMP, PUMPSWAP))


def decode_transaction(tx: Transaction, context: Context) -> Decoded:
    """All facts of one transaction. A failed one is void: only what it cost remains.

    Pools seen here are added to `context.pools`.
    """
    found = Decoded(facts=[], ignored=[], undecodable=[])
    if tx.failed:
        found.ignored.append(Ignored(reason=Reason.FAILED_TRANSACTION, detail="the transaction failed: its events are void"))
        if tx.complete:
            found.facts.extend(charges.decode(tx, context, []))
        return found
    pumpswap.learn(tx, context)
    read = events.of(tx, _PROGRAMS)
    for event in read.found:
        (pumpfun if event.program == PUMP else pumpswap).decode(tx, event, context, found)
    if tx.logs_truncated and read.from_logs:
        detail = "the log was cut and there are no inner instructions: later events may be missing; read the transaction again"
        found.undecodable.append(Undecodable(reason=Reason.LOG_TRUNCATED, detail=detail, where=tx.signature))
    tx = _dated(tx, found)
    if tx.complete:
        _beyond_events(tx, context, found)
    if not found.facts and not found.undecodable and not found.ignored:
        found.ignored.append(Ignored(reason=Reason.NO_FACTS, detail="nothing of ours happened in the transaction"))
    return found


def _dated(tx: Transaction, found: Decoded) -> Transaction:
    """Where the form tells no block time (logs, Yellowstone), the block clock of an event dates what has no date yet."""
    if tx.block_time is not None:
        return tx
    times = [fact.happened_at for fact in found.facts if fact.happened_at is not None]
    if not times:
        return tx
    for at, fact in enumerate(found.facts):
        if fact.happened_at is None:
            found.facts[at] = msgspec.structs.replace(fact, happened_at=times[0])
    return msgspec.structs.replace(tx, block_time=times[0])


def _beyond_events(tx: Transaction, context: Context, found: Decoded) -> None:
    found.facts.extend(raydium.decode_pools(tx, context))
    derived = routed.derive(tx, context, found.facts)
    found.facts.extend(derived.facts)
    found.ignored.extend(derived.ignored)
    found.undecodable.extend(derived.undecodable)
    found.facts.extend(transfers.decode(tx, context, found.facts))
    found.facts.extend(charges.decode(tx, context, found.facts))
