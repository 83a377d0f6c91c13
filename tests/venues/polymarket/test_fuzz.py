"""Hostile input: whatever a record is, a decoder answers with values, never with an exception, and soon."""

from __future__ import annotations

import copy
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remora.model.errors import Reason, Undecodable
from remora.model.facts import Fact
from remora.ports import Context, Decoded, Record
from remora.venues.polymarket.kinds import KINDS
from shared_data import shared
from venues.polymarket.recorded import kinds_of, values

BEARING = [kind for kind in KINDS if kind.bears_facts]
FILES = {
    "polymarket.activity": "smartmoney_signals/api_fixtures/activity_all.json",
    "polymarket.activity_log": "data_api/activity_trades_2024-09.json.gz",
    "polymarket.trades": "smartmoney_signals/api_fixtures/trades.json",
    "polymarket.positions": "smartmoney_signals/api_fixtures/positions.json",
    "polymarket.chain_logs": "onchain/orderfilled_v2_known_fill.json",
    "polymarket.market_channel": "api_messages/ws_market_book_msg.json",
    "polymarket.user_channel": "api_messages/http_trades_page.json",
    "polymarket.rtds": "api_messages/rtds_crypto_prices_subscribe.json",
    "polymarket.gamma": "api_messages/gamma_event.json",
    "polymarket.clob_markets": "api_messages/clob_market_closed_binary_accepting_false.json",
    "polymarket.resolutions": "gamma/resolution_map_2025-10-26.json.gz",
    "polymarket.token_mappings": "gamma/bad_token_mappings_trap.json.gz",
    "polymarket.books": "books/clob_books_2026-03-11T2141.jsonl.gz",
    "polymarket.raw_fills": "pnl_truth/raw_fills_with_duplicates_3_wallets.json.gz",
    "polymarket.orders": "pnl_truth/orders_one_wallet_2025-09_10.json",
    "polymarket.stream_trades": "whale_stream/realtime_trades_2025-12-20_14-15h.json.gz",
    "polymarket.whale_trades": "smartmoney_signals/whale_trades.jsonl.gz",
    "polymarket.whale_signals": "whale_stream/signals_2025-12-16.csv.gz",
    "polymarket.wallet_history": "wallet_ui_history/history_export_2026-06-16_19.csv",
    "polymarket.bot_fills": "bot_fills/btc_5m_fills_2026-03-23_24.csv.gz",
    "polymarket.results_table": "bot_fills/btc_5m_results_2026-03-26_04-21.csv.gz",
    "polymarket.market_capture": "ws/nba_market_channel_2026-02-15_lossy.parquet",
}
WILD = [
    None,
    True,
    False,
    0,
    -1,
    2**63,
    -(2**70),
    10**40,
    1.5,
    float("nan"),
    float("inf"),
    -0.0,
    1e30,
    Decimal("NaN"),
    Decimal("sNaN"),
    Decimal("1e999"),
    Decimal("-Infinity"),
    "",
    " ",
    "NaN",
    "1e30",
    "-5",
    "0x",
    "0x" + "g" * 64,
    "0x" + "0" * 64,
    "0x" + "f" * 64,
    "\ud800",
    "\x00",
    "\u202e<b>",
    "=1+1",
    "9" * 5000,
    "x" * 30_000,
    "[",
    "[1,",
    '["a"]',
    "[[[[[[",
    "{}",
    "١٢",
    "1_000",
    [],
    [None],
    [[]],
    [{}],
    {},
    {"a": {}},
    {"trades": 7},
    [1] * 300,
    b"bytes",
    (1, 2),
    {1: 2},
]


def check(result: Decoded) -> None:
    """What comes out is well formed whatever came in."""
    assert all(isinstance(fact, Fact) for fact in result.facts)
    for fact in result.facts:
        for name in fact.__struct_fields__:
            value = getattr(fact, name)
            if isinstance(value, int):
                assert -(2**63) < value < 2**63, name
            if isinstance(value, str):
                value.encode()
    for item in result.undecodable:
        assert isinstance(item, Undecodable)
        assert isinstance(item.reason, Reason)
        assert item.detail
        item.detail.encode()


@cache
def samples(name: str) -> list[Any]:
    path = shared(f"polymarket/{FILES[name]}")
    (kind,) = kinds_of(path)
    assert kind.name == name
    small: list[Any] = []
    for value in values(path)[3][:40]:
        cut = copy.deepcopy(value)
        for key, inner in cut.items():
            if isinstance(inner, list):
                cut[key] = inner[:3]
        small.append(cut)
    return small


def places(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path inside a value."""
    found = [path]
    if isinstance(value, dict):
        for key, inner in value.items():
            found += places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value[:3]):
            found += places(inner, (*path, index))
    return found


def put(value: object, path: tuple[Any, ...], what: object) -> object:
    """A copy with one place replaced."""
    if not path:
        return what
    result = copy.deepcopy(value)
    inner: Any = result
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = what
    return result


def test_every_kind_that_bears_facts_is_fuzzed() -> None:
    assert set(FILES) == {kind.name for kind in BEARING}


@pytest.mark.parametrize("kind", BEARING, ids=lambda kind: kind.name)
def test_wild_values_at_every_place_of_a_recording(kind: Any) -> None:
    recorded = samples(kind.name)
    decoder = kind.open(Context())
    for value in (recorded[0], recorded[-1]):
        for path in places(value):
            for wild in WILD:
                check(decoder.decode(Record(value=put(value, path, wild), file="x.json")))


@pytest.mark.parametrize("kind", BEARING, ids=lambda kind: kind.name)
def test_missing_fields(kind: Any) -> None:
    decoder = kind.open(Context())
    for value in samples(kind.name)[:3]:
        for path in places(value):
            if path and isinstance(path[-1], str):
                holder: Any = copy.deepcopy(value)
                inner = holder
                for step in path[:-1]:
                    inner = inner[step]
                del inner[path[-1]]
                check(decoder.decode(Record(value=holder)))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.decimals() | st.sampled_from(WILD[:30]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=15,
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_any_value_at_all(kind: Any, data: st.DataObject) -> None:
    decoder = kind.open(Context())
    check(decoder.decode(Record(value=data.draw(ANYTHING))))
    if kind.name in FILES:
        value = data.draw(st.sampled_from(samples(kind.name)))
        path = data.draw(st.sampled_from(places(value)))
        check(decoder.decode(Record(value=put(value, path, data.draw(ANYTHING)))))


def test_deep_nesting_ends() -> None:
    deep: Any = []
    for _ in range(3000):
        deep = [deep]
    for kind in KINDS:
        for value in (deep, {"data": deep, "markets": deep, "outcomes": deep, "topics": deep}):
            check(kind.open(Context()).decode(Record(value=value)))
