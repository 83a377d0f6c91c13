"""What is particular to the ClickHouse make: commits without transactions, a second writer, Parquet backups."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.ledger_makes import chdb_dsn, hidden, rows, shown_ids, trade
from remora.model.errors import StoreError, StoreInUse, UsageError
from remora.ports import Batch, Cursor, Quarantined
from remora.stores.ledger import clickhouse
from remora.stores.ledger.clickhouse import ClickEngine, open_ledger, restore
from remora.stores.ledger.columnar import ColumnLedger


class Interrupted(BaseException):
    """The process dies."""


BAD = Quarantined(file="f", record=0, reason="bad_json", detail="", raw=b"", raw_bytes=0)
TAPE = [trade("tape:0", source="tape", exact=False), trade("tape:1", source="other", exact=False)]
CHAIN = [trade("chain:0", source="chain"), trade("chain:1", source="chain", wallet="New")]


def _dead_commit(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit that writes everything but its row of `commits`, and is not taken back."""
    ledger = open_ledger(chdb_dsn(), database=database)
    with monkeypatch.context() as patch:
        patch.setattr(ClickEngine, "rollback", lambda _: None)

        def die(*_: object) -> None:
            raise Interrupted

        patch.setattr(ClickEngine, "publish", die)
        with pytest.raises(Interrupted):
            ledger.commit(Batch(facts=CHAIN, cursor=Cursor(name="c", position=9, digest="")))
    ledger.close()


def _state(ledger: ColumnLedger) -> object:
    return shown_ids(ledger), hidden(ledger), ledger.cursor("c"), len(list(ledger.quarantine())), ledger.ids(["New"])


def test_an_interrupted_commit_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = open_ledger(chdb_dsn(), database="interrupted")
    ledger.commit(Batch(facts=TAPE, cursor=Cursor(name="c", position=1, digest=""), quarantine=[BAD]))
    before = _state(ledger)
    ledger.close()
    for _ in range(2):
        _dead_commit("interrupted", monkeypatch)
    ledger = open_ledger(chdb_dsn(), database="interrupted")
    assert _state(ledger) == before
    assert ledger.commit(Batch(facts=CHAIN)).new == {"trade": 1}
    assert shown_ids(ledger) == ["chain:0", "chain:1"]
    assert hidden(ledger) == [("tape:0", "matched"), ("tape:1", "matched")]
    assert shown_ids(ledger, as_of_version=1) == before[0]  # type: ignore[index]
    ledger.check()
    ledger.close()


def test_a_second_writer_is_noticed() -> None:
    first = open_ledger(chdb_dsn(), database="writers")
    second = open_ledger(chdb_dsn(), database="writers")
    first.commit(Batch(facts=[trade("a:0")]))
    with pytest.raises(StoreInUse, match="another process"):
        second.commit(Batch(facts=[trade("b:0")]))
    first.close()
    second.close()


def test_lost_rows_are_noticed_at_opening() -> None:
    ledger = open_ledger(chdb_dsn(), database="losing")
    ledger.commit(Batch(facts=[trade("a:0"), trade("a:1")]))
    ledger._engine._client.command("DELETE FROM trades WHERE row = 1")  # type: ignore[attr-defined]
    ledger.close()
    with pytest.raises(StoreError, match="holds 1 rows, the last commit counted 2"):
        open_ledger(chdb_dsn(), database="losing")


def test_a_backup_comes_back(tmp_path: Path) -> None:
    ledger = open_ledger(chdb_dsn(), database="saved")
    ledger.commit(Batch(facts=TAPE, quarantine=[BAD]))
    ledger.commit(Batch(facts=CHAIN, cursor=Cursor(name="c", position=9, digest="")))
    ledger.backup(str(tmp_path / "backup"))
    expected = rows(ledger.table("trades")), _state(ledger)
    ledger.close()
    restore(tmp_path / "backup", chdb_dsn(), database="restored")
    with pytest.raises(UsageError, match="not empty"):
        restore(tmp_path / "backup", chdb_dsn(), database="restored")
    copy = open_ledger(chdb_dsn(), database="restored")
    assert (rows(copy.table("trades")), _state(copy)) == expected
    assert copy.commit(Batch(facts=[trade("later", wallet="Later")])).new == {"trade": 1}
    copy.close()


def test_what_the_server_refuses_is_told() -> None:
    with pytest.raises(UsageError, match="no name"):
        open_ledger(chdb_dsn(), database="a; DROP")
    with pytest.raises(StoreError, match="ClickHouse"):
        open_ledger("http://127.0.0.1:1", database="x")


def test_one_wallet_is_found_without_reading_all() -> None:
    """The order of the trades' table is by wallet: a query for one reads a small range."""
    assert "ORDER BY (wallet, asset, row)" in clickhouse._create("trades", clickhouse.TABLE_COLUMNS["trades"])
