"""How a `Past` is made: trades and bookings part by part, then the other tables, and in the end ranks in place of ids.

builder = Builder(world)                      # the world the parts were booked with
for trades, booked in parts: builder.add(trades, booked)
past = builder.build(names, About(...))       # names: id -> text of `builder.ids()`
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from remora.analysis import describe
from remora.analysis.assemble import ALIASES, World, home_of, in_home
from remora.analysis.columns import UNKNOWN, ints
from remora.analysis.convert import NO_REFERENCE
from remora.analysis.exact import Ints
from remora.analysis.figures import RUGGED, STATUSES
from remora.analysis.past import POLYMARKET, POSITION_COLUMNS, SELL, SOLANA, Past, Sales, Tape
from remora.analysis.positions import Books
from remora.model import ids, units

_TAPE: Final = {
    "wallet": np.int32, "asset": np.int32, "market": np.int32, "venue": np.int8, "side": np.int8, "quantity": np.int64,
    "money": np.int64, "fee": np.int64, "at": np.int64, "slot": np.int64, "tx_index": np.int32, "ordinal": np.int64,
    "tx": np.int64, "row": np.int64,
}  # fmt: skip
_TEXTS: Final = ("wallet", "asset", "market")
Columns = dict[str, Ints]


@dataclass(frozen=True)
class About:
    """What is known beside the trades, as rows of `Ledger.table` cut at T. as_of: nanoseconds. version: the ledger's.

    infrastructure: address -> what it is. rug_quiet_hours: when a collapsed token was written off (PNL-10).
    """

    as_of: int
    version: int
    tables: Mapping[str, pa.Table]
    infrastructure: Mapping[str, str] = field(default_factory=dict)
    rug_quiet_hours: int = 24


class Builder:
    """Takes the parts of a booking and gives the past. `names` of ids come at the end, once."""

    def __init__(self) -> None:
        self._prices = NO_REFERENCE
        self._tape: list[Columns] = []
        self._positions: list[pa.Table] = []
        self._sales: list[Columns] = []
        self._minted: dict[str, int] = {}

    def add(self, trades: pa.Table, world: World, booked: Books) -> None:
        """Trades of `Ledger.book_trades`, the world they were booked in, and what they were booked to."""
        self._prices = world.reference
        self._tape.append(tape_columns(trades, world))
        minted = {own: self._minted.setdefault(text, -2 - len(self._minted)) for own, text in booked.minted.items()}
        self._positions.append(narrow(booked.positions, world.names.id(ids.POLYMARKET), minted))
        sells = booked.sells
        self._sales.append({
            "key": key(ints(sells["wallet"]), _exchanged(ints(sells["asset"]), minted)), "at": ints(sells["happened_at"]),
            "realized": ints(sells["realized_quote_atoms"]), "cost": ints(sells["cost_quote_atoms"]),
        })  # fmt: skip

    def ids(self) -> list[int]:
        """Dictionary ids whose texts `build` needs."""
        return sorted({i for name in _TEXTS for i in self._present(name) if i >= 0})

    def build(self, names: Mapping[int, str], about: About) -> Past:
        """The past. Empty parts give an empty one."""
        texts = {**names, **{own: text for text, own in self._minted.items()}}
        used = {name: self._used(name, texts) for name in _TEXTS}
        found = describe.Dictionaries(used["wallet"], used["asset"], self._conditions(used["market"], texts), about.tables)
        lookups = {name: _Lookup(texts, getattr(found, f"{name}s")) for name in _TEXTS}
        tape = self._join_tape(lookups)
        positions, keys = self._join_positions(lookups)
        sales = self._join_sales(lookups, positions, keys, about)
        questions = describe.questions(about.tables, found, about.as_of)
        prices = self._prices
        return Past(
            as_of=about.as_of, version=about.version, wallets=found.wallets, assets=found.assets, markets=found.markets,
            tape=tape, positions=positions, sales=sales, moves=describe.moves(about.tables, found),
            tokens=describe.tokens(about.tables, found, questions), questions=questions,
            seen=describe.seen(about.tables, found), labels=describe.labels(about.tables, found),
            infrastructure=describe.infrastructure(about.infrastructure, found),
            prices=(prices.at, _micro_usd(prices.micro_usd, prices.lamports)),
        )  # fmt: skip

    def _used(self, name: str, texts: Mapping[int, str]) -> set[str]:
        return {texts[i] for i in self._present(name) if i in texts}

    def _present(self, name: str) -> list[int]:
        """Ids that occur in a column: marked, not sorted, for there are millions."""
        columns = [part[name] for part in self._tape] + [ints(table[name]) for table in self._positions]
        lowest = min((int(column.min()) for column in columns if len(column)), default=0)
        there = np.zeros(max((int(column.max()) for column in columns if len(column)), default=lowest) - lowest + 1, np.bool_)
        for column in columns:
            there[column - lowest] = True
        return (np.flatnonzero(there) + lowest).tolist() if any(map(len, columns)) else []

    def _conditions(self, markets: set[str], texts: Mapping[int, str]) -> set[str]:
        """Only Polymarket's markets are questions; a curve or pool is the token's own."""
        there: set[int] = set()
        for table in self._positions:
            mine = ints(table["venue"]) == POLYMARKET
            there.update(np.unique(ints(table["market"])[mine]).tolist())
        for columns in self._tape:
            there.update(np.unique(columns["market"][columns["venue"] == POLYMARKET]).tolist())
        return markets & {texts[i] for i in there if i in texts}

    def _join_tape(self, lookups: Mapping[str, _Lookup]) -> Tape:
        """Column by column, and each is let go when it stands: twice the tape would be too much memory."""
        ranked = {name: lookups[name].ranks(self._taken(name)) for name in _TEXTS}
        order = np.argsort(key(ranked["wallet"], ranked["asset"]), kind="stable")
        columns = {name: ranked.pop(name)[order] for name in _TEXTS}
        for name in _TAPE:
            if name not in columns:
                columns[name] = self._taken(name)[order]
        self._tape.clear()
        return Tape(**{name: np.ascontiguousarray(columns[name], kind) for name, kind in _TAPE.items()})

    def _taken(self, name: str) -> Ints:
        return _concat([part.pop(name) for part in self._tape], _TAPE[name])

    def _join_positions(self, lookups: Mapping[str, _Lookup]) -> tuple[pa.Table, Ints]:
        """(positions with ranks in order, the keys of the ids they had, in the same order)."""
        if not self._positions:
            return pa.schema(list(POSITION_COLUMNS.items())).empty_table(), np.zeros(0, np.int64)
        table = pa.concat_tables(self._positions)
        self._positions.clear()
        before = key(ints(table["wallet"]), ints(table["asset"]))
        ranked = {name: lookups[name].ranks(ints(table[name])) for name in _TEXTS}
        order = np.argsort(key(ranked["wallet"], ranked["asset"]), kind="stable")
        place, columns = pa.array(order), {}
        for name, kind in POSITION_COLUMNS.items():
            column = pa.array(ranked[name], kind) if name in ranked else table[name]
            table = table.drop_columns([name])
            columns[name] = column.take(place)
        return pa.table(columns).combine_chunks(), before[order]

    def _join_sales(self, lookups: Mapping[str, _Lookup], positions: pa.Table, keys: Ints, about: About) -> Sales:
        columns = {
            name: _concat([part.pop(name) for part in self._sales], np.int64) for name in ("key", "at", "realized", "cost")
        }
        self._sales.clear()
        by_key = np.argsort(keys, kind="stable")
        position = by_key[np.searchsorted(keys, columns["key"], sorter=by_key)] if len(keys) else columns["key"]
        gone = np.flatnonzero(ints(positions["status"]) == RUGGED)
        lost = ints(positions["written_off_quote_atoms"])[gone]
        when = np.minimum(ints(positions["mark_at"])[gone] + about.rug_quiet_hours * units.HOUR, about.as_of)
        position = np.concatenate((position, gone))
        at = np.concatenate((columns["at"], when))
        realized = np.concatenate((columns["realized"], -lost))
        cost = np.concatenate((columns["cost"], lost))
        order = in_order(position, (at, realized, cost))
        return Sales(position[order], at[order], realized[order], cost[order])


class _Lookup:
    """Ids -> ranks in a sorted list of texts; -1 where the text is not in it."""

    def __init__(self, texts: Mapping[int, str], ranked: list[str]) -> None:
        self._low = min((i for i in texts), default=0)
        size = max(texts, default=0) - self._low + 1
        place = pc.index_in(pa.array(list(texts.values()), pa.string()), value_set=pa.array(ranked, pa.string()))
        self._rank = np.full(size, UNKNOWN, np.int32)
        self._rank[np.fromiter(texts, np.int64, len(texts)) - self._low] = ints(place)
        self._known = bool(texts)

    def ranks(self, found: Ints) -> Ints:
        """The rank of each id."""
        if not self._known:
            return np.full(len(found), UNKNOWN, np.int32)
        place = found.astype(np.int64) - self._low
        inside = (place >= 0) & (place < len(self._rank)) & (found != UNKNOWN)
        return np.where(inside, self._rank[np.where(inside, place, 0)], UNKNOWN).astype(np.int32)


def key(first: NDArray[np.signedinteger[Any]], second: NDArray[np.signedinteger[Any]]) -> Ints:
    """One ascending key per pair of 32-bit numbers."""
    return (first.astype(np.int64) << 32) + (second.astype(np.int64) + (1 << 31))


def _exchanged(values: Ints, new: Mapping[int, int]) -> Ints:
    """Values with some of them replaced."""
    if not new:
        return values
    changed = values.copy()
    for old, value in new.items():
        changed[values == old] = value
    return changed


def in_order(first: Ints, rest: tuple[Ints, ...]) -> Ints:
    """The order of (first, *rest): what is already in order within equal `first`, which is nearly all, is not sorted again."""
    order = np.argsort(first, kind="stable")
    group = first[order]
    wrong, same = np.zeros(max(len(order) - 1, 0), np.bool_), group[1:] == group[:-1]
    for column in rest:
        values = column[order]
        wrong |= same & (values[1:] < values[:-1])
        same &= values[1:] == values[:-1]
    again = np.flatnonzero(np.isin(group, group[1:][wrong]))
    some = order[again]
    order[again] = some[np.lexsort([column[some] for column in (*rest[::-1], first)])]
    return order


def _concat(parts: list[Ints], kind: type) -> Ints:
    return np.concatenate(parts) if parts else np.zeros(0, kind)


def _micro_usd(micro_usd: Ints, lamports: Ints) -> Ints:
    """Micro-dollars per SOL."""
    return micro_usd if not len(lamports) else micro_usd * units.LAMPORTS_PER_SOL // lamports


def tape_columns(trades: pa.Table, world: World) -> Columns:
    """The trades with a price, their money in the home quote; ids as they come."""
    raw = {name: ints(trades[name]) for name in trades.column_names if name not in ("placed", "program")}
    raw.setdefault("tx", np.full(trades.num_rows, UNKNOWN, np.int64))
    aliases = {world.names.id(text): world.names.id(quote) for text, quote in ALIASES.items()}
    money_itself = np.isin(raw["asset"], [*aliases, *(world.names.id(text) for text in units.QUOTE_DECIMALS)])
    for alias, quote in aliases.items():
        raw["quote"] = np.where(raw["quote"] == alias, quote, raw["quote"])
    home = home_of(raw["venue"], world.names)
    money, priced, _ = in_home(raw["quote_atoms"], raw["quote"], home, raw["happened_at"], world)
    fee, _, _ = in_home(raw["venue_fee_quote_atoms"], raw["quote"], home, raw["happened_at"], world)
    kept = priced & ~money_itself & (money > 0) & (raw["quantity_atoms"] > 0) & (raw["happened_at"] > 0)
    venue = np.where(raw["venue"] == world.names.id(ids.POLYMARKET), POLYMARKET, SOLANA)
    columns = {
        "wallet": raw["wallet"], "asset": raw["asset"], "market": raw["market"], "venue": venue, "side": raw["side"],
        "quantity": raw["quantity_atoms"], "money": money, "fee": np.where(raw["side"] == SELL, np.minimum(fee, money), fee),
        "at": raw["happened_at"], "slot": raw["slot"], "tx_index": raw["tx_index"], "ordinal": raw["ordinal"],
        "tx": raw["tx"], "row": raw["row"],
    }  # fmt: skip
    columns["market"] = np.where(venue == POLYMARKET, columns["market"], UNKNOWN)
    return {name: column[kept].astype(_TAPE[name]) for name, column in columns.items()}


def narrow(positions: pa.Table, polymarket: int, minted: Mapping[int, int]) -> pa.Table:
    """The columns of `POSITION_COLUMNS`, codes in place of words. polymarket: the id of that venue.

    minted: ids of texts that no dictionary knows -> ids that hold for all parts.
    """
    columns = {}
    for name, kind in POSITION_COLUMNS.items():
        column = positions[name]
        if name == "status":
            column = pc.index_in(column.cast(pa.string()), value_set=pa.array(STATUSES))
        if name == "venue":
            column = pc.equal(column, polymarket)
        if name in _TEXTS and minted:
            column = pa.array(_exchanged(ints(column), minted))
        columns[name] = column.cast(kind)
    return pa.table(columns)
