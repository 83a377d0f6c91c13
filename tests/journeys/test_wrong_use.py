"""Wrong use, bad input and broken stores: a clear word, the right exit code, nothing half-written."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from journeys.run import answer, remora


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("status",), "holds no ledger"),
        (("import", "nowhere"), "nowhere"),
        (("wallets", "top", "--by", "luck"), "luck"),
        (("export", "lots", "--to", "x.csv"), "no"),
        (("prove", "check", "nowhere"), "no readable proof"),
        (("start", "--data", "nowhere"), "no such folder"),
    ],
)
def test_usage_errors_name_what_is_wrong(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from remora.app.cli.main import main; main()", "--home", str(tmp_path / "home"), *words],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode in {2, 3}
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_settings_are_checked_by_name(tmp_path: Path) -> None:
    file = tmp_path / "remora.toml"
    file.write_text("[ledger]\nmemory_limit = 5\n")
    wrong = remora(tmp_path, "--config", str(file), "config", "check", code=2)
    assert "ledger.memory_limit" in wrong.stderr
    assert "ledger.memory_limit_mb" in wrong.stderr
    file.write_text("[ledger]\nmemory_limit_mb = 5\n")
    assert "128" in remora(tmp_path, "--config", str(file), "config", "check", code=2).stderr
    file.write_text("[books]\nmethod = 'average'\n[fetch]\nsolana_rpc_urls = ['https://rpc.example/?key=canary']\n")
    shown = remora(tmp_path, "--config", str(file), "config", "show").stdout
    assert "average" in shown
    assert "canary" not in shown


def test_what_is_no_record_is_refused_or_put_aside(tmp_path: Path) -> None:
    odd = tmp_path / "odd.json"
    odd.write_text('{"hello": "world"}')
    assert "not recognised" in remora(tmp_path / "home", "import", str(odd), code=3).stderr
    rows = json.loads((_sample(tmp_path) / "simulated_activity_000.json").read_text())
    rows[1]["size"] = "1e30"
    rows[2]["proxyWallet"] = "0x12"
    rows[3]["price"] = float("nan")
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(rows))
    strict = remora(tmp_path / "home", "import", "--strict", str(bad), code=3)
    assert "bad.json" in strict.stderr
    assert answer(tmp_path / "home", "status")["facts"] == []
    report = answer(tmp_path / "home", "import", str(bad))
    assert report["quarantined"] >= 2
    listed = answer(tmp_path / "home", "quarantine", "list")
    assert all(item["file"].endswith("bad.json") and item["reason"] and item["detail"] for item in listed["first"])
    shown = answer(tmp_path / "home", "quarantine", "show", str(listed["first"][0]["id"]))
    assert shown["raw"]


def _sample(tmp_path: Path) -> Path:
    from remora.venues.simulated import sample

    folder = tmp_path / "sample"
    sample.write(folder)
    return folder


def test_hostile_names_reach_no_terminal_and_no_spreadsheet(tmp_path: Path) -> None:
    from remora.venues.simulated import encode, names

    wallet, mint, curve = (f"Sim{letter * 40}" for letter in "WMC")
    keys = [names.raw(text) for text in (mint, curve, wallet)]
    name = "=cmd|' /C calc'!A0\x1b[31m\u202e<script>[bold]"
    event = encode.create_event(*keys, name, "@SUM(1)", 1_780_000_000)
    file = tmp_path / "frames.jsonl"
    file.write_text(encode.frame("2" * 87, 420_000_000, 1_780_000_001, encode.event_log(names.PUMP, event)))
    home = tmp_path / "home"
    remora(home, "import", str(file))
    shown = remora(home, "token", mint).stdout
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "[bold]" in shown
    assert answer(home, "token", mint)["name"] == name
    out = tmp_path / "launches.csv"
    remora(home, "export", "launches", "--to", str(out))
    assert "'=cmd" in out.read_text()
    assert "'@SUM" in out.read_text()


def test_a_store_in_use_names_who_uses_it(sample: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(sample, home)
    hold = (
        "import sys, time; from pathlib import Path; from remora.app import build, config;"
        "l = build.ledger(Path(sys.argv[1]), config.load(None)); print('open', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", hold, str(home)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        refused = remora(home, "status", code=4)
        assert str(holder.pid) in refused.stderr
        holder.kill()
    time.sleep(0.1)
    remora(home, "status")


def test_a_damaged_store_is_never_an_empty_one(sample: Path, tmp_path: Path) -> None:
    for damage in ("emptied", "removed", "cut", "noise"):
        home = tmp_path / damage
        shutil.copytree(sample, home)
        file = home / "ledger.duckdb"
        content = file.read_bytes()
        if damage == "removed":
            file.unlink()
        else:
            file.write_bytes({"emptied": b"", "cut": content[: len(content) // 3], "noise": b"x" * 5_000}[damage])
        refused = remora(home, "status", code=4)
        assert "ledger.duckdb" in refused.stderr
        assert "what to do" in refused.stderr
        assert "bad" in remora(home, "doctor", code=1).stdout


def test_paths_that_cannot_be_are_named(tmp_path: Path, sample: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("")
    for home in (plain, plain / "inside"):
        refused = remora(home, "import", str(sample / "sample"), code=2)
        assert str(plain) in refused.stderr
        assert "Traceback" not in refused.stderr
    assert "Traceback" not in remora(sample, "export", "trades", "--to", str(tmp_path / "no" / "x.csv"), code=2).stderr
    assert "inside the home" in remora(sample, "backup", str(sample / "copy"), code=2).stderr
    assert "not built" in remora(sample, "export", "signals", "--to", str(tmp_path / "x.csv"), code=2).stderr


def test_a_map_that_reads_nothing_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("who,what\na,b\n")
    (tmp_path / "map.toml").write_text(
        'name = "mine"\n[[record]]\nkind = "trade"\nquote_unit = "SOL"\nquantity_decimals = 6\ntime_unit = "s"\n'
        '[record.const]\nvenue = "solana"\n[record.columns]\nwallet = "trader"\nasset = "mint"\nside = "side"\n'
        'quantity = "tokens"\nquote_amount = "sol"\nhappened_at = "ts"\n'
    )
    words = ("import", "--map", str(tmp_path / "map.toml"), str(tmp_path / "rows.csv"))
    assert "none of the records could be read" in remora(tmp_path / "home", *words, code=3).stderr


def test_help_answers_without_loading_the_heavy_libraries() -> None:
    program = (
        "import sys; import remora.app.cli.main; print([m for m in ('duckdb','pyarrow','numba','numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
