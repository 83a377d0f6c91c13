"""The technical part: zones, sell-offs, and the measurement behind the velocity zone."""

from __future__ import annotations

import csv
import gzip
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remora.formulas import technical as tech
from remora.formulas.ranges import Range, known
from remora.formulas.technical import CLASSIC, HOLD_TO_GRADUATION, RULES, Fall, Flow, TokenState
from shared_data import shared

SOL = 1_000_000_000
QUIET = Flow(buys=(0, 0, 0, 0), sells=(0, 0, 0, 0))


@pytest.mark.parametrize(
    ("progress", "points"),
    [(0, 0), (4, 2 * 0.3), (10, 6.25 * 0.6), (15, 10 * 0.6), (20, 13.125 * 0.85), (30, 19.375), (35, 22.5), (44, 33.75),
     (45, 37.5), (55, 37.5), (65, 27.5), (75, 12.5), (84, 5.75), (85, 3), (100, 3)],
)  # fmt: skip
def test_curve_position(progress: float, points: float) -> None:
    assert tech.curve_position(progress) == pytest.approx(points)


def test_hold_to_graduation_keeps_high_points_until_85() -> None:
    assert tech.curve_position(50, HOLD_TO_GRADUATION) == 37.5
    assert tech.curve_position(80, HOLD_TO_GRADUATION) == 32.5
    assert tech.curve_position(80) < 10


@pytest.mark.parametrize(
    ("velocity", "points"), [(-5, 0), (0, 0), (10, 8), (30, 25), (50, 33), (199, 33), (200, 20), (300, 10), (500, 0), (9000, 0)]
)  # fmt: skip
def test_velocity_zones_are_the_sources_times_a_hundred(velocity: float, points: float) -> None:
    assert tech.curve_velocity(velocity, 50) == points
    assert tech.curve_velocity(velocity / 100, 50, CLASSIC) == points
    assert tech.curve_velocity(velocity, 5) == points * 0.5
    assert tech.curve_velocity(velocity, 15) == points * 0.75


def test_the_velocity_zone_is_where_recorded_round_trips_did_best() -> None:
    """The measurement of the docstring, from the recorded round trips."""
    won: dict[str, list[bool]] = {"slow": [], "zone": [], "fast": []}
    for name in ("kol_round_trips_v3", "kol_round_trips_quarantined_v1_v3"):
        with gzip.open(shared(f"solana/trades/{name}.csv.gz"), "rt") as lines:
            for row in csv.DictReader(lines):
                if not row.get("entry_on_chain_age_ms") or not row.get("entry_real_token_reserves"):
                    continue
                progress = 100 - float(row["entry_real_token_reserves"]) / 7.931e12
                spent, age = float(row["wallet_lamports_spent"] or 0), float(row["entry_on_chain_age_ms"])
                if not (0 <= progress <= 100 and age > 0 and spent > 0):
                    continue
                velocity = progress / (age / 3.6e6)
                where = "slow" if velocity < 30 else "zone" if velocity < 300 else "fast"
                won[where].append(float(row["wallet_lamports_received"] or 0) > spent)
    assert {name: (sum(found), len(found)) for name, found in won.items()} == {
        "slow": (2, 50),
        "zone": (30, 80),
        "fast": (342, 1546),
    }


def test_cap_zones_agree_with_the_progress_zones() -> None:
    assert (round(tech.cap_at(0), 2), round(tech.cap_at(45), 1), round(tech.cap_at(55), 1)) == (27.96, 62.8, 79.4)
    for progress in range(101):
        best = tech.cap_points(round(tech.cap_at(progress) * SOL)) >= 60 - 1e-6
        assert best == (45 <= progress <= 55)
    assert tech.cap_points(0) == 15.0
    assert tech.cap_points(10_000 * SOL) == 5.0
    assert tech.cap_points(175 * SOL, CLASSIC) == 60.0


def test_consistency() -> None:
    assert tech.consistency((2.0, 2.0, 2.0)) == known(12.5)
    assert tech.consistency((0.0, 0.0, 9.0)) == known(0.0)
    assert tech.consistency((-1.0, 0.0, 0.0)) == known(0.0)
    assert tech.consistency((2.0, 2.0)) == tech.consistency(None) == Range(0.0, 12.5)


@pytest.mark.parametrize(
    ("flow", "points"),
    [
        (QUIET, 0),
        (Flow(buys=(3 * SOL, 0, 0, 0), sells=(SOL, 0, 0, 0), largest=0.05), 30 + 25 + 20),
        (Flow(buys=(15, 0, 0, 0), sells=(10, 0, 0, 0), largest=0.15), 20 + 25 + 15),
        (Flow(buys=(0, 0, 0, 10), sells=(0, 0, 0, 10), largest=0.5), 10),
        (Flow(buys=(10, 50, 0, 0), sells=(0, 0, 0, 0), largest=0.35), 30 + 5),  # 60 in half an hour, 10 in the last 5 minutes
        (Flow(buys=(12, 0, 50, 0), sells=(0, 0, 0, 0), largest=0.25), 30 + 10 + 10),
    ],
)
def test_trading_health(flow: Flow, points: float) -> None:
    assert tech.health_part(flow) == known(points)


