"""The ledger: insert rate beside the bare database's, one wallet out of many, booking scan, memory.

    python benchmarks/bench_ledger.py [--trades 300000] [--batch 100000] [--sources exact|tape|both]

Ratios of one run; every figure is printed with what it is measured against.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from memory import peak_bytes
from remora.model.facts import Trade
from remora.ports import Batch
from remora.stores.ledger.columnar import ColumnLedger
from remora.stores.ledger.dictionary import Names
from remora.stores.ledger.duckdb import open_ledger
from remora.stores.ledger.frames import frame_of
from remora.stores.ledger.schema import LAYOUTS

SECOND = 10**9
PROGRAM = "6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P"
START = 1_750_000_000 * SECOND
ALPHABET = np.frombuffer(b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", np.uint8)


def addresses(random: np.random.Generator, count: int, length: int) -> list[str]:
    """Random base58 texts."""
    letters = ALPHABET[random.integers(0, 58, (count, length))]
    return [row.tobytes().decode() for row in letters]


def trades(
    random: np.random.Generator, start: int, count: int, wallets: list[str], assets: list[str], exact: bool
) -> list[Trade]:
    """`count` trades, 100 a second, by wallets and assets of a long-tailed popularity."""
    chosen = (len(wallets) * random.random(count) ** 3).astype(int)
    held = (len(assets) * random.random(count) ** 3).astype(int)
    signatures = addresses(random, count, 88)
    quantities, money = random.integers(1, 10**12, count).tolist(), random.integers(1, 10**9, count).tolist()
    made = []
    for n in range(count):
        signature = signatures[n]
        exact_id, tape_id = f"solana:{signature}:{PROGRAM}:e0", f"solana:tape:{signature[:32]}:0"
        made.append(Trade(
            id=exact_id if exact else tape_id, source="chain" if exact else "tape", venue="solana",
            happened_at=START + (start + n) * SECOND // 100, tx=signature if exact else "",
            slot=300_000_000 + (start + n) // 40 if exact else None, tx_index=n % 40 if exact else None,
            wallet=wallets[chosen[n]], asset=assets[held[n]], side="buy" if n % 2 else "sell", quantity_atoms=quantities[n],
            quote="SOL", quote_atoms=money[n], venue_fee_quote_atoms=money[n] // 100, program="pumpfun", exact=exact,
        ))  # fmt: skip
    return made


def bare_rate(folder: Path, facts: list[list[Trade]]) -> float:
    """Rows a second of DuckDB alone, given ready Arrow columns of the same batches: the floor."""
    import duckdb

    class Nowhere:
        def fetch(self, *_: object) -> pa.Table:
            return pa.table({"id": pa.array([], pa.int32()), "name": pa.array([], pa.string())})

    names = Names(Nowhere(), 0)  # type: ignore[arg-type]
    tables = [frame_of(LAYOUTS["trades"], batch, names) for batch in facts]
    connection = duckdb.connect(str(folder / "bare.duckdb"), config={"memory_limit": "1GB"})
    connection.register("first", tables[0].slice(0, 0))
    connection.execute("CREATE TABLE trades AS SELECT * FROM first").fetchall()
    started = time.perf_counter()
    for table in tables:
        connection.register("incoming", table)
        connection.execute("INSERT INTO trades SELECT * FROM incoming").fetchall()
    connection.execute("CHECKPOINT").fetchall()
    seconds = time.perf_counter() - started
    connection.close()
    return sum(map(len, facts)) / seconds


def fill(
    ledger: ColumnLedger, arguments: argparse.Namespace, wallets: list[str], assets: list[str]
) -> tuple[float, list[list[Trade]]]:
    """Commit all batches; answers rows a second inside `commit`, and the first batches."""
    random = np.random.default_rng(7)
    spent, kept = 0.0, []
    for number, start in enumerate(range(0, arguments.trades, arguments.batch)):
        exact = arguments.sources == "exact" or (arguments.sources == "both" and number % 2 == 0)
        batch = trades(random, start, min(arguments.batch, arguments.trades - start), wallets, assets, exact)
        started = time.perf_counter()
        ledger.commit(Batch(facts=batch))
        spent += time.perf_counter() - started
        if number < 3:
            kept.append(batch)
    return arguments.trades / spent, kept


def best_of(call: object, times: int = 5) -> float:
    """The shortest of several runs, in milliseconds."""
    spent = []
    for _ in range(times):
        started = time.perf_counter()
        call()  # type: ignore[operator]
        spent.append(time.perf_counter() - started)
    return min(spent) * 1000


def peak_mb() -> float:
    """The most memory this process has held."""
    return peak_bytes() / 2**20


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trades", type=int, default=300_000)
    parser.add_argument("--batch", type=int, default=100_000)
    parser.add_argument("--sources", choices=("exact", "tape", "both"), default="exact")
    parser.add_argument("--parts", type=int, default=0, help="parts of the booking scan (default: 1 per 1.5 million trades)")
    arguments = parser.parse_args()
    random = np.random.default_rng(1)
    wallets = addresses(random, max(1000, arguments.trades // 20), 44)
    assets = addresses(random, max(100, arguments.trades // 100), 44)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        ledger = open_ledger(home / "home")
        rate, kept = fill(ledger, arguments, wallets, assets)
        again = best_of(lambda: ledger.commit(Batch(facts=kept[0])), 1)
        bare = bare_rate(home, kept)
        kept.clear()
        print(f"commit           {rate:12,.0f} trades/s   {rate / bare:6.2f} of the bare insert ({bare:,.0f}/s, ready columns)")
        print(
            f"import again     {arguments.batch / again * 1000:12,.0f} trades/s   one batch of {arguments.batch:,} known trades"
        )
        small = [Batch(facts=trades(random, 10**9 + n, 100, wallets, assets, True)) for n in range(3)]
        print(f"live commit      {min(best_of(lambda b=b: ledger.commit(b), 1) for b in small):12.1f} ms         100 trades")
        size = sum(ledger.summary()["bytes"].values())
        print(f"size             {size / arguments.trades:12.0f} bytes/trade")
        ledger.close()
        started = time.perf_counter()
        ledger = open_ledger(home / "home")
        print(f"open             {(time.perf_counter() - started) * 1000:12.1f} ms")
        ids = list(ledger.ids([wallets[0], wallets[len(wallets) // 2], wallets[-1]]).values())
        slowest = max(best_of(lambda w=w: ledger.book_trades(wallets=[w])) for w in ids)
        print(f"one wallet       {slowest:12.1f} ms         slowest of three wallets")
        first = best_of(lambda: list(ledger.table("trades", where={"wallet": wallets[len(wallets) // 2]})), 3)
        print(f"one wallet, text {first:12.1f} ms")
        print(f"last prices      {best_of(ledger.last_prices, 2):12.1f} ms")
        before, parts = peak_mb(), arguments.parts or max(1, arguments.trades // 1_500_000)
        started = time.perf_counter()
        rows = sum(ledger.book_trades(parts=parts, part=part).num_rows for part in range(parts))
        spent = time.perf_counter() - started
        print(f"booking scan     {rows / spent:12,.0f} trades/s   {parts} parts, {spent:.1f} s")
        print(f"peak memory      {peak_mb():12,.0f} MB         before the scan {before:,.0f} MB")
        ledger.close()


if __name__ == "__main__":
    main()
