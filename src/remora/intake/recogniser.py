"""Which kind a file is: the first kind of the registry that matches its head; and what a map's look-ups hold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from remora.intake import readers
from remora.model.errors import UsageError
from remora.model.ids import is_evm_address, is_solana_address
from remora.ports import Kind, Record, Sample


class Recognised(msgspec.Struct, frozen=True):
    """A file's form and kind; kind None: none of the registry's."""

    form: str
    kind: Kind | None


def recognise(path: Path, kinds: Sequence[Kind], forced: Kind | None = None) -> Recognised | None:
    """The form and kind of a file; None where its form is none of ours."""
    if forced is not None:
        form = readers.form_of(path)
        return Recognised(form, forced) if form else None
    sample = readers.sample(path)
    if sample is None:
        return None
    return Recognised(sample.form, kind_of(sample, kinds))


def kind_of(sample: Sample, kinds: Sequence[Kind]) -> Kind | None:
    """The first kind that matches."""
    return next((kind for kind in kinds if kind.matches(sample)), None)


def named(name: str, kinds: Sequence[Kind]) -> Kind:
    """The kind of that name. Raises UsageError that lists the names."""
    for kind in kinds:
        if kind.name == name:
            return kind
    raise UsageError(f"no kind {name!r}", hint=f"one of {', '.join(kind.name for kind in kinds)}")


def lookups(path: Path, kind: Kind) -> dict[str, dict[str, str]]:
    """The look-up tables a map needs for this file, as far as they lie beside it, in a folder beside its own, or by the map."""
    found = {}
    for name in getattr(kind, "lookups", ()):
        beside = (path.parent / name, *sorted(path.parent.parent.glob(f"*/{name}")))
        for place in (*beside, Path(getattr(kind, "path", "")).parent / name):
            table = _table(place) if place.is_file() else {}
            if table:
                found[name] = table
                break
    return found


def _table(path: Path) -> dict[str, str]:
    """label -> address of a look-up file: an object of texts, or rows that hold an address and a name."""
    form = readers.form_of(path)
    if form is None:
        return {}
    rows: list[Any] = [item.value for item in readers.read(path, form) if isinstance(item, Record)]
    if len(rows) == 1 and isinstance(rows[0], dict):
        only = rows[0]
        if only and all(isinstance(value, str) for value in only.values()) and form == "json":
            return dict(only)
        rows = next((value for value in only.values() if isinstance(value, list)), rows)
    return dict(filter(None, map(_pair, rows)))


def _pair(row: Any) -> tuple[str, str] | None:
    if not isinstance(row, dict):
        return None
    texts = [(key, value) for key, value in row.items() if isinstance(value, str)]
    addresses = [value for _, value in texts if is_solana_address(value) or is_evm_address(value.lower())]
    labels = [value for key, value in texts if value not in addresses and key.lower() in {"label", "name"}]
    labels = labels or [value for _, value in texts if value not in addresses]
    return (labels[0], addresses[0]) if labels and addresses else None
