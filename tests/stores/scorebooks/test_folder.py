"""Scorebooks are written once, found by instant, and noticed when damaged."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from msgspec import structs

from remora.model.errors import CheckFailed, StoreDamaged
from remora.model.scorebook import Manifest
from remora.stores.scorebooks.folder import Scorebooks


def manifest(as_of: int, version: int = 1, **figures: int) -> Manifest:
    return Manifest(
        as_of=as_of, ledger_version=version, formula="f" * 64, profile="default", settings="s" * 64, figures=figures, tables={}
    )


def wallets(points: int) -> dict[str, pa.Table]:
    return {"wallets": pa.table({"wallet": ["ann", "bob"], "points": [points, 1]})}


def test_the_same_answer_twice_is_one_scorebook(tmp_path: Path) -> None:
    store = Scorebooks(tmp_path / "books")
    first, new = store.put(manifest(10), wallets(700))
    again, newer = store.put(manifest(10), wallets(700))
    assert (new, newer) == (True, False)
    assert again == first
    assert len(store.all()) == 1
    assert store.table(first, "wallets")["points"].to_pylist() == [700, 1]


def test_another_answer_under_the_same_name_is_refused(tmp_path: Path) -> None:
    store = Scorebooks(tmp_path)
    first, _ = store.put(manifest(10), wallets(700))
    with pytest.raises(CheckFailed, match="wallets differ"):
        store.put(manifest(10), wallets(701))
    assert store.table(first, "wallets")["points"].to_pylist() == [700, 1]
    assert [path.name for path in tmp_path.iterdir()] == [first.name]


def test_what_was_said_then_stays(tmp_path: Path) -> None:
    """A ledger that learnt more about the past does not change what had been answered."""
    store = Scorebooks(tmp_path)
    for as_of, version, points in ((10, 1, 1), (20, 2, 2), (10, 3, 3), (20, 4, 4)):
        store.put(manifest(as_of, version), wallets(points))

    def points(instant: int | None) -> int | None:
        book = store.at(instant, settings="s" * 64)
        return None if book is None else store.table(book, "wallets")["points"][0].as_py()

    assert [points(9), points(10), points(19), points(20), points(99)] == [None, 1, 1, 2, 2]
    assert points(None) == 4, "asked for nothing in particular, the newest"


@pytest.mark.parametrize("hurt", ["flip", "cut", "gone"])
def test_damage_is_named(tmp_path: Path, hurt: str) -> None:
    store = Scorebooks(tmp_path)
    book, _ = store.put(manifest(10), wallets(700))
    path = tmp_path / book.name / "wallets.arrow"
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    if hurt == "gone":
        path.unlink()
    else:
        path.write_bytes(raw if hurt == "flip" else raw[:-9])
    with pytest.raises(StoreDamaged, match=r"wallets\.arrow"):
        Scorebooks(tmp_path).table(book, "wallets")


def test_a_broken_manifest_is_named(tmp_path: Path) -> None:
    store = Scorebooks(tmp_path)
    book, _ = store.put(manifest(10), wallets(700))
    (tmp_path / book.name / "manifest.json").write_text("{")
    with pytest.raises(StoreDamaged, match="no complete scorebook"):
        store.all()


def test_a_renamed_folder_is_named(tmp_path: Path) -> None:
    store = Scorebooks(tmp_path)
    book, _ = store.put(manifest(10), wallets(700))
    (tmp_path / book.name).rename(tmp_path / "11-v1-another")
    with pytest.raises(StoreDamaged, match="another scorebook than its name says"):
        store.all()


def test_settings_have_their_own_answers(tmp_path: Path) -> None:
    store = Scorebooks(tmp_path)
    mine, _ = store.put(manifest(10), wallets(1))
    other, _ = store.put(structs.replace(manifest(20), settings="t" * 64), wallets(2))
    assert store.at(None, settings="s" * 64) == mine
    assert store.at(30, settings="t" * 64) == other
    assert store.at(30, settings="u" * 64) is None


def test_a_forged_figure_is_noticed_and_foreign_things_are_left_alone(tmp_path: Path) -> None:
    store = Scorebooks(tmp_path)
    book, _ = store.put(manifest(10, skilled=0), wallets(1))
    (tmp_path / "notes").mkdir()
    (tmp_path / ".part-1").mkdir()
    assert store.all() == [book]
    store.put(manifest(11), wallets(1))
    assert not (tmp_path / ".part-1").exists(), "what a killed one left is gone"
    path = tmp_path / book.name / "manifest.json"
    path.write_text(path.read_text().replace('"skilled": 0', '"skilled": 9'))
    with pytest.raises(StoreDamaged, match=r"manifest\.json does not hold what was written"):
        store.all()
