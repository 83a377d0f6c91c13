"""What Remora exports it reads back as the same facts, from CSV, JSON lines and Parquet."""

from __future__ import annotations

import csv
import types
import typing
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake.memory_ledger import MemoryLedger
from remora.intake import exports, importer, maps, readers, recogniser
from remora.model.facts import FACT_TYPES, Fact, Reward, Trade
from remora.model.tables import TABLE_OF
from remora.ports import Context, Record

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12).filter(
    lambda text: text == text.strip()
)
INTS = st.integers(-(2**63) + 1, 2**63 - 1)


def _of(name: str, hint: object) -> st.SearchStrategy:
    if isinstance(hint, types.UnionType):
        inner = [_of(name, option) for option in typing.get_args(hint) if option is not type(None)]
        return st.none() | inner[0]
    if typing.get_origin(hint) is typing.Literal:
        return st.sampled_from(typing.get_args(hint))
    if typing.get_origin(hint) is tuple:
        return st.lists(_of(name, typing.get_args(hint)[0]), max_size=3).map(tuple)
    return {int: INTS, bool: st.booleans(), str: TEXT}[hint]


def facts(kind: type[Fact]) -> st.SearchStrategy[Fact]:
    hints = typing.get_type_hints(kind)
    return st.builds(kind, **{field.name: _of(field.name, hints[field.name]) for field in msgspec.structs.fields(kind)})


def armed(value: object) -> object:
    """A cell as the export command writes it."""
    if isinstance(value, str):
        return f"'{value}" if value[:1] in "=+-@\t\r'" and value else value
    if isinstance(value, tuple):
        return armed(msgspec.json.encode(value).decode())
    return value


def write(fact: Fact, path: Path) -> None:
    names = [column.name for column in TABLE_OF[type(fact)].columns]
    row = {name: getattr(fact, name) for name in names}
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows([names, [armed(value) for value in row.values()]])
    elif path.suffix == ".jsonl":
        path.write_bytes(msgspec.json.encode(row) + b"\n")
    else:
        pq.write_table(pa.Table.from_pylist([row]), path)


@pytest.mark.parametrize("form", [".csv", ".jsonl", ".parquet"])
@pytest.mark.parametrize("kind", FACT_TYPES, ids=lambda kind: kind.__name__)
@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_fact_comes_back_as_it_went(
    tmp_path_factory: pytest.TempPathFactory, kind: type[Fact], form: str, data: st.DataObject
) -> None:
    fact = data.draw(facts(kind))
    path = tmp_path_factory.mktemp("export") / f"{TABLE_OF[kind].name}{form}"
    write(fact, path)
    found = recogniser.recognise(path, maps.shipped())
    assert found is not None
    assert found.kind is not None
    assert found.kind.name == f"remora.{TABLE_OF[kind].name}"
    (record,) = readers.read(path, found.form)
    assert isinstance(record, Record)
    decoded = found.kind.open(Context()).decode(record)
    assert decoded.undecodable == []
    assert decoded.facts == [fact]


def test_an_exported_ledger_imports_to_the_same_facts(tmp_path: Path) -> None:
    trades = [
        Trade(id=f"t{n}", source="s", venue="solana", wallet=f"w{n % 3}", asset="=SUM(A1)", side="buy", quantity_atoms=n + 1,
              quote="SOL", quote_atoms=5, happened_at=10**18 + n, exact=n % 2 == 0, flags=("maker", "x,y"))
        for n in range(50)
    ]  # fmt: skip
    names = [column.name for column in TABLE_OF[Trade].columns]
    path = tmp_path / "trades.csv"
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([names, *([armed(getattr(trade, name)) for name in names] for trade in trades)])
    ledger = MemoryLedger()
    importer.run([path], maps.shipped(), ledger)
    assert sorted(ledger.facts.values(), key=lambda fact: fact.id) == sorted(trades, key=lambda trade: trade.id)


@pytest.mark.parametrize(("kind", "table"), [("deposit", "deposits"), ("yield", "rewards")])
def test_tables_with_the_same_columns_are_told_apart_by_what_they_hold(tmp_path: Path, kind: str, table: str) -> None:
    path = tmp_path / "x.jsonl"
    fact = Reward(id="r", source="s", venue="v", wallet="w", kind=kind, quote="USDC", quote_atoms=1)
    write(fact, path)
    found = recogniser.recognise(path, maps.shipped())
    assert found is not None
    assert found.kind is not None
    assert found.kind.name == f"remora.{table}"


def test_computed_tables_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "positions.csv"
    path.write_text("venue,wallet,asset,realized_quote_atoms,realized_all_in_quote_atoms\nsolana,w,a,1,1\n")
    report = importer.run([tmp_path], maps.shipped(), MemoryLedger())
    assert [item.kind for item in report.left_alone] == ["remora.booked"]


@pytest.mark.parametrize("cell", ["1.5", "x", "1e5", str(2**63), "--1", "²"])
def test_cells_that_are_no_whole_number_are_refused(cell: str) -> None:
    kind = next(kind for kind in exports.kinds() if kind.name == "remora.trades")
    row = {"id": "t", "source": "s", "venue": "v", "wallet": "w", "asset": "a", "side": "buy", "quote": "SOL",
           "quantity_atoms": cell, "quote_atoms": "1"}  # fmt: skip
    (problem,) = kind.open(Context()).decode(Record(value=row)).undecodable
    assert problem.where == "quantity_atoms"


@given(st.recursive(st.none() | st.text(max_size=4) | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(
    st.sampled_from(["id", "source", "venue", "wallet", "flags", "side", "quantity_atoms"]), inner), max_leaves=8))  # fmt: skip
def test_no_row_makes_the_reader_raise(value: object) -> None:
    for kind in exports.kinds():
        if kind.bears_facts:
            decoded = kind.open(Context()).decode(Record(value=value))
            assert decoded.facts or decoded.undecodable
