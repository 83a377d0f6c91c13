"""Evidence in sentences, column by column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from remora.model.units import SECOND


def said(*parts: Any) -> pa.Array:
    """One sentence per row: texts stand in each, columns bring their row's value. At least one part is a column."""
    rows = next(len(part) for part in parts if not isinstance(part, str))
    columns = [pa.scalar(part) if isinstance(part, str) else _texts(part) for part in parts]
    if rows == 0:
        return pa.array([], pa.string())
    return pc.binary_join_element_wise(*columns, "")


def percent(share: Any) -> pa.Array:
    """Shares as whole percents."""
    return said(np.rint(np.asarray(share) * 100).astype(np.int64), " %")


def seconds(nanoseconds: Any) -> pa.Array:
    """Spans as whole seconds, minutes or hours."""
    whole = np.asarray(nanoseconds) // SECOND
    unit = np.select([whole < 120, whole < 7200], [1, 60], 3600)
    name = np.select([whole < 120, whole < 7200], [" s", " min"], " h")
    return said(whole // unit, name)


def money(amounts: Any, dollars: Any) -> pa.Array:
    """Lamports as SOL, or, where `dollars`, micro-dollars as dollars, with four decimals."""
    tenths = np.where(dollars, np.asarray(amounts) // 100, np.asarray(amounts) // 100_000)
    rest = pc.utf8_lpad(pa.array((tenths % 10_000).astype(str), pa.string()), 4, "0")
    return said(tenths // 10_000, ".", rest, np.where(dollars, " USDC", " SOL"))


def names(texts: list[str], places: Any) -> pa.Array:
    """The texts at these places."""
    return pa.array(texts, pa.string()).take(pa.array(places))


def _texts(part: Any) -> pa.Array:
    if isinstance(part, pa.Array | pa.ChunkedArray):
        return part
    array = np.asarray(part)
    return pa.array(array.astype(str), pa.string()) if array.dtype.kind in "US" else pa.array(array).cast(pa.string())
