"""How answers reach a person or a program: tables on a terminal, or one JSON document on standard output.

Texts that strangers typed (token names, questions) are shown harmlessly: no markup, control or direction characters.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from remora.model.units import QUOTE_DECIMALS, SECOND, rfc3339, text_of

if TYPE_CHECKING:
    from rich.console import Console

UNKNOWN = "?"
_LINES = "\u2028\u2029"
_REPLACED = "\N{REPLACEMENT CHARACTER}"


def to_json(document: Any) -> None:
    """Print exactly one JSON document on standard output."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n")


def console(*, stderr: bool = False) -> Console:
    """A console that never reads markup out of data."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else int(os.environ.get("COLUMNS", "160"))
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False, width=width, soft_wrap=False)


def say(text: str) -> None:
    """A line for people, on standard error."""
    sys.stderr.write(text + "\n")


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


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, note: str = "") -> None:
    """Print a table; the first sign of a column's name: '>' right-aligned, '±' also coloured by sign, '=' never broken."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    listed = [list(row) for row in rows]
    if not listed:
        console().print(Text(f"{title}: none" if not note else f"{title}: none; {note}"))
        return
    out = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, caption_justify="left")
    for name in columns:  # numbers and addresses are never broken, words may be
        justify: Any = "right" if name[0] in ">±" else "left"
        out.add_column(Text(name.lstrip(">±=")), justify=justify, overflow="fold", no_wrap=name[0] in "=>±")
    for row in listed:
        cells = [_cell(name, value) for name, value in zip(columns, row, strict=True)]
        out.add_row(*cells)
    if note:
        out.caption = Text(note)
    console().print(out)


def _cell(column: str, value: object) -> Any:
    from rich.text import Text

    text = safe(value, 400)
    if column.startswith("±") and text not in {"", UNKNOWN}:
        style = "red" if text.startswith("-") else ("green" if text.strip("0.") else "")
        return Text(text, style=style)
    return Text(text)


def pairs(title: str, rows: Iterable[tuple[str, object]]) -> None:
    """Print names and values under each other."""
    from rich.text import Text

    out = console()
    out.print(Text(title, style="bold"))
    listed = [(name, safe(value, 400)) for name, value in rows]
    width = max((len(name) for name, _ in listed), default=0)
    for name, value in listed:
        out.print(Text(f"  {name:<{width}}  "), Text(value), sep="", soft_wrap=True)
