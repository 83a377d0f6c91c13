"""Parts of the score on summaries: figures given, everything else left out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remora.analysis.past import SOLANA
from remora.analysis.profiles import CLASSIC, DEFAULT, GROUP_OF, PROFILES, Profile
from remora.analysis.score import Scores, Standing, decay_of, level_of, summed
from remora.analysis.scorechecks import check
from remora.analysis.scoreparts import (
    Known,
    Population,
    parts_of,
    percentiles,
    position_score,
    profit_share,
    rank_among,
    wilson_low,
)
from remora.formulas import points as scalar

NAN = float("nan")
NOBODY = Population({}, {})


def standing(size: int, **given_: np.ndarray) -> Standing:
    """Nothing acts on the points, except what is given."""
    columns = {
        "cluster_confidence": np.zeros(size), "reputation": Known.exact(np.full(size, 50.0)),
        "idle_days": np.zeros(size, np.int64), "chance": np.full(size, 0.5), "trust": np.ones(size),
        "reason": np.zeros(size, np.int8),
    }  # fmt: skip
    return Standing(**{**columns, **given_})


def summary(profile: Profile = DEFAULT, population: Population = NOBODY, **figures: list[float]) -> Scores:
    """Scores of wallets of which only these figures are told."""
    measures = {name: Known.exact(np.array(values, np.float64)) for name, values in figures.items()}
    size = len(next(iter(figures.values())))
    venue = np.full(size, SOLANA, np.int8)
    return summed(parts_of({SOLANA: measures}, venue, profile, population), standing(size), venue, profile)


def test_scr_10_profit_beats_a_high_win_rate_with_losses() -> None:
    scores = summary(
        pnl_sol=[1000, -100], pnl_usd=[50_000, -5_000], organic=[1, 0], win_rate=[0.60, 0.90],
    )  # fmt: skip
    assert scores.groups[0, 0] == pytest.approx(523.1, abs=0.05)
    assert scores.groups[0, 0] > 400
    assert scores.groups[1, 0] == 0
    assert scores.points[0] > scores.points[1]
    assert check(scores) == []


def test_u_52_missing_parts_are_left_out_and_not_read_as_nothing() -> None:
    known = summary(pnl_sol=[1000], pnl_usd=[50_000], organic=[1])
    as_zero = summary(pnl_sol=[1000], pnl_usd=[50_000], organic=[1], multiple=[0], sustained=[0], best=[0])
    assert as_zero.groups[0, 0] == pytest.approx(392.3, abs=0.05)
    assert known.groups[0, 0] == pytest.approx(523.1, abs=0.05)
    assert known.low[0] == pytest.approx(as_zero.groups[0, 0])  # at worst the missing parts and groups bring nothing
    assert known.high[0] == pytest.approx(392.3 + 150 + 400, abs=0.05)


def test_nothing_known_is_no_score() -> None:
    scores = summary(pnl_sol=[NAN])
    assert np.isnan(scores.points[0])
    assert (scores.low.tolist(), scores.reason.tolist()) != ([0.0], [0])
    assert check(scores) == []


def test_d_07_scr_11_thirty_days_are_still_thirty_days_an_hour_later() -> None:
    assert decay_of(np.array([-1, 0, 7, 8, 30, 31, 60, 61, 90, 91, 4000]), DEFAULT).tolist() == [
        1.0, 1.0, 1.0, 0.95, 0.85, 0.70, 0.70, 0.50, 0.50, 0.30, 0.30,
    ]  # fmt: skip
    days = np.arange(200)
    for profile in PROFILES.values():
        assert decay_of(days, profile)[:90].tolist() == [scalar.decay(int(day), profile.decay) for day in days[:90]]


def test_scr_03_cluster_and_reputation_act_on_profit_alone_and_stop_at_600() -> None:
    figures = {"pnl_sol": [1000.0] * 3, "pnl_usd": [1e5] * 3, "organic": [1.0] * 3, "win_rate": [0.5] * 3, "volume": [1.0] * 3}
    measures = {name: Known.exact(np.array(values)) for name, values in figures.items()}
    venue = np.full(3, SOLANA, np.int8)
    acts = standing(3, cluster_confidence=np.array([0, 0.5, 0.95]), reputation=Known.exact(np.array([100.0, 50.0, 0.0])))
    scores = summed(parts_of({SOLANA: measures}, venue, DEFAULT, NOBODY), acts, venue, DEFAULT)
    other = 100 + 50  # win rate of a half re-weighted to its group, volume likewise; nothing of timing is known
    assert scores.points.tolist() == pytest.approx([(profit + other) * 1000 / 850 for profit in (600, 300, 600 * 0.3 * 0.7)])
    assert check(scores) == []


def test_u_16_percentile_from_500_wallets_on_and_the_logarithm_before() -> None:
    """So many must be compared with: where one of 600 traders earned a lamport, that one is not the best of many."""
    few, many = (
        Population({SOLANA: np.arange(1.0, 500)}, {SOLANA: 600}),
        Population({SOLANA: np.arange(1.0, 501)}, {SOLANA: 500}),
    )
    profit = np.array([-5.0, 0.0, 200.0, 1e6])
    assert profit_share(profit, SOLANA, DEFAULT, few).tolist() == pytest.approx([0, 0, np.log(201) / np.log(1001), 1])
    assert profit_share(profit, SOLANA, DEFAULT, many).tolist() == pytest.approx([0, 0, np.sqrt(199.5 / 500), 1])


def test_defect_15_ranks_are_exact_and_ties_share() -> None:
    assert percentiles(np.array([3.0, 1.0, 1.0, 2.0, NAN])).tolist()[:4] == [87.5, 25, 25, 62.5]
    assert percentiles(np.array([7.0])).tolist() == [50]
    many = percentiles(np.arange(1000.0))
    assert len(set(many.tolist())) == 1000
    assert rank_among(np.zeros(0), np.array([1.0])).tolist() == [50]


def test_wilson_of_columns_is_that_of_one_wallet() -> None:
    pairs = [(0, 0), (1, 1), (60, 100), (9, 10), (0, 7)]
    wins, n = (np.array(column, np.float64) for column in zip(*pairs, strict=True))
    assert wilson_low(wins, n).tolist() == pytest.approx([scalar.wilson_low(*pair) for pair in pairs])


def test_weights_of_every_profile_add_up_to_its_groups() -> None:
    for profile in PROFILES.values():
        for venue in (0, 1):
            sums = dict.fromkeys(("profitability", "legitimacy", "timing", "activity"), 0)
            for name, most in profile.weights(venue).items():
                sums[GROUP_OF[name]] += most
            assert list(sums.values()) == [600, 200, 150, 50]
    assert len({profile.version for profile in PROFILES.values()}) == len(PROFILES)


def test_profiles_differ_where_they_should() -> None:
    figures = {
        "pnl_sol": [100.0],
        "pnl_usd": [20_000.0],
        "organic": [0.0],
        "sustained": [0.0],
        "multiple": [2.0],
        "best": [3.0],
    }
    default, classic = (summary(profile, **figures).points[0] for profile in (DEFAULT, CLASSIC))
    assert classic > default  # without the anti-gaming parts a single lucky month looks better


def test_u_53_position_score() -> None:
    found = position_score(np.array([3.0, 0.0, NAN, NAN]), np.array([1.0, 0.5, 0.5, NAN]), np.array([1.0, NAN, NAN, NAN]))
    assert found.tolist()[:3] == pytest.approx([100, 100 * 15 / 70, 50])
    assert np.isnan(found[3])


def test_upd_05_levels_of_columns() -> None:
    edges = [0.0, 499.9, 500.0, 700.0, 800.0, 900.0, 1000.0, NAN]
    assert [scalar.LEVELS[code] for code in level_of(np.array(edges)).tolist()] == [scalar.level(value) for value in edges]


SHARE = st.one_of(st.none(), st.tuples(st.floats(-2, 30), st.floats(0, 5), st.floats(0, 5)))


@given(st.data(), st.sampled_from(sorted(PROFILES)), st.floats(0, 1), st.floats(0, 100), st.integers(-1, 200), st.floats(0, 1))
def test_points_lie_in_their_range_and_between_0_and_1000(
    data: st.DataObject, name: str, confidence: float, reputation: float, idle: int, chance: float
) -> None:
    profile = PROFILES[name]
    measures = {}
    for part in profile.solana:
        drawn = data.draw(SHARE)
        value, down, up = drawn or (NAN, np.inf, np.inf)
        one = np.array([value])
        measures[part] = Known(one, np.fmin(one - down, np.inf) if drawn else one - np.inf, one + up, np.ones(1))
        if drawn is None:
            measures[part] = Known.exact(one)
    venue = np.zeros(1, np.int8)
    rep = Known(np.array([reputation]), np.array([reputation / 2]), np.array([min(100.0, reputation * 2)]), np.ones(1))
    acts = standing(
        1, cluster_confidence=np.array([confidence]), reputation=rep, idle_days=np.array([idle]), chance=np.array([chance])
    )
    scores = summed(parts_of({SOLANA: measures}, venue, profile, NOBODY), acts, venue, profile)
    assert check(scores) == []
    if not np.isnan(scores.points[0]):
        assert 0 <= scores.low[0] <= scores.points[0] <= scores.high[0] <= 1000


@given(st.sampled_from(sorted(DEFAULT.solana)), st.floats(-1, 20), st.floats(0, 20), st.integers(0, 2**16))
def test_more_of_a_good_thing_never_costs_points(part: str, least: float, more: float, seed: int) -> None:
    rest = np.random.default_rng(seed).uniform(0, 2, len(DEFAULT.solana))
    figures = {name: [float(value)] * 2 for name, value in zip(DEFAULT.solana, rest, strict=True)}
    figures[part] = [least, least + more]
    scores = summary(**figures)
    assert scores.points[1] >= scores.points[0] - 1e-9
