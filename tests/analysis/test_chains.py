"""The survey of reserves finds exactly the markets that the exact rule finds broken, and never misses one."""

from __future__ import annotations

from random import Random

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remora.analysis.chains import COLUMNS, survey
from remora.formulas.reserves import missed
from remora.model.facts import Reserves


def market(name: str, trades: int, seed: int) -> list[Reserves]:
    """A curve's states after random trades."""
    draw, quote, token = Random(seed), 30 * 10**9, 1_073 * 10**12
    rows = []
    for n in range(trades):
        buy = n == 0 or draw.random() < 0.6
        money, amount = draw.randrange(1, 10**9), draw.randrange(1, 10**12)
        quote, token = (quote + money, token - amount) if buy else (quote - money, token + amount)
        rows.append(
            Reserves(
                id=f"{name}:{n}", source="test", venue="solana", market=name, asset=f"{name}pump",
                side="buy" if buy else "sell",
                quantity_atoms=amount, quote_atoms=money, virtual_quote_atoms=quote, virtual_token_atoms=token,
                slot=100 + n, happened_at=(1_780_000_000 + n) * 10**9, ordinal=n,
            )
        )  # fmt: skip
    return rows


def batches(rows: list[Reserves]) -> list[pa.RecordBatch]:
    told = [{name: getattr(row, name) for name in COLUMNS} for row in rows]
    for row in told:
        row["flags"] = list(row["flags"])
    schema = pa.schema([(name, pa.string() if name in ("market", "side") else pa.int64()) for name in COLUMNS[:-1]])
    schema = schema.append(pa.field("flags", pa.list_(pa.string())))
    return [pa.RecordBatch.from_pylist(told[i : i + 3], schema=schema) for i in range(0, len(told), 3)]


def test_nothing_is_nothing() -> None:
    assert survey([]) == (0, 0, [])
    assert survey(batches([])) == (0, 0, [])


@given(st.integers(0, 10**6), st.sets(st.integers(0, 11), max_size=4))
def test_a_missing_trade_makes_its_market_doubtful_and_no_other(seed: int, left_out: set[int]) -> None:
    whole, torn = market("A", 8, seed), market("B", 12, seed + 1)
    rows = whole + [row for n, row in enumerate(torn) if n not in left_out]
    Random(seed).shuffle(rows)
    broken = sorted(name for name, breaks in missed(rows).items() if breaks)
    assert survey(batches(rows)).doubtful == broken


@pytest.mark.parametrize("flag", ["mayhem"])
def test_the_agents_coins_are_left_out(flag: str) -> None:
    rows = [msgspec.structs.replace(row, flags=(flag,), virtual_quote_atoms=5) for row in market("M", 4, 1)]
    assert survey(batches(rows)) == (0, 0, [])
