"""What markets consist of and what they paid: outcome tokens per condition, questions per event, payouts per token."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

import pyarrow as pa

from remora.analysis.names import NONE, Names
from remora.model import ids


class Payout(NamedTuple):
    """What one token of an outcome pays: numerator / denominator dollars a share. at: 0 or less where unknown."""

    numerator: int
    denominator: int
    at: int
    fact_id: str
    market: int


class Outcomes:
    """Look-ups over the tables `markets` and `resolutions`. Later descriptions of a market win (by time, then id)."""

    def __init__(self, markets: pa.Table | None, resolutions: pa.Table | None, names: Names) -> None:
        self._assets: dict[int, tuple[int, ...]] = {}
        self._events: dict[int, set[int]] = defaultdict(set)
        self._event_of: dict[int, int] = {}
        self.categories: dict[int, str] = {}
        self.payouts: dict[int, Payout] = {}
        """asset -> what it pays; also for the surrogate asset `slug:S#OUTCOME` of exports."""
        self.refused = 0
        """Resolutions that name no payout for their outcomes or pay more than a dollar."""
        self._paid: set[int] = set()
        named: dict[int, tuple[str, tuple[str, ...]]] = {}
        for record in _in_order(markets):
            market = _id(names, record["market"])
            named[market] = (record["slug"], tuple(record["outcomes"]))
            self._describe(market, record, names)
        for record in _in_order(resolutions):
            self._resolve(record, names, named)

    def assets(self, market: int) -> tuple[int, ...]:
        """Outcome tokens of a market, in the order of its outcomes; empty where unknown."""
        return self._assets.get(market, ())

    def resolved(self, market: int) -> bool:
        """Whether what the market paid is known."""
        return market in self._paid

    def questions(self, market: int, event: int) -> list[tuple[int, int]]:
        """(YES, NO) tokens of every known question of the neg-risk event that `market` or `event` names."""
        event = event if event in self._events else self._event_of.get(market, market)
        pairs = [self._assets[m] for m in sorted(self._events.get(event, ()))]
        return [(pair[0], pair[1]) for pair in pairs if len(pair) == 2]

    def _describe(self, market: int, record: dict[str, Any], names: Names) -> None:
        if record["token_ids"]:
            self._assets[market] = tuple(names.id(token) for token in record["token_ids"])
            event = _id(names, record["neg_risk_id"])
            if event != NONE:
                self._events[event].add(market)
                self._event_of[market] = event
        if record["category"]:
            self.categories[market] = str(record["category"])

    def _resolve(self, record: dict[str, Any], names: Names, named: dict[int, tuple[str, tuple[str, ...]]]) -> None:
        market, paid, whole = _id(names, record["market"]), record["payout_numerators"], record["payout_denominator"]
        at = -1 if record["happened_at"] is None else int(record["happened_at"])
        if not paid or whole <= 0 or any(not 0 <= numerator <= whole for numerator in paid):
            self.refused += 1
            return
        if record["token_ids"] and market not in self._assets:
            self._assets[market] = tuple(names.id(token) for token in record["token_ids"])
        slug, spoken = named.get(market, ("", tuple(record["outcomes"])))
        tokens = self._assets.get(market, ())
        if len(tokens) == len(paid):
            self._paid.add(market)
            for token, numerator in zip(tokens, paid, strict=True):
                self.payouts[token] = Payout(numerator, whole, at, record["id"], market)
        if slug and len(spoken) == len(paid):
            for outcome, numerator in zip(spoken, paid, strict=True):
                for asset in names.known((ids.surrogate_asset(slug, outcome),)):
                    self.payouts[asset] = Payout(numerator, whole, at, record["id"], market)


def _in_order(table: pa.Table | None) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = [] if table is None else table.to_pylist()
    return sorted(records, key=lambda record: (record["happened_at"] or 0, record["id"]))


def _id(names: Names, value: str | int | None) -> int:
    return value if isinstance(value, int) else names.id(value)
