"""`remora fetch` from a local source into a real ledger: counts, resumption, quarantine, equality with an import."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from remora.app import build
from remora.app.config import FetchSettings, Settings
from remora.app.fetch import fetch
from remora.intake import importer
from remora.model.errors import UsageError
from remora.ports import Ledger
from remora.stores.ledger import duckdb
from remora.venues.http import SourceFailed
from servers.local import status
from servers.polymarket_server import PolymarketServer, Row, trade
from servers.solana_rpc_server import SolanaServer
from shared_data import ROOT, shared

WALLET = "0x" + "a" * 40
MARKET = "0x" + "c" * 64
SOLANA_WALLET = "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM"
NOW = 1_760_000_000
OURS = frozenset(("seen_at", "version"))


@contextmanager
def ledger_in(home: Path) -> Iterator[Ledger]:
    ledger = duckdb.open_ledger(home)
    try:
        yield ledger
    finally:
        ledger.close()


def polymarket(server: PolymarketServer, **more: Any) -> Settings:
    urls = {"polymarket_data_url": server.url, "polymarket_gamma_url": server.url}
    return Settings(fetch=FetchSettings(**urls, requests_per_second=1_000, timeout_seconds=5, **more))


def solana(*servers: SolanaServer) -> Settings:
    urls = tuple(SecretStr(f"{server.url}/?api-key=topsecret") for server in servers)
    return Settings(fetch=FetchSettings(solana_rpc_urls=urls, requests_per_second=1_000, timeout_seconds=5))


def rows_of(ledger: Ledger, table: str) -> list[tuple[tuple[str, str], ...]]:
    """All rows of a table, sorted, without what tells how they came here."""
    rows = [row for batch in ledger.table(table) for row in batch.to_pylist()]
    return sorted(tuple((name, str(value)) for name, value in sorted(row.items()) if name not in OURS) for row in rows)


def market(closed: bool = True) -> Row:
    return {
        "id": "1", "conditionId": MARKET, "slug": "will-it-rain", "question": "Will it rain?", "closed": closed, "active": True,
        "outcomes": '["Yes", "No"]', "outcomePrices": '["1", "0"]', "clobTokenIds": json.dumps([str(10**70), str(10**70 + 1)]),
        "closedTime": "2025-09-01 00:00:00+00", "updatedAt": "2025-09-02T00:00:00Z", "umaResolutionStatus": "resolved",
    }  # fmt: skip


def test_a_wallet_with_its_market_and_resolution(tmp_path: Path) -> None:
    rows = [trade(place, NOW - 90_000 + place, WALLET) for place in range(700)]
    rows += [{**rows[5]}, {**rows[6], "type": "MERGE", "asset": "", "side": "", "price": 0}]

    async def job() -> None:
        server = PolymarketServer(rows, now=NOW, markets=[market()], positions=[{"conditionId": MARKET, "size": 0.5}])
        async with server:
            with ledger_in(tmp_path) as ledger:
                report = await fetch(WALLET.upper().replace("0X", "0x"), ledger=ledger, settings=polymarket(server))
                assert report["facts"] == {"trade": 701, "merge": 1, "market": 1, "resolution": 1}
                assert (report["venue"], report["what"], report["target"]) == ("polymarket", "wallet", WALLET)
                assert (report["complete"], report["doubts"], report["missing"]) == (True, [], [])
                before = len(server.log)
                again = await fetch(WALLET, ledger=ledger, settings=polymarket(server))
                assert again["facts"] == {}
                assert len(server.log) - before < 8
                assert "/markets" not in {path for path, _ in server.log[before:]}  # it is resolved in the ledger
                assert ledger.counts()["trades"] == 701

    asyncio.run(job())


@pytest.mark.parametrize("api", ["v1", "v2"])
def test_a_market(tmp_path: Path, api: str) -> None:
    rows = [trade(place, NOW - 90_000 + place, f"0x{place % 9:040x}", maker=place % 2 == 0) for place in range(2_500)]

    async def job() -> None:
        async with PolymarketServer(rows, now=NOW, markets=[market(closed=False)]) as server:
            settings = polymarket(server)
            with ledger_in(tmp_path) as ledger:
                report = await fetch(MARKET, ledger=ledger, settings=settings, fetchers=build.fetchers(settings, api=api))
                assert report["what"] == "market"
                assert report["facts"] == {"trade": 2_500, "market": 1}
                assert report["complete"] is (api == "v1")

    asyncio.run(job())


def test_what_the_site_holds_beyond_our_history_is_told(tmp_path: Path) -> None:
    async def job() -> None:
        positions = [{"conditionId": "0x" + "d" * 64, "size": 3.0}]
        async with PolymarketServer([trade(1, NOW - 900, WALLET)], now=NOW, markets=[market()], positions=positions) as server:
            with ledger_in(tmp_path) as ledger:
                report = await fetch(WALLET, ledger=ledger, settings=polymarket(server))
                assert not report["complete"]
                assert "positions in 1 markets without activity here" in report["doubts"][0]
                server.held = []
                server.faults.extend([None] * 2 + [status(500)] * 90)
                settings = polymarket(server, attempts=1)
                report = await fetch(WALLET, ledger=ledger, settings=settings)
                assert any("could not be compared" in doubt for doubt in report["doubts"])

    asyncio.run(job())


def test_rows_that_cannot_be_read_are_kept_and_the_rest_is_stored(tmp_path: Path) -> None:
    rows = [trade(place, NOW - 9_000 + place, WALLET) for place in range(30)]
    rows[3] = {**rows[3], "size": "NaN"}
    rows[4] = {**rows[4], "type": "TELEPORT"}

    async def job() -> None:
        async with PolymarketServer(rows, now=NOW, markets=[market()]) as server:
            with ledger_in(tmp_path) as ledger:
                report = await fetch(WALLET, ledger=ledger, settings=polymarket(server))
                assert report["facts"]["trade"] == 28
                held = list(ledger.quarantine())
                assert report["quarantined"] == len(held) >= 2
                assert {item.kind for item in held} <= {"polymarket.activity", "polymarket.trades"}
                assert any(b"TELEPORT" in item.raw for item in held)
                assert all(server.url not in item.file and item.file.startswith("/") for item in held)

    asyncio.run(job())


def test_killed_at_any_moment_and_started_again_all_is_there_once(tmp_path: Path) -> None:
    rows = [trade(place, 1_700_000_000 + place * 97, WALLET) for place in range(6_000)]
    script = "import sys; from remora.app.cli.main import main; main()"

    async def job() -> None:
        async with PolymarketServer(rows, now=NOW, markets=[market()]) as server:
            names = ("REMORA_FETCH__POLYMARKET_DATA_URL", "REMORA_FETCH__POLYMARKET_GAMMA_URL")
            env = {**os.environ, **dict.fromkeys(names, server.url), "PYTHONPATH": str(ROOT / "src")}
            command = (sys.executable, "-c", script, "--home", str(tmp_path), "fetch", WALLET, "--json")
            for moment in (12, 25, 31, 0):
                start = len(server.log)
                process = await asyncio.create_subprocess_exec(*command, env=env, stdout=-1, stderr=-1)
                while moment and process.returncode is None and len(server.log) - start < moment:
                    await asyncio.sleep(0.002)
                if moment:
                    assert process.returncode is None
                    process.send_signal(signal.SIGKILL)
                out, err = await process.communicate()
            assert process.returncode == 0, err
            assert json.loads(out)["stages"][0]["done"]

    asyncio.run(job())
    with ledger_in(tmp_path) as ledger:
        found = Counter(tx for batch in ledger.table("trades", columns=("tx",)) for tx in batch.column(0).to_pylist())
        assert found == Counter(row["transactionHash"] for row in rows)
        assert ledger.counts()["resolutions"] == 1


def test_a_source_that_fails_in_the_middle_keeps_what_was_stored(tmp_path: Path) -> None:
    rows = [trade(place, 1_700_000_000 + place * 97, WALLET) for place in range(4_000)]

    async def job() -> None:
        async with PolymarketServer(rows, now=NOW, markets=[market()]) as server:
            with ledger_in(tmp_path) as ledger:
                server.faults.extend([None] * 45 + [status(500)] * 100)
                with pytest.raises(SourceFailed, match="answered 500"):
                    await fetch(WALLET, ledger=ledger, settings=polymarket(server, attempts=1))
                kept = ledger.counts()["trades"]
                assert 0 < kept < 4_000
                server.faults.clear()
                report = await fetch(WALLET, ledger=ledger, settings=polymarket(server))
                assert report["facts"]["trade"] == 4_000 - kept
                assert report["complete"]

    asyncio.run(job())


def test_cancelling_loses_nothing(tmp_path: Path) -> None:
    rows = [trade(place, 1_700_000_000 + place * 97, WALLET) for place in range(4_000)]

    async def job() -> None:
        async with PolymarketServer(rows, now=NOW, markets=[market()]) as server:
            with ledger_in(tmp_path) as ledger:
                task = asyncio.create_task(fetch(WALLET, ledger=ledger, settings=polymarket(server)))
                while ledger.counts()["trades"] == 0:
                    await asyncio.sleep(0.01)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                report = await fetch(WALLET, ledger=ledger, settings=polymarket(server))
                assert ledger.counts()["trades"] == 4_000
                assert 0 < report["facts"]["trade"] < 4_000

    asyncio.run(job())


def recorded_transactions() -> dict[str, dict[str, Any]]:
    """Recordings in the json encoding of getTransaction, by signature."""
    found = {}
    for file in sorted(shared("solana/tx").glob("*.json")):
        document = json.loads(file.read_text(encoding="utf-8-sig"))
        for item in document if isinstance(document, list) else [document]:
            value = item.get("result", item) if isinstance(item, dict) else None
            if not isinstance(value, dict) or "meta" not in value or "slot" not in value:
                continue
            transaction = value.get("transaction")
            if isinstance(transaction, dict) and isinstance(transaction["message"]["accountKeys"][0], str):
                found[transaction["signatures"][0]] = value
    return found


def test_fetched_transactions_are_the_imported_ones(tmp_path: Path) -> None:
    recorded = recorded_transactions()
    assert len(recorded) >= 10
    file = tmp_path / "recorded.json"
    file.write_text(json.dumps(list(recorded.values())))

    async def job() -> None:
        server = SolanaServer(slot=1_000_000_000)
        for signature, value in sorted(recorded.items(), key=lambda item: item[1]["slot"]):
            server.add(signature, value, [SOLANA_WALLET])
        async with server:
            with ledger_in(tmp_path / "fetched") as fetched, ledger_in(tmp_path / "imported") as imported:
                report = await fetch(SOLANA_WALLET, ledger=fetched, settings=solana(server))
                importer.run([file], build.kinds(), imported, context=build.context())
                assert (report["what"], report["missing"]) == ("wallet", [])
                for table in ("trades", "charges", "transfers", "launches", "graduations", "pools", "reserves"):
                    assert rows_of(fetched, table) == rows_of(imported, table), table
                assert fetched.counts()["trades"] > 5
                again = await fetch(SOLANA_WALLET, ledger=fetched, settings=solana(server))
                assert again["facts"] == {}

    asyncio.run(job())


def test_addresses_are_told_apart(tmp_path: Path) -> None:
    settings = Settings()
    polymarket_fetcher, solana_fetcher = build.fetchers(settings)
    assert polymarket_fetcher.recognises(" 0x" + "AB" * 20) == "0x" + "ab" * 20
    assert polymarket_fetcher.recognises(MARKET) == MARKET
    assert polymarket_fetcher.recognises(SOLANA_WALLET) is None
    assert solana_fetcher.recognises(SOLANA_WALLET) == SOLANA_WALLET
    assert solana_fetcher.recognises(WALLET) is None

    async def job() -> None:
        with ledger_in(tmp_path) as ledger:
            with pytest.raises(UsageError, match="no address of a venue"):
                await fetch("0x1234", ledger=ledger, settings=settings)
            with pytest.raises(UsageError, match="no Solana endpoint"):
                await fetch(SOLANA_WALLET, ledger=ledger, settings=settings)

    asyncio.run(job())
    with pytest.raises(UsageError, match="no Data API 'v9'"):
        build.fetchers(settings, api="v9")


def test_keys_of_endpoints_are_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def job() -> None:
        server = SolanaServer()
        server.faults.extend([status(429, body=b"topsecret")] * 50)
        async with server:
            with ledger_in(tmp_path) as ledger:
                settings = solana(server)
                settings = Settings(fetch=settings.fetch.model_copy(update={"attempts": 1}))
                with pytest.raises(SourceFailed) as raised:
                    await fetch(SOLANA_WALLET, ledger=ledger, settings=settings)
                assert "topsecret" not in f"{raised.value!r} {raised.value.hint}"

    asyncio.run(job())
    assert "topsecret" not in caplog.text
    assert not any(b"topsecret" in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
