"""An accounting program written by others books the same trades to the same unit (beancount, in the test environment)."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import numpy as np
import pytest

from remora.analysis import lots
from shared_data import ROOT

pytestmark = pytest.mark.filterwarnings("ignore")
TRADES, POSITIONS = 10_000, 1_000


def peer() -> ModuleType:
    pytest.importorskip("beancount", reason="beancount is not installed (uv pip install beancount)")
    spec = importlib.util.spec_from_file_location("peer_beancount", ROOT / "benchmarks" / "peer_beancount.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def trades(seed: int) -> list[tuple[int, int, int, int]]:
    """Buys and sales of what is held, at whole prices (so that costs per unit are exact in either program)."""
    random = np.random.default_rng(seed)
    held, lines = [0] * POSITIONS, []
    for _ in range(TRADES):
        p, sells = int(random.integers(0, POSITIONS)), bool(random.random() < 0.45)
        size, price = int(random.integers(1, 10**9)), int(random.integers(1, 10**6))
        kind = int(sells and held[p] > 0)
        size = min(size, held[p]) if kind else size
        held[p] += -size if kind else size
        lines.append((p, kind, size, size * price))
    return lines


@pytest.mark.parametrize("seed", [1, 2])
def test_ten_thousand_trades_realize_the_same(seed: int) -> None:
    beancount, lines = peer(), trades(seed)
    entries, options = beancount.directives([list(line) for line in lines])
    _, realized = beancount.book(entries, options)
    rows = lots.rows_of([(*line, 1) for line in lines])
    assert int(lots.book_arrivals(rows, POSITIONS).positions["realized"].sum()) == realized
