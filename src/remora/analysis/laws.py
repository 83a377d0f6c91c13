"""What must hold of every booking, as a list of functions; an empty answer means that the law holds.

The identity of D-58 (realized + unrealized = cash out - cash in + market value) is the cost law: with unrealized =
value - cost left it says realized - cost left - sent cost = matched proceeds - cost of buys, which needs no mark.
Both sides are compared modulo 2^64; every single figure is within 64 bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from remora.analysis import oracle
from remora.analysis.columns import ints
from remora.analysis.exact import Bools, Ints
from remora.analysis.lots import Kind
from remora.analysis.positions import Books

_SHOWN_PER_LAW: Final = 100


class Broken(NamedTuple):
    """One violation: which law, of which book (ids or texts, as in the tables), and the figures."""

    law: str
    wallet: Any
    asset: Any
    detail: str


Law = Callable[[pa.Table, pa.Table], list[Broken]]


def check(positions: pa.Table, sells: pa.Table) -> list[Broken]:
    """Every law over the two tables."""
    return [broken for law in LAWS for broken in law(positions, sells)]


def _equal(law: str, table: pa.Table, left: Ints, right: Ints) -> list[Broken]:
    return _must(law, table, left == right, left, right)


def _must(law: str, table: pa.Table, holds: Bools, left: Ints, right: Ints) -> list[Broken]:
    wrong = np.flatnonzero(~holds)[:_SHOWN_PER_LAW]
    wallets, assets = table["wallet"], table["asset"]
    return [Broken(law, wallets[i].as_py(), assets[i].as_py(), f"{left[i]} against {right[i]}") for i in wrong.tolist()]


def quantities_are_kept(positions: pa.Table, sells: pa.Table) -> list[Broken]:
    """bought + received = sold matched or of unknown cost + sent + held."""
    p = _Columns(positions)
    left = p["bought_atoms"] + p["received_atoms"]
    right = p["sold_atoms"] - p["unmatched_sold_atoms"] + p["sent_atoms"] + p["held_atoms"]
    return _equal("quantities_are_kept", positions, left, right)


def cost_is_kept(positions: pa.Table, sells: pa.Table) -> list[Broken]:
    """realized - cost left - cost sent = matched proceeds - cost of all buys."""
    p = _Columns(positions)
    left = p["realized_quote_atoms"] - p["cost_left_quote_atoms"] - p["sent_cost_quote_atoms"]
    return _equal("cost_is_kept", positions, left, p["proceeds_quote_atoms"] - p["cost_quote_atoms"])


def sold_has_three_parts(positions: pa.Table, sells: pa.Table) -> list[Broken]:
    """sold = matched + of unknown cost + unmatched."""
    p = _Columns(positions)
    parts = p["matched_sold_atoms"] + p["unknown_cost_sold_atoms"] + p["unmatched_sold_atoms"]
    return _equal("sold_has_three_parts", positions, p["sold_atoms"], parts)


def charges_stand_apart(positions: pa.Table, sells: pa.Table) -> list[Broken]:
    """realized all in = realized - charges."""
    p = _Columns(positions)
    right = p["realized_quote_atoms"] - p["charges_quote_atoms"]
    return _equal("charges_stand_apart", positions, p["realized_all_in_quote_atoms"], right)


def nothing_is_negative(positions: pa.Table, sells: pa.Table) -> list[Broken]:
    """No quantity is below zero, and what is held of unknown cost is part of what is held."""
    broken: list[Broken] = []
    p = _Columns(positions)
    for name in positions.column_names:
        if name.endswith("_atoms") and not name.endswith("_quote_atoms"):
            broken += _must(f"nothing_is_negative:{name}", positions, p[name] >= 0, p[name], np.zeros_like(p[name]))
    unknown, held = p["held_unknown_cost_atoms"], p["held_atoms"]
    return broken + _must("nothing_is_negative:held", positions, unknown <= held, unknown, held)


def sales_earn_their_difference(positions: pa.Table, sells: pa.Table) -> list[Broken]:
    """realized of a sale = its matched proceeds - the cost of what it sold."""
    s = _Columns(sells)
    right = s["proceeds_quote_atoms"] - s["cost_quote_atoms"]
    return _equal("sales_earn_their_difference", sells, s["realized_quote_atoms"], right)


_SUMS: Final = {
    "matched_atoms": "matched_sold_atoms", "unmatched_atoms": "unmatched_sold_atoms",
    "unknown_cost_atoms": "unknown_cost_sold_atoms", "proceeds_quote_atoms": "proceeds_quote_atoms",
    "unmatched_proceeds_quote_atoms": "unmatched_proceeds_quote_atoms",
    "unknown_cost_proceeds_quote_atoms": "unknown_cost_proceeds_quote_atoms",
}  # fmt: skip


def sales_sum_to_positions(positions: pa.Table, sells: pa.Table) -> list[Broken]:
    """The sales of a book add up to its figures, realized before what was written off, and to its number of sales."""
    count = pa.array(np.ones(sells.num_rows, np.int64))
    names = [*_SUMS, "realized_quote_atoms"]
    grouped = sells.append_column("n", count).group_by(["wallet", "asset"])
    summed = grouped.aggregate([(name, "sum") for name in (*names, "n")])
    keys = positions.select(["wallet", "asset"]).append_column("place", pa.array(np.arange(positions.num_rows)))
    joined = keys.join(summed, ["wallet", "asset"], join_type="full outer")
    lost = joined.filter(joined["place"].is_null())
    broken = [Broken("sales_sum_to_positions", w, a, "sales without a position") for w, a in _pairs(lost)]
    joined = joined.filter(joined["place"].is_valid()).sort_by("place")
    p = _Columns(positions)
    wanted = {sale: p[name] for sale, name in _SUMS.items()}
    wanted["realized_quote_atoms"] = p["realized_quote_atoms"] + p["written_off_quote_atoms"]
    wanted["n"] = p["sells"] + p["settled"]
    for name, right in wanted.items():
        column = joined[f"{name}_sum"]
        left = np.where(np.asarray(column.is_null()), 0, ints(column))
        broken += _equal(f"sales_sum_to_positions:{name}", positions, left, right)
    return broken


def status_fits(positions: pa.Table, sells: pa.Table) -> list[Broken]:
    """Open and partial books hold something; closed ones hold nothing but dust; what has no mark has no unrealized."""
    held = ints(positions["held_atoms"])
    status = np.array(positions["status"].to_pylist(), dtype=object)
    dust = np.array(["dust" in flags for flags in positions["flags"].to_pylist()], np.bool_)
    live = np.isin(status.astype(str), ("open", "partial", "rugged"))
    fits = np.where(live, held > 0, (held == 0) | dust)
    zeros = np.zeros_like(held)
    broken = _must("status_fits", positions, fits.astype(np.bool_), held, zeros)
    nulls = [np.asarray(positions[name].is_null()) for name in ("mark_quote_atoms", "unrealized_quote_atoms")]
    return broken + _must("status_fits:mark", positions, nulls[0] == nulls[1], zeros, zeros)


LAWS: Final[tuple[Law, ...]] = (
    quantities_are_kept, cost_is_kept, sold_has_three_parts, charges_stand_apart, nothing_is_negative,
    sales_earn_their_difference, sales_sum_to_positions, status_fits,
)  # fmt: skip


def whole_is_its_parts(whole: pa.Table, parts: Iterable[pa.Table]) -> list[str]:
    """Columns of integers whose sum over the parts is not that of the whole (modulo 2^64), and the number of rows."""
    tables = list(parts)
    wrong = [] if whole.num_rows == sum(table.num_rows for table in tables) else ["rows"]
    for field in whole.schema:
        if pa.types.is_integer(field.type) and field.name.endswith(("_atoms", "_usd", "buys", "sells")):
            total = sum(int(_wrapped(table[field.name])) for table in tables) % 2**64
            if total != int(_wrapped(whole[field.name])) % 2**64:
                wrong.append(field.name)
    return wrong


def _wrapped(column: pa.ChunkedArray) -> np.int64:
    values = np.where(np.asarray(column.is_null()), 0, ints(column))
    return np.int64(values.sum())


def audit(books: Books) -> list[Broken]:
    """Re-book with the plain oracle and compare every figure; also that each sale's parts add up to its money."""
    broken = check(books.positions, books.sells)
    rows, booked = books.rows.rows, books.booked
    lines = zip(*(column.tolist() for column in rows), strict=True)
    figures, sales = oracle.book(lines, str(booked.method))
    unsound = set(np.flatnonzero(booked.overflowed | books.rows.void).tolist())
    mine = {name: column.tolist() for name, column in booked.positions.items()}
    names = books.rows.wallet.tolist(), books.rows.asset.tolist()
    for number, want in figures.items():
        wrong = [name for name, value in want.items() if mine[name][number] != value]
        if wrong and number not in unsound:
            detail = ", ".join(f"{name} {mine[name][number]} against {want[name]}" for name in wrong)
            broken.append(Broken("kernel_equals_oracle", names[0][number], names[1][number], detail))
    return broken + _audit_sales(books, sales, unsound)


