"""HTML as text: everything that comes from data is made harmless and escaped here, and nowhere else."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any, NamedTuple

from remora.app import words

LONGEST_ID = 200
"""Characters of an address or token id that are shown; the ids of both venues have at most 78."""


class Html(str):
    """Text that is markup already; every other text is escaped when it becomes part of one."""

    __slots__ = ()


def text(value: object, limit: int = 300) -> Html:
    """Anything as harmless text: no markup, no control, direction or invisible characters, cut to `limit`; None is `?`."""
    if isinstance(value, Html):
        return value
    return Html(html.escape(words.UNKNOWN if value is None else words.safe(value, limit)))


def el(name: str, /, *children: object, **attributes: object) -> Html:
    """An element. `class_` is class, `_` in a name is `-`; attributes that are None are left out, True stands alone."""
    head = name
    for key, value in attributes.items():
        if value is not None and value is not False:
            word = key.rstrip("_").replace("_", "-")
            head += f" {word}" if value is True else f' {word}="{text(value, 2_000)}"'
    return Html(f"<{head}>{join(children)}</{name}>")


def void(name: str, /, **attributes: object) -> Html:
    """An element that holds nothing and is not closed, such as meta."""
    return Html(el(name, **attributes).removesuffix(f"</{name}>"))


def join(children: Iterable[object]) -> Html:
    """One after another; None is nothing."""
    return Html("".join(text(child) for child in children if child is not None))


def foreign(value: object, limit: int = 80) -> Html:
    """A stranger's text, set apart so that its direction of writing moves nothing around it."""
    return el("bdi", text(value, limit))


def whole(id_: object) -> Html:
    """An address or token id in full, chosen whole by one click, shown in full when pointed at."""
    return el("code", text(id_, LONGEST_ID), class_="id", tabindex="0")


def real(value: Any) -> float | None:
    """A number, or None for what is none (null, NaN, infinity, text)."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) else None


def figure(value: Any, places: int = 2) -> str:
    """A statistic to some places, `?` where unknown."""
    known = real(value)
    return words.UNKNOWN if known is None else f"{known:.{places}f}"


class Column(NamedTuple):
    """A column of a table: its name, and whether numbers stand in it."""

    name: str
    number: bool = False


def table(
    caption: object,
    columns: Sequence[Column],
    rows: Iterable[Sequence[object]],
    *,
    foot: object = None,
    class_: str | None = None,
) -> Html:
    """A table that becomes cards on a narrow screen; its roles are written out, so that it stays a table for ears."""
    head = join(
        el("th", column.name, scope="col", role="columnheader", class_="n" if column.number else None) for column in columns
    )
    body = join(el("tr", join(_cells(columns, row)), role="row") for row in rows)
    foot = None if foot is None else el("p", foot, class_="note")
    return join((
        el(
            "table", el("caption", caption),
            el("thead", el("tr", head, role="row"), role="rowgroup"), el("tbody", body, role="rowgroup"),
            role="table", class_=class_,
        ),
        foot,
    ))  # fmt: skip


def _cells(columns: Sequence[Column], row: Sequence[object]) -> Iterable[Html]:
    for place, (column, value) in enumerate(zip(columns, row, strict=True)):
        kind = "th" if place == 0 else "td"
        yield el(
            kind, value, role="rowheader" if place == 0 else "cell", scope="row" if place == 0 else None,
            data_label=column.name, class_="n" if column.number else None,
        )  # fmt: skip


def signed(value: int | None, quote: str, places: int = 4) -> Html:
    """Money with its sign in writing, weight and colour; the exact sum when pointed at."""
    if value is None:
        return el("span", words.UNKNOWN, class_="unknown", title="unknown")
    kind = "gain" if value > 0 else "loss" if value < 0 else None
    shown = ("+" if value > 0 else "") + words.number(value, quote, places)
    return el("span", shown, class_=kind, title=words.money(value, quote))


def code(command: str) -> Html:
    """A command or a name as a program takes it."""
    return el("code", command)


def facts(rows: Iterable[tuple[str, object]]) -> Html:
    """Names and values side by side."""
    return el("dl", join(el("div", el("dt", name), el("dd", value)) for name, value in rows))


def section(id_: str, title: str, *children: object) -> Html:
    """A part of the page with its heading."""
    return el("section", el("h2", title, id=f"{id_}-title"), *children, id=id_, aria_labelledby=f"{id_}-title")


def note(*children: object) -> Html:
    """A quiet line."""
    return el("p", *children, class_="note")
