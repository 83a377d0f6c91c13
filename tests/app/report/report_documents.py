"""Documents of wallets as the report gets them: a rich one, an empty one, a hostile one, one with 3,000 positions."""

from __future__ import annotations

from random import Random
from typing import Any

WALLET = "SimWha1eacXsr7yc4GDJ3r7ZVc2qz5VMgZfZDmJVZbt"
DAY = 86_400 * 10**9
NOON = 1_780_056_000 * 10**9
OPTIONAL = ("scorebook", "score", "skill", "behaviour", "cluster")
BOOK = {"name": "2026-05-30-default", "as_of": "2026-05-30T01:56:40Z", "ledger_version": 42, "profile": "default",
        "formula": "score-1/default/1a2b3c4d"}  # fmt: skip
PARTS = (
    ("profitability", "pnl_sol", 200, 171.3, 165.0, 180.2, 412), ("profitability", "pnl_usd", 150, None, 0.0, 150.0, 0),
    ("profitability", "multiple", 50, 12.25, 10.0, 22.5, 38), ("profitability", "organic", 100, 77.7, 60.1, 91.0, 38),
    ("profitability", "sustained", 50, 33.4, 33.4, 33.4, 11), ("profitability", "best", 50, 41.9, 41.9, 41.9, 38),
    ("legitimacy", "win_rate", 50, 22.6, 18.0, 27.1, 38), ("legitimacy", "consistency", 50, 29.5, 29.5, 29.5, 11),
    ("legitimacy", "graduation", 50, 14.8, 8.0, 31.6, 9), ("legitimacy", "behaviour", 50, 45.2, 20.3, 45.2, 12),
    ("timing", "early", 50, 36.1, 30.0, 44.0, 27), ("timing", "exit", 50, 19.3, 17.0, 21.0, 31),
    ("timing", "market_timing", 50, None, 0.0, 50.0, 3),
    ("activity", "volume", 20, 16.6, 16.6, 16.6, 8), ("activity", "diversification", 20, 18.8, 18.8, 18.8, 38),
    ("activity", "longevity", 10, 7.2, 7.2, 7.2, 1),
)  # fmt: skip


def position(asset: str, realized: int | None, **more: Any) -> dict[str, Any]:
    """A closed position in SOL with these changes."""
    return {
        "venue": "solana", "wallet": WALLET, "asset": asset, "market": None, "quote": "SOL", "status": "closed", "buys": 3,
        "sells": 2, "held_atoms": 0, "cost_quote_atoms": 2_000_000_000, "realized_quote_atoms": realized,
        "unrealized_quote_atoms": 0, "mark_name": None, "mark_age_seconds": None, "flags": [], "decimals": 6,
        "last_at_ns": NOON, "name": None, **more,
    }  # fmt: skip


def row(window: str = "all", category: str = "all", **more: Any) -> dict[str, Any]:
    """Statistics of a slice, in SOL."""
    return {
        "venue": "solana", "quote": "SOL", "window": window, "category": category, "realized_quote_atoms": 23_509_745_263,
        "realized_all_in_quote_atoms": 23_401_000_001, "unrealized_quote_atoms": 4_998_433_454,
        "worst_case_quote_atoms": 8_824_893_396, "realized_micro_usd": None, "invested_quote_atoms": 39_549_262_500,
        "usd_reason": "no SOL/USD price at the time of 12 positions", "oldest_mark_age_seconds": 105_063, "wins": 24,
        "closed": 38, "open": 4, "roi": 0.9455, "unmarked_positions": 1, "unpriced_trades": 0,
        "completeness": {"share": 0.982, "words": "1.8 % of proceeds without known cost; 1 positions without a mark"}, **more,
    }  # fmt: skip


def address(number: int) -> str:
    """A made-up address of 44 letters."""
    return f"Sim{Random(number).getrandbits(210):041x}"[:44].replace("0", "z")


