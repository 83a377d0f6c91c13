"""Events of the Pump program: launches, completions, migrations, rewards; trades are read by `curve_trade`.

Unknown events are understood and left alone: the program grows every few months.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypedDict

from remora.model import ids
from remora.model.errors import Ignored, Reason
from remora.model.facts import Fact, Graduation, Launch, PoolCreated, Reward
from remora.ports import Context, Decoded
from remora.venues.solana import curve_trade
from remora.venues.solana.borsh import Reader
from remora.venues.solana.events import Event
from remora.venues.solana.fields import Malformed
from remora.venues.solana.programs import NO_KEY, PUMP, PUMPSWAP, WSOL, quote_name
from remora.venues.solana.transaction import Transaction

TRADE: Final = bytes.fromhex("bddb7fd34ee661ee")
CREATE: Final = bytes.fromhex("1b72a94ddeeb6376")
COMPLETE: Final = bytes.fromhex("5f72619cd42e9808")
MIGRATION: Final = bytes.fromhex("bde95db95c94ea94")
COLLECT_CREATOR_FEE: Final = bytes.fromhex("7a027f010ebf0caf")
CLAIM_CASHBACK: Final = bytes.fromhex("e2d6f62107f293e5")
NAMES: Final[Mapping[bytes, str]] = {
    bytes.fromhex("a537817004b3ca28"): "DistributeCreatorFees",
    bytes.fromhex("6161d7905d92167c"): "ExtendAccount",
    bytes.fromhex("dfc39ff63e308f83"): "SetParams",
}


class Placing(TypedDict):
    """What every placed fact of one event carries."""

    id: str
    source: str
    venue: str
    tx: str
    slot: int | None
    tx_index: int | None
    ordinal: int
    seen_at: int | None


def placing(tx: Transaction, event: Event, suffix: str = "") -> Placing:
    """The place and the id of one event's fact."""
    return Placing(
        id=ids.solana_event(tx.signature, event.program, event.n) + suffix,
        source=tx.source,
        venue=ids.SOLANA,
        tx=tx.signature,
        slot=tx.slot,
        tx_index=tx.tx_index,
        ordinal=event.ordinal,
        seen_at=tx.seen_at,
    )


def decode(tx: Transaction, event: Event, context: Context, found: Decoded) -> None:
    """Append what one event of the Pump program says. Never raises for bad bytes."""
    kind = event.data[:8]
    try:
        if kind == TRADE:
            curve_trade.decode(tx, event.data, event.n, event.ordinal, found.facts)
        elif (read := _READERS.get(kind)) is not None:
            read(tx, event, context, found.facts)
        elif len(kind) < 8:
            raise Malformed(Reason.TRUNCATED, "an event begins with 8 bytes that name it", "pump event")
        else:
            name = NAMES.get(kind, kind.hex())
            found.ignored.append(Ignored(reason=Reason.NO_FACTS, detail=f"pump event {name}", where=f"e{event.n}"))
    except Malformed as error:
        found.undecodable.append(error.undecodable())


def _create(tx: Transaction, event: Event, _context: Context, facts: list[Fact]) -> None:
    """name, symbol, uri, mint, curve, user | creator | time, reserves, supply | program, Mayhem | cashback | quote."""
    reader = Reader(event.data, "pump.CreateEvent")
    name, symbol, uri = reader.text(), reader.text(), reader.text()
    mint, curve, user = reader.key(), reader.key(), reader.key()
    creator = reader.key() if reader.more() else user
    happened_at, supply, quote = tx.block_time, None, "SOL"
    flags: tuple[str, ...] = ()
    if reader.more():
        happened_at = reader.time()
        reader.take(24)
        supply = reader.u64()
    if reader.more():
        reader.take(32)
        flags = ("mayhem_coin",) if reader.flag() else ()
    if reader.more():
        flags += ("cashback_coin",) if reader.flag() else ()
    if reader.more():
        quote = quote_name(reader.key())
    facts.append(
        Launch(
            **placing(tx, event), happened_at=happened_at, asset=mint, wallet=user, creator=creator, name=name, symbol=symbol,
            uri=uri, market=curve, program=PUMP, quote=quote, supply_atoms=supply, flags=flags,
        )
    )  # fmt: skip


