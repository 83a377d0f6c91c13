"""`ledger.meta.json`: what the ledger file held when it was last written, kept beside it, so that an emptied,
shortened or older file is noticed at opening.

The note may be behind the file by one commit (a crash between the two), never ahead of it.
"""

from __future__ import annotations

import os
import struct
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import msgspec

from remora.model.errors import StoreDamaged

LEDGER_FILE: Final = "ledger.duckdb"
NOTE_FILE: Final = "ledger.meta.json"
RESTORE_HINT: Final = "restore a backup (remora restore), or move the file away and import again"

_HEADER_BYTES: Final = 4096
_MAGIC: Final = b"DUCK"


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the ledger file. state: 'creating' until its tables are in place, then 'ready'."""

    store_id: str
    schema_version: int
    state: str
    version: int = 0
    digest: str = ""
    totals: dict[str, int] = {}


def write_note(home: Path, note: Note) -> None:
    """Replace the note at once and for good (atomic rename, synced)."""
    body = msgspec.to_builtins(note)
    path = home / NOTE_FILE
    temporary = path.with_suffix(".new")
    with temporary.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(body | {"check": _check(body)})))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def sync_folder(folder: Path) -> None:
    """Make created and renamed files of a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_note(home: Path) -> Note | None:
    """The note, or None where there is none. Raises StoreDamaged if it is not what was written."""
    path = home / NOTE_FILE
    if not path.exists():
        return None
    try:
        body: dict[str, Any] = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        check = body.pop("check", None)
        note = msgspec.convert(body, Note)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise _damaged(path, f"it cannot be read ({error})") from error
    if check != _check(body):
        raise _damaged(path, "its own checksum does not hold")
    return note


def check_file(path: Path) -> bool:
    """The ledger file's magic and length, before the database opens it. Raises StoreDamaged.

    Answers whether it is as long as its header says. A shorter one may be sound: after a crash, blocks at its end that
    were given out and never written are missing. Then only reading everything tells.
    """
    size = path.stat().st_size
    if size < 3 * _HEADER_BYTES:
        raise _damaged(path, f"it has {size} bytes, less than its own headers")
    with path.open("rb") as file:
        head = file.read(3 * _HEADER_BYTES)
    if head[8:12] != _MAGIC:
        raise _damaged(path, "it does not begin like a database")
    # The newer of two headers counts: checksum, iteration, meta block, free list, number of blocks, block size.
    headers = [struct.unpack_from("<QQqqQQ", head, _HEADER_BYTES * n) for n in (1, 2)]
    _, _, _, _, blocks, block_bytes = max(headers, key=lambda header: header[1])
    return bool(size >= 3 * _HEADER_BYTES + blocks * block_bytes)


def check_against(note: Note | None, home: Path, found: Note) -> None:
    """That the opened ledger is the one of the note, and not older. Raises StoreDamaged."""
    path = home / LEDGER_FILE
    if note is None:
        return
    if note.store_id != found.store_id:
        raise _damaged(path, f"it is another store ({found.store_id}) than {NOTE_FILE} tells of ({note.store_id})")
    if found.version < note.version:
        raise _damaged(path, f"it ends at commit {found.version}, {NOTE_FILE} tells of commit {note.version}")
    if found.version == note.version and found.digest != note.digest:
        raise _damaged(path, f"its commit {found.version} is not the one that {NOTE_FILE} tells of")


def check_missing(note: Note | None, home: Path) -> None:
    """That no ledger file is missing. Raises StoreDamaged where one should be."""
    if note is not None and note.state == "ready":
        raise StoreDamaged(f"the ledger file {home / LEDGER_FILE} is missing ({NOTE_FILE} tells of commit {note.version})",
                           hint="restore a backup (remora restore)")  # fmt: skip


def _damaged(path: Path, what: str) -> StoreDamaged:
    return StoreDamaged(f"{path} is damaged: {what}", hint=RESTORE_HINT)


def _check(body: dict[str, Any]) -> str:
    return blake2b(msgspec.json.encode(body, order="sorted"), digest_size=16).hexdigest()
