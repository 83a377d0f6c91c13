"""A past straight from columns in memory, without a ledger: what studies on simulated truth run on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from remora.analysis.columns import ints
from remora.analysis.events import EVERYBODY, Scope
from remora.analysis.figures import Rules
from remora.analysis.gather import About, Builder
from remora.analysis.marks import peaks
from remora.analysis.past import Past
from remora.analysis.pooling import Pooled, pooled, together, without_inner_moves
from remora.analysis.positions import Events, book, names_needed, world_of

EVENTS = ("transfers", "splits", "merges", "redeems", "conversions")


@dataclass(frozen=True)
class Records:
    """Trades as `Ledger.book_trades` gives them, the texts of their ids, and other tables as `Ledger.table` gives them."""

    trades: pa.Table
    names: Sequence[str]
    tables: Mapping[str, pa.Table] = field(default_factory=dict)
    infrastructure: Mapping[str, str] = field(default_factory=dict)

    def until(self, at: int) -> Records:
        """Only what had happened by then."""
        cut = {
            name: table.filter(pc.fill_null(pc.less_equal(table["happened_at"], at), True))
            for name, table in self.tables.items()
        }
        trades = self.trades.filter(pc.less_equal(self.trades["happened_at"], at))
        return Records(trades, self.names, cut, self.infrastructure)


def past_of(records: Records, as_of: int) -> Past:
    """Everything booked as of an instant (records after it must have been cut: `Records.until`)."""
    return _booked(records, records.trades, _events(records), as_of)


def pooled_of(past: Past, records: Records, trader_of: Mapping[str, str]) -> Pooled:
    """The past of traders: wallet -> cluster id for those in one; each cluster is booked again as one wallet."""
    first: dict[str, str] = {}
    for wallet in sorted(trader_of):
        first.setdefault(trader_of[wallet], wallet)
    ids = {text: number for number, text in enumerate(records.names)}
    of_id = {ids[w]: ids[first[c]] for w, c in trader_of.items() if w in ids}
    of_text = {wallet: first[cluster] for wallet, cluster in trader_of.items()}
    mask = pa.array([wallet in of_id for wallet in ints(records.trades["wallet"]).tolist()], pa.bool_())
    events = without_inner_moves(_events(records), of_text)
    again = _booked(records, together(records.trades.filter(mask), of_id), events, past.as_of, only=set(first.values()))
    return pooled(lambda: past, trader_of, again, {wallet: cluster for cluster, wallet in first.items()})


def _events(records: Records) -> Events:
    return Events(**{name: records.tables.get(name) for name in EVENTS})


def _booked(records: Records, trades: pa.Table, events: Events, as_of: int, only: set[str] | None = None) -> Past:
    tables = records.tables
    some = [tables.get(name) for name in ("markets", "resolutions", "prices")]
    dictionary = {text: number for number, text in enumerate(records.names)}
    missing = sorted(names_needed(events, *some) - set(dictionary))
    dictionary |= {text: len(records.names) + number for number, text in enumerate(missing)}
    for wallet in only or ():
        dictionary.setdefault(wallet, len(dictionary))
    texts = {number: text for text, number in dictionary.items()}
    marks = peaks([records.trades])
    world = world_of(dictionary, markets=some[0], resolutions=some[1], prices=some[2], marks=marks)
    scope = EVERYBODY if only is None else Scope(wallets=frozenset(dictionary[text] for text in only))
    booked = book(trades, events, world, Rules(as_of=as_of), scope)
    builder = Builder()
    builder.add(trades, world, booked)
    return builder.build(texts, About(as_of, 0, tables if only is None else {}, records.infrastructure))
