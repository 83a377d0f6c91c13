"""Two hands of one trader in one token within ten minutes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analysis.pasts import past
from analysis.words import SOL, Story
from remora.analysis.mates import MATES_WITHIN, bought_together

STEP = MATES_WITHIN // 2


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2), st.integers(0, 12), st.booleans()), max_size=20))
def test_they_are_the_pairs_that_a_plain_search_finds(trades: list[tuple[int, int, int, bool]]) -> None:
    told = Story()
    start = told.now
    for number in range(5):
        told.buy(f"w{number}", "OWN", 10, SOL)
    for wallet, token, at, sells in trades:
        make = told.sell if sells else told.buy
        make(f"w{wallet}", f"t{token}", 10, SOL, happened_at=start + at * STEP)
    known = past(told, start + 100 * STEP)
    trader_of = np.array([0, 0, 1, 1, 2], np.int32)  # w0 and w1 are one, w2 and w3 are one
    bought = [(wallet, token, at) for wallet, token, at, sells in trades if not sells]
    expected = {
        (int(trader_of[w]), f"t{token}")
        for w, token, at in bought
        for v, other, then in bought
        if token == other and w != v and trader_of[w] == trader_of[v] and abs(at - then) * STEP <= MATES_WITHIN
    }
    pairs = bought_together(known.tape, trader_of).tolist()
    named = {(pair >> 32, known.assets[pair & 0xFFFFFFFF]) for pair in pairs}
    assert {pair for pair in named if pair[1] != "OWN"} == expected
