"""A backup back into a home folder: proven by opening it, reading it whole and comparing its rows with the manifest."""

from __future__ import annotations

import shutil
from pathlib import Path

from remora.model.errors import StoreDamaged, UsageError
from remora.stores.ledger.backup import Manifest, read_manifest
from remora.stores.ledger.duckdb import open_ledger
from remora.stores.ledger.sidecar import LEDGER_FILE, NOTE_FILE


def restore(folder: Path, home: Path) -> Manifest:
    """Put the backup in `folder` into an empty `home` and prove it; answers what it holds.

    Raises UsageError for a home that holds something, InputRefused for a folder that is no backup, StoreDamaged for
    one that is not what was written.
    """
    if home.exists() and any(home.iterdir()):
        raise UsageError(f"{home} is not empty: nothing is overwritten", hint="restore into a new --home")
    manifest = read_manifest(folder)
    home.mkdir(parents=True, exist_ok=True)
    try:
        for name in manifest.files:
            shutil.copyfile(folder / name, home / name)
        _prove(manifest, home)
    except StoreDamaged:
        for name in (*manifest.files, LEDGER_FILE, f"{LEDGER_FILE}.wal", NOTE_FILE, "lock"):
            (home / name).unlink(missing_ok=True)
        raise
    return manifest


def _prove(manifest: Manifest, home: Path) -> None:
    ledger = open_ledger(home)
    try:
        rows = ledger.check()
        version = ledger.version()
    finally:
        ledger.close()
    expected = {name: count for name, count in manifest.totals.items() if count}
    if version != manifest.version or {name: count for name, count in rows.items() if count} != expected:
        raise StoreDamaged(
            f"the restored ledger holds other rows than the backup's manifest: {rows}", hint="use another backup"
        )
