"""Solscan's readings of transactions: named and left alone.

They repeat, in somebody else's words and partly rounded, what a transaction's own form says exactly. They serve as a
cross-check in tests; booking them would only add a second, weaker voice for the same trade.
"""

from __future__ import annotations

from typing import Final

from remora.model.errors import Ignored, Reason
from remora.ports import Context, Decoded, Decoder, Record, Sample

_MARKS: Final = ({"tx_hash", "sol_bal_change"}, {"tx_hash", "transfers", "activities"})


class SolscanDecoder:
    """Says of each record that it is left alone."""

    def decode(self, record: Record) -> Decoded:
        """Never a fact."""
        detail = "Solscan's own reading of a transaction; fetch the transaction itself to book it"
        return Decoded(facts=[], ignored=[Ignored(reason=Reason.FOREIGN, detail=detail)], undecodable=[])


class SolscanKind:
    """Answers of Solscan's transaction API."""

    name = "solana.solscan"
    bears_facts = False

    def matches(self, sample: Sample) -> bool:
        """The document (or its `data`) has Solscan's fields."""
        value = sample.document if sample.document is not None else next(iter(sample.records), None)
        if not isinstance(value, dict):
            return False
        data = value.get("data", value)
        return isinstance(data, dict) and any(data.keys() >= marks for marks in _MARKS)

    def open(self, context: Context) -> Decoder:
        """A decoder for one file."""
        return SolscanDecoder()


KIND: Final = SolscanKind()
