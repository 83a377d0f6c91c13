"""From booked sums to the columns of `positions`: status, charges, marks, dollars, flags."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from remora.analysis.assemble import BIT, FLAGS, Assembled, World
from remora.analysis.columns import ints
from remora.analysis.dollars import Dollars
from remora.analysis.exact import Bools, Ints, add_each, group_sums, mul_div_each
from remora.analysis.lots import Booked, Method
from remora.analysis.names import Names
from remora.model import units

STATUSES: Final = ("open", "partial", "closed", "rugged", "resolved")
OPEN, PARTIAL, CLOSED, RUGGED, RESOLVED = range(5)
CHARGED: Final = ("network", "priority", "tip", "bot")
"""Charges that enter the all-in result; rent and refunds never do."""
DUST_PARTS: Final = 10_000
"""What is left is dust when it is less than one part in so many of all that was acquired."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How to book. as_of: nanoseconds; None: ages and rugs are unknown. The rug rule is PNL-10's."""

    method: Method = Method.FIFO
    as_of: int | None = None
    rug_quiet_hours: int = 24
    rug_fall_percent: int = 95


@dataclass
class Valued:
    """What is held at its mark. known: a price in the home quote exists; collapsed: the rug rule applies."""

    all_held: Ints
    known_cost_held: Ints
    known: Bools
    at: Ints
    name: pa.Array
    collapsed: Bools


def figures_of(
    rows: Assembled, booked: Booked, dollars: Dollars, charges: pa.Table | None, world: World, rules: Rules
) -> tuple[dict[str, pa.Array], Bools]:
    """(columns of every book, which books are sound: no sum left 64 bits)."""
    p = booked.positions
    charged, sound = _charges(charges, rows, world.names)
    sound &= ~booked.overflowed & ~rows.void
    valued = _marks(rows, p, world, rules)
    status = _status(rows, p, valued)
    rugged = status == RUGGED
    written_off = np.where(rugged, p["cost_left"], 0)
    realized, fits = add_each(p["realized"], -written_off)
    cost_left = p["cost_left"] - written_off
    all_in, all_in_fits = add_each(realized, -charged)
    unrealized, unrealized_fits = add_each(np.where(rugged, 0, valued.known_cost_held), -cost_left)
    marked = (valued.known | rugged | (p["held"] == 0)) & unrealized_fits
    sound &= fits & all_in_fits
    bits = rows.bits | _late_bits(rows, p, status, marked, dollars)
    usd = pc.subtract(dollars.realized, pc.if_else(pa.array(rugged), dollars.cost_left, 0))
    usd = pc.if_else(pa.array(rows.unpriced_trades > 0), pa.scalar(None, usd.type), usd)  # money nobody tells is no profit of 0
    n, arrays = rows.books, _int_arrays
    columns = arrays(venue=rows.venue, wallet=rows.wallet, asset=rows.asset, market=rows.market, quote=rows.home)
    columns["status"] = _words(STATUSES, status)
    columns |= arrays(
        buys=p["buys"], sells=p["sells"], bought_atoms=p["bought"], sold_atoms=p["sold"], received_atoms=p["received"],
        sent_atoms=p["sent"], held_atoms=p["held"], cost_quote_atoms=p["cost"], proceeds_quote_atoms=p["proceeds"],
        realized_quote_atoms=realized, cost_left_quote_atoms=cost_left, sent_cost_quote_atoms=p["sent_cost"],
        unmatched_sold_atoms=p["unmatched_sold"], unmatched_proceeds_quote_atoms=p["unmatched_proceeds"],
        unknown_cost_sold_atoms=p["unknown_sold"], unknown_cost_proceeds_quote_atoms=p["unknown_proceeds"],
        charges_quote_atoms=charged, realized_all_in_quote_atoms=all_in,
    )  # fmt: skip
    columns["mark_quote_atoms"] = pa.array(np.where(rugged, 0, valued.all_held), pa.int64(), mask=~marked)
    columns["unrealized_quote_atoms"] = pa.array(unrealized, pa.int64(), mask=~marked)
    columns["realized_usd"] = _as_dollars(usd)
    columns["first_at"], columns["last_at"] = _times(p["first_at"]), _times(p["last_at"])
    columns |= arrays(held_seconds_weighted=p["held_seconds"])
    columns["method"] = pa.array([str(booked.method)] * n, pa.string())
    columns["order"] = _words(("known", "assumed"), rows.assumed.astype(np.int64))
    columns["flags"] = _flag_lists(bits)
    columns |= arrays(
        held_unknown_cost_atoms=p["held_unknown"], matched_sold_atoms=p["matched_sold"],
        unmatched_sent_atoms=p["unmatched_sent"], unpriced_bought_atoms=rows.unpriced_bought,
        unpriced_sold_atoms=rows.unpriced_sold, unpriced_trades=rows.unpriced_trades,
        written_off_quote_atoms=written_off, settled=p["settled"],
    )  # fmt: skip
    columns["last_sale_at"] = _times(p["last_sale_at"])
    columns["mark"] = pc.if_else(pa.array(valued.known), valued.name, pa.scalar(None, pa.string()))
    columns["mark_at"] = pa.array(valued.at, pa.int64(), mask=~valued.known)
    columns["mark_age_seconds"] = _ages(valued, rules)
    columns["realized_micro_usd"] = usd
    columns["unrealized_micro_usd"] = _unrealized_usd(rows, valued, dollars, rugged, marked, world)
    return columns, sound


