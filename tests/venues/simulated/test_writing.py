"""A written world is read by the real importer as exactly its own facts; its truth is not."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from remora.app import build
from remora.app.books import Books
from remora.app.config import Settings
from remora.intake import importer
from remora.stores.ledger.duckdb import open_ledger
from remora.study.pasts import Records, past_of
from remora.venues.simulated import sample
from remora.venues.simulated.world import World, make
from remora.venues.simulated.writing import write

OWN = ("id", "source", "seen_at", "tx", "ordinal")
"""What a table of the world may say otherwise than the ledger: names of facts, and places of facts without one."""


@pytest.fixture(scope="module")
def world() -> World:
    """A small world with graduations."""
    return make(21, wallets=160, days=3, trades_per_wallet=20, graduation_rate=0.1, hub_customers=10)


@pytest.fixture(scope="module")
def folder(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The world as files."""
    found: Path = tmp_path_factory.mktemp("world")
    write(world, found)
    return found


@pytest.fixture(scope="module")
def imported(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The ledger that the files give, and the report of the import."""
    ledger = open_ledger(tmp_path_factory.mktemp("home"))
    report = importer.run([folder], build.kinds(), ledger, context=build.context())
    yield ledger, report
    ledger.close()


def test_the_same_world_gives_the_same_bytes(world: World, folder: Path, tmp_path: Path) -> None:
    again = write(make(21, wallets=160, days=3, trades_per_wallet=20, graduation_rate=0.1, hub_customers=10), tmp_path)
    assert all(file.name.startswith("simulated_") for file in again)
    for file in again:
        assert sha256(file.read_bytes()).digest() == sha256((folder / file.relative_to(tmp_path)).read_bytes()).digest(), file


def test_everything_is_read_and_the_truth_is_left_alone(world: World, imported: Any) -> None:
    ledger, report = imported
    assert (report.quarantined, report.duplicates, report.ignored) == (0, 0, 0)
    assert {Path(left.file).parent.name for left in report.left_alone} == {"truth"}
    assert {left.kind for left in report.left_alone} == {"simulated.truth"}
    counts = ledger.counts()
    assert counts["trades"] == world.trades.num_rows
    assert counts["reserves"] == int((world.chain.where == 0).sum())
    assert {name: counts[name] for name in world.tables} == {name: table.num_rows for name, table in world.tables.items()}


def _texts(trades: pa.Table, name_of: Any) -> list[tuple[Any, ...]]:
    """Trades with texts in place of ids, without the ledger's own numbers, sorted."""
    columns = {name: trades[name].to_pylist() for name in trades.column_names if name not in ("row", "tx")}
    for name in ("wallet", "asset", "market", "quote", "venue", "program"):
        columns[name] = ["" if i < 0 else name_of[i] for i in columns[name]]
    return sorted(zip(*columns.values(), strict=True))


def test_the_ledger_gives_the_trades_of_the_world(world: World, imported: Any) -> None:
    ledger, _ = imported
    trades = ledger.book_trades()
    ids = {i for name in ("wallet", "asset", "market", "quote", "venue", "program") for i in trades[name].to_pylist() if i >= 0}
    assert _texts(trades, ledger.names(ids)) == _texts(world.trades, world.names)
    assert len(set(trades["tx"].to_pylist())) == len(set(world.trades["tx"].to_pylist()))


@pytest.mark.parametrize(
    "name", ["launches", "graduations", "pools", "markets", "resolutions", "transfers", "prices", "labels"]
)
def test_the_ledger_gives_the_tables_of_the_world(world: World, imported: Any, name: str) -> None:
    ledger, _ = imported
    found = pa.Table.from_batches(list(ledger.table(name)))
    own = OWN if name in ("markets", "resolutions", "transfers", "prices", "labels") else ()

    def rows(table: pa.Table) -> list[str]:
        return sorted(repr({key: value for key, value in row.items() if key not in own}) for row in table.to_pylist())

    assert rows(found) == rows(world.tables[name])


def test_books_from_memory_and_from_the_ledger_say_the_same(world: World, imported: Any) -> None:
    ledger, _ = imported
    books = Books(ledger, Settings(), as_of=world.ends_at)
    columns = ("wallet", "asset", "realized_quote_atoms", "cost_quote_atoms", "proceeds_quote_atoms", "held_atoms")
    stored = sorted(
        tuple(row[name] for name in columns) for positions, _ in books.parts() for row in positions.select(columns).to_pylist()
    )
    past = past_of(Records(world.trades, world.names, world.tables, world.infrastructure), world.ends_at)
    plain = [past.positions[name].to_pylist() for name in columns]
    memory = sorted(
        (past.wallets[wallet], past.assets[asset], *rest) for wallet, asset, *rest in zip(*plain, strict=True) if asset >= 0
    )
    assert memory == stored
    assert np.abs([row[2] for row in stored]).sum() > 0


def test_the_sample_is_small_and_whole(tmp_path: Path) -> None:
    files = sample.write(tmp_path)
    assert sum(file.stat().st_size for file in files) < 8 << 20
    ledger = open_ledger(tmp_path / "home")
    report = importer.run([tmp_path], build.kinds(), ledger, context=build.context())
    ledger.close()
    assert report.quarantined == 0
    assert report.facts["trade"] > 1_500
    assert report.facts["graduation"] >= 2
