"""A tiny reader of recordings for these tests: whole files in memory, JSON floats kept as Decimal or as float."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from remora.model.facts import type_name
from remora.ports import Context, Decoded, Kind, Record, Sample
from remora.venues.polymarket.kinds import KINDS


def text_of(path: Path) -> str:
    """A file's text, unpacked where its name ends in .gz."""
    return (gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()).decode()


def values(path: Path, *, exact: bool = True) -> tuple[str, Any, tuple[str, ...], list[Any]]:
    """Form, top-level object (or None), columns and records of a file."""
    name = path.name.removesuffix(".gz")
    number = Decimal if exact else float
    if name.endswith(".parquet"):
        import pyarrow.parquet as pq

        table = pq.read_table(path)
        return "parquet", None, tuple(table.column_names), table.to_pylist()
    text = text_of(path)
    if name.endswith(".csv"):
        reader = csv.DictReader(io.StringIO(text))
        rows: list[Any] = list(reader)
        return "csv", None, tuple(reader.fieldnames or ()), rows
    if name.endswith(".jsonl"):
        return "jsonl", None, (), [json.loads(line, parse_float=number) for line in text.split("\n") if line]
    document = json.loads(text, parse_float=number)
    if isinstance(document, list):
        return "json", None, (), document
    return "json", document, (), [document]


def sample_of(path: Path) -> Sample:
    """What a recogniser would be shown of the file."""
    form, document, columns, records = values(path)
    return Sample(name=str(path), form=form, records=tuple(records[:8]), columns=columns, document=document)


def kinds_of(path: Path) -> list[Kind]:
    """Every kind that recognises the file."""
    sample = sample_of(path)
    return [kind for kind in KINDS if kind.matches(sample)]


def decoded(path: Path, context: Context | None = None, *, exact: bool = True) -> Iterator[Decoded]:
    """What each record of the file holds, by the one kind that recognises it."""
    (kind,) = kinds_of(path)
    decoder = kind.open(context or Context())
    for number, value in enumerate(values(path, exact=exact)[3]):
        yield decoder.decode(Record(value=value, number=number, file=path.name))


def whole(path: Path, context: Context | None = None, *, exact: bool = True) -> Decoded:
    """All that a file holds."""
    out = Decoded()
    for part in decoded(path, context, exact=exact):
        out.facts += part.facts
        out.ignored += part.ignored
        out.undecodable += part.undecodable
    return out


def counts(result: Decoded) -> Counter[str]:
    """Distinct facts by type."""
    return Counter(type_name(fact) for fact in {fact.id: fact for fact in result.facts}.values())
