"""Facts that are no trades and yet move books: transfers, complete sets, redemptions, conversions, resolutions.

Rules. A transfer sends from one book and is received, at unknown cost, in another. A split of A dollars buys A shares
of each of n outcomes for floor(A / n), the last for the rest; a merge sells likewise. A redemption that names its asset
is a sale at its payout. One that names only the market is left to the resolution where that is known; elsewhere it is
spread over what the wallet holds (of the market's outcomes, or of those it traded where the market is not described):
the outcome whose holding equals the redeemed quantity gets the payout, the others close at zero, and all do when the
payout is nothing (flag `inferred_outcome`); a payout for nothing that was seen held is unmatched, in a book of its own.
A conversion moves quantities (NO of n questions out, YES of the others in, at unknown cost), where the event's questions
are known and exactly n of the wallet's NO holdings can be meant (flag `conversion`). What cannot be attributed is
counted in `Gathered.notes`, never guessed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from remora.analysis.columns import ints
from remora.analysis.lots import Kind
from remora.analysis.names import NONE, Names
from remora.analysis.outcomes import Outcomes

INFERRED: Final = "inferred_outcome"
CONVERTED_SET: Final = "conversion"
COMPLETE_SET: Final = "complete_set"
REDEEMED: Final = "redeemed"


class Moved(NamedTuple):
    """One row for one book, not yet placed among the trades. `fact` is the place of its fact's id in `Gathered.fact_ids`."""

    wallet: int
    asset: int
    venue: int
    market: int
    kind: int
    quantity: int
    money: int
    at: int
    slot: int
    tx_index: int
    ordinal: int
    fact: int
    flag: str = ""


@dataclass
class Gathered:
    """Rows of everything that is no trade, the ids of their facts, and what could not be attributed (reason -> count)."""

    moved: list[Moved] = field(default_factory=list)
    fact_ids: list[str] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)


class Place(NamedTuple):
    """Where a fact stands in time, and who it belongs to."""

    wallet: int
    venue: int
    market: int
    at: int
    slot: int
    tx_index: int
    ordinal: int
    fact: int

    def key(self) -> tuple[int, int, int, int]:
        """What rows are ordered by."""
        return (self.at, self.slot, self.tx_index, self.ordinal)

    def row(self, asset: int, kind: Kind, quantity: int, money: int, flag: str = "") -> Moved:
        """A row of this fact in the book of `asset`."""
        w, v, m, at, slot, tx_index, ordinal, fact = self
        return Moved(w, asset, v, m, kind, quantity, money, at, slot, tx_index, ordinal, fact, flag)


class Flows(Protocol):
    """The trades of single books."""

    def of(self, wallet: int, asset: int) -> Iterable[tuple[tuple[int, int, int, int], int]]:
        """((order key), signed quantity) of the trades of one book."""
        ...

    def assets(self, wallet: int, market: int) -> tuple[int, ...]:
        """What the wallet traded in a market."""
        ...