def _unrealized_usd(rows: Assembled, valued: Valued, dollars: Dollars, rugged: Bools, marked: Bools, world: World) -> pa.Array:
    """Value of what is held at known cost, in micro-dollars at the mark's time, minus its cost in dollars; null if unknown."""
    home_usd = rows.home == world.names.id(units.USDC)
    value = np.where(rugged, 0, valued.known_cost_held)
    in_usd, known = world.reference.to_usd(value, valued.at)
    in_usd = np.where(home_usd, value, in_usd)
    known = marked & (home_usd | known | (value == 0))
    left = np.asarray(dollars.cost_left.fill_null(0))
    gain, fits = add_each(in_usd, -np.where(rugged, 0, left))
    return pa.array(gain, pa.int64(), mask=~(known & fits & np.asarray(dollars.cost_left.is_valid())))


def _int_arrays(**columns: Ints) -> dict[str, pa.Array]:
    return {name: pa.array(column, pa.int64()) for name, column in columns.items()}


def _words(words: tuple[str, ...], places: Ints) -> pa.Array:
    return pa.array(words, pa.string()).take(pa.array(places, pa.int64()))


def _times(at: Ints) -> pa.Array:
    return pa.array(at, pa.int64(), mask=at <= 0)


def _as_dollars(micro: pa.Array) -> pa.Array:
    """Exact dollars: micro-dollars as a decimal of 6 digits."""
    return pc.multiply(pc.cast(micro, pa.decimal128(19, 0)), pa.scalar(Decimal("0.000001"), pa.decimal128(6, 6)))


