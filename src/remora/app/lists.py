"""Lists that a user brings for one question (transfers, entities, candidates): columns of text, times and numbers.

They are read whole and fast, not into the ledger. A row without an address is refused by its number; a time or number
that cannot be read is empty, and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from remora.model.errors import InputRefused, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

_MAGIC: Final = {b"\x1f\x8b": "gzip", b"\x28\xb5": "zstd"}
_NUMBER: Final = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?$"
_UNITS: Final = ((10**17, 1), (10**14, 10**3), (10**11, 10**6), (0, 10**9))  # ns, us, ms, s by size: all later than 1973
_ZONE: Final = r"(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d)$"
_HINT: Final = "a heading with these names, then one row each (CSV, JSONL or Parquet; .gz and .zst too)"


@dataclass
class Listed:
    """Columns of a list (missing optional ones are absent) and what was wrong in it, in words."""

    table: pa.Table
    doubts: list[str] = field(default_factory=list)


def read_list(
    path: Path, addresses: Sequence[str], *, texts: Sequence[str] = (), numbers: Sequence[str] = (), times: Sequence[str] = (),
    days: bool = True,
) -> Listed:  # fmt: skip
    """The named columns. addresses must be there; the others may. days: a day alone counts as an instant (its first).

    Raises UsageError, InputRefused.
    """
    import pyarrow as pa

    raw = _raw(path)
    twice = sorted({name for name in raw.column_names if raw.column_names.count(name) > 1})
    if twice:
        raise InputRefused(f"{path}: two columns are called {twice[0]!r}", hint=_HINT)
    missing = [name for name in addresses if name not in raw.column_names]
    if missing:
        have = ", ".join(raw.column_names[:12])
        raise InputRefused(f"{path}: no column {missing[0]!r} (it has {have})", hint=_HINT)
    listed = Listed(raw)
    columns = {name: _addresses(raw[name]) for name in addresses}
    columns |= {name: _plain(raw[name]) for name in texts if name in raw.column_names}
    for name in numbers:
        if name in raw.column_names:
            columns[name] = _numbers(_plain(raw[name]), name, listed)
    for name in times:
        if name in raw.column_names:
            columns[name] = _times(raw[name], name, listed, days=days)
    listed.table = _with_addresses(pa.table(columns), addresses, listed, path)
    return listed


def _raw(path: Path) -> pa.Table:
    """The file as it is written: texts from CSV, whatever it holds from Parquet and JSON lines."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.json
    import pyarrow.parquet

    if not path.is_file():
        what = "is a folder, not a file" if path.is_dir() else "does not exist"
        raise UsageError(f"{path} {what}: no such file", hint="check the path")
    try:
        if path.suffix == ".parquet":
            return pa.parquet.read_table(path)
        with pa.OSFile(str(path)) as file:
            packed = _MAGIC.get(bytes(file.read(2)))
            file.seek(0)
            stream = pa.CompressedInputStream(file, packed) if packed else file
            if any(part in (".jsonl", ".ndjson", ".json") for part in path.suffixes):
                return pa.json.read_json(stream)
            return _csv(stream)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError, UnicodeDecodeError) as error:
        raise InputRefused(f"{path}: not readable: {error}", hint=_HINT) from None


