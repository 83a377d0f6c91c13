"""What the booking kernel is measured against, each on the same rows: C, DuckDB, beancount, nautilus_trader."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from remora.analysis.lots import Rows

HERE = Path(__file__).parent
LOT_BYTES, POSITION_BYTES = 32, 32


class Missing(Exception):
    """A peer that cannot run here, and why."""


def c_reference() -> Callable[[Rows, int], tuple[np.ndarray, np.ndarray]]:
    """The C program, compiled now: (rows, positions) -> (sales [matched, cost, proceeds], realized per position)."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise Missing("no C compiler (cc)")
    library = Path(tempfile.mkdtemp(prefix="remora-c-")) / "fifo.so"
    source = HERE / "c_reference" / "fifo.c"
    subprocess.run([compiler, "-O3", "-march=native", "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
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
  select s.row, b.money, b.quantity as whole,
         least(s.upto, b.upto) - greatest(s.upto - s.quantity, b.upto - b.quantity) as part
  from s join b on b.position = s.position and b.upto > s.upto - s.quantity and b.upto - b.quantity < s.upto
)
select s.row, s.money - sum(p.money * p.part // p.whole) as realized
from s join pieces p on p.row = s.row group by s.row, s.money
"""
"""Matched lots by overlap of running sums: exact where nothing is unmatched and unit costs are whole."""


def duckdb_overlap(rows: Rows) -> Callable[[], tuple[float, int]]:
    """A prepared run of the overlap join on one thread, writing one row per sale: (seconds, total realized)."""
    import duckdb
    import pyarrow as pa

    connection = duckdb.connect()
    connection.execute("set threads = 1")
    columns: dict[str, Any] = {name: getattr(rows, name).astype(np.int64) for name in rows._fields[:4]}
    connection.register("arrow_trades", pa.table({"row": np.arange(len(rows.position)), **columns}))
    connection.execute("create table trades as select * from arrow_trades")

    def run() -> tuple[float, int]:
        start = time.perf_counter()
        connection.execute(f"create or replace table sales as {OVERLAP_JOIN}")
        seconds = time.perf_counter() - start
        (total,) = connection.execute("select sum(realized) from sales").fetchone() or (0,)
        return seconds, int(total)

    return run


def separate(package: str, script: str, rows: Rows) -> Callable[[], tuple[float, int]]:
    """A peer in an environment of its own (made and filled here): each call is one run, (seconds, realized)."""
    python = _environment(package) / "bin" / "python"
    folder = Path(tempfile.mkdtemp(prefix="remora-peer-"))
    lines = zip(*(column.tolist() for column in rows[:4]), strict=True)
    (folder / "rows.txt").write_text("\n".join(" ".join(map(str, line)) for line in lines))
    process = subprocess.Popen(
        [str(python), str(HERE / script), str(folder / "rows.txt")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    assert process.stdout
    if process.stdout.readline().strip() != "ready":
        raise Missing(f"{package} does not start")

    def run() -> tuple[float, int]:
        assert process.stdin
        assert process.stdout
        process.stdin.write("go\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        return answer["seconds"], answer["realized"]

    return run


def _environment(package: str) -> Path:
    """A virtual environment that holds the package; REMORA_PEERS names where such environments stay between runs."""
    base = Path(os.environ.get("REMORA_PEERS", Path(tempfile.gettempdir()) / "remora-peers"))
    folder = base / package
    if (folder / "done").exists():
        return folder
    uv = shutil.which("uv")
    if uv is None:
        raise Missing(f"{package}: uv is needed to make an environment for it")
    for command in ([uv, "venv", "-q", "--clear", str(folder)], [uv, "pip", "install", "-q", "--python", str(folder), package]):
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode:
            raise Missing(f"{package} cannot be installed: {made.stderr.strip().splitlines()[-1][:120]}")
    (folder / "done").touch()
    return folder
