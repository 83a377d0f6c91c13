"""Lists that a user brings are read whole; what is wrong in them is counted and named."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from remora.app.lists import read_list
from remora.model.errors import InputRefused, UsageError

HEAD = "from,to,asset,amount,happened_at\n"
NOON = 1_620_302_400 * 10**9


def test_times_of_every_writing(tmp_path: Path) -> None:
    path = tmp_path / "transfers.csv"
    written = ("1620302400", "1620302400000", "1620302400000000000", "2021-05-06T12:00:00Z", "2021-05-06T14:00:00+02:00",
               "2021-05-06 12:00:00", "2021-05-06T12:00:00.123Z", "", "2021-05-06", "yesterday")  # fmt: skip
    path.write_text(HEAD + "".join(f"a,b,SOL,1,{text}\n" for text in written))
    listed = read_list(path, ("from", "to"), times=("happened_at",))
    found = listed.table["happened_at"].to_pylist()
    assert found == [NOON] * 7 + [None, NOON - 12 * 3600 * 10**9, None]
    assert listed.doubts == ["1 unreadable values of happened_at count as unknown (first: line 11, 'yesterday')"]


def test_addresses_of_both_chains(tmp_path: Path) -> None:
    path = tmp_path / "transfers.csv"
    path.write_text("from;to\n0xABcd ; 0xEF\nSoLana;Other\n;x\n")
    listed = read_list(path, ("from", "to"), numbers=("amount",))
    assert listed.table.to_pylist() == [{"from": "0xabcd", "to": "0xef"}, {"from": "SoLana", "to": "Other"}]
    assert listed.doubts == ["transfers.csv: 1 rows without from or to left out (the first is line 4)"]


def test_hostile_numbers_count_as_unknown(tmp_path: Path) -> None:
    path = tmp_path / "transfers.csv"
    path.write_text(HEAD + "".join(f"a,b,SOL,{text},1\n" for text in ("1.5", "-1", "nan", "inf", "1e99999", "1e3", "0x10", "")))
    listed = read_list(path, ("from", "to"), numbers=("amount",))
    assert listed.table["amount"].to_pylist() == [1.5, None, None, None, None, 1000.0, None, None]


@pytest.mark.parametrize("form", ["csv.gz", "csv.zst", "jsonl", "parquet"])
def test_all_forms_say_the_same(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"transfers.{form}"
    text = HEAD + "a,b,SOL,2.5,1620302400\n"
    if form == "csv.gz":
        path.write_bytes(gzip.compress(text.encode()))
    elif form == "csv.zst":
        path.write_bytes(zstandard.compress(text.encode()))
    elif form == "jsonl":
        path.write_text('{"from":"a","to":"b","asset":"SOL","amount":2.5,"happened_at":1620302400}\n')
    else:
        pq.write_table(
            pa.table({"from": ["a"], "to": ["b"], "asset": ["SOL"], "amount": [2.5], "happened_at": [1620302400]}), path
        )
    table = read_list(path, ("from", "to"), texts=("asset",), numbers=("amount",), times=("happened_at",)).table
    assert table.to_pylist() == [{"from": "a", "to": "b", "asset": "SOL", "amount": 2.5, "happened_at": NOON}]


@pytest.mark.parametrize("text", ["who,whom\na,b\n", "", "from,to\n,\n", "from,to\n1,2,3\n"])
def test_what_is_no_list_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(InputRefused, match=r"x\.csv"):
        read_list(path, ("from", "to"))
    with pytest.raises(UsageError, match="no such file"):
        read_list(tmp_path / "y.csv", ("from", "to"))


def test_a_day_is_no_instant_of_a_transfer(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("from,to,happened_at\na,b,2021-05-06\n")
    listed = read_list(path, ("from", "to"), times=("happened_at",), days=False)
    assert listed.table["happened_at"].to_pylist() == [None]
    assert "count as unknown" in listed.doubts[0]


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("from,to,from\na,b,c\n")
    with pytest.raises(InputRefused, match="two columns are called 'from'"):
        read_list(path, ("from", "to"))
