"""A backup proves itself when it is restored."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.ledger_makes import rows, trade
from remora.model.errors import InputRefused, StoreDamaged, UsageError
from remora.ports import Batch, Cursor
from remora.stores.ledger.duckdb import open_ledger
from remora.stores.ledger.restore import restore


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    ledger = open_ledger(tmp_path / "home")
    ledger.commit(Batch(facts=[trade(f"a:{n}") for n in range(50)], cursor=Cursor(name="f", position=50, digest="d")))
    stream = ledger.table("trades")
    next(stream)  # a reader does not hinder a backup
    ledger.backup(str(tmp_path / "backup"))
    ledger.commit(Batch(facts=[trade("later")]))
    ledger.close()
    return tmp_path / "backup"


def test_a_backup_comes_back(backup: Path, tmp_path: Path) -> None:
    manifest = restore(backup, tmp_path / "new")
    assert manifest.totals["trades"] == 50
    ledger = open_ledger(tmp_path / "new")
    assert len(rows(ledger.table("trades"))) == 50
    cursor = ledger.cursor("f")
    assert cursor is not None
    assert cursor.position == 50
    assert ledger.commit(Batch(facts=[trade("later")])).new == {"trade": 1}
    ledger.close()


def test_nothing_is_overwritten(backup: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not empty"):
        restore(backup, tmp_path / "home")
    ledger = open_ledger(tmp_path / "home")
    with pytest.raises(UsageError, match="not empty"):
        ledger.backup(str(backup))
    ledger.close()


def test_a_damaged_or_unfinished_backup_is_refused(backup: Path, tmp_path: Path) -> None:
    manifest = (backup / "manifest.json").read_bytes()
    path = backup / "ledger.duckdb"
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 4
    path.write_bytes(body)
    with pytest.raises(StoreDamaged, match=r"ledger\.duckdb"):
        restore(backup, tmp_path / "new")
    (backup / "manifest.json").write_bytes(manifest[:-20])
    with pytest.raises(StoreDamaged, match=r"manifest\.json"):
        restore(backup, tmp_path / "new")
    (backup / "manifest.json").unlink()
    with pytest.raises(InputRefused, match="no finished backup"):
        restore(backup, tmp_path / "new")


def test_a_manifest_that_tells_other_rows_is_refused(backup: Path, tmp_path: Path) -> None:
    path = backup / "manifest.json"
    path.write_text(path.read_text().replace('"trades": 50', '"trades": 51'))
    with pytest.raises(StoreDamaged, match="other rows"):
        restore(backup, tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []
