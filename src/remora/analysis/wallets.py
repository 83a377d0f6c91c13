"""Statistics of wallets: one row per wallet, venue, category and window, each figure with the number it rests on.

Groups. `category` 'all' holds every position of the wallet on that venue; named categories hold the positions of
markets of that category. `window` 7d, 30d, 90d holds the positions that ended inside it: by their last sale, or, for
a rug, by the last trade of its token; 'all' holds all, also those never sold. Every figure is about whole positions.

Definitions. Money is base units of the venue's home quote unless the name says micro_usd.
invested: cost of all buys. returned: matched proceeds. roi: realized / cost of what was sold or written off.
A bet is all that a wallet did in one market of Polymarket (its outcomes net of each other), or one token elsewhere. It
is decided when nothing of it is open and something of known cost was sold, paid out or written off; a win is one with
realized > 0. profit_factor: gains / losses of decided bets. Best, worst, mean, runs: of decided bets.
Days and months are UTC, over sales (what a rug wrote off has no sale). A day's return: realized / cost of what was
sold that day. sharpe: mean / sample standard deviation of the returns of days with sales (not annualised), null
below two such days or without variation. max_drawdown: largest fall of the running sum of realized, from 0 on.
Runs: decided bets by their end. mean_hold_seconds: weighted by cost. graduated_win_rate: over decided bets in
tokens that graduated. completeness: matched proceeds / all proceeds (1 where nothing was sold): the rest came from
lots never seen acquired or of unknown cost. realized_micro_usd is null where any position's dollars are unknown;
unrealized sums are over positions that have a mark (and dollars), beside the number of those that have none;
any sum beyond 64 bits is null. Ratios are floats; null where they would divide by nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from remora.analysis.columns import ints
from remora.analysis.curves import drawdowns, runs
from remora.analysis.exact import Bools, Ints, group_sums
from remora.analysis.names import NONE
from remora.model import ids, units

WINDOWS: Final = {"7d": 7 * units.DAY, "30d": 30 * units.DAY, "90d": 90 * units.DAY, "all": None}
ALL: Final = "all"
_DECIDED: Final = ("closed", "resolved", "rugged")
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Positions:
    """Columns of the table of positions, as arrays; `number` of a sale's position is its place here."""

    table: pa.Table
    who: Ints
    category: Ints
    ended: Ints
    decided: Bools
    live: Bools
    market: Ints
    graduated: Bools
    spent: Ints

    def column(self, name: str) -> Ints:
        return ints(self.table[name])


@dataclass(frozen=True)
class _Sales:
    position: Ints
    at: Ints
    realized: Ints
    cost: Ints


def statistics(
    positions: pa.Table, sells: pa.Table, *, as_of: int, categories: Mapping[Any, str] | None = None,
    graduated: Iterable[Any] = (), bet_venues: Iterable[Any] = (ids.POLYMARKET,),
) -> pa.Table:  # fmt: skip
    """One row per (wallet, venue, category, window) that holds at least one position.

    positions, sells: as `positions.book` gives them, with ids or with texts. categories: market -> category;
    graduated: assets; bet_venues: where outcomes of one market are one bet; all in the ids or texts the tables use.
    as_of: nanoseconds.
    """
    labels = sorted({*(categories or {}).values()} - {ALL})
    group_key, keys = _encode(positions, ("wallet", "venue"))
    found = _positions(positions, group_key, categories or {}, labels, set(graduated), set(bet_venues))
    sales = _sales(positions, sells)
    tables = []
    for window, length in WINDOWS.items():
        inside = np.ones(len(group_key), np.bool_) if length is None else found.ended > as_of - length
        tables.append(_slice(found, sales, inside, found.who, keys, [ALL], window))
        named = inside & (found.category >= 0)
        if named.any():
            who = found.who * len(labels) + found.category
            tables.append(_slice(found, sales, named, who, keys, labels, window))
    table = pa.concat_tables(tables)
    return table.sort_by([("wallet", "ascending"), ("venue", "ascending"), ("category", "ascending")])


