"""Trades without an event: what the owner who really traded gave and got, from balances and moves.

For Raydium, LaunchLab, Jupiter, OKX, bot routers and every program nobody described. Amounts are those of the pools
(`swaps`): what a router or front end takes besides is a charge. Where a pool pays lamports without any move (curves
do), the unexplained gain of the wallet is the price, net of fees (flag `fee_unknown`).

One asset given, another got, at least one of them no money → one trade, flagged `derived`. Two coins → a sale and a
buy flagged `swap_leg`, both at the money that lay between them, or at each other where none is seen. Orders executed
by keepers are their owner's trades (`orders`); a keeper's margin is nobody's. No trades, but observations: money
against money, arbitrage that ends where it began, liquidity, escrows; and what cannot be told apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from remora.model import ids, units
from remora.model.errors import Reason, Undecodable
from remora.model.facts import BUY, SELL, Fact, Observation, Side, Trade
from remora.ports import Context, Decoded
from remora.venues.solana import infrastructure, launchlab, movements, orders, programs, raydium, swaps
from remora.venues.solana.movements import Movements
from remora.venues.solana.swaps import SOL, Hop, Swaps
from remora.venues.solana.transaction import Instruction, Transaction

_EVENT_VENUES: Final = frozenset({programs.PUMP, programs.PUMPSWAP})
_MONEY: Final = (SOL, programs.USDC_MINT, programs.USDT_MINT)
"""What is paid with, in the order in which it is believed to be the money between two coins."""

_CRUMB: Final = 1_000


class Exchange(NamedTuple):
    """One wallet gave one asset and got another. between: (money, got for the given, paid for the got) or None."""

    wallet: str
    given_asset: str
    given: int
    got_asset: str
    got: int
    instruction: Instruction
    flags: tuple[str, ...] = ()
    market: str | None = None
    between: tuple[str, int, int] | None = None


def derive(tx: Transaction, context: Context, claimed: Iterable[Fact] = ()) -> Decoded:
    """Trades and observations of a transaction beyond those already read from events (`claimed`).

    context.infrastructure says who is no trader. Nothing of a failed transaction, or of one without balances.
    """
    result = Decoded(facts=[], ignored=[], undecodable=[])
    if tx.failed or not tx.complete:
        return result
    infra = context.infrastructure or infrastructure.load()
    moved = movements.read(tx)
    events = [fact for fact in claimed if isinstance(fact, Trade)]
    filled = orders.fill(tx, moved, infra)
    if isinstance(filled, Undecodable):
        result.undecodable.append(filled)
        return result
    if filled is not None:
        # An event of this fill was given to the order's owner by `attribution`; only a fill without one is derived.
        if not any(event.wallet == filled.owner for event in events):
            _book(tx, result, [_filled(filled)])
        return result
    for entry in orders.escrowed(tx, moved, infra):
        detail = "put into the escrow of an order" if entry.amount > 0 else "taken back from the escrow of an order"
        nets = {entry.asset: -entry.amount}
        result.facts.append(observation(tx, entry.owner, "order", detail, nets, entry.instruction))
    for signer in sorted(tx.signers):
        if infra.get(signer) not in infrastructure.NO_TRADERS:
            _derive_for(tx, moved, infra, events, signer, result)
    return result


def own_hops(found: Swaps, events: Sequence[Trade]) -> list[Hop]:
    """The hops that no event explains: a venue's event names the program and the pool or curve of its instruction."""
    explained = [(event.program, event.market) for event in events if event.program in _EVENT_VENUES]
    return [
        hop
        for hop in found.hops
        if not any(
            program == hop.instruction.program and (market is None or market in hop.instruction.accounts)
            for program, market in explained
        )
    ]


def _derive_for(
    tx: Transaction, moved: Movements, infra: Mapping[str, str], events: Sequence[Trade], wallet: str, result: Decoded
) -> None:
    found = swaps.of_wallet(tx, moved, wallet, infra)
    hops = own_hops(found, events)
    nets = swaps.net(hops)
    if hops:
        exchange = exchange_of(wallet, hops, nets)
        if isinstance(exchange, Exchange):
            _book(tx, result, [_settled(tx, moved, exchange)])
        else:
            kind, detail = exchange
            result.facts.append(observation(tx, wallet, kind, detail, nets, hops[0].instruction))
        return
    if not any(event.wallet == wallet for event in events):
        _without_moves(tx, moved, found, result)


# --- what was exchanged --------------------------------------------------------------------------------------------


