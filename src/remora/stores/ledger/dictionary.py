"""Names as integers: texts that repeat (wallets, assets, venues ...) are stored once and referred to by id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import numpy as np

from remora.stores.ledger.engine import Engine
from remora.stores.ledger.schema import SUPPORT, arrow_schema

if TYPE_CHECKING:
    import pyarrow as pa

CACHED_NAMES: Final = 500_000
"""Texts kept in memory, some 75 MB; the store is asked for the others."""
CACHED_TEXTS: Final = 50_000
"""Ids kept with their texts, and texts known to have no id, for the questions that come again and again."""


class Names:
    """The dictionary of one store. Ids given inside a commit count only once it is kept."""

    def __init__(self, engine: Engine, next_id: int) -> None:
        self._engine = engine
        self._next = next_id
        self._ids: dict[str, int] = {}
        self._fresh: dict[str, int] = {}
        self._absent: set[str] = set()
        self._texts: dict[int, str] = {}

    @property
    def next_id(self) -> int:
        """The id that the next new name gets."""
        return self._next + len(self._fresh)

    def known(self, texts: Iterable[str]) -> dict[str, int]:
        """Ids of those texts that have one."""
        wanted = set(texts)
        found = {text: self._ids[text] for text in wanted if text in self._ids}
        missing = [text for text in wanted if text not in found and text not in self._absent]
        if missing:
            found.update(self._look_up(missing))
        return found

    def assign(self, texts: Iterable[str]) -> dict[str, int]:
        """Ids of all texts; new ones get the next ids, in sorted order."""
        wanted = set(texts)
        found = self.known(text for text in wanted if text not in self._fresh)
        for text in sorted(wanted - found.keys()):
            if text not in self._fresh:
                self._fresh[text] = self._next + len(self._fresh)
            found[text] = self._fresh[text]
        return found

    def texts(self, ids: Iterable[int]) -> dict[int, str]:
        """Texts of ids; unknown ids are absent."""
        wanted = sorted({int(i) for i in ids if i >= 0})
        found = {number: self._texts[number] for number in wanted if number in self._texts}
        if len(found) == len(wanted):
            return found
        stored = self._texts_of([number for number in wanted if number not in found])
        if len(self._texts) + len(stored) > CACHED_TEXTS:
            self._texts = {}
        if len(stored) <= CACHED_TEXTS:
            self._texts.update(stored)
        fresh = {number: text for text, number in self._fresh.items() if number in wanted} if self._fresh else {}
        return found | stored | fresh

    def _texts_of(self, wanted: list[int]) -> dict[int, str]:
        import pyarrow as pa

        probe = pa.table({"id": pa.array(wanted, pa.int32())})
        where = f"n.id BETWEEN {wanted[0]} AND {wanted[-1]}"
        sql = f"SELECT n.id AS id, n.name AS name FROM names n JOIN probe p ON n.id = p.id WHERE {where}"
        found = self._engine.fetch(sql, {"probe": probe})
        return dict(zip(found["id"].to_pylist(), found["name"].to_pylist(), strict=True))

    def decode(self, ids: np.ndarray) -> pa.Array:
        """The texts of an array of ids, null for -1."""
        import pyarrow as pa

        unique, places = np.unique(ids, return_inverse=True)
        texts = self.texts(unique.tolist())
        values = pa.array([texts.get(number) for number in unique.tolist()], pa.string())
        return values.take(pa.array(places))

    def written(self) -> pa.Table:
        """The rows that the running commit must add."""
        import pyarrow as pa

        columns = [list(self._fresh.values()), list(self._fresh)]
        return pa.table(columns, schema=arrow_schema(SUPPORT["names"]))

    def keep(self) -> None:
        """The commit is in: its names count."""
        self._next += len(self._fresh)
        self._absent -= self._fresh.keys()
        self._remember(self._fresh)
        self._fresh = {}

    def drop(self) -> None:
        """The commit failed: its names do not count."""
        self._fresh = {}

    def _look_up(self, texts: list[str]) -> dict[str, int]:
        import pyarrow as pa

        probe = pa.table({"name": pa.array(texts, pa.string())})
        found = self._engine.fetch("SELECT n.id AS id, n.name AS name FROM names n JOIN probe p ON n.name = p.name",
                                   {"probe": probe})  # fmt: skip
        known = dict(zip(found["name"].to_pylist(), found["id"].to_pylist(), strict=True))
        self._remember(known)
        absent = [text for text in texts if text not in known]
        if len(self._absent) + len(absent) <= CACHED_TEXTS:
            self._absent.update(absent)
        return known

    def _remember(self, known: dict[str, int]) -> None:
        if len(self._ids) + len(known) > CACHED_NAMES:
            self._ids = {}
        self._ids.update(known)
