"""Reports as one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from remora.app.books import Books
from remora.app.home import is_simulated
from remora.app.wallet import describe
from remora.model.errors import UsageError

if TYPE_CHECKING:
    from remora.app.config import Settings
    from remora.ports import Ledger


def wallet(ledger: Ledger, settings: Settings, home: Path, address: str, to: Path, *, as_of: int | None) -> dict[str, Any]:
    """Write the report of a wallet; its file and size. Nothing half-written stays."""
    from remora.app.report.page import render

    if to.suffix not in (".html", ".htm"):
        raise UsageError(f"cannot write {to.name!r}", hint="a report is an HTML file: end its name in .html")
    if not to.parent.is_dir():
        raise UsageError(f"no such folder: {to.parent}", hint="make it first")
    document = describe(ledger, settings, home, address, until=as_of)
    document |= {"simulated": is_simulated(home), "sales": _sales(ledger, settings, document["wallet"], as_of)}
    part = to.with_name(f".{to.name}.part")
    try:
        part.write_text(render(document), encoding="utf-8")
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
    return {"wallet": document["wallet"], "file": str(to), "bytes": to.stat().st_size}


def _sales(ledger: Ledger, settings: Settings, address: str, as_of: int | None) -> list[dict[str, Any]]:
    """What was realized, sale by sale, in time."""
    found = []
    for positions, sells in Books(ledger, settings, until=as_of, wallets=[address]).parts():
        quotes = dict(zip(positions["asset"].to_pylist(), positions["quote"].to_pylist(), strict=True))
        for row in sells.to_pylist():
            if row["happened_at"] is not None:
                found.append({
                    "at_ns": row["happened_at"], "asset": row["asset"], "realized_quote_atoms": row["realized_quote_atoms"],
                    "cost_quote_atoms": row["cost_quote_atoms"], "quote": quotes[row["asset"]],
                })  # fmt: skip
    return sorted(found, key=lambda row: (row["at_ns"], row["asset"], row["realized_quote_atoms"]))
