"""Weeks of profit, weeks of volume, first buys, trades with oneself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analysis.pasts import past
from analysis.rows_strategy import FEW
from analysis.words import DAY, SOL, START, Story
from remora.analysis.past import Past, Sales
from remora.analysis.scoretimes import months, periods, traded, weeks


def instant(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * SOL


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    days = ("2025-11-30T23:59:59", "2025-12-01", "2025-12-07T23:59:59", "2025-12-08", "2025-12-31", "2026-01-01")
    at = np.array([instant(day) for day in days])
    assert (weeks(at) - weeks(at)[0]).tolist() == [0, 1, 1, 2, 5, 5]
    assert (months(at) - months(at)[0]).tolist() == [0, 1, 1, 1, 1, 2]


@cache
def two_traders() -> Past:
    story = Story()
    for wallet in ("ann", "bob"):
        story.buy(wallet, "CAT", 1000, SOL)
        story.sell(wallet, "CAT", 1000, SOL)
    return past(story)


@FEW
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 30), st.integers(-5, 5)), max_size=40), st.integers(1, 5))
def test_periods_against_the_plain_way(rows: list[tuple[int, int, int]], take: int) -> None:
    rows = sorted(rows, key=lambda row: row[0])
    sales = Sales(*(np.array(column, np.int64) for column in (
        [row[0] for row in rows], [START + row[1] * 7 * DAY for row in rows], [row[2] for row in rows], [1] * len(rows),
    )))  # fmt: skip
    known = replace(two_traders(), sales=sales)
    found = periods(known, 0, np.zeros(2, np.bool_), unit=1.0, least=1.0, take=take)
    for trader in range(2):
        by_week: dict[int, int] = {}
        for who, week, realized in rows:
            if who == trader:
                by_week[week] = by_week.get(week, 0) + realized
        latest = [by_week[week] for week in sorted(by_week)[-take:]]
        assert found.active[trader] == len(latest)
        assert found.profitable[trader] == sum(gain >= 1 for gain in latest)
        assert np.isclose(found.mean[trader], np.mean(latest) if latest else 0)
        assert np.isclose(found.deviation[trader], np.std(latest) if latest else 0, atol=1e-6)


def test_gains_that_are_left_out_leave_the_losses() -> None:
    sales = Sales(np.array([0, 0]), np.array([START, START + 7 * DAY]), np.array([5, -5]), np.array([1, 1]))
    known = replace(two_traders(), sales=sales)
    found = periods(known, 0, np.array([True, False]), unit=1.0, least=1.0, take=12)
    assert (found.active[0], found.mean[0]) == (1, -5)


def test_first_buys_volume_and_trades_with_oneself() -> None:
    story = Story()
    story.sell("ann", "CAT", 10, SOL)
    story.buy("ann", "CAT", 1000, 2 * SOL, slot=77)
    bought = story.now
    story.now += 8 * DAY
    story.sell("ann", "CAT", 1000, 4 * SOL)
    story.buy("ann", "DOG", 1000, SOL)
    story.sell("ann", "DOG", 1000, SOL)
    known = past(story)
    found = traded(known, 0, unit=float(SOL), count=3)
    ann = known.wallets.index("ann")
    assert (found.bought_at[0], found.bought_slot[0]) == (bought, 77)
    assert found.weekly[ann].tolist() == [6, 3, 0]
    assert (found.first_at[ann], found.last_at[ann]) == (known.tape.at.min(), known.tape.at.max())
    assert not found.self_traded.any()
    tape = known.tape
    same = replace(known, tape=replace(tape, tx=np.where(tape.asset == known.assets.index("DOG"), 5, tape.tx)))
    assert traded(same, 0, unit=1.0, count=3).self_traded.tolist() == [False, True]
