"""Data API v1 and v2: trades and account activity.

v1 rows are camel case and come as a bare list; v2 rows are snake case inside {"data": [...], "pagination": {...}}.
Rows that are no trades have an empty asset and side, outcomeIndex 999 and price 0; their money is `usdcSize`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from remora.model import ids, units
from remora.model.errors import Reason
from remora.model.facts import Conversion, Deposit, Fact, Merge, Redeem, Reward, Split, Trade
from remora.ports import Decoded, Record
from remora.venues.polymarket import fills, money, wire
from remora.venues.polymarket.fills import VENUE, Fill, Placing

_WALLET: Final = ("proxyWallet", "proxy_wallet", "user")
_MARKET: Final = ("conditionId", "condition_id")
_TOKEN: Final = ("asset", "token_id", "asset_id")
_TX: Final = ("transactionHash", "transaction_hash")
_DOLLARS: Final = ("usdcSize", "usdc_size")
_TIME: Final = ("timestamp", "block_timestamp")
_INCOME: Final = ("REWARD", "YIELD", "MAKER_REBATE", "TAKER_REBATE", "REFERRAL_REWARD", "CASHBACK", "CREATOR_FEE")
_CASH: Final = ("DEPOSIT", "WITHDRAWAL", "MIGRATION")
ENVELOPES: Final = ("data", "activity", "trades")


class ActivityDecoder:
    """Rows of /activity (with `type`) and /trades (without): facts without an exact index.

    A record that is a list or an envelope is one answer; records that are single rows are one answer after another of
    the same file. one_row_answers: the file is a log of polls that each kept one row, so equal rows are repeats.
    """

    def __init__(self, source: str, *, one_row_answers: bool = False, newest_first: bool = True) -> None:
        self._placing = Placing(source, newest_first=newest_first)
        self._one_row_answers = one_row_answers

    def decode(self, record: Record) -> Decoded:
        """All facts of one record."""
        out = Decoded()
        if self._one_row_answers or not isinstance(record.value, dict) or any(name in record.value for name in ENVELOPES):
            self._placing.new_answer()
        for where, value in wire.each(record.value, *ENVELOPES):
            wire.collect(self._facts(value, record), out, where)
        return out

    def _facts(self, value: object, record: Record) -> Iterator[Fact]:
        row = wire.row(value)
        kind = wire.text_or(row, "TRADE", "type").upper()
        if kind == "TRADE":
            yield trade(row, record, self._placing)
            return
        build = _OTHERS.get(kind)
        if build is None:
            raise wire.Refused(Reason.UNKNOWN_VALUE, f"an activity of type {wire.shown(kind)} is not known here", "type")
        yield build(row, kind, record, self._placing)


def trade(row: wire.Row, record: Record, placing: Placing) -> Trade:
    """One trade row: money by the rule of `money`, the wallet's own side, matched to other sources by content."""
    side = fills.side_of(row)
    size = fills.size_of(row)
    price = fills.price_of(row)
    dollars = None if wire.find(row, *_DOLLARS) is None else wire.number(row, units.USDC_DECIMALS, *_DOLLARS)
    fill = Fill(
        wallet=wire.wallet(row, *_WALLET),
        asset=wire.token(row, *_TOKEN),
        side=side,
        quantity_atoms=size,
        price=price,
        money=money.of_fill(size, price, dollars, side),
        happened_at=wire.when(row, *_TIME),
        tx=wire.tx_hash(row, *_TX),
        market=wire.condition(row, *_MARKET),
    )
    return fills.trade(fill, record, placing)


def _dollars(row: wire.Row) -> int:
    """Micro-dollars of a row that is no trade: usdcSize, or its size where that is all there is."""
    return wire.number(row, units.USDC_DECIMALS, *_DOLLARS, "size")


def _base(row: wire.Row, kind: str, parts: tuple[object, ...], record: Record, placing: Placing) -> dict[str, Any]:
    """The fields every fact of this file shares, its id by content included."""
    tx = wire.tx_hash_or_none(row, *_TX) or ""
    happened_at = wire.when(row, *_TIME)
    wallet = wire.wallet(row, *_WALLET)
    content = (kind, tx or happened_at, wallet, *parts)
    occurrence, ordinal = placing.of(happened_at, wallet, content)
    return {
        "id": ids.by_content(VENUE, kind.lower(), content, occurrence),
        "source": placing.source,
        "happened_at": happened_at,
        "seen_at": record.seen_at,
        "venue": VENUE,
        "tx": tx,
        "ordinal": ordinal,
        "wallet": wallet,
    }


def _split(row: wire.Row, kind: str, record: Record, placing: Placing) -> Fact:
    market, size = wire.condition(row, *_MARKET), wire.number(row, wire.SHARE_DECIMALS, "size")
    base = _base(row, kind, (market, size), record, placing)
    build: type[Split | Merge] = Split if kind == "SPLIT" else Merge
    return build(market=market, quantity_atoms=size, **base)


def _redeem(row: wire.Row, kind: str, record: Record, placing: Placing) -> Fact:
    market, size = wire.condition(row, *_MARKET), wire.number(row, wire.SHARE_DECIMALS, "size")
    paid = _dollars(row)
    asset = None if wire.find(row, *_TOKEN) is None else wire.token(row, *_TOKEN)
    base = _base(row, kind, (market, asset, size, paid), record, placing)
    outcome = wire.text_or(row, "", "outcome") or None
    return Redeem(market=market, quantity_atoms=size, quote_atoms=paid, asset=asset, outcome=outcome, **base)


def _conversion(row: wire.Row, kind: str, record: Record, placing: Placing) -> Fact:
    market, size = wire.condition(row, *_MARKET), wire.number(row, wire.SHARE_DECIMALS, "size")
    paid = _dollars(row)
    base = _base(row, kind, (market, size, paid), record, placing)
    return Conversion(market=market, quantity_atoms=size, quote_atoms=paid, **base)


def _income(row: wire.Row, kind: str, record: Record, placing: Placing) -> Fact:
    paid = _dollars(row)
    return Reward(kind=kind.lower(), quote=units.USDC, quote_atoms=paid, **_base(row, kind, (paid,), record, placing))


def _cash(row: wire.Row, kind: str, record: Record, placing: Placing) -> Fact:
    moved = _dollars(row)
    return Deposit(kind=kind.lower(), quote=units.USDC, quote_atoms=moved, **_base(row, kind, (moved,), record, placing))


def _tip(row: wire.Row, kind: str, record: Record, placing: Placing) -> Fact:
    """A tip between users: `side` IN is income, OUT is cash that left."""
    direction = wire.choice(row, ("IN", "OUT").__contains__, "side")
    if direction == "IN":
        return _income(row, kind, record, placing)
    moved = _dollars(row)
    base = _base(row, kind, (direction, moved), record, placing)
    return Deposit(kind="tip_sent", quote=units.USDC, quote_atoms=moved, **base)


_OTHERS: Final[dict[str, Callable[[wire.Row, str, Record, Placing], Fact]]] = {
    "SPLIT": _split,
    "MERGE": _split,
    "REDEEM": _redeem,
    "CONVERSION": _conversion,
    "TIP": _tip,
    **dict.fromkeys(_INCOME, _income),
    **dict.fromkeys(_CASH, _cash),
}
