"""Raydium AMM v4, CPMM and CLMM: which instructions swap, where they name their pool, and new pools.

The amounts of a swap are the two token moves under its instruction, pool side (see `swaps`): Raydium takes its fee out
of what is given inside the pool, so what the pool got is the whole price and the venue fee of such a trade is 0.
v4 and CLMM are recorded; CPMM is read from its layout (no recording).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from remora.model import ids, units
from remora.model.facts import Graduation, PoolCreated
from remora.ports import Context
from remora.venues.solana import movements, programs
from remora.venues.solana.movements import Move
from remora.venues.solana.transaction import Instruction, Transaction

V4: Final = "675kPX9MHTjS2zt1qfr1NYHuzeLXfQM9H24wFSUt1Mp8"
CPMM: Final = "CPMMoo8L3F4NbTegBCKVNunggL7H1ZpdTHKxQB5qKP1C"
CLMM: Final = "CAMMCzo5YL8w4VFF8KVHrK22GGUsp5VTaW7grrKgrWqK"
MIGRATOR: Final = "39azUYFWPz3VHgKCf3VChUwbpURdCHRxjWVowf5jUJjg"
"""Signer of Pump.fun's graduations to Raydium, until March 2025."""

_SWAPS: Final[Mapping[str, tuple[frozenset[bytes], int]]] = {
    # program -> (first bytes of its swap instructions, position of the pool among their accounts)
    V4: (frozenset({b"\x09", b"\x0b", b"\x10", b"\x11"}), 1),  # swapBaseIn, swapBaseOut and their second versions
    CPMM: (frozenset({bytes.fromhex("8fbe5adac41e33de"), bytes.fromhex("37d96256a34ab4ad")}), 3),
    CLMM: (frozenset({bytes.fromhex("f8c69e91e17587c8"), bytes.fromhex("2b04ed0b1ac91e62")}), 2),
}


class _Opening(NamedTuple):
    """Where an instruction that opens a pool names what is needed."""

    first_bytes: bytes
    pool: int
    base: int
    quote: int
    base_vault: int
    quote_vault: int
    wallet: int


_OPENINGS: Final[Mapping[str, _Opening]] = {
    V4: _Opening(b"\x01", 4, 8, 9, 10, 11, 17),  # initialize2
    CPMM: _Opening(bytes.fromhex("afaf6d1f0d989bed"), 3, 4, 5, 10, 11, 0),  # initialize
}


def pool_of(one: Instruction) -> str | None:
    """The pool that a swap instruction of Raydium trades with, None for other instructions."""
    known = _SWAPS.get(one.program)
    if known is None:
        return None
    starts, position = known
    width = len(next(iter(starts)))
    return one.accounts[position] if one.data[:width] in starts and len(one.accounts) > position else None


def decode_pools(tx: Transaction, context: Context) -> list[PoolCreated | Graduation]:
    """Pools opened in this transaction; opened by Pump.fun's migrator, also the coin's graduation.

    A pool of the same coin that anybody else opens is no graduation. Grows `context.pools`.
    """
    found: list[PoolCreated | Graduation] = []
    moves: tuple[Move, ...] | None = None
    for one in tx.instructions:
        layout = _OPENINGS.get(one.program)
        if layout is None or not one.data.startswith(layout.first_bytes) or len(one.accounts) <= max(layout[1:]) or tx.failed:
            continue
        moves = movements.read(tx).moves if moves is None else moves
        pool = _pool(tx, one, layout, moves)
        context.pools[pool.pool] = (pool.base_asset, pool.quote_asset)
        found.append(pool)
        if one.program == V4 and pool.wallet == MIGRATOR:
            found.append(_graduation(pool))
    return found


def _pool(tx: Transaction, one: Instruction, layout: _Opening, moves: tuple[Move, ...]) -> PoolCreated:
    def paid_into(position: int) -> int | None:
        amounts = [
            move.amount
            for move in moves
            if move.kind == "token" and move.outer == one.outer and move.receiver == one.accounts[position]
        ]
        return sum(amounts) if amounts and sum(amounts) <= units.INT64_MAX else None

    pool = one.accounts[layout.pool]
    return PoolCreated(
        id=ids.by_content(ids.SOLANA, "pool", (tx.signature, one.program, pool), 0),
        source=tx.source,
        happened_at=tx.block_time,
        seen_at=tx.seen_at,
        venue=ids.SOLANA,
        tx=tx.signature,
        slot=tx.slot,
        tx_index=tx.tx_index,
        ordinal=one.ordinal,
        pool=pool,
        program=one.program,
        base_asset=one.accounts[layout.base],
        quote_asset=one.accounts[layout.quote],
        wallet=one.accounts[layout.wallet],
        base_atoms=paid_into(layout.base_vault),
        quote_atoms=paid_into(layout.quote_vault),
    )


def _graduation(pool: PoolCreated) -> Graduation:
    """The migrator opens its pools with wrapped SOL as base: the coin is the other side."""
    reversed_ = pool.base_asset in programs.MONEY_MINTS
    asset, money = (pool.quote_asset, pool.base_asset) if reversed_ else (pool.base_asset, pool.quote_asset)
    coins, paid = (pool.quote_atoms, pool.base_atoms) if reversed_ else (pool.base_atoms, pool.quote_atoms)
    return Graduation(
        id=ids.by_content(ids.SOLANA, "graduation", (pool.tx, asset, pool.pool), 0),
        source=pool.source,
        happened_at=pool.happened_at,
        seen_at=pool.seen_at,
        venue=pool.venue,
        tx=pool.tx,
        slot=pool.slot,
        tx_index=pool.tx_index,
        ordinal=pool.ordinal,
        asset=asset,
        stage="migrated",
        wallet=pool.wallet,
        market=programs.bonding_curve(asset),
        pool=pool.pool,
        destination="raydium",
        quantity_atoms=coins,
        quote=programs.quote_name(money),
        quote_atoms=paid,
    )
