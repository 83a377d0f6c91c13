"""Shyft's parsed-transaction documents: trades by their events, balance changes and transfers between owners.

Their labels are wrong more often than right (9 of 14 looked at) and are not used. A document names owners, changes and
transfers, but no instruction and no native balances; so a trade from it has no exact place (`exact` is False: the
ledger matches it with the same trade of a better source by transaction, wallet and amounts), rent is not told, and
plain SOL transfers are observations. Documents come bare, as {"success", "result"}, or as {"source_path", "doc"}.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

import msgspec

from remora.model import ids, units
from remora.model.errors import Ignored, Reason, Undecodable
from remora.model.facts import BUY, SELL, Fact, Side, Trade
from remora.ports import Context, Decoded, Decoder, Record, Sample
from remora.venues.solana import attribution, charges, fields, infrastructure, programs, routed, swaps
from remora.venues.solana.fields import Malformed
from remora.venues.solana.movements import SYSTEM, Move
from remora.venues.solana.transaction import Instruction, TokenBalance, Transaction

SOURCE: Final = "solana.shyft"
_KEYS: Final = frozenset({"fee_payer", "signatures", "token_balance_changes"})
_MOST_ROWS: Final = 10_000


class Parsed(NamedTuple):
    """One document: the transaction's head and balances, its transfers between owners, its events by name.

    program: who executed it (the first router or DEX named beside the transfers, else the document's protocol).
    """

    tx: Transaction
    moves: tuple[Move, ...]
    events: tuple[tuple[str, dict[str, Any]], ...]
    program: str


def read(value: object, seen_at: int | None = None) -> Parsed:
    """One document without its wrappers. Raises Malformed."""
    body = _unwrapped(value)
    signatures = fields.sequence(body.get("signatures"), "signatures")
    signers = [fields.address(key, "signers") for key in fields.optional_sequence(body.get("signers"), "signers")]
    payer = fields.address(body.get("fee_payer"), "fee_payer")
    status = fields.text(body.get("status", "Success"), "status")
    try:
        fee = units.amount(units.atoms(body.get("fee"), units.SOL_DECIMALS))
        happened_at = units.instant_of_text(body.get("timestamp"))
    except units.BadNumber as error:
        raise Malformed(error.reason, error.detail, "fee" if error.reason is not Reason.BAD_TIME else "timestamp") from error
    rows = fields.optional_sequence(body.get("token_balance_changes"), "token_balance_changes")
    tx = Transaction(
        signature=fields.signature(signatures[0] if signatures else None, "signatures[0]"),
        source=SOURCE,
        block_time=happened_at,
        seen_at=seen_at,
        failed=status.lower() != "success",
        error="" if status.lower() == "success" else status[:200],
        fee_lamports=fee,
        keys=(payer,),
        signers=frozenset({payer, *signers}),
        tokens=tuple([_balance(fields.mapping(row, "token_balance_changes"), at) for at, row in enumerate(rows[:_MOST_ROWS])]),
    )
    actions = fields.optional_sequence(body.get("actions"), "actions")[:_MOST_ROWS]
    moves = [move for at, raw in enumerate(actions) if (move := _move(fields.mapping(raw, f"actions[{at}]"), at))]
    own = {row.account for row in tx.tokens} | {move.receiver for move in moves if move.kind == "token"}
    kept = tuple(move for move in moves if move.kind == "token" or move.receiver not in own)
    return Parsed(tx, kept, _events(body), _program(body, actions))


def _unwrapped(value: object) -> dict[str, Any]:
    body = fields.mapping(value, "document")
    for name in ("doc", "result"):
        if name in body and not body.keys() >= _KEYS:
            body = fields.mapping(body[name], name)
    return body


def _balance(row: dict[str, Any], at: int) -> TokenBalance:
    where = f"token_balance_changes[{at}]"
    pre, post = (_whole(row.get(name), f"{where}.{name}") for name in ("pre_balance", "post_balance"))
    change = row.get("change_amount")
    if type(change) is int and post - pre != change:
        if abs(post - pre - change) > step(pre) + step(post) - 2 or not 0 <= pre + change <= fields.U64_MAX:
            raise Malformed(Reason.CONTRADICTION, f"{pre} to {post} is not a change of {change}", where)
        post = pre + change
    return TokenBalance(
        fields.address(row.get("address"), f"{where}.address"),
        fields.address(row.get("mint"), f"{where}.mint"),
        fields.address(row.get("owner"), f"{where}.owner"),
        pre,
        post,
        fields.integer(row.get("decimals"), f"{where}.decimals", maximum=255),
    )


def step(number: int) -> int:
    """What Shyft's numbers are rounded to: they pass through doubles, which are exact up to 2^53."""
    return 1 << max(0, number.bit_length() - 53)


def _move(action: dict[str, Any], at: int) -> Move | None:
    """A transfer between owners; every other action, and transfers without both owners, tell nothing of use."""
    kind, info = action.get("type"), action.get("info")
    if kind not in ("TOKEN_TRANSFER", "SOL_TRANSFER") or not isinstance(info, dict):
        return None
    sender, receiver = info.get("sender"), info.get("receiver")
    if not ids.is_solana_address(sender) or not ids.is_solana_address(receiver):
        return None
    where = f"actions[{at}].info"
    inner = 1 if action.get("parent_protocol") else 0
    if kind == "SOL_TRANSFER":
        amount = _whole(info.get("amount_raw"), f"{where}.amount_raw", decimal=info.get("amount"))
        return Move("lamports", swaps.SOL, amount, str(sender), str(receiver), str(sender), str(receiver), at, inner)
    account, mint = info.get("receiver_associated_account"), fields.address(info.get("token_address"), f"{where}.token_address")
    amount = _whole(info.get("amount_raw"), f"{where}.amount_raw")
    return Move("token", mint, amount, "", str(account or ""), str(sender), str(receiver), at, inner)


def _whole(value: object, where: str, *, decimal: object = None) -> int:
    """A whole number. Shyft divides and multiplies SOL by floats: where that shows, the decimal SOL amount is exact."""
    if isinstance(value, float | Decimal) and decimal is not None:
        try:
            return units.amount(units.atoms(decimal, units.SOL_DECIMALS))
        except units.BadNumber as error:
            raise Malformed(error.reason, error.detail, where) from error
    return fields.integer(value, where)


def _events(body: dict[str, Any]) -> tuple[tuple[str, dict[str, Any]], ...]:
    found = []
    for raw in fields.optional_sequence(body.get("events"), "events")[:_MOST_ROWS]:
        event = fields.mapping(raw, "events[]")
        if isinstance(event.get("name"), str) and isinstance(event.get("data"), dict):
            found.append((event["name"], event["data"]))
    return tuple(found)


def _program(body: dict[str, Any], actions: Sequence[Any]) -> str:
    """The document's protocol is often only the token program; a router or DEX among the actions says more."""
    protocol = body.get("protocol")
    named = [action.get("parent_protocol") for action in actions if isinstance(action, dict)]
    named.append(protocol.get("address") if isinstance(protocol, dict) else None)
    known = infrastructure.load()
    for wanted in ("router", "dex"):
        for name in named:
            if isinstance(name, str) and known.get(name) == wanted:
                return name
    return next((str(name) for name in named if ids.is_solana_address(name)), SYSTEM)


# --- facts ---------------------------------------------------------------------------------------------------------


def facts_of(parsed: Parsed, context: Context) -> Decoded:
    """Trades, charges and observations of one document."""
    tx, infra = parsed.tx, context.infrastructure or infrastructure.load()
    found = Decoded(facts=[], ignored=[], undecodable=[])
    if tx.failed:
        found.ignored.append(Ignored(reason=Reason.FAILED_TRANSACTION, detail="the transaction failed: only its fee counts"))
        found.facts.extend(charges.decode(tx, context))
        return found
    trades, pools = _by_events(parsed, found)
    for wallet in sorted(tx.signers):
        if infra.get(wallet) not in infrastructure.NO_TRADERS:
            trades += _by_flows(parsed, infra, wallet, pools, found)
    seen: dict[tuple[object, ...], int] = {}
    for trade in trades:
        parts = (tx.signature, trade.wallet, trade.asset, trade.side, trade.quantity_atoms, trade.quote, trade.quote_atoms)
        name = ids.by_content(ids.SOLANA, "trade", parts, seen.get(parts, 0))
        steps = step(trade.quantity_atoms), step(trade.quote_atoms)
        found.facts.append(
            msgspec.structs.replace(trade, id=name, exact=False, quantity_step_atoms=steps[0], quote_step_atoms=steps[1])
        )
        seen[parts] = seen.get(parts, 0) + 1
    found.facts.extend(_costs(parsed, infra, context, found.facts))
    return found


def _by_events(parsed: Parsed, found: Decoded) -> tuple[list[Trade], frozenset[str]]:
    """Trades that Pump's and PumpSwap's own events tell, and the pools they were made with."""
    trades: list[Trade] = []
    pools: set[str] = set()
    for name, data in parsed.events:
        try:
            if name == "TradeEvent" and "virtual_token_reserves" in data:
                trades.append(_curve_trade(parsed, data))
            elif name in {"BuyEvent", "SellEvent"} and "pool_base_token_reserves" in data:
                trades.append(_pool_trade(parsed, data, BUY if name == "BuyEvent" else SELL))
        except Malformed as error:
            found.undecodable.append(error.undecodable())
            continue
        if trades and trades[-1].market:
            pools.add(trades[-1].market)
    return trades, frozenset(pools)


def _curve_trade(parsed: Parsed, data: dict[str, Any]) -> Trade:
    where = "events.TradeEvent"
    mint = fields.address(data.get("mint"), f"{where}.mint")
    amounts = {name: _part(data, name, where) for name in ("fee", "creator_fee", "cashback")}
    quote_mint = fields.address(data.get("quote_mint") or programs.NO_KEY, f"{where}.quote_mint")
    money = "sol_amount" if quote_mint in {programs.NO_KEY, programs.WSOL} else "quote_amount"
    return _event_trade(
        parsed,
        (fields.address(data.get("user"), f"{where}.user"), mint, BUY if data.get("is_buy") is True else SELL),
        (_part(data, "token_amount", where), _part(data, money, where), sum(amounts.values())),
        programs.quote_name(quote_mint),
        (programs.bonding_curve(mint), programs.PUMP),
    )


def _pool_trade(parsed: Parsed, data: dict[str, Any], side: Side) -> Trade:
    """A PumpSwap event names its pool; the mints are those of the balances the pool owns."""
    where = "events.BuyEvent" if side == BUY else "events.SellEvent"
    pool = fields.address(data.get("pool"), f"{where}.pool")
    base = _part(data, "base_amount_out" if side == BUY else "base_amount_in", where)
    money = _part(data, "quote_amount_in" if side == BUY else "quote_amount_out", where)
    paid = _part(data, "user_quote_amount_in" if side == BUY else "user_quote_amount_out", where)
    if side == BUY:
        # buy_exact_quote_in writes the two the other way round: what is paid with all fees is always the larger one.
        money, paid = sorted((money, paid))
    moved = {row.mint: row.post - row.pre for row in parsed.tx.tokens if row.owner == pool}
    base_mint = next((mint for mint, change in moved.items() if abs(change) == base), None)
    if base_mint is None or len(moved) != 2:
        raise Malformed(Reason.UNKNOWN_POOL, f"the balances do not tell the mints of pool {pool}", where)
    quote_mint = next(mint for mint in moved if mint != base_mint)
    user = fields.address(data.get("user"), f"{where}.user")
    if base_mint in programs.MONEY_MINTS and quote_mint not in programs.MONEY_MINTS:
        turned: Side = SELL if side == BUY else BUY
        trade = _event_trade(
            parsed, (user, quote_mint, turned), (paid, base, 0), programs.quote_name(base_mint), (pool, programs.PUMPSWAP)
        )  # fmt: skip
        return msgspec.structs.replace(trade, flags=("flipped", *trade.flags))
    if (fee := paid - money if side == BUY else money - paid) < 0:
        raise Malformed(Reason.CONTRADICTION, f"a negative fee {fee}", where)
    quote = programs.quote_name(quote_mint)
    return _event_trade(parsed, (user, base_mint, side), (base, money, fee), quote, (pool, programs.PUMPSWAP))


def _part(data: Mapping[str, Any], name: str, where: str) -> int:
    if name not in data and name in {"fee", "creator_fee", "cashback"}:
        return 0
    return fields.integer(data.get(name), f"{where}.{name}", maximum=units.INT64_MAX)


def _event_trade(
    parsed: Parsed, who: tuple[str, str, Side], amounts: tuple[int, int, int], quote: str, place: tuple[str, str]
) -> Trade:
    tx = parsed.tx
    wallet, flags = attribution.trader(tx, who[0], who[1], amounts[0])
    return Trade(
        id="",
        source=SOURCE,
        happened_at=tx.block_time,
        seen_at=tx.seen_at,
        venue=ids.SOLANA,
        tx=tx.signature,
        wallet=wallet,
        asset=who[1],
        side=who[2],
        quantity_atoms=amounts[0],
        quote=quote,
        quote_atoms=amounts[1],
        venue_fee_quote_atoms=amounts[2],
        market=place[0],
        program=place[1],
        flags=flags,
    )


def _by_flows(parsed: Parsed, infra: Mapping[str, str], wallet: str, explained: frozenset[str], found: Decoded) -> list[Trade]:
    """What a signer exchanged with owners that both took and gave, beyond the pools whose events were read."""
    passing = swaps.passing_owners(parsed.moves, parsed.tx.signers)
    custody = {wallet} | {name for name in passing if any({m.sender, m.owner} == {wallet, name} for m in parsed.moves)}
    flows: dict[str, dict[str, int]] = {}
    for move in parsed.moves:
        if (move.sender in custody) == (move.owner in custody):
            continue
        other = move.owner if move.sender in custody else move.sender
        if infra.get(other) in {infrastructure.TIP, infrastructure.BOT_FEE, infrastructure.VENUE_FEE} or other in explained:
            continue
        mine = flows.setdefault(other, {})
        asset = swaps.asset_of(move)
        mine[asset] = mine.get(asset, 0) + (move.amount if move.sender in custody else -move.amount)
    one = Instruction(parsed.program, (), b"", 0, 0)
    hops = [hop for mine in flows.values() if (hop := _hop(one, mine))]
    if not hops:
        return []
    nets = swaps.net(hops)
    exchange = routed.exchange_of(wallet, hops, nets)
    if not isinstance(exchange, routed.Exchange):
        found.facts.append(routed.observation(parsed.tx, wallet, exchange[0], exchange[1], nets, one))
        return []
    trades = routed.trades_of(parsed.tx, exchange, 0)
    for trade in trades:
        if trade.quantity_atoms > units.INT64_MAX or trade.quote_atoms > units.INT64_MAX:
            detail = "more than 64 bits hold"
            found.undecodable.append(Undecodable(reason=Reason.OUT_OF_RANGE, detail=detail, where="token_balance_changes"))
            return []
    return trades


def _hop(one: Instruction, flows: Mapping[str, int]) -> swaps.Hop | None:
    """One pool's exchange: what it got and what it gave; a creator or fee account only gets."""
    given = [(asset, n) for asset, n in flows.items() if n > 0]
    got = [(asset, -n) for asset, n in flows.items() if n < 0]
    if len(given) != 1 or len(got) != 1:
        return None
    return swaps.Hop(one, given[0][0], given[0][1], got[0][0], got[0][1], ())


def _costs(parsed: Parsed, infra: Mapping[str, str], context: Context, facts: Iterable[Fact]) -> list[Fact]:
    """Fee, tips and bot fees as charges; other SOL transfers outside the program calls as observations."""
    tx = parsed.tx
    known = {infrastructure.TIP, infrastructure.BOT_FEE}
    paid = [move for move in parsed.moves if swaps.asset_of(move) == swaps.SOL and infra.get(move.owner) in known]
    found: list[Fact] = list(charges.of_moves(tx, paid, infra, [fact for fact in facts if isinstance(fact, Trade)]))
    one = Instruction(SYSTEM, (), b"", 0, 0)
    for move in parsed.moves:
        if move.kind == "lamports" and not move.inner and move not in paid and move.amount:
            reason = f"{move.amount} lamports to {move.owner}: no place in the transaction, so it is not booked"
            sent = {swaps.SOL: -move.amount}
            one = one._replace(outer=move.outer)
            found.append(routed.observation(tx, move.sender, "transfer", reason, sent, one))
    return found


class ShyftDecoder:
    """Facts of Shyft documents, one per record or a list of them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def decode(self, record: Record) -> Decoded:
        """All facts of one record. Never raises for bad input."""
        found = Decoded(facts=[], ignored=[], undecodable=[])
        for value in record.value if isinstance(record.value, list) else [record.value]:
            try:
                one = facts_of(read(value, record.seen_at), self._context)
            except Malformed as error:
                found.undecodable.append(error.undecodable())
                continue
            found.facts.extend(one.facts)
            found.ignored.extend(one.ignored)
            found.undecodable.extend(one.undecodable)
        return found


class ShyftKind:
    """Answers of Shyft's parsed-transaction interface."""

    name = SOURCE
    bears_facts = True

    def matches(self, sample: Sample) -> bool:
        """The first record is a parsed transaction, in any of its wrappers."""
        if sample.form not in {"json", "jsonl"}:
            return False
        value = next(iter(sample.records), sample.document)
        value = value[0] if isinstance(value, list) and value else value
        try:
            return _unwrapped(value).keys() >= _KEYS
        except Malformed:
            return False

    def open(self, context: Context) -> Decoder:
        """A decoder for one file."""
        return ShyftDecoder(context)


KIND: Final = ShyftKind()
