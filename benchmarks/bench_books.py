"""Books out of a large ledger: one wallet after start-up, all wallets, memory.

    python benchmarks/bench_books.py [--trades 200000] [--charges N] [--home FOLDER] [--questions 50]

The ledger is made on the spot (or once in --home, for later runs); nearly every trade opens a book of its own, which is
the shape that costs the most memory. Each part runs in a process of its own. What is compared is of one run: a wallet's
books with a bare scan of the database for the same wallet's trades, the booking of everything with the kernel alone on
the same rows. Exits 1 where a floor is missed; the floors of time and memory stand for 10^7 trades.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any, Final

import books_input
from memory import peak_bytes
from remora.app import books
from remora.app.books import Books
from remora.app.config import Settings
from remora.stores.ledger.columnar import ColumnLedger
from remora.stores.ledger.duckdb import open_ledger

WALLET_MS: Final = 100.0
"""Floor: a wallet's positions and sells, half of all questions, after start-up."""
PEAK_MB: Final = 2_000.0
"""Floor: the most memory of a full booking, the whole process."""


def opened(home: Path) -> ColumnLedger:
    """The ledger with the settings' own limits."""
    settings = Settings().ledger
    return open_ledger(home, read_only=True, memory_limit=f"{settings.memory_limit_mb}MB", threads=settings.threads)


def ask(ledger: ColumnLedger, settings: Settings, wallet: str) -> tuple[int, int]:
    """(positions, sells) of one wallet."""
    tables = list(Books(ledger, settings, wallets=[wallet]).parts())
    return sum(pair[0].num_rows for pair in tables), sum(pair[1].num_rows for pair in tables)


def timed(questions: list[Callable[[], Any]]) -> list[float]:
    """Milliseconds of each, ascending."""
    spent = []
    for question in questions:
        started = perf_counter()
        question()
        spent.append((perf_counter() - started) * 1_000)
    return sorted(spent)


