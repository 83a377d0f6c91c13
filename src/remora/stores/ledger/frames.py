"""Facts to columns and back: the frames that travel between facts, the shared rules and a store."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from remora.model.facts import Fact
from remora.model.tables import ColumnKind
from remora.stores.ledger.dictionary import Names
from remora.stores.ledger.keys import keys_of
from remora.stores.ledger.schema import NO_NAME, Layout, arrow_schema, arrow_type

if TYPE_CHECKING:
    import pyarrow as pa

_TURNED_AT_ONCE: Final = 500


def frame_of(layout: Layout, facts: Sequence[Fact], names: Names) -> pa.Table:
    """The facts of one type as a frame. Raises ValueError for a value that no column can hold."""
    import pyarrow as pa

    raw = dict(zip(layout.values, _columns(facts, len(layout.values)), strict=True))
    named = {column.name: set(raw[column.name]) for column in layout.table.columns if column.kind == "name"}
    ids = _name_ids(set().union(*named.values()), names)
    ready: dict[str, pa.Array] = {}
    for column in layout.table.columns:
        values = raw[column.name]
        if column.kind == "name":
            one = len(named[column.name]) == 1
            numbers = itertools.repeat(ids[values[0]], len(values)) if one else map(ids.__getitem__, values)
            ready[column.name] = pa.array(np.fromiter(numbers, np.int32, len(values)))
        elif column.kind in ("texts", "ints"):
            ready[column.name] = _texts(_json_lists(values))
        elif column.kind == "text":
            ready[column.name] = _texts(values)
        else:
            ready[column.name] = _numbers(values, column.name, column.kind)
    ready |= look_up_keys(layout, ready)
    schema = arrow_schema(layout.frame)
    return pa.table([ready[field.name] for field in schema], schema=schema)


def _columns(facts: Sequence[Fact], width: int) -> list[list[Any]]:
    """The facts' fields, turned a few hundred at a time: they stay in the processor's cache meanwhile."""
    columns: list[list[Any]] = [[] for _ in range(width)]
    for start in range(0, len(facts), _TURNED_AT_ONCE):
        turned = zip(*map(msgspec.structs.astuple, facts[start : start + _TURNED_AT_ONCE]), strict=True)
        for column, values in zip(columns, turned, strict=True):
            column.extend(values)
    return columns


def _name_ids(texts: set[str | None], names: Names) -> dict[str | None, int]:
    present = [text for text in texts if text is not None]
    clean = dict(zip(present, _texts(present).to_pylist(), strict=True))
    ids = names.assign(clean.values())
    return {text: ids[name] for text, name in clean.items()} | {None: NO_NAME}


def look_up_keys(layout: Layout, columns: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """The key columns of rows, from their texts."""
    import pyarrow as pa
    import pyarrow.compute as pc

    keys = {"key": pa.array(keys_of(columns["id"]))}
    if layout.table.name == "trades":
        blank = pc.equal(columns["tx"], "").to_numpy(zero_copy_only=False)
        keys["tx_key"] = pa.array(keys_of(columns["tx"]), pa.int64(), mask=blank)
    if layout.table.name == "retractions":
        keys["fact_key"] = pa.array(keys_of(columns["fact_id"]))
    return keys


def _texts(values: Sequence[str | None]) -> pa.Array:
    import pyarrow as pa

    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:  # half of a surrogate pair, from a hostile JSON document
        return pa.array([None if v is None else v.encode("utf-8", "replace").decode() for v in values], pa.string())


def _numbers(values: Sequence[int | bool | None], name: str, kind: ColumnKind) -> pa.Array:
    import pyarrow as pa

    try:
        return pa.array(values, arrow_type("bool" if kind == "bool" else "int64"))
    except (OverflowError, pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise ValueError(f"column {name} holds a value that is no 64-bit {kind}: {error}") from error


def _json_lists(values: Sequence[tuple[Any, ...]]) -> list[str]:
    known: dict[tuple[Any, ...], str] = {(): "[]"}
    texts: list[str] = []
    for value in values:
        text = known.get(value)
        if text is None:
            text = msgspec.json.encode(value).decode()
            if len(known) < 10_000:
                known[value] = text
        texts.append(text)
    return texts


def physical(layout: Layout, frame: pa.Table, bookkeeping: dict[str, pa.Array]) -> pa.Table:
    """A frame as the store keeps it: with its bookkeeping, and ids without the signature they repeat."""
    import pyarrow as pa

    columns: dict[str, Any] = {name: frame[name] for name in frame.column_names} | bookkeeping
    if layout.split_id:
        heads: list[str] = []
        tails: list[str | None] = []
        for text, tx in zip(frame["id"].to_pylist(), frame["tx"].to_pylist(), strict=True):
            head, found, tail = text.partition(tx) if tx else (text, "", "")
            heads.append(head)
            tails.append(tail if found else None)
        columns["id_head"], columns["id_tail"] = pa.array(heads, pa.string()), pa.array(tails, pa.string())
    schema = arrow_schema(layout.stored)
    return pa.table([columns[field.name] for field in schema], schema=schema)


def readable(layout: Layout, batch: pa.RecordBatch, names: Names) -> pa.RecordBatch:
    """Stored columns of fact fields as texts, integers and lists: what `Ledger.table` gives."""
    import pyarrow as pa

    kinds = {column.name: column.kind for column in layout.table.columns}
    make: dict[str, Callable[[pa.Array], pa.Array]] = {
        "name": lambda array: names.decode(array.to_numpy(zero_copy_only=False)),
        "texts": lambda array: _lists(array, pa.list_(pa.string())),
        "ints": lambda array: _lists(array, pa.list_(pa.int64())),
    }
    fields = batch.schema.names
    arrays = [make[kinds[name]](batch[name]) if kinds[name] in make else batch[name] for name in fields]
    return pa.record_batch(arrays, names=fields)


def _lists(array: pa.Array, type: pa.DataType) -> pa.Array:
    import pyarrow as pa

    coded = array.dictionary_encode()
    lists = pa.array([msgspec.json.decode(text) for text in coded.dictionary.to_pylist()], type)
    return lists.take(coded.indices)
