"""Files as bytes: compressed or not, whole or cut, honest or a bomb."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import zstandard

from remora.intake import sources
from remora.intake.sources import Damaged, Source
from remora.model.errors import Reason

TEXT = b"".join(b'{"n":%d}\n' % n for n in range(50_000))


def read(path: Path) -> bytes:
    return b"".join(Source(path).chunks())


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lambda data: zstandard.ZstdCompressor().compress(data)])
def test_a_file_reads_the_same_plain_or_compressed(tmp_path: Path, pack) -> None:
    path = tmp_path / "a"
    path.write_bytes(pack(TEXT))
    assert read(path) == TEXT


def test_concatenated_members_are_one_stream(tmp_path: Path) -> None:
    middle = len(TEXT) // 2
    zstd = zstandard.ZstdCompressor().compress
    (tmp_path / "a.gz").write_bytes(gzip.compress(TEXT[:middle]) + b"\0\0" + gzip.compress(TEXT[middle:]))
    (tmp_path / "a.zst").write_bytes(zstd(TEXT[:middle]) + zstd(TEXT[middle:]))
    assert read(tmp_path / "a.gz") == read(tmp_path / "a.zst") == TEXT


@pytest.mark.parametrize("suffix", ["gz", "zst"])
@pytest.mark.parametrize("kept", [0.3, 0.7, 0.999])
def test_a_cut_stream_gives_what_came_before_and_says_so(tmp_path: Path, suffix: str, kept: float) -> None:
    packed = gzip.compress(TEXT) if suffix == "gz" else zstandard.ZstdCompressor().compress(TEXT)
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(packed[: int(len(packed) * kept)])
    got = b""
    with pytest.raises(Damaged) as caught:  # noqa: PT012
        for part in Source(path).chunks():
            got += part
    assert caught.value.reason is Reason.TRUNCATED
    assert TEXT.startswith(got)


def test_a_bomb_is_cut_off_and_never_held_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_SUSPICIOUS_BYTES", 32 << 20)
    path = tmp_path / "bomb.zst"
    path.write_bytes(zstandard.ZstdCompressor(level=19).compress(bytes(512 << 20)))
    produced = largest = 0
    with pytest.raises(Damaged, match="expands"):  # noqa: PT012
        for part in Source(path).chunks():
            produced += len(part)
            largest = max(largest, len(part))
    assert produced < 256 << 20
    assert largest <= 128 << 20


def test_a_renamed_copy_has_the_same_digest_and_a_grown_file_another(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(TEXT)
    (tmp_path / "b").write_bytes(TEXT)
    (tmp_path / "c").write_bytes(TEXT + b"\n")
    a, b, c = (sources.digest(tmp_path / name) for name in "abc")
    assert a == b != c


def test_the_suffix_inside_a_compressed_name() -> None:
    assert sources.inner_suffix(Path("x.2024.JSONL.gz")) == ".jsonl"
    assert sources.inner_suffix(Path("x.csv.zst.gz")) == ".csv"
    assert sources.inner_suffix(Path("x")) == ""