def rich() -> dict[str, Any]:
    """Everything is there, also what is unknown inside it."""
    chance = Random(7)
    gains = [int(chance.lognormvariate(0, 1.4) * 1e9) * chance.choice((2, 2, 1, -1, -2)) // 2 for _ in range(42)]
    positions = [
        position(address(n)[:40] + "pump", gain, name=f"Sample coin {n}" if n % 3 else None) for n, gain in enumerate(gains)
    ]
    positions[3] |= {"status": "open", "held_atoms": 5, "unrealized_quote_atoms": 1_234_567_891, "mark_name": "last_trade",
                     "mark_age_seconds": 105_063, "flags": ["unknown_cost", "assumed_order"]}  # fmt: skip
    positions[5] |= {"realized_quote_atoms": None, "unrealized_quote_atoms": None, "flags": ["unpriced"], "status": "partial"}
    sales = [
        {"at_ns": NOON - (60 - n) * DAY + chance.randrange(DAY), "asset": one["asset"], "quote": "SOL", "cost_quote_atoms": 1,
         "realized_quote_atoms": gain}
        for n, (one, gain) in enumerate(zip(positions, gains, strict=True))
    ]  # fmt: skip
    sales.sort(key=lambda sale: sale["at_ns"])
    return {
        "wallet": WALLET, "as_of": "2026-05-30T01:56:40Z", "method": "fifo", "infrastructure": None, "simulated": True,
        "labels": [{"label": "the whale", "kind": "person", "source": "my-list.csv", "dated": "2026-05-01T00:00:00Z"}],
        "statistics": [row()],
        "breakdown": [row("7d", realized_quote_atoms=-1_000_000_001), row("30d"), row(category="memes")],
        "positions": positions, "not_attributed": {"trades_without_wallet": 3}, "refused": [], "scorebook": BOOK,
        "score": {
            "trader": "c1a2b3c4d5e6f", "venue": "solana", "points": 612.4, "low": 540.2, "high": 701.9, "percentile": 93.27,
            "level": "profitable", "reputation": 1.12, "parts": [
                dict(zip(("group", "part", "max", "points", "low", "high", "n"), part, strict=True)) for part in PARTS
            ], "factors": {"cluster": 0.86, "reputation": 1.036, "decay": 1.0, "market": 1.05},
        },
        "skill": {
            "verdict": "promising", "reason": "likely above costs, but fewer than 30 independent events", "edge": 0.071,
            "low": -0.012, "high": 0.148, "cost": 0.02, "p_edge_gt_cost": 0.83, "lfsr": 0.09, "q_value": 0.21,
            "n_effective": 24.6, "n_bets": 38, "concentration": 0.31, "rank_stability": 0.64,
            "unit": "log return over matched tokens",
        },
        "behaviour": {
            "wallet_type": "normal", "type_confidence": 0.72, "behaviour": "sniper", "behaviour_confidence": 0.81,
            "bot_score": 0.25, "bot_high": 0.5, "suspicious": 1, "reasons": [
                "bought 21 of 38 tokens within 2 slots or 5 s of the launch", "sign of a bot: same size again and again",
                "not recorded: priority fees, failed transactions",
                "suspicious: more than half of the purchases are round amounts",
            ],
        },
        "cluster": cluster(9), "sales": sales,
    }  # fmt: skip


def cluster(size: int) -> dict[str, Any]:
    """A family of so many wallets around the report's."""
    names = [WALLET, *(address(n) for n in range(1, size))]
    kinds = (("funding", "funding"), ("timing_correlation", "timing_correlation"), ("cotrade", "trading_pattern"),
             ("same_tx_pattern", "same_transaction"), ("funds_transfer", "social_graph"),
             ("same_creator", "social_graph"))  # fmt: skip
    pairs = [(0, n) for n in range(1, size)] + [(n, (n * 7 + 3) % size) for n in range(1, size)]
    relations = [
        {"a": min(names[a], names[b]), "b": max(names[a], names[b]), "kind": kinds[n % 6][0], "method": kinds[n % 6][1],
         "confidence": 0.95 - (n % 40) / 60, "count": 3 + n % 9,
         "evidence": f"share {12 + n} tokens, {40 + n % 50} % of them within 10 s"}
        for n, (a, b) in enumerate(pairs) if a != b
    ]  # fmt: skip
    members = [{"wallet": name, "confidence": 0.98 - n / 200} for n, name in enumerate(names)]
    return {"id": "c1a2b3c4d5e6f", "kind": "family", "methods": ["funding", "timing_correlation"], "confidence": 0.91,
            "risk": 0.66, "status": "member", "size": size, "members": members, "relations": relations}  # fmt: skip


def empty() -> dict[str, Any]:
    """Nothing is stored but the name."""
    return {
        "wallet": WALLET, "as_of": None, "method": "fifo", "infrastructure": None, "simulated": False, "labels": [],
        "statistics": [], "breakdown": [], "positions": [], "not_attributed": {}, "refused": [], "sales": [],
        **dict.fromkeys(OPTIONAL),
    }  # fmt: skip


EVIL = '</title></style><script>alert(1)</script><img src=x onerror=alert(2)>" onload="x\' '
EVIL += "\u202egnp.exe \u05e9\u05dc\u05d5\u05dd & "


def hostile() -> dict[str, Any]:
    """Every text that a stranger could have written is markup, turned around, or endless."""
    found: dict[str, Any] = rich()
    evil = EVIL + "W" * 3_000
    found["labels"] = [{"label": evil, "kind": evil, "source": evil, "dated": evil}]
    found["infrastructure"] = evil
    for one in found["positions"]:
        one |= {"name": evil, "flags": [evil], "status": evil, "mark_name": evil, "held_atoms": 1}
    found["positions"][0] |= {"asset": EVIL, "market": EVIL}
    found["skill"] |= {"reason": evil, "verdict": evil, "unit": evil}
    found["behaviour"] |= {"reasons": [evil], "behaviour": evil, "wallet_type": evil}
    found["cluster"] |= {"kind": evil, "methods": [evil], "id": evil, "status": evil}
    for tie in found["cluster"]["relations"]:
        tie |= {"evidence": evil, "kind": evil, "method": evil}
    found["score"] |= {"level": evil, "trader": evil}
    found["score"]["parts"][0] |= {"group": evil, "part": evil}
    found["breakdown"][2] |= {"category": evil}
    found["scorebook"] = dict.fromkeys(BOOK, evil)
    found["not_attributed"], found["refused"] = {evil: 3}, [evil]
    return found


def large() -> dict[str, Any]:
    """3,000 positions, 9,000 sales, a cluster of 300."""
    found, chance = rich(), Random(11)
    found["positions"] = [
        position(str(Random(n).getrandbits(255)), chance.randrange(-(10**9), 10**9) * chance.randrange(1, 200), quote="USDC",
                 venue="polymarket", market=f"0x{Random(n // 2).getrandbits(256):064x}",
                 name=f"Will sample {n} happen before June?")
        for n in range(3_000)
    ]  # fmt: skip
    found["sales"] = [
        {"at_ns": NOON - (9_000 - n) * 3_600 * 10**9, "asset": found["positions"][n % 3_000]["asset"], "quote": "USDC",
         "cost_quote_atoms": 5, "realized_quote_atoms": chance.randrange(-(10**9), int(1.05 * 10**9))}
        for n in range(9_000)
    ]  # fmt: skip
    found["statistics"] = [row(venue="polymarket", quote="USDC", usd_reason=None, realized_micro_usd=5_000_001)]
    found["cluster"] = cluster(300)
    found["skill"] |= {
        "unit": "edge per dollar",
        "edge": 0.034,
        "low": 0.018,
        "high": 0.051,
        "cost": 0.01,
        "verdict": "skilled",
    }
    return found
