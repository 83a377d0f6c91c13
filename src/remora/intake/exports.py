"""Remora's own exports, read back: the columns are the facts' own fields, so the same facts come out."""

from __future__ import annotations

import typing
from pathlib import PurePath
from typing import Any, Final

import msgspec

from remora.model.errors import Reason, Undecodable
from remora.model.facts import type_name
from remora.model.tables import TABLES, Column, Table
from remora.model.units import BadNumber, instant_of_text, int64
from remora.ports import Context, Decoded, Decoder, Record, Sample

_INSTANTS: Final = frozenset(("happened_at", "seen_at", "starts_at", "ends_at", "closed_at"))
_DISARMED: Final = "=+-@\t\r'"  # a CSV cell that begins so was given an apostrophe
_BOOKED: Final = frozenset(("realized_quote_atoms", "matched_atoms", "win_rate", "realized_all_in_quote_atoms"))


class ExportKind(msgspec.Struct, kw_only=True):
    """One exported table of facts."""

    name: str
    table: str
    bears_facts: bool = True

    def matches(self, sample: Sample) -> bool:
        """Whether all columns of this table are there, and no wider table's; twins are told apart by name, id or kind."""
        present = _columns(sample)
        fitting = [table for table in TABLES.values() if {column.name for column in table.columns} <= present]
        widest = max((len(table.columns) for table in fitting), default=0)
        best = [table.name for table in fitting if len(table.columns) == widest]
        if self.table not in best:
            return False
        return len(best) == 1 or self.table == _told_apart(best, sample)

    def open(self, context: Context) -> Decoder:
        """A decoder for one file."""
        return ExportDecoder(TABLES[self.table])


class BookedKind(msgspec.Struct, kw_only=True):
    """Exports of computed tables: positions, sells, wallets."""

    name: str = "remora.booked"
    bears_facts: bool = False
    about: str = "computed from facts: they are computed again, not read back"

    def matches(self, sample: Sample) -> bool:
        """Whether the columns are those of a booked table."""
        present = _columns(sample)
        return {"wallet", "realized_quote_atoms"} <= present and bool(_BOOKED & present)

    def open(self, context: Context) -> Decoder:
        """Never asked: this kind bears no facts."""
        return ExportDecoder(TABLES["observations"])


def kinds() -> tuple[ExportKind | BookedKind, ...]:
    """One kind per table of facts, and one for what is computed."""
    return (*(ExportKind(name=f"remora.{name}", table=name) for name in TABLES), BookedKind())


def _columns(sample: Sample) -> set[str]:
    if sample.form == "jsonl" and sample.records and isinstance(sample.records[0], dict):
        return set(sample.records[0])
    return set(sample.columns)


def _told_apart(names: list[str], sample: Sample) -> str | None:
    """Of tables with the same columns the one that the file's name, its ids or its kinds speak of; None: cannot tell."""
    stem = PurePath(sample.name).name
    by_name = [name for name in names if name in stem]
    if len(by_name) == 1:
        return by_name[0]
    rows = [row for row in sample.records if isinstance(row, dict)]
    by_id = [name for name in names if any(f":{type_name(TABLES[name].fact)}:" in str(row.get("id")) for row in rows)]
    if len(by_id) == 1:
        return by_id[0]
    moved = {str(row.get("kind")) for row in rows} <= {"deposit", "withdrawal", "migration"}
    wanted = "deposits" if moved else "rewards"
    return wanted if wanted in names and rows else None


class ExportDecoder:
    """Rows of an exported table → the facts they were."""

    def __init__(self, table: Table) -> None:
        self._fact = table.fact
        self._columns = table.columns
        hints = typing.get_type_hints(table.fact)
        self._choices = {name: _choices(hint) for name, hint in hints.items()}

    def decode(self, record: Record) -> Decoded:
        """The fact of one row."""
        row = record.value
        if not isinstance(row, dict):
            return _refused(Reason.WRONG_TYPE, "expected a row of columns", "record")
        fields: dict[str, Any] = {}
        is_csv = all(type(cell) is str for cell in row.values())  # other forms have numbers, and disarm no texts
        for column in self._columns:
            if column.name not in row:
                continue
            try:
                value = _value(column, row[column.name], disarmed=is_csv)
            except BadNumber as error:
                return _refused(error.reason, error.detail, column.name)
            except msgspec.MsgspecError as error:
                return _refused(Reason.WRONG_TYPE, str(error), column.name)
            allowed = self._choices.get(column.name)
            if allowed and value not in allowed:
                return _refused(Reason.UNKNOWN_VALUE, f"{str(value)[:40]!r} is none of {', '.join(allowed)}", column.name)
            if value is None and not column.nullable:
                if column.kind in {"text", "name"}:
                    value = ""
                else:
                    return _refused(Reason.MISSING_FIELD, "is empty", column.name)
            fields[column.name] = value
        missing = [field.name for field in msgspec.structs.fields(self._fact) if field.required and field.name not in fields]
        if missing or not fields.get("id"):
            return _refused(Reason.MISSING_FIELD, "is missing", (missing or ["id"])[0])
        return Decoded(facts=[self._fact(**fields)])


def _choices(hint: Any) -> tuple[str, ...]:
    return tuple(typing.get_args(hint)) if typing.get_origin(hint) is typing.Literal else ()


def _refused(reason: Reason, detail: str, where: str) -> Decoded:
    return Decoded(undecodable=[Undecodable(reason=reason, detail=detail, where=where)])


def _value(column: Column, value: Any, *, disarmed: bool) -> Any:
    """A cell as its field holds it; None where empty."""
    if isinstance(value, str):
        if column.kind in {"text", "name"}:
            marked = disarmed and value[:1] == "'" and value[1:2] in _DISARMED and len(value) > 1
            return (value[1:] if marked else value) or None
        value = value.strip().removeprefix("'") if disarmed else value.strip()
        if not value:
            return None
    if value is None:
        return None
    return _READ[column.kind](column.name, value)


def _int(name: str, value: Any) -> int:
    if type(value) is int:
        return int64(value)
    if isinstance(value, str):
        digits = value.removeprefix("-")
        if digits.isdecimal() and digits.isascii() and len(digits) < 25:
            return int64(int(value))
        if name in _INSTANTS:
            return instant_of_text(value)
    raise BadNumber(Reason.BAD_NUMBER, f"{str(value)[:40]!r} is no whole number")


def _bool(name: str, value: Any) -> bool:
    found = {"true": True, "false": False, "1": True, "0": False}.get(str(value).lower())
    if found is None:
        raise BadNumber(Reason.WRONG_TYPE, f"{str(value)[:40]!r} is neither true nor false")
    return found


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise BadNumber(Reason.WRONG_TYPE, f"expected text, got {type(value).__name__}")
    return value


def _texts(name: str, value: Any) -> tuple[str, ...]:
    return msgspec.convert(_list(value), tuple[str, ...])


def _ints(name: str, value: Any) -> tuple[int, ...]:
    return tuple(int64(item) for item in msgspec.convert(_list(value), list[int]))


def _list(value: Any) -> Any:
    return msgspec.json.decode(value) if isinstance(value, str) else value


_READ: Final = {"int": _int, "bool": _bool, "text": _text, "name": _text, "texts": _texts, "ints": _ints}
