"""A map at work: one raw record → facts, each item read by the map's records, what it refuses gathered by reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from remora.intake import columns, factory
from remora.intake.columns import ColumnSpec
from remora.intake.scopes import Refusal, Scope, getter, once_per_parent, walk
from remora.model.errors import Ignored, Reason, Undecodable
from remora.ports import Context, Decoded, Record

ITEM_BITS: Final = 24  # a record of 64 MiB holds fewer items
MORE_BITS: Final = 2  # a row gives at most four facts
UNPRICED: Final = "unknown"  # the quote of a trade whose money nobody tells: it has no price anywhere


class RecordSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One [[record]] of a map: which items it reads and what they become.

    columns: field -> specs, tried in turn. when, unless: column -> values an item must or may not have. key: columns that
    name a fact instead of its transaction or second. repeats: 'count' makes a second row of the same content a second
    fact, 'same' the same one told again.
    """

    kind: str
    each: tuple[str, ...] = ()
    when: dict[str, tuple[str, ...]] = {}
    unless: dict[str, tuple[str, ...]] = {}
    repeats: str = ""
    const: dict[str, Any] = {}
    columns: dict[str, tuple[ColumnSpec, ...]] = {}
    key: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    venue: str = ""
    quote_decimals: int = 0
    quantity_decimals: int = 0
    time_unit: str | None = None
    exact: bool = False
    reason: str = ""


