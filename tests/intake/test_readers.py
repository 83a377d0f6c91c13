"""Records of every form: exact numbers, and one bad record never costs the others."""

from __future__ import annotations

import gc
import gzip
import json
import struct
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remora.intake import framed, jsonforms, readers, tabular
from remora.intake.lines import Cut, lines
from remora.intake.records import Unreadable, parse
from remora.model.errors import Reason, Undecodable, UsageError
from remora.ports import Record

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def read(path: Path) -> list[Record | Unreadable]:
    form = readers.form_of(path)
    assert form is not None
    return list(readers.read(path, form))


def values(items: list[Record | Unreadable]) -> list[object]:
    return [item.value if isinstance(item, Record) else item.problem.reason for item in items]


def chunked(data: bytes, size: int):
    return (data[at : at + size] for at in range(0, len(data), size))


class TestNumbers:
    def test_numbers_stay_what_the_text_said(self) -> None:
        value = parse('{"a":0.1000000000000000055511151231257827,"b":12345678901234567890123,"c":1e30}')
        assert value == {
            "a": Decimal("0.1000000000000000055511151231257827"),
            "b": 12345678901234567890123,
            "c": Decimal("1e30"),
        }
        assert all(not isinstance(number, float) for number in value.values())

    @pytest.mark.parametrize("text", ["NaN", "Infinity", "[-Infinity]", '{"a":nan}', "1e999999999999999999999", "9" * 5000])
    def test_what_is_no_finite_number_is_refused(self, text: str) -> None:
        assert isinstance(parse(text), Undecodable)

    def test_deep_nesting_is_refused(self) -> None:
        assert parse("[" * 100_000).detail == "nested too deeply"


class TestLines:
    def test_one_bad_line_does_not_cost_the_others(self, tmp_path: Path) -> None:
        path = tmp_path / "a.jsonl"
        path.write_bytes(b'\xef\xbb\xbf{"n":0}\r\n{"n":\n\n{"n":"\xff"}\n{"n":4,}\n{"n":5}\x00\n{"n":6}')
        items = read(path)
        assert values(items) == [{"n": 0}, Reason.BAD_JSON, Reason.BAD_ENCODING, Reason.BAD_JSON, Reason.BAD_JSON, {"n": 6}]
        assert [item.number for item in items] == [0, 1, 3, 4, 5, 6]
        assert items[1].raw == b'{"n":'

    def test_frames_in_a_wrapper_are_unwrapped_with_their_time(self, tmp_path: Path) -> None:
        path = tmp_path / "a.jsonl"
        rows = [
            {"t_wall": 1783165101.632449, "raw": '{"n":1.50}'},
            {"t_wall": 1783165102, "raw": "{"},
            {"t_wall": 5, "raw": "1"},
        ]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        first, second, third = read(path)
        assert first.value == {"n": Decimal("1.50")}
        assert first.seen_at == 1783165101_632449000
        assert (second.problem.reason, third.problem.reason) == (Reason.BAD_JSON, Reason.BAD_TIME)

    @given(st.binary(max_size=300), st.integers(1, 40))
    def test_lines_do_not_depend_on_chunks(self, data: bytes, size: int) -> None:
        assert list(lines(chunked(data, size))) == list(lines([data]))

    @pytest.mark.parametrize("size", [1, 7, 64])
    def test_an_endless_line_is_cut_and_the_next_one_read(self, size: int) -> None:
        data = b"a\n" + b"x" * 500 + b"\nb\n" + b"y" * 200
        got = list(lines(chunked(data, size), limit=100))
        assert [item if isinstance(item, bytes) else item.length for item in got] == [b"a", 500, b"b", 200]
        assert all(item.reason is Reason.TOO_LARGE for item in got if isinstance(item, Cut))


class TestDocuments:
    @settings(deadline=None)
    @given(st.lists(JSON, max_size=6), st.integers(1, 30), st.sampled_from([None, 2]))
    def test_elements_come_one_by_one_whatever_the_chunks(self, document: list, size: int, indent: int | None) -> None:
        text = json.dumps(document, indent=indent, ensure_ascii=False).encode()
        items = list(jsonforms.document(chunked(text, size), "f"))
        assert values(items) == document
        assert [item.number for item in items] == list(range(len(document)))

    def test_a_bad_element_does_not_cost_the_others(self, tmp_path: Path) -> None:
        path = tmp_path / "a.json"
        path.write_text('[{"n":1},{"n":tru},{"n":"],["},[3] 4,5] ,6')
        assert values(read(path)) == [{"n": 1}, Reason.BAD_JSON, {"n": "],["}, Reason.BAD_JSON, 5, Reason.BAD_JSON]

    def test_an_array_that_is_cut_off(self, tmp_path: Path) -> None:
        path = tmp_path / "a.json"
        path.write_text('[{"n":1},{"n":2},{"n":')
        assert values(read(path)) == [{"n": 1}, {"n": 2}, Reason.TRUNCATED]

    def test_one_object_is_one_record_and_objects_by_line_are_many(self, tmp_path: Path) -> None:
        path = tmp_path / "a.json"
        path.write_text('{\n "a": [1,\n 2]}')
        assert values(read(path)) == [{"a": [1, 2]}]
        path.write_text('{"a":1}\n{"a":2}\n')
        assert values(read(path)) == [{"a": 1}, {"a": 2}]

    def test_what_is_too_large_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(jsonforms, "RECORD_LIMIT", 2_000_000)
        path = tmp_path / "a.json"
        path.write_text(json.dumps([1, "x" * 4_000_000, 3]))
        assert values(read(path)) == [1, Reason.TOO_LARGE]
        path.write_text(json.dumps({"x": "x" * 4_000_000}))
        assert values(read(path)) == [Reason.TOO_LARGE]


