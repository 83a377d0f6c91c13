"""Remora's own exports, read back: the columns are the facts' own fields, so the same facts come out."""

from __future__ import annotations

import typing
from typing import Any, Final

import msgspec

from remora.model.errors import Reason, Undecodable
from remora.model.facts import Fact
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
        """Whether the columns are a fact's: its id, its source and all it cannot be without."""
        present = set(sample.columns)
        if sample.form == "jsonl" and sample.records and isinstance(sample.records[0], dict):
            present = set(sample.records[0])
        return _needed(TABLES[self.table]) <= present and len(present) < len(TABLES[self.table].columns) + 8

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
        present = set(sample.columns)
        if sample.form == "jsonl" and sample.records and isinstance(sample.records[0], dict):
            present = set(sample.records[0])
        return {"wallet", "realized_quote_atoms"} <= present and bool(_BOOKED & present)

    def open(self, context: Context) -> Decoder:
        """Never asked: this kind bears no facts."""
        return ExportDecoder(TABLES["observations"])


def kinds() -> tuple[ExportKind | BookedKind, ...]:
    """One kind per table, the widest first: a narrow one's columns may be part of a wider one's."""
    widest = sorted(TABLES.values(), key=lambda table: (-len(_needed(table)), table.name))
    return (*(ExportKind(name=f"remora.{table.name}", table=table.name) for table in widest), BookedKind())


def _needed(table: Table) -> set[str]:
    needed = {field.name for field in msgspec.structs.fields(table.fact) if field.required}
    own = {column.name for column in table.columns} - {field.name for field in msgspec.structs.fields(Fact)}
    return needed | {name for name in own if name in {"exact", "ordinal", "quote_step_atoms"}}


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
        for column in self._columns:
            if column.name not in row:
                continue
            try:
                value = _value(column, row[column.name])
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


def _value(column: Column, value: Any) -> Any:
    """A cell as its field holds it; None where empty."""
    if isinstance(value, str):
        if column.kind in {"text", "name"}:
            armed = value[:1] == "'" and value[1:2] in _DISARMED and len(value) > 1
            return (value[1:] if armed else value) or None
        value = value.strip()
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
