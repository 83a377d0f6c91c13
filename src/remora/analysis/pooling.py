"""A cluster is one trader: its members' trades are booked again as one book, transfers among them vanish (U-54).

Splitting money over wallets of one hand therefore changes nothing: cost, profit and holding come out as if one wallet
had done it all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from remora.analysis.columns import UNKNOWN, ints
from remora.analysis.events import Events
from remora.analysis.exact import Bools, Ints
from remora.analysis.gather import key
from remora.analysis.mates import bought_together
from remora.analysis.past import POSITION_COLUMNS, Ids, Labels, Moves, Past, Sales, Seen, Tape, Texts

_SALE = ("at", "realized", "cost")
_ORDER = ("wallet", "asset", "happened_at", "slot", "tx_index", "ordinal", "row")


@dataclass(frozen=True)
class Pooled:
    """The past of traders: clusters and the wallets that are in none. of: trader rank of each wallet rank.

    mates: rows of `past.positions` in whose token two members of the cluster bought within ten minutes of each other (U-17).
    """

    past: Past
    of: Ids
    mates: Bools


def together(trades: pa.Table, first: Mapping[int, int]) -> pa.Table:
    """Trades of `Ledger.book_trades` with each wallet id replaced by `first` of its group, sorted for booking."""
    wallet = ints(trades["wallet"])
    old = np.array(sorted(first), np.int64)
    new = np.array([first[i] for i in old.tolist()], np.int64)
    place = np.minimum(np.searchsorted(old, wallet), max(len(old) - 1, 0))
    joined = np.where(old[place] == wallet, new[place], wallet) if len(old) else wallet
    table = trades.set_column(trades.column_names.index("wallet"), "wallet", pa.array(joined, pa.int32()))
    return table.sort_by([(name, "ascending") for name in _ORDER])


def without_inner_moves(events: Events, first: Mapping[str, str]) -> Events:
    """Events with each address replaced by `first` of its group; what moved inside a group never happened."""
    changed: dict[str, pa.Table] = {}
    for name in Events.__dataclass_fields__:
        table = getattr(events, name)
        if table is None or name == "charges":
            continue
        for column in {"wallet", "sender", "receiver"} & set(table.column_names):
            texts = pa.array([first.get(text, text) for text in table[column].to_pylist()], pa.string())
            table = table.set_column(table.column_names.index(column), column, texts)
        if "sender" in table.column_names:
            table = table.filter(pc.fill_null(pc.not_equal(table["sender"], table["receiver"]), True))
        changed[name] = table
    return replace(events, **changed)


def charged_together(charges: pa.Table | None, first: Mapping[int, int]) -> pa.Table | None:
    """Charges with each wallet id replaced by `first` of its group."""
    if charges is None:
        return None
    wallets = pa.array([first.get(i, i) for i in charges["wallet"].to_pylist()], charges["wallet"].type)
    return charges.set_column(charges.column_names.index("wallet"), "wallet", wallets)


def pooled(take: Callable[[], Past], trader_of: Mapping[str, str], again: Past, names_again: Mapping[str, str]) -> Pooled:
    """The past of traders. trader_of: wallet -> cluster id, for wallets that are in one.

    take: gives the past of wallets. Who keeps no other hold of it lets it go column by column as that of traders stands:
    both at once would need twice the memory. again: a small past in which each cluster was booked as one wallet;
    names_again: that wallet's address -> cluster.
    """
    past = take()
    name_of = [trader_of.get(wallet, wallet) for wallet in past.wallets]
    names = sorted(set(name_of))
    ranked = pa.array(names, pa.string())
    of = ints(pc.index_in(pa.array(name_of, pa.string()), value_set=ranked)).astype(np.int32)
    inside = np.bincount(of, minlength=len(names))[of] > 1 if len(of) else np.zeros(0, np.bool_)
    inside |= np.array([name != own for name, own in zip(name_of, past.wallets, strict=True)], np.bool_)
    places = _places(again, names_again, past, names)
    together = bought_together(past.tape, of)
    parts: dict[str, Any] = {field.name: getattr(past, field.name) for field in fields(Past)}
    del past
    parts["wallets"] = names
    parts["positions"], parts["sales"] = _books(parts, of, inside, again, places)
    tokens = parts["tokens"]
    parts["tokens"] = replace(tokens, creator=_mapped(tokens.creator, of), signer=_mapped(tokens.signer, of))
    parts["tape"] = _tape(parts, of, inside)
    parts["moves"], parts["seen"] = _moves(parts["moves"], of), _seen(parts["seen"], of)
    parts["labels"] = _labels(parts["labels"], of)
    parts["infrastructure"] = {int(of[rank]): what for rank, what in parts["infrastructure"].items()}
    whole = Past(**parts)
    return Pooled(whole, of, np.isin((whole.column("wallet") << 32) + whole.column("asset"), together))


def _mapped(ranks: Ids, of: Ids) -> Ids:
    return np.where(ranks >= 0, of[np.maximum(ranks, 0)], UNKNOWN).astype(np.int32) if len(of) else ranks


def _places(again: Past, names_again: Mapping[str, str], past: Past, names: Texts) -> dict[str, Ids]:
    """Ranks of the small past's wallets, assets and markets in the large one."""
    own = [names_again.get(text, text) for text in again.wallets]
    pairs = {"wallet": (own, names), "asset": (again.assets, past.assets), "market": (again.markets, past.markets)}
    return {
        name: ints(pc.index_in(pa.array(few, pa.string()), value_set=pa.array(many, pa.string()))).astype(np.int32)
        for name, (few, many) in pairs.items()
    }


