"""A simulated market as import files."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Any

from remora.app import build
from remora.model.errors import UsageError


def write(folder: Path, *, seed: int, wallets: int, days: int, world: str) -> dict[str, Any]:
    """Write the market of that seed into an empty or new folder; counts of what was made."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty", hint="name a new folder")
    started = perf_counter()
    made = build.simulate(folder, seed=seed, wallets=wallets, days=days, world=world)
    return {"folder": str(folder), "world": world, "seed": seed, "made": made, "seconds": round(perf_counter() - started, 2)}
