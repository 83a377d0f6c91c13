"""Ids of texts."""

from __future__ import annotations

import pyarrow as pa

from remora.analysis.columns import ints
from remora.analysis.names import NONE, Names


def test_known_texts_keep_their_ids_and_new_ones_get_own() -> None:
    names = Names({"ann": 7})
    assert [names.id(text) for text in ("ann", "bob", "cat", "bob", None, "")] == [7, -2, -3, -2, NONE, NONE]
    assert names.minted == {-2: "bob", -3: "cat"}
    assert names.known(["ann", "dan"]) == [7]


def test_columns_of_texts_of_dictionaries_of_ids_and_of_nothing() -> None:
    names = Names({"ann": 7, "bob": 8})
    texts = pa.array(["bob", None, "ann", "bob"])
    for column in (texts, texts.dictionary_encode(), pa.chunked_array([texts[:2], texts[2:]])):
        assert names.column(column).tolist() == [8, NONE, 7, 8]
    assert names.column(pa.array([3, None, 4], pa.int32())).tolist() == [3, NONE, 4]
    assert names.column(pa.array([None, None])).tolist() == [NONE, NONE]
    assert ints(pa.array([True, None, False])).tolist() == [1, -1, 0]