@dataclass(frozen=True)
class Scope:
    """Which wallets are booked: all, one part of `parts` (id modulo), or those named."""

    parts: int = 1
    part: int = 0
    wallets: frozenset[int] | None = None

    def holds(self, wallets: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of a column of wallet ids belong to it."""
        inside: NDArray[np.bool_] = (wallets != NONE) & (wallets % self.parts == self.part)
        if self.wallets is not None:
            inside &= np.isin(wallets, list(self.wallets))
        return inside


EVERYBODY: Final = Scope()


@dataclass(frozen=True, kw_only=True)
class Events:
    """What moved books without a trade: rows of `Ledger.table` of the tables of these names. None: there are none."""

    transfers: pa.Table | None = None
    splits: pa.Table | None = None
    merges: pa.Table | None = None
    redeems: pa.Table | None = None
    conversions: pa.Table | None = None
    charges: pa.Table | None = None


def gather(events: Events, names: Names, outcomes: Outcomes, scope: Scope, flows: Flows, quotes: frozenset[int]) -> Gathered:
    """All rows of transfers, complete sets, redemptions and conversions of the wallets in scope.

    `quotes` are assets that have no books of their own (money).
    """
    out = Gathered()
    _transfers(events.transfers, names, out, scope, quotes)
    for table, kind in ((events.splits, Kind.BUY), (events.merges, Kind.SELL)):
        for place, record in _records(table, names, out, scope):
            _complete_set(place, record["quantity_atoms"], kind, outcomes, out)
    later = [(place, "redeem", record) for place, record in _records(events.redeems, names, out, scope)]
    later += [(place, "conversion", record) for place, record in _records(events.conversions, names, out, scope)]
    holdings = _Holdings(out, flows)
    for place, what, record in sorted(later, key=lambda item: (item[0].key(), out.fact_ids[item[0].fact])):
        if what == "redeem":
            _redeem(place, record, names, outcomes, out, holdings)
        else:
            _conversion(place, record, names, outcomes, out, holdings)
    return out


def _transfers(table: pa.Table | None, names: Names, out: Gathered, scope: Scope, quotes: frozenset[int]) -> None:
    if table is None or table.num_rows == 0:
        return
    full = np.asarray(pc.is_valid(table["asset"])) & (ints(table["quantity_atoms"]) > 0) & (ints(table["happened_at"]) > 0)
    table = table.append_column("sender_id", pa.array(names.column(table["sender"])))
    table = table.append_column("receiver_id", pa.array(names.column(table["receiver"])))
    inside = scope.holds(np.asarray(table["sender_id"])) | scope.holds(np.asarray(table["receiver_id"]))
    out.notes["transfers_without_amount_or_time"] += int((inside & ~full).sum())
    table = table.filter(pa.array(inside & full))
    ends = [names.column(table[name]) for name in ("sender_id", "receiver_id")]
    within = [scope.holds(end).tolist() for end in ends]
    columns = [end.tolist() for end in ends] + within + [names.column(table[name]).tolist() for name in ("asset", "venue")]
    columns += [ints(table[name]).tolist() for name in ("quantity_atoms", "happened_at", "slot", "tx_index", "ordinal")]
    for number, values in enumerate(zip(*columns, strict=True)):
        sender, receiver, sends, receives, asset, venue, quantity, at, slot, tx_index, ordinal = values
        if asset in quotes or sender == receiver:
            continue
        out.fact_ids.append(table["id"][number].as_py())
        for wallet, mine, kind in ((sender, sends, Kind.SEND), (receiver, receives, Kind.RECEIVE)):
            if mine:
                place = Place(wallet, venue, NONE, at, slot, tx_index, ordinal, len(out.fact_ids) - 1)
                out.moved.append(place.row(asset, kind, quantity, 0))


def _records(table: pa.Table | None, names: Names, out: Gathered, scope: Scope) -> Iterator[tuple[Place, dict[str, Any]]]:
    if table is None or table.num_rows == 0:
        return
    table = table.filter(pa.array(scope.holds(names.column(table["wallet"]))))
    for record in table.to_pylist():
        place = Place(
            _id(names, record["wallet"]), _id(names, record["venue"]), _id(names, record["market"]),
            _known(record, "happened_at"), _known(record, "slot"), _known(record, "tx_index"), record["ordinal"] or 0,
            len(out.fact_ids),
        )  # fmt: skip
        out.fact_ids.append(record["id"])
        yield place, record


def _id(names: Names, value: str | int | None) -> int:
    return value if isinstance(value, int) else names.id(value)


def _known(record: dict[str, Any], name: str) -> int:
    value = record[name]
    return -1 if value is None else int(value)


def _complete_set(place: Place, quantity: int, kind: Kind, outcomes: Outcomes, out: Gathered) -> None:
    assets = outcomes.assets(place.market)
    if not assets:
        out.notes["complete_sets_of_unknown_market"] += 1
        return
    share = quantity // len(assets)
    for number, asset in enumerate(assets):
        money = share if number < len(assets) - 1 else quantity - share * (len(assets) - 1)
        out.moved.append(place.row(asset, kind, quantity, money, COMPLETE_SET))


class _Holdings:
    """How much of an asset a wallet held just before an instant, over trades and the rows gathered so far."""

    def __init__(self, out: Gathered, flows: Flows) -> None:
        self._out = out
        self._flows = flows
        self._rows: dict[tuple[int, int], list[Moved]] = defaultdict(list)
        self._read = 0

    def traded(self, place: Place) -> tuple[int, ...]:
        return self._flows.assets(place.wallet, place.market)

    def of(self, place: Place, asset: int) -> int:
        for row in self._out.moved[self._read :]:
            self._rows[row.wallet, row.asset].append(row)
        self._read = len(self._out.moved)
        moves = [(key, change) for key, change in self._flows.of(place.wallet, asset) if key < place.key()]
        for row in self._rows[place.wallet, asset]:
            key = (row.at, row.slot, row.tx_index, row.ordinal)
            if key < place.key() and row.fact != place.fact:
                moves.append((key, row.quantity if row.kind in (Kind.BUY, Kind.RECEIVE) else -row.quantity))
        held = 0
        for _, change in sorted(moves):
            held = max(0, held + change)  # what was sold without having been seen acquired leaves no debt
        return held


def _redeem(place: Place, record: dict[str, Any], names: Names, outcomes: Outcomes, out: Gathered, holdings: _Holdings) -> None:
    quantity, payout = record["quantity_atoms"], record["quote_atoms"]
    if record["asset"]:
        out.moved.append(place.row(_id(names, record["asset"]), Kind.SELL, quantity, payout, REDEEMED))
        return
    if outcomes.resolved(place.market):
        return  # the resolution closes what is left, at the same payout
    known = outcomes.assets(place.market) or holdings.traded(place)
    held = {asset: left for asset in known if (left := holdings.of(place, asset)) > 0}
    winners = [asset for asset, left in held.items() if left == quantity]
    if not winners and (payout or not held):
        out.notes["redemptions_not_attributed"] += 1
        if payout:  # money for what was never seen acquired: unmatched proceeds of a book of its own
            out.moved.append(place.row(names.id(f"redeemed:{record['market']}"), Kind.SELL, quantity, payout, REDEEMED))
        return
    for asset, left in held.items():
        out.moved.append(place.row(asset, Kind.SELL, left, payout if winners and asset == winners[0] else 0, INFERRED))


def _conversion(
    place: Place, record: dict[str, Any], names: Names, outcomes: Outcomes, out: Gathered, holdings: _Holdings
) -> None:
    quantity, cash = record["quantity_atoms"], record["quote_atoms"]
    questions = outcomes.questions(place.market, _id(names, record["neg_risk_id"]))
    meant = [pair for pair in questions if quantity > 0 and holdings.of(place, pair[1]) >= quantity]
    if quantity <= 0 or cash % quantity or len(meant) != cash // quantity + 1:
        out.notes["conversions_not_attributed"] += 1
        return
    for yes, no in questions:
        if (yes, no) in meant:
            out.moved.append(place.row(no, Kind.SEND, quantity, 0, CONVERTED_SET))
        else:
            out.moved.append(place.row(yes, Kind.RECEIVE, quantity, 0, CONVERTED_SET))


def arrays(moved: list[Moved]) -> dict[str, NDArray[np.int64]]:
    """The rows as int64 columns (without the flag)."""
    columns = list(zip(*(row[:-1] for row in moved), strict=True)) or [()] * (len(Moved._fields) - 1)
    return {name: np.array(column, np.int64) for name, column in zip(Moved._fields[:-1], columns, strict=True)}
