"""One wallet: statistics, positions, labels, and how complete all of it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from remora.app import ranking
from remora.app.books import Books, read
from remora.app.standing import standing
from remora.model.errors import UsageError
from remora.model.ids import is_evm_address, is_solana_address
from remora.model.units import rfc3339

if TYPE_CHECKING:
    from pathlib import Path

    from remora.app.config import Settings
    from remora.ports import Ledger

PUMP_DECIMALS: Final = 6
_TIMES: Final = ("first_at", "last_at", "last_sale_at", "mark_at")


def describe(ledger: Ledger, settings: Settings, home: Path, address: str, *, until: int | None) -> dict[str, Any]:
    """The answer of `remora wallet`. UsageError for what is no address, or one that no record names."""
    wallet = known_address(ledger, address)
    books = Books(ledger, settings, until=until, wallets=[wallet])
    positions = [position_document(row) for table, _ in books.parts() for row in table.to_pylist()]
    positions.sort(key=lambda row: (-(row["last_at_ns"] or 0), row["asset"]))
    rows = [ranking.describe(row) for table in ranking.statistics(books) for row in table.to_pylist()]
    statistics = [row for row in rows if row["window"] == "all" and row["category"] == "all"]
    return {
        "wallet": wallet,
        "as_of": ranking.instant_text(books.as_of),
        "method": str(books.method),
        "infrastructure": ranking.infrastructure(ledger).get(wallet),
        "labels": _labels(ledger, wallet, until),
        "statistics": statistics,
        "breakdown": [row for row in rows if row not in statistics],
        "positions": positions,
        "not_attributed": dict(books.notes),
        "refused": [asset for _, asset in books.refused],
        **standing(home, settings, wallet, as_of=until, version=ledger.version()),
    }


def known_address(ledger: Ledger, text: str) -> str:
    """The address as the ledger writes it (Polymarket wallets in lower case)."""
    wallet = text.lower() if text[:2].lower() == "0x" else text
    if wallet in ledger.ids([wallet]):
        return wallet
    if is_solana_address(wallet) or is_evm_address(wallet):
        raise UsageError(f"no record names the wallet {wallet}", hint=f"`remora fetch {wallet}` brings its history")
    raise UsageError(f"{text!r} is no wallet address", hint="base58 on Solana, 0x and 40 hex digits on Polymarket")


def _labels(ledger: Ledger, wallet: str, until: int | None) -> list[dict[str, Any]]:
    rows = read(ledger, "labels", {"address": wallet}, until=until).to_pylist()
    return [
        {"label": row["label"], "kind": row["kind"], "source": row["source"], "dated": ranking.instant_text(row["happened_at"])}
        for row in rows
    ]


def position_document(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the table `positions` as answers show it: times as text, decimals of the asset beside it."""
    document = dict(row)
    for name in _TIMES:
        document[name] = None if row[name] is None else rfc3339(row[name])
    document["last_at_ns"] = row["last_at"]
    document["realized_usd"] = None if row["realized_usd"] is None else str(row["realized_usd"])
    document["decimals"] = decimals(row["venue"], row["asset"])
    document["mark_name"] = row["mark"]
    at_risk = row["cost_left_quote_atoms"]
    known = row["unrealized_quote_atoms"] is not None and at_risk > 0
    document["unrealized_roi"] = row["unrealized_quote_atoms"] / at_risk if known else None
    return document


def decimals(venue: str, asset: str) -> int | None:
    """Digits of a whole token where they are certain: outcome shares and Pump.fun coins have 6. None elsewhere."""
    return PUMP_DECIMALS if venue == "polymarket" or asset.endswith("pump") else None
