"""How each id is built, so that every run, source and encoding builds the same one.

A fact with an exact place on its chain is named by that place. A fact without one (tapes, Data API rows) is named by
its content and by which occurrence of that content it is inside one transaction, second or answer.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final

SOLANA: Final = "solana"
POLYMARKET: Final = "polymarket"

_BASE58 = re.compile(r"[1-9A-HJ-NP-Za-km-z]{32,44}\Z", re.ASCII)
_SIGNATURE = re.compile(r"[1-9A-HJ-NP-Za-km-z]{80,90}\Z", re.ASCII)
_EVM = re.compile(r"0x[0-9a-f]{40}\Z", re.ASCII)
_HASH32 = re.compile(r"0x[0-9a-f]{64}\Z", re.ASCII)
_TOKEN = re.compile(r"[0-9]{1,78}\Z", re.ASCII)


def solana_event(signature: str, program: str, n: int) -> str:
    """The n-th (from 0) event that `program` (address) emitted in the transaction; equal in logs and inner data."""
    return f"solana:{signature}:{program}:e{n}"


def solana_balance(signature: str, program: str, n: int) -> str:
    """The n-th (from 0) trade derived from balance changes of the transaction, attributed to `program`."""
    return f"solana:{signature}:{program}:b{n}"


def solana_transfer(signature: str, outer: int, inner: int) -> str:
    """The transfer made by instruction (outer, inner); inner is 0 for the outer instruction itself, else from 1."""
    return f"solana:{signature}:t{outer}.{inner}"


def solana_charge(signature: str, kind: str, n: int) -> str:
    """The n-th charge of that kind in the transaction."""
    return f"solana:{signature}:c:{kind}{n}"


def polymarket_fill(tx_hash: str, log_index: int) -> str:
    """One OrderFilled log."""
    return f"polymarket:{tx_hash}:{log_index}"


def by_content(venue: str, kind: str, parts: tuple[object, ...], occurrence: int) -> str:
    """Name a fact without a place on its chain: digest of its content, and which occurrence of it this is (from 0)."""
    return f"{venue}:{kind}:{digest(parts)}:{occurrence}"


def surrogate_asset(slug: str, outcome: str) -> str:
    """An outcome of a market whose token id the source does not tell."""
    return f"slug:{slug}#{outcome}"


def digest(parts: tuple[object, ...]) -> str:
    """128 bits over the parts' text, as hex. Parts are separated so that ('ab','c') and ('a','bc') differ."""
    text = "\x1f".join(["" if part is None else str(part) for part in parts])
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def key64(text: str) -> int:
    """A 63-bit key for look-ups; equal keys are always confirmed by comparing the texts."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little") >> 1


def is_solana_address(text: object) -> bool:
    """Looks like a base58 public key (32 to 44 characters)."""
    return isinstance(text, str) and _BASE58.match(text) is not None


def is_solana_signature(text: object) -> bool:
    """Looks like a base58 signature. Valid ones are often 87 characters long."""
    return isinstance(text, str) and _SIGNATURE.match(text) is not None


def is_evm_address(text: object) -> bool:
    """0x and 40 lower-case hex digits."""
    return isinstance(text, str) and _EVM.match(text) is not None


def is_condition_id(text: object) -> bool:
    """0x and 64 lower-case hex digits; also transaction hashes have this form."""
    return isinstance(text, str) and _HASH32.match(text) is not None


def is_token_id(text: object) -> bool:
    """An outcome token as decimal text of up to 78 digits."""
    return isinstance(text, str) and _TOKEN.match(text) is not None
