"""Runs the real command line in a process of its own, as a user does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def remora(home: Path, *words: str, code: int = 0, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run `remora --home HOME WORDS…`; the exit code must be `code`."""
    ignored = ("REMORA_", "PYTHONDONTWRITE")  # no settings of this machine; compiled modules are kept, as for a user
    clean = {key: value for key, value in os.environ.items() if not key.startswith(ignored)}
    program = "from remora.app.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--home", str(home), *words],
        capture_output=True, text=True, check=False, env={**clean, **(env or {})}, timeout=240,
    )  # fmt: skip
    assert done.returncode == code, f"{words}: exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    return done


def answer(home: Path, *words: str, code: int = 0) -> Any:
    """The one JSON document that `--json` prints."""
    return json.loads(remora(home, *words, "--json", code=code).stdout)
