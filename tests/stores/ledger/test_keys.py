"""Keys are stored: they may not change, and neither length nor company of a text may matter."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from remora.stores.ledger.keys import keys64, keys_of


def test_keys_stay_what_they_are() -> None:
    assert keys64(["a", "", "a\0", "é", "x" * 300]).tolist() == [
        5506928007195709297, 5332428088015685753, 8713357004240527071, 1299038485132519412, 766576094007319177,
    ]  # fmt: skip


@given(st.lists(st.text(max_size=300).filter(lambda text: text.isprintable()), max_size=20))
def test_a_key_depends_on_its_text_only(texts: list[str]) -> None:
    together = keys64(texts).tolist()
    assert together == [keys64([text])[0] for text in texts]
    assert keys_of(pa.array(["before", *texts], pa.string()).slice(1)).tolist() == together
    assert all(key >= 0 for key in together)
    assert len(set(together)) == len(set(texts))
