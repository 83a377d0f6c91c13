"""kill -9 at any moment of an import: what was acknowledged is there, nothing is torn, and going on gives the same."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from contracts.ledger_makes import rows, trade
from remora.model.facts import Fact
from remora.ports import Batch, Cursor
from remora.stores.ledger.columnar import ColumnLedger
from remora.stores.ledger.duckdb import open_ledger
from shared_data import ROOT

ROWS = 40
IMPORT = "import sys; from stores.ledger.test_kill import run; run(sys.argv[1], int(sys.argv[2]))"


def _batch(n: int) -> Batch:
    """Chain and tape rows of the same trades, so that commits both add and end rows."""
    exact = n % 2 == 0
    facts: list[Fact] = [
        trade(f"c:{n}:{i}" if exact else f"t:{n}:{i}", tx=f"T{n // 2}x{i}", wallet=f"W{i}", exact=exact,
              source="chain" if exact else "tape")
        for i in range(ROWS)
    ]  # fmt: skip
    return Batch(facts=facts, cursor=Cursor(name="import", position=n + 1, digest="d"))


def _go_on(ledger: ColumnLedger, batches: int) -> None:
    cursor = ledger.cursor("import")
    for n in range(cursor.position if cursor else 0, batches):
        print(ledger.commit(_batch(n)).version, flush=True)


def run(home: str, batches: int) -> None:
    """What the killed process does."""
    ledger = open_ledger(Path(home), threads=1)
    print("open", flush=True)
    _go_on(ledger, batches)
    ledger.close()


def _run_and_kill(home: Path, batches: int, moment: random.Random) -> int:
    """Import in a process of its own, killed at some moment; answers the last acknowledged version."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])}
    command = [sys.executable, "-c", IMPORT, str(home), str(batches)]
    acknowledged = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stdout is not None
        lines = moment.randrange(0, 12)
        for _ in range(lines):
            line = child.stdout.readline().strip()
            acknowledged = int(line) if line.isdigit() else acknowledged
        time.sleep(moment.random() * 0.05)
        child.send_signal(signal.SIGKILL)
        rest = [int(line) for line in child.stdout.read().split() if line.isdigit()]
    return max([acknowledged, *rest])


def _survive(tmp_path: Path, kills: int, batches: int) -> None:
    whole = open_ledger(tmp_path / "whole", threads=1)
    for n in range(batches):
        whole.commit(_batch(n))
    expected = rows(whole.table("trades"))
    whole.close()
    moment = random.Random(kills)
    for _ in range(kills):
        acknowledged = _run_and_kill(tmp_path / "home", batches, moment)
        ledger = open_ledger(tmp_path / "home", threads=1)
        ledger.check()
        cursor = ledger.cursor("import")
        position = cursor.position if cursor else 0
        assert acknowledged <= position == ledger.version()
        assert ledger.counts()["trades"] == (position + 1) // 2 * ROWS
        assert position < batches, "the import was over before it was killed: give it more batches"
        ledger.close()
    ledger = open_ledger(tmp_path / "home", threads=1)
    _go_on(ledger, batches)
    assert rows(ledger.table("trades")) == expected
    ledger.close()


def test_killed_imports_go_on(tmp_path: Path) -> None:
    _survive(tmp_path, 3, 90)


@pytest.mark.full
@pytest.mark.timeout(1200)
def test_imports_killed_fifty_times_go_on(tmp_path: Path) -> None:
    _survive(tmp_path, 50, 1000)
