"""What could not be read, for people and programs."""

from __future__ import annotations

from typing import Any

from remora.model.errors import UsageError
from remora.ports import Ledger, Quarantined


def listing(ledger: Ledger, limit: int) -> dict[str, Any]:
    """Counts by reason and file with one example each (all of them), and the first `limit` records."""
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    records: list[dict[str, Any]] = []
    total = 0
    for item in ledger.quarantine():
        total += 1
        group = groups.setdefault(
            (item.reason, item.file), {"reason": item.reason, "file": item.file, "records": 0, "example": item.detail}
        )
        group["records"] += 1
        if len(records) < limit:
            records.append(_row(item))
    reasons = sorted(groups.values(), key=lambda group: (-group["records"], group["reason"], group["file"]))
    return {"records": total, "reasons": reasons, "first": records}


def one(ledger: Ledger, id_: int) -> dict[str, Any]:
    """One record with its raw bytes: as text where they are text, else as hex."""
    for item in ledger.quarantine(id=id_):
        try:
            raw = item.raw.decode("utf-8")
        except UnicodeDecodeError:
            raw = item.raw.hex()
        return {**_row(item), "raw": raw}
    raise UsageError(f"no quarantined record {id_}", hint="`remora quarantine list --json` lists their ids")


def _row(item: Quarantined) -> dict[str, Any]:
    return {
        "id": item.id, "file": item.file, "record": item.record, "kind": item.kind, "reason": item.reason,
        "where": item.where, "detail": item.detail, "raw_bytes": item.raw_bytes,
    }  # fmt: skip
