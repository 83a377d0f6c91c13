"""Decoding speed on one core, each line against its floor of the same run.

    python benchmarks/bench_decode.py [--seconds S]

Records are the recorded ones where the shared data are present (see tests/shared_data.py), else events of the same
layout made here. The floor of an event is base64 and struct over the same fields; of a document, its JSON parser.
Repeated keys are as frequent as in the recording: public keys come from the cache, as in a live stream.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from struct import Struct, pack

import msgspec

from remora.model.facts import Fact
from remora.ports import Context, Record
from remora.venues.solana import curve_trade, events, wire
from remora.venues.solana.events import Event
from remora.venues.solana.kinds import LOGS, TRANSACTIONS
from remora.venues.solana.logs import attribute
from remora.venues.solana.programs import PUMP
from remora.venues.solana.transaction import Transaction

SHARED = Path(os.environ.get("REMORA_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "data" / "solana"
FLOOR = Struct("<8x32sqqB32sqqqqq32sqq32sqq")  # the fields of a TradeEvent that every record has since 2025-05
MUST, AIM, RATE = 4.0, 2.0, 300_000
COPIES, BATCH = 5_200, 1_000


def made(n: int) -> bytes:
    """A TradeEvent of today's layout."""
    key = [bytes([1 + (n + k) % 200]) * 32 for k in range(4)]
    data = bytes.fromhex("bddb7fd34ee661ee") + key[0] + pack("<QQB", 10**9 + n, 10**12, n % 2) + key[1]
    data += pack("<qQQQQ", 1_783_165_099, 31 * 10**9, 10**15, 10**9, 7 * 10**14) + key[2] + pack("<QQ", 95, 9_500_000)
    data += key[3] + pack("<QQBQQQq", 30, 3_000_000, 1, 0, 0, 0, 0) + pack("<I", 3) + b"buy\0"
    return data + pack("<QQQQI", 0, 0, 5_000, 0, 0) + bytes(32) + pack("<QQQ", 10**9, 31 * 10**9, 10**9)


def recorded() -> tuple[list[tuple[Transaction, Event]], list[bytes]]:
    """Trade events with their transaction, and raw logsSubscribe frames of successful transactions."""
    path = SHARED / "streams" / "helius_logs_subscribe_pumpfun_part1.jsonl"
    found: list[tuple[Transaction, Event]] = []
    frames: list[bytes] = []
    for line in path.read_text().splitlines() if path.exists() else ():
        raw = json.loads(line)["raw"]
        for tx in wire.read(json.loads(raw)).transactions:
            if not tx.failed:
                frames.append(raw.encode())
                found += [(tx, one) for one in events.of(tx, {PUMP}).found if one.data[:8].hex() == "bddb7fd34ee661ee"]
    if found:
        return found, frames
    tx = Transaction(signature="5" * 87, source="bench", slot=1, complete=False)
    found = [(tx, Event(PUMP, n, made(n), n)) for n in range(52)]
    for _, event in found:
        lines = [
            f"Program {PUMP} invoke [1]",
            "Program data: " + base64.b64encode(event.data).decode(),
            f"Program {PUMP} success",
        ]
        value = {"signature": "5" * 87, "err": None, "logs": lines}
        frame = {"method": "logsNotification", "params": {"result": {"context": {"slot": 1}, "value": value}}}
        frames.append(msgspec.json.encode(frame))
    return found, frames


def rates(works: dict[str, tuple[Callable[[], object], int]], seconds: float) -> dict[str, float]:
    """Items per second of each work: the median of eleven rounds in turn, so that a busy moment hits all alike."""
    rounds: dict[str, int] = {}
    for name, (work, _) in works.items():
        work()
        start = time.perf_counter()
        work()
        rounds[name] = max(1, int(seconds / 11 / max(time.perf_counter() - start, 1e-6)))
    seen: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(11):
        for name, (work, items) in works.items():
            start = time.perf_counter()
            for _ in range(rounds[name]):
                work()
            seen[name].append(items * rounds[name] / (time.perf_counter() - start))
    return {name: median(values) for name, values in seen.items()}


