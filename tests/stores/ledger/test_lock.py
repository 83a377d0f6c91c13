"""One process owns the store; the next one is told who."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from remora.model.errors import StoreInUse
from remora.stores.ledger.duckdb import open_ledger
from remora.stores.ledger.lock import HomeLock, holder
from shared_data import ROOT

HOLD = """
import sys, time
from pathlib import Path
from remora.stores.ledger.lock import HomeLock
lock = HomeLock.acquire(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(120)
"""


def test_a_second_opener_is_told_who_holds_the_store_and_a_dead_holder_is_none(tmp_path: Path) -> None:
    open_ledger(tmp_path).close()
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=environment
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        told = holder(tmp_path)
        assert told is not None
        assert (told["pid"], told["socket"]) == (child.pid, None)
        for read_only in (False, True):
            with pytest.raises(StoreInUse, match=f"in use by process {child.pid} ") as caught:
                open_ledger(tmp_path, read_only=read_only)
            assert str(child.pid) in caught.value.hint
        child.send_signal(signal.SIGKILL)
    assert holder(tmp_path) is None
    open_ledger(tmp_path).close()


def test_the_same_process_cannot_open_twice(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    with pytest.raises(StoreInUse, match=str(os.getpid())):
        open_ledger(tmp_path)
    ledger.close()
    open_ledger(tmp_path).close()


def test_a_failed_opening_lets_go_of_the_lock(tmp_path: Path) -> None:
    open_ledger(tmp_path).close()
    (tmp_path / "ledger.duckdb").write_bytes(b"nonsense")
    for _ in range(2):
        with pytest.raises(Exception, match="damaged"):
            open_ledger(tmp_path)
    assert holder(tmp_path) is None


def test_a_lock_file_with_nonsense_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text('{"pid": 1, "command": "long dead"}')
    lock = HomeLock.acquire(tmp_path)
    told = holder(tmp_path)
    assert told is not None
    assert told["pid"] == os.getpid()
    lock.release()
    assert holder(tmp_path) is None
