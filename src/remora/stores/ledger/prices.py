"""The latest and the highest trade price of each asset.

Of all assets the store finds them; the trades of a few assets are fetched in one pass and looked through here, which
takes a third of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from remora.stores.ledger.engine import Engine

if TYPE_CHECKING:
    import pyarrow as pa

_LAST: Final = ("quote", "source", "quote_atoms", "quantity_atoms", "happened_at")
_PEAK: Final = ("quote_atoms", "quantity_atoms")
_TIES: Final = ("by_slot", "by_index", "by_ordinal", "by_key")


def last_prices(
    engine: Engine, conditions: Sequence[str], peak_from_quote_atoms: int, partial_sources: Sequence[int], *, few: bool
) -> pa.Table:
    """Latest trade per asset among those that meet the conditions (over `t`), and the highest price; see the port.

    few: the conditions leave the trades of a few assets only.
    """
    some = " AND ".join((*conditions, "t.quantity_atoms > 0", "t.happened_at IS NOT NULL"))
    trades = f"FROM {engine.stored('trades')} t"
    last, peak = (_looked_through if few else _asked_for)(engine, trades, some, peak_from_quote_atoms)
    return _joined(last, peak, partial_sources)


def _asked_for(engine: Engine, trades: str, some: str, peak_from_quote_atoms: int) -> tuple[pa.Table, pa.Table]:
    last = engine.fetch(_last_sql(engine, trades, some)).cast(_schema(_LAST))
    peak = engine.fetch(_peak_sql(engine, trades, some, peak_from_quote_atoms), {"last": last.select(["asset", "quote"])})
    return last, peak


def _looked_through(engine: Engine, trades: str, some: str, peak_from_quote_atoms: int) -> tuple[pa.Table, pa.Table]:
    import pyarrow as pa

    plain = ", ".join(f"t.{name} AS {name}" for name in ("asset", *_LAST))
    ties = "coalesce(t.slot, -1) AS by_slot, coalesce(t.tx_index, -1) AS by_index, t.ordinal AS by_ordinal, t.key AS by_key"
    found = engine.fetch(f"SELECT {plain}, {ties} {trades} WHERE {some}")
    column = {name: found[name].to_numpy().astype(np.int64) for name in found.column_names}
    assets, group = np.unique(column["asset"], return_inverse=True)
    last = _best(group, column["happened_at"], [column[name] for name in _TIES], len(assets))
    price = column["quote_atoms"] / column["quantity_atoms"]
    in_quote = column["quote"] == column["quote"][last][group]
    big = np.flatnonzero(in_quote & (column["quote_atoms"] >= peak_from_quote_atoms))
    top = big[_best(group[big], price[big], [column["by_key"][big]], len(assets))]
    table = pa.table({name: column[name][last] for name in ("asset", *_LAST)}).cast(_schema(_LAST))
    return table, pa.table({"asset": column["asset"][top], **{f"peak_{name}": column[name][top] for name in _PEAK}})


def _best(group: np.ndarray, value: np.ndarray, ties: Sequence[np.ndarray], groups: int) -> np.ndarray:
    """The row of the largest value of each group that has rows, by group; among equals the one that is last by `ties`."""
    most = np.full(groups, value.min() if len(value) else 0, value.dtype)
    np.maximum.at(most, group, value)
    rows = np.flatnonzero(value == most[group])
    rows = rows[np.lexsort((*(tie[rows] for tie in reversed(ties)), group[rows]))]
    ends = np.append(group[rows][1:] != group[rows][:-1], True) if len(rows) else np.zeros(0, bool)
    found: np.ndarray = rows[ends]
    return found


def _joined(last: pa.Table, peak: pa.Table, partial_sources: Sequence[int]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    sees_all = pc.invert(pc.is_in(last["source"], pa.array(partial_sources, pa.int32())))
    places = pc.index_in(last["asset"], peak["asset"].cast(pa.int32()))
    for name in _PEAK:
        found = pc.fill_null(peak[f"peak_{name}"].cast(pa.int64()).take(places), 0)
        last = last.append_column(f"peak_{name}", pc.if_else(sees_all, found, 0))
    return last.drop_columns(["source"])


def _last_sql(engine: Engine, trades: str, some: str) -> str:
    pick = ", ".join(f"{engine.latest(f'last_{name}', _TIES)} AS {name}" for name in _LAST)
    return (
        f"SELECT asset, {pick} FROM (SELECT t.asset AS asset, {', '.join(f't.{name} AS last_{name}' for name in _LAST)}, "
        "coalesce(t.slot, -1) AS by_slot, coalesce(t.tx_index, -1) AS by_index, t.ordinal AS by_ordinal, t.key AS by_key "
        f"{trades} JOIN (SELECT t.asset AS asset, max(t.happened_at) AS last_at {trades} WHERE {some} GROUP BY t.asset) m "
        f"ON t.asset = m.asset AND t.happened_at = m.last_at WHERE {some}) x GROUP BY asset ORDER BY asset"
    )


def _peak_sql(engine: Engine, trades: str, some: str, peak_from_quote_atoms: int) -> str:
    pick = ", ".join(f"{engine.latest(f'at_{name}', ('by_price', 'by_key'))} AS peak_{name}" for name in _PEAK)
    return (
        f"SELECT asset, {pick} FROM (SELECT t.asset AS asset, {', '.join(f't.{name} AS at_{name}' for name in _PEAK)}, "
        "CAST(t.quote_atoms AS DOUBLE) / CAST(t.quantity_atoms AS DOUBLE) AS by_price, t.key AS by_key "
        f"{trades} JOIN last l ON t.asset = l.asset AND t.quote = l.quote "
        f"WHERE {some} AND t.quote_atoms >= {int(peak_from_quote_atoms)}) x GROUP BY asset"
    )


def _schema(names: Sequence[str]) -> pa.Schema:
    import pyarrow as pa

    return pa.schema(
        [("asset", pa.int32()), *((name, pa.int32() if name in ("quote", "source") else pa.int64()) for name in names)]
    )
