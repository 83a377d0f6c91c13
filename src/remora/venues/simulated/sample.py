"""A small simulated market for the first run on a bare machine: some curves and some questions, traded by named characters.

Curves follow the integer formulas, so decoding, the reserves chain and the books see what they would see live.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

from remora.model.units import LAMPORTS_PER_SOL, SECOND, rfc3339
from remora.venues.simulated import encode

START_SECONDS: Final = 1_780_000_000
CHARACTERS: Final = ("Diamond", "Degen", "Sniper", "Wha1e", "Shrimp", "Copier", "Farmer", "Rugger", "Tortoise", "Rabbit")


@dataclass
class Curve:
    """One Pump.fun curve while it is traded."""

    mint: str
    account: str
    creator: str
    opens: int
    virtual_sol: int = 30 * LAMPORTS_PER_SOL
    virtual_token: int = 1_073_000_000_000_000
    holdings: dict[str, int] = field(default_factory=dict)

    @property
    def reserves(self) -> tuple[int, int, int, int]:
        """Virtual SOL, virtual token, real SOL, real token."""
        return (
            self.virtual_sol,
            self.virtual_token,
            self.virtual_sol - 30 * LAMPORTS_PER_SOL,
            self.virtual_token - 279_900_000_000_000,
        )


def _ceil_bps(amount: int, bps: int) -> int:
    return -(-amount * bps // 10_000)


def _address(random: Random, prefix: str, suffix: str = "") -> str:
    """A valid key whose text begins with Sim and says who it is."""
    body = "".join(random.choice(encode._ALPHABET) for _ in range(43 - 3 - len(prefix) - len(suffix)))
    return f"Sim{prefix}{body}{suffix}"


def _trade(random: Random, curve: Curve, wallet: str, seconds: int) -> bytes | None:
    """Buy or sell a little; None where the curve has nothing left to give."""
    held = curve.holdings.get(wallet, 0)
    if held and random.random() < 0.45:
        tokens = held if random.random() < 0.6 else max(1, held // 2)
        sol = tokens * curve.virtual_sol // (curve.virtual_token + tokens)
        curve.virtual_sol -= sol
        curve.virtual_token += tokens
        curve.holdings[wallet] = held - tokens
        is_buy = False
    else:
        sol = random.randrange(20, 2_500) * 1_000_000
        tokens = (sol - 1) * curve.virtual_token // (curve.virtual_sol + sol - 1)
        if curve.virtual_token - tokens <= 279_900_000_000_000:
            return None
        curve.virtual_sol += sol
        curve.virtual_token -= tokens
        curve.holdings[wallet] = held + tokens
        is_buy = True
    if sol == 0:
        return None
    return encode.trade_event(
        mint=curve.mint, user=wallet, creator=curve.creator, is_buy=is_buy, sol=sol, tokens=tokens,
        fees=(_ceil_bps(sol, 95), _ceil_bps(sol, 30)), reserves=curve.reserves, seconds=seconds,
    )  # fmt: skip


def curve_frames(seed: int, *, tokens: int = 12, trades: int = 1_500) -> Iterator[dict[str, Any]]:
    """Recorded log frames of `tokens` launches and about `trades` trades: {"t_wall": seconds, "raw": frame}."""
    random = Random(seed)
    wallets = [_address(random, name) for name in CHARACTERS for _ in range(4)]
    curves = []
    for n in range(tokens):
        creator = random.choice(wallets)
        curves.append(Curve(_address(random, "", "pump"), _address(random, "curve"), creator, START_SECONDS + n * 1_800))
    for n, curve in enumerate(curves):
        event = encode.create_event(
            mint=curve.mint,
            curve=curve.account,
            user=curve.creator,
            name=f"Simulated {n}",
            symbol=f"SIM{n}",
            seconds=curve.opens,
        )
        yield _frame(random, curve.opens, [event])
        seconds = curve.opens
        for _ in range(trades // tokens):
            seconds += random.randrange(1, 20)
            traded = _trade(random, curve, random.choice(wallets), seconds)
            if traded is not None:
                yield _frame(random, seconds, [traded])


def _frame(random: Random, seconds: int, events: list[bytes]) -> dict[str, Any]:
    signature = encode.base58(bytes([random.randrange(1, 255)]) + random.randbytes(63))
    slot = 420_000_000 + (seconds - START_SECONDS) * 5 // 2
    return {"t_wall": seconds + 0.8, "raw": json.dumps(encode.logs_notification(signature, slot, events))}


def questions(seed: int, *, count: int = 24, wallets: int = 15) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Gamma answers of `count` yes-no markets (five in six resolved) and the /activity rows of `wallets` wallets."""
    random = Random(seed + 1)
    people = [f"0x51a0{random.randbytes(18).hex()}" for _ in range(wallets)]
    markets: list[dict[str, Any]] = []
    activity: list[dict[str, Any]] = []
    for n in range(count):
        condition, tokens = f"0x{random.randbytes(32).hex()}", [str(random.getrandbits(255)) for _ in range(2)]
        opens, closes = START_SECONDS + n * 900, START_SECONDS + n * 900 + 86_400
        chance, resolved = random.uniform(0.1, 0.9), n % 6 != 5
        winner = 0 if random.random() < chance else 1
        markets.append(_market(n, condition, tokens, (opens, closes), winner if resolved else None))
        for wallet in random.sample(people, 8):
            activity.extend(_bets(random, wallet, condition, tokens, opens, chance))
    return markets, activity