def _csv(stream: Any) -> pa.Table:
    import io

    import pyarrow as pa
    from pyarrow import csv

    body = stream.read()
    first = body.partition(b"\n")[0].decode("utf-8-sig", "replace")
    delimiter = max(",\t;", key=first.count)
    names = [name.strip().strip('"') for name in first.strip("\r\n").split(delimiter)]
    return csv.read_csv(
        io.BytesIO(body), read_options=csv.ReadOptions(column_names=names, skip_rows=1),
        parse_options=csv.ParseOptions(delimiter=delimiter, newlines_in_values=False),
        convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True,
                                           null_values=[""]),
    )  # fmt: skip


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Trimmed texts; empty is null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.utf8_trim_whitespace(column.cast(pa.string()))
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _addresses(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Trimmed; hexadecimal ones in lower case, base58 ones as they are."""
    import pyarrow.compute as pc

    text = _plain(column)
    return pc.if_else(pc.starts_with(text, "0x", ignore_case=True), pc.utf8_lower(text), text)


def _with_addresses(table: pa.Table, addresses: Sequence[str], listed: Listed, path: Path) -> pa.Table:
    """Rows whose addresses are there; the others are counted, by their first row number."""
    import pyarrow as pa
    import pyarrow.compute as pc

    good = pc.is_valid(table[addresses[0]])
    for name in addresses[1:]:
        good = pc.and_(good, pc.is_valid(table[name]))
    bad = table.num_rows - (pc.sum(good).as_py() or 0)
    if bad:
        first = pc.index(good, pa.scalar(False)).as_py() + 2
        listed.doubts.append(f"{path.name}: {bad} rows without {' or '.join(addresses)} left out (the first is line {first})")
    if bad == table.num_rows:
        raise InputRefused(f"{path}: no row has {' and '.join(addresses)}", hint=_HINT)
    return table.filter(good)


def _numbers(text: pa.ChunkedArray, name: str, listed: Listed) -> pa.ChunkedArray:
    """Numbers of at least zero as floats (they are weighed, not booked)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    good = pc.fill_null(pc.match_substring_regex(text, _NUMBER), False)
    values = pc.cast(pc.if_else(good, text, pa.scalar(None, pa.string())), pa.float64())
    values = pc.if_else(pc.greater_equal(values, 0.0), values, pa.scalar(None, pa.float64()))
    _count(text, values, name, listed)
    return values


def _times(column: pa.ChunkedArray, name: str, listed: Listed, *, days: bool) -> pa.ChunkedArray:
    """Instants in nanoseconds: seconds to nanoseconds since 1970 by their size, or RFC 3339 (UTC where no zone is told)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("ns")).cast(pa.int64())
    text = _plain(column)
    numeric = pc.fill_null(pc.match_substring_regex(text, _NUMBER), False)
    count = pc.cast(pc.if_else(numeric, text, pa.scalar(None, pa.string())), pa.float64())
    nanoseconds = pa.scalar(None, pa.int64())
    for least, factor in reversed(_UNITS):
        scaled = pc.cast(pc.round(pc.multiply(count, float(factor))), pa.int64(), safe=False)
        nanoseconds = pc.if_else(pc.greater_equal(count, float(least)), scaled, nanoseconds)
    written = _dated(text if days else pc.if_else(pc.equal(pc.utf8_length(text), 10), pa.scalar(None, pa.string()), text))
    values = pc.coalesce(nanoseconds, written)
    _count(text, values, name, listed)
    return values


def _dated(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """RFC 3339 (or a day alone) as nanoseconds, whole seconds; null for what is no date."""
    import pyarrow as pa
    import pyarrow.compute as pc

    day = pc.equal(pc.utf8_length(text), 10)
    text = pc.if_else(day, pc.binary_join_element_wise(text, "T00:00:00", ""), text)
    head = pc.replace_substring(pc.utf8_slice_codeunits(text, 0, 19), " ", "T")
    seconds = pc.strptime(head, "%Y-%m-%dT%H:%M:%S", "s", error_is_null=True).cast(pa.int64())
    zone = pc.extract_regex(text, _ZONE)
    hours, minutes = (pc.cast(pc.struct_field(zone, name), pa.int64()) for name in ("hours", "minutes"))
    away = pc.multiply(pc.add(pc.multiply(hours, 60), minutes), 60)
    west = pc.equal(pc.struct_field(zone, "sign"), "-")
    shift = pc.fill_null(pc.if_else(west, away, pc.negate(away)), 0)
    return pc.multiply(pc.add(seconds, shift), 10**9)


def _count(text: pa.ChunkedArray, values: pa.ChunkedArray, name: str, listed: Listed) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    lost = pc.and_(pc.is_valid(text), pc.is_null(values))
    bad = pc.sum(lost).as_py() or 0
    if bad:
        first = pc.index(lost, pa.scalar(True)).as_py()
        listed.doubts.append(
            f"{bad} unreadable values of {name} count as unknown (first: line {first + 2}, {text[first].as_py()!r})"
        )
