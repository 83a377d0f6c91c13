"""Points of one wallet: decay, levels, factors, and what a trade changes between full recalculations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remora.formulas.points import (
    ACTIVE_A_DAY,
    LEVELS,
    MOVED_TOP,
    Provisional,
    after_trade,
    cluster_factor,
    copyability,
    decay,
    is_stale,
    level,
    market_factor,
    moved_sharply,
    reputation_factor,
    trend,
    wilson_low,
)


@pytest.mark.parametrize(
    ("days", "factor"),
    [
        (0, 1.0),
        (7, 1.0),
        (8, 0.95),
        (14, 0.95),
        (15, 0.85),
        (30, 0.85),
        (31, 0.70),
        (60, 0.70),
        (61, 0.5),
        (90, 0.5),
        (91, 0.3),
    ],
)
def test_d_07_the_steps_of_decay(days: int, factor: float) -> None:
    assert decay(days) == factor


def test_scr_11_decay_at_thirty_days_lies_between_080_and_100() -> None:
    assert all(0.8 < decay(30, policy) <= 1.0 for policy in ("stepped", "gentle"))


def test_d_07_gentle_decay_and_the_floor() -> None:
    assert [decay(days, "gentle") for days in (0, 30, 60, 600)] == [1.0, 0.9, 0.8, 0.8]
    assert decay(600, floor=0.8) == 0.8
    with pytest.raises(ValueError, match="no decay policy"):
        decay(1, "soft")


def test_upd_05_levels_begin_at_their_boundary() -> None:
    edges = (499.999, 500, 699.999, 700, 799.999, 800, 899.999, 900, 1000, float("nan"))
    assert [level(points) for points in edges] == [
        "none", "profitable", "profitable", "smart_money", "smart_money", "expert", "expert", "elite", "elite", "none",
    ]  # fmt: skip
    assert len(LEVELS) == 5


def test_d_10_d_11_u_13_factors() -> None:
    assert [cluster_factor(c) for c in (0.0, 0.5, 0.7, 1.0)] == pytest.approx([1.0, 0.5, 0.3, 0.3])
    assert [reputation_factor(r) for r in (0, 50, 100)] == [0.7, 1.0, 1.3]
    assert [reputation_factor(r, 0.5) for r in (0, 50, 100)] == [0.5, 1.0, 1.5]
    assert [market_factor(p) for p in (0, 0.5, 1)] == pytest.approx([0.8, 1.0, 1.2])


def test_upd_02_a_profit_a_loss_and_a_graduate() -> None:
    start = Provisional(600.0)
    gain, due = after_trade(start, profit_sol=50, money_sol=60, day=1, graduated=False)
    assert (gain.points, due) == (605.5, False)
    gain, due = after_trade(start, profit_sol=1000, money_sol=60, day=1, graduated=True)
    assert (gain.points, due) == (625.5, True)
    loss, due = after_trade(start, profit_sol=-1000, money_sol=0.01, day=1, graduated=True)
    assert (loss.points, due) == (590.0, False)  # exactly 10 is not more than 10
    bought, _ = after_trade(start, profit_sol=None, money_sol=1, day=1, graduated=True)
    assert bought.points == 600.5


def test_u_39_activity_cannot_be_farmed() -> None:
    score = Provisional(600.0)
    for _ in range(100):
        score, _ = after_trade(score, profit_sol=None, money_sol=0.1, day=3, graduated=False)
    assert score.points == 600 + 0.5 * ACTIVE_A_DAY
    dust, _ = after_trade(Provisional(600.0), profit_sol=None, money_sol=0.0999, day=3, graduated=False)
    assert dust.points == 600
    score, _ = after_trade(score, profit_sol=None, money_sol=0.1, day=4, graduated=False)
    assert score.points == 605.5


@given(
    st.floats(0, 1000),
    st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0, 100), st.integers(0, 3), st.booleans()), max_size=30),
)
def test_u_39_a_provisional_score_stays_near_the_full_one(full: float, trades: list[tuple[float, float, int, bool]]) -> None:
    score = Provisional(full)
    for profit, money, day, graduated in trades:
        score, _ = after_trade(score, profit_sol=profit, money_sol=money, day=day, graduated=graduated)
        assert abs(score.moved) <= MOVED_TOP
        assert 0 <= score.points <= 1000
        assert abs(score.points - full) <= MOVED_TOP + 1e-9


def test_u_19_a_win_rate_of_one_bet_is_no_win_rate() -> None:
    assert wilson_low(0, 0) == 0
    assert wilson_low(1, 1) == pytest.approx(0.2699, abs=1e-4)
    assert wilson_low(60, 100) == pytest.approx(0.5178, abs=1e-4)
    assert wilson_low(1, 1) < wilson_low(10, 10) < wilson_low(100, 100) < 1


def test_u_51_copyability() -> None:
    assert copyability(100, 0, 0) == 100
    assert copyability(100, 50, 10) == pytest.approx(100 - 30 - 6)
    assert copyability(0, 0, 0) == 0
    assert copyability(10, 10, 100) == 0


def test_scr_14_u_12_words_about_change() -> None:
    assert [trend(500, now) for now in (500, 526, 474)] == ["stable", "rising", "falling"]
    assert moved_sharply(500, 601)
    assert not moved_sharply(500, 600)
    assert not is_stale(300)
    assert is_stale(301)
