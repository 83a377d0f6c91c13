"""The benchmarks on known truth: that they run, judge, and say what they missed."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("truth_table")


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("bench_truth")


def ran(script: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / script), *options], capture_output=True, text=True, check=False, cwd=ROOT
    )


def test_a_small_market_end_to_end_calls_nobody_skilled_and_scores_split_trades_alike() -> None:
    """T5 and T9 in a world of two hundred wallets."""
    done = ran("truth_market.py", "--seeds", "1", "--size", "0.2", "--worlds", "null", "routed", "--json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    judged = {f"{row['id']} {row['world']}: {row['what']}": row for row in rows if row["floor"]}
    assert {row["id"] for row in judged.values()} == {"T5", "T9"}
    assert all(row["meets_floor"] for row in judged.values()), judged


def test_a_missed_floor_counts_unless_its_reason_is_known(table: Any) -> None:
    low = table.judged("T4", "here", "ratio", [1.0, 1.2], 1.8, 2.5)
    high = table.judged("T4", "there", "ratio", [2.0, 2.2], 1.8, 2.5)
    harm = table.judged("S7", "here", "harmless", [0.02], 0.01, 0.002, more=False)
    rows = (low, high, harm, table.told("T4", "here", "base", [0.0]))
    section = table.Section(title="x", seeds="two", rows=rows, why={"T4 here: ratio": "nobody can"})
    assert section.missed() == [harm]
    text = table.text(section)
    assert "**missed**: nobody can" in text
    assert "| T4 | there | ratio | >= 1.8 | >= 2.5 | 2.100 | 1.900 .. 2.300 | floor |" in text


def test_what_nobody_could_measure_is_below_its_floor(table: Any) -> None:
    row = table.judged("T9", "w", "change", [float("nan")], 0.05, 0.01, more=False)
    assert not row.meets_floor
    assert "| unknown |  | **missed** |" in table.text(table.Section(title="x", seeds="one", rows=(row,)))


def test_what_must_lie_between_may_miss_on_either_side(table: Any) -> None:
    held = [table.between("T1", "w", "covers", [x], (0.87, 0.93), (0.89, 0.91)).meets_floor for x in (0.8, 0.9, 0.96)]
    assert held == [False, True, False]
    assert not table.bounded("T3", "w", "false", [0.0, 0.2], 0.12, 0.1).meets_floor, "its upper end counts"


def test_the_page_names_every_goal_and_what_nobody_measured(bench: Any, table: Any) -> None:
    row = table.judged("T5", "null", "runs", [0.0], 0.1, 0, more=False)
    section = table.Section(title="Skill", seeds="Seeds 0 to 19", rows=(row,))
    page = bench.page([bench.Ran(command="python x.py --seeds 20", section=section)], 20, False)
    assert "| T5 | where nobody is skilled, nobody is called skilled | 1 of 1 | 1 of 1 |" in page
    assert "not measured: needs a real airdrop" in page
    assert "python x.py --seeds 20" in page
    assert "quick" not in page
    assert "quick run" in bench.page([], 20, True)


@pytest.mark.full
@pytest.mark.timeout(1_800)
def test_every_floor_holds_on_a_quick_run(tmp_path: Path) -> None:
    done = ran("bench_truth.py", "--quick", "--page", str(tmp_path / "truth.md"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "A quick run" in (tmp_path / "truth.md").read_text()
