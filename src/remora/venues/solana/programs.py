"""Addresses of the programs and mints whose meaning is written in code, and addresses derived from them.

What changes from month to month (routers, fee wallets, tip accounts) is data, not code.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from remora.model import units

PUMP: Final = "6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P"
PUMPSWAP: Final = "pAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA"
MAYHEM_AGENT: Final = "BwWK17cbHxwWBKZkUYvzxLcNQ1YVyaFezduWbtm2de6s"

WSOL: Final = "So11111111111111111111111111111111111111112"
USDC_MINT: Final = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"
USDT_MINT: Final = "Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB"
NO_KEY: Final = "11111111111111111111111111111111"
"""The all-zero key: 'no mint' in events (it is also the system program's address)."""

MONEY_MINTS: Final = frozenset((WSOL, USDC_MINT, USDT_MINT))
"""Mints that are paid with: a pool whose base is one of them is written the other way round."""


def quote_name(mint: str) -> str:
    """A quote as facts name it: 'SOL' for the zero key and wrapped SOL, 'USDC', else the mint itself."""
    if mint in {NO_KEY, WSOL}:
        return units.SOL
    return units.USDC if mint == USDC_MINT else mint


@lru_cache(maxsize=1 << 16)
def bonding_curve(mint: str) -> str:
    """The curve account of a Pump coin: derived from its mint, so that every source names the same market."""
    return _derive(PUMP, b"bonding-curve", mint)


@lru_cache(maxsize=1 << 14)
def pool_authority(mint: str) -> str:
    """The creator of the canonical PumpSwap pool of a Pump coin."""
    return _derive(PUMP, b"pool-authority", mint)


def _derive(program: str, seed: bytes, key: str) -> str:
    from solders.pubkey import Pubkey

    address, _ = Pubkey.find_program_address([seed, bytes(Pubkey.from_string(key))], Pubkey.from_string(program))
    return str(address)