def _ages(valued: Valued, rules: Rules) -> pa.Array:
    if rules.as_of is None:
        return pa.nulls(len(valued.at), pa.int64())
    return pa.array((rules.as_of - valued.at) // units.SECOND, pa.int64(), mask=~valued.known)


def _flag_lists(bits: Ints) -> pa.Array:
    sets, place = np.unique(bits, return_inverse=True)
    lists = [[name for name in FLAGS if BIT[name] & int(mask)] for mask in sets]
    return pa.array(lists, pa.list_(pa.string())).take(pa.array(place, pa.int64()))


def _charges(table: pa.Table | None, rows: Assembled, names: Names) -> tuple[Ints, Bools]:
    """Lamports charged per book (only books in SOL have any), and which sums fit."""
    if table is None or not table.num_rows or not rows.books:
        return np.zeros(rows.books, np.int64), np.ones(rows.books, np.bool_)
    if "kind" in table.column_names:  # rows of `Ledger.book_charges` are of these kinds alone
        table = table.filter(pc.and_(pc.is_in(table["kind"].cast(pa.string()), pa.array(CHARGED)), pc.is_valid(table["asset"])))
    wallet, asset = names.column(table["wallet"]), names.column(table["asset"])
    keys, wanted = _keys(rows.wallet, rows.asset), _keys(wallet, asset)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    hit = (keys[place] == wanted) & (rows.home[place] == names.id(units.SOL))
    lamports = ints(table["lamports"])
    return group_sums(place[hit], lamports[hit], rows.books)


def _keys(wallet: Ints, asset: Ints) -> Ints:
    """One ascending key per (wallet, asset): ids are 32-bit."""
    return (wallet << 32) + (asset + (1 << 31))


def _marks(rows: Assembled, p: dict[str, Ints], world: World, rules: Rules) -> Valued:
    marks = world.marks
    place, known = marks.find(rows.asset)
    if not len(marks.asset):
        none = np.zeros(rows.books, np.int64)
        return Valued(none, none, known, none, pa.nulls(rows.books, pa.string()), known)
    at, quote = marks.at[place], marks.quote[place]
    values: list[Ints] = []
    for held in (p["held"], p["held"] - p["held_unknown"]):
        value, fits = mul_div_each(marks.quote_atoms[place], held, marks.quantity_atoms[place])
        value, fits = _at_home(value, fits, quote, rows.home, at, world)
        known = known & fits
        values.append(value)
    collapsed = known & (rows.home == world.names.id(units.SOL)) & marks.collapsed(rules.rug_fall_percent)[place]
    quiet = rules.rug_quiet_hours * units.HOUR
    collapsed &= (at <= rules.as_of - quiet) if rules.as_of is not None else False
    return Valued(values[0], values[1], known, at, _words(marks.kinds, marks.name[place]), collapsed)


def _at_home(value: Ints, fits: Bools, quote: Ints, home: Ints, at: Ints, world: World) -> tuple[Ints, Bools]:
    sol, usdc, usd = (world.names.id(text) for text in (units.SOL, units.USDC, units.USD))
    dollars = (quote == usdc) | (quote == usd)
    same = (quote == home) | (dollars & (home == usdc))
    for here, change in (
        (dollars & (home == sol), world.reference.to_sol),
        ((quote == sol) & (home == usdc), world.reference.to_usd),
    ):
        if here.any():
            value[here], same[here] = change(value[here], at[here])
    return value, fits & same


def _status(rows: Assembled, p: dict[str, Ints], valued: Valued) -> Ints:
    held, gone = p["held"], (p["sold"] > 0) | (p["sent"] > 0)
    status = np.where(held == 0, CLOSED, np.where(gone, PARTIAL, OPEN))
    acquired = add_each(p["bought"], p["received"])[0]
    dust = gone & (held > 0) & (held < acquired // DUST_PARTS)
    status = np.where(dust, CLOSED, status)
    status = np.where((status <= PARTIAL) & valued.collapsed, RUGGED, status)
    redeemed = (held == 0) & ((rows.bits & (BIT["redeemed"] | BIT["inferred_outcome"])) != 0)
    return np.where((p["settled"] > 0) | redeemed, RESOLVED, status)


def _late_bits(rows: Assembled, p: dict[str, Ints], status: Ints, marked: Bools, dollars: Dollars) -> Ints:
    bits = np.zeros(rows.books, np.int64)
    unknown = (p["unknown_sold"] > 0) | (p["held_unknown"] > 0)
    for name, here in (
        ("unmatched", (p["unmatched_sold"] > 0) | (p["unmatched_proceeds"] != 0)),
        ("unmatched_sent", p["unmatched_sent"] > 0),
        ("unknown_cost", unknown),
        ("dust", (status == CLOSED) & (p["held"] > 0)),
        ("rugged", status == RUGGED),
        ("no_usd_price", np.asarray(pc.is_null(dollars.realized))),
        ("no_mark", ~marked),
    ):
        bits |= np.where(here, BIT[name], 0)
    return bits
