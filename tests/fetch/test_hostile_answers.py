"""Whatever a source answers: pages or SourceFailed, in bounded time, and nothing else."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from remora.ports import Page
from remora.venues.http import Http, Limit, Patience, SourceFailed
from remora.venues.polymarket import history as polymarket
from remora.venues.polymarket.api import V1, V2, Feed
from remora.venues.polymarket.catalogue import Catalogue
from remora.venues.solana import history as solana
from remora.venues.solana.rpc import Rpc
from servers.local import body
from servers.polymarket_server import PolymarketServer, trade
from servers.solana_rpc_server import SolanaServer, transfer

WALLET = "0x" + "a" * 40
ADDRESS = "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM"
NOW = 1_760_000_000
ONCE = Patience(timeout_seconds=5.0, attempts=1, first=0.0, longest=0.0, jitter=0.0)

leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
names = st.sampled_from([
    "timestamp", "data", "pagination", "next_cursor", "has_more", "conditionId", "size", "type", "transactionHash", "result",
    "error", "code", "message", "id", "signature", "slot", "value", "pubkey", "owner", "space", "paginationToken", "meta",
])  # fmt: skip
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=6), max_leaves=20
)
rows = st.lists(st.dictionaries(names, leaves | st.integers(NOW - 100, NOW), max_size=6) | leaves, max_size=5)
answers = st.one_of(
    anything,
    rows,
    st.builds(lambda data, page: {"data": data, "pagination": page}, rows, st.dictionaries(names, leaves, max_size=3)),
    st.builds(lambda result: {"jsonrpc": "2.0", "id": 0, "result": result}, anything | rows),
).map(lambda value: json.dumps(value).encode())
raw = answers | st.binary(max_size=60)


async def polymarket_pages(url: str, http: Http, which: type[Any]) -> list[Page]:
    pages = [
        page
        async for page in polymarket.pages(which(http, url), Feed("activity", wallet=WALLET), {}, now=NOW, cross_check=True)
    ]
    async for _ in Catalogue(http, url).markets(["0x" + "c" * 64]):
        pass
    await which(http, url).positions(WALLET)
    return pages


@given(st.lists(raw | st.none(), max_size=6), st.sampled_from([V1, V2]))
@example([b'[{"timestamp": 1e999999, "size": 1e9999, "type": "TRADE"}]'], V1)
@example([b"[" * 5_000], V2)
@example([b'[{"timestamp": 99999999999999999999999999}]'], V1)
@settings(max_examples=40)
def test_polymarket(said: list[bytes | None], which: type[Any]) -> None:
    async def job() -> None:
        server = PolymarketServer([trade(place, NOW - 900, WALLET) for place in range(3)], now=NOW)
        server.faults.extend(None if each is None else body(each) for each in said)
        async with server, Http(patience=ONCE, default=Limit(100_000, 1.0)) as http:
            try:
                pages = await polymarket_pages(server.url, http, which)
            except SourceFailed:
                return
            assert pages[-1].done
            json.dumps(pages[-1].cursor)

    asyncio.run(asyncio.wait_for(job(), 20))


@given(st.lists(raw | st.none(), max_size=8))
@example(
    [
        None,
        None,
        None,
        b'{"id":0,"result":10}',
        b'{"id":0,"result":[{"signature":"x","slot":1}]}',
        b'{"id":0,"result":' + b"[" * 3_000,
    ]
)
@settings(max_examples=40)
def test_solana(said: list[bytes | None]) -> None:
    async def pause(_: float) -> None:
        return

    async def job() -> None:
        server = SolanaServer()
        for place in range(3):
            server.add(f"sig{place}", transfer(place, 10 + place, ["payer", ADDRESS], [1, 0]), [ADDRESS])
        server.faults.extend(None if each is None else body(each) for each in said)
        async with server, Http(patience=ONCE, default=Limit(100_000, 1.0)) as http:
            rpc = Rpc(http, [server.url], sleep=pause)
            try:
                await solana.what_is(rpc, ADDRESS)
                pages = [page async for page in solana.pages(rpc, ADDRESS, {}, wallet=True, most=50)]
            except SourceFailed:
                return
            json.dumps(pages[-1].cursor)

    asyncio.run(asyncio.wait_for(job(), 20))
