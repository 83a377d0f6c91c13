"""What a wallet made and holds: sums by venue, the curve of realized profit, positions as bars and as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, Final

from remora.app import words
from remora.app.report import charts
from remora.app.report.charts import Bar, Spot
from remora.app.report.markup import (
    Column,
    Html,
    code,
    el,
    facts,
    foreign,
    join,
    note,
    real,
    section,
    signed,
    table,
    text,
    whole,
)

MOST_ROWS: Final = 40
"""Positions in the table; the rest stands in one line of sums."""
OPEN_ROWS: Final = 12
"""Of these, shown without unfolding."""
MOST_BARS: Final = 16
MOST_WINDOWS: Final = 12
Row = Mapping[str, Any]


def sections(document: Mapping[str, Any]) -> list[Html]:
    """Profit, then positions."""
    positions: Sequence[Row] = document.get("positions") or ()
    return [_profit(document, positions), _positions(positions)]


def _profit(document: Mapping[str, Any], positions: Sequence[Row]) -> Html:
    sums = [_sums(row) for row in document.get("statistics") or ()]
    sales: Sequence[Row] = document.get("sales") or ()
    quotes = sorted({str(row["quote"]) for row in (*sales, *positions)})
    curves = [_curve(quote, [row for row in sales if row["quote"] == quote], positions) for quote in quotes]
    body = [*sums, *curves, _windows(document.get("breakdown") or ())]
    return section("profit", "Profit", *(body if sums or curves else [el("p", "No position of this wallet is recorded.")]))


def _sums(row: Row) -> Html:
    quote = str(row["quote"])
    age = row.get("oldest_mark_age_seconds")
    aged = f" at last trades up to {words.span(age)} old" if age is not None and row.get("unrealized_quote_atoms") else ""
    because = f" ({row['usd_reason']})" if row.get("usd_reason") else ""
    return join((
        el("h3", f"On {row['venue']}, in {quote}"),
        facts((
            ("realized", _exact(row.get("realized_quote_atoms"), quote)),
            ("realized after charges", _exact(row.get("realized_all_in_quote_atoms"), quote)),
            ("unrealized", join((_exact(row.get("unrealized_quote_atoms"), quote), text(aged)))),
            ("if all that is open is lost", _exact(row.get("worst_case_quote_atoms"), quote)),
            ("realized in USD", join((_exact(row.get("realized_micro_usd"), "USD"), text(because)))),
            ("invested", words.money(row.get("invested_quote_atoms"), quote)),
            ("won of closed", f"{_n(row.get('wins'))} of {_n(row.get('closed'))} (open {_n(row.get('open'))})"),
            ("return on what was sold", words.share(real(row.get("roi")))),
            ("cost known for", words.share(real((row.get("completeness") or {}).get("share"))) + " of proceeds"),
        )),
    ))  # fmt: skip


def _exact(value: int | None, quote: str) -> Html:
    """Money in full, with its sign and unit."""
    if value is None:
        return el("span", "unknown", class_="unknown")
    kind = "gain" if value > 0 else "loss" if value < 0 else None
    return el("span", ("+" if value > 0 else "") + words.money(value, quote), class_=kind)


def _curve(quote: str, sales: Sequence[Row], positions: Sequence[Row]) -> Html:
    known = [row for row in sales if row.get("realized_quote_atoms") is not None and row.get("at_ns") is not None]
    if not known:
        return join((note(f"No sale at a known cost in {quote}: no curve."), _concentration(quote, positions)))
    gains = [int(row["realized_quote_atoms"]) for row in known]
    spots = [Spot(int(row["at_ns"]), value) for row, value in zip(known, accumulate(gains), strict=True)]
    best, worst = gains.index(max(gains)), gains.index(min(gains))
    ends = ((best, "best sale", gains[best] > 0), (worst, "worst sale", gains[worst] < 0))
    marked = [(spots[at], f"{name}: {_sale(known[at], quote)}", name == "best sale") for at, name, there in ends if there]
    low, high = min(0, *(spot.value for spot in spots)), max(0, *(spot.value for spot in spots))
    unknown = f" {len(sales) - len(known):,} sales without a known cost are not in it." if len(known) < len(sales) else ""
    shapes = [
        el("li", charts.swatch("var(--fillgain)" if up else "var(--fillloss)"), "\N{BLACK UP-POINTING TRIANGLE} " if up
           else "\N{BLACK DOWN-POINTING TRIANGLE} ", said)
        for _, said, up in marked
    ]  # fmt: skip
    return join((
        el("h3", f"Realized profit over time, in {quote}"),
        el("figure", charts.curve(spots, marked, [words.when(spots[0].at), words.when(spots[-1].at)]),
           el("figcaption", f"{len(known):,} sales. Lowest {words.number(low, quote, 4)}, highest "
              f"{words.number(high, quote, 4)}, now ", _exact(spots[-1].value, quote), f".{unknown}")),
        el("ul", join(shapes), class_="legend"), _concentration(quote, positions),
    ))  # fmt: skip


def _sale(row: Row, quote: str) -> str:
    asset = words.short(str(row.get("asset") or words.UNKNOWN))
    value = int(row["realized_quote_atoms"])
    return f"{'+' if value > 0 else ''}{words.number(value, quote, 4)} {quote}, {asset}, {words.when(row['at_ns'])}"


def _concentration(quote: str, positions: Sequence[Row]) -> Html:
    """How much of all gains one token or market brought: luck lives there."""
    sums: dict[str, int] = {}
    names: dict[str, object] = {}
    for row in positions:
        value = row.get("realized_quote_atoms")
        if row["quote"] == quote and value is not None:
            key = str(row.get("market") or row["asset"])
            sums[key] = sums.get(key, 0) + int(value)
            names.setdefault(key, row.get("name"))
    gains = {key: value for key, value in sums.items() if value > 0}
    if not gains:
        return note(f"No token or market has a realized gain in {quote}.")
    best = min(gains, key=lambda key: (-gains[key], key))
    part, rest = gains[best] / sum(gains.values()), sum(sums.values()) - gains[best]
    name = (foreign(names[best], 60), " ") if names[best] else ()
    among = f"one of the {len(gains):,} tokens or markets" if len(gains) > 1 else "the only token or market"
    return el(
        "p", "Concentration: ", el("b", words.share(part)),
        f" of all gains came from {among} that gained. Without it the realized profit would be ",
        _exact(rest, quote), ". It is ", *name, whole(best),
    )  # fmt: skip


def _windows(rows: Iterable[Row]) -> Html | None:
    """The same sums by last days and by category."""
    listed = list(rows)
    if not listed:
        return None
    columns = (
        Column("what"),
        Column("realized", True),
        Column("invested", True),
        Column("won of closed", True),
        Column("return", True),
    )
    shown = [
        (
            _slice(row), signed(row.get("realized_quote_atoms"), row["quote"]),
            words.number(row.get("invested_quote_atoms"), row["quote"], 4), f"{_n(row.get('wins'))} of {_n(row.get('closed'))}",
            words.share(real(row.get("roi"))),
        )
        for row in listed[:MOST_WINDOWS]
    ]  # fmt: skip
    left = f"{len(listed) - MOST_WINDOWS} more are left out." if len(listed) > MOST_WINDOWS else None
    return table("By time of the last sale and by category", columns, shown, foot=left)


def _slice(row: Row) -> Html:
    span = "all time" if row["window"] == "all" else f"last {row['window']}"
    kind = [", ", foreign(row["category"], 40)] if row["category"] != "all" else []
    return join((f"{row['venue']}, {span}", *kind, f", in {row['quote']}"))


def _positions(positions: Sequence[Row]) -> Html:
    if not positions:
        return section("positions", "Positions", el("p", "None are recorded."))
    body = []
    for quote in sorted({str(row["quote"]) for row in positions}):
        mine = sorted((row for row in positions if row["quote"] == quote), key=_weight)
        body += [el("h3", f"{len(mine):,} in {quote}"), _bars(mine, quote), _table(mine, quote)]
    return section("positions", "Positions", *body)


def _weight(row: Row) -> tuple[int, int, str]:
    """Those with the largest realized sums first, then those with the largest cost."""
    return -abs(row.get("realized_quote_atoms") or 0), -(row.get("cost_quote_atoms") or 0), str(row["asset"])


def _bars(rows: Sequence[Row], quote: str) -> Html:
    known = [row for row in rows if row.get("realized_quote_atoms")]
    if not known:
        return note("Nothing is realized yet.")
    shown = sorted(known[:MOST_BARS], key=lambda row: (-row["realized_quote_atoms"], row["asset"]))
    lines = [Bar(_name(row), row["realized_quote_atoms"], _plain(row["realized_quote_atoms"], quote)) for row in shown]
    caption = f"Realized profit by position in {quote}: to the right of the line gained, to the left lost."
    if rest := known[MOST_BARS:]:
        caption += f" The {len(rest):,} others together: {_total(rest, 'realized_quote_atoms', quote)}."
    return el("figure", charts.bars(f"Realized profit of {len(lines)} positions in {quote}", lines), el("figcaption", caption))


def _name(row: Row) -> str:
    return words.safe(row["name"], 40) if row.get("name") else words.short(str(row["asset"]), 6, 4)


def _plain(value: int, quote: str) -> str:
    return ("+" if value > 0 else "") + words.number(value, quote, 2)


def _table(rows: Sequence[Row], quote: str) -> Html:
    columns = (
        Column("asset"), Column("status"), Column("buys / sells", True), Column("cost", True), Column("realized", True),
        Column("unrealized", True), Column("flags"),
    )  # fmt: skip
    shown = [_line(row, quote) for row in rows[:MOST_ROWS]]
    first = table(f"Positions by realized profit or loss, money in {quote}", columns, shown[:OPEN_ROWS])
    if len(rows) <= OPEN_ROWS:
        return first
    more: tuple[object, ...] = ()
    rest = rows[MOST_ROWS:]
    if rest:
        more = (
            f"{len(rest):,} more positions are left out: realized {_total(rest, 'realized_quote_atoms', quote)}, unrealized "
            f"{_total(rest, 'unrealized_quote_atoms', quote)}. ",
            code("remora wallet ADDRESS --json"),
            " lists all.",
        )
    next_ = f"The next {len(shown) - OPEN_ROWS}"
    return join(
        (first, el("details", el("summary", next_), table(next_, columns, shown[OPEN_ROWS:])), note(*more) if more else None)
    )


def _line(row: Row, quote: str) -> tuple[object, ...]:
    label = join((foreign(row["name"], 60), " ")) if row.get("name") else None
    mark = None
    if row.get("held_atoms") and row.get("mark_name"):
        mark = el(
            "div",
            f"{words.safe(row['mark_name'], 20).replace('_', ' ')}, {words.span(row.get('mark_age_seconds'))} old",
            class_="note",
        )
    flags = ", ".join(words.safe(flag, 40).replace("_", " ") for flag in row.get("flags") or ())
    live = row.get("held_atoms") or row.get("unrealized_quote_atoms") != 0
    flagged = foreign(flags, 160) if flags else None
    return (
        join((label, whole(row["asset"]))), words.safe(row.get("status") or words.UNKNOWN, 16),
        f"{_n(row.get('buys'))} / {_n(row.get('sells'))}",
        words.number(row.get("cost_quote_atoms"), quote, 4), signed(row.get("realized_quote_atoms"), quote),
        join((signed(row.get("unrealized_quote_atoms"), quote), mark)) if live else None, flagged,
    )  # fmt: skip


def _total(rows: Sequence[Row], column: str, quote: str) -> str:
    """The sum of what is known, and how many are not."""
    known = [row[column] for row in rows if row.get(column) is not None]
    missing = f" ({len(rows) - len(known):,} unknown)" if len(known) < len(rows) else ""
    return f"{words.money(sum(known), quote)}{missing}"


def _n(value: object) -> str:
    known = real(value)
    return words.UNKNOWN if known is None else f"{known:,.0f}"
