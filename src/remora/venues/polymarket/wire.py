"""Reading fields out of foreign records: every value is checked here, and what fails is refused with its field's name.

A decoder raises `Refused` for one row; `each` and `collect` turn it into an `Undecodable` value, and the rest goes on.
Numbers may arrive as int, float, Decimal or text; floats are read by their shortest text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from remora.model import units
from remora.model.errors import Ignored, Reason, Undecodable
from remora.model.facts import Fact
from remora.model.ids import is_condition_id, is_evm_address, is_token_id
from remora.model.units import BadNumber
from remora.ports import Decoded

Row = dict[str, Any]
Item = Fact | Ignored | Undecodable

SHARE_DECIMALS: Final = 6
TEXT_LIMIT: Final = 20_000
_NANOSECOND_FROM: Final = 10**17
_MICROSECOND_FROM: Final = 10**14
_MILLISECOND_FROM: Final = 10**11
_SHOWN: Final = 60


class Refused(ValueError):
    """One row cannot be read: the reason, words for a person, and the field."""

    def __init__(self, reason: Reason, detail: str, where: str = "") -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.where = where


def shown(value: object) -> str:
    """A value for a message: short, and never an error whatever the value is."""
    if isinstance(value, str):
        return ascii(value[:_SHOWN])
    if value is None or isinstance(value, bool | float):
        return repr(value)
    if isinstance(value, int):
        return str(value) if abs(value) < 10**30 else "a huge integer"
    if isinstance(value, Decimal):
        return str(value)[:_SHOWN]
    return type(value).__name__


def each(value: object, *envelopes: str) -> Iterator[tuple[str, object]]:
    """The rows of an answer with their places: a list, an object holding a list under one of the names, or one row."""
    name = ""
    if isinstance(value, dict):
        for name in envelopes:
            if isinstance(value.get(name), list):
                value = value[name]
                break
    if not isinstance(value, list):
        yield "", value
        return
    for index, row in enumerate(value):
        yield f"{name}[{index}]", row


def collect(items: Iterable[Item], out: Decoded, where: str = "") -> None:
    """Sort what a decoder yields into `out`; what it refuses on the way becomes `Undecodable`, with its place."""
    try:
        for item in items:
            if isinstance(item, Ignored):
                out.ignored.append(item)
            elif isinstance(item, Undecodable):
                out.undecodable.append(item)
            else:
                out.facts.append(item)
    except Refused as error:
        out.undecodable.append(undecodable(error, where))
    except BadNumber as error:
        out.undecodable.append(Undecodable(reason=error.reason, detail=error.detail, where=where))


def undecodable(error: Refused, where: str = "") -> Undecodable:
    """A refusal as the value that is kept."""
    place = ".".join(part for part in (where, error.where) if part)
    return Undecodable(reason=error.reason, detail=error.detail, where=place)


def row(value: object) -> Row:
    """The value as an object, else refused."""
    if not isinstance(value, dict):
        raise Refused(Reason.WRONG_TYPE, f"expected an object, got {shown(value)}")
    return value


def find(record: Row, *names: str) -> Any:
    """The first of the fields that is there and not empty, else None."""
    for name in names:
        value = record.get(name)
        if value is not None and value != "":
            return value
    return None


def need(record: Row, *names: str) -> Any:
    """As `find`, refused when there is none."""
    value = find(record, *names)
    if value is None:
        raise Refused(Reason.MISSING_FIELD, f"the record has no {' or '.join(names)}", names[0])
    return value


def has_text(value: object) -> bool:
    """Whether the value is text that can be written as UTF-8 (a lone surrogate cannot)."""
    if not isinstance(value, str):
        return False
    if value.isascii():
        return True
    return not any(0xD800 <= ord(char) <= 0xDFFF for char in value)


def text(record: Row, *names: str) -> str:
    """A text field, refused when absent, of another type, unprintable as UTF-8 or longer than TEXT_LIMIT."""
    return as_text(need(record, *names), names[0])


def text_or(record: Row, default: str, *names: str) -> str:
    """A text field or the default when it is absent."""
    value = find(record, *names)
    return default if value is None else as_text(value, names[0])


def as_text(value: object, where: str) -> str:
    """The value as text within bounds, else refused."""
    if not isinstance(value, str):
        raise Refused(Reason.WRONG_TYPE, f"expected text, got {shown(value)}", where)
    if len(value) > TEXT_LIMIT:
        raise Refused(Reason.TOO_LARGE, f"text of {len(value)} characters (at most {TEXT_LIMIT})", where)
    if not has_text(value):
        raise Refused(Reason.BAD_ENCODING, "text with half of a surrogate pair", where)
    return value


def name_text(record: Row, *names: str) -> str:
    """An identifier that may be written as text or as a number (Gamma's ids), as text."""
    value = need(record, *names)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        return str(value)
    return as_text(value, names[0])


def wallet(record: Row, *names: str) -> str:
    """A wallet: 0x and 40 hex digits, lower-cased."""
    value = need(record, *names)
    lowered = value.strip().lower() if isinstance(value, str) and len(value) <= TEXT_LIMIT else ""
    if not is_evm_address(lowered):
        digits = len(lowered) - 2 if lowered.startswith("0x") else 0
        told = f" ({digits} digits after 0x)" if digits and digits != 40 else ""
        raise Refused(Reason.BAD_ADDRESS, f"{shown(value)} is no wallet: 0x and 40 hex digits{told}", names[0])
    return lowered


def _hash32(value: object, where: str, what: str) -> str:
    lowered = value.strip().lower() if isinstance(value, str) and len(value) <= TEXT_LIMIT else ""
    if not is_condition_id(lowered):
        raise Refused(Reason.BAD_ADDRESS, f"{shown(value)} is no {what}: 0x and 64 hex digits", where)
    return lowered


def condition(record: Row, *names: str) -> str:
    """A market's condition id: 0x and 64 hex digits, lower-cased."""
    return _hash32(need(record, *names), names[0], "condition id")


def condition_or_none(record: Row, *names: str) -> str | None:
    """As `condition`, None when the field is empty or absent."""
    value = find(record, *names)
    return None if value is None else _hash32(value, names[0], "condition id")


def tx_hash(record: Row, *names: str) -> str:
    """A transaction hash: 0x and 64 hex digits, lower-cased."""
    return _hash32(need(record, *names), names[0], "transaction hash")


def tx_hash_or_none(record: Row, *names: str) -> str | None:
    """As `tx_hash`, None when the field is empty or absent."""
    value = find(record, *names)
    return None if value is None else _hash32(value, names[0], "transaction hash")


def token(record: Row, *names: str) -> str:
    """An outcome token id as decimal text."""
    return as_token(need(record, *names), names[0])


def as_token(value: object, where: str) -> str:
    """A token id from text, or from an integer where a parser made one, as decimal text without leading zeros."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**256:
        return str(value)
    if not isinstance(value, str) or not is_token_id(value.strip()):
        raise Refused(Reason.BAD_ADDRESS, f"{shown(value)} is no token id: decimal digits as text", where)
    return value.strip().lstrip("0") or "0"


def number(record: Row, decimals: int, *names: str, half_even: bool = False) -> int:
    """A quantity in base units of that many decimals: 0 or more, exact unless `half_even`."""
    return as_number(need(record, *names), decimals, names[0], half_even=half_even)


def as_number(value: object, decimals: int, where: str, *, half_even: bool = False) -> int:
    """A value as a quantity in base units, refused with the field's name when it is none, too precise or negative."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > units.INT64_MAX:
        raise Refused(Reason.OUT_OF_RANGE, "an integer beyond 64 bits", where)
    try:
        result = units.atoms(value, decimals, half_even=half_even)
    except BadNumber as error:
        raise Refused(error.reason, error.detail, where) from error
    if result < 0:
        raise Refused(Reason.OUT_OF_RANGE, f"{shown(value)} is negative", where)
    return result


def decimal(record: Row, *names: str) -> Decimal:
    """A finite decimal number of at most 40 digits and reasonable size, exactly as written."""
    return as_decimal(need(record, *names), names[0])


def as_decimal(value: object, where: str) -> Decimal:
    """A value as a finite decimal number, exactly as written, else refused."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise Refused(Reason.WRONG_TYPE, f"expected a number, got {shown(value)}", where)
    if isinstance(value, int) and abs(value) > units.INT64_MAX:
        raise Refused(Reason.OUT_OF_RANGE, "an integer beyond 64 bits", where)
    written = (repr(value) if isinstance(value, float) else str(value)).strip()
    try:
        result = Decimal(written) if len(written) <= 60 and written.isascii() and "_" not in written else Decimal("NaN")
    except InvalidOperation as error:
        raise Refused(Reason.BAD_NUMBER, f"{shown(value)} is not a finite decimal number", where) from error
    if not result.is_finite():
        raise Refused(Reason.BAD_NUMBER, f"{shown(value)} is not a finite decimal number", where)
    if result and not -40 < result.adjusted() < 20:
        raise Refused(Reason.OUT_OF_RANGE, f"{shown(value)} is out of range", where)
    return result


def when(record: Row, *names: str) -> int:
    """An instant in nanoseconds: a number of s, ms, us or ns (told by its size), or a written date."""
    return as_instant(need(record, *names), names[0])


def when_or_none(record: Row, *names: str) -> int | None:
    """As `when`, None when the field is empty or absent."""
    value = find(record, *names)
    return None if value is None else as_instant(value, names[0])


def as_instant(value: object, where: str) -> int:
    """A value as an instant in nanoseconds, refused with the field's name."""
    try:
        if isinstance(value, str) and not value.strip().replace(".", "", 1).isdigit():
            return units.instant_of_text(value if len(value) < 64 else "")
        size = as_decimal(value, where)
        unit = "ns" if size >= _NANOSECOND_FROM else "us" if size >= _MICROSECOND_FROM else "s"
        return units.instant(size, unit="ms" if unit == "s" and size >= _MILLISECOND_FROM else unit)
    except BadNumber as error:
        raise Refused(error.reason, f"{shown(value)}: {error.detail}", where) from error
    except (OverflowError, ValueError) as error:
        if isinstance(error, Refused):
            raise
        raise Refused(Reason.BAD_TIME, f"{shown(value)} is not a time", where) from error


def boolean(record: Row, *names: str, default: bool = False) -> bool:
    """A yes or no: JSON's own or the words true and false; the default when absent."""
    value = find(record, *names)
    if value is None:
        return default
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise Refused(Reason.WRONG_TYPE, f"expected true or false, got {shown(value)}", names[0])


def listed(record: Row, *names: str) -> list[Any]:
    """A list, or JSON text that holds one (Gamma writes lists as text inside JSON); empty when absent."""
    value = find(record, *names)
    if value is None:
        return []
    if isinstance(value, str) and len(value) <= TEXT_LIMIT:
        try:
            value = json.loads(value, parse_float=Decimal)
        except (ValueError, RecursionError) as error:
            raise Refused(Reason.BAD_JSON, f"{names[0]} is text, but no JSON list", names[0]) from error
    if not isinstance(value, list):
        raise Refused(Reason.WRONG_TYPE, f"expected a list, got {shown(value)}", names[0])
    return value


def choice(record: Row, allowed: Callable[[str], bool], *names: str) -> str:
    """A word in upper case out of the allowed ones, else refused."""
    word = text(record, *names).strip().upper()
    if not allowed(word):
        raise Refused(Reason.UNKNOWN_VALUE, f"{shown(word)} is not known here", names[0])
    return word


def as_json(record: Row) -> str:
    """The plain fields of a record (no lists or objects; texts cut at 300 characters) as JSON text, for observations."""
    plain: dict[str, object] = {}
    for name, value in record.items():
        if not isinstance(name, str):
            continue
        if isinstance(value, str):
            plain[name] = value[:300]
        elif value is None or isinstance(value, bool):
            plain[name] = value
        elif isinstance(value, int):
            plain[name] = value if abs(value) < 2**63 else str(value) if abs(value) < 10**80 else shown(value)
        elif isinstance(value, float | Decimal):
            plain[name] = repr(value) if isinstance(value, float) else str(value)[:80]
    return json.dumps(plain, ensure_ascii=True, sort_keys=True)
