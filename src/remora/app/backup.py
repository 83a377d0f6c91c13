"""A consistent copy of the store, and its proof by a restore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from remora.model.errors import UsageError

if TYPE_CHECKING:
    from remora.app.config import Settings
    from remora.ports import Ledger


def make(ledger: Ledger, to: Path, home: Path) -> dict[str, Any]:
    """Copy the ledger into `to` (new or empty)."""
    require_empty(to)
    if to.resolve().is_relative_to(home.resolve()):
        raise UsageError(f"{to} lies inside the home {home}", hint="put a backup where a lost home does not take it along")
    to.mkdir(parents=True, exist_ok=True)
    ledger.backup(str(to))
    counts = ledger.counts()
    return {
        "version": ledger.version(),
        "rows": sum(counts.values()),
        "bytes": sum(f.stat().st_size for f in to.rglob("*") if f.is_file()),
    }


def restore(source: Path, home: Path, settings: Settings) -> dict[str, Any]:
    """Put a backup into an empty home, open it and compare its row counts with the backup's own list."""
    from remora.app import build

    if not source.is_dir():
        raise UsageError(f"no backup in {source}", hint="name the folder given to `remora backup`")
    build.restore(source, home)
    ledger = build.ledger(home, settings)
    try:
        return {"version": ledger.version(), "rows": sum(ledger.counts().values()), "stored": sum(ledger.check().values())}
    finally:
        ledger.close()


def require_empty(folder: Path) -> None:
    """UsageError unless the folder is new or empty: nothing is ever written over."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty", hint="name a new or empty folder")