def exchange_of(wallet: str, hops: Sequence[Hop], nets: Mapping[str, int]) -> Exchange | tuple[str, str]:
    """One exchange out of all hops, or (kind, reason) of what it is instead."""
    left_over = _left_over(hops, nets)
    if left_over:
        exchange = exchange_of(wallet, hops, {asset: n for asset, n in nets.items() if asset not in left_over})
        return exchange._replace(flags=(*exchange.flags, "residue")) if isinstance(exchange, Exchange) else exchange
    coins = {asset: n for asset, n in nets.items() if asset not in _MONEY}
    money = {asset: n for asset, n in nets.items() if asset in _MONEY}
    first = hops[0].instruction
    market = _market(first) if len(hops) == 1 else None
    if not coins:
        kind = "exchange" if min(money.values(), default=0) < 0 < max(money.values(), default=0) else "arbitrage"
        return kind, "money against money" if kind == "exchange" else "ends in the asset it began with"
    if len(coins) == 1:
        ((coin, amount),) = coins.items()
        paid = {asset: n for asset, n in money.items() if (n < 0) == (amount > 0)}
        if len(paid) != 1:
            return "ambiguous", f"one coin against {len(paid)} kinds of money"
        ((quote, price),) = paid.items()
        if amount > 0:
            return Exchange(wallet, quote, -price, coin, amount, first, market=market)
        return Exchange(wallet, coin, -amount, quote, price, first, market=market)
    gone = [asset for asset, n in coins.items() if n < 0]
    come = [asset for asset, n in coins.items() if n > 0]
    if len(gone) != 1 or len(come) != 1:
        return "ambiguous", f"{len(gone)} coins given and {len(come)} got"
    between = _between(hops, gone[0], come[0])
    return Exchange(wallet, gone[0], -coins[gone[0]], come[0], coins[come[0]], first, market=market, between=between)


def _left_over(hops: Sequence[Hop], nets: Mapping[str, int]) -> frozenset[str]:
    """Assets that were only passed on between pools and left a crumb: up to 1 in 1000 of what went through."""
    through: dict[str, int] = {}
    for asset in nets:
        got = sum(hop.got for hop in hops if hop.got_asset == asset)
        given = sum(hop.given for hop in hops if hop.given_asset == asset)
        through[asset] = min(got, given)
    crumbs = frozenset(asset for asset, n in nets.items() if abs(n) * _CRUMB <= through[asset])
    return crumbs if len(nets) - len(crumbs) >= 2 else frozenset()


def _between(hops: Sequence[Hop], gone: str, come: str) -> tuple[str, int, int] | None:
    """The money all of the given coin was sold for and all of the got coin was bought with."""
    sold = [hop for hop in hops if hop.given_asset == gone]
    bought = [hop for hop in hops if hop.got_asset == come]
    for money in _MONEY:
        if sold and bought and all(hop.got_asset == money for hop in sold) and all(hop.given_asset == money for hop in bought):
            return money, sum(hop.got for hop in sold), sum(hop.given for hop in bought)
    return None


def _market(one: Instruction) -> str | None:
    return raydium.pool_of(one) or launchlab.pool_of(one)


def _filled(filled: orders.Fill) -> Exchange:
    return Exchange(
        filled.owner, filled.given_asset, filled.given, filled.got_asset, filled.got, filled.instruction, ("order",)
    )  # fmt: skip


def _settled(tx: Transaction, moved: Movements, exchange: Exchange) -> Exchange:
    """The exchange with what a coin's transfer fee kept from the wallet taken off, checked against the balances."""
    mint = exchange.got_asset
    if mint in _MONEY:
        return exchange
    expected = 0
    for move in moved.moves:
        if move.asset == mint and move.kind in {"token", "mint", "burn"}:
            expected += (move.amount - move.withheld) * (move.owner == exchange.wallet) - move.amount * (
                move.sender == exchange.wallet
            )
    missing = expected - movements.token_changes(tx).get(exchange.wallet, {}).get(mint, 0)
    if missing == 0:
        return exchange
    if 0 < missing < exchange.got:
        return exchange._replace(got=exchange.got - missing, flags=(*exchange.flags, "transfer_fee"))
    return exchange._replace(flags=(*exchange.flags, "unreconciled"))


def _without_moves(tx: Transaction, moved: Movements, found: Swaps, result: Decoded) -> None:
    """A sale to a program that paid lamports directly, or liquidity put in and taken out."""
    for one, moves in found.lopsided:
        given = {swaps.asset_of(move): move.amount for move in moves if move.sender == found.wallet}
        shares = any(
            move.outer == one.outer and move.kind in {"mint", "burn"} and found.wallet in {move.sender, move.owner}
            for move in moved.moves
        )
        if shares:
            got = {swaps.asset_of(move): move.amount for move in moves if move.owner == found.wallet}
            nets = got | {asset: -amount for asset, amount in given.items()}
            detail = "shares of a pool or stake were made or burnt"
            result.facts.append(observation(tx, found.wallet, "liquidity", detail, nets, one))
            return
        if len(moves) == 1 and len(given) == 1 and not given.keys() & set(_MONEY):
            gain = unexplained_lamports(tx, moved, found.wallet)
            ((coin, amount),) = given.items()
            if gain > 0 and any(movements.lamport_change(tx, account) <= -gain for account in one.accounts):
                flags = ("fee_unknown",)
                _book(tx, result, [Exchange(found.wallet, coin, amount, SOL, gain, one, flags, _market(one))])
                return


