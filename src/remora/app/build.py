"""The wiring: the only file that names concrete stores and venues."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from remora.model.errors import UsageError

if TYPE_CHECKING:
    from remora.app.config import Settings
    from remora.ports import Context, Fetcher, Kind
    from remora.stores.ledger.columnar import ColumnLedger as Store
    from remora.stores.scorebooks.folder import Scorebooks


def kinds() -> tuple[Kind, ...]:
    """Every kind of recording that can be read: the venues' own forms first, then column maps."""
    from remora.intake import maps
    from remora.venues.polymarket.kinds import KINDS as POLYMARKET
    from remora.venues.solana.kinds import KINDS as SOLANA

    return (*SOLANA, *POLYMARKET, *maps.shipped())


def context(*, owner: str | None = None) -> Context:
    """What decoders may know beside their records: the dated lists of infrastructure addresses, and whose exports they are."""
    from remora.ports import Context

    return Context(infrastructure=infrastructure(), owner=owner or "")


def infrastructure() -> Mapping[str, str]:
    """Address -> what it is (router, tip account, bot fee wallet, vault, exchange ...), of all venues."""
    from remora.venues.polymarket import infrastructure as polymarket
    from remora.venues.solana import infrastructure as solana

    return {**solana.load(), **polymarket.load()}


def has_ledger(home: Path, settings: Settings) -> bool:
    """Whether there is a ledger to open (or pieces of one that was there)."""
    return settings.ledger.dsn is not None or any((home / name).exists() for name in ("ledger.duckdb", "ledger.meta.json"))


def ledger(home: Path, settings: Settings, *, create: bool = False) -> Store:
    """The ledger of this home, or the cluster's where a DSN is set. Without `create` a home without one is a UsageError."""
    if settings.ledger.dsn is not None:
        from remora.stores.ledger import clickhouse

        return clickhouse.open_ledger(settings.ledger.dsn.get_secret_value())
    from remora.stores.ledger import duckdb

    if not create and not has_ledger(home, settings):
        raise UsageError(
            f"{home} holds no ledger yet", hint="`remora import PATH` reads records, `remora start` shows a sample"
        )
    limit = f"{settings.ledger.memory_limit_mb}MB"
    return duckdb.open_ledger(home, memory_limit=limit, threads=settings.ledger.threads)


def scorebooks(home: Path) -> Scorebooks:
    """The stored scorebooks of this home."""
    from remora.stores.scorebooks.folder import Scorebooks

    return Scorebooks(home / "scorebooks")


def restore(folder: Path, home: Path) -> None:
    """Put a backup into an empty home, proven by opening it and reading it whole."""
    from remora.stores.ledger import restore as module

    module.restore(folder, home)


def fetchers(settings: Settings, *, api: str = "v1", cross_check: bool = True, most: int | None = None) -> tuple[Fetcher, ...]:
    """What brings history from public interfaces, venue by venue. Nothing is asked or opened here.

    api: of Polymarket's Data API, v1 or v2. cross_check: ask it twice. most: Solana transactions of one run.
    """
    from remora.venues.http import Patience
    from remora.venues.polymarket.fetching import PolymarketFetcher
    from remora.venues.solana.fetching import SolanaFetcher

    asked = settings.fetch
    patience = Patience(timeout_seconds=asked.timeout_seconds, attempts=asked.attempts)
    urls = [url.get_secret_value() for url in asked.solana_rpc_urls]
    polymarket = PolymarketFetcher(
        data_url=asked.polymarket_data_url, gamma_url=asked.polymarket_gamma_url, patience=patience,
        requests_per_second=asked.requests_per_second, api=api, cross_check=cross_check,
    )  # fmt: skip
    solana = SolanaFetcher(urls=urls, patience=patience, requests_per_second=asked.requests_per_second, most=most)
    return (polymarket, solana)


def simulate(folder: Path, *, seed: int, wallets: int, days: int, world: str) -> dict[str, int]:
    """Write a simulated market with its truth; counts of what was made."""
    from remora.venues.simulated.world import make
    from remora.venues.simulated.writing import write

    made = make(seed, wallets=wallets, days=days, world=world)  # type: ignore[arg-type]
    write(made, folder)
    return {"trades": made.trades.num_rows, **{name: table.num_rows for name, table in sorted(made.tables.items())}}


def write_sample(folder: Path) -> None:
    """Write the simulated sample as import files."""
    from remora.venues.simulated import sample

    sample.write(folder)
