"""What could not be read, as it is kept: file, record, reason and the raw bytes."""

from __future__ import annotations

import msgspec

from remora.intake import columnar
from remora.intake.records import RAW_LIMIT, Unreadable, json_record
from remora.model.errors import Undecodable
from remora.ports import Quarantined, Record

_MORE_RAW: int = 1 << 10  # bytes repeated with the second and further complaints about one record
_DETAIL_LIMIT: int = 500


def of_unreadable(item: Unreadable, file: str, kind: str) -> Quarantined:
    """A record that could not be parsed."""
    problem = item.problem
    return Quarantined(
        file=file, record=item.number, reason=problem.reason, detail=problem.detail[:_DETAIL_LIMIT], raw=item.raw,
        raw_bytes=item.raw_bytes, kind=kind, where=problem.where,
    )  # fmt: skip


def of_record(record: Record, problems: list[Undecodable], file: str, kind: str) -> list[Quarantined]:
    """What a decoder could not read of a record; the bytes go with the first complaint, their beginning with the others."""
    raw = record.raw or _encoded(record.value)
    found = []
    for n, problem in enumerate(problems):
        found.append(
            Quarantined(
                file=file, record=record.number, reason=problem.reason, detail=problem.detail[:_DETAIL_LIMIT],
                raw=raw[: RAW_LIMIT if n == 0 else _MORE_RAW], raw_bytes=len(raw), kind=kind, where=problem.where[:200],
            )
        )  # fmt: skip
    return found


def _encoded(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, dict):
        return columnar.raw(value)
    return msgspec.json.encode(value)


def restored(item: Quarantined, file: str) -> Record | None:
    """The record as it was read, from the bytes kept: JSON, or a binary message; None where they were cut."""
    if len(item.raw) != item.raw_bytes:
        return None
    found = json_record(item.raw, item.record, file)
    return found if isinstance(found, Record) else Record(value=item.raw, number=item.record, raw=item.raw, file=file)
