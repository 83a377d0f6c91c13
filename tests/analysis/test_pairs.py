"""Candidate pairs: the same as counting all pairs."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from remora.analysis import pairs

TOKENS = st.lists(st.lists(st.integers(0, 9), unique=True, max_size=8), max_size=30)


@settings(deadline=None)
@given(TOKENS, st.integers(1, 5), st.sets(st.integers(0, 9)))
def test_candidates_are_the_pairs_that_meet_often_enough(tokens: list[list[int]], least: int, barred: set[int]) -> None:
    wallet = np.array([w for token in tokens for w in token], np.int32)
    upto = np.repeat(np.cumsum([len(token) for token in tokens]), [len(token) for token in tokens]).astype(np.int64)
    able = np.array([w not in barred for w in range(10)])
    counted = Counter(
        tuple(sorted(pair)) for token in tokens for pair in combinations([w for w in token if w not in barred], 2)
    )
    keys = pairs.candidates(wallet, upto, able, least)
    a, b = pairs.halves(keys)
    assert list(zip(a.tolist(), b.tolist(), strict=True)) == sorted(pair for pair, n in counted.items() if n >= least)
    assert np.array_equal(pairs.key(b, a), keys)
