"""Bytes of a file, decompressed chunk by chunk: plain, gzip or zstandard, also several members one after another.

Memory is bounded by the chunk, whatever the file claims to hold; what expands beyond all measure is cut off.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, Final

from remora.model.errors import Reason

CHUNK: Final = 1 << 20
_ZSTD_INPUT: Final = 2048  # one block of 128 KiB takes as little as 4 bytes: 2 KiB can become 64 MiB, not more
_ZSTD_WINDOW: Final = 1 << 27
_SUSPICIOUS_BYTES: Final = 256 << 20
_SUSPICIOUS_RATIO: Final = 2000  # gzip cannot exceed 1,032; zstandard does so only on repetitions of one block

GZIP_MAGIC: Final = b"\x1f\x8b"
ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
COMPRESSED_SUFFIXES: Final = (".gz", ".zst")


class Damaged(Exception):
    """The bytes of a file end early or cannot be decompressed; what came before is good."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Source:
    """One open file. `chunks` yields decompressed bytes; `consumed` of `size` bytes of the file have been read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = path.stat().st_size
        self.consumed = 0
        self._produced = 0

    def chunks(self) -> Iterator[bytes]:
        """Decompressed bytes, in order. Raises Damaged where the file ends early or makes no sense."""
        with self.path.open("rb") as file:
            magic = file.read(4)
            file.seek(0)
            if magic.startswith(GZIP_MAGIC):
                parts = self._gzip(file)
            elif magic == ZSTD_MAGIC:
                parts = self._zstd(file)
            else:
                parts = self._plain(file, CHUNK)
            for part in parts:
                self._produced += len(part)
                if self._produced > _SUSPICIOUS_BYTES and self._produced > _SUSPICIOUS_RATIO * self.consumed:
                    detail = f"expands more than {_SUSPICIOUS_RATIO} times: refused from here on"
                    raise Damaged(Reason.TOO_LARGE, detail)
                yield part

    def _plain(self, file: BinaryIO, size: int) -> Iterator[bytes]:
        while part := file.read(size):
            self.consumed += len(part)
            yield part

    def _gzip(self, file: BinaryIO) -> Iterator[bytes]:
        member = zlib.decompressobj(wbits=31)
        fresh = True  # nothing of this member has been read
        for part in self._plain(file, CHUNK // 4):
            pending = part
            while pending:
                if fresh:
                    pending = pending.lstrip(b"\0")  # padding between members
                    if not pending:
                        break
                fresh = False
                try:
                    out = member.decompress(pending, CHUNK)
                except zlib.error as error:
                    raise Damaged(Reason.TRUNCATED, f"the gzip stream is damaged: {error}") from error
                if out:
                    yield out
                pending = member.unconsumed_tail
                if member.eof:
                    pending, member, fresh = member.unused_data, zlib.decompressobj(wbits=31), True
                elif not pending:
                    yield from _drained(member)
        if not fresh:
            raise Damaged(Reason.TRUNCATED, "the gzip stream ends in the middle")

    def _zstd(self, file: BinaryIO) -> Iterator[bytes]:
        import zstandard

        context = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        frame: Any = None
        for part in self._plain(file, _ZSTD_INPUT):
            pending = part
            while pending:
                frame = frame or context.decompressobj()
                try:
                    out = frame.decompress(pending)
                except zstandard.ZstdError as error:
                    raise Damaged(Reason.TRUNCATED, f"the zstandard stream is damaged: {error}") from error
                if out:
                    yield out
                pending = frame.unused_data if frame.eof else b""
                if frame.eof:
                    frame = None
        if frame is not None:
            raise Damaged(Reason.TRUNCATED, "the zstandard stream ends in the middle")


def _drained(member: Any) -> Iterator[bytes]:
    """What a gzip member still holds back because the last call was full."""
    while not member.eof:
        out = member.decompress(b"", CHUNK)
        if not out:
            return
        yield out


def inner_suffix(path: Path) -> str:
    """The file's suffix without compression: 'a.jsonl.gz' -> '.jsonl'."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    while suffixes and suffixes[-1] in COMPRESSED_SUFFIXES:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def head(path: Path, size: int = 1 << 16) -> bytes:
    """The first decompressed bytes (fewer where the file is short or damaged)."""
    out = bytearray()
    try:
        for part in Source(path).chunks():
            out += part
            if len(out) >= size:
                break
    except Damaged:
        pass  # the reader meets it again and says so
    return bytes(out[:size])


def digest(path: Path) -> str:
    """128 bits over the file's bytes as they lie there: a renamed copy has the same, a grown or changed file another."""
    state = blake2b(digest_size=16)
    with path.open("rb") as file:
        while part := file.read(CHUNK):
            state.update(part)
    return state.hexdigest()
