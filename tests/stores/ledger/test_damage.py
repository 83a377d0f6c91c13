"""A damaged store is noticed and named, never read as empty or as less than it was."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import pytest

from contracts.ledger_makes import rows, trade
from remora.model.errors import StoreDamaged, StoreError
from remora.ports import Batch, Cursor
from remora.stores.ledger.duckdb import open_ledger
from remora.stores.ledger.sidecar import LEDGER_FILE, NOTE_FILE

WAL_FILE = f"{LEDGER_FILE}.wal"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed store of a few hundred trades."""
    home = tmp_path_factory.mktemp("store") / "home"
    ledger = open_ledger(home, threads=1)
    for n in range(3):
        facts = [trade(f"solana:T{n}x{i}:P:e0", tx=f"T{n}x{i}", wallet=f"W{i % 7}", slot=n) for i in range(100)]
        ledger.commit(Batch(facts=facts, cursor=Cursor(name="f", position=n, digest="d")))
    ledger.close()
    return home


@pytest.fixture
def home(store: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(store, tmp_path / "home"))


@pytest.fixture
def unfinished(tmp_path: Path) -> Path:
    """A store whose last commits lie in its log only, as after a crash."""
    ledger = open_ledger(tmp_path / "first", threads=1)
    for n in range(3):
        ledger.commit(Batch(facts=[trade(f"a:{n}")]))
    copy = Path(shutil.copytree(tmp_path / "first", tmp_path / "home"))
    ledger.close()
    assert (copy / WAL_FILE).stat().st_size > 0
    return copy


def _read(home: Path) -> list[dict[str, object]]:
    """All trades, after the deep check."""
    ledger = open_ledger(home, threads=1)
    try:
        ledger.check()
        return rows(ledger.table("trades"))
    finally:
        ledger.close()


def test_an_emptied_file_is_noticed(home: Path) -> None:
    (home / LEDGER_FILE).write_bytes(b"")
    with pytest.raises(StoreDamaged, match=r"ledger\.duckdb is damaged") as caught:
        open_ledger(home)
    assert "restore" in caught.value.hint
    (home / NOTE_FILE).unlink()
    with pytest.raises(StoreDamaged):
        open_ledger(home)


def test_a_missing_file_is_noticed(home: Path) -> None:
    (home / LEDGER_FILE).unlink()
    with pytest.raises(StoreDamaged, match="is missing"):
        open_ledger(home)


@pytest.mark.parametrize("part", [0.001, 0.3, 0.6, 0.9, 0.999])
def test_a_truncated_file_is_noticed(home: Path, part: float) -> None:
    path = home / LEDGER_FILE
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])
    with pytest.raises(StoreDamaged, match=r"ledger\.duckdb is damaged"):
        open_ledger(home)


def test_another_or_older_file_in_its_place_is_noticed(home: Path, tmp_path: Path) -> None:
    old = (home / LEDGER_FILE).read_bytes()
    ledger = open_ledger(home)
    ledger.commit(Batch(facts=[trade("new:0")]))
    ledger.close()
    (home / LEDGER_FILE).write_bytes(old)
    with pytest.raises(StoreDamaged, match=r"ends at commit 3.* tells of commit 4"):
        open_ledger(home)
    open_ledger(tmp_path / "other").close()
    shutil.copy(tmp_path / "other" / LEDGER_FILE, home / LEDGER_FILE)
    with pytest.raises(StoreDamaged, match="another store"):
        open_ledger(home)


def test_a_foreign_database_is_no_ledger(home: Path) -> None:
    import duckdb

    (home / LEDGER_FILE).unlink()
    duckdb.connect(str(home / LEDGER_FILE)).close()
    with pytest.raises(StoreDamaged):
        open_ledger(home)


def test_a_lost_log_is_noticed(unfinished: Path) -> None:
    (unfinished / WAL_FILE).unlink()
    with pytest.raises(StoreDamaged, match="tells of commit 3"):
        open_ledger(unfinished)


def test_an_unfinished_store_is_read_from_its_log(unfinished: Path) -> None:
    assert len(_read(unfinished)) == 3


