"""Solana's part of `remora fetch`: which addresses are ours, and what is asked for a wallet or a mint."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Self

from remora.model import ids
from remora.ports import Look, Page, Stage
from remora.venues.http import Http, Limit, Patience
from remora.venues.solana import history
from remora.venues.solana.rpc import Rpc


class SolanaFetcher:
    """History of base58 addresses by JSON-RPC."""

    venue = ids.SOLANA

    def __init__(
        self, *, urls: Sequence[str], patience: Patience, requests_per_second: float, most: int | None = None,
        null_waits: Sequence[float] = (1.0, 2.0, 4.0),
    ) -> None:  # fmt: skip
        """urls: endpoints in order of preference, with their keys. most: transactions of one run."""
        self._http = Http(default=Limit(requests_per_second, 1.0), patience=patience)
        self._urls = urls
        self._most = most
        self._null_waits = null_waits

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
        """The address as it is: base58 knows upper and lower case."""
        clean = target.strip()
        return clean if ids.is_solana_address(clean) else None

    async def stages(self, target: str) -> tuple[str, Sequence[Stage]]:
        """One walk through all transactions; a wallet's token accounts with it. UsageError where no endpoint is set."""
        rpc = Rpc(self._http, self._urls, null_waits=self._null_waits)
        what = await history.what_is(rpc, target)
        return what, (TransactionsStage(rpc, target, wallet=what == "wallet", most=self._most),)


class TransactionsStage:
    """All transactions of an address."""

    def __init__(self, rpc: Rpc, address: str, *, wallet: bool, most: int | None) -> None:
        self.name = f"fetch:solana:{address}"
        self.about = "transactions"
        self._rpc = rpc
        self._address = address
        self._wallet = wallet
        self._most = most

    def pages(self, cursor: Mapping[str, Any], look: Look) -> AsyncIterator[Page]:
        """See `Stage`."""
        return history.pages(self._rpc, self._address, cursor, wallet=self._wallet, most=self._most)
