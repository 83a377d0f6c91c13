"""Every recording of the venue is recognised by exactly one kind, by its structure alone, and no other venue's is."""

from __future__ import annotations

from pathlib import Path

import pytest

from remora.ports import Kind, Sample
from remora.venues.polymarket.kinds import KINDS
from shared_data import shared
from venues.polymarket.recorded import kinds_of, sample_of, whole

EXPECTED = {
    "api_messages/clob_book_response": "market_channel", "api_messages/clob_fee": "order_answers",
    "api_messages/clob_market": "clob_markets", "api_messages/data_api_positions": "positions",
    "api_messages/gamma_event": "gamma", "api_messages/gamma_market": "gamma", "api_messages/gamma_tags": "tags",
    "api_messages/http_trades": "user_channel", "api_messages/http_": "order_answers", "api_messages/rtds_": "rtds",
    "api_messages/search": "gamma", "api_messages/ws_user": "user_channel", "api_messages/ws_": "market_channel",
    "books/": "books", "bot_fills/btc_5m_fills": "bot_fills", "bot_fills/btc_5m_results": "results_table",
    "data_api/": "activity_log", "gamma/active": "gamma", "gamma/bad_token": "token_mappings", "gamma/btc5m": "gamma",
    "gamma/gamma_markets": "gamma", "gamma/resolution_map": "resolutions", "gamma/resolved": "gamma", "gamma/root": "tags",
    "latency/": "latency", "onchain/": "chain_logs", "owrr/": "owrr_cases", "paper_copy_decisions/bridge": "paper_decisions",
    "paper_copy_decisions/copybot": "paper_state", "paper_copy_decisions/take": "paper_exits",
    "paper_predictions/": "paper_predictions", "pnl_truth/orders": "orders", "pnl_truth/raw": "raw_fills",
    "pnl_truth/ui": "ui_profit", "rankings/copy_sim": "copy_simulation", "rankings/trader": "win_rates",
    "rankings/": "wallet_rankings", "signing/": "signing_vectors", "smartmoney_signals/api_fixtures/activity": "activity",
    "smartmoney_signals/api_fixtures/leader": "leaderboard", "smartmoney_signals/api_fixtures/pos": "positions",
    "smartmoney_signals/api_fixtures/trades": "trades", "smartmoney_signals/backtest": "scanner_backtest",
    "smartmoney_signals/consensus": "consensus_signals", "smartmoney_signals/resolved": "scanner_results",
    "smartmoney_signals/wallet": "track_records", "smartmoney_signals/whale": "whale_trades", "wallet_ui": "wallet_history",
    "whale_stream/realtime": "stream_trades", "whale_stream/signals": "whale_signals", "ws/": "market_capture",
}  # fmt: skip


def recordings() -> list[Path]:
    base = shared("polymarket")
    return sorted(path for path in base.rglob("*") if path.is_file() and path.name != "README.md")


def test_every_recording_is_recognised_by_exactly_one_kind() -> None:
    base = shared("polymarket")
    found = {}
    for path in recordings():
        place = str(path.relative_to(base))
        wanted = next(kind for start, kind in EXPECTED.items() if place.startswith(start))
        found[place] = ([kind.name for kind in kinds_of(path)], [f"polymarket.{wanted}"])
    assert len(found) > 80
    assert {place: names for place, (names, _) in found.items()} == {place: wanted for place, (_, wanted) in found.items()}


def test_the_name_of_a_file_plays_no_part() -> None:
    for path in recordings()[:20]:
        sample = sample_of(path)
        renamed = Sample(name="x", form=sample.form, records=sample.records, columns=sample.columns, document=sample.document)
        assert [kind.name for kind in KINDS if kind.matches(renamed)] == [kind.name for kind in kinds_of(path)]


def test_recordings_of_the_other_venue_are_not_ours() -> None:
    checked = 0
    for path in sorted(shared("solana").rglob("*")):
        name = path.name.removesuffix(".gz")
        if not path.is_file() or path.stat().st_size > 400_000 or not name.endswith((".json", ".jsonl", ".csv", ".parquet")):
            continue
        try:
            matching = kinds_of(path)
        except ValueError:  # a recording whose lines are no JSON
            continue
        assert [kind.name for kind in matching] == [], path.name
        checked += 1
    assert checked > 10


def test_kinds_that_bear_no_facts_say_why_and_give_none() -> None:
    silent = {kind.name for kind in KINDS if not kind.bears_facts}
    seen = set()
    for path in recordings():
        (kind,) = kinds_of(path)
        if kind.name in silent and kind.name not in seen:
            seen.add(kind.name)
            result = whole(path)
            assert not result.facts, path.name
            assert not result.undecodable, path.name
            assert all(item.detail for item in result.ignored), path.name
            assert result.ignored, path.name
    assert seen == silent, "every kind that is left alone has a recording"


def test_names_are_unique_and_say_the_venue() -> None:
    names = [kind.name for kind in KINDS]
    assert len(set(names)) == len(names)
    assert all(name.startswith("polymarket.") for name in names)


@pytest.mark.parametrize(
    "records",
    [(), (None,), ([],), ({},), ({"data": []},), ({"data": [1]},), ("text",), (1.5,), ({1: 2},), ({"event_type": []},)],
)
def test_odd_samples_match_nothing_and_harm_nothing(records: tuple[object, ...]) -> None:
    for form in ("json", "jsonl", "csv", "parquet", "capture"):
        document = records[0] if records and isinstance(records[0], dict) else None
        sample = Sample(name="odd", form=form, records=records, document=document)
        assert [kind.name for kind in KINDS if kind.matches(sample)] == []


def test_a_kind_is_what_the_import_expects() -> None:
    kind: Kind = KINDS[0]
    assert kind.bears_facts