def _encode(table: pa.Table, names: tuple[str, str]) -> tuple[Ints, list[tuple[Any, Any]]]:
    """(group number of each row, the pairs of values behind the numbers)."""
    first, second = (table[name].combine_chunks().dictionary_encode() for name in names)
    first, second = (c.combine_chunks() if isinstance(c, pa.ChunkedArray) else c for c in (first, second))
    wide = max(len(second.dictionary), 1)
    found, number = np.unique(ints(first.indices) * wide + ints(second.indices), return_inverse=True)
    words = first.dictionary.to_pylist(), second.dictionary.to_pylist()
    return number.astype(np.int64), [(words[0][code // wide], words[1][code % wide]) for code in found.tolist()]


def _positions(
    table: pa.Table, who: Ints, categories: Mapping[Any, str], labels: list[str], graduated: set[Any],
    bet_venues: set[Any],
) -> _Positions:  # fmt: skip
    status = np.asarray(table["status"].combine_chunks().cast(pa.string())).astype(object)
    rugged = status == "rugged"
    ended = ints(table["last_sale_at"])
    ended = np.where(rugged, np.maximum(ended, ints(table["mark_at"])), ended)
    spent = ints(table["cost_quote_atoms"]) - ints(table["cost_left_quote_atoms"]) - ints(table["sent_cost_quote_atoms"])
    touched = (ints(table["matched_sold_atoms"]) > 0) | (ints(table["written_off_quote_atoms"]) > 0)
    place = {label: number for number, label in enumerate(labels)}
    market = [place.get(categories.get(value, ALL), -1) for value in table["market"].to_pylist()]
    has = [value in graduated for value in table["asset"].to_pylist()] if graduated else [False] * len(who)
    live = np.isin(status.astype(str), ("open", "partial"))
    return _Positions(
        table, who, np.array(market, np.int64), ended, touched & ~live, live, _bets(table, bet_venues),
        np.array(has, np.bool_), spent,
    )  # fmt: skip


def _bets(table: pa.Table, venues: set[Any]) -> Ints:
    """A number per market of the given venues; every other position is a bet of its own."""
    encoded = table["market"].combine_chunks().dictionary_encode()
    encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    nameless = np.array([value in (None, NONE) for value in encoded.dictionary.to_pylist()] + [True], np.bool_)
    number = np.where(ints(encoded.indices) < 0, len(nameless) - 1, ints(encoded.indices))
    elsewhere = np.array([venue not in venues for venue in table["venue"].to_pylist()], np.bool_)
    return np.where(nameless[number] | elsewhere, -1 - np.arange(len(number)), number)


def _sales(positions: pa.Table, sells: pa.Table) -> _Sales:
    both = pa.concat_tables([table.select(["wallet", "asset"]) for table in (positions, sells)])
    number, pairs = _encode(both, ("wallet", "asset"))
    place = np.zeros(len(pairs), np.int64)
    place[number[: positions.num_rows]] = np.arange(positions.num_rows)
    return _Sales(
        place[number[positions.num_rows :]], ints(sells["happened_at"]), ints(sells["realized_quote_atoms"]),
        ints(sells["cost_quote_atoms"]),
    )  # fmt: skip


def _slice(
    found: _Positions, sales: _Sales, inside: Bools, who: Ints, keys: list[tuple[Any, Any]], labels: list[str], window: str
) -> pa.Table:
    """Statistics of one window: groups are `who` (wallet and venue, times labels) among the positions inside."""
    codes, group = np.unique(who[inside], return_inverse=True)
    group = group.astype(np.int64)
    size = len(codes)
    full = np.full(len(who), -1, np.int64)
    full[inside] = group
    here = _Positions(
        found.table.filter(pa.array(inside)), group, found.category[inside], found.ended[inside], found.decided[inside],
        found.live[inside], found.market[inside], found.graduated[inside], found.spent[inside],
    )  # fmt: skip
    sold = full[sales.position] >= 0
    those = _Sales(full[sales.position][sold], sales.at[sold], sales.realized[sold], sales.cost[sold])
    pairs = [keys[code // len(labels)] for code in codes.tolist()]
    first = {
        "wallet": pa.array([pair[0] for pair in pairs], found.table.schema.field("wallet").type),
        "venue": pa.array([pair[1] for pair in pairs], found.table.schema.field("venue").type),
        "category": pa.array([labels[code % len(labels)] for code in codes.tolist()], pa.string()),
        "window": pa.array([window] * size, pa.string()),
    }
    columns = first | _counts(here, size) | _money(here, size) | _decided(here, size) | _in_time(those, size)
    return pa.table(columns | _completeness(here, size))


def _counts(here: _Positions, size: int) -> dict[str, pa.Array]:
    status = np.asarray(here.table["status"].combine_chunks().cast(pa.string())).astype(str)
    counts = {"positions": np.ones(len(status), np.bool_), "open_positions": np.isin(status, ("open", "partial"))}
    counts |= {f"{name}_positions": status == name for name in _DECIDED}
    columns = {name: pa.array(np.bincount(here.who[mask], minlength=size), pa.int64()) for name, mask in counts.items()}
    for name in ("buys", "sells"):
        columns[name] = _sum(here, here.column(name), size)
    return columns


def _sum(here: _Positions, values: Ints, size: int, unknown: Bools | None = None) -> pa.Array:
    """Sum by group; null where a summand is unknown or the sum leaves 64 bits."""
    sums, fits = group_sums(here.who, values, size)
    if unknown is not None:
        fits = fits & (np.bincount(here.who[unknown], minlength=size) == 0)
    return pa.array(sums, pa.int64(), mask=~fits)


def _money(here: _Positions, size: int) -> dict[str, pa.Array]:
    no_dollars = np.asarray(here.table["realized_micro_usd"].is_null())
    no_mark = np.asarray(here.table["unrealized_quote_atoms"].is_null())
    marked = np.where(no_mark, 0, here.column("unrealized_quote_atoms"))
    columns = {
        name: _sum(here, here.column(source), size)
        for name, source in (
            ("realized_quote_atoms", "realized_quote_atoms"), ("charges_quote_atoms", "charges_quote_atoms"),
            ("realized_all_in_quote_atoms", "realized_all_in_quote_atoms"), ("invested_quote_atoms", "cost_quote_atoms"),
            ("returned_quote_atoms", "proceeds_quote_atoms"), ("cost_left_quote_atoms", "cost_left_quote_atoms"),
        )
    }  # fmt: skip
    columns["unrealized_quote_atoms"] = _sum(here, marked, size)
    columns["unmarked_positions"] = pa.array(np.bincount(here.who[no_mark], minlength=size), pa.int64())
    columns["oldest_mark_age_seconds"] = _oldest_mark(here, size)
    unvalued = np.asarray(here.table["unrealized_micro_usd"].is_null())
    in_dollars = np.where(unvalued, 0, here.column("unrealized_micro_usd"))
    columns["unrealized_micro_usd"] = _sum(here, in_dollars, size)
    columns["positions_without_unrealized_usd"] = pa.array(np.bincount(here.who[unvalued], minlength=size), pa.int64())
    columns["realized_micro_usd"] = _sum(here, here.column("realized_micro_usd"), size, no_dollars)
    columns["positions_without_usd"] = pa.array(np.bincount(here.who[no_dollars], minlength=size), pa.int64())
    realized, spent = (_float_sum(here.who, v, size) for v in (here.column("realized_quote_atoms"), here.spent))
    columns["roi"] = _ratio(realized, spent)
    hold = here.column("held_seconds_weighted").astype(np.float64) * here.spent
    columns["mean_hold_seconds"] = _ratio(np.bincount(here.who, hold, size).astype(np.float64), spent)
    return columns


def _oldest_mark(here: _Positions, size: int) -> pa.Array:
    """Age of the oldest price that open positions are valued at; null where none is."""
    oldest = np.full(size, -1, np.int64)
    is_open = here.column("held_atoms") > 0
    np.maximum.at(oldest, here.who[is_open], here.column("mark_age_seconds")[is_open])
    return pa.array(oldest, pa.int64(), mask=oldest < 0)


def _float_sum(group: Ints, values: Ints, size: int) -> Floats:
    return np.bincount(group, values.astype(np.float64), size).astype(np.float64)


def _count(group: Ints, size: int) -> Floats:
    return np.bincount(group, minlength=size).astype(np.float64)


def _ratio(above: Floats, below: Floats) -> pa.Array:
    none = below == 0
    return pa.array(above / np.where(none, 1, below), pa.float64(), mask=none)


def _decided_bets(here: _Positions) -> tuple[Ints, Ints, Ints, Bools]:
    """(group, realized, end, graduated) of every decided bet; a bet whose sum leaves 64 bits is left out."""
    order = np.lexsort((here.market, here.who))
    who, market = here.who[order], here.market[order]
    new = np.ones(len(who), np.bool_)
    new[1:] = (who[1:] != who[:-1]) | (market[1:] != market[:-1])
    bet, size = np.cumsum(new) - 1, int(new.sum())
    realized, fits = group_sums(bet, here.column("realized_quote_atoms")[order], size)
    touched, live, grown = (np.bincount(bet[c[order]], minlength=size) > 0 for c in (here.decided, here.live, here.graduated))
    ended = np.full(size, -1, np.int64)
    np.maximum.at(ended, bet, here.ended[order])
    keep = touched & ~live & fits
    return who[new][keep], realized[keep], ended[keep], grown[keep]


def _decided(here: _Positions, size: int) -> dict[str, pa.Array]:
    who, realized, ended, grown = _decided_bets(here)
    won, lost = realized > 0, realized < 0
    n, wins, losses = (_count(w, size) for w in (who, who[won], who[lost]))
    gains, pains = _float_sum(who[won], realized[won], size), _float_sum(who[lost], -realized[lost], size)
    grown_n, grown_wins = (_count(w, size) for w in (who[grown], who[grown & won]))
    order = np.lexsort((realized, ended, who))
    winning, losing = runs(who[order], realized[order], size)
    best, worst = _extremes(who, realized, size)
    whole = {"decided_bets": n, "wins": wins, "losses": losses, "graduated_decided": grown_n}
    columns = {name: pa.array(values.astype(np.int64), pa.int64()) for name, values in whole.items()}
    columns |= {
        "win_rate": _ratio(wins, n), "profit_factor": _ratio(gains, pains), "mean_win_quote_atoms": _ratio(gains, wins),
        "mean_loss_quote_atoms": _ratio(-pains, losses), "best_quote_atoms": pa.array(best, pa.int64(), mask=n == 0),
        "worst_quote_atoms": pa.array(worst, pa.int64(), mask=n == 0), "longest_winning_run": pa.array(winning, pa.int64()),
        "longest_losing_run": pa.array(losing, pa.int64()),
        "graduated_win_rate": _ratio(grown_wins, grown_n),
    }  # fmt: skip
    return columns


def _in_time(those: _Sales, size: int) -> dict[str, pa.Array]:
    """Figures over sales in time; sales without an instant are left out. `position` holds the group here."""
    timed = those.at > 0
    group, at, realized, cost = (c[timed] for c in (those.position, those.at, those.realized, those.cost))
    owner, gain, spent, fits = _by_period(group, at // units.DAY, realized, cost)
    paid = fits & (spent > 0)
    returns, of = gain[paid] / spent[paid], owner[paid]
    days = np.bincount(of, minlength=size)
    mean = np.bincount(of, returns, size) / np.maximum(days, 1)
    spread = np.bincount(of, (returns - mean[of]) ** 2, size)
    deviation = np.sqrt(spread / np.maximum(days - 1, 1))
    months = (at.astype("datetime64[ns]").astype("datetime64[M]")).astype(np.int64)
    owner, gain, _, month_fits = _by_period(group, months, realized, cost)
    best, worst = _extremes(owner, gain, size)
    none = (np.bincount(owner, minlength=size) == 0) | (np.bincount(owner[~month_fits], minlength=size) > 0)
    order = np.lexsort((at, group))
    fall, fits = drawdowns(group[order], at[order], realized[order], size)
    return {
        "active_days": pa.array(days, pa.int64()),
        "sharpe": pa.array(mean / np.where(deviation > 0, deviation, 1), pa.float64(), mask=(days < 2) | (deviation <= 0)),
        "max_drawdown_quote_atoms": pa.array(fall, pa.int64(), mask=~fits),
        "best_month_quote_atoms": pa.array(best, pa.int64(), mask=none),
        "worst_month_quote_atoms": pa.array(worst, pa.int64(), mask=none),
        "active_months": pa.array(np.bincount(owner, minlength=size), pa.int64()),
    }


def _by_period(group: Ints, period: Ints, realized: Ints, cost: Ints) -> tuple[Ints, Ints, Ints, Bools]:
    """(group, realized, cost, sums fit) summed by group and period."""
    order = np.lexsort((period, group))
    group, period = group[order], period[order]
    new = np.ones(len(group), np.bool_)
    new[1:] = (group[1:] != group[:-1]) | (period[1:] != period[:-1])
    place, size = np.cumsum(new) - 1, int(new.sum())
    gain, gain_fits = group_sums(place, realized[order], size)
    spent, spent_fits = group_sums(place, cost[order], size)
    return group[new], gain, spent, gain_fits & spent_fits


def _extremes(group: Ints, values: Ints, size: int) -> tuple[Ints, Ints]:
    """(largest, smallest) value by group."""
    limits = np.iinfo(np.int64)
    best, worst = np.full(size, limits.min, np.int64), np.full(size, limits.max, np.int64)
    np.maximum.at(best, group, values)
    np.minimum.at(worst, group, values)
    return best, worst


def _completeness(here: _Positions, size: int) -> dict[str, pa.Array]:
    names = ("proceeds_quote_atoms", "unmatched_proceeds_quote_atoms", "unknown_cost_proceeds_quote_atoms")
    matched, unmatched, unknown = (_float_sum(here.who, np.maximum(here.column(name), 0), size) for name in names)
    total = matched + unmatched + unknown
    count = _count(here.who, size)
    assumed = np.asarray(here.table["order"].combine_chunks().cast(pa.string())).astype(str) == "assumed"
    return {
        "completeness": pa.array(np.where(total > 0, matched / np.where(total > 0, total, 1), 1.0), pa.float64()),
        "unmatched_share": _ratio(unmatched, total),
        "unknown_cost_share": _ratio(unknown, total),
        "unpriced_trades": _sum(here, here.column("unpriced_trades"), size),
        "assumed_order_share": _ratio(_count(here.who[assumed], size), count),
    }
