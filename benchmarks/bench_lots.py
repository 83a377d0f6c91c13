"""How fast the books are kept: the booking kernel beside its peers, on the same rows, in the same run.

    python benchmarks/bench_lots.py [--quick] [--largest 100000000] [--repeats 5]

Prints a table of ratios (medians of alternating repeats) with the floor of each, then the curve over sizes with peak
memory. Every peer's answer is compared with ours first: a fast wrong answer does not count. Ends with 1 when a floor
is missed or an answer differs. A peer that cannot be had here is named, with the reason, and is no failure.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

import lots_input
import lots_peers
from memory import peak_bytes
from remora.analysis import lots


class Ratio(NamedTuple):
    """One line of the table."""

    goal: str
    peer: str
    trades: int
    ours_seconds: float
    theirs_seconds: float
    floor: float

    @property
    def ratio(self) -> float:
        return self.theirs_seconds / self.ours_seconds


def timed(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def alternate(ours: Callable[[], float], theirs: Callable[[], float], repeats: int) -> tuple[float, float]:
    """Medians of repeats that take turns, after one unmeasured turn of ours."""
    ours()
    pairs = [(ours(), theirs()) for _ in range(repeats)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def against(
    goal: str, peer: str, rows: lots.Rows, positions: int, theirs: Callable[[], tuple[float, int]], floor: float, repeats: int
) -> Ratio:
    """One ratio against a peer that answers (seconds, total realized of flat positions or all)."""
    booked = lots.book_arrivals(rows, positions)
    want = int(booked.positions["realized"].sum())
    _, got = theirs()
    if got != want:
        raise SystemExit(f"{goal}: {peer} realizes {got}, we {want}")
    medians = alternate(lambda: timed(lambda: lots.book_arrivals(rows, positions)), lambda: theirs()[0], repeats)
    return Ratio(goal, peer, len(rows.position), *medians, floor)


def against_c(trades: int, repeats: int) -> Ratio:
    """P3: arrival order against the C reference, compared sale by sale."""
    rows, positions = lots_input.arrivals(trades)
    run = lots_peers.c_reference()
    booked, (sales, realized) = lots.book_arrivals(rows, positions), run(rows, positions)
    same = all((booked.sales[name] == sales[:, i]).all() for i, name in enumerate(("matched", "cost", "proceeds")))
    if not same or not (booked.positions["realized"] == realized).all():
        raise SystemExit(f"P3: the C reference differs at {trades} trades")
    del booked, sales
    ours, theirs = alternate(
        lambda: timed(lambda: lots.book_arrivals(rows, positions)), lambda: timed(lambda: run(rows, positions)), repeats
    )
    return Ratio("P3", "C -O3, arrival order", trades, ours, theirs, 0.25)


def ratios(repeats: int, *, quick: bool) -> list[Ratio]:
    """P1 to P4; peers that cannot run are named on standard error."""
    small = 10_000 if quick else 100_000
    middle = 100_000 if quick else 1_000_000
    whole, whole_positions = lots_input.covered(small)
    large, large_positions = lots_input.covered(middle, largest=10**9)
    cycles, cycle_positions = lots_input.covered(small, closed=True)
    jobs: list[Callable[[], Ratio]] = [
        lambda: against(
            "P1", "beancount FIFO booking", whole, whole_positions,
            lots_peers.separate("beancount", "peer_beancount.py", whole), 300, min(repeats, 3),
        ),
        lambda: against(
            "P2", "DuckDB overlap join, 1 thread", large, large_positions, lots_peers.duckdb_overlap(large), 2, repeats
        ),
        *(lambda n=n: against_c(n, repeats) for n in ((1_000_000,) if quick else (1_000_000, 10_000_000))),
        lambda: against(
            "P4", "nautilus Position.apply", cycles, cycle_positions,
            lots_peers.separate("nautilus_trader", "peer_nautilus.py", cycles), 30, repeats,
        ),
    ]  # fmt: skip
    lines: list[Ratio] = []
    for job in jobs:
        try:
            lines.append(job())
        except lots_peers.Missing as missing:
            print(f"left out: {missing}", file=sys.stderr)
    return lines


def curve(largest: int) -> None:
    """Trades per second over sizes: arrival order, sort and rebuild, rebuild of rows grouped already."""
    heads = ("trades", "arrival M/s", "sort+group M/s", "grouped M/s", "rows B/trade", "peak B/trade")
    print("\n" + "".join(f"{head:>16}" for head in heads))
    trades = 100_000
    while trades <= largest:
        command = [sys.executable, __file__, "--point", str(trades)]  # its own process: peak memory is its own
        figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(f"{trades:>16,}" + "".join(f"{value:>16.1f}" for value in figures))
        trades = trades * 3 if str(trades).startswith("1") else trades // 3 * 10
    print("rows: 29 bytes a trade as given. peak: beyond the empty process, both orders of the rows and one answer in memory")


def point(trades: int) -> tuple[float, ...]:
    """One line of the curve; both orders must give the same books."""
    lots.warm_up()
    empty = peak_bytes()
    rows, positions = lots_input.arrivals(trades)
    start = time.perf_counter()
    realized = lots.book_arrivals(rows, positions).positions["realized"].copy()
    arrival = time.perf_counter() - start
    start = time.perf_counter()
    together = lots_input.grouped(rows)
    sorting = time.perf_counter() - start
    start = time.perf_counter()
    again = lots.book_grouped(together, positions).positions["realized"]
    group = time.perf_counter() - start
    if not np.array_equal(realized, again):
        raise SystemExit(f"arrival order and grouped differ at {trades} trades")
    own = sum(column.nbytes for column in rows) / trades
    peak = (peak_bytes() - empty) / trades
    return (*(trades / seconds / 1e6 for seconds in (arrival, sorting + group, group)), own, peak)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes")
    parser.add_argument("--largest", type=int, default=10_000_000, help="last size of the curve (100000000 needs 16 GB)")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--point", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.point:
        print(json.dumps(point(options.point)))
        return 0
    np.seterr(all="ignore")
    lots.warm_up()
    lines = ratios(options.repeats, quick=options.quick)
    print(f"{'':4} {'against':32} {'trades':>12} {'ours M/s':>10} {'theirs M/s':>11} {'ratio':>9} {'floor':>7}")
    for line in lines:
        ours, theirs = (line.trades / seconds / 1e6 for seconds in (line.ours_seconds, line.theirs_seconds))
        word = "" if line.ratio >= line.floor else "  MISSED"
        head = f"{line.goal:4} {line.peer:32} {line.trades:>12,} {ours:>10.2f}"
        print(f"{head} {theirs:>11.3f} {line.ratio:>9.2f} {line.floor:>7}{word}")
    curve(options.largest if not options.quick else 1_000_000)
    return 1 if any(line.ratio < line.floor for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