def _market(n: int, condition: str, tokens: list[str], span: tuple[int, int], winner: int | None) -> dict[str, Any]:
    prices = ["0.5", "0.5"] if winner is None else ["1" if i == winner else "0" for i in range(2)]
    stamp = [_iso(seconds) for seconds in span]
    return {
        "id": str(900_000 + n), "question": f"[simulated] Will event {n} happen?", "conditionId": condition,
        "slug": f"simulated-{n}",
        "outcomes": '["Yes", "No"]', "outcomePrices": json.dumps(prices), "clobTokenIds": json.dumps(tokens),
        "startDate": stamp[0], "endDate": stamp[1], "closed": winner is not None, "active": True, "updatedAt": stamp[1],
        "umaResolutionStatus": "resolved" if winner is not None else "", "orderPriceMinTickSize": 0.01, "orderMinSize": 5,
        "negRisk": False, **({"closedTime": stamp[1]} if winner is not None else {}),
    }  # fmt: skip


def _bets(
    random: Random, wallet: str, condition: str, tokens: list[str], opens: int, chance: float
) -> Iterator[dict[str, Any]]:
    outcome = random.randrange(2)
    fair = chance if outcome == 0 else 1 - chance
    held, seconds = 0, opens
    for _ in range(random.randrange(1, 5)):
        seconds += random.randrange(60, 6_000)
        cents = min(97, max(3, round(100 * (fair + random.gauss(0, 0.06)))))
        sells = held > 5 and random.random() < 0.3
        size = held // 2 if sells else random.randrange(5, 400)
        held += -size if sells else size
        yield encode.activity_row(
            "TRADE", wallet, seconds, condition, f"0x{random.randbytes(32).hex()}", size=size, price=cents / 100,
            usdcSize=size * cents / 100, asset=tokens[outcome], side="SELL" if sells else "BUY", outcomeIndex=outcome,
            outcome=("Yes", "No")[outcome],
        )  # fmt: skip


def _iso(seconds: int) -> str:
    return rfc3339(seconds * SECOND)


def write(folder: Path, seed: int = 7) -> list[Path]:
    """Write the sample as import files and name them. The same seed gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    frames = folder / "simulated_pumpfun_logs.jsonl"
    frames.write_text("".join(json.dumps(frame) + "\n" for frame in curve_frames(seed)))
    markets, activity = questions(seed)
    gamma = folder / "simulated_gamma_markets.json"
    gamma.write_text(json.dumps(markets))
    data = folder / "simulated_activity.json"
    data.write_text(json.dumps(activity))
    return [frames, gamma, data]
