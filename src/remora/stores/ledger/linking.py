"""Which trades could be the same: rows linked by transaction or second to those that come in, until nothing is added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from remora.model.units import SECOND
from remora.stores.ledger.engine import Engine
from remora.stores.ledger.schema import BOOKKEEPING, LAYOUTS, Standing, arrow_schema, id_sql

if TYPE_CHECKING:
    import pyarrow as pa

_PART: Final = ("wallet", "asset", "side")


def stored_columns(name: str, alias: str) -> str:
    """The SELECT list that reads stored rows as a frame with row, ended and standing."""
    layout = LAYOUTS[name]
    plain = (f"{alias}.{c.name} AS {c.name}" for c in layout.frame if c.name != "id")
    book = (f"{alias}.{name} AS {name}" for name in ("row", "ended", "standing"))
    return ", ".join((*book, f"{id_sql(layout, alias)} AS id", *plain))


def rows_by_key(engine: Engine, name: str, keys: np.ndarray) -> pa.Table:
    """All current sightings whose key is one of `keys` (ids still to be compared)."""
    import pyarrow as pa

    schema = arrow_schema((*(c for c in BOOKKEEPING if c.name != "version"), *LAYOUTS[name].frame))
    sql = (
        f"SELECT {stored_columns(name, 't')} FROM {engine.stored(name)} t "
        f"JOIN probe p ON t.key = p.key WHERE t.standing <> {int(Standing.SUPERSEDED)}"
    )
    rows = engine.fetch(sql, {"probe": pa.table({"key": np.unique(keys)})})
    return rows.select(schema.names).cast(schema)


def linked(engine: Engine, frame: pa.Table, any_inexact_stored: bool) -> tuple[pa.Table, np.ndarray]:
    """Stored trades that must be judged together with `frame`, and which rows of `frame` need judging at all.

    Trades of one wallet, asset and side need judging where two sources tell of them and one of these is inexact.
    The answer is closed: no row outside it is linked to a row inside.
    """
    import pyarrow as pa

    found = rows_by_key(engine, "trades", np.zeros(0, np.int64))
    seeds, seeded = frame, np.zeros(0, np.int64)
    while seeds.num_rows:
        keys = _neighbours(engine, seeds, any_inexact_stored)
        near = rows_by_key(engine, "trades", keys) if len(keys) else found.slice(0, 0)
        near = near.filter(pa.array(~np.isin(near["row"].to_numpy(), found["row"].to_numpy())))
        if not near.num_rows:
            break
        found = pa.concat_tables([found, near])
        pending = _judged(frame, found)[frame.num_rows :] & ~np.isin(found["row"].to_numpy(), seeded)
        seeds = found.filter(pa.array(pending))
        seeded = np.concatenate([seeded, seeds["row"].to_numpy()])
    judged = _judged(frame, found)
    return found.filter(pa.array(judged[frame.num_rows :])), judged[: frame.num_rows]


def _judged(frame: pa.Table, found: pa.Table) -> np.ndarray:
    """Rows (of frame, then found) in parts that two sources tell of, one of them inexactly.

    An id told in several parts (its sources disagree about the wallet, say) has all of them judged together.
    """

    def column(name: str) -> np.ndarray:
        return np.concatenate([frame[name].to_numpy(), found[name].to_numpy()])

    part = np.zeros(frame.num_rows + found.num_rows, np.uint64)
    if not len(part):
        return np.zeros(0, bool)
    for name in _PART:  # a collision would only have more rows judged than needed
        part = (part ^ column(name).astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        part ^= part >> np.uint64(29)
    order = np.argsort(part, kind="stable")
    ordered = part[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    source, inexact = column("source")[order], ~column("exact").astype(bool)[order]
    several = np.minimum.reduceat(source, starts) != np.maximum.reduceat(source, starts)
    needed = several & np.logical_or.reduceat(inexact, starts)
    judged = np.zeros(len(part), bool)
    judged[order] = np.repeat(needed, np.diff(np.r_[starts, len(part)]))
    keys, count = column("key"), 0
    while count != (count := int(judged.sum())):
        judged = np.isin(keys, keys[judged])
        judged = np.isin(part, part[judged])
    return judged


def _neighbours(engine: Engine, seeds: pa.Table, any_inexact_stored: bool) -> np.ndarray:
    """Keys of stored trades linked to the seeds: same wallet, asset, side and transaction; or second, where one has none.

    Of two linked trades at least one is inexact.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    exact = seeds["exact"].to_numpy().astype(bool)
    if exact.all() and not any_inexact_stored:
        return np.zeros(0, np.int64)
    second = pc.divide(seeds["happened_at"], SECOND)
    columns = {name: seeds[name] for name in ("tx_key", "exact", *_PART)}
    probe = pa.table({**columns, "second": second, "loose": seeds["tx_key"].is_null()})
    same = " AND ".join(f"t.{name} = p.{name}" for name in _PART)
    trades = f"SELECT t.key AS key FROM {engine.stored('trades')} t JOIN probe p ON {same}"
    inexact = "NOT t.exact" if exact.all() else "NOT (t.exact AND p.exact)"
    parts: list[str] = []
    if not probe["loose"].to_numpy().all():
        parts.append(f"{trades} AND t.tx_key = p.tx_key WHERE {inexact}")
    span = pc.min_max(second).as_py()
    if span["min"] is not None:
        during = f"t.happened_at BETWEEN {span['min'] * SECOND} AND {(span['max'] + 1) * SECOND - 1}"
        at = f"{engine.whole('t.happened_at', SECOND)} = p.second"
        parts.append(f"{trades} AND {at} WHERE {inexact} AND {during} AND (t.tx_key IS NULL OR p.loose)")
    if not parts:
        return np.zeros(0, np.int64)
    found = engine.fetch(" UNION ALL ".join(parts), {"probe": probe.group_by(probe.column_names).aggregate([])})
    keys: np.ndarray = found["key"].to_numpy()
    return keys
