"""Arrow columns as numpy integers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from remora.analysis.exact import Ints

UNKNOWN = -1
"""What stands for null in a column of instants, slots or ids."""


def ints(values: pa.ChunkedArray | pa.Array) -> Ints:
    """An integer (or boolean, or all-null) column as int64; null becomes UNKNOWN."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    return np.asarray(values.cast(pa.int64()).fill_null(UNKNOWN))
