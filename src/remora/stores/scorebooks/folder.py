"""Scorebooks in a folder: one sub-folder each, Arrow files that are mapped into memory, and a manifest with their digests.

A scorebook is complete or not there: it is written under another name, synced and renamed. Writing the same one again
compares; a different answer under the same name is an error, never an overwrite.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from remora.model.errors import CheckFailed, StoreDamaged
from remora.model.scorebook import Manifest, Sealed

if TYPE_CHECKING:
    import pyarrow as pa

_MANIFEST: Final = "manifest.json"
_NAME: Final = re.compile(r"\d+-v\d+-")
_HINT: Final = "remove that folder and run `remora analyse --as-of` for its instant again"


class Scorebooks:
    """All scorebooks of a home."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read or made here."""
        self._folder = folder
        self._proven: dict[tuple[str, str], pa.Table] = {}

    def put(self, manifest: Manifest, tables: Mapping[str, pa.Table]) -> tuple[Manifest, bool]:
        """Store a scorebook for good: (its manifest with digests, whether it is new). CheckFailed if it contradicts."""
        part = self._folder / f".part-{os.getpid()}"
        for left in self._folder.glob(".part-*"):  # of one that was killed; one ledger, one writer
            shutil.rmtree(left, ignore_errors=True)
        part.mkdir(parents=True)
        sealed = {name: _write(part / f"{name}.arrow", table) for name, table in sorted(tables.items())}
        manifest = msgspec.structs.replace(manifest, tables=sealed)
        manifest = msgspec.structs.replace(manifest, seal=_seal(manifest))
        _durable(part / _MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
        place = self._folder / manifest.name
        if place.exists():
            shutil.rmtree(part)
            stored = self._read(place)
            if stored != manifest:
                wrong = sorted(name for name in sealed if stored.tables.get(name) != sealed[name]) or ["the figures"]
                raise CheckFailed(f"{place} was computed otherwise before: {', '.join(wrong)} differ", hint=_HINT)
            return stored, False
        part.rename(place)
        _sync(self._folder)
        return manifest, True

    def all(self) -> list[Manifest]:
        """Every stored scorebook, by instant, then ledger version, then when it was stored. Raises StoreDamaged."""
        if not self._folder.exists():
            return []
        places = [place for place in self._folder.iterdir() if _NAME.match(place.name)]  # other things are not ours
        found = [(self._read(place), place.stat().st_mtime_ns) for place in places]
        found.sort(key=lambda pair: (pair[0].as_of, pair[0].ledger_version, pair[1], pair[0].name))
        return [book for book, _ in found]

    def at(self, instant: int | None, *, settings: str) -> Manifest | None:
        """The scorebook in force at an instant: the latest one of an instant not after it, as first stored; None: the newest.

        Only those worked out under the same settings (their digest) can be in force.

        A scorebook of the same instant that was computed later, from a ledger that had learnt more, does not replace
        what had been answered.
        """
        books = [book for book in self.all() if book.settings == settings]
        if instant is None:
            return books[-1] if books else None
        before = [book for book in books if book.as_of <= instant]
        latest = max((book.as_of for book in before), default=None)
        return next((book for book in before if book.as_of == latest), None)

    def table(self, manifest: Manifest, name: str) -> pa.Table:
        """A table of a scorebook, mapped into memory; its digest is compared at the first opening. Raises StoreDamaged."""
        import pyarrow as pa

        known = self._proven.get((manifest.name, name))
        if known is None:
            path = self._folder / manifest.name / f"{name}.arrow"
            if not path.is_file() or _digest(path) != manifest.tables[name].sha256:
                raise StoreDamaged(f"{path} does not hold what was written", hint=_HINT)
            with pa.memory_map(str(path)) as source:
                known = self._proven[manifest.name, name] = pa.ipc.open_file(source).read_all()
        return known

    def _read(self, place: Path) -> Manifest:
        try:
            manifest = msgspec.json.decode((place / _MANIFEST).read_bytes(), type=Manifest)
        except (OSError, msgspec.DecodeError) as error:
            raise StoreDamaged(f"{place} is no complete scorebook: {error}", hint=_HINT) from None
        if manifest.seal != _seal(manifest):
            raise StoreDamaged(f"{place / _MANIFEST} does not hold what was written", hint=_HINT)
        if manifest.name != place.name:
            raise StoreDamaged(f"{place} holds another scorebook than its name says: {manifest.name}", hint=_HINT)
        return manifest


def _write(path: Path, table: pa.Table) -> Sealed:
    import pyarrow as pa

    with path.open("wb") as file:
        with pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table.combine_chunks())
        file.flush()
        os.fsync(file.fileno())
    return Sealed(rows=table.num_rows, bytes=path.stat().st_size, sha256=_digest(path))


def _digest(path: Path) -> str:
    """SHA-256 of a file, read piece by piece."""
    found = sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            found.update(piece)
    return found.hexdigest()


def _seal(manifest: Manifest) -> str:
    """SHA-256 of a manifest without its seal."""
    return sha256(msgspec.json.encode(msgspec.structs.replace(manifest, seal=""), order="deterministic")).hexdigest()


def _durable(path: Path, body: bytes) -> None:
    with path.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
