"""How answers reach a person or a program: tables on a terminal, or one JSON document on standard output.

Texts that strangers typed are shown harmlessly (`words.safe`) and never read as markup. How numbers are written: `words`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from remora.app.words import UNKNOWN, money, number, quantity, safe, share, short, size, span, when

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "UNKNOWN", "console", "money", "number", "pairs", "quantity", "safe", "say", "share", "short", "size", "span", "table",
    "to_json", "when",
]  # fmt: skip


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
