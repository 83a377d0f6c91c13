"""Which markets' chains of reserves may be broken, over columns: what joins in the plain order need not be looked at again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from remora.analysis.columns import ints

COLUMNS: Final = (
    "market", "side", "quantity_atoms", "quote_atoms", "virtual_quote_atoms", "virtual_token_atoms",
    "slot", "happened_at", "tx_index", "ordinal", "flags",
)  # fmt: skip
"""What `survey` reads of the table `reserves`."""


class Survey(NamedTuple):
    """Rows and markets seen, and the markets whose rows do not all join when put in the order of the chain."""

    rows: int
    markets: int
    doubtful: list[str]


def survey(batches: Iterable[pa.RecordBatch]) -> Survey:
    """Join neighbouring rows of each market: the state after one trade is the state before the next.

    batches: columns COLUMNS. Rows of the Mayhem agent's coins do not follow the chain and are left out. A market is
    doubtful where two neighbours do not join; `formulas.reserves` decides whether the order or a trade is missing.
    """
    tables = [pa.Table.from_batches([_plain(batch)]) for batch in batches if batch.num_rows]
    if not tables:
        return Survey(0, 0, [])
    table = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
    if not table.num_rows:
        return Survey(0, 0, [])
    market = table["market"].chunk(0)
    code = ints(market.indices)
    keys = [ints(table[name]) for name in ("ordinal", "tx_index", "happened_at", "slot")]
    order = np.lexsort((*keys, code))
    code = code[order]
    sign = np.where(ints(table["bought"]) == 1, 1, -1)[order]
    quote, token = (ints(table[f"virtual_{name}_atoms"])[order] for name in ("quote", "token"))
    before_quote = quote - sign * ints(table["quote_atoms"])[order]
    before_token = token + sign * ints(table["quantity_atoms"])[order]
    same = code[1:] == code[:-1]
    broken = same & ((quote[:-1] != before_quote[1:]) | (token[:-1] != before_token[1:]))
    names = market.dictionary
    doubtful = [names[int(i)].as_py() for i in np.unique(code[1:][broken])]
    return Survey(len(code), len(np.unique(code)), doubtful)


def _plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The numbers of a batch, markets encoded, without what does not follow the chain."""
    kept = pa.array(["mayhem" not in flags for flags in batch["flags"].to_pylist()], pa.bool_())
    columns = {name: batch[name] for name in COLUMNS if name not in ("market", "side", "flags")}
    columns["market"] = batch["market"].cast(pa.string()).dictionary_encode()
    columns["bought"] = pc.equal(batch["side"], "buy")
    return pa.RecordBatch.from_pydict(columns).filter(kept)
