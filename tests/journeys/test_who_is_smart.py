"""Who is smart, from the files of a market to stored answers, without a look ahead."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from journeys.run import answer, remora

HALF = "2026-06-11T00:00:00Z"


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a small simulated market of three weeks."""
    folder = tmp_path_factory.mktemp("market") / "files"
    made = answer(folder.parent / "none", "simulate", "--to", str(folder), "--seed", "4", "--wallets", "400", "--days", "21")
    assert made["made"]["trades"] > 5_000
    return folder


@pytest.fixture(scope="module")
def home(market: Path) -> Path:
    """A home that has read them and holds two scorebooks."""
    home = market.parent / "home"
    remora(home, "import", str(market))
    answer(home, "analyse", "--as-of", HALF)
    answer(home, "analyse")
    return home


def test_the_same_seed_gives_the_same_files(market: Path, tmp_path: Path) -> None:
    remora(tmp_path, "simulate", "--to", str(tmp_path / "again"), "--seed", "4", "--wallets", "400", "--days", "21")
    files = sorted(path.relative_to(market) for path in market.rglob("*") if path.is_file())
    assert len(files) > 8
    for path in files:
        assert (market / path).read_bytes() == (tmp_path / "again" / path).read_bytes(), path


def test_truth_is_no_fact(home: Path) -> None:
    report = answer(home, "import", str(home.parent / "files" / "truth"))
    assert report["facts"] == {}
    assert len(report["left_alone"]) == 4


def test_the_same_scorebook_twice_is_the_same_bytes(home: Path) -> None:
    again = answer(home, "analyse", "--as-of", HALF)
    assert again["new"] is False
    assert again["figures"]["traders"] > 100


def test_what_came_later_does_not_change_what_is_said_of_before(market: Path, home: Path, tmp_path: Path) -> None:
    """Truncation: a ledger that only ever heard of the first half gives the same scorebook, to the byte."""
    cut = _cut(home, tmp_path)
    whole = answer(home, "analyse", "--as-of", HALF)
    alone = answer(cut, "analyse", "--as-of", HALF)
    assert alone["digests"] == whole["digests"]
    assert alone["figures"] == whole["figures"]


def _cut(home: Path, folder: Path) -> Path:
    """A home whose ledger holds only the records of the first half: the files, cut at that instant."""
    import msgspec

    from remora.app import build, config
    from remora.model.tables import TABLES
    from remora.model.units import instant_of_text
    from remora.ports import Batch

    until = instant_of_text(HALF)
    settings = config.load(None)
    old, new = build.ledger(home, settings), build.ledger(folder / "cut", settings, create=True)
    for name in sorted(TABLES, reverse=True):  # another order of arrival, too
        for batch in old.table(name, until=until):
            facts = [msgspec.convert(row, TABLES[name].fact) for row in reversed(batch.to_pylist())]
            new.commit(Batch(facts=facts))
    old.close()
    new.close()
    return folder / "cut"