def _audit_sales(books: Books, sales: list[oracle.Sale], unsound: set[int]) -> list[Broken]:
    broken: list[Broken] = []
    rows, booked = books.rows.rows, books.booked
    mine = {name: column.tolist() for name, column in booked.sales.items()}
    if len(mine["row"]) != len(sales):
        broken.append(Broken("kernel_equals_oracle", None, None, f"{len(mine['row'])} sales against {len(sales)}"))
        return broken
    for i, want in enumerate(sales):
        book = int(rows.position[want["row"]])
        if book in unsound:
            continue
        parts = sum(mine[name][i] for name in ("proceeds", "unknown_proceeds", "unmatched_proceeds"))
        money = int(rows.money[want["row"]]) if rows.kind[want["row"]] == Kind.SELL else parts
        if parts != money or any(mine[name][i] != value for name, value in want.items()):
            detail = f"sale of row {want['row']}: {parts} of {money}"
            broken.append(Broken("kernel_equals_oracle", int(books.rows.wallet[book]), int(books.rows.asset[book]), detail))
    return broken


def _pairs(table: pa.Table) -> list[tuple[Any, Any]]:
    return list(zip(table["wallet"].to_pylist(), table["asset"].to_pylist(), strict=True))


class _Columns:
    """Integer columns of a table by name; null counts 0."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def __getitem__(self, name: str) -> Ints:
        column = self._table[name]
        return np.where(np.asarray(column.is_null()), 0, ints(column))
