"""Copies of a store that prove themselves: a manifest of sizes, checksums and row counts, checked when restored."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from remora.model.errors import InputRefused, StoreDamaged, UsageError

MANIFEST_FILE: Final = "manifest.json"
_CHUNK_BYTES: Final = 1 << 20


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds: the ledger's version, digest and stored rows, and each file's size and SHA-256."""

    version: int
    digest: str
    totals: dict[str, int]
    files: dict[str, dict[str, Any]]


def copy_out(files: Iterable[Path], folder: Path, state: Mapping[str, Any]) -> None:
    """Copy files into an empty folder; the manifest is written last, so that an unfinished copy is no backup."""
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"the backup folder {folder} is not empty", hint="name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    copied: dict[str, dict[str, Any]] = {}
    for path in files:
        target = folder / path.name
        shutil.copyfile(path, target)
        _sync(target)
        copied[path.name] = {"bytes": target.stat().st_size, "sha256": sha256(target)}
        if sha256(path) != copied[path.name]["sha256"]:
            raise StoreDamaged(f"the copy of {path} differs from it", hint="check the disk of the backup folder")
    write_manifest(folder, state, copied)


def write_manifest(folder: Path, state: Mapping[str, Any], files: Mapping[str, dict[str, Any]]) -> None:
    """Finish a backup."""
    manifest = folder / MANIFEST_FILE
    manifest.write_bytes(msgspec.json.format(msgspec.json.encode({**state, "files": files})))
    _sync(manifest)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup, after comparing every file with it. Raises InputRefused or StoreDamaged."""
    path = folder / MANIFEST_FILE
    if not path.is_file():
        raise InputRefused(f"{folder} is no finished backup: it has no {MANIFEST_FILE}")
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StoreDamaged(f"{path} is damaged: {error}", hint="use another backup") from error
    for name, told in manifest.files.items():
        file = folder / name
        if Path(name).name != name or not file.is_file() or sha256(file) != told.get("sha256"):
            raise StoreDamaged(f"{file} is damaged or missing: it is not what {MANIFEST_FILE} tells", hint="use another backup")
    return manifest


def sha256(path: Path) -> str:
    """The SHA-256 of a file, as hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
