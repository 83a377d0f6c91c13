"""Polymarket's part of `remora fetch`: which addresses are ours, and what is asked for a wallet or a market."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Self

from remora.model import ids
from remora.model.errors import UsageError
from remora.ports import Look, Page, Stage
from remora.venues.http import Http, Limit, Patience, SourceFailed
from remora.venues.polymarket import history
from remora.venues.polymarket.api import LIMITS, V1, V2, Feed, Reader
from remora.venues.polymarket.catalogue import Catalogue

READERS: Final[dict[str, Callable[[Http, str], Reader]]] = {"v1": V1, "v2": V2}
_EVENTS: Final = ("trades", "splits", "merges", "redeems", "conversions")
_MARKETS: Final = "polymarket.gamma"
_SHOWN: Final = 5


class PolymarketFetcher:
    """History of wallets (0x and 40 hex digits) and markets (condition ids, 0x and 64)."""

    venue = ids.POLYMARKET

    def __init__(
        self, *, data_url: str, gamma_url: str, patience: Patience, requests_per_second: float, api: str = "v1",
        cross_check: bool = True, now: Callable[[], int] = time.time_ns,
    ) -> None:  # fmt: skip
        """api: 'v1' or 'v2' of the Data API. cross_check: also ask /trades of wallets. now: nanoseconds."""
        if api not in READERS:
            raise UsageError(f"no Data API {api!r}", hint=f"one of {', '.join(READERS)}")
        limits = {route: Limit(min(most, requests_per_second * span), span) for route, (most, span) in LIMITS.items()}
        self._http = Http(default=Limit(requests_per_second, 1.0), limits=limits, patience=patience, now=now)
        self._reader = READERS[api](self._http, data_url)
        self._catalogue = Catalogue(self._http, gamma_url)
        self._cross_check = cross_check
        self._now = now

    @property
    def requests(self) -> int:
        """Questions asked so far, repeated ones included."""
        return self._http.requests

    @property
    def retries(self) -> int:
        """How many of them were repeated."""
        return self._http.retries

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.__aexit__()

    def recognises(self, target: str) -> str | None:
        """The address in lower case."""
        lower = target.strip().lower()
        return lower if ids.is_evm_address(lower) or ids.is_condition_id(lower) else None

    async def stages(self, target: str) -> tuple[str, Sequence[Stage]]:
        """A wallet's activity, its markets, and a check against its positions; a market's trades and the market."""
        now = self._now() // 1_000_000_000
        if ids.is_condition_id(target):
            rows = FeedStage(self._reader, Feed("trades", market=target), now=now, cross_check=False)
            return "market", (rows, MarketsStage(self._catalogue, market=target))
        rows = FeedStage(self._reader, Feed("activity", wallet=target), now=now, cross_check=self._cross_check)
        return "wallet", (rows, MarketsStage(self._catalogue, wallet=target), PositionsStage(self._reader, target))


class FeedStage:
    """The rows of one feed."""

    def __init__(self, reader: Reader, feed: Feed, *, now: int, cross_check: bool) -> None:
        self.name = f"fetch:polymarket:{feed.name}:{feed.wallet or feed.market}:{reader.name}"
        self.about = feed.name
        self._reader = reader
        self._feed = feed
        self._now = now
        self._cross_check = cross_check

    def pages(self, cursor: Mapping[str, Any], look: Look) -> AsyncIterator[Page]:
        """See `Stage`."""
        return history.pages(self._reader, self._feed, cursor, now=self._now, cross_check=self._cross_check)


class MarketsStage:
    """Metadata and resolutions of a market, or of all markets a wallet was in that are not resolved in the ledger yet."""

    name = ""
    about = "markets"

    def __init__(self, catalogue: Catalogue, *, wallet: str = "", market: str = "") -> None:
        self._catalogue = catalogue
        self._wallet = wallet
        self._market = market

    async def pages(self, cursor: Mapping[str, Any], look: Look) -> AsyncIterator[Page]:
        """See `Stage`."""
        missing: list[str] = []
        async for described in self._catalogue.markets(self._wanted(look)):
            missing += described.missing
            yield Page(records=described.records, kind=_MARKETS, origin=described.origin)
        doubts = [f"{len(missing)} markets are not described by the source: {_few(missing)}"] if missing else []
        yield Page(origin="/markets", doubts=doubts, missing=missing, done=True)

    def _wanted(self, look: Look) -> list[str]:
        if self._market:
            return [self._market]
        found = {market for table in _EVENTS for market in look(table, "market", {"wallet": self._wallet})}
        known = sorted(market for market in found if ids.is_condition_id(market))
        resolved = look("resolutions", "market", {"market": known}) if known else set()
        return [market for market in known if market not in resolved]


class PositionsStage:
    """The site's own list of positions: assets in it that no fetched trade explains show that history is missing."""

    name = ""
    about = "positions"

    def __init__(self, reader: Reader, wallet: str) -> None:
        self._reader = reader
        self._wallet = wallet

    async def pages(self, cursor: Mapping[str, Any], look: Look) -> AsyncIterator[Page]:
        """See `Stage`. A position may also come from a split, so its market counts as an explanation."""
        try:
            rows = [record.value for record in await self._reader.positions(self._wallet) if isinstance(record.value, dict)]
        except SourceFailed as error:
            yield Page(origin="/positions", doubts=[f"positions could not be compared: {error}"], done=True)
            return
        markets = {market for table in _EVENTS for market in look(table, "market", {"wallet": self._wallet})}
        told = {str(row.get("conditionId", row.get("condition_id", ""))).lower() for row in rows}
        strange = sorted(told - markets - {""})
        words = f"the site lists positions in {len(strange)} markets without activity here, so history is missing: "
        yield Page(origin="/positions", doubts=[words + _few(strange)] if strange else [], done=True)


def _few(names: Iterable[str]) -> str:
    every = list(names)
    return ", ".join(every[:_SHOWN]) + (" ..." if len(every) > _SHOWN else "")
