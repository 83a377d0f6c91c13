"""Histories exported or recorded by others: a wallet's own export, a bot's fills, raw fills in millionths, orders.

Exports of one's own history carry no wallet and no token ids. The owner then is the one the import was told
(`Context.owner`), else the surrogate `owner:FILE`; an outcome is `slug:MARKET#OUTCOME` and its market `slug:MARKET`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from remora.model import ids, units
from remora.model.errors import Reason
from remora.model.facts import Deposit, Fact, Redeem, Reward, Side
from remora.ports import Context, Decoded, Record
from remora.venues.polymarket import fills, money, wire
from remora.venues.polymarket.fills import VENUE, Fill, Placing
from remora.venues.polymarket.money import Money

_SIDES: Final[dict[str, Side]] = {"BUY": "buy", "SELL": "sell"}
_INCOME: Final = {"MAKER REBATE": "maker_rebate", "TAKER REBATE": "taker_rebate", "REWARD": "reward", "YIELD": "yield"}
_CASH: Final = {"DEPOSIT": "deposit", "WITHDRAW": "withdrawal", "WITHDRAWAL": "withdrawal"}


def market_surrogate(name: str) -> str:
    """A market whose condition id the source does not tell."""
    return f"slug:{name}"


def stem(file: str) -> str:
    """A file's name without folders and endings: 'a/history.csv.gz' -> 'history'."""
    name = file.replace("\\", "/").rsplit("/", 1)[-1]
    for ending in (".gz", ".zst"):
        name = name.removesuffix(ending)
    return name.rsplit(".", 1)[0] if "." in name[1:] else name


def owner_of(context: Context, file: str) -> str:
    """Whose history a file without wallet column is: the one the import was told, else a surrogate of the file."""
    if context.owner:
        return context.owner.lower() if context.owner.lower().startswith("0x") else context.owner
    clean = "".join(char for char in stem(file) if char.isascii() and char.isprintable())
    return f"owner:{clean or 'unknown'}"


class HistoryDecoder:
    """A wallet's own history as the site exports it: dollars as they moved, so fees are inside them.

    63 rows of the recorded export carry binary noise (4.946540000000001): amounts are rounded half-even to 6 decimals.
    A redeem names no outcome: its shares are of whichever outcome paid.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._placing = Placing("polymarket.wallet_history", newest_first=True)

    def decode(self, record: Record) -> Decoded:
        """All facts of one row."""
        out = Decoded()
        wire.collect(self._facts(record), out)
        return out

    def _facts(self, record: Record) -> Iterator[Fact]:
        row = wire.row(record.value)
        action = wire.text(row, "action").strip().upper()
        wallet = owner_of(self._context, record.file)
        if action in _SIDES:
            yield self._trade(row, _SIDES[action], wallet, record)
        elif action == "REDEEM" or action in _INCOME or action in _CASH:
            yield self._other(row, action, wallet, record)
        else:
            raise wire.Refused(Reason.UNKNOWN_VALUE, f"an action {wire.shown(action)} is not known here", "action")

    def _trade(self, row: wire.Row, side: Side, wallet: str, record: Record) -> Fact:
        name = wire.text(row, "marketName")
        size = wire.number(row, wire.SHARE_DECIMALS, "tokenAmount", half_even=True)
        if size == 0:
            raise wire.Refused(Reason.OUT_OF_RANGE, "a trade of no shares", "tokenAmount")
        dollars = wire.number(row, units.USDC_DECIMALS, "usdcAmount", half_even=True)
        fill = Fill(
            wallet=wallet,
            asset=ids.surrogate_asset(name, wire.text(row, "tokenName")),
            side=side,
            quantity_atoms=size,
            price=None,
            money=Money(dollars, 0, 1, ("fee_included",)),
            happened_at=wire.when(row, "timestamp"),
            tx=wire.tx_hash(row, "hash"),
            market=market_surrogate(name),
        )
        return fills.trade(fill, record, self._placing)

    def _other(self, row: wire.Row, action: str, wallet: str, record: Record) -> Fact:
        dollars = wire.number(row, units.USDC_DECIMALS, "usdcAmount", half_even=True)
        shares = wire.number(row, wire.SHARE_DECIMALS, "tokenAmount", half_even=True)
        tx = wire.tx_hash(row, "hash")
        happened_at = wire.when(row, "timestamp")
        market = market_surrogate(wire.text(row, "marketName"))
        content = (action, tx, wallet, market, shares, dollars)
        occurrence, ordinal = self._placing.of(happened_at, wallet, content)
        shared: dict[str, Any] = {
            "id": ids.by_content(VENUE, action.lower(), content, occurrence),
            "source": self._placing.source,
            "happened_at": happened_at,
            "seen_at": record.seen_at,
            "venue": VENUE,
            "tx": tx,
            "ordinal": ordinal,
            "wallet": wallet,
        }
        if action == "REDEEM":
            outcome = wire.text_or(row, "", "tokenName") or None
            return Redeem(market=market, quantity_atoms=shares, quote_atoms=dollars, outcome=outcome, **shared)
        if action in _INCOME:
            return Reward(kind=_INCOME[action], quote=units.USDC, quote_atoms=dollars, **shared)
        return Deposit(kind=_CASH[action], quote=units.USDC, quote_atoms=dollars, **shared)


class BotFillsDecoder:
    """All fills of one bot, without wallet and ids: size is what arrived, usdcSize what was paid, fee included."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._placing = Placing("polymarket.bot_fills", newest_first=True)

    def decode(self, record: Record) -> Decoded:
        """The trade of one row."""
        out = Decoded()
        wire.collect(self._facts(record), out)
        return out

    def _facts(self, record: Record) -> Iterator[Fact]:
        row = wire.row(record.value)
        slug = wire.text(row, "slug")
        side, size, price = fills.side_of(row), fills.size_of(row), fills.price_of(row)
        dollars = wire.number(row, units.USDC_DECIMALS, "usdcSize")
        fill = Fill(
            wallet=owner_of(self._context, record.file),
            asset=ids.surrogate_asset(slug, wire.text(row, "outcome")),
            side=side,
            quantity_atoms=size,
            price=price,
            money=money.of_fill(size, price, dollars, side),
            happened_at=wire.when(row, "timestampUnix"),
            tx=wire.tx_hash(row, "txHash"),
            market=market_surrogate(slug),
        )
        yield fills.trade(fill, record, self._placing)


