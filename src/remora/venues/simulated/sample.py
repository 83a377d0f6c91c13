"""A small simulated market for the first run on a bare machine."""

from __future__ import annotations

from pathlib import Path

from remora.venues.simulated import world, writing


def write(folder: Path, seed: int = 7) -> list[Path]:
    """Write the sample as import files and name them. The same seed gives the same bytes."""
    small = world.make(
        seed, wallets=80, days=5, trades_per_wallet=30, tokens=14, markets=28, graduation_rate=0.08, hub_customers=5
    )
    return writing.write(small, folder)
