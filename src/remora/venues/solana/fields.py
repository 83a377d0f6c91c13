"""Reading fields of foreign documents: each accessor names the field it could not read, in one exception type.

`Malformed` never leaves this venue: every decoder turns it into an `Undecodable` at the border of one record.
"""

from __future__ import annotations

from typing import Any, Final

from remora.model import ids, units
from remora.model.errors import Reason, Undecodable

U64_MAX: Final = 2**64 - 1


class Malformed(ValueError):
    """One field that is not what its form says: reason, words, and where it stands."""

    def __init__(self, reason: Reason, detail: str, where: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.where = where

    def undecodable(self) -> Undecodable:
        """The same as a value."""
        return Undecodable(reason=self.reason, detail=self.detail, where=self.where)


def mapping(value: object, where: str) -> dict[str, Any]:
    """A JSON object, else Malformed."""
    if isinstance(value, dict):
        return value
    raise _wrong("an object", value, where)


def sequence(value: object, where: str) -> list[Any]:
    """A JSON array, else Malformed."""
    if isinstance(value, list):
        return value
    raise _wrong("a list", value, where)


def optional_sequence(value: object, where: str) -> list[Any]:
    """A JSON array; null and absence are an empty one."""
    return [] if value is None else sequence(value, where)


def text(value: object, where: str) -> str:
    """A JSON string, else Malformed."""
    if isinstance(value, str):
        return value
    raise _wrong("a text", value, where)


def integer(value: object, where: str, *, maximum: int = U64_MAX) -> int:
    """A whole number of 0 to `maximum`, as JSON number or as decimal text, else Malformed."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        value = int(value)
    if type(value) is not int:
        raise _wrong("a whole number", value, where)
    if not 0 <= value <= maximum:
        raise Malformed(Reason.OUT_OF_RANGE, f"expected 0 to {maximum}, got {value}", where)
    return value


def address(value: object, where: str) -> str:
    """A base58 public key as text, else Malformed."""
    if isinstance(value, str) and ids.is_solana_address(value):
        return value
    if not isinstance(value, str):
        raise _wrong("an address", value, where)
    raise Malformed(Reason.BAD_ADDRESS, f"{value[:50]!r} is no Solana address", where)


def signature(value: object, where: str) -> str:
    """A base58 signature as text, else Malformed."""
    if isinstance(value, str) and ids.is_solana_signature(value):
        return value
    if not isinstance(value, str):
        raise _wrong("a signature", value, where)
    raise Malformed(Reason.BAD_ADDRESS, f"{value[:50]!r} is no Solana signature", where)


def seconds(value: object, where: str) -> int | None:
    """Unix seconds as nanoseconds; null and absence are None."""
    if value is None:
        return None
    try:
        return units.instant(value)
    except units.BadNumber as error:
        raise Malformed(error.reason, error.detail, where) from error


def _wrong(expected: str, value: object, where: str) -> Malformed:
    if value is None:
        return Malformed(Reason.MISSING_FIELD, f"expected {expected}, found nothing", where)
    return Malformed(Reason.WRONG_TYPE, f"expected {expected}, got {type(value).__name__}", where)
