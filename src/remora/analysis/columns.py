"""Arrow columns as numpy integers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from remora.analysis.exact import Ints

UNKNOWN = -1
"""What stands for null in a column of instants, slots or ids."""


def ints(values: pa.ChunkedArray | pa.Array) -> Ints:
    """An integer (or boolean, or all-null) column as int64, not to be written to; null becomes UNKNOWN.

    One chunk of int64 without nulls is not copied.
    """
    if isinstance(values, pa.ChunkedArray):
        values = values.chunk(0) if values.num_chunks == 1 else values.combine_chunks()
    values = values.cast(pa.int64())
    return np.asarray(values.fill_null(UNKNOWN) if values.null_count else values)
