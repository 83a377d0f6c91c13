"""The past of a ledger as of an instant, in columns, and that of its traders: what scores are worked out from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from remora.analysis.gather import About, Builder
from remora.analysis.past import Past
from remora.analysis.pooling import Pooled, pooled
from remora.app import ranking
from remora.app.books import Books, read
from remora.model.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from remora.app.config import Settings
    from remora.ports import Ledger

_TABLES: Final[dict[str, tuple[str, ...]]] = {
    "launches": ("id", "happened_at", "asset", "wallet", "creator", "slot"),
    "graduations": ("id", "happened_at", "asset", "stage"),
    "markets": (
        "id", "happened_at", "market", "category", "token_ids", "event_slug", "neg_risk", "neg_risk_id", "starts_at", "ends_at",
    ),
    "resolutions": ("id", "happened_at", "market", "payout_numerators", "payout_denominator", "token_ids"),
    "transfers": ("id", "happened_at", "sender", "receiver", "asset", "quantity_atoms", "slot", "tx", "kind"),
    "presences": ("happened_at", "wallet", "asset"),
    "labels": ("id", "happened_at", "address", "kind", "label"),
}  # fmt: skip
_GROUP_WALLETS: Final = 2_000
"""Wallets of clusters that are booked again at once: what bounds the memory."""


class PastReader:
    """Reads what was known at `as_of`; default: all that the ledger knows."""

    def __init__(self, ledger: Ledger, settings: Settings, *, as_of: int | None = None) -> None:
        """Raises UsageError where there is nothing to read."""
        latest = ledger.latest(known=True)
        if latest is None:
            raise UsageError("the ledger holds no trades", hint="`remora import PATH` reads records")
        self.ledger, self.settings, self.as_of = ledger, settings, latest if as_of is None else as_of

    def past(self) -> Past:
        """Everything booked wallet by wallet."""
        return self._built(Books(self.ledger, self.settings, until=self.as_of), self._tables())

    def trader(self, wallets: Sequence[str]) -> Past:
        """The past of one trader: these wallets booked as one (it bears the name of the first); no transfers, no presences."""
        joined = dict.fromkeys(wallets, min(wallets))
        books = Books(self.ledger, self.settings, until=self.as_of, joined=joined)
        few = ("launches", "graduations", "markets", "resolutions")
        return self._built(books, self._tables(few))

    def pooled(self, take: Callable[[], Past], trader_of: Mapping[str, str]) -> Pooled:
        """The past of traders: wallet -> cluster id; each cluster is booked again as one wallet. take: see `pooling.pooled`."""
        members: dict[str, list[str]] = {}
        for wallet in sorted(trader_of):
            members.setdefault(trader_of[wallet], []).append(wallet)
        head = {cluster: wallets[0] for cluster, wallets in members.items()}
        joined = {wallet: head[cluster] for wallet, cluster in trader_of.items()}
        again = self._built(self._joint(joined, members), {})
        found = pooled(take, trader_of, again, {wallet: cluster for cluster, wallet in head.items()})
        self.ledger.rest()
        return found

    def _joint(self, joined: Mapping[str, str], members: Mapping[str, list[str]]) -> Iterator[Books]:
        """Books of clusters, some clusters at a time."""
        batch: dict[str, str] = {}
        for wallets in members.values():
            batch |= {wallet: joined[wallet] for wallet in wallets}
            if len(batch) >= _GROUP_WALLETS:
                yield Books(self.ledger, self.settings, until=self.as_of, joined=batch)
                batch = {}
        if batch:
            yield Books(self.ledger, self.settings, until=self.as_of, joined=batch)

    def _built(self, books: Books | Iterator[Books], tables: Mapping[str, pa.Table]) -> Past:
        builder = Builder()
        for one in [books] if isinstance(books, Books) else books:
            for trades, world, booked in one.pieces():
                builder.add(trades, world, booked)
        about = About(
            self.as_of, self.ledger.version(), tables, ranking.infrastructure(self.ledger, until=self.as_of),
            self.settings.books.rug_quiet_hours,
        )  # fmt: skip
        names = self.ledger.names(builder.ids())
        self.ledger.rest()  # what reading took, and then what building took, would add to the peak
        past = builder.build(names, about)
        self.ledger.rest()
        return past

    def _tables(self, names: Sequence[str] = tuple(_TABLES)) -> dict[str, pa.Table]:
        return {
            name: read(self.ledger, name, until=self.as_of, columns=columns)
            for name, columns in _TABLES.items()
            if name in names
        }
