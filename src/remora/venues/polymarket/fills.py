"""The trade facts of sources without an exact index: one builder, so that every source names the same fill alike."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from remora.model import ids, units
from remora.model.errors import Reason
from remora.model.facts import BUY, SELL, Side, Trade
from remora.ports import Record
from remora.venues.polymarket import wire
from remora.venues.polymarket.money import Money
from remora.venues.polymarket.multiplicity import FileOrder, Occurrences

VENUE = ids.POLYMARKET
_SIDES: dict[str, Side] = {"BUY": BUY, "SELL": SELL}


class Fill(msgspec.Struct, kw_only=True):
    """One fill as a source tells it, checked and in base units. price is what the source wrote, for the id only."""

    wallet: str
    asset: str
    side: Side
    quantity_atoms: int
    price: Decimal | None
    money: Money
    happened_at: int | None
    tx: str = ""
    market: str | None = None
    quantity_step_atoms: int = 1
    flags: tuple[str, ...] = ()


def side_of(record: wire.Row, name: str = "side") -> Side:
    """buy or sell from BUY/SELL in any case."""
    return _SIDES[wire.choice(record, _SIDES.__contains__, name)]


def price_of(record: wire.Row, name: str = "price") -> Decimal:
    """A price of a share in dollars: above 0 and at most 1."""
    price = wire.decimal(record, name)
    if not 0 < price <= 1:
        raise wire.Refused(Reason.OUT_OF_RANGE, f"{wire.shown(price)} is no price of a share: above 0, at most 1", name)
    return price


def size_of(record: wire.Row, name: str = "size") -> int:
    """Shares in atoms of 6 decimals, more than 0."""
    size = wire.number(record, wire.SHARE_DECIMALS, name)
    if size == 0:
        raise wire.Refused(Reason.OUT_OF_RANGE, "a trade of no shares", name)
    return size


def decimal_text(value: Decimal | None) -> str:
    """A number as text without trailing zeros or exponent, so that 0.50 and 0.5 name the same fill."""
    if value is None:
        return ""
    return f"{value.normalize():f}" if value else "0"


def content(fill: Fill) -> tuple[object, ...]:
    """What makes two rows the same fill: transaction (or time), wallet, asset, side, size and price."""
    place: object = fill.tx or fill.happened_at
    price = decimal_text(fill.price) if fill.price is not None else f"${fill.money.quote_atoms}"
    return (place, fill.wallet, fill.asset, fill.side, fill.quantity_atoms, price)


class Placing:
    """What a decoder of rows remembers of one file: occurrences of equal rows and the file's order.

    repeats: the source writes the same fill again and again and its rows cannot tell equal fills from repeats; then
    all rows of the same content are one fill, at the place of the first.
    """

    def __init__(self, source: str, *, newest_first: bool = True, repeats: bool = False) -> None:
        self.source = source
        self._order = FileOrder(newest_first=newest_first)
        self._seen = Occurrences()
        self._places: dict[tuple[object, ...], int] | None = {} if repeats else None
        self._instant: int | None = None

    def new_answer(self) -> None:
        """What follows belongs to another answer of the source."""
        self._seen.new_answer()
        self._order.new_answer()

    def of(self, instant: int | None, wallet: str, parts: tuple[object, ...]) -> tuple[int, int]:
        """Which occurrence of the content a row is, and its ordinal among the wallet's rows of its instant."""
        if self._places is None:
            return self._seen.of(instant, parts), self._order.place(instant, wallet)
        if instant != self._instant:
            self._places.clear()
            self._instant = instant
        if parts not in self._places:
            self._places[parts] = self._order.place(instant, wallet)
        return 0, self._places[parts]


def trade(fill: Fill, record: Record, placing: Placing) -> Trade:
    """The fact of a fill, named by its content and occurrence."""
    parts = content(fill)
    occurrence, ordinal = placing.of(fill.happened_at, fill.wallet, parts)
    return Trade(
        id=ids.by_content(VENUE, "trade", parts, occurrence),
        source=placing.source,
        happened_at=fill.happened_at,
        seen_at=record.seen_at,
        venue=VENUE,
        tx=fill.tx,
        ordinal=ordinal,
        wallet=fill.wallet,
        asset=fill.asset,
        side=fill.side,
        quantity_atoms=units.amount(fill.quantity_atoms),
        quote=units.USDC,
        quote_atoms=units.amount(fill.money.quote_atoms),
        venue_fee_quote_atoms=units.amount(fill.money.fee_atoms),
        market=fill.market,
        exact=False,
        quantity_step_atoms=fill.quantity_step_atoms,
        quote_step_atoms=fill.money.step_atoms,
        flags=fill.money.flags + fill.flags,
    )