class RawFillsDecoder:
    """Fills of several wallets in millionths, without transactions, most rows doubled or trebled by their recorder.

    Nothing tells a repeat from an equal fill here, so one row of (time, asset, side, size, price) is one fill and the
    answer says so by the flag `multiplicity_unknown`. Equal size bought and sold at once are both sides of one match
    and stay two.
    """

    def __init__(self) -> None:
        self._placing = Placing("polymarket.raw_fills", newest_first=False, repeats=True)

    def decode(self, record: Record) -> Decoded:
        """The trades of one wallet's record; repeats carry the same id."""
        out = Decoded()
        for where, value in wire.each(record.value):
            if not isinstance(value, dict):
                wire.collect(self._wallet_facts(value, record), out, where)
                continue
            for place, item in wire.each(value.get("trades"), "trades"):
                wire.collect(self._trade_facts(value, item, record), out, f"{where}trades{place}")
        return out

    def _wallet_facts(self, value: object, record: Record) -> Iterator[Fact]:
        wire.row(value)
        yield from ()

    def _trade_facts(self, owner: wire.Row, value: object, record: Record) -> Iterator[Fact]:
        row = wire.row(value)
        price = fills.price_of(row)
        fill = Fill(
            wallet=wire.wallet(owner, "canonical_wallet"),
            asset=wire.token(row, "asset_id"),
            side=fills.side_of(row),
            quantity_atoms=wire.number(row, 0, "size"),
            price=price,
            money=Money(wire.number(row, 0, "cost", half_even=True), 0, 1, ("fee_unknown",)),
            happened_at=wire.when(row, "timestamp"),
            flags=("multiplicity_unknown",),
        )
        yield fills.trade(fill, record, self._placing)


class OrdersDecoder:
    """Fills of one wallet with their order hashes: shares in millionths, price as dollars per share in full digits."""

    def __init__(self) -> None:
        self._placing = Placing("polymarket.orders", newest_first=False)

    def decode(self, record: Record) -> Decoded:
        """The trades of one record."""
        out = Decoded()
        for where, value in wire.each(record.value, "orders"):
            wire.collect(self._facts(value, record), out, where)
        return out

    def _facts(self, value: object, record: Record) -> Iterator[Fact]:
        row = wire.row(value)
        side, price = fills.side_of(row), fills.price_of(row)
        shares = wire.number(row, 0, "shares")
        wire.tx_hash(row, "order_hash")
        fill = Fill(
            wallet=wire.wallet(row, "user"),
            asset=wire.token(row, "token_id"),
            side=side,
            quantity_atoms=shares,
            price=price,
            money=money.of_fill(shares, price, None, side),
            happened_at=wire.when(row, "timestamp"),
            tx=wire.tx_hash(row, "tx_hash"),
            market=wire.condition(row, "condition_id"),
        )
        yield fills.trade(fill, record, self._placing)
