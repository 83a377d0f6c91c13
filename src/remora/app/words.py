"""Numbers and strangers' texts as people read them, on a terminal and in a report: exact, cut toward zero, never a silent 0.

Texts that strangers typed (token names, questions) are shown harmlessly: no control or direction characters.
"""

from __future__ import annotations

import unicodedata

from remora.model.units import QUOTE_DECIMALS, SECOND, rfc3339, text_of

UNKNOWN = "?"
_LINES = "\u2028\u2029"
_REPLACED = "\N{REPLACEMENT CHARACTER}"


def safe(text: object, limit: int = 80) -> str:
    """A stranger's text without control, direction and invisible characters, cut to `limit` characters."""
    shown = "".join(c if unicodedata.category(c)[0] != "C" and c not in _LINES else _REPLACED for c in str(text))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def money(value: int | None, quote: str) -> str:
    """Base units of a quote in full, with its unit."""
    if value is None:
        return UNKNOWN
    decimals = QUOTE_DECIMALS.get(quote)
    return f"{value} atoms" if decimals is None else f"{text_of(value, decimals)} {quote}"


def number(value: int | None, quote: str, places: int) -> str:
    """Base units of a quote without its unit, cut (toward zero) to some places; what is cut to nothing says so."""
    if value is None:
        return UNKNOWN
    decimals = QUOTE_DECIMALS.get(quote, 0)
    unit = 10 ** max(decimals - places, 0)
    cut = abs(value) // unit * unit
    if value and not cut:
        return f"{'-' if value < 0 else ''}<{text_of(unit, decimals)}"
    text = text_of(-cut if value < 0 else cut, decimals)
    whole, _, part = text.partition(".")
    return f"{whole}.{part:<0{min(places, decimals)}}" if decimals else whole


def quantity(value: int | None, decimals: int | None) -> str:
    """Token atoms in whole tokens; in atoms where the token's digits are not known."""
    if value is None:
        return UNKNOWN
    return f"{value:,} atoms" if decimals is None and value else text_of(value, decimals or 0)


def share(part: float | None, *, places: int = 1) -> str:
    """A ratio as percent."""
    if part is None:
        return UNKNOWN
    shown = f"{100 * part:.{places}f}"
    nearly = part < 1 and float(shown) == 100
    return f"{'<' if nearly else ''}{shown} %"


def when(nanoseconds: int | None) -> str:
    """An instant to the second."""
    return UNKNOWN if nanoseconds is None else rfc3339(nanoseconds - nanoseconds % SECOND)


def span(seconds: float | None) -> str:
    """A duration in its largest unit."""
    if seconds is None:
        return UNKNOWN
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def short(text: str, head: int = 6, tail: int = 4) -> str:
    """A long id by its two ends."""
    clean = safe(text, 200)
    return clean if len(clean) <= head + tail + 3 else f"{clean[:head]}…{clean[-tail:]}"


def size(count: int) -> str:
    """Bytes in a readable unit."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError
