"""The first run: real records where there are some, else the simulated sample, clearly marked."""

from __future__ import annotations

from pathlib import Path

from remora.app import build
from remora.app.home import is_simulated, mark_simulated
from remora.model.errors import UsageError


def prepare(home: Path, data: Path | None) -> Path:
    """The folder to import: `data`, or a freshly written simulated sample inside the home."""
    if data is not None:
        if not data.exists():
            raise UsageError(f"no such folder: {data}", hint="name a folder of records, or leave --data away for the sample")
        if is_simulated(home):
            raise UsageError(f"{home} holds the simulated market", hint="use another --home for real records")
        return data
    if home.exists() and any(home.iterdir()) and not is_simulated(home):
        raise UsageError(f"{home} holds real records", hint="use another --home for the simulated sample")
    mark_simulated(home)
    build.write_sample(home / "sample")
    return home / "sample"
