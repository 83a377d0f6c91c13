"""The same trades written differently: each in two halves, or dealt out to wallets of one's own (T9)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from remora.study.pasts import Records

_ORDER = ("wallet", "asset", "happened_at", "slot", "tx_index", "ordinal", "row")
_HALVED = ("quantity_atoms", "quote_atoms", "venue_fee_quote_atoms")
_HOUR, _MINUTE = 3_600 * 10**9, 60 * 10**9
_ALIKE = {"solana": 2 * 10**9, "polymarket": 500 * 10**6}
"""What each own wallet is funded with."""


def halved(given: Records, wallets: list[str]) -> Records:
    """Every trade of these wallets as two trades of one instant, together the same to the unit."""
    trades = given.trades
    mine = _of(given, wallets)
    rows = np.repeat(np.arange(trades.num_rows), np.where(mine, 2, 1))
    second = np.zeros(len(rows), np.bool_)
    second[1:] = rows[1:] == rows[:-1]
    twice = mine[rows]
    columns = {name: np.asarray(trades[name])[rows] for name in trades.column_names}
    for name in _HALVED:
        half = columns[name] // 2
        columns[name] = np.where(twice, np.where(second, columns[name] - half, half), columns[name])
    columns["row"] = 2 * columns["row"] + second
    return replace(given, trades=_table(columns, trades.schema))


def routed(given: Records, hands: dict[str, list[str]], chance: np.random.Generator) -> Records:
    """The positions of each wallet dealt out to wallets of its own, which it funds alike within minutes before."""
    trades, names = given.trades, [*given.names]
    columns = {name: np.asarray(trades[name]).copy() for name in trades.column_names}
    sent = []
    for owner, own in hands.items():
        ids = np.arange(len(names), len(names) + len(own))
        names += own
        mine = np.flatnonzero(_of(given, [owner]))
        assets, which = np.unique(columns["asset"][mine], return_inverse=True)
        hand = np.arange(len(assets)) % len(own)
        chance.shuffle(hand)
        columns["wallet"][mine] = ids[hand[which]]
        venue = given.names[int(columns["venue"][mine[0]])]
        first = int(columns["happened_at"][mine].min())
        sent += [(owner, name, venue, first - _HOUR + number * _MINUTE) for number, name in enumerate(own)]
    tables = {**given.tables, "transfers": pa.concat_tables([given.tables["transfers"], _transfers(given, sent)])}
    return Records(_table(columns, trades.schema), names, tables, given.infrastructure)


def _of(given: Records, wallets: list[str]) -> np.ndarray:
    ids = [number for number, text in enumerate(given.names) if text in set(wallets)]
    return np.isin(np.asarray(given.trades["wallet"]), ids)


def _table(columns: dict[str, np.ndarray], schema: pa.Schema) -> pa.Table:
    order = np.lexsort([columns[name] for name in reversed(_ORDER)])
    return pa.table({name: column[order] for name, column in columns.items()}).cast(schema)


def _transfers(given: Records, sent: list[tuple[str, str, str, int]]) -> pa.Table:
    """Rows like those that are there, from owners to their own wallets."""
    like = {row["venue"]: row for row in given.tables["transfers"].to_pylist()}
    rows = [
        {**like[venue], "id": f"own:{number}", "sender": owner, "receiver": name, "happened_at": at,
         "quantity_atoms": _ALIKE[venue]}
        for number, (owner, name, venue, at) in enumerate(sent)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=given.tables["transfers"].schema)
