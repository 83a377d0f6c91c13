"""Everything booked again by the plain oracle, every law, every curve: what `remora verify` says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from remora.app.books import Books
from remora.app.status import joined

if TYPE_CHECKING:
    from remora.app.config import Settings
    from remora.ports import Ledger

_SHOWN = 1_000


def run(ledger: Ledger, settings: Settings) -> dict[str, Any]:
    """Checks with what they examined and what failed; `passed` when nothing did.

    A break of a reserves chain is a missing record, not a wrong one: it is reported and does not fail the check.
    """
    from remora.analysis import laws

    stored = sum(ledger.check().values())
    books = Books(ledger, settings)
    positions = sales = 0
    broken: list[dict[str, str]] = []
    for booked in books.booked():
        positions += booked.positions.num_rows
        sales += booked.sells.num_rows
        found = laws.audit(booked)
        texts = ledger.names({i for law in found for i in (law.wallet, law.asset) if isinstance(i, int) and i >= 0})
        texts |= booked.minted
        broken += [
            {"law": row.law, "wallet": texts.get(row.wallet, "?"), "asset": texts.get(row.asset, "?"), "detail": row.detail}
            for row in found
        ]
    checks = [_check("stored rows read whole, counts as committed", stored, [])]
    checks += [_law(law.__name__, positions, broken) for law in laws.LAWS]
    checks.append(_law("kernel_equals_oracle", positions + sales, broken))
    checks.append(_check("books refused (sums beyond 64 bits)", positions, [f"{w} {a}" for w, a in books.refused]))
    return {
        "passed": not any(check["failed"] for check in checks),
        "method": str(books.method),
        "checks": checks,
        "broken": broken[:_SHOWN],
        "not_attributed": dict(books.notes),
        "chain_breaks": joined(ledger).gaps[:_SHOWN],
    }


def _law(name: str, examined: int, broken: list[dict[str, str]]) -> dict[str, Any]:
    mine = [row for row in broken if row["law"].split(":")[0] == name]
    return _check(name, examined, [f"{row['wallet']} {row['asset']}: {row['detail']}" for row in mine])


def _check(name: str, examined: int, failures: list[str]) -> dict[str, Any]:
    return {"check": name, "examined": examined, "failed": len(failures), "first": failures[0] if failures else None}
