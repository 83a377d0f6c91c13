"""What the booking kernel is measured against, each on the same rows: C, DuckDB, beancount, nautilus_trader."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from remora.analysis.lots import Rows

SOURCE = Path(__file__).parent / "c_reference" / "fifo.c"
LOT_BYTES, POSITION_BYTES = 32, 32


class Missing(Exception):
    """A peer that cannot run here, and why."""


def c_reference() -> Callable[[Rows, int], tuple[np.ndarray, np.ndarray]]:
    """The C program, compiled now: (rows, positions) -> (sales [matched, cost, proceeds], realized per position)."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise Missing("no C compiler (cc)")
    folder = Path(tempfile.mkdtemp(prefix="remora-c-"))
    library = folder / "fifo.so"
    subprocess.run([compiler, "-O3", "-march=native", "-shared", "-fPIC", "-o", str(library), str(SOURCE)], check=True)
    function = ctypes.CDLL(str(library)).book
    function.restype = ctypes.c_int64
    function.argtypes = [ctypes.c_int64, *[ctypes.c_void_p] * 8]

    def run(rows: Rows, positions: int) -> tuple[np.ndarray, np.ndarray]:
        state = np.zeros((positions, POSITION_BYTES // 8), np.int64)
        lots = np.empty((int((rows.kind == 0).sum()) + 1, LOT_BYTES // 8), np.int64)
        sales = np.empty((int((rows.kind == 1).sum()), 3), np.int64)
        arrays = [*rows, state, lots, sales]
        function(len(rows.position), *(array.ctypes.data for array in arrays))
        return sales, state[:, 0]

    return run


OVERLAP_JOIN = """
with t as (
  select row, position, kind, quantity, money,
         sum(quantity) over (partition by position, kind order by row) as upto
  from trades
), b as (select * from t where kind = 0), s as (select * from t where kind = 1),
pieces as (
  select s.row,
         least(s.upto, b.upto) - greatest(s.upto - s.quantity, b.upto - b.quantity) as part,
         b.money, b.quantity as whole
  from s join b on b.position = s.position
   and b.upto > s.upto - s.quantity and b.upto - b.quantity < s.upto
)
select s.row, s.money - sum(p.money * p.part // p.whole) as realized
from s left join pieces p on p.row = s.row group by s.row, s.money
"""
"""Matched lots by overlap of running sums. Its floors are per piece (no cost left), so it agrees to a unit a piece."""


def duckdb_overlap(rows: Rows) -> Callable[[], int]:
    """A prepared run of the overlap join on one thread; the answer is the total realized of all sales."""
    try:
        import duckdb
    except ImportError as error:
        raise Missing("duckdb is not installed") from error
    import pyarrow as pa

    connection = duckdb.connect()
    connection.execute("set threads = 1")
    names = ("position", "kind", "quantity", "money")
    columns: dict[str, Any] = {name: getattr(rows, name).astype(np.int64) for name in names}
    table = pa.table({"row": np.arange(len(rows.position)), **columns})
    connection.register("arrow_trades", table)
    connection.execute("create table trades as select * from arrow_trades")

    def run() -> int:
        got = connection.execute(f"select count(*), sum(realized) from ({OVERLAP_JOIN})").fetchone()
        return int(got[1])

    return run
