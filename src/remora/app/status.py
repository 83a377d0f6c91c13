"""What is stored, from when to when, how complete it is and what could not be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from remora.app.books import read
from remora.app.home import is_simulated
from remora.formulas.reserves import chains
from remora.model.facts import Reserves
from remora.model.units import rfc3339

if TYPE_CHECKING:
    from remora.ports import Ledger

_MARKETS_AT_ONCE: Final = 200


def describe(ledger: Ledger, home: Path) -> dict[str, Any]:
    """The answer of `remora status`."""
    summary, found = ledger.summary(), joined(ledger)
    sizes: dict[str, int] = summary["bytes"]
    return {
        "home": str(home),
        "simulated": is_simulated(home),
        "version": summary["version"],
        "bytes": sum(sizes.values()),
        "files": sizes,
        "facts": _facts(summary),
        "completeness": completeness(summary, found),
        "gaps": found.gaps,
        "quarantine": {"records": sum(summary["quarantine"].values()), "reasons": summary["quarantine"]},
        "imports": {"files": len(summary["imports"]), "unfinished": sum(not row["done"] for row in summary["imports"])},
    }


def _facts(summary: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for name, table in summary["tables"].items():
        whole = (table["first_at"], table["last_at"])
        for venue, count in (table.get("venues") or {None: summary["rows"][name]}).items():
            first, last = table.get("venue_spans", {}).get(venue, whole)
            rows.append({
                "facts": name, "venue": venue, "rows": count, "from": None if first is None else rfc3339(first),
                "to": None if last is None else rfc3339(last), "sources": {
                    source: count
                    for source, count in table.get("sources", {}).items()
                    if venue is None or not source.startswith(("solana.", "polymarket.")) or source.startswith(f"{venue}.")
                },
            })  # fmt: skip
    return rows


class Joined(NamedTuple):
    """How many neighbouring states of curves there are, and where trades between two of them are missing."""

    neighbours: int
    gaps: list[dict[str, Any]]


def joined(ledger: Ledger) -> Joined:
    """Check the chain of reserves of every curve: a break says how much money and how many tokens moved unseen."""
    from remora.analysis.chains import COLUMNS, survey

    seen = survey(ledger.table("reserves", columns=COLUMNS))
    gaps = []
    for start in range(0, len(seen.doubtful), _MARKETS_AT_ONCE):
        rows = read(ledger, "reserves", {"market": seen.doubtful[start : start + _MARKETS_AT_ONCE]}).to_pylist()
        for chain in chains(msgspec.convert(row, Reserves) for row in rows).values():
            gaps += [
                {
                    "market": gap.market, "after": gap.after_id, "before": gap.before_id,
                    "missing_quote_atoms": gap.quote_atoms, "missing_token_atoms": gap.token_atoms,
                }
                for gap in chain.breaks
            ]  # fmt: skip
    return Joined(seen.rows - seen.markets, gaps)


def completeness(summary: dict[str, Any], found: Joined) -> list[dict[str, Any]]:
    """Figures that say how far the stored records can be trusted to be all there is."""
    joins, breaks = found.neighbours, len(found.gaps)
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