def events_table(found: list[tuple[Transaction, Event]], seconds: float) -> bool:
    """Trade events: bytes to facts, base64 to facts, and the floor. True when the limits hold."""
    # Copies of their own, as many as a second of a busy stream: nothing is found in the cache that would not be there.
    found = [
        (tx, event._replace(data=bytes(bytearray(event.data)))) for _ in range(COPIES // len(found)) for tx, event in found
    ]
    texts = [(tx, event, base64.b64encode(event.data).decode()) for tx, event in found]
    unpack, decode, a2b = FLOOR.unpack_from, curve_trade.decode, binascii.a2b_base64

    def floor() -> None:
        for _, _, text in texts:
            unpack(a2b(text))

    def from_bytes() -> None:
        facts: list[Fact] = []
        for tx, event in found:
            decode(tx, event.data, event.n, event.ordinal, facts)
            if len(facts) >= BATCH:
                facts.clear()

    def from_base64() -> None:
        facts: list[Fact] = []
        for tx, event, text in texts:
            decode(tx, a2b(text), event.n, event.ordinal, facts)
            if len(facts) >= BATCH:
                facts.clear()

    works = {"floor": (floor, len(found)), "bytes": (from_bytes, len(found)), "base64": (from_base64, len(found))}
    base, direct, whole = rates(works, seconds).values()
    print(f"{'TradeEvent':<44}{'per second':>12}{'floor/this':>12}")
    print(f"{'  floor: base64 + struct':<44}{base:>12,.0f}{1:>12.2f}")
    print(f"{'  bytes -> Trade and Reserves':<44}{direct:>12,.0f}{base / direct:>12.2f}")
    print(f"{'  base64 -> Trade and Reserves':<44}{whole:>12,.0f}{base / whole:>12.2f}")
    held = base / direct <= MUST
    print(
        f"  P8, bytes to two facts: at most {MUST:.0f}x the floor (aim {AIM:.0f}x): {'holds' if held else 'DOES NOT HOLD'}",
        end="; ",
    )
    print(f"{RATE:,} per second: {'reached' if direct >= RATE else 'not reached on this machine now'}")
    return held


def documents_table(frames: list[bytes], seconds: float) -> None:
    """Whole logsSubscribe frames and getTransaction documents, JSON bytes to facts."""
    logs, context = LOGS.open(Context()), Context()
    parse = msgspec.json.decode

    def line(name: str, documents: list[bytes], work: Callable[[], object]) -> None:
        parsing = (lambda: [parse(one) for one in documents], len(documents))
        base, this = rates({"parse": parsing, "decode": (work, len(documents))}, seconds).values()
        size = sum(map(len, documents)) / len(documents) / 1000
        print(f"{name + f' ({size:.1f} kB)':<44}{this:>12,.0f}{base / this:>12.2f}")

    print(f"{'JSON document -> facts':<44}{'per second':>12}{'parser/this':>12}")
    line("  logsSubscribe frame", frames, lambda: [logs.decode(Record(value=parse(one))) for one in frames])
    lines = [parse(one)["params"]["result"]["value"]["logs"] for one in frames]
    stack = rates({"stack": (lambda: [attribute(one) for one in lines], len(lines))}, seconds)["stack"]
    print(f"{'    of which the invoke stack alone':<44}{stack:>12,.0f}")
    folder = SHARED / "tx"
    for name in ("2024-12_open4.json", "2026-07-29_pump_create_v2_buy_cashback.json", "jsonparsed_3HxfYpPAC7dM.json"):
        if (folder / name).exists():
            raw = [(folder / name).read_bytes()]
            whole = TRANSACTIONS.open(context)
            line(f"  {name[:30]}", raw, lambda raw=raw, whole=whole: [whole.decode(Record(value=parse(one))) for one in raw])  # type: ignore[misc]


def main() -> int:
    """Print the tables; 1 when a limit does not hold."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=1.5, help="time per line")
    seconds = arguments.parse_args().seconds
    found, frames = recorded()
    print(f"{len(found)} events, {'recorded' if SHARED.exists() else 'made'}")
    held = events_table(found, seconds)
    documents_table(frames, seconds)
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