def test_a_damaged_note_is_named(home: Path) -> None:
    note = home / NOTE_FILE
    whole = note.read_bytes()
    for body in (b"", b"{", whole.replace(b'"trades"', b'"tradez"'), whole[:-10], b"\xff\xfe"):
        note.write_bytes(body)
        with pytest.raises(StoreDamaged, match=NOTE_FILE):
            open_ledger(home)


def test_a_note_one_commit_behind_is_no_damage(home: Path) -> None:
    behind = (home / NOTE_FILE).read_bytes()
    ledger = open_ledger(home)
    ledger.commit(Batch(facts=[trade("new:0")]))
    ledger.close()
    (home / NOTE_FILE).write_bytes(behind)
    assert len(_read(home)) == 301
    assert json.loads((home / NOTE_FILE).read_text())["version"] == 4


def test_a_store_whose_making_was_interrupted_is_made_anew(tmp_path: Path) -> None:
    home = tmp_path / "home"
    open_ledger(home).close()
    note = json.loads((home / NOTE_FILE).read_text())
    from remora.stores.ledger.sidecar import Note, write_note

    write_note(home, Note(store_id=note["store_id"], schema_version=1, state="creating"))
    (home / LEDGER_FILE).write_bytes(b"")
    assert _read(home) == []


def test_a_ledger_of_another_schema_is_refused(home: Path) -> None:
    import duckdb

    connection = duckdb.connect(str(home / LEDGER_FILE))
    connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'").fetchall()
    connection.close()
    with pytest.raises(StoreError, match="schema 99"):
        open_ledger(home)


def test_reading_only_needs_a_store_and_changes_nothing(home: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no ledger"):
        open_ledger(tmp_path / "nowhere", read_only=True)
    before = {path.name: path.read_bytes() for path in home.iterdir() if path.name != "lock"}
    ledger = open_ledger(home, read_only=True)
    assert ledger.counts()["trades"] == 300
    with pytest.raises(StoreError, match="reading only"):
        ledger.commit(Batch(facts=[trade("a:0")]))
    ledger.close()
    assert {path.name: path.read_bytes() for path in home.iterdir() if path.name != "lock"} == before


def _flips(size: int, count: int) -> list[int]:
    """Places to damage: all kinds of header bytes, then anywhere."""
    random_ = random.Random(5)
    heads = [0, 8, 12, 100, 4096, 4104, 4112, 4120, 4128, 4136, 8192, 8200, 8208, 8216, 8224, 8232, 12288, 12290, 12300]
    return [*heads, *(random_.randrange(12288, size) for _ in range(count))]


def _flip_each(home: Path, name: str, count: int) -> None:
    """A flipped bit is noticed when opening or by the deep check, or does no harm."""
    path = home / name
    saved = {file.name: file.read_bytes() for file in home.iterdir()}
    expected = _read(home)
    size = len(saved[name])
    places = _flips(size, count) if name == LEDGER_FILE else [random.Random(n).randrange(size) for n in range(count)]
    for place in places:
        for file in home.iterdir():
            file.unlink()
        for other, content in saved.items():
            (home / other).write_bytes(content)
        damaged = bytearray(saved[name])
        damaged[place] ^= 1 << (place % 8)
        path.write_bytes(damaged)
        try:
            found = _read(home)
        except StoreDamaged:
            continue
        assert found == expected, f"bit {place % 8} of byte {place} changed what is read, unnoticed"


def test_a_flipped_bit_is_noticed_or_harmless(home: Path) -> None:
    _flip_each(home, LEDGER_FILE, 40)


def test_a_flipped_bit_of_the_log_is_noticed_or_harmless(unfinished: Path) -> None:
    _flip_each(unfinished, WAL_FILE, 25)


@pytest.mark.full
def test_many_flipped_bits_are_noticed_or_harmless(home: Path) -> None:
    _flip_each(home, LEDGER_FILE, 1500)


@pytest.mark.full
def test_many_flipped_bits_of_the_log_are_noticed_or_harmless(unfinished: Path) -> None:
    _flip_each(unfinished, WAL_FILE, 600)
