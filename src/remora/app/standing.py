"""What a scorebook says of one wallet: its trader's verdict and points, its behaviour, its cluster, with the evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from remora.analysis.profiles import GROUP_OF, GROUPS
from remora.app.analyse import Book, describe, settings_digest
from remora.model.units import rfc3339

if TYPE_CHECKING:
    from pathlib import Path

    from remora.app.config import Settings

_SKILL: Final = (
    "verdict", "edge", "p_edge_gt_cost", "lfsr", "p_value", "q_value", "n_effective", "n_bets", "concentration",
    "rank_stability", "unit",
)  # fmt: skip
_BEHAVIOUR: Final = (
    "wallet_type", "type_confidence", "behaviour", "behaviour_confidence", "bot_score", "bot_high", "suspicious",
    "response_ms", "coordination", "infrastructure",
)  # fmt: skip
_MEMBERS_SHOWN: Final = 200
_FIELDS: Final = ("points", "max", "low", "high", "n")


def standing(home: Path, settings: Settings, wallet: str, *, as_of: int | None, version: int) -> dict[str, Any]:
    """The parts of `remora wallet` that come from the scorebook in force at `as_of`; all None where there is none.

    version: the ledger's, to say how far the scorebook lies behind.
    """
    book = Book(home, settings, as_of=as_of)
    none: dict[str, Any] = dict.fromkeys(("scorebook", "score", "skill", "behaviour", "cluster", "entries", "history"))
    if book.manifest is None:
        return none
    head = describe(book.manifest) | {"behind": max(version - book.manifest.ledger_version, 0)}
    none["scorebook"] = {name: head[name] for name in ("name", "as_of", "ledger_version", "behind", "profile", "formula")}
    row = book.row("wallets", "wallet", wallet)
    if row is None:
        return none
    trader = book.row("traders", "trader", row["trader"])
    return {
        **none, "behaviour": {name: row[name] for name in _BEHAVIOUR} | {"reasons": row["reasons"]},
        "cluster": _cluster(book, row),
        **(_trader(book, trader) if trader else {}), "history": history(home, settings, wallet, as_of=as_of),
    }  # fmt: skip


def _trader(book: Book, trader: dict[str, Any]) -> dict[str, Any]:
    skill = {name: trader[name] for name in _SKILL}
    skill |= {"low": trader["skill_low"], "high": trader["skill_high"], "reason": trader["verdict_reason"]}
    entries = {name: trader[name] for name in ("entered", "completed", "door")}
    entries |= {name: trader[f"hit_{name}"] for name in ("value", "low", "high", "lift", "lift_low", "lift_high", "q")}
    entries["found_at"] = None if trader["found_at"] is None else rfc3339(trader["found_at"])
    return {"score": _score(book, trader), "skill": skill, "entries": entries if trader["entered"] else None}


def _score(book: Book, trader: dict[str, Any]) -> dict[str, Any]:
    """Points with their parts in the order of the groups; `why` says why there are none."""
    parts = book.row("parts", "trader", trader["trader"]) or {}
    found = []
    for name, group in GROUP_OF.items():
        part = {field: parts.get(f"{name}.{field}") for field in _FIELDS}
        if part["max"]:
            found.append({"group": group, "part": name, **part})
    return {
        "trader": trader["trader"], "venue": trader["venue"], "points": trader["points"], "low": trader["points_low"],
        "high": trader["points_high"], "percentile": trader["percentile"], "level": trader["level"],
        "reputation": trader["reputation"], "smart": trader["smart"], "why": trader["no_points_because"],
        "factors": {name: trader[f"factor_{name}"] for name in ("cluster", "reputation", "decay", "market", "trust")},
        "percentiles": {name: trader.get(f"percentile_{name}") for name in ("pnl_sol", "pnl_usd", "win_rate", "graduated")},
        "groups": {name: trader[f"group_{name}"] for name in GROUPS}, "parts": found,
    }  # fmt: skip


def _cluster(book: Book, row: dict[str, Any]) -> dict[str, Any] | None:
    """The wallet's cluster with its members and the ties among them, the surest first."""
    if row["cluster_id"] is None:
        return None
    cluster = book.row("clusters", "cluster_id", row["cluster_id"]) or {}
    members = book.rows("wallets", "cluster_id", [row["cluster_id"]])
    members.sort(key=lambda member: (-member["cluster_confidence"], member["wallet"]))
    members = members[:_MEMBERS_SHOWN]
    inside = {*(member["wallet"] for member in members), row["wallet"]}
    ties = [tie for tie in book.rows("relations", "a", sorted(inside)) if tie["b"] in inside]
    ties.sort(key=lambda tie: (-tie["confidence"], tie["a"], tie["b"], tie["kind"]))
    return {
        "id": row["cluster_id"], "kind": cluster.get("kind"), "methods": cluster.get("methods"),
        "confidence": cluster.get("confidence"), "own_confidence": row["cluster_confidence"], "risk": cluster.get("risk"),
        "whitelisted": cluster.get("whitelisted"), "status": row["cluster_status"], "size": cluster.get("size"),
        "members": [{"wallet": member["wallet"], "confidence": member["cluster_confidence"]} for member in members],
        "relations": ties,
    }  # fmt: skip


def history(home: Path, settings: Settings, wallet: str, *, as_of: int | None, limit: int = 60) -> list[dict[str, Any]]:
    """What earlier scorebooks said of the wallet, the oldest first (SCR-14): instant, points, level, verdict."""
    from remora.app import build

    store, digest = build.scorebooks(home), settings_digest(settings)
    seen: dict[int, Any] = {}
    for manifest in store.all():
        if manifest.settings == digest and (as_of is None or manifest.as_of <= as_of):
            seen.setdefault(manifest.as_of, manifest)
    found = []
    for manifest in list(seen.values())[-limit:]:
        book = Book.of(store, manifest)
        row = book.row("wallets", "wallet", wallet)
        trader = row and book.row("traders", "trader", row["trader"])
        if trader:
            found.append({
                "as_of": rfc3339(manifest.as_of), "points": trader["points"], "level": trader["level"],
                "verdict": trader["verdict"], "scorebook": manifest.name,
            })  # fmt: skip
    return found
