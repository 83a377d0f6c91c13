from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from remora.analysis.skill import Settings, judge
from remora.study.calibration import check, dealt_anew, expected_error, judged, permuted, trial, true_prior
from remora.study.skillworlds import WORLDS, World, world


def test_the_calibration_error_by_hand() -> None:
    p = np.array([0.9, 0.9, 0.1, 0.1])
    assert expected_error(p, np.array([True, True, False, False])) == pytest.approx(0.1)
    assert expected_error(p, np.array([True, False, True, False])) == pytest.approx(0.4)


@pytest.mark.parametrize("seed", range(4))
def test_in_a_world_of_luck_nobody_is_skilled(seed: int) -> None:
    """T5."""
    _, figures = judged(world("null", seed, 3_000, 100))
    assert figures.called == 0


@pytest.mark.parametrize("seed", range(4))
def test_dealing_results_anew_inside_each_market_destroys_the_edge(seed: int) -> None:
    """T8."""
    given = world("mixed", seed, 3_000, 50)
    before, after = permuted(given, seed)
    assert before > 5
    assert abs(after) < 3


def test_dealt_anew_nobody_is_skilled() -> None:
    given = world("mixed", 1, 3_000, 300)
    bets, noise = given.bets, np.sqrt(given.bets.variance)
    dealt = dealt_anew(bets.edge / noise, bets.event, np.random.default_rng(3)) * noise
    assert judged(given)[1].called > 5
    assert judged(World(replace(bets, edge=dealt), np.zeros(given.traders)))[1].called == 0


def test_dealing_anew_keeps_results_in_their_events() -> None:
    event = np.array([2, 1, 2, 1, 1])
    dealt = dealt_anew(np.array([20.0, 10.0, 21.0, 11.0, 12.0]), event, np.random.default_rng(1))
    assert sorted(dealt[event == 1]) == [10.0, 11.0, 12.0]
    assert sorted(dealt[event == 2]) == [20.0, 21.0]


@pytest.mark.parametrize("seed", range(2))
def test_the_verdict_is_nearly_as_good_as_an_oracles(seed: int) -> None:
    """T1, T3, T4, T6 on a small world; the full measurement is benchmarks/truth_skill.py."""
    _, figures = judged(world("binary", seed, 6_000, 200), true_prior("binary"))
    assert figures.called > 10
    assert figures.false <= 0.12 * figures.called + 1
    assert figures.right >= 0.8 * figures.oracle
    assert 0.87 <= figures.coverage <= 0.93
    assert figures.coverage_top >= 0.78
    assert figures.top >= 1.8 * figures.top_pnl


def test_a_judge_who_takes_results_for_skill_is_caught() -> None:
    """The check can fail: intervals that are too narrow do not cover."""
    given = world("binary", 0, 3_000, 27)
    found = judge(given.bets, given.traders)
    middle = (found.low + found.high) / 2
    narrow = type(found)(**{**vars(found), "low": middle - 1e-4, "high": middle + 1e-4})
    assert trial(narrow, given, None, Settings()).coverage < 0.87


@pytest.mark.parametrize("kind", WORLDS)
def test_equal_seeds_are_equal_worlds(kind: str) -> None:
    one, two, other = (world(kind, seed, 300, 20) for seed in (1, 1, 2))
    assert one.bets.edge.tobytes() == two.bets.edge.tobytes()
    assert one.truth.tobytes() == two.truth.tobytes()
    assert one.bets.edge.tobytes() != other.bets.edge.tobytes()
    assert (np.diff(one.bets.trader) >= 0).all()


@pytest.mark.parametrize("kind", WORLDS)
def test_bets_have_the_edge_they_are_said_to_have(kind: str) -> None:
    given = world(kind, 3, 4_000, 40)
    bets = given.bets
    surprise = (bets.edge - given.truth[bets.trader]) / np.sqrt(bets.variance)
    assert abs(surprise.mean()) * np.sqrt(len(bets)) < 6, "about independent, but for copies and shared events"
    assert surprise.std() == pytest.approx(1, abs=0.1)


def test_the_document_tells_every_goal() -> None:
    found = check(2, 1_500, (27,))
    assert {row.id for row in found.rows} >= {"T1", "T2", "T3", "T4", "T5", "T6", "T8"}
    assert found.ok == all(row.meets_floor for row in found.rows)
    assert all(row.meets_floor for row in found.rows if row.meets_aim)