def one_wallet(home: Path, trades: int, questions: int) -> dict[str, float]:
    """Time of random and heavy wallets, before and after the prices of all assets were read; and of a bare scan."""
    settings, ledger = Settings(), opened(home)
    wallets, heavy = books_input.wallets_of(trades)
    picked = Random(3).sample(wallets[heavy:], questions + 1)
    ask(ledger, settings, picked.pop())  # compiles the kernels
    answer: dict[str, float] = {}
    groups = {"a wallet": picked, "a heavy wallet": wallets[:heavy][:questions]}
    for when in ("at first", "after start-up"):
        if when == "after start-up":
            started = perf_counter()
            ledger.last_prices(partial_sources=books.PARTIAL_SOURCES)
            answer["start-up: prices of all assets"] = (perf_counter() - started) * 1_000
        for name, some in groups.items():
            spent = timed([lambda wallet=wallet: ask(ledger, settings, wallet) for wallet in some])
            answer[f"{name}, {when}"] = spent[len(spent) // 2]
            answer[f"{name}, {when}, p95"] = spent[min(int(len(spent) * 0.95), len(spent) - 1)]
    for name, some in groups.items():
        ids = list(ledger.ids(some).values())
        spent = timed([lambda one=one: ledger.book_trades(wallets=[one]) for one in ids])
        answer[f"{name}, bare scan"] = spent[len(spent) // 2]
    ledger.close()
    return answer


def everything(home: Path) -> dict[str, float]:
    """Time and memory of all books, with their texts."""
    ledger, settings = opened(home), Settings()
    before, started, rows, parts = peak_mb(), perf_counter(), 0, 0
    for positions, _ in Books(ledger, settings).parts():
        rows += positions.num_rows
        parts += 1
    seconds = perf_counter() - started
    peak = peak_mb()
    trades = ledger.counts()["trades"]
    ledger.close()
    return {"seconds": seconds, "books": rows, "parts": parts, "trades": trades, "peak_mb": peak, "before_mb": before}


def kernel_only(home: Path) -> dict[str, float]:
    """Trades a second of the kernel alone, on rows of the same ledger that lie ready."""
    import numpy as np

    from remora.analysis.lots import Method, Rows, book_grouped

    ledger = opened(home)
    parts = 1 + ledger.counts()["trades"] // books.PART_ROWS
    table = ledger.book_trades(parts=parts, part=0)
    ledger.close()
    wallet, asset = table["wallet"].to_numpy(), table["asset"].to_numpy()
    new = np.ones(len(wallet), bool)
    new[1:] = (wallet[1:] != wallet[:-1]) | (asset[1:] != asset[:-1])
    columns = (table[name].to_numpy() for name in ("side", "quantity_atoms", "quote_atoms", "happened_at"))
    rows = Rows((np.cumsum(new) - 1).astype(np.int32), *columns)
    book_grouped(rows, int(new.sum()), Method.FIFO)
    (milliseconds,) = timed([lambda: book_grouped(rows, int(new.sum()), Method.FIFO)])
    return {"rate": table.num_rows / milliseconds * 1_000}


def peak_mb() -> float:
    """The most memory this process has held."""
    return peak_bytes() / 2**20


def report(home: Path, arguments: argparse.Namespace) -> bool:
    """Run the parts, print the table; whether every floor was held."""
    wallet, full, kernel = (part(name, home, arguments) for name in ("wallet", "full", "kernel"))
    print(f"{arguments.trades:,} trades, {arguments.charges:,} charges, {full['books']:,.0f} books\n")
    print(f"{'one wallet':<34}{'median ms':>12}{'p95 ms':>10}{'of bare scan':>14}")
    for name in ("a wallet", "a heavy wallet"):
        bare = wallet[f"{name}, bare scan"]
        print(f"{name + ', bare scan':<34}{bare:>12.1f}")
        for when in ("at first", "after start-up"):
            median, late = wallet[f"{name}, {when}"], wallet[f"{name}, {when}, p95"]
            print(f"{name + ', ' + when:<34}{median:>12.1f}{late:>10.1f}{median / bare:>13.1f}x")
    print(f"{'start-up: prices of all assets':<34}{wallet['start-up: prices of all assets']:>12.1f}\n")
    rate = full["trades"] / full["seconds"]
    print(f"all books       {rate:>12,.0f} trades/s   {full['seconds']:.1f} s in {full['parts']:.0f} parts")
    print(f"kernel alone    {kernel['rate']:>12,.0f} trades/s   {kernel['rate'] / rate:.0f}x of that")
    print(f"peak memory     {full['peak_mb']:>12,.0f} MB         before the booking {full['before_mb']:,.0f} MB\n")
    held = True
    for what, found, floor in (
        ("a wallet after start-up, median ms", wallet["a wallet, after start-up"], WALLET_MS),
        ("peak memory of all books, MB", full["peak_mb"], PEAK_MB),
    ):
        held &= found < floor
        print(f"{'held  ' if found < floor else 'MISSED'} {what}: {found:,.1f}, floor {floor:,.0f}")
    return held


def fill(home: Path, trades: int, charges: int) -> dict[str, float]:
    """Make the ledger: in a process of its own too, for a process begins with the peak of the one that started it."""
    ledger, started = open_ledger(home), perf_counter()
    books_input.fill(ledger, trades, charges)
    ledger.close()
    return {"seconds": perf_counter() - started}


def part(name: str, home: Path, arguments: argparse.Namespace) -> dict[str, float]:
    """One part in a process of its own."""
    command = [sys.executable, __file__, "--part", name, "--home", str(home), "--trades", str(arguments.trades)]
    command += ["--charges", str(arguments.charges), "--questions", str(arguments.questions)]
    answer: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return answer


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trades", type=int, default=200_000)
    parser.add_argument("--charges", type=int, help="network charges (default: one for each trade)")
    parser.add_argument("--questions", type=int, default=50)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--part", choices=("fill", "wallet", "full", "kernel"))
    arguments = parser.parse_args()
    if arguments.part == "wallet":
        print(json.dumps(one_wallet(arguments.home, arguments.trades, arguments.questions)))
    elif arguments.part == "fill":
        print(json.dumps(fill(arguments.home, arguments.trades, arguments.charges)))
    elif arguments.part:
        print(json.dumps((everything if arguments.part == "full" else kernel_only)(arguments.home)))
    else:
        arguments.charges = arguments.trades if arguments.charges is None else arguments.charges
        with tempfile.TemporaryDirectory() as folder:
            home = arguments.home or Path(folder)
            part("fill", home, arguments)
            sys.exit(0 if report(home, arguments) else 1)


if __name__ == "__main__":
    main()
