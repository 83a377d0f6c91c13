"""Small pure functions from numbers to inline SVG: places across are percents, so that charts stretch and letters do not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from remora.app.report.markup import Html, el, text

MOST_POINTS: Final = 300
"""Places across a curve; where more sales than two per place happened, each place keeps its lowest and highest value."""
_LEFT, _RIGHT = 3.0, 97.0  # percent of the width that intervals use: labels at the ends stay inside


class Slot(NamedTuple):
    """A part of a stacked bar: what it may have at most, what it has (None: unknown), what it could have."""

    name: str
    group: str
    most: float
    has: float | None
    high: float | None


class Bar(NamedTuple):
    """A line of a bar chart: its name, how long (with its sign), how the sum is written."""

    name: str
    value: int
    written: str


class Spot(NamedTuple):
    """A sum at an instant."""

    at: int
    value: int


def svg(label: str, height: float, *children: object, class_: str | None = None) -> Html:
    """A chart of the full width, with what it shows in words."""
    return el("svg", *children, role="img", aria_label=label, width="100%", height=_n(height), class_=class_)


def hatch(id_: str, colour: str) -> Html:
    """A hatching, for what is unknown."""
    line = el("path", d="M-1 7 7 -1M-1 1 1 -1M5 7 7 5", stroke=colour, stroke_width="1.3")
    return el("defs", el("pattern", line, id=id_, width="6", height="6", patternUnits="userSpaceOnUse"))


def stacked(slots: Sequence[Slot], *, id_: str) -> Html:
    """All parts of a score in one bar: each has the width of its most; full what it has, hatched what it could have."""
    total = sum(slot.most for slot in slots) or 1.0
    groups = list(dict.fromkeys(slot.group for slot in slots))
    parts, at = [hatch(f"{id_}-{group}", f"var(--{group})") for group in groups], 0.0
    for slot in slots:
        parts.append(_slot(slot, 100 * at / total, 100 / total, f"{id_}-{slot.group}", 34.0))
        at += slot.most
    label = "; ".join(
        f"{slot.name} {'unknown' if slot.has is None else f'{slot.has:.0f}'} of {slot.most:.0f}" for slot in slots
    )
    return svg(f"Parts of the score: {label}", 34, *parts)


def part(slot: Slot, *, id_: str) -> Html:
    """One part as a bar of its own."""
    shown = "unknown" if slot.has is None else f"{slot.has:.1f}"
    drawn = _slot(slot, 0.0, 100 / (slot.most or 1.0), id_, 12.0)
    return svg(f"{slot.name}: {shown} of {slot.most:.0f}", 12, drawn)


def _slot(slot: Slot, at: float, unit: float, pattern: str, height: float) -> Html:
    """A slot from `at` percent on; the hatchings of `stacked` serve all bars of the page."""
    has = 0.0 if slot.has is None else slot.has
    high = slot.most if slot.has is None and slot.high is None else max(slot.high or 0.0, has)
    known = "unknown" if slot.has is None else f"{has:.1f}"
    title = el("title", f"{slot.name}: {known} of {slot.most:.0f}" + (f", could be {high:.1f}" if high > has + 0.05 else ""))
    pieces = [_rect(at, slot.most * unit, height, "var(--track)")]
    if has > 0:
        pieces.append(_rect(at, min(has, slot.most) * unit, height, f"var(--{slot.group})"))
    if high > has:
        pieces.append(_rect(at + has * unit, (min(high, slot.most) - has) * unit, height, f"url(#{pattern})"))
    edge = el("line", x1=_p(at), x2=_p(at), y1="0", y2=_n(height), stroke="var(--card)", stroke_width="2") if at else None
    return el("g", title, *pieces, edge)


def bracket(low: float | None, at: float | None, high: float | None, ticks: Sequence[tuple[float, str]]) -> Html:
    """0 to 1000 with its levels, the points as a mark, and the range under unknown data as a bracket."""
    lines = [_line(0, 100, 18, "var(--line)", 2)]
    for number, (value, name) in enumerate(ticks):
        lines += [
            _upright(value / 10, 12, 24, "var(--soft)", 1),
            _label(value / 10, 42, f"{value:.0f}" if value < 1000 else "", 4),
        ]
        lines.append(_label(value / 10, 56 + 14 * (number % 2), name, 4))
    if low is not None and high is not None:
        lines += [_line(low / 10, high / 10, 18, "var(--fillgain)", 4), _upright(low / 10, 9, 27, "var(--fillgain)", 2)]
        lines.append(_upright(high / 10, 9, 27, "var(--fillgain)", 2))
    if at is not None:
        lines.append(el("circle", cx=_p(at / 10), cy="18", r="7", fill="var(--gain)", stroke="var(--card)", stroke_width="2"))
    points = "unknown" if at is None else f"{at:.0f} points"
    span = f", between {low:.0f} and {high:.0f}" if low is not None and high is not None else ""
    return svg(f"{points} of 1000{span}", 74, *lines)


def interval(low: float, at: float, high: float, marks: Sequence[tuple[float, str]], written: Sequence[str]) -> Html:
    """An interval against marks (zero, cost). written: the texts of low, at and high."""
    values = [low, at, high, *(value for value, _ in marks)]
    least, most = min(values), max(values)
    room = (most - least) or 1.0

    def place(value: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * (value - least) / room

    drawn = [_line(0, 100, 40, "var(--line)", 1)]
    for number, (value, name) in enumerate(marks):
        dash = None if number == 0 else "5 4"
        drawn += [_upright(place(value), 18, 62, "var(--ink)", 1.5, dash), _label(place(value), 12 if number else 77, name)]
    colour = "var(--fillloss)" if high < 0 else "var(--fillgain)" if low > max(value for value, _ in marks) else "var(--k5)"
    drawn += [_line(place(low), place(high), 40, colour, 10), _upright(place(low), 31, 49, colour, 2)]
    drawn += [_upright(place(high), 31, 49, colour, 2)]
    drawn.append(el("circle", el("title", f"mean {written[1]}"), cx=_p(place(at)), cy="40", r="8", fill=colour,
                    stroke="var(--card)", stroke_width="3"))  # fmt: skip
    names = ", ".join(name for _, name in marks)
    return svg(f"Edge {written[1]}, 90 % interval {written[0]} to {written[2]}, against {names}", 82, *drawn)


def curve(spots: Sequence[Spot], marked: Sequence[tuple[Spot, str, bool]], ends: Sequence[str], *, height: int = 190) -> Html:
    """Steps of a running sum; marked: (spot, words, whether it is the best); ends: how the first and the
    last instant are written.
    """
    first, last = spots[0].at, spots[-1].at
    values = [0, *(spot.value for spot in spots)]
    least, most = min(values), max(values)

    def across(at: int) -> float:
        return 1.5 + 97.0 * ((at - first) / (last - first) if last > first else 0.5)

    def down(value: int) -> float:
        return height - 12 - (height - 24) * ((value - least) / (most - least) if most > least else 0.5)

    kept = thinned(spots, first, last)
    path, before = f"M{across(first):.2f} {down(0):.1f}", down(0)
    for spot in kept:
        x, y = across(spot.at), down(spot.value)
        path += f"L{x:.2f} {before:.1f}L{x:.2f} {y:.1f}"
        before = y
    ground = f"L{across(last):.2f} {down(0):.1f}Z"
    rising = spots[-1].value >= 0
    fill, ink = ("var(--fillgain)", "var(--gain)") if rising else ("var(--fillloss)", "var(--loss)")
    lines = el(
        "svg", el("path", d=Html(path + ground), fill=fill, fill_opacity="0.14"),
        el("path", d=Html(path), fill="none", stroke=ink, stroke_width="2", stroke_linejoin="round",
           vector_effect="non-scaling-stroke"),
        x="0", y="0", width="100%", height=_n(height), viewBox=f"0 0 100 {height}", preserveAspectRatio="none",
    )  # fmt: skip
    shapes = [_triangle(across(spot.at), down(spot.value), words, best) for spot, words, best in marked]
    label = f"Running sum over {len(spots)} sales" + "".join(f"; {words}" for _, words, _ in marked)
    zero = _line(0, 100, down(0), "var(--soft)", 1, "2 4")
    below = [_label(0, height + 14, ends[0]), _label(100, height + 14, ends[1])]
    return svg(label, height + 18, zero, lines, *shapes, *below)


def thinned(spots: Sequence[Spot], first: int, last: int) -> list[Spot]:
    """Few enough spots to draw: of each place across the first, lowest, highest and last, in order of time."""
    if len(spots) <= 2 * MOST_POINTS:
        return list(spots)
    width = (last - first) // MOST_POINTS + 1
    places: dict[int, list[Spot]] = {}
    for spot in spots:
        places.setdefault((spot.at - first) // width, []).append(spot)
    kept = []
    for inside in places.values():
        values = [spot.value for spot in inside]
        numbers = {0, values.index(min(values)), values.index(max(values)), len(inside) - 1}
        kept += [inside[number] for number in sorted(numbers)]
    return kept


def _triangle(x: float, y: float, words: str, best: bool) -> Html:
    """Upwards for the best, downwards for the worst."""
    tip = "M0 -9 6 2 -6 2Z" if best else "M0 9 6 -2 -6 -2Z"
    shape = el("path", el("title", words), d=tip, fill="var(--fillgain)" if best else "var(--fillloss)", stroke="var(--card)",
               stroke_width="1.5")  # fmt: skip
    return el("svg", shape, x=_p(x), y=_n(y), width="1", height="1", overflow="visible")


def bars(label: str, rows: Sequence[Bar]) -> Html:
    """Lines to the right of zero for gains, to the left for losses; one line each, names at the left, sums at the right."""
    if not rows:
        return Html()
    least, most = min(0, *(row.value for row in rows)), max(0, *(row.value for row in rows))
    unit, left = 42.0 / ((most - least) or 1), 32.0
    zero, drawn = left - least * unit, []
    for number, row in enumerate(rows):
        y = 24 * number
        start = zero + min(row.value, 0) * unit
        fill = "var(--fillgain)" if row.value >= 0 else "var(--fillloss)"
        name = el("text", row.name, x="0", y="16", class_="mono")
        drawn.append(el(
            "g", el("title", f"{row.name}: {row.written}"), el("svg", name, y=y, width="31%", height="24", class_="clip"),
            el("rect", x=_p(start), y=y + 5, width=_p(max(abs(row.value) * unit, 0.15)), height="14", rx="2", fill=fill),
            el("text", row.written, x="100%", y=y + 16, text_anchor="end", class_="strong"),
        ))  # fmt: skip
    axis = _upright(zero, 0, 24 * len(rows), "var(--soft)", 1)
    return svg(label, 24 * len(rows), axis, *drawn)


def _rect(x: float, width: float, height: float, fill: str) -> Html:
    return el("rect", x=_p(x), y="0", width=_p(max(width, 0.0)), height=_n(height), fill=fill)


def _line(x1: float, x2: float, y: float, stroke: str, width: float, dash: str | None = None) -> Html:
    return el("line", x1=_p(x1), x2=_p(x2), y1=_n(y), y2=_n(y), stroke=stroke, stroke_width=_n(width), stroke_dasharray=dash)


def _upright(x: float, y1: float, y2: float, stroke: str, width: float, dash: str | None = None) -> Html:
    return el("line", x1=_p(x), x2=_p(x), y1=_n(y1), y2=_n(y2), stroke=stroke, stroke_width=_n(width), stroke_dasharray=dash)


def _label(x: float, y: float, words: str, edge: float = 12) -> Html:
    """A text under or over a place, kept inside at both ends."""
    anchor = "start" if x < edge else "end" if x > 100 - edge else "middle"
    return el("text", text(words), x=_p(x), y=_n(y), text_anchor=anchor)


def _p(value: float) -> str:
    return f"{_n(value)}%"


def _n(value: float) -> str:
    shown = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if shown == "-0" else shown


def lines_sample(stroke: str, dash: str | None) -> Html:
    """A short line for a legend."""
    line = el("line", x1="0", x2="26", y1="6", y2="6", stroke=stroke, stroke_width="3", stroke_dasharray=dash)
    return el("svg", line, width="26", height="12", aria_hidden="true")


def swatch(fill: str) -> Html:
    """A small square for a legend."""
    return el("svg", el("rect", width="12", height="12", rx="3", fill=fill), width="12", height="12", aria_hidden="true")
