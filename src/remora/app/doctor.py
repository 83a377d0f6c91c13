"""What this machine has and lacks, whether the store is whole, and what to do about it."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import closing
from importlib import metadata
from pathlib import Path
from typing import Any

from remora.app.config import Settings
from remora.app.home import is_simulated
from remora.model.errors import RemoraError

_NEEDED = ("duckdb", "pyarrow", "numba", "msgspec", "solders", "aiohttp", "protobuf")
_OPTIONAL = {"clickhouse-connect": "a ClickHouse ledger: pip install 'remora[cluster]'"}
_FREE_BYTES = 2_000_000_000


def examine(home: Path, settings: Settings) -> dict[str, Any]:
    """Findings with state `ok`, `missing` (optional) or `bad`; healthy when none is bad."""
    findings = [_python(), *_libraries(), _disk(home), _memory(settings), _store(home, settings), *_sources(settings)]
    return {"healthy": all(row["state"] != "bad" for row in findings), "findings": findings}


def _finding(what: str, state: str, detail: str, do: str = "") -> dict[str, str]:
    return {"what": what, "state": state, "detail": detail, "do": do}


def _python() -> dict[str, str]:
    version = ".".join(map(str, sys.version_info[:3]))
    return _finding("Python", "ok" if sys.version_info >= (3, 11) else "bad", version, "")


def _libraries() -> list[dict[str, str]]:
    rows = []
    for name in (*_NEEDED, *_OPTIONAL):
        try:
            rows.append(_finding(name, "ok", metadata.version(name)))
        except metadata.PackageNotFoundError:
            optional = name in _OPTIONAL
            rows.append(
                _finding(name, "missing" if optional else "bad", "not installed", _OPTIONAL.get(name, "run `make setup` again"))
            )
    return rows


def _disk(home: Path) -> dict[str, str]:
    folder = home if home.exists() else home.absolute().parent
    if not os.access(folder, os.W_OK):
        return _finding("disk", "bad", f"{folder} cannot be written", "choose another --home")
    free = shutil.disk_usage(folder).free
    state = "ok" if free > _FREE_BYTES else "bad"
    return _finding(
        "disk", state, f"{free / 1e9:.1f} GB free at {folder}", "" if state == "ok" else "make room or choose another --home"
    )


def _memory(settings: Settings) -> dict[str, str]:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = settings.ledger.memory_limit_mb * 1_000_000
    state = "ok" if limit < total * 0.8 else "bad"
    detail = f"{total / 1e9:.1f} GB, ledger may take {limit / 1e9:.1f} GB"
    return _finding("memory", state, detail, "" if state == "ok" else "lower ledger.memory_limit_mb")


def _store(home: Path, settings: Settings) -> dict[str, str]:
    from remora.app import build

    if not build.has_ledger(home, settings):
        return _finding("ledger", "missing", f"none in {home}", "`remora import PATH` or `remora start` makes one")
    try:
        with closing(build.ledger(home, settings)) as ledger:
            rows = sum(ledger.check().values())
            detail = f"version {ledger.version()}, {rows:,} rows read whole" + (", simulated" if is_simulated(home) else "")
    except RemoraError as error:
        return _finding("ledger", "bad", str(error), error.hint)
    return _finding("ledger", "ok", detail)


def _sources(settings: Settings) -> list[dict[str, str]]:
    rpc = len(settings.fetch.solana_rpc_urls)
    return [
        _finding("Polymarket history", "ok", settings.fetch.polymarket_data_url, "no key needed (not asked now)"),
        _finding("Solana history", "ok", f"{rpc} RPC endpoints")
        if rpc
        else _finding("Solana history", "missing", "no RPC endpoint", "set fetch.solana_rpc_urls to fetch Solana wallets"),
    ]
