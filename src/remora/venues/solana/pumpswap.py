"""Events of the PumpSwap AMM: swaps, pools, creator fees.

Its trade events name the pool and not the mints, so a table pool → (base mint, quote mint) is kept in the context:
learnt from CreatePoolEvent, from the accounts of swap instructions, from token balances. Pools whose base is money
(wrapped SOL, USDC) are written the other way round: there a BuyEvent is economically a sale of the token.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from struct import Struct
from typing import Final, NamedTuple

from remora.model.errors import Ignored, Reason
from remora.model.facts import Fact, PoolCreated, Side, Trade
from remora.ports import Context, Decoded
from remora.venues.solana import attribution, pumpfun
from remora.venues.solana.base58 import key_text
from remora.venues.solana.borsh import Reader, instant
from remora.venues.solana.events import Event
from remora.venues.solana.fields import Malformed
from remora.venues.solana.programs import MAYHEM_AGENT, MONEY_MINTS, PUMPSWAP, pool_authority, quote_name
from remora.venues.solana.transaction import Transaction

BUY: Final = bytes.fromhex("67f4521f2cf57777")
SELL: Final = bytes.fromhex("3e2f370aa503dc2a")
CREATE_POOL: Final = bytes.fromhex("b1310cd2a076a774")
COLLECT_COIN_CREATOR_FEE: Final = bytes.fromhex("e8f5c2eeeada3a59")
NAMES: Final[Mapping[bytes, str]] = {
    bytes.fromhex("78f83d531f8e6b90"): "Deposit",
    bytes.fromhex("1609851aa02c47c0"): "Withdraw",
    bytes.fromhex("6161d7905d92167c"): "ExtendAccount",
}
_SWAP_INSTRUCTIONS: Final = frozenset(
    map(bytes.fromhex, ("66063d1201daebea", "33e685a4017f83ad", "c62e1552b4d9e870"))
)  # buy, sell, buy_exact_quote_in

# time, base, quote without fees, user's quote with fees, pool, user, user's base and quote accounts
_SWAP: Final = Struct("<8xqq40xq40xq32s32s32s32s")


class Swap(NamedTuple):
    """What a BuyEvent or SellEvent says: amounts in atoms, seconds of the block clock, keys as bytes."""

    seconds: int
    base: int
    quote: int
    user_quote: int
    pool: bytes
    user: bytes
    base_account: bytes
    quote_account: bytes


def decode(tx: Transaction, event: Event, context: Context, found: Decoded) -> None:
    """Append what one event of the PumpSwap program says. Never raises for bad bytes."""
    kind = event.data[:8]
    try:
        if kind in {BUY, SELL}:
            _swap(tx, event, context, found.facts)
        elif (read := _READERS.get(kind)) is not None:
            read(tx, event, context, found.facts)
        elif len(kind) < 8:
            raise Malformed(Reason.TRUNCATED, "an event begins with 8 bytes that name it", "pumpswap event")
        else:
            name = NAMES.get(kind, kind.hex())
            found.ignored.append(Ignored(reason=Reason.NO_FACTS, detail=f"pumpswap event {name}", where=f"e{event.n}"))
    except Malformed as error:
        found.undecodable.append(error.undecodable())


def learn(tx: Transaction, context: Context) -> None:
    """Add the pools that the transaction's swap instructions name: accounts 0 (pool), 3 and 4 (base, quote mint)."""
    for one in tx.instructions:
        if one.program == PUMPSWAP and one.data[:8] in _SWAP_INSTRUCTIONS and len(one.accounts) > 4:
            context.pools.setdefault(one.accounts[0], (one.accounts[3], one.accounts[4]))


