"""One column of a map → one field of a fact: where the value is taken, how it is converted, what is refused."""

from __future__ import annotations

import decimal
from collections.abc import Callable, Mapping
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any, Final

import msgspec

from remora.intake.scopes import Refusal, Scope, getter, own_key
from remora.model.errors import Reason
from remora.model.ids import is_evm_address, is_solana_address
from remora.model.units import SECOND, BadNumber, atoms, checked_instant, digits, instant, instant_of_text, int64

Reader = Callable[[Scope], Any]

UNITS: Final = {"SOL": ("SOL", 9), "lamports": ("SOL", 0), "USDC": ("USDC", 6), "micro_usdc": ("USDC", 0), "USD": ("USD", 6)}
TIME_UNITS: Final = ("s", "ms", "us", "ns", "rfc3339", "auto")
TEXT_LIMIT: Final = 4096
_EXACT: Final = decimal.Context(prec=100, traps=[decimal.Inexact, decimal.InvalidOperation])


class ColumnSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a map may say about one column.

    column: path of the value. unit or decimals, time_unit: how its number is meant. values: what its words mean.
    lookup: file that tells label -> address. rounding: 'half_even' allows more digits than the unit holds.
    precision: decimals (3) or significant digits ('8 digits') the source really knows. sign: 'positive' or 'negative'
    demands it; negative numbers lose it. minus: another column to subtract (times only). later_seconds: what was seen by
    then happened at some time before (times only). flag: a word for facts that
    take their value from here. surrogates: pattern of names that stand for an address the source hides. unreadable:
    'empty' takes a number that cannot be read for nothing. unpriced: an amount of money that is nothing, or of the wrong
    sign, says nothing of the price: the trade moves its quantity and its money is unknown.
    """

    column: str
    unit: str | None = None
    decimals: int | None = None
    time_unit: str | None = None
    values: dict[str, str] | None = None
    lookup: str | None = None
    rounding: str | None = None
    precision: int | str | None = None
    sign: str | None = None
    minus: str | None = None
    later_seconds: int = 0
    flag: str | None = None
    surrogates: str | None = None
    unreadable: str | None = None
    unpriced: bool = False


def empty(value: Any) -> bool:
    """Nothing, or text that says nothing."""
    return value is None or (type(value) is str and not value.strip())


def text(spec: ColumnSpec, lookups: Mapping[str, Mapping[str, str]]) -> Reader:
    """Text as it stands (translated by `values` or `lookup`); None where empty. Numbers become their own text."""
    take = getter(spec.column)
    table = lookups.get(spec.lookup) if spec.lookup else None
    plain = spec.values is None and spec.lookup is None
    key = own_key(spec.column)
    words = {word: told for word, told in (spec.values or {}).items() if word and told and "*" not in (word, told)}
    short = words if spec.lookup is None else {}

    def read(scope: Scope) -> str | None:
        item = scope[0]
        value = item.get(key) if key is not None and type(item) is dict else take(scope)
        if plain and type(value) is str and len(value) <= TEXT_LIMIT:
            return value or None
        if type(value) is str:
            if value in short:
                return short[value]
        else:
            if value is None:
                return None
            if isinstance(value, bool | dict | list):
                raise Refusal(Reason.WRONG_TYPE, f"expected text, got {value!r}"[:80], spec.column)
            value = str(value)
        if len(value) > TEXT_LIMIT:
            raise Refusal(Reason.TOO_LARGE, f"text of {len(value):,} characters", spec.column)
        if spec.values is not None and value:
            known = spec.values.get(value, spec.values.get("*"))
            if known is None:
                raise Refusal(Reason.UNKNOWN_VALUE, f"{value[:40]!r} is none of {', '.join(spec.values)}", spec.column)
            value = value if known == "*" else known
        if spec.lookup and value:
            value = _looked_up(value, table, spec)
        return value or None

    return read


def _looked_up(value: str, table: Mapping[str, str] | None, spec: ColumnSpec) -> str:
    if table is None:
        detail = f"the look-up file {spec.lookup} was not found: put it beside the records and run `remora quarantine retry`"
        raise Refusal(Reason.NO_LOOKUP, detail, spec.column)
    found = table.get(value)
    if found is None:
        raise Refusal(Reason.NO_LOOKUP, f"{spec.lookup} does not know {value[:40]!r}", spec.column)
    return found


def address(read: Reader, spec: ColumnSpec, venue: str | None, *, asset: bool = False) -> Reader:
    """Text that must be an address of the venue: base58 on Solana, 0x and 40 digits on Polymarket; elsewhere any name."""
    where = spec.column
    known: dict[str, str] = {}  # what has been checked: the same wallets and tokens come again and again

    def check(value: str) -> str:
        if spec.surrogates and fnmatchcase(value, spec.surrogates) and len(value) < 64 and value.isprintable():
            return value
        if venue == "solana":
            if is_solana_address(value) or (asset and value == "SOL"):
                return value
            raise Refusal(Reason.BAD_ADDRESS, f"{value[:40]!r} is no Solana address", where)
        if venue == "polymarket" and not asset:
            lower = value.lower()
            if is_evm_address(lower):
                return lower
            raise Refusal(Reason.BAD_ADDRESS, f"{value[:44]!r} is no address of 0x and 40 digits", where)
        if len(value) > 128 or not value.isprintable():
            raise Refusal(Reason.BAD_ADDRESS, f"{value[:40]!r} is no address", where)
        return value.lower() if is_evm_address(value.lower()) else value

    def checked(scope: Scope) -> str | None:
        value = read(scope)
        if value is None:
            return None
        found = known.get(value)
        if found is None:
            found = check(value)
            if len(known) < 65_536:
                known[value] = found
        return found

    return checked


def number(spec: ColumnSpec, decimals: int) -> Reader:
    """Base units of a decimal number, exactly; None where empty."""
    take, key = getter(spec.column), own_key(spec.column)
    half_even = spec.rounding == "half_even"
    sign = {"positive": 1, "negative": -1}.get(spec.sign or "", 0)

    def read(scope: Scope) -> int | None:
        item = scope[0]
        value = item.get(key) if key is not None and type(item) is dict else take(scope)
        if value is None or (type(value) is str and not value.strip()):
            return None
        try:
            found = _exactly(value, decimals, half_even=half_even)
        except BadNumber as error:
            if spec.unreadable == "empty":
                return None
            raise Refusal(error.reason, error.detail, spec.column) from error
        if sign:
            found *= sign
            if found <= 0 and spec.unpriced:
                return 0
            if found <= 0:
                raise Refusal(Reason.OUT_OF_RANGE, f"{str(value)[:40]} is not {spec.sign}", spec.column)
        return found

    return read


def _exactly(value: Any, decimals: int, *, half_even: bool) -> int:
    """Base units of a number: the short way for what JSON numbers usually are, else as `atoms` does it."""
    if type(value) is Decimal and -12 < value.adjusted() < 10:
        try:
            scaled = value.scaleb(decimals, _EXACT)
            whole = int(scaled)
        except (ArithmeticError, ValueError):
            return atoms(value, decimals, half_even=half_even)
        if whole == scaled:
            return int64(whole)
    return atoms(value, decimals, half_even=half_even)


def integer(spec: ColumnSpec) -> Reader:
    """A whole number (also written as 12.0); None where empty."""
    return number(spec, 0)


def time(spec: ColumnSpec, unit: str | None) -> Reader:
    """Nanoseconds since 1970; None where empty. Without a unit only RFC 3339 text is a time."""
    take, key = getter(spec.column), own_key(spec.column)
    less = getter(spec.minus) if spec.minus else None
    known: dict[Any, int] = {}

    def one(value: Any) -> int:
        try:
            return checked_instant(_instant(value, unit) + spec.later_seconds * SECOND)
        except BadNumber as error:
            raise Refusal(error.reason, error.detail, spec.column) from error

    def read(scope: Scope) -> int | None:
        item = scope[0]
        value = item.get(key) if key is not None and type(item) is dict else take(scope)
        if type(value) is int and less is None and value in known:
            return known[value]
        if empty(value):
            return None
        if less is not None:
            try:
                return _less(one(value), less(scope), unit)
            except BadNumber as error:
                raise Refusal(error.reason, error.detail, f"{spec.column} - {spec.minus}") from error
        if type(value) is not int and type(value) is not str:
            return one(value)
        found = known.get(value)
        if found is None:
            found = one(value)
            if len(known) > 4096:
                known.clear()
            known[value] = found
        return found

    return read


def _instant(value: Any, unit: str | None) -> int:
    if unit == "auto":
        return _of_any_unit(value)
    if unit in {None, "rfc3339"}:
        return instant_of_text(value)
    return instant(value, unit=str(unit))


def _of_any_unit(value: Any) -> int:
    """A number of s, ms, us or ns, told by its size, or RFC 3339 text."""
    if isinstance(value, str) and not value.strip().lstrip("+-").replace(".", "", 1).isdigit():
        return instant_of_text(value)
    seconds = atoms(value, 0, half_even=True)
    unit = next((name for name, limit in (("s", 10**11), ("ms", 10**14), ("us", 10**17)) if abs(seconds) < limit), "ns")
    return instant(value, unit=unit)


def _less(moment: int, span: Any, unit: str | None) -> int:
    """An instant, so many units of time before `moment`."""
    places = {"s": 9, "ms": 6, "us": 3, "ns": 0}[unit or "s"]
    return checked_instant(moment - atoms(span, places, half_even=True))


def step(spec: ColumnSpec, decimals: int) -> Reader | int:
    """Size of the last digit the source knows, in base units: 1 where it writes base units. Fixed where the map says it."""
    if not decimals or spec.rounding is not None:
        return 1
    if isinstance(spec.precision, int):
        return int(10 ** max(decimals - spec.precision, 0))
    take, key = getter(spec.column), own_key(spec.column)
    significant = int(spec.precision.split()[0]) if spec.precision else 0
    sizes: list[int] = [10**exponent for exponent in range(19)]

    def read(scope: Scope) -> int:
        item = scope[0]
        written = str(item.get(key) if key is not None and type(item) is dict else take(scope))
        whole, _, part = written.partition(".")
        if "e" in written or "E" in written or not whole.isdecimal() or whole == "0":
            return _step_of(written, decimals, significant)
        exponent = decimals - len(part)
        if significant:
            exponent = max(exponent, decimals + len(whole) - significant)
        return sizes[min(max(exponent, 0), 18)]

    return read


def _step_of(written: str, decimals: int, significant: int) -> int:
    """The same for numbers of any writing; 1 for what is no number (its own column complains)."""
    try:
        number = Decimal(written)
        exponent = decimals - digits(written)
    except (ArithmeticError, BadNumber):
        return 1
    if significant:
        exponent = max(exponent, decimals + number.adjusted() + 1 - significant)
    return int(10 ** min(max(exponent, 0), 18))