def _complete(tx: Transaction, event: Event, _context: Context, facts: list[Fact]) -> None:
    """user, mint, curve, time | quote mint."""
    reader = Reader(event.data, "pump.CompleteEvent")
    user, mint, curve, happened_at = reader.key(), reader.key(), reader.key(), reader.time()
    quote = quote_name(reader.key()) if reader.more() else "SOL"
    facts.append(
        Graduation(
            **placing(tx, event), happened_at=happened_at, asset=mint, stage="complete", wallet=user, market=curve, quote=quote
        )
    )


def _migration(tx: Transaction, event: Event, context: Context, facts: list[Fact]) -> None:
    """user, mint, token amount, SOL amount, fee, curve, time, pool | quote mint."""
    reader = Reader(event.data, "pump.CompletePumpAmmMigrationEvent")
    user, mint, tokens, money, _fee = reader.key(), reader.key(), reader.u64(), reader.u64(), reader.u64()
    curve, happened_at, pool = reader.key(), reader.time(), reader.key()
    quote_mint = reader.key() if reader.more() else WSOL
    quote_mint = WSOL if quote_mint == NO_KEY else quote_mint
    context.pools[pool] = (mint, quote_mint)
    facts.append(
        Graduation(
            **placing(tx, event), happened_at=happened_at, asset=mint, stage="migrated", wallet=user, market=curve, pool=pool,
            destination=PUMPSWAP, quantity_atoms=tokens, quote=quote_name(quote_mint), quote_atoms=money,
        )
    )  # fmt: skip
    if not any(isinstance(fact, PoolCreated) and fact.pool == pool for fact in facts):
        facts.append(
            PoolCreated(
                **placing(tx, event, ":pool"), happened_at=happened_at, pool=pool, program=PUMPSWAP, base_asset=mint,
                quote_asset=quote_mint, wallet=user, base_atoms=tokens, quote_atoms=money, flags=("canonical",),
            )
        )  # fmt: skip


def _creator_fee(tx: Transaction, event: Event, _context: Context, facts: list[Fact]) -> None:
    """time, creator, fee | quote mint."""
    reader = Reader(event.data, "pump.CollectCreatorFeeEvent")
    happened_at, creator, fee = reader.time(), reader.key(), reader.u64()
    quote = quote_name(reader.key()) if reader.more() else "SOL"
    facts.append(reward(tx, event, happened_at, {"wallet": creator, "kind": "creator_fee", "quote": quote, "quote_atoms": fee}))


def _cashback(tx: Transaction, event: Event, _context: Context, facts: list[Fact]) -> None:
    """user, amount, time, total claimed, total earned."""
    reader = Reader(event.data, "ClaimCashbackEvent")
    user, paid, happened_at = reader.key(), reader.u64(), reader.time()
    facts.append(reward(tx, event, happened_at, {"wallet": user, "kind": "cashback", "quote": "SOL", "quote_atoms": paid}))


def reward(tx: Transaction, event: Event, happened_at: int, paid: Mapping[str, Any]) -> Reward:
    """Income that one event reports."""
    return Reward(**placing(tx, event), happened_at=happened_at, **paid)


Reading = Callable[[Transaction, Event, Context, list[Fact]], None]
claim_cashback: Final[Reading] = _cashback
"""PumpSwap emits the same event."""

_READERS: Final[Mapping[bytes, Reading]] = {
    CREATE: _create,
    COMPLETE: _complete,
    MIGRATION: _migration,
    COLLECT_CREATOR_FEE: _creator_fee,
    CLAIM_CASHBACK: _cashback,
}
