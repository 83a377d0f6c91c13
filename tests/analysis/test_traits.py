"""How wallets trade: pace within a sitting, sizes, holding, first money (WAL-04, U-32)."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import pasts
from analysis.words import DAY, SOL, Story
from remora.analysis.entries import entries
from remora.analysis.past import Past
from remora.analysis.traits import SIZINGS, TAKINGS, Traits, money_moves, traits
from remora.model.units import HOUR, MINUTE, SECOND


def of(story: Story) -> tuple[Past, Traits]:
    past = pasts.past(story)
    return past, traits(past, entries(past))


def test_a_night_is_no_gap() -> None:
    story = Story()
    for i in range(8):
        story.now += 9 * HOUR if i == 4 else 0
        story.buy("ann", f"cat{i}", 10, SOL + i)
    _, t = of(story)
    assert (t.actions[0], t.gaps[0], t.days[0]) == (8, 6, 1 + (story.now // DAY != (story.now - 9 * HOUR - 8 * MINUTE) // DAY))
    assert t.mean_gap[0] == pytest.approx(60.0)
    assert t.gap_cv[0] == pytest.approx(0.0, abs=1e-9)


def test_few_gaps_have_no_mean() -> None:
    story = Story()
    story.buy("ann", "cat", 10, SOL)
    story.buy("ann", "dog", 10, SOL)
    _, t = of(story)
    assert np.isnan(t.mean_gap[0])
    assert np.isnan(t.gap_cv[0])


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [((100, 100, 101), "fixed"), ((100, 130, 90), "proportional"), ((1, 50, 900), "variable"), ((1,), "unknown")],
)
def test_sizing(sizes: tuple[int, ...], expected: str) -> None:
    story = Story()
    for i, size in enumerate(sizes):
        story.buy("ann", f"cat{i}", 10, size * SOL)
    _, t = of(story)
    assert SIZINGS[t.sizing[0]] == expected


@pytest.mark.parametrize(("hold", "expected"), [(10 * MINUTE, "quick"), (3 * DAY, "holder"), (5 * HOUR, "mixed")])
def test_profit_taking(hold: int, expected: str) -> None:
    story = Story()
    for i in range(4):
        story.buy("ann", f"cat{i}", 10, SOL)
        story.now += hold - MINUTE
        story.sell("ann", f"cat{i}", 10, 2 * SOL)
    _, t = of(story)
    assert TAKINGS[t.taking[0]] == expected
    assert t.held_seconds[0] == pytest.approx(hold / SECOND)


def test_response_is_the_median_and_entry_the_mean() -> None:
    story = Story()
    for i, wait in enumerate((1, 2, 60)):
        story.tell("launches", asset=f"cat{i}", wallet="dev", creator="dev", name="c", symbol="c")
        story.buy("ann", f"cat{i}", 10, SOL, happened_at=story.now + wait * SECOND)
    past, t = of(story)
    ann = past.wallets.index("ann")
    assert (t.response_ms[ann], t.entry_seconds[ann]) == (2000.0, 21.0)
    assert np.isnan(t.response_ms[past.wallets.index("dev")])


def test_the_first_money_before_the_first_trade() -> None:
    story = Story()
    story.tell("transfers", sender="dust", receiver="ann", asset="SOL", quantity_atoms=1000, kind="transfer")
    story.tell("transfers", sender="mum", receiver="ann", asset="SOL", quantity_atoms=3 * SOL, kind="transfer")
    story.tell("transfers", sender="dad", receiver="ann", asset="SOL", quantity_atoms=5 * SOL, kind="transfer")
    story.buy("ann", "cat", 10, SOL)
    story.buy("bob", "cat", 10, SOL)
    story.tell("transfers", sender="ann", receiver="bob", asset="SOL", quantity_atoms=5 * SOL, kind="transfer")
    past, t = of(story)
    ann, bob = past.wallets.index("ann"), past.wallets.index("bob")
    assert (past.wallets[t.funder[ann]], t.funded[ann]) == ("mum", 3 * SOL)
    assert t.funder[bob] == -1
    assert money_moves(past).tolist() == [False, True, True, True]


@pytest.mark.parametrize(
    ("money", "fee", "round_"), [(100_000_000, 0, True), (99_000_000, 1_000_000, True), (99_000_001, 1_000_000, False)]
)
def test_round_amounts_with_or_without_the_fee(money: int, fee: int, round_: bool) -> None:
    story = Story()
    story.buy("ann", "cat", 10, money, fee=fee)
    _, t = of(story)
    assert t.round_buys[0] == round_


def test_the_most_repeated_trade() -> None:
    story = Story()
    for i, money in enumerate((7, 7, 7, 8, 9)):
        story.buy("ann", f"cat{i}", 10, money)
    story.sell("ann", "cat0", 10, 7)
    _, t = of(story)
    assert (t.repeated[0], t.trades[0], t.volume[0]) == (3, 6, 45)
