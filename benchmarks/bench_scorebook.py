"""The scorebook of a large ledger: time and memory, one wallet's answer, and an update after one trade in a hundred is new.

    python benchmarks/bench_scorebook.py [--trades 300000] [--wallets 3000] [--home FOLDER]

The ledger is a simulated market, made once (kept in --home). Each part runs in a process of its own with the settings' own
limits. The floors of time and memory (300 s, 4 GB, 10 ms) stand for 10^7 trades of 10^5 wallets; exits 1 where one is missed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import scorebook_input
from memory import peak_bytes
from remora.app import build, config
from remora.app.analyse import Book, analyse

FULL_SECONDS: Final = 300.0
PEAK_MB: Final = 4_096.0
WALLET_MS: Final = 10.0
UPDATE_SHARE: Final = 0.10


def made(home: Path, arguments: argparse.Namespace, *, late: bool) -> dict[str, float]:
    """Fill the ledger (or add its last hundredth)."""
    started = perf_counter()
    settings = config.load(None)
    ledger = build.ledger(home, settings, create=True)
    world = scorebook_input.market(arguments.trades, arguments.wallets)
    rows = scorebook_input.fill(ledger, world, late=late)
    trades = ledger.counts()["trades"]
    ledger.close()
    return {"seconds": perf_counter() - started, "rows": rows, "trades": trades}


def analysed(home: Path) -> dict[str, Any]:
    """One scorebook, with its time and the most memory of its process."""
    settings = config.load(None)
    started = perf_counter()
    ledger = build.ledger(home, settings)
    document = analyse(ledger, settings, home)
    ledger.close()
    return {
        "seconds": perf_counter() - started, "peak_mb": peak_bytes() / 2**20, "parts": document["seconds"],
        "figures": document["figures"], "digests": document["digests"], "new": document["new"],
    }  # fmt: skip


def looked_up(home: Path) -> dict[str, float]:
    """Milliseconds of a wallet's stored answer, warm: half of all questions, and the slowest of twenty."""
    book = Book(home, config.load(None))
    wallets = book.table("wallets")["wallet"].to_pylist()[:: max(book.table("wallets").num_rows // 200, 1)]
    spent = []
    for wallet in wallets:
        started = perf_counter()
        row = book.row("wallets", "wallet", wallet)
        trader = book.row("traders", "trader", row["trader"]) if row else None
        book.row("parts", "trader", trader["trader"]) if trader else None
        spent.append((perf_counter() - started) * 1_000)
    spent = sorted(spent[1:])
    return {"ms": spent[len(spent) // 2], "p95": spent[int(len(spent) * 0.95)]}


def part(name: str, home: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """Run one part in a process of its own."""
    words = [sys.executable, __file__, "--part", name, "--home", str(home), "--trades", str(arguments.trades),
             "--wallets", str(arguments.wallets)]  # fmt: skip
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def report(home: Path, arguments: argparse.Namespace) -> bool:
    """Run the parts and print the table; whether every floor was held."""
    first = part("fill", home, arguments)
    full = part("analyse", home, arguments)
    wallet = part("wallet", home, arguments)
    part("late", home, arguments)
    update = part("analyse", home, arguments)
    print(f"{first['trades']:,} trades, {full['figures']['wallets']:,} addresses, {full['figures']['judged']:,} judged\n")
    print(f"{'':<44}{'measured':>12}{'floor':>10}")
    share = update["seconds"] / full["seconds"]
    rows = [
        ("scorebook, seconds", full["seconds"], FULL_SECONDS), ("the most memory, MB", full["peak_mb"], PEAK_MB),
        ("a wallet's answer, warm, ms", wallet["ms"], WALLET_MS), ("the slowest in twenty, ms", wallet["p95"], WALLET_MS),
        ("after 1 % new trades, share of the time", share, UPDATE_SHARE),
    ]  # fmt: skip
    for name, measured, floor in rows:
        print(f"{name:<44}{measured:>12.2f}{floor:>10.2f}{'' if measured <= floor else '   missed'}")
    print(f"\nof the scorebook's seconds: {full['parts']}\nof the update's: {update['parts']}")
    return all(measured <= floor for _, measured, floor in rows)


def main() -> None:
    """Parse, run, exit."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trades", type=int, default=300_000)
    parser.add_argument("--wallets", type=int, default=3_000)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--part")
    arguments = parser.parse_args()
    if arguments.part:
        home = arguments.home
        parts = {
            "fill": lambda: made(home, arguments, late=False), "late": lambda: made(home, arguments, late=True),
            "analyse": lambda: analysed(home), "wallet": lambda: looked_up(home),
        }  # fmt: skip
        print(json.dumps(parts[arguments.part]()))
        return
    with tempfile.TemporaryDirectory() as folder:
        kept = scorebook_input.homes(arguments.home or Path(folder), arguments.trades)
        kept.mkdir(parents=True, exist_ok=True)
        sys.exit(0 if report(kept, arguments) else 1)


if __name__ == "__main__":
    main()
