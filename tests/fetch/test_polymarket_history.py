"""Polymarket histories against a local server with the real one's caps: whole, resumable, and honest where cut."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remora.ports import Page
from remora.venues.http import Http, Limit, Patience, SourceFailed
from remora.venues.polymarket import history
from remora.venues.polymarket.api import V1, V2, Feed, Reader, Window, halves
from remora.venues.polymarket.catalogue import Catalogue, chunks
from servers.local import body, status
from servers.polymarket_server import PolymarketServer, Row, trade

WALLET = "0x" + "a" * 40
OTHER = "0x" + "b" * 40
MARKET = "0x" + "c" * 64
NOW = 1_760_000_000


def words(page: Page) -> str:
    return "; ".join([*page.doubts, *page.notes])


QUICK = Patience(timeout_seconds=2.0, attempts=3, first=0.0, longest=0.1, jitter=0.0)
FAST = Limit(100_000, 1.0)
ACTIVITY = Feed("activity", wallet=WALLET)


async def collect(reader: Reader, feed: Feed, cursor: dict[str, Any] | None = None, **options: Any) -> list[Page]:
    return [page async for page in history.pages(reader, feed, cursor or {}, now=options.pop("now", NOW), **options)]


def on(server: PolymarketServer, job: Callable[[Http], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        async with server, Http(patience=QUICK, default=FAST) as http:
            return await job(http)

    return asyncio.run(main())


def fetched(server: PolymarketServer, feed: Feed = ACTIVITY, *, make: type[Any] = V1, **options: Any) -> list[Page]:
    async def job(http: Http) -> list[Page]:
        return await collect(make(http, server.url), feed, **options)

    return on(server, job)


def hashes(pages: list[Page]) -> Counter[str]:
    return Counter(
        record.value.get("transactionHash") or record.value["transaction_hash"] for page in pages for record in page.records
    )


def expected(rows: list[Row]) -> Counter[str]:
    return Counter(row["transactionHash"] for row in rows)


def busy_wallet(number: int, *, first: int = NOW - 3_000_000, step: int = 97) -> list[Row]:
    return [trade(place, first + place * step, WALLET) for place in range(number)]


@pytest.mark.parametrize("make", [V1, V2])
def test_twelve_thousand_rows_over_a_cap_of_ten_thousand_come_whole(make: type[Any]) -> None:
    rows = busy_wallet(12_000)
    server = PolymarketServer([*rows, trade(1, NOW - 50, OTHER)], now=NOW)
    server.offset_cap = 10_000
    pages = fetched(server, make=make)
    assert hashes(pages) == expected(rows)
    assert pages[-1].done
    assert list(pages[-1].doubts) == []
    assert sum(page.done for page in pages) == 1


@pytest.mark.parametrize("cap", [3_000, 4_000, 10_000])
@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize("clamp", [100, 500])
def test_no_cap_cuts_silently(cap: int, silent: bool, clamp: int) -> None:
    rows = busy_wallet(5_000)
    server = PolymarketServer(rows, now=NOW)
    server.offset_cap, server.silent_cap, server.page_clamp = cap, silent, clamp
    assert hashes(fetched(server)) == expected(rows)


@pytest.mark.parametrize("silent", [False, True])
def test_a_second_over_the_cap_is_reported_and_the_rest_is_whole(silent: bool) -> None:
    crowded = [trade(place, NOW - 90_000, WALLET) for place in range(6_000)]
    others = [trade(10_000 + place, NOW - 200_000 + place * 60, WALLET) for place in range(2_000)]
    server = PolymarketServer([*crowded, *others], now=NOW)
    server.silent_cap = silent
    pages = fetched(server)
    told = hashes(pages)
    assert all(told[row["transactionHash"]] == 1 for row in others)
    assert pages[-1].cursor["cut"] == [NOW - 90_000]
    assert "1 seconds hold more rows than the source gives out" in words(pages[-1])
    assert 5_000 <= sum(told[row["transactionHash"]] for row in crowded) < 6_000


def test_a_crowded_second_under_the_cap_is_whole() -> None:
    rows = [trade(place, NOW - 90_000, WALLET) for place in range(2_500)]
    pages = fetched(PolymarketServer(rows, now=NOW))
    assert hashes(pages) == expected(rows)
    assert pages[-1].cursor["cut"] == []


@pytest.mark.parametrize("make", [V1, V2])
def test_pages_hold_whole_seconds(make: type[Any]) -> None:
    rows = [trade(place, NOW - 100_000 + place // 40, WALLET) for place in range(7_000)]
    pages = fetched(PolymarketServer(rows, now=NOW), make=make)
    assert hashes(pages) == expected(rows)
    assert len(pages) > 1
    seen: set[int] = set()
    for page in pages:
        here = {record.value["timestamp"] for record in page.records}
        assert not here & seen
        seen |= here


def test_old_history_is_asked_for_and_empty_is_not_nothing() -> None:
    old = [trade(1, NOW - 4 * 365 * 86_400, WALLET)]
    assert hashes(fetched(PolymarketServer(old, now=NOW))) == expected(old)
    (page,) = fetched(PolymarketServer([], now=NOW))
    assert page.done
    assert "does not prove" in words(page)


@pytest.mark.parametrize("make", [V1, V2])
def test_stopping_after_any_page_and_going_on_brings_each_row_once(make: type[Any]) -> None:
    rows = busy_wallet(9_000)
    server = PolymarketServer(rows, now=NOW)

    async def job(http: Http) -> Counter[str]:
        total: Counter[str] = Counter()
        cursor: dict[str, Any] = {}
        for _ in range(100):
            async for page in history.pages(make(http, server.url), ACTIVITY, cursor, now=NOW):
                total += hashes([page])
                cursor = page.cursor
                break  # stopped: what is behind the page was never asked
            if page.done:
                return total
        raise AssertionError("never done")

    assert on(server, job) == expected(rows)


def test_the_next_fetch_asks_only_for_what_is_new_and_for_the_unsettled_end() -> None:
    rows = [*busy_wallet(3_000), trade(90_000, NOW - 10, WALLET)]
    server = PolymarketServer(list(rows), now=NOW)

    async def job(http: Http) -> tuple[list[Page], list[Page]]:
        reader = V1(http, server.url)
        first = await collect(reader, ACTIVITY)
        late, new = trade(90_001, NOW - 11, WALLET), trade(90_002, NOW + 500, WALLET)
        server.rows += [late, new]
        server.now = NOW + 1_000
        return first, await collect(reader, ACTIVITY, first[-1].cursor, now=NOW + 1_000)

    first, second = on(server, job)
    assert hashes(first) == expected(rows)
    assert hashes(second) == expected(server.rows[-3:])


def test_maker_rows_come_through_the_cross_check() -> None:
    rows = [trade(place, NOW - 5_000 + place, WALLET, maker=place % 2 == 0) for place in range(600)]
    rows.append({**rows[7]})  # two equal fills of one transaction
    server = PolymarketServer(rows, now=NOW)
    server.untold = {4, 7, 600}
    with_check = fetched(server, cross_check=True)
    assert expected(rows) == hashes(with_check)
    assert with_check[-1].cursor["extra"] == 3
    assert "3 trades were told by /trades only" in with_check[-1].notes[0]
    assert hashes(fetched(server)) == expected([row for place, row in enumerate(rows) if place not in server.untold])


@pytest.mark.parametrize("make", [V1, V2])
def test_a_markets_trades_hold_both_sides_and_makers(make: type[Any]) -> None:
    rows = [
        trade(place, NOW - 2_000_000 + place * 50, WALLET if place % 2 else OTHER, maker=place % 3 == 0)
        for place in range(12_000)
    ]
    other = trade(99_999, NOW - 50, WALLET, market="0x" + "d" * 64)
    pages = fetched(PolymarketServer([*rows, other], now=NOW), Feed("trades", market=MARKET), make=make)
    assert hashes(pages) == expected(rows)
    assert ("last three years" in words(pages[-1])) == (make is V2)


def test_a_market_walk_of_v2_goes_on_in_the_middle_even_with_an_old_token() -> None:
    rows = [trade(place, NOW - 2_000_000 + place * 50, OTHER) for place in range(12_000)]
    server = PolymarketServer(rows, now=NOW)
    feed = Feed("trades", market=MARKET)

    async def job(http: Http) -> Counter[str]:
        reader = V2(http, server.url)
        page = await anext(history.pages(reader, feed, {}, now=NOW))
        page.cursor["pending"] = [(lo, hi, "grown-old" if token else "") for lo, hi, token in page.cursor["pending"]]
        return hashes([page, *await collect(reader, feed, page.cursor)])

    assert on(server, job) == expected(rows)


@pytest.mark.parametrize("make", [V1, V2])
def test_deposits_are_asked_for(make: type[Any]) -> None:
    rows = [trade(1, NOW - 900, WALLET), {**trade(2, NOW - 800, WALLET), "type": "DEPOSIT", "asset": "", "side": ""}]
    assert hashes(fetched(PolymarketServer(rows, now=NOW), make=make, cross_check=True)) == expected(rows)


def test_a_server_that_ignores_the_asked_time_is_refused() -> None:
    server = PolymarketServer(busy_wallet(10), now=NOW)
    server.honours_time = False
    with pytest.raises(SourceFailed, match="outside the asked time"):
        fetched(server, cursor={"until": NOW - 2_000_000})


def test_rows_out_of_order_are_refused_by_v2() -> None:
    rows = [trade(1, NOW - 10, WALLET), trade(2, NOW - 20, WALLET)]
    server = PolymarketServer(rows, now=NOW)
    server._v2_rows = lambda _: rows  # type: ignore[method-assign]
    with pytest.raises(SourceFailed, match="out of order"):
        fetched(server, make=V2)


@pytest.mark.parametrize("make", [V1, V2])
def test_faults_in_between_cost_nothing(make: type[Any]) -> None:
    rows = busy_wallet(4_000)
    server = PolymarketServer(rows, now=NOW)
    server.faults.extend([status(429), None, status(500), body(b"[{]"), None, body(b'{"error": "later"}'), status(502), None])
    assert hashes(fetched(server, make=make)) == expected(rows)


def test_a_refused_address_is_told_as_such() -> None:
    server = PolymarketServer([], now=NOW)
    server.faults.append(status(400, body=b'{"error": "invalid user"}'))
    with pytest.raises(SourceFailed, match="check the address"):
        fetched(server)


def test_rows_that_are_odd_are_handed_on_for_the_quarantine() -> None:
    server = PolymarketServer([], now=NOW)
    odd = b'[5, null, {"timestamp": "soon"}, {"timestamp": 1e30}, {"timestamp": %d}]' % (NOW - 400)
    server.faults.append(body(odd))
    (page,) = fetched(server)
    assert [record.raw for record in page.records] == [
        b"5",
        b"null",
        b'{"timestamp": "soon"}',
        b'{"timestamp": 1e30}',
        odd[-26:-1],
    ]
    assert all(record.seen_at and record.file.startswith("/activity?user=") for record in page.records)


@given(st.lists(st.integers(NOW - 2_000, NOW), max_size=400), st.integers(1, 60), st.sampled_from([20, 50, 500]))
@settings(max_examples=15, deadline=None)
def test_any_spread_of_rows_comes_whole(seconds: list[int], safe: int, clamp: int) -> None:
    rows = [trade(place, second, WALLET) for place, second in enumerate(seconds)]
    server = PolymarketServer(rows, now=NOW)
    server.page_clamp = clamp

    async def job(http: Http) -> list[Page]:
        return await collect(V1(http, server.url, safe_rows=safe), ACTIVITY)

    assert hashes(on(server, job)) == expected(rows)


@given(st.integers(0, 2**33), st.integers(1, 2**33))
def test_halves_join_without_gap(lo: int, length: int) -> None:
    left, right = halves(Window(lo, lo + length))
    assert (left.lo, right.hi) == (lo, lo + length)
    assert left.lo <= left.hi == right.lo - 1 < right.hi + 1


def test_positions_come_whole_and_small_ones_too() -> None:
    held = [
        {"proxyWallet": WALLET, "asset": str(place), "conditionId": MARKET, "size": place / 1_000} for place in range(1_200)
    ]
    server = PolymarketServer([], now=NOW, positions=held)

    async def job(http: Http) -> tuple[int, int]:
        return len(await V1(http, server.url).positions(WALLET)), len(await V2(http, server.url).positions(WALLET))

    assert on(server, job) == (1_200, 1_200)


def test_gamma_is_asked_in_pieces_for_open_and_closed_markets() -> None:
    ids = [f"0x{place:064x}" for place in range(130)]
    markets = [{"conditionId": name, "closed": place % 2 == 0} for place, name in enumerate(ids) if place != 77]
    server = PolymarketServer([], now=NOW, markets=markets)
    server.longest_query = 3_000

    async def job(http: Http) -> tuple[list[str], list[str]]:
        told, missing = [], []
        async for described in Catalogue(http, server.url).markets(ids):
            told += [record.value["conditionId"] for record in described.records]
            missing += described.missing
        return told, missing

    told, missing = on(server, job)
    assert Counter(told) == Counter(market["conditionId"] for market in markets)
    assert missing == [ids[77]]


@given(st.lists(st.text(st.characters(codec="ascii"), max_size=80), max_size=300))
def test_chunks_lose_nothing_and_stay_short(ids: list[str]) -> None:
    parts = list(chunks(ids))
    assert [name for part in parts for name in part] == ids
    assert all(len(part) <= 100 and sum(len(name) + 15 for name in part) <= 4_000 for part in parts)
