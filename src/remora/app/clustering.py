"""Groups of wallets in a file of transfers that somebody brings: who belongs together, how sure that is, and how risky."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from remora.app.export import batches, save
from remora.app.lists import read_list
from remora.model.errors import UsageError
from remora.model.units import rfc3339

if TYPE_CHECKING:
    import pyarrow as pa

    from remora.app.config import Settings

COLUMNS: Final = ("address", "cluster_id", "confidence", "risk", "kind")


def find(transfers: Path, *, entities: Path | None, candidates: Path | None, to: Path) -> dict[str, Any]:
    """Write a CSV of `COLUMNS`, one row per candidate (else per address); returns counts and what was wrong in the lists.

    An empty cluster id: in no cluster. Raises UsageError, InputRefused; nothing half-written stays.
    """
    from remora.analysis.transfers import find as search

    if to.suffix != ".csv":
        raise UsageError(f"cannot write {to.name!r}", hint="the answer is a CSV file: end its name in .csv")
    if not to.parent.is_dir():
        raise UsageError(f"no such folder: {to.parent}", hint="make it first")
    if to.exists() and any(
        path is not None and path.exists() and path.samefile(to) for path in (transfers, entities, candidates)
    ):
        raise UsageError(f"{to} is one of the lists to read", hint="write the answer to another file")
    moved = read_list(
        transfers, ("from", "to"), texts=("asset", "chain", "kind"), numbers=("amount",), times=("happened_at",), days=False
    )
    known = None if entities is None else read_list(entities, ("address",), texts=("kind",))
    wanted = None if candidates is None else read_list(
        candidates, ("address",), numbers=("volume_usd",), times=("first_use_at",)
    )  # fmt: skip
    lists = [one for one in (moved, known, wanted) if one is not None]
    found = search(
        moved.table, entities=known.table if known else None, candidates=wanted.table if wanted else None
    )  # fmt: skip
    save(iter(batches(found.select(list(COLUMNS)))), to)
    return {
        "file": str(to), "transfers": moved.table.num_rows, "addresses": found.num_rows,
        "candidates": None if wanted is None else wanted.table.num_rows,
        "entities": None if known is None else known.table.num_rows,
        **_counted(found), "doubts": [doubt for one in lists for doubt in one.doubts],
        "known": sorted(set(moved.table.column_names) - {"from", "to"}),
    }  # fmt: skip


def _counted(found: pa.Table) -> dict[str, Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    inside = found.filter(pc.not_equal(found["cluster_id"], ""))
    sizes = pc.value_counts(inside["cluster_id"].combine_chunks()).field("counts") if inside.num_rows else pa.array([0])
    kinds = {row["values"]: row["counts"] for row in pc.value_counts(inside["kind"]).to_pylist()}
    sure = pc.sum(pc.greater_equal(inside["confidence"], 0.8)).as_py() or 0
    clusters = len(inside["cluster_id"].unique())
    return {"clusters": clusters, "members": inside.num_rows, "sure": sure, "largest": pc.max(sizes).as_py(), "kinds": kinds}


def listed(home: Path, settings: Settings, *, as_of: int | None, limit: int) -> dict[str, Any]:
    """The clusters of the scorebook in force, the riskiest and surest first. UsageError where there is none."""
    from remora.app.analyse import Book

    book = Book(home, settings, as_of=as_of)
    table = book.table("clusters")
    order = [("risk", "descending"), ("confidence", "descending"), ("size", "descending"), ("cluster_id", "ascending")]
    rows = table.sort_by(order).slice(0, limit).to_pylist()
    members: dict[str, list[str]] = {row["cluster_id"]: [] for row in rows}
    for row in book.rows("wallets", "cluster_id", list(members)):
        members[row["cluster_id"]].append(row["wallet"])
    found = [{**row, "members": members[row["cluster_id"]]} for row in rows]
    manifest = book.manifest
    return {"as_of": None if manifest is None else rfc3339(manifest.as_of), "total": table.num_rows, "clusters": found}
