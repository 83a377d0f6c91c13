"""Names of a simulated world: addresses, mints, markets and signatures that say, where they can, that they are simulated."""

from __future__ import annotations

from typing import Final

import numpy as np

PUMP: Final = "6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P"
PUMPSWAP: Final = "pAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA"
WSOL: Final = "So11111111111111111111111111111111111111112"
ALPHABET: Final = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_KEY_LETTERS: Final = 43  # 58^43 < 2^252: always a key of 32 bytes
_SIGNATURE_LETTERS: Final = 87


def letters(rng: np.random.Generator, count: int, length: int) -> list[str]:
    """So many texts of base58 letters."""
    text = np.frombuffer(ALPHABET, np.uint8)[rng.integers(0, 58, count * length, dtype=np.uint8)].tobytes().decode()
    return [text[place : place + length] for place in range(0, count * length, length)]


def keys(rng: np.random.Generator, count: int, suffix: str = "") -> list[str]:
    """Valid Solana keys that begin with Sim."""
    return [f"Sim{body}{suffix}" for body in letters(rng, count, _KEY_LETTERS - 3 - len(suffix))]


def signatures(rng: np.random.Generator, count: int) -> list[str]:
    """Texts that decode to 64 bytes."""
    return [f"5{body}" for body in letters(rng, count, _SIGNATURE_LETTERS - 1)]


def hashes(rng: np.random.Generator, count: int, head: str = "", size: int = 32) -> list[str]:
    """0x, the head and random digits: `size` bytes together."""
    width = 2 * size - len(head)
    digits = rng.bytes(count * (width + 1) // 2 + 1).hex()
    return [f"0x{head}{digits[place : place + width]}" for place in range(0, count * width, width)]


def outcomes(rng: np.random.Generator, count: int) -> list[str]:
    """Token ids of outcomes: decimal numbers of 77 digits."""
    digits = rng.integers(0, 10, (count, 76)).astype(np.uint8) + 48
    return ["1" + row.tobytes().decode() for row in digits]


def curve_of(mint: str) -> str:
    """The curve account that belongs to a mint: derived by the program's rule, so that every source names it alike."""
    from solders.pubkey import Pubkey

    address, _ = Pubkey.find_program_address([b"bonding-curve", bytes(Pubkey.from_string(mint))], Pubkey.from_string(PUMP))
    return str(address)


def raw(text: str) -> bytes:
    """The 32 bytes of a base58 key."""
    number = 0
    for letter in text.encode():
        number = number * 58 + ALPHABET.index(letter)
    return number.to_bytes(32)
