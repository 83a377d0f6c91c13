"""A `Past` out of a story in a trader's words (see `words.Story`)."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from analysis.words import Story
from remora.analysis.past import Past
from remora.model.facts import Graduation, Label, Launch, Presence, Transfer
from remora.model.tables import TABLE_OF
from remora.study.pasts import Records, past_of

_DEFAULTS: dict[str, dict[str, Any]] = {
    TABLE_OF[fact].name: {column.name: None for column in TABLE_OF[fact].columns}
    for fact in (Launch, Graduation, Transfer, Presence, Label)
}


def records(story: Story, infrastructure: dict[str, str] | None = None) -> Records:
    """The story's trades and tables, as a study takes them."""
    for text in ("SOL", "USDC", "USD", "solana", "polymarket"):
        story.id(text)
    tables = {}
    for name, rows in story.tables.items():
        base = _DEFAULTS.get(name, {})
        tables[name] = pa.Table.from_pylist([{**base, **row} for row in rows])
        if name == "transfers":
            for column in ("slot", "quantity_atoms", "happened_at"):
                place = tables[name].column_names.index(column)
                tables[name] = tables[name].set_column(place, column, tables[name][column].cast(pa.int64()))
            place = tables[name].column_names.index("tx")
            tables[name] = tables[name].set_column(place, "tx", tables[name]["tx"].cast(pa.string()))
    names = sorted(story.dictionary, key=story.dictionary.__getitem__)
    return Records(story.trade_table(), names, tables, infrastructure or {})


def past(story: Story, as_of: int | None = None, infrastructure: dict[str, str] | None = None) -> Past:
    """What was known at `as_of` (default: now, where the story has come)."""
    at = story.now if as_of is None else as_of
    return past_of(records(story, infrastructure).until(at), at)
