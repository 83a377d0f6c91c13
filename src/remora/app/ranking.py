"""Statistics of wallets with their completeness, and rankings of them. A ranking by profit mostly finds luck."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from remora.app import build
from remora.app.books import Books, read
from remora.model.units import SOL, USDC, rfc3339

if TYPE_CHECKING:
    import pyarrow as pa

    from remora.app.config import Settings
    from remora.ports import Ledger

HOME_QUOTE: Final = {"solana": SOL, "polymarket": USDC}
_BY: Final = {
    "realized": "realized_quote_atoms", "all_in": "realized_all_in_quote_atoms", "total": "total_quote_atoms", "roi": "roi",
    "win_rate": "win_rate", "invested": "invested_quote_atoms", "trades": "trades",
}  # fmt: skip
_INFRASTRUCTURE_LABELS: Final = frozenset(("infrastructure", "exchange", "router", "bridge", "vault"))


def statistics(books: Books) -> Iterator[pa.Table]:
    """Statistics of all wallets, part by part, with texts; see `analysis.wallets`."""
    from remora.analysis import wallets

    if books.as_of is None:
        return
    categories = _categories(books)
    graduated = set(read(books.ledger, "graduations", until=books.until, columns=("asset",))["asset"].to_pylist())
    for positions, sells in books.parts():
        yield wallets.statistics(positions, sells, as_of=books.as_of, categories=categories, graduated=graduated)


def instant_text(nanoseconds: int | None) -> str | None:
    """An instant as RFC 3339, None where there is none."""
    return None if nanoseconds is None else rfc3339(nanoseconds)


def _categories(books: Books) -> dict[str, str]:
    table = read(books.ledger, "markets", until=books.until, columns=("market", "category"))
    pairs = zip(table["market"].to_pylist(), table["category"].to_pylist(), strict=True)
    return {market: category for market, category in pairs if category}


def infrastructure(ledger: Ledger, *, until: int | None = None) -> dict[str, str]:
    """Addresses that are no traders -> what they are: the dated lists, and imported labels that say so.

    What an address is says nothing of how it did: the shipped lists and undated labels hold at every instant.
    """
    known = dict(build.infrastructure())
    for row in read(ledger, "labels", {"kind": sorted(_INFRASTRUCTURE_LABELS)}, until=until).to_pylist():
        known.setdefault(row["address"], row["kind"])
    return known


def top(
    ledger: Ledger, settings: Settings, *, venues: Sequence[str], by: str, category: str | None, window: str, limit: int,
    with_infrastructure: bool, until: int | None,
) -> list[dict[str, Any]]:  # fmt: skip
    """The answers of `remora wallets top`, one for each venue."""
    books = Books(ledger, settings, until=until)
    skip = {} if with_infrastructure else infrastructure(ledger)
    rankings: list[dict[str, Any]] = [
        {
            "venue": venue, "quote": HOME_QUOTE[venue], "by": by, "window": window, "category": category,
            "method": str(books.method), "as_of": instant_text(books.as_of), "considered": 0, "left_out": 0, "wallets": [],
        }
        for venue in venues
    ]  # fmt: skip
    for table in statistics(books):
        for ranking in rankings:
            for row in _chosen(table, ranking["venue"], category or "all", window):
                ranking["considered"] += 1
                if row["wallet"] in skip:
                    ranking["left_out"] += 1
                else:
                    ranking["wallets"].append(describe(row))
            ranking["wallets"] = _best(ranking["wallets"], by, limit)
    return rankings


def _chosen(table: pa.Table, venue: str, category: str, window: str) -> list[dict[str, Any]]:
    import pyarrow.compute as pc

    for column, value in (("venue", venue), ("category", category), ("window", window)):
        table = table.filter(pc.equal(table[column], value))
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def _best(rows: list[dict[str, Any]], by: str, limit: int) -> list[dict[str, Any]]:
    """The first `limit` by the figure; unknown figures last, ties by address."""
    column = _BY[by]
    return sorted(rows, key=lambda row: (row[column] is None, -(row[column] or 0), row["wallet"]))[:limit]


def describe(row: dict[str, Any]) -> dict[str, Any]:
    """One row of statistics as answers show it."""
    realized, unrealized, left = (row[f"{name}_quote_atoms"] for name in ("realized", "unrealized", "cost_left"))
    total = None if realized is None or unrealized is None else realized + unrealized
    return {
        **row,
        "quote": HOME_QUOTE[row["venue"]],
        "total_quote_atoms": total,
        "worst_case_quote_atoms": None if realized is None or left is None else realized - left,
        "unrealized_roi": unrealized / left if left and unrealized is not None else None,
        "trades": (row["buys"] or 0) + (row["sells"] or 0),
        "closed": row["decided_bets"],
        "open": row["open_positions"],
        "hold_seconds": row["mean_hold_seconds"],
        "usd_reason": _usd_reason(row),
        "completeness": {"share": row["completeness"], "words": _words(row)},
    }


def _usd_reason(row: dict[str, Any]) -> str | None:
    missing = row["positions_without_usd"]
    return f"no SOL/USD price at the time of {missing} positions" if missing else None


def _words(row: dict[str, Any]) -> str:
    """What is known to be missing behind a wallet's figures, in words."""
    share = row["completeness"]
    parts = []
    if share is not None and share < 1:
        missing = 100 * (1 - share)
        parts.append(f"{missing:.1f} % of proceeds without known cost" if missing >= 0.1 else "a little of unknown cost")
    if row["unmarked_positions"]:
        parts.append(f"{row['unmarked_positions']} positions without a mark")
    if row["unpriced_trades"]:
        parts.append(f"{row['unpriced_trades']} trades without a price")
    if row["assumed_order_share"]:
        parts.append(f"order of trades assumed in {100 * row['assumed_order_share']:.0f} % of positions")
    return "; ".join(parts) or "all sales matched"