def unexplained_lamports(tx: Transaction, moved: Movements, wallet: str) -> int:
    """What a wallet's lamports (and those of its token accounts) gained beyond the fee, all moves and closed accounts."""
    mine = {wallet} | {account for account, holder in moved.holders.items() if holder.owner == wallet}
    total = sum(movements.lamport_change(tx, account) for account in mine)
    total += tx.fee_lamports if wallet == tx.payer else 0
    for move in moved.moves:
        inside, outside = move.receiver in mine, move.source in mine
        if inside != outside and (move.asset in {SOL, programs.WSOL}):
            amount = tx.lamports.get(move.source, (0, 0))[0] if move.kind == "close" else move.amount
            total += -amount if inside else amount
    return total


# --- facts ---------------------------------------------------------------------------------------------------------


def _book(tx: Transaction, result: Decoded, exchanges: Sequence[Exchange]) -> None:
    for exchange in exchanges:
        if problem := _contradiction(exchange):
            result.undecodable.append(problem)
            continue
        for trade in trades_of(tx, exchange, sum(isinstance(fact, Trade) for fact in result.facts)):
            if trade.quantity_atoms > units.INT64_MAX or trade.quote_atoms > units.INT64_MAX:
                detail = "more than 64 bits hold"
                result.undecodable.append(Undecodable(reason=Reason.OUT_OF_RANGE, detail=detail, where=trade.id))
            else:
                result.facts.append(trade)


def _contradiction(exchange: Exchange) -> Undecodable | None:
    """A LaunchLab instruction that says buy while the wallet sold, or the reverse."""
    said = launchlab.side_of(exchange.instruction)
    if said is None or (said == BUY) == (exchange.given_asset in _MONEY):
        return None
    one = exchange.instruction
    detail = f"the instruction says {said}, the token moves say otherwise"
    return Undecodable(reason=Reason.CONTRADICTION, detail=detail, where=f"instruction {one.outer}.{one.inner}")


def trades_of(tx: Transaction, exchange: Exchange, n: int) -> list[Trade]:
    """The trade of an exchange, or the linked sale and buy of two coins; n: how many derived trades came before."""
    gave, got = exchange.given_asset, exchange.got_asset
    if gave in _MONEY:
        return [_trade(tx, exchange, n, BUY, (got, exchange.got), (gave, exchange.given))]
    if got in _MONEY:
        return [_trade(tx, exchange, n, SELL, (gave, exchange.given), (got, exchange.got))]
    linked = exchange._replace(flags=(*exchange.flags, "swap_leg"))
    if exchange.between:
        money, sold_for, bought_for = exchange.between
        prices = (money, sold_for), (money, bought_for)
    else:
        prices = (got, exchange.got), (gave, exchange.given)
    return [
        _trade(tx, linked, n, SELL, (gave, exchange.given), prices[0]),
        _trade(tx, linked, n + 1, BUY, (got, exchange.got), prices[1]),
    ]


def _trade(tx: Transaction, exchange: Exchange, n: int, side: Side, coin: tuple[str, int], price: tuple[str, int]) -> Trade:
    one = exchange.instruction
    outer = next((each.program for each in tx.instructions if each.outer == one.outer and each.inner == 0), one.program)
    return Trade(
        id=ids.solana_balance(tx.signature, outer, n),
        source=tx.source,
        happened_at=tx.block_time,
        seen_at=tx.seen_at,
        venue=ids.SOLANA,
        tx=tx.signature,
        slot=tx.slot,
        tx_index=tx.tx_index,
        ordinal=one.ordinal,
        wallet=exchange.wallet,
        asset=coin[0],
        side=side,
        quantity_atoms=coin[1],
        quote=programs.quote_name(price[0]),
        quote_atoms=price[1],
        market=exchange.market,
        program=outer,
        flags=("derived", *exchange.flags),
    )


def observation(tx: Transaction, wallet: str, kind: str, reason: str, nets: Mapping[str, int], one: Instruction) -> Observation:
    """Something that moved assets and is no trade: shown, never booked."""
    return Observation(
        id=ids.by_content(ids.SOLANA, "observation", (tx.signature, kind, wallet, one.ordinal, sorted(nets.items())), 0),
        source=tx.source,
        happened_at=tx.block_time,
        seen_at=tx.seen_at,
        venue=ids.SOLANA,
        kind=kind,
        reason=reason,
        wallet=wallet,
        asset=next((asset for asset in sorted(nets) if asset not in _MONEY), None),
        data=msgspec.json.encode({"tx": tx.signature, "program": one.program, "changes": dict(sorted(nets.items()))}).decode(),
    )
