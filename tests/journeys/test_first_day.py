"""What a new user does on the first day, on the sample that needs no network and no data."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from journeys.run import answer, remora


def test_start_shows_the_main_job_and_says_that_it_is_simulated(tmp_path: Path) -> None:
    done = remora(tmp_path / "home", "start")
    assert "simulated" in done.stderr
    assert "SIMULATED" in done.stdout
    for words in ("Imported", "Stored in", "Completeness", "Top wallets on solana", "Top wallets on polymarket", "Quarantine"):
        assert words in done.stdout


def test_the_sample_is_whole(sample: Path) -> None:
    status = answer(sample, "status")
    assert status["simulated"] is True
    assert status["quarantine"]["records"] == 0
    assert status["gaps"] == []
    rows = {(row["facts"], row["venue"]): row["rows"] for row in status["facts"]}
    assert rows["trades", "solana"] > 1_000
    assert rows["trades", "polymarket"] > 100
    assert rows["resolutions", "polymarket"] > 15


def test_verification_passes(sample: Path) -> None:
    document = answer(sample, "verify")
    assert document["passed"] is True
    assert all(row["examined"] > 0 and row["failed"] == 0 for row in document["checks"])


def test_rankings_are_ordered_and_name_their_method_and_completeness(sample: Path) -> None:
    ranking = answer(sample, "wallets", "top", "--venue", "solana", "--limit", "5")
    realized = [row["realized_quote_atoms"] for row in ranking["wallets"]]
    assert ranking["method"] == "fifo"
    assert realized == sorted(realized, reverse=True)
    assert len(realized) == 5
    assert all(row["completeness"]["words"] for row in ranking["wallets"])
    assert all(row["oldest_mark_age_seconds"] >= 0 for row in ranking["wallets"] if row["unrealized_quote_atoms"])


@pytest.mark.parametrize("venue", ["solana", "polymarket"])
def test_a_number_unfolds_to_its_records_and_recomputes(sample: Path, tmp_path: Path, venue: str) -> None:
    wallet = answer(sample, "wallets", "top", "--venue", venue, "--limit", "1")["wallets"][0]["wallet"]
    for position in answer(sample, "wallet", wallet)["positions"][:2]:
        folder = tmp_path / position["asset"][-12:]
        remora(sample, "prove", "position", wallet, position["asset"], "--to", str(folder))
        checked = answer(tmp_path / "nowhere", "prove", "check", str(folder))
        assert checked["holds"] is True
        claimed = {row["what"]: row["claimed"] for row in checked["numbers"]}
        assert claimed["realized_quote_atoms"] == position["realized_quote_atoms"]


def test_a_changed_proof_is_noticed_even_when_its_digests_are_made_anew(sample: Path, tmp_path: Path) -> None:
    from hashlib import sha256

    wallet = answer(sample, "wallets", "top", "--venue", "solana", "--limit", "1")["wallets"][0]["wallet"]
    asset = answer(sample, "wallet", wallet)["positions"][0]["asset"]
    folder = tmp_path / "proof"
    remora(sample, "prove", "position", wallet, asset, "--to", str(folder))
    claim = json.loads((folder / "claim.json").read_bytes())
    claim["position"]["realized_quote_atoms"] += 1
    (folder / "claim.json").write_text(json.dumps(claim))
    assert "changed after" in remora(sample, "prove", "check", str(folder), code=1).stderr
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["claim.json"] = sha256((folder / "claim.json").read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert "does not hold" in remora(sample, "prove", "check", str(folder), code=1).stderr


def test_exports_come_back_as_the_same_facts(sample: Path, tmp_path: Path) -> None:
    for form in ("parquet", "csv", "jsonl"):
        file = tmp_path / f"trades.{form}"
        rows = answer(sample, "export", "trades", "--to", str(file))["rows"]
        home = tmp_path / form
        assert answer(home, "import", str(file))["facts"]["trade"] == rows
        again = tmp_path / f"again_{form}.parquet"
        remora(home, "export", "trades", "--to", str(again))
        original = tmp_path / "original.parquet"
        remora(sample, "export", "trades", "--to", str(original))
        assert _rows(again) == _rows(original)


def _rows(file: Path) -> list[dict[str, object]]:
    import pyarrow.parquet as pq

    rows: list[dict[str, object]] = pq.read_table(file).to_pylist()
    return rows


def test_booked_tables_have_the_promised_columns(sample: Path, tmp_path: Path) -> None:
    promised = {
        "positions": "venue wallet asset market quote status buys sells bought_atoms sold_atoms received_atoms sent_atoms "
        "held_atoms cost_quote_atoms proceeds_quote_atoms realized_quote_atoms cost_left_quote_atoms sent_cost_quote_atoms "
        "unmatched_sold_atoms unmatched_proceeds_quote_atoms unknown_cost_sold_atoms unknown_cost_proceeds_quote_atoms "
        "charges_quote_atoms realized_all_in_quote_atoms mark_quote_atoms unrealized_quote_atoms realized_usd first_at "
        "last_at held_seconds_weighted method order flags",
        "sells": "fact_id wallet asset matched_atoms unmatched_atoms unknown_cost_atoms cost_quote_atoms "
        "proceeds_quote_atoms realized_quote_atoms held_seconds_weighted",
        "wallets": "wallet venue category window realized_quote_atoms roi win_rate profit_factor sharpe",
    }
    for table, columns in promised.items():
        file = tmp_path / f"{table}.csv"
        assert answer(sample, "export", table, "--to", str(file))["rows"] > 0
        with file.open(newline="") as lines:
            assert set(columns.split()) <= set(next(csv.reader(lines)))


def test_the_same_sample_twice_adds_nothing(sample: Path) -> None:
    before = answer(sample, "status")["facts"]
    report = answer(sample, "import", str(sample / "sample"))
    assert sum(report["facts"].values()) == 0
    assert report["duplicates"] > 1_000
    assert answer(sample, "status")["facts"] == before


def test_a_backup_restores_to_equal_answers(sample: Path, tmp_path: Path) -> None:
    remora(sample, "backup", str(tmp_path / "copy"))
    restored = tmp_path / "restored"
    document = answer(restored, "restore", str(tmp_path / "copy"))
    assert document["rows"] > 0
    first, second = tmp_path / "a.parquet", tmp_path / "b.parquet"
    remora(sample, "export", "positions", "--to", str(first))
    remora(restored, "export", "positions", "--to", str(second))
    assert _rows(first) == _rows(second)
    assert "not empty" in remora(restored, "restore", str(tmp_path / "copy"), code=2).stderr


def test_tokens_and_markets_answer(sample: Path) -> None:
    wallet = answer(sample, "wallets", "top", "--venue", "solana", "--limit", "1")["wallets"][0]["wallet"]
    mint = answer(sample, "wallet", wallet)["positions"][0]["asset"]
    token = answer(sample, "token", mint)
    assert token["launched_at"]
    assert token["chain_breaks"] == 0
    assert [row["first_at_ns"] for row in token["traders"]] == sorted(row["first_at_ns"] for row in token["traders"])
    bettor = answer(sample, "wallets", "top", "--venue", "polymarket", "--limit", "1")["wallets"][0]["wallet"]
    market = answer(sample, "market", answer(sample, "wallet", bettor)["positions"][0]["market"])
    assert [outcome["outcome"] for outcome in market["outcomes"]] == ["Yes", "No"]
    for words in (("token", mint), ("market", market["market"]), ("wallet", wallet)):
        assert remora(sample, *words).stdout


def test_as_of_forgets_what_came_later(sample: Path) -> None:
    wallet = answer(sample, "wallets", "top", "--venue", "solana", "--limit", "1")["wallets"][0]["wallet"]
    last = max(position["last_at"] for position in answer(sample, "wallet", wallet)["positions"])
    earlier = answer(sample, "wallet", wallet, "--as-of", "2026-05-29T00:00:00Z")
    assert all(position["last_at"] <= "2026-05-29T00:00:00Z" for position in earlier["positions"])
    assert last > "2026-05-29"
