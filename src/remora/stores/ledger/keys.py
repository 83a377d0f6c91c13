"""63-bit keys of many texts at once. A key only finds candidates; the texts themselves are always compared.

The keys are stored: how they are computed may not change without a new schema version.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

_LONG_BYTES: Final = 256
"""Longer texts are digested one by one: they are rare, and padding all others to their length would be dear."""

_ODD: Final = np.uint64(0x9E3779B97F4A7C15)


def keys_of(texts: pa.Array) -> np.ndarray:
    """The key of each text of an Arrow array without nulls (int64, never negative)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = texts.cast(pa.binary())
    lengths = pc.binary_length(plain).to_numpy(zero_copy_only=False)
    longer = np.flatnonzero(lengths > _LONG_BYTES)
    if not len(longer):
        return _mixed(plain, lengths)
    keys = np.empty(len(plain), np.int64)
    short = np.flatnonzero(lengths <= _LONG_BYTES)
    keys[short] = _mixed(plain.take(pa.array(short)), lengths[short])
    for place in longer.tolist():
        digest = blake2b(plain[place].as_py(), digest_size=8).digest()
        keys[place] = int.from_bytes(digest, "little") >> 1
    return keys


def keys64(texts: Sequence[str]) -> np.ndarray:
    """The same for a sequence of texts."""
    import pyarrow as pa

    return keys_of(pa.array(texts, pa.string()))


def _mixed(texts: pa.BinaryArray, lengths: np.ndarray) -> np.ndarray:
    """Multiply and fold, eight bytes of all texts at a time."""
    if not len(lengths):
        return np.zeros(0, np.int64)
    words = max(1, -(-int(lengths.max()) // 8))
    padded = _padded(texts, lengths, words)
    mixed = (lengths.astype(np.uint64) + np.uint64(1)) * _ODD
    for word in range(words):
        used = lengths > word * 8
        step = (mixed ^ padded[:, word]) * _ODD
        step ^= step >> np.uint64(32)
        mixed = step if used.all() else np.where(used, step, mixed)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return (mixed ^ (mixed >> np.uint64(32))).view(np.int64) & np.int64(2**63 - 1)


def _padded(texts: pa.BinaryArray, lengths: np.ndarray, words: int) -> np.ndarray:
    """The texts as rows of `words` 64-bit words, filled up with zeros."""
    _, offsets, data = texts.buffers()
    starts = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    source = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    rows = np.zeros((len(texts), words * 8), np.uint8)
    rows[np.arange(words * 8) < lengths[:, None]] = source[starts[0] : starts[-1]]
    return rows.view("<u8")
