"""Importing: once and again, broken off and resumed, strict or not, in any order, with bugs in decoders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.memory_ledger import MemoryLedger
from remora.intake import importer, maps
from remora.model.errors import InputRefused, Reason, Undecodable, UsageError
from remora.model.facts import PoolCreated, Trade
from remora.ports import Context, Decoded, Record, Sample

WALLETS = ["F2SuErm4MviWJ2HzKXk2nuzBC6xe883CFWUDCPz6cyWm", "Bi4rd5FH5bYEN8scZ7wevxNZyNmKHdaBcvewdPFxYdLt"]
MINTS = ["9woMdZe1WVpFBQwRPybAFpqaNMT9YXyNMhdKh7JXpump", "87QChghgFr2XBNumi2Tg1MJCWHLqoTTT5KThtnDspump"]
START = 1_782_591_657


def token(mint: str, swaps: list[dict[str, Any]]) -> str:
    return json.dumps({"mint": mint, "pool": WALLETS[0], "created": START, "swaps": swaps}) + "\n"


def swap(n: int, **other: Any) -> dict[str, Any]:
    base = {"trader": WALLETS[n % 2], "side": "buy", "sol": 0.25, "tokens": 1000.5, "ts": START + n // 4, "src": "PUMP_AMM"}
    return {**base, **other}


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    """Forty tokens of five swaps, many alike; one swap and one whole line that cannot be read."""
    path = tmp_path / "tape.jsonl"
    lines = [token(MINTS[n % 2], [swap(n * 5 + k) for k in range(5)]) for n in range(40)]
    lines[7] = token(MINTS[0], [swap(0), swap(1, sol=-3)])
    lines[11] = '{"mint": broken\n'
    path.write_text("".join(lines))
    return path


def run(paths: list[Path], ledger: MemoryLedger, **options: Any) -> importer.ImportReport:
    return importer.run(paths, maps.shipped(), ledger, **options)


def test_a_file_twice_adds_nothing(tape: Path) -> None:
    ledger = MemoryLedger()
    first = run([tape], ledger)
    before, commits = ledger.export(), ledger.commits
    assert (first.files, first.facts, first.quarantined) == (1, {"trade": 190}, 2)
    again = run([tape], ledger)
    assert (first.duplicates, again.facts, again.duplicates, again.quarantined) == (1, {}, 191, 0)
    assert (ledger.export(), ledger.commits) == (before, commits)


def test_a_renamed_copy_is_the_same_file_and_a_grown_one_brings_only_what_is_new(tape: Path, tmp_path: Path) -> None:
    ledger = MemoryLedger()
    run([tape], ledger)
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(tape.read_bytes())
    commits = ledger.commits
    assert run([copy], ledger).facts == {}
    assert ledger.commits == commits
    copy.write_text(tape.read_text() + token(MINTS[0], [swap(900)]))
    assert run([copy], ledger).facts == {"trade": 1}


def test_quarantine_tells_file_record_reason_and_bytes(tape: Path) -> None:
    ledger = MemoryLedger()
    run([tape], ledger)
    cell, line = ledger.quarantine()
    assert (cell.file, cell.record, cell.reason, cell.where, cell.kind) == (
        str(tape), 7, "out_of_range", "sol", "solana.amm_tape",
    )  # fmt: skip
    assert json.loads(cell.raw)["swaps"][1]["sol"] == -3
    assert (line.record, line.reason, line.raw) == (11, "bad_json", b'{"mint": broken')


@pytest.mark.parametrize("fail_at", range(1, 14))
def test_an_import_that_dies_at_any_commit_goes_on_where_it_was(tape: Path, fail_at: int) -> None:
    whole = MemoryLedger()
    run([tape], whole, batch_facts=17)
    assert whole.commits >= 10
    broken = MemoryLedger(fail_at=fail_at)
    if fail_at <= whole.commits:
        with pytest.raises(KeyboardInterrupt):
            run([tape], broken, batch_facts=17)
    run([tape], broken, batch_facts=50)
    assert broken.export() == whole.export()
    assert [(item.record, item.reason) for item in broken.quarantine()] == [
        (item.record, item.reason) for item in whole.quarantine()
    ]


@settings(deadline=None, max_examples=15)
@given(batch_facts=st.integers(1, 60), batch_records=st.integers(1, 50))
def test_how_it_is_batched_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, batch_facts: int, batch_records: int
) -> None:
    path = tmp_path_factory.mktemp("batch") / "t.jsonl"
    path.write_text("".join(token(MINTS[n % 2], [swap(n + k) for k in range(4)]) for n in range(12)))
    one, other = MemoryLedger(), MemoryLedger()
    run([path], one)
    run([path], other, batch_facts=batch_facts, batch_records=batch_records)
    assert one.export() == other.export()


def test_strict_writes_nothing_of_a_file_with_a_bad_record(tape: Path, tmp_path: Path) -> None:
    ledger = MemoryLedger()
    with pytest.raises(InputRefused, match="record 7, sol"):
        run([tape], ledger, strict=True, batch_facts=5)
    assert (ledger.facts, ledger.cursors, ledger.held) == ({}, {}, {})
    good = tmp_path / "good.jsonl"
    good.write_text(token(MINTS[0], [swap(0)]))
    assert run([good], ledger, strict=True).facts == {"trade": 1}


def test_what_is_not_recognised(tmp_path: Path) -> None:
    path = tmp_path / "notes.json"
    path.write_text('{"some": "thing"}')
    with pytest.raises(InputRefused, match="not recognised"):
        run([path], MemoryLedger())
    report = run([tmp_path], MemoryLedger())
    assert [(item.reason, Path(item.file).name) for item in report.left_alone] == [("not recognised", "notes.json")]
    assert report.files == 0
    with pytest.raises(UsageError):
        run([path], MemoryLedger(), kind="solana.nonsense")


def test_a_kind_can_be_forced(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps({"mint": MINTS[0], "swaps": [swap(0)]}) + "\n")
    with pytest.raises(InputRefused):
        run([path], MemoryLedger())
    assert run([path], MemoryLedger(), kind="solana.amm_tape").facts == {"trade": 1}


def test_progress_is_told(tape: Path) -> None:
    steps: list[importer.Progress] = []
    run([tape], MemoryLedger(), batch_facts=20, progress=steps.append)
    assert len(steps) > 5
    assert [step.records for step in steps] == sorted(step.records for step in steps)
    assert (steps[-1].done_bytes, steps[-1].facts) == (steps[-1].size_bytes, 191)


def pool(name: str, base: str) -> PoolCreated:
    return PoolCreated(id=name, source="t", venue="v", pool=name, program="b", base_asset=base, quote_asset="SOL")


class Buggy:
    """A decoder with a bug: it stops at every third record."""

    def decode(self, record: Record) -> Decoded:
        if record.number % 3 == 2:
            raise ZeroDivisionError("oh")
        fact = PoolCreated(
            id=f"p{record.number}", source="t", venue="v", pool="a", program="b", base_asset="c", quote_asset="d"
        )
        return Decoded(facts=[fact])


class BuggyKind:
    name, bears_facts = "buggy", True

    def matches(self, sample: Sample) -> bool:
        return True

    def open(self, context: Context) -> Buggy:
        return Buggy()


def test_a_crashing_decoder_costs_its_record_only(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("{}\n" * 9)
    ledger = MemoryLedger()
    report = importer.run([path], [BuggyKind()], ledger)
    assert (report.facts, report.quarantined) == ({"pool_created": 6}, 3)
    assert {item.reason for item in ledger.quarantine()} == {"crashed_decoder"}
    assert "ZeroDivisionError: oh" in next(ledger.quarantine()).detail


class PoolDecoder:
    """Trades of pools that another record tells."""

    def __init__(self, context: Context) -> None:
        self.pools = context.pools

    def decode(self, record: Record) -> Decoded:
        row = record.value
        if "base" in row:
            self.pools[row["pool"]] = (row["base"], "SOL")
            return Decoded(facts=[pool(row["pool"], row["base"])])
        if row["pool"] not in self.pools:
            return Decoded(undecodable=[Undecodable(reason=Reason.UNKNOWN_POOL, detail=row["pool"])])
        trade = Trade(
            id=row["id"], source="t", venue="v", wallet="w", asset=self.pools[row["pool"]][0], side="buy", quantity_atoms=1,
            quote="SOL", quote_atoms=1,
        )  # fmt: skip
        return Decoded(facts=[trade])


class PoolKind:
    name, bears_facts = "pools", True

    def matches(self, sample: Sample) -> bool:
        return True

    def open(self, context: Context) -> PoolDecoder:
        return PoolDecoder(context)


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
@pytest.mark.parametrize("together", [True, False])
def test_pools_may_be_told_before_or_after_their_trades(tmp_path: Path, names: tuple[str, str], together: bool) -> None:
    contents = {"a": {"pool": "p", "base": "m"}, "b": {"pool": "p", "id": "t1"}}
    paths = [tmp_path / f"{n}{name}.jsonl" for n, name in enumerate(names)]
    for name, path in zip(names, paths, strict=True):
        path.write_text(json.dumps(contents[name]) + "\n")
    ledger, kinds = MemoryLedger(), [PoolKind()]
    if together:
        report = importer.run(paths, kinds, ledger)
        assert (report.facts, report.quarantined) == ({"pool_created": 1, "trade": 1}, 0)
    else:
        for path in paths:
            importer.run([path], kinds, ledger)
            path.unlink()  # then a record is read from the bytes that were kept
        importer.retry(ledger, kinds)
    assert ledger.counts() == {"pool_created": 1, "trade": 1}
    assert list(ledger.quarantine()) == []


class TestRetry:
    HEADING = "epoch_ms,wallet_label,mint,hold_duration_ms,wallet_token_amount,wallet_lamports_spent,"
    TRIP = (
        f"{HEADING}wallet_lamports_received,sell_signature,incomplete_position\n"
        f"1785960737382,Earl,{MINTS[0]},1817,1000,52165107,1058325253,sig,0\n"
    )

    def test_what_reads_now_is_released(self, tmp_path: Path) -> None:
        path = tmp_path / "trips.csv"
        path.write_text(self.TRIP)
        ledger = MemoryLedger()
        assert run([path], ledger).quarantined == 1
        assert importer.retry(ledger, maps.shipped()) == {"tried": 1, "released": 0, "left": 1, "facts": 0}
        (tmp_path / "kol_round_trip_wallets.json").write_text(json.dumps({"Earl": WALLETS[0]}))
        assert importer.retry(ledger, maps.shipped()) == {"tried": 1, "released": 1, "left": 0, "facts": 2}
        buy, sell = ledger.facts.values()
        assert (buy.side, sell.side, buy.flags) == ("buy", "sell", ("fee_unknown", "aggregated", "time_approximate"))
        assert sell.happened_at - buy.happened_at == 1817 * 10**6

    def test_what_still_cannot_be_read_stays(self, tape: Path) -> None:
        ledger = MemoryLedger()
        run([tape], ledger)
        tape.unlink()
        assert importer.retry(ledger, maps.shipped())["left"] == 2

    def test_a_file_that_changed_meanwhile_is_not_taken_for_the_old_one(self, tape: Path) -> None:
        ledger = MemoryLedger()
        run([tape], ledger)
        tape.write_text("".join(token(MINTS[1], [swap(5000 + n)]) for n in range(40)))
        assert importer.retry(ledger, maps.shipped())["released"] == 0
        assert ledger.counts() == {"trade": 190}


@settings(deadline=None, max_examples=25)
@given(order=st.permutations(range(5)))
def test_any_order_of_files_gives_the_same_facts(tmp_path_factory: pytest.TempPathFactory, order: list[int]) -> None:
    folder = tmp_path_factory.mktemp("order")
    paths = [folder / f"{n}.jsonl" for n in range(5)]
    for n, path in enumerate(paths):
        path.write_text(token(MINTS[n % 2], [swap(n * 2 + k) for k in range(6)]))
    ids = [set(_imported([paths[n] for n in wanted])) for wanted in (range(5), order)]
    assert ids[0] == ids[1]


def _imported(paths: list[Path]) -> dict[str, Any]:
    ledger = MemoryLedger()
    run(paths, ledger)
    return ledger.facts


def test_decoding_for_the_eye_stores_nothing(tape: Path) -> None:
    decoded = list(importer.decode(tape, maps.shipped()))
    assert (len(decoded), sum(len(one.facts) for one in decoded)) == (40, 191)
    assert decoded[11].undecodable[0].reason is Reason.BAD_JSON
