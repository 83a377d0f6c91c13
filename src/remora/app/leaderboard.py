"""Traders ranked by a figure of the scorebook: points or proven edge, each with its interval and its verdict."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from remora.app.analyse import Book
from remora.model.units import rfc3339

if TYPE_CHECKING:
    from remora.app.config import Settings

BY: Final = {"points": ("points", "points_low", "points_high"), "edge": ("edge", "skill_low", "skill_high")}
"""Figure that ranks, and the ends of its range. The edge is the shrunken one, so few lucky bets do not lead."""


def top(home: Path, settings: Settings, *, by: str, venue: str, limit: int, as_of: int | None) -> dict[str, Any]:
    """The first `limit` traders of a venue. Ranks are bands: `from` to `to` are the places that the ranges allow.

    UsageError where no scorebook is stored.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    book = Book(home, settings, as_of=as_of)
    table = book.table("traders")
    figure, low, high = BY[by]
    table = table.filter(pc.and_(pc.equal(table["venue"], venue), pc.is_valid(table[figure])))
    order = pc.sort_indices(table, [(figure, "descending"), ("trader", "ascending")])
    lows, highs = (np.sort(np.asarray(table[name])) for name in (low, high))
    rows = table.take(order.slice(0, limit)).to_pylist()
    sizes = _sizes(book)
    for row in rows:
        row["from"] = int(len(lows) - np.searchsorted(lows, row[high], side="right")) + 1
        row["to"] = int(len(highs) - np.searchsorted(highs, row[low], side="left"))
        row["wallets"] = sizes.get(row["trader"], 1)
    shown = pa.Table.from_pylist(rows) if rows else table.slice(0, 0)
    chances = [value for value in shown["p_edge_gt_cost"].to_pylist() if value is not None]
    manifest = book.manifest
    return {
        "venue": venue, "by": by, "as_of": None if manifest is None else rfc3339(manifest.as_of),
        "scorebook": None if manifest is None else manifest.name, "considered": table.num_rows,
        "expected_luck": 1 - sum(chances) / len(rows) if rows else None, "traders": rows,
    }  # fmt: skip


def by_presence(home: Path, settings: Settings, *, limit: int, as_of: int | None) -> dict[str, Any]:
    """Wallets seen in more completed curves than chance gives; p is chance's, q the share of false ones up to there."""
    book = Book(home, settings, as_of=as_of)
    table = book.table("presence")
    manifest = book.manifest
    figures = manifest.figures if manifest else {}
    return {
        "as_of": None if manifest is None else rfc3339(manifest.as_of), "tokens": figures.get("presence_tokens"),
        "left_out": figures.get("presence_left_out"), "ranked": table.num_rows, "wallets": table.slice(0, limit).to_pylist(),
    }  # fmt: skip


def _sizes(book: Book) -> dict[str, int]:
    """Wallets of each cluster."""
    table = book.table("clusters")
    return dict(zip(table["cluster_id"].to_pylist(), table["size"].to_pylist(), strict=True))


def token(home: Path, settings: Settings, mint: str, *, as_of: int | None) -> dict[str, Any]:
    """What the scorebook in force says of a token: its score, who of its buyers is smart, early buyers and who was left out."""
    book = Book(home, settings, as_of=as_of)
    if book.manifest is None:
        return {"scorebook": None, "score": None, "early": []}
    early = sorted(book.rows("early_buyers", "asset", [mint]), key=lambda row: (row["bought_at"], row["wallet"]))
    return {"scorebook": book.manifest.name, "score": book.row("tokens", "asset", mint), "early": early}


def market(home: Path, settings: Settings, condition: str, *, as_of: int | None) -> dict[str, Any]:
    """What the scorebook in force says of a market: OWRR of each outcome with its votes."""
    book = Book(home, settings, as_of=as_of)
    if book.manifest is None:
        return {"scorebook": None, "consensus": []}
    votes = book.rows("votes", "market", [condition])
    rows = book.rows("consensus", "market", [condition])
    for row in rows:
        mine = [vote for vote in votes if vote["outcome"] == row["outcome"]]
        row["votes"] = sorted(mine, key=lambda vote: (not vote["yes"], -vote["vote"], -vote["risk"], vote["entity"]))
    return {"scorebook": book.manifest.name, "consensus": rows}
