"""A ledger to book: trades, their network charges and the prices of SOL, committed as an import would.

Nearly every trade opens a book of its own, which is the shape that costs a booking the most memory; a few wallets hold
2,000 trades each.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from remora.model.facts import Charge, Fact, PriceTick, Trade
from remora.ports import Batch, Cursor, Ledger

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALPHABET: Final = np.frombuffer(b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", np.uint8)
PROGRAM: Final = "6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P"
START: Final = 1_750_000_000 * 10**9
SPAN: Final = 60 * 86_400 * 10**9
HOUR: Final = 3_600 * 10**9
HEAVY_TRADES: Final = 2_000
BATCH: Final = 50_000


def texts(random: np.random.Generator, count: int, length: int) -> list[str]:
    """Random base58 texts."""
    letters: NDArray[np.uint8] = ALPHABET[random.integers(0, 58, (count, length))]
    whole = letters.tobytes().decode()
    return [whole[start : start + length] for start in range(0, count * length, length)]


def wallets_of(trades: int) -> tuple[list[str], int]:
    """The wallets of a ledger of that size, one for ten trades; the first ones, so many, are heavy."""
    return texts(np.random.default_rng(11), max(trades // 10, 1_000), 44), max(trades // 500_000, 1)


def assets_of(trades: int) -> list[str]:
    """The tokens of a ledger of that size, one for a hundred trades."""
    return texts(np.random.default_rng(12), max(trades // 100, 100), 44)


def fill(ledger: Ledger, trades: int, charges: int) -> None:
    """Commit everything; a ledger that was filled before is left as it is."""
    name = f"books:{trades}:{charges}"
    done = ledger.cursor(name)
    if done is not None:
        return
    ledger.commit(Batch(facts=list(_prices())))
    wallets, heavy = wallets_of(trades)
    assets, random = assets_of(trades), np.random.default_rng(13)
    for start in range(0, trades, BATCH):
        count = min(BATCH, trades - start)
        owner = random.integers(0, len(wallets), count)
        often = random.random(count) < heavy * HEAVY_TRADES / trades
        owner[often] = random.integers(0, heavy, int(often.sum()))
        facts = _batch(random, start, trades, [wallets[i] for i in owner.tolist()], assets, charges)
        ledger.commit(Batch(facts=facts))
    ledger.commit(Batch(cursor=Cursor(name=name, position=trades, digest="", done=True)))


def _prices() -> Iterator[Fact]:
    for hour in range(SPAN // HOUR + 1):
        yield PriceTick(
            id=f"prices:SOL:{hour}", source="prices", happened_at=START + hour * HOUR, asset="SOL",
            quote="USD", quote_atoms=150_000_000 + hour % 997 * 10_000, asset_atoms=10**9, interval_seconds=3_600,
        )  # fmt: skip


def _batch(
    random: np.random.Generator, start: int, trades: int, owners: list[str], assets: list[str], charges: int
) -> list[Fact]:
    count = len(owners)
    held = (len(assets) * random.random(count) ** 2).astype(int).tolist()
    signatures = texts(random, count, 88)
    quantities, money = random.integers(1, 10**12, count).tolist(), random.integers(1, 10**9, count).tolist()
    sides = np.where(random.random(count) < 0.5, "buy", "sell").tolist()
    facts: list[Fact] = []
    for n, signature in enumerate(signatures):
        at, slot, asset = START + SPAN * (start + n) // trades, 300_000_000 + (start + n) // 40, assets[held[n]]
        facts.append(Trade(
            id=f"solana:{signature}:{PROGRAM}:e0", source="chain", venue="solana", happened_at=at, tx=signature, slot=slot,
            tx_index=n % 40, wallet=owners[n], asset=asset, side=sides[n], quantity_atoms=quantities[n], quote="SOL",
            quote_atoms=money[n], venue_fee_quote_atoms=money[n] // 100, program=PROGRAM, exact=True,
        ))  # fmt: skip
        if start + n < charges:
            facts.append(Charge(
                id=f"solana:{signature}:network", source="chain", venue="solana", happened_at=at, tx=signature, slot=slot,
                tx_index=n % 40, wallet=owners[n], kind="network", lamports=5_000, trade_id=facts[-1].id, asset=asset,
            ))  # fmt: skip
    return facts
