"""Recorded websocket frames: {"t_wall": seconds, "raw": text} around what was heard, or the frame itself."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from remora.model.errors import Reason
from remora.venues.solana import fields
from remora.venues.solana.fields import Malformed

_DECODER: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder(float_hook=Decimal)


def unwrap(value: object, seen_at: int | None) -> tuple[object, int | None]:
    """The frame and when it was heard (nanoseconds). Raises Malformed for a wrapper whose text is no JSON."""
    if isinstance(value, dict) and "t_wall" in value and "raw" in value:
        return json(value["raw"], "raw"), fields.seconds(value["t_wall"], "t_wall")
    return value, seen_at


def json(text: object, where: str) -> object:
    """A JSON text inside a document; its numbers keep all their digits."""
    try:
        return _DECODER.decode(fields.text(text, where))
    except (msgspec.MsgspecError, UnicodeError, RecursionError, InvalidOperation) as error:
        raise Malformed(Reason.BAD_JSON, str(error)[:120], where) from error
