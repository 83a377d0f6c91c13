"""Column maps: how a foreign file's columns become facts, written in TOML and checked before anything is read.

Shipped maps lie in the folder `maps` beside this file. A mistake in a map names the file, the line, the key and what to do.
"""

from __future__ import annotations

import difflib
import fnmatch
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final, NoReturn

import msgspec

from remora.intake import exports, factory
from remora.intake.columns import TIME_UNITS, UNITS, ColumnSpec
from remora.intake.mapping import MapDecoder, RecordSpec
from remora.model.errors import UsageError
from remora.ports import Context, Decoder, Kind, Sample

FOLDER: Final = Path(__file__).parent / "maps"
_TOP: Final = {"name", "about", "match", "record", "left_alone"}
_RECORD: Final = {
    "kind", "each", "when", "const", "columns", "key", "flags", "quote_unit", "quantity_unit", "quantity_decimals",
    "time_unit", "exact", "reason", "lookup", "precision", "rounding", "unless", "repeats",
}  # fmt: skip
_MATCH: Final = {"form", "columns", "keys", "inside", "name", "items"}
_ALIASES: Final = {
    "quantity": "quantity_atoms",
    "quote_amount": "quote_atoms",
    "fee": "venue_fee_quote_atoms",
    "time": "happened_at",
}


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """What a file of this kind looks like; everything that is said must hold. Nothing said: only by --kind or --map.

    columns: of a table. keys: of the first record. inside: keys of the first value of an object, or of the first item of
    its first list. name: a pattern of the file's name. items: 'address' for plain lists of addresses.
    """

    form: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    name: str = ""
    items: str = ""

    def holds(self, sample: Sample) -> bool:
        """Whether the sample looks like it."""
        said = self.columns or self.keys or self.inside or self.name or self.items
        if not said or (self.form and sample.form not in self.form):
            return False
        first = sample.records[0] if sample.records else None
        if self.columns and not set(self.columns) <= set(sample.columns):
            return False
        if self.keys and not (isinstance(first, dict) and set(self.keys) <= set(first)):
            return False
        if self.inside and not set(self.inside) <= _keys_inside(first):
            return False
        if self.items and not _all_addresses(sample.records):
            return False
        return not self.name or fnmatch.fnmatch(Path(sample.name).name, self.name)


def _keys_inside(value: Any) -> set[str]:
    for inner in value.values() if isinstance(value, dict) else ():
        if isinstance(inner, dict):
            return set(inner)
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            return set(inner[0])
    return set()


def _all_addresses(records: tuple[Any, ...]) -> bool:
    from remora.model.ids import is_solana_address

    return bool(records) and all(is_solana_address(record) for record in records)


class MapKind(msgspec.Struct, kw_only=True):
    """One map as a kind of recording. `lookups`: files it needs; `path`: where the map lies."""

    name: str
    match: Match
    records: tuple[RecordSpec, ...] = ()
    bears_facts: bool = True
    about: str = ""
    path: str = ""
    digest: str = ""

    @property
    def lookups(self) -> tuple[str, ...]:
        """Names of the look-up files that the columns use."""
        specs = (spec for record in self.records for column in record.columns.values() for spec in column)
        return tuple(sorted({spec.lookup for spec in specs if spec.lookup}))

    def matches(self, sample: Sample) -> bool:
        """Whether a file looks like what this map reads."""
        return self.match.holds(sample)

    def open(self, context: Context) -> Decoder:
        """A decoder for one file."""
        return MapDecoder(self.records, context, self.name)


@cache
def shipped() -> tuple[Kind, ...]:
    """What can be read besides the venues' own forms: Remora's exports, then the shipped maps by their file names."""
    return (*exports.kinds(), *(load(path) for path in sorted(FOLDER.glob("*.toml"))))


def load(path: Path) -> MapKind:
    """Read and check a map. Raises UsageError that names file, line and key."""
    try:
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the map {path}: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: no TOML: {error}") from error
    return _Checker(path, text).map(document)


