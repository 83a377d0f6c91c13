"""The recorded tapes, lists and prices of Solana: what each file gives, to the record."""

from __future__ import annotations

import gzip
import json
from collections import Counter

import pytest

from intake.memory_ledger import MemoryLedger
from remora.intake import importer, maps, readers
from remora.model.facts import Candle, PriceTick, Trade
from remora.model.units import HOUR
from shared_data import shared


def take(*names: str) -> tuple[importer.ImportReport, MemoryLedger]:
    ledger = MemoryLedger()
    return importer.run([shared(f"solana/{name}") for name in names], maps.shipped(), ledger), ledger


def trades(ledger: MemoryLedger) -> list[Trade]:
    return [fact for fact in ledger.facts.values() if isinstance(fact, Trade)]


def test_the_amm_tape_is_whole() -> None:
    report, ledger = take("trades/amm_first_300s_14_tokens.jsonl.gz")
    assert (report.facts, report.quarantined, report.ignored) == ({"trade": 7784}, 0, 2)
    found = trades(ledger)
    assert Counter(trade.side for trade in found) == {"buy": 4421, "sell": 3363}
    assert sum(bool(trade.tx) for trade in found) == 2000
    assert {trade.quote_step_atoms for trade in found} == {100_000}
    with gzip.open(shared("solana/trades/amm_first_300s_14_tokens.jsonl.gz"), "rt") as file:
        rows = [swap for line in file for swap in json.loads(line, parse_float=str)["swaps"]]
    assert sum(trade.quote_atoms for trade in found) == sum(_atoms(row["sol"], 9) for row in rows)
    assert sum(trade.quantity_atoms for trade in found) == sum(_atoms(row["tokens"], 6) for row in rows)
    ordered = sorted(found, key=lambda trade: trade.ordinal)
    assert [trade.wallet for trade in ordered] == [row["trader"] for row in rows]


def _atoms(text: str | int, decimals: int) -> int:
    whole, _, part = str(text).partition(".")
    return int(whole + part.ljust(decimals, "0"))


def test_the_curve_heads() -> None:
    report, ledger = take("trades/curve_first_120_events.jsonl.gz")
    found = trades(ledger)
    assert Counter(trade.side for trade in found) == {"buy": 1480, "sell": 683}
    assert report.quarantined == 0
    eaten = [trade for trade in found if trade.quote == "unknown"]  # sales whose fees were more than they brought
    assert len(eaten) == 7
    assert all(trade.flags == ("fees_included", "unpriced") and trade.quote_atoms == 0 for trade in eaten)
    assert all("fees_included" in trade.flags and trade.tx for trade in found)


def test_round_trips_are_two_trades_and_missed_parts_are_only_shown() -> None:
    report, ledger = take("trades/kol_round_trips_v3.csv.gz")
    assert report.facts == {"trade": 2 * 890, "observation": 61}
    assert report.quarantined == 0
    assert len({getattr(fact, "wallet", None) for fact in ledger.facts.values()}) == 13
    again, _ = take("trades/kol_round_trips_v3.csv.gz", "trades/kol_round_trips_quarantined_v1_v3.csv.gz")
    assert again.quarantined == 0
    assert again.facts["trade"] < 2 * (890 + 2388)  # both collections tell many of the same trips


def test_inflows_are_transfers_and_told_twice_are_one() -> None:
    report, ledger = take("funding/early_buyer_inflows.jsonl.gz")
    assert report.facts["transfer"] + report.duplicates == 22_476
    kinds = Counter(fact.kind for fact in ledger.facts.values())
    assert set(kinds) == {"funding", "sale_proceeds", "unknown"}
    assert sum("sender_unknown" in fact.flags for fact in ledger.facts.values()) == 6


@pytest.mark.parametrize(("day", "refused", "completed"), [(15, 169, 0), (16, 0, 4), (22, 0, 4)])
def test_the_matrix_is_presence_and_one_letter_traders_are_refused(day: int, refused: int, completed: int) -> None:
    report, ledger = take(f"matrix/tokens_traders_2024-09-{day}.json.gz")
    assert set(report.facts) - {"graduation"} == {"presence"}
    assert report.facts.get("graduation", 0) == completed
    assert report.quarantined == refused
    assert {item.reason for item in ledger.quarantine()} <= {"bad_address"}


def test_prices_are_exact_and_hourly() -> None:
    report, ledger = take("prices/sol_usd_hourly_from_2024-12-01.csv", "prices/sol_usd_hourly_2026-06-17_2026-07-29.json")
    assert report.facts == {"price_tick": 2161 + 1000}
    ticks = [fact for fact in ledger.facts.values() if isinstance(fact, PriceTick)]
    first = min(ticks, key=lambda tick: tick.happened_at or 0)
    assert first.quote_atoms * 10**9 * 10**8 == 23_871_252_771 * first.asset_atoms * 10**6
    assert all((tick.happened_at or 1) % HOUR == 0 for tick in ticks)


def test_candles_are_hours_whatever_the_file_is_called() -> None:
    report, ledger = take("prices/token_minute_ohlcv_2026.json.gz")
    assert report.facts == {"candle": 24_795}
    candles = [fact for fact in ledger.facts.values() if isinstance(fact, Candle)]
    assert all((candle.happened_at or 1) % HOUR == 0 and candle.interval_seconds == 3600 for candle in candles)


def test_bundles_launches_labels_and_what_is_only_shown() -> None:
    report, ledger = take("trades/slot0_bundles_42_launches.json", "tokens/pump_coins_top_ath.json.gz", "wallets")
    assert (report.facts["trade"], report.facts["launch"], report.quarantined) == (165, 1050, 0)
    assert all(trade.slot and "bundle" in trade.flags for trade in trades(ledger))
    labels = Counter(getattr(fact, "author", None) for fact in ledger.facts.values())
    assert labels["kolscan"] == 472
    assert labels["whale_wallets"] == 188
    assert labels["tracked_wallets"] == 29


def test_all_tapes_twice_and_in_any_order() -> None:
    names = ["funding", "trades", "prices", "wallets", "tokens"]
    one, first = take(*names)
    _, other = take(*reversed(names))
    assert set(first.facts) == set(other.facts)
    again = importer.run([shared(f"solana/{name}") for name in names], maps.shipped(), first)
    assert again.facts == {}
    assert again.quarantined == 0
    assert again.duplicates == sum(one.facts.values()) + one.duplicates


def test_every_recorded_file_is_one_kind() -> None:
    """With the venues' own kinds, as the program wires them: texts for people aside, no file is unknown or ambiguous."""
    from remora.app import build

    kinds = build.kinds()
    wrong = {}
    for path, _ in readers.files([shared()]):
        if path.suffix == ".md":
            continue
        sample = readers.sample(path)
        names = [kind.name for kind in kinds if sample and kind.matches(sample)]
        if len(names) != 1:
            wrong[path.name] = names
    assert wrong == {}
