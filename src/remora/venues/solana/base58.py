"""Base58 texts to bytes and back, and public keys as text through a bounded cache."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from remora.model.errors import Reason
from remora.venues.solana.fields import Malformed

_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PAIRS: Final = {a + b: i * 58 + j for i, a in enumerate(_ALPHABET) for j, b in enumerate(_ALPHABET)}
_STEP: Final = 10  # characters that fit one machine word: 58^10 < 2^63
_POWER: Final = 58**_STEP
_MAX_CHARS: Final = 8192  # a transaction has 1,232 bytes, inner data at most 10 KiB: longer text is hostile


def decode(text: str, where: str = "data") -> bytes:
    """Bytes of a base58 text. Raises Malformed for foreign characters and for absurd lengths."""
    if len(text) > _MAX_CHARS:
        raise Malformed(Reason.TOO_LARGE, f"base58 text of {len(text)} characters", where)
    zeros = len(text) - len(text.lstrip("1"))
    body = text[zeros:]
    head = len(body) % _STEP
    try:
        value = 0
        for char in body[:head]:
            value = value * 58 + _PAIRS["1" + char]
        for start in range(head, len(body), _STEP):
            chunk = 0
            for at in range(start, start + _STEP, 2):
                chunk = chunk * 3364 + _PAIRS[body[at : at + 2]]
            value = value * _POWER + chunk
    except KeyError as error:
        raise Malformed(Reason.BAD_ENCODING, f"{str(error)[:20]} is not base58", where) from error
    return bytes(zeros) + value.to_bytes((value.bit_length() + 7) // 8, "big")


def encode(data: bytes) -> str:
    """Base58 text of any bytes (slow; keys go through `key_text`)."""
    zeros = len(data) - len(data.lstrip(b"\0"))
    value = int.from_bytes(data, "big")
    chars: list[str] = []
    while value:
        value, digit = divmod(value, 58)
        chars.append(_ALPHABET[digit])
    return "1" * zeros + "".join(reversed(chars))


@lru_cache(maxsize=1 << 17)
def key_text(key: bytes) -> str:
    """A public key (32 bytes) as base58 text. The cache is bounded: about 25 MB when full."""
    from solders.pubkey import Pubkey

    return str(Pubkey(key))


def signature_text(signature: bytes, where: str = "signature") -> str:
    """A signature (64 bytes) as base58 text."""
    if len(signature) != 64:
        raise Malformed(Reason.BAD_ADDRESS, f"a signature has 64 bytes, got {len(signature)}", where)
    from solders.signature import Signature

    return str(Signature(signature))
