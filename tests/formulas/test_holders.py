"""The holder part, its risk, and the quick score."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remora.formulas import holders as part
from remora.formulas.holders import CLASSIC, UNKNOWN, Holders, RiskFacts, holder_part, token_risk
from remora.formulas.ranges import Range, known

SOL = 1_000_000_000
BEST = {
    "holders": 400, "gini": 0.2, "top_share": 0.03, "bot_share": 0.05, "smart_share": 0.2, "mean_age_days": 120.0,
    "active_share": 0.9, "growth": known(1.0), "velocity": 1.0,
}  # fmt: skip


def holders(**changes: Any) -> Holders:
    return Holders(**{**BEST, **changes})


def test_the_best_holders_have_333() -> None:
    found = holder_part(holders())
    assert found.points == known(333.0)
    assert found.distribution == found.quality == found.activity == known(111.0)


@pytest.mark.parametrize(
    ("changes", "lost"),
    [({"gini": 0.3}, 10), ({"gini": 0.5}, 20), ({"gini": 0.7}, 30), ({"gini": 0.8}, 40), ({"top_share": 0.05}, 10),
     ({"top_share": 0.2}, 40), ({"holders": 100}, 21), ({"bot_share": 0.1}, 10), ({"bot_share": 0.4}, 40),
     ({"smart_share": 0.05}, 20), ({"mean_age_days": 90.0}, 6), ({"mean_age_days": 7.0}, 26), ({"active_share": 0.5}, 15),
     ({"growth": known(0.5)}, 20), ({"velocity": 0.0}, 31)],
)  # fmt: skip
def test_each_class_of_the_source(changes: dict[str, Any], lost: float) -> None:
    assert holder_part(holders(**changes)).points.points == pytest.approx(333 - lost)


@pytest.mark.parametrize(
    ("changes", "width"),
    [({"top_share": None}, 40), ({"bot_share": None}, 40), ({"smart_share": None}, 40), ({"mean_age_days": None}, 26),
     ({"active_share": None}, 40), ({"growth": None}, 40), ({"velocity": None}, 31)],
)  # fmt: skip
def test_what_is_unknown_widens(changes: dict[str, Any], width: float) -> None:
    found = holder_part(holders(**changes)).points
    assert (found.low, found.high) == (333 - width, 333)


def test_wallets_may_be_older_than_our_record() -> None:
    assert holder_part(holders(mean_age_days=5.0, age_is_least=True)).quality == Range(85.0, 111.0)


def test_four_holders_say_nothing_and_the_classic_looks_between_10_and_50_percent() -> None:
    assert holder_part(holders(holders=4)) == holder_part(None) == UNKNOWN
    assert holder_part(holders(), 80.0).points.known
    assert holder_part(holders(), 80.0, CLASSIC) == holder_part(holders(), None, CLASSIC) == UNKNOWN
    assert holder_part(holders(), 30.0, CLASSIC).points.known


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=30), st.integers(1, 1000))
def test_gini_is_of_shares(balances: list[int], scale: int) -> None:
    value = part.gini(balances)
    assert -1e-9 <= value < 1
    assert part.gini([balance * scale for balance in balances][::-1]) == pytest.approx(value, abs=1e-9)


def test_gini_and_evenness_at_their_ends() -> None:
    assert part.gini([5, 5, 5]) == pytest.approx(0)
    assert part.gini([0, 0, 0, 8]) == pytest.approx(0.75)
    assert part.gini([]) == part.gini([0, 0]) == 0
    assert part.spread([1, 10, 40, 100, 200], part.AGE_BOUNDS) == pytest.approx(1)
    assert part.spread([1, 2, 3], part.AGE_BOUNDS) == 0
    assert part.spread([], part.AGE_BOUNDS) == 0


def test_organic_growth_and_velocity() -> None:
    assert part.organic_growth(1.0, 0.6, 0.5) == known(pytest.approx(0.65))
    assert part.organic_growth(0.1, 0.1, 1.0) == known(0.0)
    assert part.organic_growth(0.8, 0.6, None) == Range(pytest.approx(0.4), pytest.approx(0.7))
    assert part.holder_velocity(0, 200) == 1.0
    assert part.holder_velocity(15, 50) == pytest.approx(0.5)
    assert part.holder_velocity(90, 0) == 0


def test_token_risk_by_its_parts() -> None:
    facts = RiskFacts(
        holders=40, gini=0.75, top_share=0.1, bot_share=0.2, young_share=0.5, same_count_share=0.2, same_hour_share=0.1,
        balanced_share=0.5, seller_share=0.4, mean_sells=2.0,
    )  # fmt: skip
    found = token_risk(facts)
    assert {name: risk.points for name, risk in found.parts.items()} == {
        "concentration": 60.0, "bots": 40.0, "rug": 100.0, "wash": 50.0, "liquidity": 70.0, "volatility": 30.0
    }  # fmt: skip
    assert found.overall.points == pytest.approx(0.25 * 60 + 0.2 * 40 + 0.25 * 100 + 0.1 * (50 + 70 + 30))


@pytest.mark.parametrize(("gini", "points"), [(0.95, 100), (0.85, 80), (0.71, 60), (0.61, 40), (0.5, 20)])
def test_concentration_by_gini(gini: float, points: float) -> None:
    assert token_risk(RiskFacts(holders=10, gini=gini)).parts["concentration"].points == pytest.approx(points)


def test_unknown_risk_is_a_range() -> None:
    found = token_risk(RiskFacts(holders=10, gini=0.0))
    assert found.parts["bots"] == Range(0.0, 100.0)
    assert found.parts["rug"] == Range(0.0, 100.0)
    assert found.overall.low < found.overall.high


def test_alerts() -> None:
    calm = holders(smart_share=0.1)
    assert part.alerts(calm, known(250.0), known(80.0)) == []
    wild = holders(gini=0.95, bot_share=0.6, top_share=0.3, mean_age_days=3.0, smart_share=0.2)
    assert part.alerts(wild, known(251.0), known(81.0)) == [
        ("critical", "gini"), ("critical", "bots"), ("critical", "risk"), ("warning", "top_holder"),
        ("warning", "young_wallets"), ("positive", "smart_money"), ("positive", "score"),
    ]  # fmt: skip
    blind = Holders(holders=10, gini=0.5, mean_age_days=3.0, age_is_least=True)
    assert part.alerts(blind, Range(0.0, 333.0), Range(0.0, 100.0)) == []


@pytest.mark.parametrize(
    ("buyers", "largest", "bought", "sold", "points"),
    [(10, 2, 20, 10, 50), (5, 1, 15, 10, 35), (2, 0.5, 10, 10, 20), (1, 0.4, 9, 10, 0), (1, 0.1, 1, 0, 20), (0, 0, 0, 0, 0)],
)
def test_quick_score(buyers: int, largest: float, bought: int, sold: int, points: float) -> None:
    score = part.quick_score(buyers=buyers, largest_buy=round(largest * SOL), bought=bought * SOL, sold=sold * SOL)
    assert score == points
    assert part.look_deeper(score, 0) == (points > 35)
    assert part.look_deeper(0, 3 * SOL + 1)
