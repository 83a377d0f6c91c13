"""PumpPortal's websocket frames: creations, trades and migrations told second-hand, in whole SOL and tokens.

Amounts are decimal numbers without slot, block time or sequence: what they say is matched to exact sources within the
size of their last digit and never stands against them. A frame has no time of its own: the time it was heard is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from remora.model import ids, units
from remora.model.errors import Ignored, Reason
from remora.model.facts import Graduation, Launch, Side, Trade
from remora.ports import Decoded, Record
from remora.venues.solana import fields, frames
from remora.venues.solana.fields import Malformed
from remora.venues.solana.programs import MONEY_MINTS, PUMP, PUMPSWAP

SOURCE: Final = "solana.pumpportal"
TOKEN_DECIMALS: Final = 6
_PROGRAMS: Final = {"pump": PUMP, "pump-amm": PUMPSWAP, "bonk": "LanMV9sAd7wArD4vJFi2qDdfnVhFxYSUg6eADduJ3uj"}
_ASSUMED: Final = ("time_assumed",)


class PumpPortalDecoder:
    """Facts of one frame at a time. A frame repeated after a reconnect gives the same ids."""

    def decode(self, record: Record) -> Decoded:
        """All facts of one frame. Never raises for bad input."""
        found = Decoded(facts=[], ignored=[], undecodable=[])
        try:
            value, heard = frames.unwrap(record.value, record.seen_at)
            frame = fields.mapping(value, "frame")
            if "txType" not in frame and ("message" in frame or "errors" in frame):
                found.ignored.append(Ignored(reason=Reason.ACKNOWLEDGEMENT, detail="PumpPortal acknowledgement"))
                return found
            kind = fields.text(frame.get("txType"), "txType")
            if (read := _READERS.get(kind)) is None:
                raise Malformed(Reason.UNKNOWN_VALUE, f"{kind[:40]!r} is no kind of frame we know", "txType")
            read(frame, heard, found)
        except Malformed as error:
            found.undecodable.append(error.undecodable())
        except units.BadNumber as error:
            found.undecodable.append(Malformed(error.reason, error.detail, "frame").undecodable())
        return found


def _create(frame: dict[str, Any], heard: int | None, found: Decoded) -> None:
    mint = fields.address(frame.get("mint"), "mint")
    if mint in MONEY_MINTS:
        detail = "the frame names the quote as the new coin (seen for coins paired with USDC); read the transaction instead"
        raise Malformed(Reason.CONTRADICTION, detail, "mint")
    wallet = fields.address(frame.get("traderPublicKey"), "traderPublicKey")
    common = _common(frame, heard)
    uri = frame.get("uri")
    launch = Launch(
        **common,
        id=ids.by_content(ids.SOLANA, "launch", (common["tx"], mint), 0),
        asset=mint,
        wallet=wallet,
        creator=wallet,
        name=fields.text(frame.get("name"), "name"),
        symbol=fields.text(frame.get("symbol"), "symbol"),
        uri="" if uri is None else fields.text(uri, "uri"),
        market=_market(frame),
        program=_program(frame),
        flags=(*_ASSUMED, "mayhem_coin") if frame.get("is_mayhem_mode") is True else _ASSUMED,
    )
    found.facts.append(launch)
    if _number(frame, "solAmount") > 0 and _number(frame, "initialBuy") > 0:
        _append_trade(frame, heard, found, "buy", "initialBuy")


def _trade(side: Side) -> Callable[[dict[str, Any], int | None, Decoded], None]:
    def read(frame: dict[str, Any], heard: int | None, found: Decoded) -> None:
        _append_trade(frame, heard, found, side, "tokenAmount")

    return read


def _append_trade(frame: dict[str, Any], heard: int | None, found: Decoded, side: Side, tokens: str) -> None:
    common = _common(frame, heard)
    wallet = fields.address(frame.get("traderPublicKey"), "traderPublicKey")
    asset = fields.address(frame.get("mint"), "mint")
    quantity, quantity_step = _amount(frame, tokens, TOKEN_DECIMALS)
    money, money_step = _amount(frame, "solAmount", units.SOL_DECIMALS)
    content = (common["tx"], wallet, asset, side, quantity, money)
    found.facts.append(
        Trade(
            **common,
            id=ids.by_content(ids.SOLANA, "trade", content, 0),
            wallet=wallet,
            asset=asset,
            side=side,
            quantity_atoms=quantity,
            quote=units.SOL,
            quote_atoms=money,
            market=_market(frame),
            program=_program(frame),
            exact=False,
            quantity_step_atoms=quantity_step,
            quote_step_atoms=money_step,
            flags=(*_ASSUMED, "fee_unknown"),
        )
    )


def _migrate(frame: dict[str, Any], heard: int | None, found: Decoded) -> None:
    common = _common(frame, heard)
    mint = fields.address(frame.get("mint"), "mint")
    found.facts.append(
        Graduation(
            **common,
            id=ids.by_content(ids.SOLANA, "migration", (common["tx"], mint), 0),
            asset=mint,
            stage="migrated",
            destination=_program(frame),
        )
    )


def _common(frame: dict[str, Any], heard: int | None) -> dict[str, Any]:
    signature = fields.signature(frame.get("signature"), "signature")
    return {"source": SOURCE, "venue": ids.SOLANA, "tx": signature, "happened_at": heard, "seen_at": heard}


def _market(frame: dict[str, Any]) -> str | None:
    curve = frame.get("bondingCurveKey")
    return None if curve is None else fields.address(curve, "bondingCurveKey")


def _program(frame: dict[str, Any]) -> str:
    """The pool's program; a name that is not known yet stays as it is."""
    name = fields.text(frame.get("pool"), "pool")
    return _PROGRAMS.get(name, name)


def _number(frame: dict[str, Any], name: str) -> Decimal:
    value = frame.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise Malformed(Reason.MISSING_FIELD if value is None else Reason.WRONG_TYPE, "expected a number", name)
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite() or number < 0:
        raise Malformed(Reason.BAD_NUMBER, f"{number} is no amount", name)
    return number


def _amount(frame: dict[str, Any], name: str, decimals: int) -> tuple[int, int]:
    """Atoms, and the size of the last digit. More digits than the unit holds are float noise: rounded, step 1."""
    number = _number(frame, name)
    try:
        value = units.amount(units.atoms(number, decimals, half_even=True))
        places = min(units.digits(number), decimals)
    except units.BadNumber as error:
        raise Malformed(error.reason, error.detail, name) from error
    return value, 10 ** (decimals - places)


_READERS: Final[Mapping[str, Callable[[dict[str, Any], int | None, Decoded], None]]] = {
    "create": _create,
    "buy": _trade("buy"),
    "sell": _trade("sell"),
    "migrate": _migrate,
}
