"""A ledger to score: a simulated market with its funding, committed as an import would, and its last hundredth apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa

from remora.model.facts import Fact, Trade
from remora.model.tables import TABLES
from remora.ports import Batch, Cursor, Ledger
from remora.venues.simulated.world import World, make

BATCH: Final = 50_000
LATE: Final = 0.01
_TEXT: Final = ("wallet", "asset", "market", "quote", "venue", "program")


def market(trades: int, wallets: int) -> World:
    """A market of about so many trades."""
    return make(29, wallets=wallets, days=60, trades_per_wallet=trades / wallets)


def fill(ledger: Ledger, world: World, *, late: bool) -> int:
    """Commit all but the last hundredth of the trades (late: these); the number of trades committed."""
    name = f"scorebook:{'late' if late else 'early'}"
    if ledger.cursor(name) is not None:
        return 0
    table = world.trades
    at = np.asarray(table["happened_at"])
    limit = np.quantile(at, 1 - LATE)
    mine = table.filter(pa.array(at > limit if late else at <= limit))
    if not late:
        for kind, rows in world.tables.items():
            for batch in rows.to_batches(max_chunksize=BATCH):
                facts = [msgspec.convert(_clean(row), TABLES[kind].fact) for row in batch.to_pylist()]
                ledger.commit(Batch(facts=facts))
    for batch in mine.to_batches(max_chunksize=BATCH):
        ledger.commit(Batch(facts=list(_trades(batch, world))))
    ledger.commit(Batch(cursor=Cursor(name=name, position=mine.num_rows, digest="", done=True)))
    return int(mine.num_rows)


def _clean(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def _trades(batch: pa.RecordBatch, world: World) -> Iterator[Fact]:
    names = np.array([*world.names, None], object)
    columns = {name: batch[name].to_pylist() for name in batch.schema.names}
    for name in _TEXT:
        columns[name] = names[np.asarray(batch[name])].tolist()
    for row in zip(*columns.values(), strict=True):
        r = dict(zip(columns, row, strict=True))
        tx = f"tx{r['tx']}"
        yield Trade(
            id=f"{r['venue']}:{tx}:e{r['row']}", source="chain", venue=r["venue"], happened_at=r["happened_at"], tx=tx,
            slot=None if r["slot"] < 0 else r["slot"], tx_index=None, ordinal=r["ordinal"], wallet=r["wallet"],
            asset=r["asset"], market=r["market"], side="sell" if r["side"] else "buy", quantity_atoms=r["quantity_atoms"],
            quote=r["quote"], quote_atoms=r["quote_atoms"], venue_fee_quote_atoms=r["venue_fee_quote_atoms"],
            program=r["program"], exact=True,
        )  # fmt: skip


def homes(folder: Path, trades: int) -> Path:
    """Where the ledger of that size lies."""
    return folder / f"scorebook-{trades}"