def test_who_traded_is_not_always_known() -> None:
    flow = Flow(buys=(30, 0, 0, 0), sells=(10, 0, 0, 0))
    assert tech.health_part(flow) == Range(55.0, 75.0)


@pytest.mark.parametrize(
    ("fall", "active"),
    [(Fall(), False), (Fall(drop_5m=0.10), False), (Fall(drop_5m=0.11), True), (Fall(drop_15m=0.16), True),
     (Fall(drop_30m=0.2), False), (Fall(drop_30m=0.21), True), (Fall(red_minutes=2), False), (Fall(red_minutes=3), True),
     (Fall(event_minutes=1), True)],
)  # fmt: skip
def test_when_it_is_a_sell_off(fall: Fall, active: bool) -> None:
    assert tech.selling_off(fall) is active


def test_sell_off_points() -> None:
    strong = Flow(buys=(40, 0, 0, 0), sells=(10, 0, 0, 0))
    weak = Flow(buys=(0, 0, 0, 0), sells=(10, 0, 0, 0))
    assert tech.sell_off_part(Fall(), strong) == known(75.0)  # 40 + 35 + 5, at most 75
    assert tech.sell_off_part(Fall(), QUIET) == known(45.0)
    assert tech.sell_off_part(Fall(drop_5m=0.12, red_minutes=1), strong) == known(15.0 + 35.0)
    assert tech.sell_off_part(Fall(event_drop=0.9, event_minutes=50, red_minutes=4), weak) == known(-60.0)
    assert tech.sell_off_part(Fall(event_drop=0.4, event_minutes=10, red_minutes=1), weak) == known(-35.0)
    assert tech.sell_off_part(None, None) == Range(-60.0, 75.0)


def test_an_event_ends_at_nine_tenths_of_its_price_or_after_an_hour() -> None:
    minute = 60 * SOL
    event = tech.next_event(None, Fall(drop_5m=0.5), minute, 1.0)
    assert event is not None
    assert event.start_price == 2.0
    assert tech.next_event(event, Fall(), 30 * minute, 1.7) == event
    assert tech.next_event(event, Fall(), 30 * minute, 1.8) is None
    assert tech.next_event(event, Fall(drop_5m=0.2), 61 * minute, 1.0) is None
    assert tech.next_event(None, Fall(drop_5m=0.05), minute, 1.0) is None


def test_how_often_to_look() -> None:
    assert [tech.refresh_seconds(move, selling=False) for move in (0, 0.06, -0.11, 0.5)] == [5.0, 2.0, 1.0, 0.5]
    assert tech.refresh_seconds(0, selling=True) == 1.0
    calm = {"largest_sale": 5 * SOL, "sold_1m": 10 * SOL, "bought_5m": 10, "sold_5m": 30}
    assert not tech.at_once(**calm)
    for more in ({"largest_sale": 5 * SOL + 1}, {"sold_1m": 10 * SOL + 1}, {"sold_5m": 31}):
        assert tech.at_once(**{**calm, **more})


def test_the_best_and_the_unknown_token() -> None:
    flow = Flow(buys=(40, 0, 0, 0), sells=(10, 0, 0, 0), largest=0.05)
    best = TokenState(progress=50.0, velocity=100.0, steps=(8.0, 8.0, 8.0), cap=70 * SOL, flow=flow, fall=Fall())
    assert tech.technical(best).points == known(333.0)
    nothing = tech.technical(TokenState())
    assert nothing.points == Range(0.0, 333.0)
    assert nothing.selling_off is None
    assert isnan(nothing.points.points)


states = st.builds(
    TokenState, progress=st.none() | st.floats(0, 100), velocity=st.none() | st.floats(-1e5, 1e5),
    steps=st.none() | st.lists(st.floats(-100, 100), max_size=12).map(tuple), cap=st.none() | st.integers(0, 10**15),
    flow=st.none() | st.builds(
        Flow, buys=st.tuples(*[st.integers(0, 10**13)] * 4), sells=st.tuples(*[st.integers(0, 10**13)] * 4),
        largest=st.none() | st.floats(0, 1),
    ),
    fall=st.none() | st.builds(
        Fall, drop_5m=st.floats(0, 1), drop_15m=st.floats(0, 1), drop_30m=st.floats(0, 1), red_minutes=st.integers(0, 90),
        event_minutes=st.floats(0, 60), event_drop=st.floats(0, 1),
    ),
)  # fmt: skip


@given(states, st.sampled_from([RULES, CLASSIC, HOLD_TO_GRADUATION]))
def test_points_stay_in_their_bounds_and_the_unknown_only_widens(state: TokenState, rules: tech.TechnicalRules) -> None:
    found = tech.technical(state, rules)
    for part, least, most in (
        (found.curve, 0, 83), (found.market_cap, 0, 100), (found.health, 0, 75), (found.sell_off, -60, 75),
        (found.points, 0, 333),
    ):  # fmt: skip
        assert least <= part.low <= part.high <= most + 1e-9
    blind = tech.technical(TokenState(progress=state.progress, cap=state.cap), rules)
    assert blind.points.low <= found.points.low + 1e-9
    assert found.points.high <= blind.points.high + 1e-9
