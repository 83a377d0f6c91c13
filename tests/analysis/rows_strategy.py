"""Random rows for the booking kernel: everyday sizes, adversarial sizes, and every kind of row."""

from __future__ import annotations

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from remora.analysis import lots

Line = tuple[int, int, int, int, int]

FEW = settings(deadline=None)
SIZES = (5, 1_000, 10**9, 10**15, 2**55, 2**62)
POSITIONS = 3


@st.composite
def lines(draw: st.DrawFn, *, most: int = 40) -> list[Line]:
    """Up to `most` rows over POSITIONS positions, times never going back, some unknown."""
    largest, richest = draw(st.sampled_from(SIZES)), draw(st.sampled_from(SIZES))
    steps = st.sampled_from((0, 1, 10**9, 10**13, 10**15))
    kinds = st.sampled_from((0, 0, 0, 1, 1, 1, 2, 3, 4))
    now, out = 10**18, []
    for _ in range(draw(st.integers(0, most))):
        now += draw(steps)
        kind = draw(kinds)
        if kind == lots.Kind.SETTLE:
            money = draw(st.integers(1, 3))
            quantity = draw(st.integers(0, money))
        else:
            quantity = draw(st.one_of(st.integers(0, 3), st.integers(0, largest)))
            money = draw(st.integers(0 if kind == lots.Kind.BUY else -3, richest))
        at = now if draw(st.integers(0, 19)) else -1
        out.append((draw(st.integers(0, POSITIONS - 1)), kind, quantity, money, at))
    return out


def grouped(rows: lots.Rows) -> tuple[lots.Rows, np.ndarray]:
    """The rows sorted stably by position, and the order that does it."""
    order = np.argsort(rows.position, kind="stable")
    return lots.Rows(*(column[order] for column in rows)), order
