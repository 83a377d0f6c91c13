"""Ids of texts: the ledger's dictionary as far as it knows them, and own (negative) ids for what it never stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from remora.analysis.columns import UNKNOWN, ints

NONE: Final = UNKNOWN
"""The id that means: no text."""


class Names:
    """text -> id. Texts the given mapping lacks get ids -2, -3, ... in the order they are asked for.

    Outcome tokens of a complete set that nobody traded are such texts: they are part of a book, not of the dictionary.
    """

    def __init__(self, ids: Mapping[str, int]) -> None:
        self._ids = dict(ids)
        self.minted: dict[int, str] = {}

    def id(self, text: str | None) -> int:
        """The id of a text; NONE for None and ''."""
        if not text:
            return NONE
        known = self._ids.get(text)
        if known is None:
            known = -2 - len(self.minted)
            self._ids[text] = known
            self.minted[known] = text
        return known

    def learn(self, ids: Mapping[str, int]) -> None:
        """Take over more of the dictionary: texts that were not asked for before."""
        self._ids.update(ids)

    def known(self, texts: Iterable[str]) -> list[int]:
        """Ids of those texts that have one already."""
        return [self._ids[text] for text in texts if text in self._ids]

    def column(self, values: pa.ChunkedArray | pa.Array) -> NDArray[np.int64]:
        """Ids of a column, which holds texts (plain or dictionary-encoded) or ids already. Null is NONE."""
        if isinstance(values, pa.ChunkedArray):
            values = values.combine_chunks()
        if pa.types.is_integer(values.type):
            return ints(values)
        if not pa.types.is_dictionary(values.type):
            values = values.cast(pa.string()).dictionary_encode()
        ids = np.array([self.id(text) for text in values.dictionary.to_pylist()] + [NONE], np.int64)
        found: NDArray[np.int64] = ids[np.asarray(values.indices.cast(pa.int64()).fill_null(len(ids) - 1))]
        return found
