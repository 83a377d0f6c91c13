"""Base units, exact decimal text, price ratios and nanosecond instants: the only place where anything is rounded.

Money and quantities are integers of base units. A number that does not fit (64 bits, or more digits than the
unit holds) is refused by raising `BadNumber`, a `ValueError` that decoders turn into `Undecodable`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Final

from remora.model.errors import Reason

SOL_DECIMALS: Final = 9
USDC_DECIMALS: Final = 6
LAMPORTS_PER_SOL: Final = 10**SOL_DECIMALS
MICRO_PER_USDC: Final = 10**USDC_DECIMALS
SECOND: Final = 1_000_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 3600 * SECOND
DAY: Final = 24 * HOUR
INT64_MAX: Final = 2**63 - 1

SOL: Final = "SOL"
USDC: Final = "USDC"
USD: Final = "USD"
QUOTE_DECIMALS: Final = {SOL: SOL_DECIMALS, USDC: USDC_DECIMALS, USD: USDC_DECIMALS}

_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?\Z", re.ASCII)
_EARLIEST = 946_684_800 * SECOND  # 2000-01-01: nothing this program reads happened before
_LATEST = 4_102_444_800 * SECOND  # 2100-01-01


class BadNumber(ValueError):
    """A number or an instant that is not what it should be; `reason` says how."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def atoms(value: object, decimals: int, *, half_even: bool = False) -> int:
    """Turn decimal text (or an int, Decimal or JSON float) into base units, exactly.

    A float is read by its shortest text (what the JSON document said). More digits than the unit holds are refused
    unless `half_even` allows rounding. Raises BadNumber for text that is no finite number, or beyond 64 bits.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise BadNumber(Reason.WRONG_TYPE, f"expected a number, got {type(value).__name__}")
    if isinstance(value, int):
        return int64(value * 10**decimals)
    text = repr(value) if isinstance(value, float) else str(value).strip()
    if not _DECIMAL.match(text):
        raise BadNumber(Reason.BAD_NUMBER, f"{text[:40]!r} is not a finite decimal number")
    try:
        number = Decimal(text)
        if number and not -40 < number.adjusted() < 30:
            raise BadNumber(Reason.OUT_OF_RANGE, f"{text[:40]} is beyond what a unit of {decimals} decimals holds")
        scaled = number.scaleb(decimals)
    except InvalidOperation as error:
        raise BadNumber(Reason.BAD_NUMBER, f"{text[:40]!r} is not a finite decimal number") from error
    whole = int(scaled.to_integral_value(ROUND_HALF_EVEN))
    if whole != scaled and not half_even:
        raise BadNumber(Reason.TOO_PRECISE, f"{text[:40]} has more digits than {decimals} decimals hold")
    return int64(whole)


def int64(value: int) -> int:
    """The value itself if it fits 64 signed bits, else BadNumber."""
    if not -INT64_MAX <= value <= INT64_MAX:
        raise BadNumber(Reason.OUT_OF_RANGE, f"{value} does not fit 64 bits")
    return value


def amount(value: int) -> int:
    """A quantity: an integer of 0 to 2^63-1, else BadNumber (also for bools and other types)."""
    if type(value) is not int:
        raise BadNumber(Reason.WRONG_TYPE, f"expected an integer, got {type(value).__name__}")
    if not 0 <= value <= INT64_MAX:
        raise BadNumber(Reason.OUT_OF_RANGE, f"{value} is not a quantity of 0 to 2^63-1")
    return value


def digits(value: str | float | int | Decimal) -> int:
    """How many decimals the text of a number carries: the precision of the source that wrote it."""
    text = repr(value) if isinstance(value, float) else str(value).strip()
    if not _DECIMAL.match(text):
        raise BadNumber(Reason.BAD_NUMBER, f"{text[:40]!r} is not a finite decimal number")
    exponent = Decimal(text).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def text_of(value: int, decimals: int) -> str:
    """Base units as decimal text with all digits kept and no trailing zeros: 1500000000, 9 -> '1.5'."""
    sign = "-" if value < 0 else ""
    whole, part = divmod(abs(value), 10**decimals)
    tail = f"{part:0{decimals}d}".rstrip("0") if decimals else ""
    return f"{sign}{whole}.{tail}" if tail else f"{sign}{whole}"


def mul_div(a: int, b: int, c: int) -> int:
    """floor(a x b / c), exactly. c must be positive."""
    return a * b // c


def instant(seconds: object, *, unit: str = "s") -> int:
    """Nanoseconds since 1970 from a number of s, ms, us or ns (int, float or decimal text). BadNumber outside 2000-2100."""
    scale = {"s": 9, "ms": 6, "us": 3, "ns": 0}[unit]
    try:
        value = atoms(seconds, scale, half_even=True)
    except BadNumber as error:
        raise BadNumber(Reason.BAD_TIME, f"not a time: {error.detail}") from error
    return checked_instant(value)


def instant_of_text(text: object) -> int:
    """Nanoseconds since 1970 from RFC 3339 or 'YYYY-MM-DD HH:MM:SS[.fff][+00[:00]]' (UTC where no zone is given)."""
    if not isinstance(text, str):
        raise BadNumber(Reason.BAD_TIME, f"expected a time as text, got {type(text).__name__}")
    clean = text.strip()
    if clean.endswith(("Z", "z")):
        clean = clean[:-1] + "+00:00"
    try:
        moment = datetime.fromisoformat(clean)
    except ValueError as error:
        raise BadNumber(Reason.BAD_TIME, f"{text[:40]!r} is not a time") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return checked_instant((delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds * 1000)


def checked_instant(nanoseconds: int) -> int:
    """The instant itself if it lies between 2000 and 2100, else BadNumber."""
    if not _EARLIEST <= nanoseconds <= _LATEST:
        raise BadNumber(Reason.BAD_TIME, f"{nanoseconds} ns is not between 2000 and 2100")
    return nanoseconds


def rfc3339(nanoseconds: int) -> str:
    """An instant as RFC 3339 UTC with as many digits as it needs."""
    seconds, rest = divmod(nanoseconds, SECOND)
    moment = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    tail = f"{rest:09d}".rstrip("0")
    return f"{moment}.{tail}Z" if tail else f"{moment}Z"
