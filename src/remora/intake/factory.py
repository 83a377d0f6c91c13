"""From a map's fields to facts: which fields each kind of fact takes, what makes its id, what it must have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from operator import itemgetter
from typing import Any, Final

import msgspec

from remora.intake.scopes import Refusal
from remora.model import facts
from remora.model.errors import Reason
from remora.model.ids import by_content, digest
from remora.model.units import INT64_MAX, SECOND, BadNumber, atoms, digits

INSTANTS: Final = frozenset(("happened_at", "seen_at", "starts_at", "ends_at", "closed_at"))
QUANTITIES: Final = frozenset(("quantity_atoms", "supply_atoms", "asset_atoms", "base_atoms", "min_size_atoms"))
MONEY: Final = frozenset(("quote_atoms", "venue_fee_quote_atoms", "lamports"))
ADDRESSES: Final = frozenset(("wallet", "sender", "receiver", "creator", "address", "recipient"))
ASSETS: Final = frozenset(("asset",))
PRICES: Final = frozenset(("price", "open", "high", "low", "close"))  # decimal text, made exact below

KINDS: Final[dict[str, type[facts.Fact]]] = {
    "trade": facts.Trade, "transfer": facts.Transfer, "presence": facts.Presence, "label": facts.Label,
    "price_tick": facts.PriceTick, "candle": facts.Candle, "observation": facts.Observation, "launch": facts.Launch,
    "resolution": facts.Resolution, "charge": facts.Charge, "reward": facts.Reward, "deposit": facts.Deposit,
    "graduation": facts.Graduation,
}  # fmt: skip

_NOT_CONTENT: Final = frozenset(
    ("id", "source", "seen_at", "ordinal", "flags", "quantity_step_atoms", "quote_step_atoms", "exact")
)
_MAY_BE_EMPTY: Final = {"transfer": frozenset(("sender", "receiver")), "launch": frozenset(("name", "symbol", "creator"))}

_TRADE_CONTENT: Final = itemgetter("wallet", "asset", "side", "quantity_atoms", "quote", "quote_atoms")

Fields = dict[str, Any]


def fields_of(kind: str) -> frozenset[str]:
    """The names a map may fill for a kind of fact."""
    own = {field.name for field in msgspec.structs.fields(KINDS[kind])}
    if kind == "price_tick":
        own |= {"price"}
    return frozenset(own)


def required(kind: str) -> tuple[str, ...]:
    """The names a fact of this kind cannot be without."""
    own = tuple(
        field.name for field in msgspec.structs.fields(KINDS[kind]) if field.required and field.name not in {"id", "source"}
    )
    filled = {"price_tick": {"quote_atoms", "asset_atoms"}, "candle": {"scale"}}.get(kind, set())
    filled |= set(_MAY_BE_EMPTY.get(kind, ()))
    return tuple(name for name in own if name not in filled) + (("price",) if kind == "price_tick" else ())


def repeats(kind: str) -> str:
    """Whether a second row of the same content is a second fact ('count') or the same one told again ('same')."""
    return "count" if kind in {"trade", "transfer", "charge", "reward", "deposit"} else "same"


def finisher(kind: str) -> Callable[[Fields], None] | None:
    """What is worked out from other fields once all are read; raises Refusal. None where nothing is."""
    return {"price_tick": _price, "candle": _candle, "launch": _launch, "transfer": _transfer}.get(kind)


def content(kind: str, fields: Mapping[str, Any], key: tuple[str, ...]) -> tuple[object, ...]:
    """What names a fact without a place on its chain."""
    if kind == "trade":
        moment = key or (fields.get("tx") or fields["happened_at"] // SECOND,)
        wallet, asset, side, quantity, quote, money = _TRADE_CONTENT(fields)
        return (*moment, wallet, asset, side, quantity, quote, money)
    if key:
        return (fields["source"], *key)
    own = (f"{name}={value}" for name, value in sorted(fields.items()) if name not in _NOT_CONTENT and value not in (None, ""))
    return tuple(own)


def identity(kind: str, venue: str, parts: tuple[object, ...]) -> str:
    """The id of the first fact of this content; later ones count up."""
    return by_content(venue, kind, parts, 0)[:-1]


def _transfer(fields: Fields) -> None:
    fields.setdefault("sender", "")
    fields.setdefault("receiver", "")
    if not fields["sender"] and not fields["receiver"]:
        raise Refusal(Reason.MISSING_FIELD, "neither a sender nor a receiver", "sender")


def _launch(fields: Fields) -> None:
    for name, default in (("creator", fields.get("wallet", "")), ("name", ""), ("symbol", "")):
        if fields.get(name) is None:
            fields[name] = default


def _price(fields: Fields) -> None:
    """The exact ratio the decimal says: micro-dollars (or quote units) for so many base units of the asset."""
    text, asset_decimals, quote_decimals = fields.pop("price"), fields.pop("asset_decimals"), fields.pop("quote_decimals")
    try:
        more = max(0, digits(text) - quote_decimals)
        fields["quote_atoms"] = atoms(text, quote_decimals + more)
        fields["asset_atoms"] = atoms(10**more, asset_decimals)
    except BadNumber as error:
        raise Refusal(error.reason, error.detail, "price") from error
    if fields["quote_atoms"] <= 0:
        raise Refusal(Reason.OUT_OF_RANGE, f"{str(text)[:40]} is no price", "price")


def _candle(fields: Fields) -> None:
    """Four prices over one power of ten; digits beyond 64 bits are rounded half-even (a 64-bit float's noise)."""
    names = ("open", "high", "low", "close")
    try:
        places = max(digits(fields[name]) for name in names)
        values = [Decimal(str(fields[name])) for name in names]
    except BadNumber as error:
        raise Refusal(error.reason, error.detail, "open, high, low or close") from error
    if min(values) < 0 or max(value.adjusted() for value in values) > 17 or places > 40:
        raise Refusal(Reason.OUT_OF_RANGE, "no candle of prices", "open, high, low or close")
    while places and max(values).scaleb(places) > INT64_MAX:
        places -= 1
    for name, value in zip(names, values, strict=True):
        fields[name] = int(value.scaleb(places).to_integral_value(ROUND_HALF_EVEN))
    fields["scale"] = places
    if not fields["low"] <= min(fields["open"], fields["close"]) <= max(fields["open"], fields["close"]) <= fields["high"]:
        raise Refusal(Reason.CONTRADICTION, "low, open, close and high are not in order", "open, high, low or close")


class Occurrences:
    """Which occurrence of its content a fact is: counted inside one record, or among the last rows of a flat file.

    Twins farther apart than that are the same fact told again. Memory is bounded, so it does not grow with the file.
    """

    WINDOW: Final = 1 << 16

    def __init__(self) -> None:
        self._new: dict[str, int] = {}
        self._old: dict[str, int] = {}

    def next(self, identity: str) -> int:
        """0 for the first of its content, 1 for the second ..."""
        count = self._new.get(identity)
        if count is None:
            count = self._old.get(identity, 0)
        self._new[identity] = count + 1
        if len(self._new) >= self.WINDOW:
            self._old, self._new = self._new, {}
        return count

    def forget(self) -> None:
        """Begin anew: a record that is an answer of its own has been read."""
        self._new, self._old = {}, {}


def observation_data(value: Any) -> str:
    """A record as JSON text, its numbers as written, of bounded length."""
    text = msgspec.json.Encoder(decimal_format="number").encode(value)
    if len(text) > 65_536:
        return msgspec.json.encode({"cut": True, "bytes": len(text), "digest": digest((text.hex(),))}).decode()
    return text.decode()
