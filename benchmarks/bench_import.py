"""Import of tapes of 10^5 and 10^6 trades: parsing alone, with decoding, with the ledger; and memory at both sizes.

    python benchmarks/bench_import.py [--trades 1000000] [--without duckdb]

Tapes have the shape of the recorded ones (one token per line, about a thousand swaps each) and are made on the spot. Each
part runs in a process of its own, so that peak memory is that part's. Ratios are of one run on one machine. Exits 1 where
the store takes as much of the time as all that comes before it, or where memory grows with the tape.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

from memory import peak_bytes

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
SWAPS_PER_LINE = 1_000
FLOORS_FROM = 1_000_000
"""Trades from which the floors count: below, opening the store and the first batch weigh too much."""
STORE_SHARE = 0.5
"""Floor: what the store takes of an import."""
GROWTH = 1.25
"""Floor: peak memory of reading and decoding ten times as many trades; the store keeps to the limit it was given."""
PARTS = ("parse", "decode", "null", "duckdb")


def tape(trades: int, seed: int = 5) -> Iterator[str]:
    """Lines of a tape: SOL with four decimals, tokens with eight digits, signatures in the first tenth."""
    random = Random(seed)

    def text(length: int) -> str:
        return "".join(random.choices(ALPHABET, k=length))

    wallets = [text(44) for _ in range(20_000)]
    for line in range(trades // SWAPS_PER_LINE):
        created = 1_782_000_000 + line * 60
        swaps = [_swap(random, created + n * 300 // SWAPS_PER_LINE, random.choice(wallets)) for n in range(SWAPS_PER_LINE)]
        for swap in swaps[: SWAPS_PER_LINE // 10]:
            swap["sig"] = text(88)
        head = {
            "_tronque_a_s": 300,
            "created": created,
            "mint": text(40) + "pump",
            "pool": text(44),
            "snipers": [],
            "swaps": swaps,
        }
        yield json.dumps(head) + "\n"


def _swap(random: Random, second: int, trader: str) -> dict[str, Any]:
    sol = round(random.lognormvariate(-2, 1.5), 4) or 0.0001
    tokens = round(random.lognormvariate(12, 2), 2)
    side = random.choice(("buy", "sell"))
    return {"price": sol / tokens, "progs": ["FLASHX"], "side": side, "sol": sol, "src": "PUMP_AMM", "tokens": tokens,
            "trader": trader, "ts": second}  # fmt: skip


class Nothing:
    """A ledger that keeps nothing: what is left is reading, decoding and batching."""

    def __init__(self) -> None:
        self.trades = 0

    def commit(self, batch: Any) -> Any:
        from remora.ports import Committed

        self.trades += len(batch.facts)
        return Committed(version=1, new={"trade": len(batch.facts)}, duplicates={}, quarantined=0)

    def cursor(self, name: str) -> None:
        return None

    def table(self, name: str, **_: Any) -> Iterator[Any]:
        return iter(())


def part(name: str, path: Path, home: Path) -> dict[str, float]:
    """Run one part in this process: seconds, trades, peak megabytes."""
    from remora.intake import importer, maps, readers
    from remora.ports import Context, Record

    started, trades = perf_counter(), 0
    kind = next(kind for kind in maps.shipped() if kind.name == "solana.amm_tape")
    if name == "parse":
        trades = sum(len(item.value["swaps"]) for item in readers.read(path, "jsonl") if isinstance(item, Record))
    elif name == "decode":
        decoder = kind.open(Context())
        trades = sum(len(decoder.decode(item).facts) for item in readers.read(path, "jsonl") if isinstance(item, Record))
    else:
        ledger: Any = Nothing()
        if name == "duckdb":
            from remora.stores.ledger.duckdb import open_ledger

            ledger = open_ledger(home)
        report = importer.run([path], maps.shipped(), ledger)
        trades = report.facts["trade"]
        if name == "duckdb":
            ledger.close()
    peak = peak_bytes() / 2**20
    return {"seconds": perf_counter() - started, "trades": trades, "peak_mb": peak}


def measure(sizes: list[int], parts: list[str]) -> bool:
    """Make the tapes, run every part on each, print the table; whether every floor was held."""
    seconds: dict[str, float] = {}
    peaks: list[float] = []
    print(f"{'part':<10}{'trades':>12}{'seconds':>10}{'trades/s':>12}{'of parse':>10}{'peak MB':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            path = Path(folder) / f"tape_{size}.jsonl"
            with path.open("w") as out:
                out.writelines(tape(size))
            base = 0.0
            for name in parts:
                command = [sys.executable, __file__, "--part", name, "--file", str(path), "--home", f"{folder}/{name}_{size}"]
                answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                seconds[name] = answer["seconds"]
                peaks += [answer["peak_mb"]] if name == "null" else []
                rate = answer["trades"] / answer["seconds"]
                base = base or rate
                row = f"{name:<10}{answer['trades']:>12,.0f}{answer['seconds']:>10.2f}{rate:>12,.0f}"
                print(f"{row}{base / rate:>9.1f}x{answer['peak_mb']:>10.0f}", flush=True)
    return _held(seconds, peaks)


def _held(seconds: dict[str, float], peaks: list[float]) -> bool:
    """Print what each step takes of the whole import of the larger tape, and the floors."""
    if set(seconds) < set(PARTS):
        return True
    steps = {"parsing": seconds["parse"], "decoding": seconds["decode"] - seconds["parse"]}
    steps["batching"] = max(seconds["null"] - seconds["decode"], 0.0)
    steps["store"] = seconds["duckdb"] - sum(steps.values())
    shares = {name: value / seconds["duckdb"] for name, value in steps.items()}
    print("\nof the whole import: " + ", ".join(f"{name} {share:.0%}" for name, share in shares.items()))
    growth = peaks[-1] / peaks[0]
    floors = (("share of the store", shares["store"], STORE_SHARE), ("memory at ten times the trades", growth, GROWTH))
    for what, found, floor in floors:
        print(f"{'held  ' if found < floor else 'MISSED'} {what}: {found:.2f}, floor {floor}")
    return all(found < floor for _, found, floor in floors)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trades", type=int, default=1_000_000)
    parser.add_argument("--without", nargs="*", default=[], choices=PARTS)
    parser.add_argument("--part", choices=PARTS)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--home", type=Path)
    arguments = parser.parse_args()
    if arguments.part:
        print(json.dumps(part(arguments.part, arguments.file, arguments.home)))
        return
    held = measure([arguments.trades // 10, arguments.trades], [name for name in PARTS if name not in arguments.without])
    sys.exit(0 if held or arguments.trades < FLOORS_FROM else 1)


if __name__ == "__main__":
    main()
