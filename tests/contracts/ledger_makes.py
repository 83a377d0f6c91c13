"""The makes of the ledger that must keep the same contract, and the words their tests share."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Iterable
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest

from remora.model.facts import Trade
from remora.stores.ledger.columnar import ColumnLedger

DAY = 1_750_000_000 * 10**9
Opener = Callable[[Path], ColumnLedger]


def open_duckdb(home: Path) -> ColumnLedger:
    from remora.stores.ledger.duckdb import open_ledger

    return open_ledger(home, memory_limit="500MB", threads=1)


def _database(home: Path) -> str:
    return "t" + blake2b(str(home).encode(), digest_size=8).hexdigest()


@cache
def chdb_dsn() -> str:
    """The one folder that the embedded ClickHouse of this process may use (test-only dependency `chdb`)."""
    pytest.importorskip("chdb", reason="chdb is not installed: the ClickHouse dialect cannot be tested here")
    pytest.importorskip("clickhouse_connect", reason="clickhouse-connect is not installed (extra `cluster`)")
    folder = tempfile.mkdtemp(prefix="remora-chdb-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return f"chdb://{folder}"


def open_chdb(home: Path) -> ColumnLedger:
    from remora.stores.ledger.clickhouse import open_ledger

    return open_ledger(chdb_dsn(), database=_database(home))


def open_http(home: Path) -> ColumnLedger:
    from contracts.clickhouse_http import server_url
    from remora.stores.ledger.clickhouse import open_ledger

    return open_ledger(server_url(chdb_dsn()), database=_database(home))


MAKES: dict[str, Opener] = {"duckdb": open_duckdb, "chdb": open_chdb, "clickhouse over http": open_http}


def trade(id: str, **changes: Any) -> Trade:
    """A trade of wallet W in asset A, with what the test changes."""
    told: dict[str, Any] = {
        "source": "feed", "happened_at": DAY, "venue": "solana", "tx": "T", "wallet": "W", "asset": "A", "side": "buy",
        "quantity_atoms": 1_000, "quote": "SOL", "quote_atoms": 500,
    }  # fmt: skip
    return Trade(id=id, **(told | changes))


def rows(batches: Iterable[Any]) -> list[dict[str, Any]]:
    """All rows of record batches as dicts."""
    return [row for batch in batches for row in batch.to_pylist()]


def shown_ids(ledger: ColumnLedger, table: str = "trades", **options: Any) -> list[str]:
    """Ids of the shown rows of a table, in its order."""
    return [row["id"] for row in rows(ledger.table(table, columns=["id"], **options))]


def hidden(ledger: ColumnLedger, table: str = "trades") -> list[tuple[str, str]]:
    """(id, standing) of what is kept and not shown, sorted."""
    return sorted((row["id"], row["standing"]) for row in rows(ledger.hidden(table)))
