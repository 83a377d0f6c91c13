"""kill -9 of a real import into a real ledger at random moments: what is resumed equals what was never broken off."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
SRC = Path(__file__).resolve().parents[2] / "src"

CHILD = """
import sys
from pathlib import Path
from remora.intake import importer, maps
from remora.stores.ledger.duckdb import open_ledger
ledger = open_ledger(Path(sys.argv[1]))
print("open", flush=True)
importer.run([Path(name) for name in sys.argv[2:]], maps.shipped(), ledger, batch_facts=200, batch_records=20)
ledger.close()
"""


@pytest.fixture(scope="module")
def tapes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two tapes of some thousand trades, many of them alike, with records that cannot be read."""
    random = Random(11)
    names = ["".join(random.choices(ALPHABET, k=44)) for _ in range(30)]
    paths = [tmp_path_factory.mktemp("tapes") / f"{n}.jsonl" for n in range(2)]
    for path in paths:
        lines = []
        for n in range(60):
            swaps = [
                {"trader": random.choice(names), "side": random.choice(["buy", "sell"]), "sol": random.randrange(1, 9) / 10,
                 "tokens": random.choice([1000.5, 2000.25]), "ts": 1_782_600_000 + k // 7, "src": "PUMP_AMM"}
                for k in range(40)
            ]  # fmt: skip
            swaps[n % 40]["sol"] = -1 if n % 9 == 0 else 0.5
            row = {"mint": random.choice(names), "pool": names[0], "created": 1, "swaps": swaps}
            lines.append(json.dumps(row) if n % 13 else "{broken")
        path.write_text("\n".join(lines))
    return paths


def start(home: Path, tapes: list[Path]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", CHILD, str(home), *map(str, tapes)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(SRC)})
    assert child.stdout is not None
    assert child.stdout.readline() == b"open\n"
    return child


def finish(child: subprocess.Popen[bytes]) -> int:
    assert child.stdout is not None
    child.stdout.close()
    return child.wait(timeout=120)


def contents(home: Path) -> dict[str, Any]:
    """Every table's rows and the quarantine, without what tells only which commit brought them."""
    from remora.stores.ledger.duckdb import open_ledger

    ledger = open_ledger(home)
    try:
        rows = [row for batch in ledger.table("trades") for row in batch.to_pylist()]
        for row in rows:
            row.pop("version", None)
        held = [(item.file, item.record, item.reason, item.where, item.raw) for item in ledger.quarantine()]
    finally:
        ledger.close()
    return {"trades": rows, "quarantine": held}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, tapes: list[Path]) -> tuple[dict[str, Any], float]:
    """What an uninterrupted import holds, and how long it took."""
    home = tmp_path_factory.mktemp("whole")
    child = start(home, tapes)
    begun = time.monotonic()
    assert finish(child) == 0
    return contents(home), time.monotonic() - begun


def _killed_and_resumed(tmp_path: Path, tapes: list[Path], whole: tuple[dict[str, Any], float], seed: int) -> bool:
    """Kill one import at a random moment, resume it, compare. Whether the kill came before the end."""
    expected, seconds = whole
    child = start(tmp_path, tapes)
    time.sleep(Random(seed).uniform(0, seconds))
    child.send_signal(signal.SIGKILL)
    killed = finish(child) == -signal.SIGKILL
    assert finish(start(tmp_path, tapes)) == 0
    assert contents(tmp_path) == expected
    return killed


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_import_resumes_to_the_same_ledger(
    tmp_path: Path, tapes: list[Path], whole: tuple[dict[str, Any], float], seed: int
) -> None:
    assert len(whole[0]["trades"]) > 3_000
    assert len(whole[0]["quarantine"]) > 10
    _killed_and_resumed(tmp_path, tapes, whole, seed)


@pytest.mark.full
@pytest.mark.timeout(1_200)
def test_fifty_kills(tmp_path: Path, tapes: list[Path], whole: tuple[dict[str, Any], float]) -> None:
    killed = 0
    for seed in range(50):
        home = tmp_path / str(seed)
        home.mkdir()
        killed += _killed_and_resumed(home, tapes, whole, 100 + seed)
    assert killed >= 25, "most kills came after the import had ended: they prove nothing"
