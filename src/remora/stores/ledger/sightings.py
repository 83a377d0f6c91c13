"""Who says what of one fact, and whom we believe: the rules for facts told more than once.

All sightings of an id are kept; one is shown. The choice depends on the set of sightings only, never on their order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from remora.model.units import SECOND
from remora.stores.ledger.matching import Candidate, leaders
from remora.stores.ledger.schema import SHOWN, Layout, Standing

if TYPE_CHECKING:
    import pyarrow as pa

Values = tuple[Any, ...]


class Sighting(msgspec.Struct, kw_only=True, gc=False):
    """What one source says of a fact.

    values: the fact's stored columns but seen_at and, where no slot places the fact, its ordinal: which record of some
    file it was. Of these the earliest and the lowest are kept. row: its number in the store, None if new. wanted: its
    new standing.
    """

    values: Values
    seen_at: int | None
    ordinal: int | None = None
    row: int | None = None
    ended: int = SHOWN
    standing: int = Standing.SHOWN
    rewrite: bool = False
    wanted: int = Standing.REPEATED


class Resolver:
    """The sightings of some ids of one table: fill with what is stored and what comes in, then `resolve`."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._columns = [name for name in layout.values if name != "seen_at"]
        self._place = {name: place for place, name in enumerate(self._columns)}
        self._id = self._place["id"]
        self._names = [self._place[c.name] for c in layout.table.columns if c.kind == "name"]
        self._facts: dict[str, dict[Values, Sighting]] = {}
        self._texts: dict[int, str] = {}

    def add_stored(self, rows: pa.Table) -> None:
        """Stored rows: row, ended, standing and the fact's columns."""
        book = zip(*(rows[name].to_pylist() for name in ("row", "ended", "standing")), strict=True)
        for (row, ended, standing), sighting in zip(book, self._sightings(rows), strict=True):
            sighting.row, sighting.ended, sighting.standing = row, ended, standing
            self._facts.setdefault(sighting.values[self._id], {})[sighting.values] = sighting

    def add_new(self, rows: pa.Table) -> None:
        """Rows that come in. What is known already only moves `seen_at` (and a file's ordinal) to the earliest."""
        for new in self._sightings(rows):
            known = self._facts.setdefault(new.values[self._id], {}).setdefault(new.values, new)
            if known is new:
                continue
            if new.seen_at is not None and (known.seen_at is None or new.seen_at < known.seen_at):
                known.seen_at = new.seen_at
                known.rewrite = known.row is not None
            if new.ordinal is not None and known.ordinal is not None and new.ordinal < known.ordinal:
                known.ordinal = new.ordinal
                known.rewrite = known.row is not None

    def ids(self) -> list[str]:
        """The ids that are being settled."""
        return list(self._facts)

    def name_ids(self) -> set[int]:
        """All dictionary ids that `resolve` needs the texts of."""
        return {s.values[place] for told in self._facts.values() for s in told.values() for place in self._names}

    def resolve(self, texts: dict[int, str], retracted: Collection[str]) -> list[Sighting]:
        """Give every sighting its wanted standing."""
        self._texts = texts
        best = {name: min(told.values(), key=self._rank) for name, told in self._facts.items()}
        leader: dict[str, str] = {}
        if self._layout.table.name == "trades":
            leader = leaders(self._candidate(name, chosen) for name, chosen in best.items())
        for name, told in self._facts.items():
            chosen = best[name]
            for sighting in told.values():
                sighting.wanted = Standing.REPEATED if self._same(sighting, chosen) else Standing.DISAGREES
            if leader.get(name, name) != name:
                chosen.wanted = Standing.MATCHED
            else:
                chosen.wanted = Standing.RETRACTED if name in retracted else Standing.SHOWN
        return [sighting for told in self._facts.values() for sighting in told.values()]

    def _sightings(self, rows: pa.Table) -> Iterable[Sighting]:
        columns = [rows[name].to_pylist() for name in self._columns]
        slot, ordinal = self._place.get("slot"), self._place.get("ordinal")
        for values, seen_at in zip(zip(*columns, strict=True), rows["seen_at"].to_pylist(), strict=True):
            if slot is None or ordinal is None or values[slot] is not None:
                yield Sighting(values=values, seen_at=seen_at)
            else:
                fixed = (*values[:ordinal], None, *values[ordinal + 1 :])
                yield Sighting(values=fixed, seen_at=seen_at, ordinal=values[ordinal])

    def _same(self, a: Sighting, b: Sighting) -> bool:
        """Whether two sightings tell the same, whoever tells it."""
        source = self._place["source"]
        return all(place == source or x == y for place, (x, y) in enumerate(zip(a.values, b.values, strict=True)))

    def _rank(self, sighting: Sighting) -> tuple[bool, int, int, bytes]:
        """Exact before inexact, more digits, more known fields, then the smallest text: lowest is believed."""
        values = list(sighting.values)
        for place in self._names:
            values[place] = self._texts.get(values[place])
        unknown = sum(value in (None, "", "[]") for value in values)
        inexact, step = False, 1
        if self._layout.table.name == "trades":
            inexact = not values[self._place["exact"]]
            step = max(values[self._place["quote_step_atoms"]], values[self._place["quantity_step_atoms"]])
        return (inexact, step, unknown, msgspec.json.encode(values))

    def _candidate(self, id: str, sighting: Sighting) -> Candidate:
        values, place, texts = sighting.values, self._place, self._texts
        happened_at = values[place["happened_at"]]
        source = place["source"]
        return Candidate(
            id=id,
            tx=values[place["tx"]],
            wallet=texts[values[place["wallet"]]],
            asset=texts[values[place["asset"]]],
            side=texts[values[place["side"]]],
            second=None if happened_at is None else happened_at // SECOND,
            quantity_atoms=values[place["quantity_atoms"]],
            quote=texts[values[place["quote"]]],
            quote_atoms=values[place["quote_atoms"]],
            fee_atoms=values[place["venue_fee_quote_atoms"]],
            exact=values[place["exact"]],
            quantity_step=values[place["quantity_step_atoms"]],
            quote_step=values[place["quote_step_atoms"]],
            sources=frozenset(texts[values[source]] for values in self._facts[id]),
        )
