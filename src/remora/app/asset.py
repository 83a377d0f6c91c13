"""One token or one market: who traded it, in what order, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from remora.app import leaderboard, ranking
from remora.app.books import Books, read
from remora.app.wallet import decimals, position_document
from remora.formulas.reserves import chains
from remora.model.errors import UsageError
from remora.model.ids import is_condition_id, is_solana_address

if TYPE_CHECKING:
    from pathlib import Path

    from remora.app.config import Settings
    from remora.ports import Ledger

_SHOWN_TRADERS = 200


def token(ledger: Ledger, settings: Settings, home: Path, mint: str, *, until: int | None) -> dict[str, Any]:
    """The answer of `remora token`: launch, graduation, traders in the order they came, completeness, score."""
    if not is_solana_address(mint):
        raise UsageError(f"{mint!r} is no mint", hint="a mint is 32 to 44 base58 characters")
    launches = read(ledger, "launches", {"asset": mint}, until=until).to_pylist()
    graduations = read(ledger, "graduations", {"asset": mint}, until=until).to_pylist()
    presences = read(ledger, "presences", {"asset": mint}, until=until).num_rows
    traders = _traders(ledger, settings, mint, until)
    if not (launches or graduations or presences or traders):
        raise UsageError(f"no record names the mint {mint}", hint=f"`remora fetch {mint}` brings its history")
    launch = min(launches, key=lambda row: row["happened_at"] or 0, default=None)
    opened = launch["happened_at"] if launch else None
    graduated = min((row["happened_at"] for row in graduations if row["happened_at"]), default=None)
    for row in traders:
        row["lead"] = _lead(row["first_at_ns"], opened, graduated)
        row["minutes_before_graduation"] = _minutes(row["first_at_ns"], graduated)
    return {
        "mint": mint,
        "name": launch["name"] if launch else "",
        "symbol": launch["symbol"] if launch else "",
        "creator": launch["creator"] if launch else "",
        "launched_at": ranking.instant_text(opened),
        "graduated_at": ranking.instant_text(graduated),
        "graduations": [row["stage"] for row in graduations],
        "quote": "SOL",
        "decimals": decimals("solana", mint),
        "buyers": sum(row["buys"] > 0 for row in traders),
        "early_buyers": sum((row["minutes_before_graduation"] or 0) > 0 for row in traders) if graduated else None,
        "seen_trading": presences,
        "chain_breaks": _breaks(ledger, mint, until),
        "standing": leaderboard.token(home, settings, mint, as_of=until),
        **_listed("Traders", traders),
    }


def _lead(first: int | None, opened: int | None, graduated: int | None) -> str:
    """When a wallet came, in words: after the launch, or before the graduation."""
    if first is None:
        return "?"
    if opened is not None:
        return f"launch + {(first - opened) / 1e9:.0f} s"
    if graduated is not None:
        return f"graduation - {(graduated - first) / 60e9:.1f} min"
    return ""


def _minutes(first: int | None, graduated: int | None) -> float | None:
    return None if first is None or graduated is None else (graduated - first) / 60e9


def _breaks(ledger: Ledger, mint: str, until: int | None) -> int | None:
    """How often trades are missing between two recorded ones; None where the curve's states are not recorded."""
    import msgspec

    from remora.model.facts import Reserves

    rows = read(ledger, "reserves", {"asset": mint}, until=until).to_pylist()
    if not rows:
        return None
    return sum(len(chain.breaks) for chain in chains(msgspec.convert(row, Reserves) for row in rows).values())


def market(ledger: Ledger, settings: Settings, home: Path, condition: str, *, until: int | None) -> dict[str, Any]:
    """The answer of `remora market`: outcomes, what they paid, who traded each side, on which side the proven stand."""
    condition = condition.lower() if condition[:2].lower() == "0x" else condition
    described = read(ledger, "markets", {"market": condition}, until=until).to_pylist()
    resolutions = read(ledger, "resolutions", {"market": condition}, until=until).to_pylist()
    traded = sorted(set(read(ledger, "trades", {"market": condition}, until=until, columns=("asset",))["asset"].to_pylist()))
    if not (described or resolutions or traded):
        known = is_condition_id(condition)
        hint = f"`remora fetch {condition}` brings it" if known else "a condition id is 0x and 64 hex digits"
        raise UsageError(f"no record names the market {condition}", hint=hint)
    head = max(described, key=lambda row: (row["happened_at"] or 0, row["id"]), default=None)
    resolution = max(resolutions, key=lambda row: (row["happened_at"] or 0, row["id"]), default=None)
    names = dict(zip(head["token_ids"], head["outcomes"], strict=False)) if head else {}
    assets = [*names, *(asset for asset in traded if asset not in names)]
    return {
        "market": condition,
        "question": head["question"] if head else "",
        "category": (head["category"] or "unknown") if head else "unknown",
        "ends_at": ranking.instant_text(head["ends_at"]) if head else None,
        "closed": head["closed"] if head else None,
        "resolved": _resolved(resolution),
        "neg_risk": head["neg_risk"] if head else None,
        "standing": leaderboard.market(home, settings, condition, as_of=until),
        "outcomes": [_outcome(ledger, settings, asset, names.get(asset, asset.partition("#")[2]), until) for asset in assets],
    }


def _resolved(resolution: dict[str, Any] | None) -> str:
    if resolution is None:
        return "no (closed is not resolved)"
    whole = resolution["payout_denominator"]
    paid = [f"{numerator}/{whole}" for numerator in resolution["payout_numerators"]]
    words = [f"{name} {part}" for name, part in zip(resolution["outcomes"] or paid, paid, strict=False)]
    return f"{', '.join(words)} (by {resolution['evidence']})"


def _outcome(ledger: Ledger, settings: Settings, asset: str, name: str, until: int | None) -> dict[str, Any]:
    traders = _traders(ledger, settings, asset, until)
    for row in traders:
        row["lead"] = ""
    return {"asset": asset, "outcome": name, "quote": "USDC", "decimals": 6, **_listed(f"Traders of {name or asset}", traders)}


def _traders(ledger: Ledger, settings: Settings, asset: str, until: int | None) -> list[dict[str, Any]]:
    """Positions of everybody in one asset, in the order of their first trade."""
    wallets = sorted(set(read(ledger, "trades", {"asset": asset}, until=until, columns=("wallet",))["wallet"].to_pylist()))
    if not wallets:
        return []
    found = []
    for table, _ in Books(ledger, settings, until=until, wallets=wallets).parts():
        found += [row for row in table.to_pylist() if row["asset"] == asset]
    found.sort(key=lambda row: (row["first_at"] or 0, row["wallet"]))
    return [{**position_document(row), "first_at_ns": row["first_at"]} for row in found]


def _listed(title: str, traders: list[dict[str, Any]]) -> dict[str, Any]:
    more = len(traders) - _SHOWN_TRADERS
    note = f"{more} more (all with `remora export positions --where asset=…`)" if more > 0 else ""
    return {"title": f"{title} ({len(traders)})", "note": note, "traders": traders[:_SHOWN_TRADERS]}