class TestTables:
    def test_rows_quoted_and_broken(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        start = b'\xef\xbb\xbfname,n\r\n"a, ""b""",1\r\nonly one\r\n"two\nlines",2\r\n'
        path.write_bytes(start + b'x,1,2\r\n\r\nz\x00,3\r\n\xff,4\r\n"open,5\r\nlast,6')
        assert values(read(path)) == [
            {"name": 'a, "b"', "n": "1"}, Reason.MISSING_FIELD, {"name": "two\nlines", "n": "2"}, Reason.WRONG_TYPE,
            Reason.BAD_ENCODING, Reason.BAD_ENCODING, Reason.TRUNCATED, {"name": "last", "n": "6"},
        ]  # fmt: skip

    def test_a_table_without_heading_has_numbered_columns(self, tmp_path: Path) -> None:
        path = tmp_path / "prices.csv"
        path.write_text("1733011200\t238.7\n1733014800\t238.4\n")
        assert values(read(path)) == [{"1": "1733011200", "2": "238.7"}, {"1": "1733014800", "2": "238.4"}]
        assert readers.sample(path).columns == ("1", "2")

    def test_names_of_columns_that_repeat_are_told_apart(self) -> None:
        assert tabular.layout(b"a,b,a").columns == ("a", "b", "a_2")


class TestParquet:
    def test_rows_keep_their_numbers(self, tmp_path: Path) -> None:
        path = tmp_path / "a.parquet"
        table = pa.table({
            "f": pa.array([0.1, None], pa.float32()), "t": pa.array([1_700_000_000_000_000_001, 0], pa.timestamp("ns")),
            "d": pa.array(["x", "y"]).dictionary_encode(), "n": [2**62, -1],
        })  # fmt: skip
        pq.write_table(table, path)
        first, second = values(read(path))
        assert first == {"f": 0.1, "t": "2023-11-14 22:13:20.000000001", "d": "x", "n": 2**62}
        assert second["f"] is None
        packed = tmp_path / "a.parquet.gz"
        packed.write_bytes(gzip.compress(path.read_bytes()))
        assert next(readers.read(packed, "parquet")).value == first

    def test_a_damaged_file_is_refused_not_raised(self, tmp_path: Path) -> None:
        path = tmp_path / "a.parquet"
        path.write_bytes(b"PAR1" + bytes(100) + b"PAR1")
        assert values(read(path)) == [Reason.TRUNCATED]


class TestCaptures:
    @given(st.lists(st.binary(max_size=20), max_size=6), st.integers(1, 9))
    def test_messages_do_not_depend_on_chunks(self, messages: list[bytes], size: int) -> None:
        data = b"".join(struct.pack(">I", len(message)) + message for message in messages)
        assert values(list(framed.capture(chunked(data, size), "f"))) == messages

    def test_a_cut_or_impossible_message(self) -> None:
        good = struct.pack(">I", 3) + b"abc"
        assert values(list(framed.capture([good + good[:5]], "f"))) == [b"abc", Reason.TRUNCATED]
        assert values(list(framed.capture([good + b"\xff" * 9], "f"))) == [b"abc", Reason.TOO_LARGE]


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "capture", "parquet"])
@given(data=st.binary(max_size=400) | st.text('{}[]",:\\1e-.nulltrue\n\r\t ', max_size=200).map(str.encode))
@settings(deadline=None)
def test_no_bytes_make_a_reader_raise(tmp_path_factory: pytest.TempPathFactory, form: str, data: bytes) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "x"
    path.write_bytes(data)
    for item in readers.read(path, form):
        assert isinstance(item, Record | Unreadable)
    readers.sample(path)


def test_a_broken_packed_parquet_leaves_nothing_open(tmp_path: Path) -> None:
    """Warnings are errors here: a file left open would fail this test when it is collected."""
    path = tmp_path / "x.parquet.gz"
    path.write_bytes(b"\x1f\x8b\x08\x00 cut off")
    assert all(isinstance(item, Unreadable) for item in readers.read(path, "parquet"))
    gc.collect()


def test_folders_are_read_in_order_without_what_is_hidden(tmp_path: Path) -> None:
    for name in ("b/x.json", "a/y.json", ".git/z.json", "a/.hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("[]")
    assert [(path.name, single) for path, single in readers.files([tmp_path])] == [("y.json", False), ("x.json", False)]
    with pytest.raises(UsageError):
        list(readers.files([tmp_path / "nowhere"]))