class _Compiled:
    """One [[record]] made ready to read items."""

    def __init__(self, spec: RecordSpec, place: int, context: Context, source: str) -> None:
        self.spec = spec
        self.place = place
        self.build = factory.KINDS.get(spec.kind)
        self.when = [(getter(path), path, frozenset(values)) for path, values in spec.when.items()]
        self.unless = [(getter(path), frozenset(values)) for path, values in spec.unless.items()]
        self.counts = (spec.repeats or factory.repeats(spec.kind)) == "count"
        self.key = [getter(path) for path in spec.key]
        self.fixed: dict[str, Any] = {"source": source, **spec.const}
        if self.build is not None and "venue" in self.build.__struct_fields__:
            self.fixed.setdefault("venue", spec.venue)
        if self.build is not None and "flags" in self.build.__struct_fields__:
            self.fixed["flags"] = spec.flags
        self.needs = () if self.build is None else factory.required(spec.kind)
        self.needed = frozenset(self.needs)
        self.finish = factory.finisher(spec.kind)
        self.is_trade = spec.kind == "trade"
        self.may_be_unpriced = any(column.unpriced for column in spec.columns.get("quote_atoms", ()))
        self.plain: list[tuple[str, Callable[[Scope], Any]]] = []
        self.choices: list[tuple[str, _Alternatives]] = []
        for name, specs in spec.columns.items():
            if len(specs) == 1 and specs[0].flag is None:
                read = self._reader(name, specs[0], context)
                outside = specs[0].column.startswith("parent.") and specs[0].minus is None
                self.plain.append((name, once_per_parent(read) if outside else read))
            else:
                self.choices.append((name, self._field(name, specs, context)))
        self.steps = self._steps() if spec.kind == "trade" else []
        self.conditional = bool(spec.when or spec.unless)
        self.owner = context.owner
        self.ordered = self.build is not None and "ordinal" in self.build.__struct_fields__

    def applies(self, scope: Scope) -> bool:
        """Whether the item is of the sort this record reads."""
        return all(_word(read(scope)) in values for read, _, values in self.when) and not any(
            _word(read(scope)) in values for read, values in self.unless
        )

    def _field(self, name: str, specs: tuple[ColumnSpec, ...], context: Context) -> _Alternatives:
        return _Alternatives([(self._reader(name, spec, context), spec.flag) for spec in specs])

    def _reader(self, name: str, spec: ColumnSpec, context: Context) -> Callable[[Scope], Any]:
        if name in factory.INSTANTS:
            return columns.time(spec, spec.time_unit or self.spec.time_unit)
        if name in factory.QUANTITIES:
            return columns.number(spec, _decimals(spec, self.spec.quantity_decimals))
        if name in factory.MONEY:
            return columns.number(spec, _decimals(spec, self.spec.quote_decimals))
        if name in factory.PRICES:
            return getter(spec.column)
        if name in {"slot", "tx_index", "ordinal", "interval_seconds", "volume", "payout_denominator"}:
            return columns.integer(spec)
        if name == "data":
            take = getter(spec.column)
            return lambda scope: factory.observation_data(take(scope))
        read = columns.text(spec, context.lookups)
        if name in factory.ADDRESSES or name in factory.ASSETS:
            venue = self.fixed.get("venue") or self.spec.venue
            return columns.address(read, spec, venue or None, asset=name in factory.ASSETS)
        return read

    def _steps(self) -> list[tuple[str, Callable[[Scope], int]]]:
        pairs = (("quantity_atoms", self.spec.quantity_decimals), ("quote_atoms", self.spec.quote_decimals))
        found = []
        for name, decimals in pairs:
            specs = self.spec.columns.get(name, ())
            if specs:
                target = name.replace("_atoms", "_step_atoms")
                step = columns.step(specs[0], _decimals(specs[0], decimals))
                if isinstance(step, int):
                    self.fixed[target] = step
                else:
                    found.append((target, step))
        return found

    def read(self, scope: Scope) -> dict[str, Any]:
        """The fields of one fact. Raises Refusal."""
        fields = dict(self.fixed)
        for name, read in self.plain:
            value = read(scope)
            if value is not None:
                fields[name] = value
        for name, alternatives in self.choices:
            value = alternatives.read(scope)
            if value is not None:
                fields[name] = value
                if alternatives.flag:
                    fields["flags"] = (*fields.get("flags", ()), alternatives.flag)
        if self.owner and "wallet" in self.needs:
            fields.setdefault("wallet", self.owner)
        if not self.needed <= fields.keys():
            name = next(name for name in self.needs if name not in fields)
            raise Refusal(Reason.MISSING_FIELD, f"{name} is empty", self._column_of(name))
        if self.spec.kind == "price_tick":
            fields["asset_decimals"], fields["quote_decimals"] = self.spec.quantity_decimals, self.spec.quote_decimals
        if self.finish is not None:
            self.finish(fields)
        self._check(fields, scope)
        return fields

    def _check(self, fields: dict[str, Any], scope: Scope) -> None:
        if self.is_trade:
            if fields["side"] not in ("buy", "sell"):
                detail = f"{str(fields['side'])[:40]!r} is neither buy nor sell; say what it means with `values`"
                raise Refusal(Reason.UNKNOWN_VALUE, detail, self._column_of("side"))
            if fields["quantity_atoms"] <= 0 or fields["quote_atoms"] < 0:
                name = "quantity_atoms" if fields["quantity_atoms"] <= 0 else "quote_atoms"
                raise Refusal(Reason.OUT_OF_RANGE, f"{fields[name]} is no amount of a trade", self._column_of(name))
            if fields.get("happened_at") is None and not fields.get("tx"):
                raise Refusal(Reason.MISSING_FIELD, "neither a time nor a transaction", self._column_of("happened_at"))
            if self.may_be_unpriced and fields["quote_atoms"] == 0:
                fields["quote"], fields["flags"] = UNPRICED, (*fields.get("flags", ()), "unpriced")
            for name, step in self.steps:
                fields[name] = step(scope)
        elif (fields.get("quantity_atoms") or 0) < 0:
            raise Refusal(Reason.OUT_OF_RANGE, f"{fields['quantity_atoms']} is no quantity", self._column_of("quantity_atoms"))

    def _column_of(self, name: str) -> str:
        specs = self.spec.columns.get(name)
        return specs[0].column if specs else name


class _Alternatives:
    """Readers of one field: the first that finds something wins; `flag` is the word that goes with it."""

    def __init__(self, readers: list[tuple[Callable[[Scope], Any], str | None]]) -> None:
        self._readers = readers
        self.flag: str | None = None

    def read(self, scope: Scope) -> Any:
        """The value, None where no column has one. Raises Refusal."""
        self.flag = None
        for read, flag in self._readers:
            value = read(scope)
            if value is not None:
                self.flag = flag
                return value
        return None


