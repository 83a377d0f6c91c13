"""What is stored, from when to when, how complete it is and what could not be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from remora.app.books import read
from remora.app.home import is_simulated
from remora.formulas.reserves import chains
from remora.model.facts import Reserves
from remora.model.units import rfc3339

if TYPE_CHECKING:
    from remora.ports import Ledger


def describe(ledger: Ledger, home: Path) -> dict[str, Any]:
    """The answer of `remora status`."""
    summary = ledger.summary()
    sizes: dict[str, int] = summary["bytes"]
    return {
        "home": str(home),
        "simulated": is_simulated(home),
        "version": summary["version"],
        "bytes": sum(sizes.values()),
        "files": sizes,
        "facts": _facts(summary),
        "completeness": completeness(ledger, summary),
        "gaps": broken_chains(ledger),
        "quarantine": {"records": sum(summary["quarantine"].values()), "reasons": summary["quarantine"]},
        "imports": {"files": len(summary["imports"]), "unfinished": sum(not row["done"] for row in summary["imports"])},
    }


def _facts(summary: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for name, table in summary["tables"].items():
        span = [None if table[key] is None else rfc3339(table[key]) for key in ("first_at", "last_at")]
        for venue, count in (table.get("venues") or {None: summary["rows"][name]}).items():
            sources = table.get("sources", {})
            rows.append({"facts": name, "venue": venue, "rows": count, "from": span[0], "to": span[1], "sources": sources})
    return rows


def broken_chains(ledger: Ledger) -> list[dict[str, Any]]:
    """Curves between two of whose trades others are missing, with how much money and how many tokens moved unseen."""
    gaps = []
    for chain in _chains(ledger).values():
        gaps += [
            {
                "market": gap.market, "after": gap.after_id, "before": gap.before_id,
                "missing_quote_atoms": gap.quote_atoms, "missing_token_atoms": gap.token_atoms,
            }
            for gap in chain.breaks
        ]  # fmt: skip
    return gaps


def _chains(ledger: Ledger) -> dict[str, Any]:
    rows = read(ledger, "reserves").to_pylist()
    return chains(msgspec.convert(row, Reserves) for row in rows if "mayhem" not in row["flags"])


def completeness(ledger: Ledger, summary: dict[str, Any]) -> list[dict[str, Any]]:
    """Figures that say how far the stored records can be trusted to be all there is."""
    found = list(_chains(ledger).values())
    joins = sum(chain.rows - 1 for chain in found)
    breaks = sum(len(chain.breaks) for chain in found)
    standings = summary["sightings"].get("trades", {})
    fetched = [row for row in summary["imports"] if not row["done"]]
    rows = [
        (
            "reserves chain",
            f"{joins - breaks:,} of {joins:,}",
            "neighbouring curve trades that join; a break proves missed trades",
        ),
        ("seen twice", f"{sum(standings.values()):,}", "further sightings of a trade that is counted once"),
        ("disagreements", f"{summary['disagreements']:,}", "sightings that differ in a value; both values are kept"),
        ("quarantined", f"{sum(summary['quarantine'].values()):,}", "records that could not be read"),
        ("unfinished", f"{len(fetched):,}", "imports or fetches that stopped on the way; run them again to go on"),
    ]
    return [{"check": check, "figure": figure, "meaning": meaning} for check, figure, meaning in rows]