def test_a_later_import_changes_no_earlier_answer(market: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    logs = market / "simulated_pumpfun_logs_000.jsonl"
    remora(home, "import", str(logs))
    first = answer(home, "analyse", "--as-of", HALF)
    wallet = next(row["trader"] for row in answer(home, "wallets", "top", "--by", "points", "--venue", "solana")["traders"])
    before = answer(home, "wallet", wallet, "--as-of", HALF)
    remora(home, "import", str(market))
    second = answer(home, "analyse", "--as-of", HALF)
    assert second["name"] != first["name"], "the ledger's version is part of the name"
    after = answer(home, "wallet", wallet, "--as-of", HALF)
    assert after["scorebook"]["name"] == first["name"], "what was said then stays in force"
    assert (after["score"], after["skill"]) == (before["score"], before["skill"])


def test_a_wallet_shows_verdict_points_and_why(home: Path) -> None:
    board = answer(home, "wallets", "top", "--by", "points", "--venue", "solana", "--limit", "5")
    assert 0 <= board["expected_luck"] <= 1
    best = board["traders"][0]
    assert best["from"] <= 1 <= best["to"]
    wallet = best["trader"]
    document = answer(home, "wallet", wallet)
    score, skill = document["score"], document["skill"]
    assert score["low"] <= score["points"] <= score["high"]
    known = [part["points"] for part in score["parts"] if part["points"] is not None]
    assert all(0 <= points <= part["max"] for points, part in zip(known, score["parts"], strict=False))
    assert skill["verdict"] in ("skilled", "promising", "cannot tell", "harmful")
    assert skill["reason"]
    assert [row["as_of"] for row in document["history"]] == sorted(row["as_of"] for row in document["history"])
    assert len(document["history"]) == 2
    shown = remora(home, "wallet", wallet).stdout
    assert f"Points: {score['points']:.0f} of 1000" in shown
    assert skill["reason"] in " ".join(shown.split())


def test_farms_are_found_and_say_why(home: Path, market: Path) -> None:
    with (market / "truth" / "simulated_groups.csv").open() as file:
        columns = next(csv.reader(file))
    assert "make" in columns
    document = answer(home, "clusters", "--limit", "100")
    assert document["total"] > 0
    first = document["clusters"][0]
    member = answer(home, "wallet", first["members"][0])
    assert member["cluster"]["id"] == first["cluster_id"]
    assert {row["wallet"] for row in member["cluster"]["members"]} == set(first["members"])
    assert all(tie["evidence"] for tie in member["cluster"]["relations"])


@pytest.mark.parametrize("table", ["relations", "clusters", "scores", "tokens", "early_buyers"])
def test_tables_of_the_scorebook_can_be_exported(home: Path, tmp_path: Path, table: str) -> None:
    document = answer(home, "export", table, "--to", str(tmp_path / "x.parquet"))
    assert pq.read_table(tmp_path / "x.parquet").num_rows == document["rows"]


def test_a_report_is_one_file(home: Path, tmp_path: Path) -> None:
    wallet = answer(home, "wallets", "top", "--by", "points", "--venue", "polymarket", "--limit", "1")["traders"][0]["trader"]
    document = answer(home, "report", "wallet", wallet, "--to", str(tmp_path / "r.html"))
    text = Path(document["file"]).read_text()
    assert wallet in text
    assert (
        "cannot tell" in text.lower() or "promising" in text.lower() or "skilled" in text.lower() or "harmful" in text.lower()
    )
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


def test_clusters_of_any_file(tmp_path: Path) -> None:
    rows = [("ex", f"w{n}", "5", "2026-01-01T00:00:00Z") for n in range(700)]
    rows += [("boss", f"s{n}", "1", f"2026-01-02T00:0{n}:00Z") for n in range(6)]
    rows += [(f"s{n}", "till", "0.9", f"2026-02-02T00:0{n}:00Z") for n in range(6)]
    transfers, out = tmp_path / "t.csv", tmp_path / "out.csv"
    transfers.write_text("from,to,asset,amount,happened_at\n" + "".join(f"{a},{b},SOL,{q},{t}\n" for a, b, q, t in rows))
    document = answer(tmp_path / "none", "clusters", "find", "--transfers", str(transfers), "--to", str(out))
    with out.open() as file:
        found = {row["address"]: row for row in csv.DictReader(file)}
    assert list(next(iter(found.values()))) == ["address", "cluster_id", "confidence", "risk", "kind"]
    mine = {found[f"s{n}"]["cluster_id"] for n in range(6)}
    assert len(mine) == 1
    assert mine != {""}
    assert all(found[f"w{n}"]["cluster_id"] == "" for n in range(700)), "customers of an exchange are no group"
    assert document["members"] >= 6


def test_what_is_wrong_is_named(home: Path, tmp_path: Path) -> None:
    assert remora(tmp_path / "empty", "analyse", code=2).returncode == 2
    assert (
        "no column 'to'"
        in remora(
            home,
            "clusters",
            "find",
            "--transfers",
            str(_file(tmp_path, "from,x\na,b\n")),
            "--to",
            str(tmp_path / "o.csv"),
            code=3,
        ).stderr
    )
    assert "is not empty" in remora(home, "simulate", "--to", str(home), code=2).stderr
    assert "end its name in .html" in remora(home, "report", "wallet", "x", "--to", str(tmp_path / "r.pdf"), code=2).stderr


def test_the_future_is_refused_and_labels_of_tomorrow_are_not_shown(home: Path) -> None:
    assert "has not come yet" in remora(home, "analyse", "--as-of", "2100-01-01T00:00:00Z", code=2).stderr


def test_other_settings_never_answer(home: Path, tmp_path: Path) -> None:
    any_verdict = {"REMORA_SCORE__SMART_VERDICT": "any", "REMORA_SCORE__SMART_POINTS": "50"}
    before = answer(home, "wallets", "top", "--by", "points", "--venue", "solana")
    done = json.loads(remora(home, "analyse", "--json", env=any_verdict).stdout)
    assert done["new"] is True
    assert done["figures"]["smart"] > 0
    assert answer(home, "wallets", "top", "--by", "points", "--venue", "solana") == before
    told = remora(home, "wallets", "top", "--by", "points", env={"REMORA_SCORE__PROFILE": "gentle"}, code=2)
    assert "these settings" in told.stderr


def test_a_list_is_never_its_own_answer(tmp_path: Path) -> None:
    own = _file(tmp_path, "from,to\na,b\n")
    own = own.rename(tmp_path / "own.csv")
    told = remora(tmp_path / "none", "clusters", "find", "--transfers", str(own), "--to", str(own), code=2)
    assert "one of the lists to read" in told.stderr
    assert own.read_text() == "from,to\na,b\n"


@pytest.mark.parametrize("world", ["binary", "heavy", "null", "mixed"])
def test_every_world_can_be_written_however_small(tmp_path: Path, world: str) -> None:
    words = ("simulate", "--to", str(tmp_path / "w"), "--wallets", "10", "--days", "3", "--world", world)
    assert answer(tmp_path / "none", *words)["made"]["markets"] >= 0
    report = answer(tmp_path / "home", "import", str(tmp_path / "w"))
    assert report["quarantined"] == 0


def _file(folder: Path, text: str) -> Path:
    path = folder / "list.csv"
    path.write_text(text)
    return path


def test_a_damaged_scorebook_is_named(home: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "home"
    shutil.copytree(home, copy)
    for path in (copy / "scorebooks").glob("*/traders.arrow"):
        path.write_bytes(path.read_bytes()[:-20])
    done = remora(copy, "wallets", "top", "--by", "points", code=4)
    assert "traders.arrow does not hold what was written" in done.stderr
    assert json.loads(remora(copy, "status", "--json").stdout)["version"] > 0, "the rest goes on"