class MapDecoder:
    """Reads the records of one file by a map."""

    def __init__(self, specs: tuple[RecordSpec, ...], context: Context, source: str) -> None:
        groups: dict[tuple[str, ...], list[_Compiled]] = {}
        for place, spec in enumerate(specs):
            groups.setdefault(spec.each, []).append(_Compiled(spec, place, context, source))
        self._groups = list(groups.items())
        self._seen = factory.Occurrences()

    def decode(self, record: Record) -> Decoded:
        """All facts of one record; what could not be read is gathered by reason and column, with a count."""
        out = Decoded(facts=[], ignored=[], undecodable=[])
        troubles: dict[tuple[Reason, str], list[Any]] = {}
        passed: dict[str, int] = {}
        root = Scope(record.value)
        for each, compiled in self._groups:
            if each:
                self._seen.forget()
            only = compiled[0] if len(compiled) == 1 and compiled[0].build and not compiled[0].conditional else None
            try:
                for n, scope in enumerate(walk(root, each)):
                    place = (record.number << ITEM_BITS | n) << MORE_BITS
                    if only is None:
                        self._item(scope, place, compiled, out, troubles, passed)
                        continue
                    try:
                        fields = only.read(scope)
                    except Refusal as refusal:
                        _note(troubles, refusal)
                    else:
                        out.facts.append(self._fact(only, fields, place | only.place & 3, scope))
            except Refusal as refusal:
                _note(troubles, refusal)
        for (reason, where), (detail, count) in troubles.items():
            more = f" ({count:,} like it)" if count > 1 else ""
            out.undecodable.append(Undecodable(reason=reason, detail=f"{detail}{more}", where=where))
        for detail, count in passed.items():
            out.ignored.append(Ignored(reason=Reason.NO_FACTS, detail=detail, where=f"{count} items"))
        if not (out.facts or out.undecodable or out.ignored):
            out.ignored.append(Ignored(reason=Reason.NO_FACTS, detail="holds no items"))
        return out

    def _item(
        self, scope: Scope, place: int, compiled: list[_Compiled], out: Decoded, troubles: dict[tuple[Reason, str], list[Any]],
        passed: dict[str, int],
    ) -> None:  # fmt: skip
        """Read one item by the records that apply to it: all of its facts, or none where one is refused."""
        made: list[tuple[_Compiled, dict[str, Any]]] = []
        applied = False
        try:
            for one in compiled:
                if one.conditional and not one.applies(scope):
                    continue
                applied = True
                if one.build is None:
                    passed[one.spec.reason] = passed.get(one.spec.reason, 0) + 1
                else:
                    made.append((one, one.read(scope)))
        except Refusal as refusal:
            _note(troubles, refusal)
            return
        if not applied:
            column, value = _sort_of(compiled, scope)
            _note(troubles, Refusal(Reason.UNKNOWN_VALUE, f"{value!r} is no sort of record this map knows", column))
        for one, fields in made:
            out.facts.append(self._fact(one, fields, place | one.place & 3, scope))

    def _fact(self, one: _Compiled, fields: dict[str, Any], place: int, scope: Scope) -> Any:
        if one.ordered:
            fields.setdefault("ordinal", place)
        if one.is_trade:
            fields["exact"] = one.spec.exact and "id" in fields
        if "id" not in fields:
            key = tuple(_word(read(scope)) for read in one.key) if one.key else ()
            parts = factory.content(one.spec.kind, fields, key if all(key) else ())
            name = factory.identity(one.spec.kind, fields.get("venue") or one.spec.venue or "map", parts)
            fields["id"] = f"{name}{self._seen.next(name) if one.counts else 0}"
        return one.build(**fields)  # type: ignore[misc]


def _note(troubles: dict[tuple[Reason, str], list[Any]], refusal: Refusal) -> None:
    entry = troubles.setdefault((refusal.reason, refusal.where), [refusal.detail, 0])
    entry[1] += 1


def _sort_of(compiled: list[_Compiled], scope: Scope) -> tuple[str, str]:
    for one in compiled:
        for read, path, _ in one.when:
            return path, _word(read(scope))[:40]
    return "record", ""


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _decimals(spec: ColumnSpec, default: int) -> int:
    if spec.decimals is not None:
        return spec.decimals
    if spec.unit is not None:
        return columns.UNITS[spec.unit][1]
    return default
