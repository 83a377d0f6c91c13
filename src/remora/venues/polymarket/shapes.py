"""How a recording's kind is told by its structure: the fields of its first record or the columns of its table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from remora.model.errors import Ignored, Reason
from remora.ports import Context, Decoded, Decoder, Record, Sample

_TABLES: Final = ("csv", "parquet")
_JSON: Final = ("json", "jsonl")


class Shape(NamedTuple):
    """What a sample looks like: its form, the fields of its first object, and of the first object of its envelope."""

    form: str
    fields: frozenset[str]
    row: dict[str, Any]

    def has(self, *names: str) -> bool:
        """Whether all the fields are there."""
        return self.fields.issuperset(names)

    def lacks(self, *names: str) -> bool:
        """Whether none of the fields is there."""
        return self.fields.isdisjoint(names)

    def any(self, *names: str) -> bool:
        """Whether one of the fields is there."""
        return not self.lacks(*names)

    def inside(self, name: str) -> Shape:
        """The shape of the first object of the list (or of the object) under a field; empty where there is none."""
        return _shape(self.form, self.row.get(name))


def _shape(form: str, value: object) -> Shape:
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, dict)), None)
    if not isinstance(value, dict):
        return Shape(form, frozenset(), {})
    return Shape(form, frozenset(name for name in value if isinstance(name, str)), value)


def of_sample(sample: Sample) -> Shape:
    """The shape of a JSON sample; envelopes {"data": [rows]} are opened."""
    first = sample.document if isinstance(sample.document, dict) else next(iter(sample.records), None)
    shape = _shape(sample.form, first)
    rows = shape.row.get("data")
    if isinstance(rows, list) and shape.lacks("topic", "topics"):
        return shape.inside("data")
    return shape


class StructureKind:
    """A kind of recording recognised by its fields (JSON) or columns (CSV, Parquet)."""

    def __init__(
        self,
        name: str,
        make: Callable[[Context], Decoder],
        *,
        fields: Callable[[Shape], bool] | None = None,
        columns: tuple[str, ...] = (),
        bears_facts: bool = True,
    ) -> None:
        self.name = name
        self.bears_facts = bears_facts
        self._make = make
        self._fields = fields
        self._columns = frozenset(columns)

    def matches(self, sample: Sample) -> bool:
        """Whether the sample has this kind's structure. File names play no part."""
        if sample.form in _TABLES:
            return bool(self._columns) and self._columns.issubset(sample.columns)
        return sample.form in _JSON and self._fields is not None and self._fields(of_sample(sample))

    def open(self, context: Context) -> Decoder:
        """A decoder for one file."""
        return self._make(context)


class LeftAlone:
    """The decoder of recordings that bear no facts: every record is understood and left alone, with the reason."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def decode(self, record: Record) -> Decoded:
        """One `Ignored`."""
        return Decoded(ignored=[Ignored(reason=Reason.NO_FACTS, detail=self._reason)])


def left_alone(
    name: str, reason: str, fields: Callable[[Shape], bool] | None = None, *, columns: tuple[str, ...] = ()
) -> StructureKind:
    """A kind that is named and left alone."""
    return StructureKind(name, lambda context: LeftAlone(reason), fields=fields, columns=columns, bears_facts=False)
