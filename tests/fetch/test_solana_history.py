"""Solana histories against a local node: whole, resumable, and honest about what nodes forget."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remora.model.errors import UsageError
from remora.ports import Page
from remora.venues.http import Http, Limit, Patience, SourceFailed
from remora.venues.solana import history
from remora.venues.solana.rpc import Rpc, RpcRefused
from servers.local import body, hang, status
from servers.solana_rpc_server import SolanaServer, error, transfer

WALLET = "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM"
MINT = "2EhrxKvdX6ZJqJ7xjhhqQFR7XpZ2uHjSnDJoQNZDpump"
ACCOUNT = "FzXvuzNGzzCjBp3CGoStfXSZstvMyLdVwqGqrkmVYBAr"


def words(page: Page) -> str:
    return "; ".join([*page.doubts, *page.notes])


QUICK = Patience(timeout_seconds=0.5, attempts=2, first=0.0, longest=0.1, jitter=0.0)
FAST = Limit(100_000, 1.0)


def node(number: int, *, name: str = WALLET, first_slot: int = 1_000, start: int = 0) -> SolanaServer:
    """A node with so many transactions of one address, one each ten slots; the first one creates it."""
    server = SolanaServer()
    for place in range(start, start + number):
        server.add(f"sig{place}", transfer(place, first_slot + 10 * place, ["payer", name], [10**9, 1_000 * place]), [name])
    return server


def on(servers: list[SolanaServer], job: Callable[[Rpc], Awaitable[Any]], **options: Any) -> Any:
    waits: list[float] = []

    async def pause(seconds: float) -> None:
        waits.append(seconds)

    async def main() -> Any:
        for server in servers:
            await server.__aenter__()
        try:
            async with Http(patience=QUICK, default=FAST) as http:
                urls = [f"{server.url}/rpc?api-key=topsecret{place}" for place, server in enumerate(servers)]
                rpc = Rpc(http, urls, sleep=pause, **options)
                rpc.waits = waits  # type: ignore[attr-defined]
                return await job(rpc)
        finally:
            for server in servers:
                await server.__aexit__()

    return asyncio.run(main())


async def collect(rpc: Rpc, cursor: dict[str, Any] | None = None, *, name: str = WALLET, **options: Any) -> list[Page]:
    options.setdefault("wallet", True)
    return [page async for page in history.pages(rpc, name, cursor or {}, **options)]


def fetched(server: SolanaServer, **options: Any) -> list[Page]:
    return on([server], lambda rpc: collect(rpc, **options))


def told(pages: list[Page]) -> Counter[str]:
    return Counter(record.value["transaction"]["signatures"][0] for page in pages for record in page.records)


def names(*ranges: range) -> Counter[str]:
    return Counter(f"sig{place}" for numbers in ranges for place in numbers)


@pytest.mark.parametrize("page", [7, 100, 1_000])
@pytest.mark.parametrize("batch", [1, 10])
def test_a_wallet_comes_whole(page: int, batch: int) -> None:
    server = node(230)
    server.page = page
    pages = on([server], collect, batch=batch)
    assert told(pages) == names(range(230))
    assert pages[-1].done
    assert pages[-1].cursor["walks"][WALLET]["begins"] is True
    assert "not its beginning" not in words(pages[-1])


def test_transfers_into_token_accounts_are_seen_once() -> None:
    server = node(50)
    server.accounts[WALLET] = [ACCOUNT]
    server.index[ACCOUNT] = ["sig49", "sig7"]
    server.add("sig900", transfer(900, 5_000, ["somebody", ACCOUNT], [5, 5]), [ACCOUNT])
    pages = fetched(server)
    assert told(pages) == names(range(50), range(900, 901))
    assert "closed since" in words(pages[-1])


def test_a_mint_needs_no_token_accounts() -> None:
    server = node(20, name=MINT)
    server.mints.add(MINT)

    async def job(rpc: Rpc) -> tuple[str, str, list[Page]]:
        return await history.what_is(rpc, MINT), await history.what_is(rpc, WALLET), await collect(rpc, name=MINT, wallet=False)

    kind, other, pages = on([server], job)
    assert (kind, other) == ("mint", "wallet")
    assert told(pages) == names(range(20))
    assert "getTokenAccountsByOwner" not in server.asked


@pytest.mark.parametrize("ahead", [False, True])
def test_stopping_after_any_page_and_going_on_brings_all(ahead: bool) -> None:
    server = node(950)
    server.ahead = ahead
    server.accounts[WALLET] = [ACCOUNT]
    server.add("sig2000", transfer(2000, 90_000, ["somebody", ACCOUNT], [5, 0]), [ACCOUNT])

    async def job(rpc: Rpc) -> Counter[str]:
        total: Counter[str] = Counter()
        cursor: dict[str, Any] = {}
        for _ in range(100):
            async for page in history.pages(rpc, WALLET, cursor, wallet=True):
                new = set(told([page])) - set(total)
                total += told([page])
                cursor = json.loads(json.dumps(page.cursor))
                if new or page.done:
                    break
            if page.done:
                return total
        raise AssertionError("never done")

    total = on([server], job)
    assert set(total) == set(names(range(950), range(2000, 2001)))
    assert sum(total.values()) <= 951 + 30  # at each of the ten seams a few rows come again


def test_the_next_fetch_reads_what_is_new_and_the_unsettled_end() -> None:
    server = node(300)
    server.slot = 1_000 + 10 * 299 + 20  # the last 13 transactions are younger than 150 slots

    async def job(rpc: Rpc) -> tuple[list[Page], list[Page]]:
        first = await collect(rpc)
        for place in range(300, 340):
            server.add(f"sig{place}", transfer(place, 1_000 + 10 * place, ["payer", WALLET], [1, 1]), [WALLET])
        server.slot += 10_000
        return first, await collect(rpc, first[-1].cursor)

    first, second = on([server], job)
    assert told(first) == names(range(300))
    assert told(second) == names(range(287, 340))


def test_an_interrupted_pass_is_finished_before_newer_ones_are_read() -> None:
    server = node(500)
    server.page = 100

    async def job(rpc: Rpc) -> Counter[str]:
        async for page in history.pages(rpc, WALLET, {}, wallet=True):
            if page.records:
                break
        first = told([page])
        for place in range(500, 520):
            server.add(f"sig{place}", transfer(place, 1_000 + 10 * place, ["payer", WALLET], [1, 1]), [WALLET])
        return first + told(await collect(rpc, page.cursor))

    assert on([server], job) == names(range(520))


def test_null_is_asked_again_and_then_told_missing_until_it_comes() -> None:
    server = node(30)
    server.nulls = {"sig3": 2, "sig5": 1_000}

    async def job(rpc: Rpc) -> tuple[list[Page], list[float], list[Page]]:
        first = await collect(rpc)
        waits = list(rpc.waits)  # type: ignore[attr-defined]
        server.nulls = {}
        return first, waits, await collect(rpc, first[-1].cursor)

    first, waits, second = on([server], job)
    assert told(first) == names(range(30)) - Counter(["sig5"])
    assert waits == [1.0, 2.0, 4.0]
    assert [name for page in first for name in page.missing] == ["sig5"]
    assert "1 transactions exist and could not be had" in words(first[-1])
    assert told(second) == Counter(["sig5"])
    assert second[-1].cursor["missing"] == []


def test_another_endpoint_fills_what_the_first_has_pruned() -> None:
    pruned, archive = node(30), node(30)
    pruned.nulls = {f"sig{place}": 1_000 for place in range(5)}
    pages = on([pruned, archive], collect)
    assert told(pages) == names(range(30))
    assert set(archive.asked) - {"getTransactionsForAddress"} == {"getTransaction"}


def test_history_that_the_node_forgot_is_said_to_be_cut() -> None:
    server = node(40, start=1)  # its first transaction finds the wallet with a balance
    pages = fetched(server)
    assert told(pages) == names(range(1, 41))
    assert "not its beginning" in words(pages[-1])


def test_an_end_told_by_a_node_that_does_not_know_where_we_are_is_no_end() -> None:
    server = node(300)
    server.page = 100

    async def job(rpc: Rpc) -> tuple[list[Page], list[Page]]:
        async for page in history.pages(rpc, WALLET, {}, wallet=True):
            if page.records:
                break
        server.forgets = {f"sig{place}" for place in range(200, 300)}
        kept = dict(server.index)
        server.index[WALLET] = []
        cut = await collect(rpc, page.cursor)
        server.forgets, server.index = set(), kept
        return cut, await collect(rpc, cut[-1].cursor)

    cut, whole = on([server], job)
    assert "does not remember what came before sig200" in words(cut[-1])
    assert told(cut) == Counter()
    assert told(whole) == names(range(200))


def test_no_signatures_is_not_no_trades() -> None:
    pages = fetched(SolanaServer())
    assert pages[-1].done
    assert "does not prove" in words(pages[-1])


def test_a_given_number_of_transactions_ends_the_run_and_the_next_goes_on() -> None:
    server = node(250)

    async def job(rpc: Rpc) -> list[list[Page]]:
        runs, cursor = [], {}
        for _ in range(4):
            runs.append(await collect(rpc, cursor, most=90))
            cursor = runs[-1][-1].cursor
        return runs

    runs = on([server], job)
    assert [len(told(run)) for run in runs] == [90, 90, 70, 0]
    assert [run[-1].done for run in runs] == [False, False, True, True]
    assert sum((told(run) for run in runs), Counter()) == names(range(250))
    assert "run again" in runs[0][-1].notes[0]


def test_the_better_method_is_used_where_it_is_offered() -> None:
    server = node(250)
    server.ahead = True
    server.accounts[WALLET] = [ACCOUNT]
    server.add("sig900", transfer(900, 50_000, ["somebody", ACCOUNT], [5, 5]), [ACCOUNT])
    pages = fetched(server)
    assert told(pages) == names(range(250), range(900, 901))
    assert set(server.asked) == {"getTransactionsForAddress"}
    assert pages[-1].cursor["slot"] == 50_000 - 150  # the unsettled end is asked again


def test_endpoints_without_the_better_method_may_say_so_in_http() -> None:
    server = node(10)
    server.faults.append(status(403, body=b"method not allowed for key topsecret0"))
    assert told(fetched(server)) == names(range(10))


def test_a_batch_that_is_refused_is_asked_one_by_one() -> None:
    server = node(25)
    server.batches = False
    assert told(fetched(server)) == names(range(25))


def test_a_broken_endpoint_is_passed_over_and_rests() -> None:
    broken, sound = node(0), node(120)
    broken.faults.extend([status(503)] * 200)
    pages = on([broken, sound], collect)
    assert told(pages) == names(range(120))
    assert len(broken.log) == 3 * 2  # three failures of two attempts each, then it rests
    assert told(on([sound], lambda rpc: collect(rpc, pages[-1].cursor))) == Counter()


def test_all_endpoints_down_is_told_without_keys() -> None:
    servers = [node(3), node(3)]
    for server in servers:
        server.faults.extend([hang, status(500)] * 50)
    with pytest.raises(SourceFailed) as raised:
        on(servers, collect)
    assert "topsecret" not in str(raised.value) + repr(raised.value.__context__)


@pytest.mark.parametrize(
    "fault",
    [
        body(b'{"jsonrpc":"2.0","id":0,"error":{"code":-32005,"message":"Too many requests"}}'), status(429), body(b"{"), hang,
        body(b'{"jsonrpc":"2.0","id":0,"result":{"odd":1}}'), body(b"[]"), body(b"[[[]]]"),
    ],
)  # fmt: skip
def test_passing_faults_cost_nothing(fault: Any) -> None:
    server = node(30)
    server.faults.extend([None, None, None, None, fault, None, fault, None])
    assert told(fetched(server)) == names(range(30))


def test_an_error_of_the_node_is_told_in_clean_words() -> None:
    server = SolanaServer()
    server._getAccountInfo = lambda *_: error(-32602, "Invalid param: topsecret0\x1b[2J")  # type: ignore[method-assign]
    with pytest.raises(RpcRefused, match=r"Invalid param: … \[2J \(-32602\)"):
        on([server], lambda rpc: history.what_is(rpc, WALLET))


def test_without_an_endpoint_the_setting_is_named() -> None:
    with pytest.raises(UsageError, match="no Solana endpoint") as raised:
        Rpc(Http(), [])
    assert "REMORA_FETCH__SOLANA_RPC_URLS" in raised.value.hint


@given(
    number=st.integers(0, 40), page=st.integers(1, 50), batch=st.integers(1, 12), lost=st.sets(st.integers(0, 39), max_size=5)
)
@settings(max_examples=10, deadline=None)
def test_told_and_missing_together_are_all(number: int, page: int, batch: int, lost: set[int]) -> None:
    server = node(number)
    server.page = page
    server.nulls = {f"sig{place}": 1_000 for place in lost}
    pages = on([server], collect, batch=batch)
    missing = Counter(name for one in pages for name in one.missing)
    assert told(pages) + missing == names(range(number))
