"""As long as it is given: markets are imported, killed at random moments, resumed, and are what they would have been."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest

from journeys.run import answer, remora
from remora.venues.simulated import sample

pytestmark = pytest.mark.soak
TABLES = ("trades", "reserves", "launches", "markets", "resolutions", "positions", "sells")


def exported(home: Path) -> str:
    """One digest over sorted exports of every table that matters."""
    whole = sha256()
    for table in TABLES:
        file = home.parent / f"{home.name}.{table}.jsonl"
        remora(home, "export", table, "--to", str(file))
        whole.update(b"".join(sorted(file.read_bytes().splitlines(keepends=True))))
        file.unlink()
    return whole.hexdigest()


def killed_import(home: Path, folder: Path, after_seconds: float) -> bool:
    """Start an import and kill it; whether it had ended before."""
    program = "from remora.app.cli.main import main; main()"
    child = subprocess.Popen(
        [sys.executable, "-c", program, "--home", str(home), "import", str(folder)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        return child.wait(after_seconds) == 0
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        return False


def test_killed_and_resumed_lives_equal_the_uninterrupted_one(tmp_path: Path) -> None:
    minutes = float(os.environ.get("REMORA_SOAK_MINUTES", "10"))
    end, rounds, kills = time.monotonic() + 60 * minutes, 0, 0
    draw = random.Random(int(os.environ.get("REMORA_SOAK_SEED", "1")))
    while time.monotonic() < end or rounds == 0:
        seed = draw.randrange(10**6)
        folder, whole, torn = (tmp_path / f"{rounds}-{name}" for name in ("files", "whole", "torn"))
        sample.write(folder, seed)
        remora(whole, "import", str(folder))
        while not killed_import(torn, folder, draw.uniform(0.2, 2.5)):
            kills += 1
        assert exported(torn) == exported(whole), f"seed {seed}"
        assert answer(torn, "verify")["passed"], f"seed {seed}"
        rounds += 1
    print(f"{rounds} markets, {kills} kills, nothing lost and nothing doubled")