def _swap(tx: Transaction, event: Event, context: Context, facts: list[Fact]) -> None:
    is_buy = event.data[:8] == BUY
    where = "pumpswap.BuyEvent" if is_buy else "pumpswap.SellEvent"
    swap = _read(event.data, where)
    if is_buy and swap.user_quote < swap.quote:
        # buy_exact_quote_in writes the two the other way round (checked on pool balances): all fees are in the larger one.
        swap = swap._replace(quote=swap.user_quote, user_quote=swap.quote)
    fee = swap.user_quote - swap.quote if is_buy else swap.quote - swap.user_quote
    if fee < 0:
        raise Malformed(Reason.CONTRADICTION, f"the user's side and the pool's differ by a negative fee {fee}", where)
    happened_at = instant(swap.seconds, where)
    pool, user = key_text(swap.pool), key_text(swap.user)
    base_mint, quote_mint = _mints(tx, pool, swap, context, where)
    flags: tuple[str, ...] = ()
    side: Side = "buy" if is_buy else "sell"
    asset, quantity, quote, money = base_mint, swap.base, quote_name(quote_mint), swap.quote
    if base_mint in MONEY_MINTS and quote_mint not in MONEY_MINTS:
        # The fee is taken in the token: what left or reached the wallet is the quantity, and no money fee remains.
        side = "sell" if is_buy else "buy"
        asset, quantity, quote, money, fee = quote_mint, swap.user_quote, quote_name(base_mint), swap.base, 0
        flags = ("flipped",)
    wallet = user
    if user == MAYHEM_AGENT:
        flags += ("mayhem",)
    elif tx.complete:
        wallet, more = attribution.trader(tx, user, asset, quantity)
        flags += more
    facts.append(
        Trade(
            **pumpfun.placing(tx, event), happened_at=happened_at, wallet=wallet, asset=asset, side=side,
            quantity_atoms=quantity, quote=quote, quote_atoms=money, venue_fee_quote_atoms=fee,
            market=pool, program=PUMPSWAP, flags=flags,
        )
    )  # fmt: skip


def _read(data: bytes, where: str) -> Swap:
    if len(data) < _SWAP.size:
        raise Malformed(Reason.TRUNCATED, f"{len(data)} bytes, at least {_SWAP.size} expected", where)
    swap = Swap._make(_SWAP.unpack_from(data))
    if (swap.base | swap.quote | swap.user_quote) < 0:
        raise Malformed(Reason.OUT_OF_RANGE, "an amount does not fit 64 signed bits", where)
    return swap


def _mints(tx: Transaction, pool: str, swap: Swap, context: Context, where: str) -> tuple[str, str]:
    known = context.pools.get(pool)
    if known is None and (known := _mints_of_balances(tx, pool, swap)) is not None:
        context.pools[pool] = known
    if known is None:
        detail = f"the mints of pool {pool} are not known; read its creation or any full transaction of it first"
        raise Malformed(Reason.UNKNOWN_POOL, detail, where)
    return known


def _mints_of_balances(tx: Transaction, pool: str, swap: Swap) -> tuple[str, str] | None:
    """The user's accounts tell which of the pool's two mints is the base; a closed one follows from the other."""
    mint_of = {row.account: row.mint for row in tx.tokens}
    base, quote = mint_of.get(key_text(swap.base_account)), mint_of.get(key_text(swap.quote_account))
    held = sorted({row.mint for row in tx.tokens if row.owner == pool} - {base, quote})
    if base is None and quote is not None and len(held) == 1:
        base = held[0]
    if quote is None and base is not None and len(held) == 1:
        quote = held[0]
    return None if base is None or quote is None else (base, quote)


def _create_pool(tx: Transaction, event: Event, context: Context, facts: list[Fact]) -> None:
    """time, index, creator, two mints, decimals, amounts, ..., pool at 173."""
    where = "pumpswap.CreatePoolEvent"
    reader = Reader(event.data, where)
    happened_at, index, creator, base, quote = reader.time(), reader.u16(), reader.key(), reader.key(), reader.key()
    reader.take(2)
    base_atoms, quote_atoms = reader.u64(), reader.u64()
    pool = Reader(event.data, where, at=173).key()
    context.pools[pool] = (base, quote)
    canonical = index == 0 and creator == pool_authority(base)
    facts.append(
        PoolCreated(
            **pumpfun.placing(tx, event), happened_at=happened_at, pool=pool, program=PUMPSWAP, base_asset=base,
            quote_asset=quote, wallet=creator, base_atoms=base_atoms, quote_atoms=quote_atoms,
            flags=("canonical",) if canonical else (),
        )
    )  # fmt: skip


def _creator_fee(tx: Transaction, event: Event, _context: Context, facts: list[Fact]) -> None:
    """time, creator, fee in wrapped SOL, two accounts."""
    reader = Reader(event.data, "pumpswap.CollectCoinCreatorFeeEvent")
    happened_at, creator, fee = reader.time(), reader.key(), reader.u64()
    paid = {"wallet": creator, "kind": "creator_fee", "quote": "SOL", "quote_atoms": fee}
    facts.append(pumpfun.reward(tx, event, happened_at, paid))


_READERS: Final[Mapping[bytes, Callable[[Transaction, Event, Context, list[Fact]], None]]] = {
    CREATE_POOL: _create_pool,
    COLLECT_COIN_CREATOR_FEE: _creator_fee,
    pumpfun.CLAIM_CASHBACK: pumpfun.claim_cashback,
}