def _books(
    parts: dict[str, Any], of: Ids, inside: Bools, again: Past, places: Mapping[str, Ids]
) -> tuple[pa.Table, Sales]:  # fmt: skip
    """Positions and sales of traders; takes those of wallets out of `parts`."""
    mine, sales = parts.pop("positions"), parts.pop("sales")
    wallet = ints(mine["wallet"])
    kept = ~inside[wallet] if len(wallet) else np.zeros(0, np.bool_)
    mine = mine.filter(pa.array(kept))
    mine = mine.set_column(0, "wallet", pa.array(of[ints(mine["wallet"])], pa.int32()))
    theirs = again.positions
    for name, ranks in places.items():
        column = pa.array(_mapped(ints(theirs[name]).astype(np.int32), ranks), POSITION_COLUMNS[name])
        theirs = theirs.set_column(theirs.column_names.index(name), name, column)
    table = pa.concat_tables([mine, theirs.select(mine.column_names)])
    del mine, theirs
    order = np.argsort(key(ints(table["wallet"]), ints(table["asset"])), kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    new = np.full(len(kept), UNKNOWN, np.int64)
    new[kept] = place[: int(kept.sum())]
    columns: dict[str, pa.ChunkedArray] = {}
    for name in table.column_names:  # one at a time: the whole table twice would be too much memory
        column, table = table[name], table.drop_columns([name])
        columns[name] = column.take(pa.array(order))
    return pa.table(columns).combine_chunks(), _sales(sales, new, again.sales, place[int(kept.sum()) :])


def _sales(sales: Sales, new: Ints, again: Sales, place: Ints) -> Sales:
    kept = new[sales.position] >= 0 if len(new) else np.zeros(0, np.bool_)
    position = np.concatenate((new[sales.position[kept]], place[again.position]))
    order = np.argsort(position, kind="stable")  # a position's sales are in order on either side, and all on one of them
    columns = {name: np.concatenate((getattr(sales, name)[kept], getattr(again, name)))[order] for name in _SALE}
    return Sales(position[order], **columns)


def _tape(parts: dict[str, Any], of: Ids, inside: Bools) -> Tape:
    """The tape by trader; only the trades of clusters need a new order. Takes that of wallets out of `parts`."""
    columns = {name: getattr(parts["tape"], name) for name in Tape.__dataclass_fields__}
    del parts["tape"]
    clustered = inside[columns["wallet"]]
    columns["wallet"] = trader = of[columns["wallet"]]
    some = np.flatnonzero(clustered)
    by = [columns[name][some] for name in ("ordinal", "tx_index", "slot", "at", "asset", "wallet")]
    order = np.concatenate((np.flatnonzero(~clustered), some[np.lexsort(by)]))
    order = order[np.argsort(key(trader[order], columns["asset"][order]), kind="stable")]
    del trader, clustered, some, by
    for name in columns:
        columns[name] = columns[name][order]
    return Tape(**columns)


def _moves(moves: Moves, of: Ids) -> Moves:
    sender, receiver = _mapped(moves.sender, of), _mapped(moves.receiver, of)
    kept = np.flatnonzero(sender != receiver)
    columns = {name: getattr(moves, name)[kept] for name in ("asset", "amount", "at", "slot", "tx", "kind")}
    ids = [moves.id[i] for i in kept.tolist()]
    return Moves(sender=sender[kept], receiver=receiver[kept], kinds=moves.kinds, id=ids, **columns)


def _seen(seen: Seen, of: Ids) -> Seen:
    pair = np.unique((seen.asset.astype(np.int64) << 32) + _mapped(seen.wallet, of))
    return Seen((pair & 0xFFFFFFFF).astype(np.int32), (pair >> 32).astype(np.int32))


def _labels(labels: Labels, of: Ids) -> Labels:
    wallet = _mapped(labels.wallet, of).tolist()
    rows = sorted(set(zip(wallet, labels.kind, labels.label, labels.at.tolist(), strict=True)))
    at = np.array([row[3] for row in rows], np.int64)
    return Labels(np.array([row[0] for row in rows], np.int32), [row[1] for row in rows], [row[2] for row in rows], at)
