"""What readers hand on: records, and records that cannot be parsed. JSON keeps its numbers exactly."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from remora.model.errors import Reason, Undecodable
from remora.model.units import BadNumber, instant
from remora.ports import Record

RECORD_LIMIT: Final = 64 << 20
RAW_LIMIT: Final = 64 << 10

_DECODER: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder(float_hook=Decimal)


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """One record that could not even be parsed: its number, its bytes (cut at 64 KiB) with their full length, and why."""

    number: int
    raw: bytes
    raw_bytes: int
    problem: Undecodable


def unreadable(number: int, raw: bytes, reason: Reason, detail: str, *, raw_bytes: int | None = None) -> Unreadable:
    """Build one, with the bytes cut."""
    length = len(raw) if raw_bytes is None else raw_bytes
    return Unreadable(
        number=number, raw=raw[:RAW_LIMIT], raw_bytes=length, problem=Undecodable(reason=reason, detail=detail, where="record")
    )


def parse(raw: bytes | str) -> Any | Undecodable:
    """The value of a JSON text: numbers as int or Decimal, exactly as written. NaN and Infinity are no JSON."""
    try:
        return _DECODER.decode(raw)
    except UnicodeDecodeError as error:
        detail = f"not UTF-8: {error.reason} at byte {error.start}"
        return Undecodable(reason=Reason.BAD_ENCODING, detail=detail, where="record")
    except RecursionError:
        return Undecodable(reason=Reason.BAD_JSON, detail="nested too deeply", where="record")
    except InvalidOperation:
        return Undecodable(reason=Reason.BAD_NUMBER, detail="a number with an exponent beyond all measure", where="record")
    except msgspec.MsgspecError as error:
        return Undecodable(reason=Reason.BAD_JSON, detail=str(error), where="record")


def json_record(raw: bytes, number: int, file: str) -> Record | Unreadable:
    """One JSON value as a record. Recorded frames {"t_wall": seconds, "raw": text} are unwrapped; their time is `seen_at`."""
    value = parse(raw)
    if isinstance(value, Undecodable):
        return unreadable(number, raw, value.reason, value.detail)
    if type(value) is dict and "t_wall" in value and isinstance(value.get("raw"), str):
        return _unwrapped(value, raw, number, file)
    return Record(value=value, number=number, raw=raw, file=file)


def _unwrapped(wrapper: dict[str, Any], raw: bytes, number: int, file: str) -> Record | Unreadable:
    inner = parse(wrapper["raw"])
    if isinstance(inner, Undecodable):
        return unreadable(number, raw, inner.reason, f"the frame inside: {inner.detail}")
    try:
        seen_at = instant(wrapper["t_wall"])
    except BadNumber as error:
        return unreadable(number, raw, error.reason, f"t_wall: {error.detail}")
    return Record(value=inner, number=number, raw=raw, seen_at=seen_at, file=file)