class _Checker:
    """Turns a map's document into a MapKind, or says what is wrong with it and where."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.text = text

    def fail(self, key: str, problem: str, hint: str = "") -> NoReturn:
        """Raise the UsageError for one key."""
        pattern = re.compile(rf"(^|[\s{{\[.,])[\"']?{re.escape(key.rpartition('.')[2])}[\"']?\s*[=\].]")
        numbers = (n for n, line in enumerate(self.text.splitlines(), 1) if pattern.search(line))
        line = next(numbers, None)
        place = f"{self.path}, line {line}" if line else str(self.path)
        raise UsageError(f"{place}: {key}: {problem}", hint=hint)

    def known(self, found: Any, allowed: set[str] | frozenset[str], where: str) -> None:
        """Refuse names that mean nothing, and name the nearest that does."""
        for name in found:
            if name not in allowed:
                near = difflib.get_close_matches(name, allowed, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"one of {', '.join(sorted(allowed))}"
                self.fail(name, f"unknown in {where}", hint)

    def map(self, document: dict[str, Any]) -> MapKind:
        """The whole map."""
        from hashlib import blake2b

        self.known(document, _TOP, "a map")
        left_alone = document.get("left_alone", "")
        rows = document.get("record", [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self.fail("record", "write each record as a table of its own: [[record]]")
        if not rows and not left_alone:
            self.fail("record", "a map needs at least one [[record]]", 'or left_alone = "why such files bear no facts"')
        return MapKind(
            name=str(document.get("name", f"map.{self.path.stem}")),
            match=self.match(document.get("match", {})),
            records=tuple(self.record(row) for row in rows),
            bears_facts=not left_alone,
            about=str(left_alone or document.get("about", "")),
            path=str(self.path),
            digest=blake2b(self.text.encode(), digest_size=8).hexdigest(),
        )

    def match(self, row: dict[str, Any]) -> Match:
        """The [match] table."""
        self.known(row, _MATCH, "[match]")
        return Match(
            form=self.texts("form", row.get("form", [])), columns=self.texts("columns", row.get("columns", [])),
            keys=self.texts("keys", row.get("keys", [])), inside=self.texts("inside", row.get("inside", [])),
            name=str(row.get("name", "")), items=str(row.get("items", "")),
        )  # fmt: skip

    def texts(self, key: str, value: Any) -> tuple[str, ...]:
        """A text or a list of texts."""
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
            self.fail(key, "expected a text or a list of texts")
        return tuple(values)

    def record(self, row: dict[str, Any]) -> RecordSpec:
        """One [[record]]."""
        self.known(row, _RECORD, "[[record]]")
        kind = row.get("kind")
        if kind == "ignore":
            return RecordSpec(
                kind="ignore", each=self.path_of(row), when=self.when(row, "when"), reason=str(row.get("reason", "ignored"))
            )
        if not isinstance(kind, str) or kind not in factory.KINDS:
            self.fail("kind", f"{kind!r} is no kind of record", f"one of ignore, {', '.join(factory.KINDS)}")
        const = dict(row.get("const", {}))
        quote_decimals = self.unit(row, const, kind)
        fields = factory.fields_of(kind)
        self.known(const, fields | {"venue"}, f"the constants of a {kind}")
        columns = self.columns(row, kind, fields)
        for name in factory.required(kind):
            if name not in columns and name not in const and name not in {"venue", "wallet"}:
                self.fail("kind", f"a {kind} needs {name}", f"add `{name} = COLUMN` to [record.columns], or a constant")
        if row.get("time_unit") not in {None, *TIME_UNITS}:
            self.fail("time_unit", f"{row['time_unit']!r} is no unit of time", f"one of {', '.join(TIME_UNITS)}")
        if row.get("repeats") not in {None, "count", "same"}:
            self.fail("repeats", f"{row['repeats']!r} is unknown", "count or same")
        flags = self.texts("flags", row.get("flags", []))
        return RecordSpec(
            kind=kind, each=self.path_of(row), when=self.when(row, "when"), unless=self.when(row, "unless"), const=const,
            columns=columns, repeats=str(row.get("repeats", "")),
            key=self.texts("key", row.get("key", [])), flags=flags, venue=str(const.get("venue", "")),
            quote_decimals=quote_decimals, quantity_decimals=self.quantity(row), time_unit=row.get("time_unit"),
            exact=bool(row.get("exact", False)),
        )  # fmt: skip

    def path_of(self, row: dict[str, Any]) -> tuple[str, ...]:
        """The steps of `each`."""
        each = row.get("each", "")
        if not isinstance(each, str):
            self.fail("each", "expected a path such as swaps or wallets.inflows")
        return tuple(each.split(".")) if each else ()

    def when(self, row: dict[str, Any], key: str) -> dict[str, tuple[str, ...]]:
        """The conditions: column -> the values it may have (or, under `unless`, may not)."""
        found = row.get(key, {})
        if not isinstance(found, dict):
            self.fail(key, 'expected { column = "value" }')
        return {path: self.texts(path, values) for path, values in found.items()}

    def unit(self, row: dict[str, Any], const: dict[str, Any], kind: str) -> int:
        """Decimals of the money columns; `quote_unit` also says which quote it is."""
        name = row.get("quote_unit")
        if name is None:
            return 0
        if name not in UNITS:
            self.fail("quote_unit", f"{name!r} is no unit of money", f"one of {', '.join(UNITS)}")
        quote, decimals = UNITS[name]
        if "quote" in factory.fields_of(kind):
            const.setdefault("quote", quote)
        return decimals

    def quantity(self, row: dict[str, Any]) -> int:
        """Decimals of the quantity columns."""
        unit = row.get("quantity_unit")
        if unit is not None:
            if unit not in UNITS:
                self.fail("quantity_unit", f"{unit!r} is no unit", f"one of {', '.join(UNITS)}, or quantity_decimals = 6")
            return UNITS[unit][1]
        decimals = row.get("quantity_decimals", 0)
        if not isinstance(decimals, int) or not 0 <= decimals <= 18:
            self.fail("quantity_decimals", "expected a whole number of 0 to 18")
        return decimals

    def columns(self, row: dict[str, Any], kind: str, fields: frozenset[str]) -> dict[str, tuple[ColumnSpec, ...]]:
        """The [record.columns] table, with the record's own defaults filled in."""
        found: dict[str, tuple[ColumnSpec, ...]] = {}
        table = row.get("columns", {})
        if not isinstance(table, dict):
            self.fail("columns", 'expected a table: [record.columns] with lines such as wallet = "trader"')
        for given, value in table.items():
            name = str(_ALIASES.get(given, given))
            self.known([name], fields | set(_ALIASES), f"the columns of a {kind}")
            choices = value if isinstance(value, list) else [value]
            found[name] = tuple(self.column(given, choice, row) for choice in choices)
        return found

    def column(self, name: str, value: Any, row: dict[str, Any]) -> ColumnSpec:
        """One column: its name, or a table of what is to be known about it."""
        spec = {"column": value} if isinstance(value, str) else value
        try:
            made = msgspec.convert(spec, ColumnSpec)
        except msgspec.ValidationError as error:
            self.fail(name, f"{error}", f'`{name} = "COLUMN"` or `{name} = {{ column = "COLUMN", ... }}`')
        extra: dict[str, Any] = {}
        for option in ("lookup", "precision", "rounding"):
            given = row.get(option)
            if isinstance(given, dict):
                given = given.get(name)
            elif option == "lookup":
                given = given if name in factory.ADDRESSES else None
            elif option == "precision" and given is not None:
                self.fail(option, "expected a table of columns", f"[record.precision] with lines such as {name} = 4")
            if given is not None and getattr(made, option) is None:
                extra[option] = given
        made = msgspec.structs.replace(made, **extra)
        self.sound(name, made)
        return made

    def sound(self, name: str, spec: ColumnSpec) -> None:
        """Refuse values of a column's options that mean nothing."""
        if spec.unit is not None and spec.unit not in UNITS:
            self.fail(name, f"{spec.unit!r} is no unit", f"one of {', '.join(UNITS)}")
        if spec.time_unit not in {None, *TIME_UNITS}:
            self.fail(name, f"{spec.time_unit!r} is no unit of time", f"one of {', '.join(TIME_UNITS)}")
        if spec.rounding not in {None, "half_even"}:
            self.fail(name, f"rounding {spec.rounding!r} is unknown", 'rounding = "half_even", or leave it out')
        if spec.sign not in {None, "positive", "negative"}:
            self.fail(name, f"sign {spec.sign!r} is unknown", "positive or negative")
        if isinstance(spec.precision, str) and not re.fullmatch(r"[1-9]\d? digits", spec.precision):
            self.fail(name, f"precision {spec.precision!r}", 'decimals (4) or significant digits ("8 digits")')
        if spec.minus is not None and spec.time_unit in {"rfc3339", "auto"}:
            self.fail(name, "minus needs a time in s, ms, us or ns")
        if spec.unreadable not in {None, "empty"}:
            self.fail(name, f"unreadable {spec.unreadable!r} is unknown", 'unreadable = "empty", or leave it out')
        if spec.decimals is not None and not 0 <= spec.decimals <= 18:
            self.fail(name, "decimals must be 0 to 18")
